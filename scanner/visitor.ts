/** Makes a visitor: a browser context with its persona's manners, and everything its tabs and workers do watched. */
import { attempt, call, object, sessionOf, text, on, type Fields, type Session } from './cdp.ts'
import { watchNetwork } from './network.ts'
import { watchStorage, pollCookies } from './storage.ts'
import { instrumentSource } from './instrument.ts'
import { newWatch } from './cookies.ts'
import type { Browser } from './browser.ts'
import type { Scan, Tab, Visitor } from './model.ts'
import type { Persona } from './report.ts'

const POLL_MS = 250
/** A page that sends itself on more often than this goes round in circles. */
const NAVIGATIONS_MAX = 15
const POPUPS_MAX = 3
const POPUP_LIVES_MS = 3000
const ATTACH = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true }
const TAB_BYTES_POST_MAX = 65_536

/** Opens a context for one persona in a browser that `welcome` was called for. Throws when the browser is gone. */
export async function newVisitor(scan: Scan, browser: Browser, persona: Persona): Promise<Visitor> {
  const { browser: root } = browser.connection
  const { browserContextId } = await call(root, 'Target.createBrowserContext', {
    disposeOnDetach: true,
    proxyServer: `http://${scan.request.proxy}`,
    proxyBypassList: '<-loopback>',
  })
  const visitor: Visitor = {
    scan,
    browser,
    persona,
    contextId: String(browserContextId),
    source: instrumentSource({ ...scan.instrument, hasGpc: persona === 'gpc' }),
    phase: persona === 'gpc' ? 'gpc' : 'before',
    tabs: new Map(),
    latest: null,
    cookies: newWatch((key, value) => (scan.values.get(`${key}\n${value}`)?.size ?? 0) > 1),
    requests: new Map(),
    said: new Map(),
    lost: new Set(),
    isOpen: true,
  }
  await attempt(root, 'Browser.setDownloadBehavior', { behavior: 'deny', browserContextId })
  visitors.set(visitor.contextId, visitor)
  void keepPolling(visitor)
  return visitor
}

/** Closes the context with all that is in it. */
export async function dismiss(visitor: Visitor): Promise<void> {
  visitor.isOpen = false
  visitors.delete(visitor.contextId)
  await attempt(visitor.browser.connection.browser, 'Target.disposeBrowserContext', {
    browserContextId: visitor.contextId,
  })
}

/** Attaches to every target the browser makes from now on, each held still until it is watched. */
export async function welcome(browser: Browser): Promise<void> {
  const { browser: root } = browser.connection
  on(root, 'Target.attachedToTarget', fields => attached(root, fields, null))
  // A tab that goes down at once may take its own session along before that can tell.
  on(root, 'Target.targetCrashed', fields => {
    for (const { tabs } of visitors.values()) fail(tabs.get(text(fields, 'targetId')), 'crashed')
  })
  await call(root, 'Target.setAutoAttach', ATTACH)
  await attempt(root, 'Target.setDiscoverTargets', { discover: true, filter: [{ type: 'page' }] })
}

/** A tab that has just been attached, by target id, or null when the browser does not bring it in time. */
export async function tabOf(visitor: Visitor, targetId: string): Promise<Tab | null> {
  for (let tries = 0; tries < 100 && visitor.isOpen; tries++) {
    const tab = visitor.tabs.get(targetId)
    if (tab) return tab.ready.then(() => tab)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return null
}

const visitors = new Map<string, Visitor>()
async function keepPolling(visitor: Visitor): Promise<void> {
  while (visitor.isOpen && visitor.browser.connection.isOpen) {
    const began = Date.now()
    await pollCookies(visitor)
    await new Promise(resolve => setTimeout(resolve, Math.max(30, POLL_MS - (Date.now() - began))))
  }
}

function attached(parent: Session, fields: Fields, owner: Tab | null): void {
  const info = object(fields, 'targetInfo')
  const session = sessionOf(parent.connection, text(fields, 'sessionId'))
  const visitor = visitors.get(text(info, 'browserContextId'))
  const type = text(info, 'type')
  if (!visitor) return release(session)
  if (type === 'page') return page(visitor, session, info)
  const tabNow = () => owner ?? visitor.latest
  if (type === 'iframe' && owner) return frame(owner, session, info)
  if (/worker/.test(type)) return worker(visitor, session, tabNow)
  release(session)
}

function release(session: Session): void {
  void attempt(session, 'Runtime.runIfWaitingForDebugger')
}

function page(visitor: Visitor, session: Session, info: Fields): void {
  const targetId = text(info, 'targetId')
  const opener = visitor.tabs.get(text(info, 'openerId')) ?? null
  const tab: Tab = {
    visitor,
    targetId,
    session,
    frames: new Map([[targetId, { id: targetId, parentId: null, session, url: '' }]]),
    sessions: new Set([session]),
    page: opener?.page ?? visitor.latest?.page ?? '',
    beganAt: opener?.beganAt ?? Date.now(),
    bytes: 0,
    navigations: 0,
    failure: null,
    isPopup: opener !== null,
    stage: 'none',
    heralds: new Set(),
    ready: Promise.resolve(),
  }
  visitor.tabs.set(targetId, tab)
  if (!opener) visitor.latest = tab
  tab.ready = arm(tab, session)
  if (opener) closeLater(tab)
}

function closeLater(tab: Tab): void {
  const { visitor } = tab
  const count = [...visitor.tabs.values()].filter(it => it.isPopup).length
  const close = () => void attempt(visitor.browser.connection.browser, 'Target.closeTarget', { targetId: tab.targetId })
  setTimeout(close, count > POPUPS_MAX ? 0 : POPUP_LIVES_MS).unref()
}

function frame(owner: Tab, session: Session, info: Fields): void {
  const id = text(info, 'targetId')
  const known = owner.frames.get(id)
  owner.frames.set(id, {
    id,
    parentId: known?.parentId ?? (text(info, 'parentFrameId') || owner.targetId),
    session,
    url: text(info, 'url'),
  })
  owner.sessions.add(session)
  void arm(owner, session)
}

/** Everything that watches a page or a frame in a process of its own; answered in the order of asking. */
function arm(tab: Tab, session: Session): Promise<unknown> {
  const { visitor } = tab
  const tabNow = () => tab
  on(session, 'Target.attachedToTarget', fields => attached(session, fields, tab))
  watchFrames(tab, session)
  watchNetwork(visitor, session, tabNow)
  watchStorage(visitor, session, tabNow)
  on(
    session,
    'Page.javascriptDialogOpening',
    () => void attempt(session, 'Page.handleJavaScriptDialog', { accept: true }),
  )
  on(session, 'Inspector.targetCrashed', () => fail(tab, session === tab.session ? 'crashed' : null))
  const steps: (readonly [string, Fields])[] = [
    ['Page.enable', {}],
    ['Inspector.enable', {}],
    ['Network.enable', { maxPostDataSize: TAB_BYTES_POST_MAX }],
    ['DOMStorage.enable', {}],
    // Without it a binding is forgotten when the page moves to another process.
    ['Runtime.enable', {}],
    ['Runtime.addBinding', { name: visitor.scan.instrument.binding }],
    ['Page.addScriptToEvaluateOnNewDocument', { source: visitor.source, runImmediately: true }],
    ['Target.setAutoAttach', ATTACH],
    ...manners(visitor),
    ['Runtime.runIfWaitingForDebugger', {}],
  ]
  // A navigation to another process takes along only what the first one has confirmed.
  return Promise.all(steps.map(([method, params]) => attempt(session, method, params)))
}

function worker(visitor: Visitor, session: Session, tabNow: () => Tab | null): void {
  on(session, 'Target.attachedToTarget', fields => attached(session, fields, tabNow()))
  watchNetwork(visitor, session, tabNow)
  watchStorage(visitor, session, tabNow)
  const [agent, headers] = [manners(visitor)[0], headersOf(visitor)]
  void attempt(session, 'Network.enable', { maxPostDataSize: TAB_BYTES_POST_MAX })
  if (agent) void attempt(session, 'Network.setUserAgentOverride', agent[1])
  if (headers) void attempt(session, headers[0], headers[1])
  void attempt(session, 'Target.setAutoAttach', ATTACH)
  void attempt(session, 'Runtime.addBinding', { name: visitor.scan.instrument.binding })
  void attempt(session, 'Runtime.evaluate', { expression: visitor.source })
  release(session)
}

function watchFrames(tab: Tab, session: Session): void {
  on(session, 'Page.frameAttached', fields => {
    const id = text(fields, 'frameId')
    const known = tab.frames.get(id)
    if (!known) tab.frames.set(id, { id, parentId: text(fields, 'parentFrameId') || null, session, url: '' })
  })
  on(session, 'Page.frameNavigated', fields => {
    const frame = object(fields, 'frame')
    const id = text(frame, 'id')
    const parentId = text(frame, 'parentId') || tab.frames.get(id)?.parentId || null
    tab.frames.set(id, { id, parentId, session, url: text(frame, 'url') })
    if (id === tab.targetId) arrive(tab)
  })
  on(session, 'Page.frameDetached', fields => {
    if (text(fields, 'reason') !== 'swap') tab.frames.delete(text(fields, 'frameId'))
  })
  if (session !== tab.session) return
  on(session, 'Page.domContentEventFired', () => reach(tab, 'read'))
  on(session, 'Page.loadEventFired', () => reach(tab, 'loaded'))
}

function arrive(tab: Tab): void {
  // What the page before this one still tells of being loaded does not count for it.
  tab.stage = 'none'
  tab.navigations++
  if (tab.navigations > NAVIGATIONS_MAX) fail(tab, 'redirectLoop')
}

function reach(tab: Tab, stage: Tab['stage']): void {
  if (tab.stage !== 'loaded') tab.stage = stage
  for (const herald of tab.heralds) herald()
}

/** Notes that a tab cannot be visited further, and tells who waits for it. */
export function fail(tab: Tab | undefined, failure: Tab['failure']): void {
  if (!tab || !failure || tab.failure) return
  tab.failure = failure
  for (const herald of tab.heralds) herald()
}

const LANGUAGES = { danish: 'da-DK,da,en-GB,en', english: 'en-GB,en' }
const PHONE_AGENT =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v} Mobile Safari/537.36'

/** What makes the persona: agent, languages, screen, touch, headers. The agent comes first. */
function manners(visitor: Visitor): readonly (readonly [string, Fields])[] {
  const { persona, browser } = visitor
  const isPhone = persona === 'phone'
  const version = /Chrome\/([\d.]+)/.exec(browser.userAgent)?.[1] ?? '150.0.0.0'
  const headers = headersOf(visitor)
  const screen = isPhone
    ? { width: 390, height: 844, screenWidth: 390, screenHeight: 844, deviceScaleFactor: 3, mobile: true }
    : { width: 1366, height: 900, screenWidth: 1366, screenHeight: 900, deviceScaleFactor: 1, mobile: false }
  return [
    [
      'Emulation.setUserAgentOverride',
      {
        userAgent: isPhone ? PHONE_AGENT.replace('{v}', version) : browser.userAgent,
        acceptLanguage: persona === 'english' ? LANGUAGES.english : LANGUAGES.danish,
        platform: isPhone ? 'Linux armv81' : 'Linux x86_64',
        userAgentMetadata: agentData(version, isPhone ? 'phone' : 'desk'),
      },
    ],
    ['Emulation.setDeviceMetricsOverride', screen],
    ['Emulation.setFocusEmulationEnabled', { enabled: true }],
    ['Emulation.setTimezoneOverride', { timezoneId: 'Europe/Copenhagen' }],
    ...(isPhone ? ([['Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 5 }]] as const) : []),
    ...(headers ? [headers] : []),
    ...(persona === 'thirdPartyBlocked' ? [BLOCKED] : []),
  ]
}

const BLOCKED: readonly [string, Fields] = [
  'Network.setCookieControls',
  {
    enableThirdPartyCookieRestriction: true,
    disableThirdPartyCookieMetadata: true,
    disableThirdPartyCookieHeuristics: true,
  },
]

function headersOf(visitor: Visitor): readonly [string, Fields] | null {
  return visitor.persona === 'gpc' ? ['Network.setExtraHTTPHeaders', { headers: { 'Sec-GPC': '1' } }] : null
}

function agentData(version: string, form: 'phone' | 'desk'): Fields {
  const major = version.split('.')[0] ?? '150'
  const brands = [
    { brand: 'Chromium', version: major },
    { brand: 'Not-A.Brand', version: '24' },
  ]
  return {
    brands,
    fullVersionList: brands.map(it => ({ ...it, version: `${it.version}.0.0.0` })),
    platform: form === 'phone' ? 'Android' : 'Linux',
    platformVersion: form === 'phone' ? '10.0.0' : '6.1.0',
    architecture: form === 'phone' ? '' : 'x86',
    model: form === 'phone' ? 'K' : '',
    mobile: form === 'phone',
  }
}
