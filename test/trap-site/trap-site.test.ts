/**
 * The trap site itself, looked at with a real browser. Goal: its truth file says nothing but what happens there.
 * Method: a few visitors go through it once; then every behaviour is looked up in what their browsers held.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Persona } from '../../scanner/report.ts'
import type { Behaviour, Expected, Place } from './behaviour.ts'
import { launch } from './launch.ts'
import { type TrapSite, openTrapSite } from './server.ts'
import { BEHAVIOURS } from './truth.ts'

type Jar = Awaited<ReturnType<BrowserContext['cookies']>>
/** What one visitor's browser held and did. */
type Seen = {
  jar: Jar
  /** Set-Cookie lines and script assignments by name of cookie, whether or not they were taken. */
  readonly tried: Set<string>
  readonly refused: Map<string, string>
  /** 'localStorage t_ls http://trap…' */
  readonly stored: Set<string>
  /** Host and path of every request. */
  readonly asked: Set<string>
  readonly apis: Set<string>
  /** Values of cookies before the visitor deleted them. */
  deleted: Jar
}

let site: TrapSite
let browser: Browser
const seen = new Map<Persona, Seen>()

before(async () => {
  site = await openTrapSite()
  browser = await launch()
  const [first, ...others] = Object.entries(VISITORS) as [Persona, Visitor][]
  const walkAll = async (visitors: readonly [Persona, Visitor][]) => {
    for (const [persona, visitor] of visitors) seen.set(persona, await visit(visitor))
  }
  // The first looks for a long time and needs little of the machine meanwhile.
  await Promise.all([walkAll(first ? [first] : []), walkAll(others)])
})
after(async () => {
  await browser.close()
  await site.close()
})

type Visitor = {
  readonly options: BrowserContextOptions
  readonly isThirdPartyBlocked?: true
  readonly walk: (page: Page, held: Seen) => Promise<void>
}

const AGENT = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36'
const DANISH = { locale: 'da-DK', userAgent: AGENT } as const
const go = (page: Page, place: Place) => page.goto(site.address(place), { waitUntil: 'load' })
const pause = (page: Page, ms = 700) => page.waitForTimeout(ms)
const press = async (page: Page, button: string) => {
  await page.getByRole('button', { name: button }).click()
  await page.waitForLoadState('load')
  await pause(page)
}

/** One long look at the front page, with every gesture, then all other pages. */
async function fresh(page: Page): Promise<void> {
  await go(page, 'trap/')
  await page.mouse.move(40, 60)
  await page.mouse.wheel(0, 400)
  await page.getByRole('textbox').first().click()
  await page.keyboard.press('a')
  await pause(page, 15_500)
  for (const place of [
    'trap/indhold',
    'trap/person',
    'trap/konto',
    'trap/dyb',
    'trap/skjult',
    'trap/tilbud',
  ] as const) {
    await go(page, place)
    if (place === 'trap/konto') await page.keyboard.press('b')
    await pause(page, 1000)
  }
}

const only = (place: Place) => async (page: Page) => {
  await go(page, place)
  await pause(page, 1000)
}

const VISITORS: { readonly [persona in Persona]?: Visitor } = {
  fresh: { options: DANISH, walk: fresh },
  reject: {
    options: DANISH,
    walk: async page => {
      await go(page, 'trap/')
      await press(page, 'Afvis')
    },
  },
  accept: {
    options: DANISH,
    walk: async page => {
      await go(page, 'trap/')
      await press(page, 'Accepter alle')
      await only('trap/indhold')(page)
    },
  },
  withdraw: {
    options: DANISH,
    walk: async page => {
      await go(page, 'trap/')
      await press(page, 'Accepter alle')
      await page.getByRole('link', { name: 'Ændr cookievalg' }).click()
      await press(page, 'Afvis')
    },
  },
  return: {
    options: DANISH,
    walk: async (page, held) => {
      await only('trap/')(page)
      await only('trap/konto')(page)
      Object.assign(held, { deleted: await page.context().cookies() })
      await page.context().clearCookies()
      await page.reload()
      await pause(page, 1000)
      await only('trap/')(page)
    },
  },
  english: { options: { ...DANISH, locale: 'en-GB' }, walk: only('trap/') },
  phone: {
    options: { ...DANISH, hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
    walk: only('trap/'),
  },
  gpc: { options: { ...DANISH, extraHTTPHeaders: { 'sec-gpc': '1' } }, walk: only('trap/') },
  thirdPartyBlocked: { options: DANISH, isThirdPartyBlocked: true, walk: only('trap/indhold') },
}

/** In every frame: notes what is written and called, through `note`. */
const SPY = `(() => {
  const wrap = (owner, name, say) => {
    const own = owner?.[name]
    if (own) owner[name] = function (...args) { const it = say(args); if (it) note(it); return own.apply(this, args) }
  }
  const jar = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie')
  Object.defineProperty(document, 'cookie', { get: () => jar.get.call(document), set: line => {
    note('tried ' + line.slice(0, line.indexOf('='))); jar.set.call(document, line)
  } })
  wrap(Storage.prototype, 'setItem', ([key]) => 'stored ' + key + ' ' + origin)
  wrap(IDBFactory.prototype, 'open', ([name]) => 'stored indexedDB ' + name + ' ' + origin)
  wrap(globalThis.caches && CacheStorage.prototype, 'open', ([name]) => 'stored cache ' + name + ' ' + origin)
  wrap(HTMLCanvasElement.prototype, 'toDataURL', () => 'api canvas')
  wrap(HTMLCanvasElement.prototype, 'getContext', ([kind]) => kind === 'webgl' && 'api webgl')
  wrap(OfflineAudioContext.prototype, 'startRendering', () => 'api audio')
  wrap(EventTarget.prototype, 'addEventListener', ([kind]) => kind === 'keydown' && 'api keyboard')
  addEventListener('pagehide', () => undefined)
})()`

/** What there is to be found in a frame now, as lines of the same form. */
const STORED = `(async () => [
  ...Object.keys(localStorage).map(it => 'localStorage ' + it),
  ...Object.keys(sessionStorage).map(it => 'sessionStorage ' + it),
  ...(await indexedDB.databases()).map(it => 'indexedDB ' + it.name),
  ...(await caches.keys()).map(it => 'cache ' + it),
].map(it => it + ' ' + origin))()`

async function visit({ options, isThirdPartyBlocked, walk }: Visitor): Promise<Seen> {
  const context = await browser.newContext(options)
  const held: Seen = {
    jar: [],
    tried: new Set(),
    refused: new Map(),
    stored: new Set(),
    asked: new Set(),
    apis: new Set(),
    deleted: [],
  }
  const page = await context.newPage()
  const wire = await context.newCDPSession(page)
  await wire.send('Network.enable')
  if (isThirdPartyBlocked)
    await wire.send('Network.setCookieControls', {
      enableThirdPartyCookieRestriction: true,
    })
  wire.on('Network.responseReceivedExtraInfo', ({ headers, blockedCookies }) => {
    const lines = Object.entries(headers).filter(([name]) => name.toLowerCase() === 'set-cookie')
    for (const line of lines.flatMap(([, value]) => value.split('\n'))) held.tried.add(nameOf(line))
    for (const it of blockedCookies) held.refused.set(nameOf(it.cookieLine), it.blockedReasons.join())
  })
  context.on('request', request => {
    const { host, pathname } = new URL(request.url())
    held.asked.add(host.replace(/:\d+$/, '') + pathname)
  })
  await context.exposeBinding('note', (_source, line: string) => {
    const [kind, ...rest] = line.split(' ')
    if (kind === 'tried') held.tried.add(rest.join(' '))
    if (kind === 'api') held.apis.add(rest.join(' '))
  })
  await context.addInitScript(SPY)
  page.on('load', () => void collect(page, held))
  try {
    await walk(page, held)
    await collect(page, held)
    held.jar = await context.cookies()
    return held
  } finally {
    await context.close()
  }
}

const nameOf = (line: string) => line.slice(0, line.indexOf('=')).trim()

async function collect(page: Page, held: Seen): Promise<void> {
  await page.waitForTimeout(600).catch(() => undefined)
  for (const frame of page.frames()) {
    const lines = await frame.evaluate<string[]>(STORED).catch(() => [])
    for (const line of lines) held.stored.add(line)
  }
}

const matches = (pattern: string, name: string) =>
  pattern.includes('*') ? name.startsWith(pattern.slice(0, pattern.indexOf('*'))) : name === pattern

/** The cookies of this behaviour in a jar. */
const found = (jar: Jar, { name, host }: Expected) =>
  jar.filter(it => matches(name, it.name) && (it.domain === host || it.domain === `.${host}`))

const PERSONAS = Object.keys(VISITORS) as Persona[]
const held = (persona: Persona) => seen.get(persona) ?? assert.fail(`${persona} was not here`)

for (const behaviour of BEHAVIOURS.filter(it => it.page.startsWith('trap/'))) {
  test(`${behaviour.id}: ${behaviour.how}`, () => prove(behaviour))
}

function prove({ expected }: Behaviour): void {
  const persona = expected.personas?.[0] ?? 'fresh'
  const look = held(persona)
  if (expected.kind === 'cookie') return proveCookie(expected, look)
  if (expected.kind === 'request') return assert.ok(look.asked.has(expected.host + expected.name))
  if (expected.kind === 'api') return assert.ok(look.apis.has(expected.name))
  if (expected.kind === 'register')
    return assert.deepEqual(
      PERSONAS.flatMap(it => found(held(it).jar, expected)),
      [],
    )
  const place = `${expected.kind} ${expected.name} http://${expected.host}:${site.port}`
  assert.ok(look.stored.has(place), [...look.stored].join('\n'))
  for (const other of strangers(expected)) assert.ok(!held(other).stored.has(place), other)
}

function proveCookie(expected: Expected, look: Seen): void {
  const cookies = found(look.jar, expected)
  if (expected.kept === 'never') {
    assert.deepEqual(cookies, [])
    if (expected.codes.length > 0) assert.ok(look.tried.has(expected.name), 'nobody tried to set it')
    const isScript = expected.name === 't_ref_script'
    if (expected.codes.includes('scan.refused_by_browser') && !isScript) assert.ok(look.refused.get(expected.name))
    return
  }
  assert.ok(cookies.length > 0, `${expected.name} is not in the jar; refused: ${look.refused.get(expected.name)}`)
  for (const { expires } of cookies) {
    const seconds = expires === -1 ? null : expires - Date.now() / 1000
    if (seconds === null || typeof expected.kept !== 'number') assert.equal(seconds, expected.kept)
    else assert.ok(Math.abs(seconds - expected.kept) < 300, `kept for ${seconds} s`)
  }
  for (const other of strangers(expected)) assert.deepEqual(found(held(other).jar, expected), [], other)
  if (expected.codes.includes('scan.respawned')) {
    const [before, now] = [found(look.deleted, expected)[0]?.value, cookies[0]?.value]
    assert.equal(now, before, 'it came back with another value')
  }
}

// What others meet too, though it is no breach for them: it was there before it came back, or after a yes.
const MET_BY_ALL = ['scan.respawned', 'scan.rolling', 'scan.not_removed', 'scan.after_withdrawal']

/** Visitors who must not meet it. */
function strangers({ personas, codes }: Expected): Persona[] {
  if (!personas || codes.some(it => MET_BY_ALL.includes(it))) return []
  return PERSONAS.filter(it => !personas.includes(it))
}

test('the Danish cookie is not for readers of English', () => {
  assert.ok(!held('english').jar.some(it => it.name === 't_danish'))
})

test('S8: what is removed when a yes is taken back is gone, and only the forgotten ones stay', () => {
  const names = held('withdraw').jar.map(it => it.name)
  assert.deepEqual(
    ['t_statistics', 't_after_accept', 't_stays', 't_again'].filter(it => names.includes(it)),
    ['t_stays', 't_again'],
  )
  assert.ok(held('accept').jar.some(it => it.name === 't_statistics'))
})
