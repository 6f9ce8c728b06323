/** Opens pages in tabs, with a limit on everything, and says what became of each. */
import { attempt, call, on, sleep, text, within } from './cdp.ts'
import { lookAtBanner, type BannerLook } from './banner.ts'
import { evaluate, evaluateAll } from './frames.ts'
import type { Frame, Tab, Visitor } from './model.ts'
import type { PageVisit } from './report.ts'
import { say } from './say.ts'
import { hostOf, pageOf } from './site.ts'
import { tabOf } from './visitor.ts'

/** How a navigation ended. `status` is that of the document, when there was one. */
export type Arrival = { readonly outcome: PageVisit['outcome']; readonly status: number | null }

const LOAD_LIMIT_MS = 8000
const STOP_LIMIT_MS = 1500
/** With this status the one way out says that an address is not allowed. */
const REFUSED_BY_PROXY = 421
/** More than this and still not read when its time is over: the size is what is wrong. */
const SLOW_BYTES = 4 * 1024 * 1024

/** A new empty tab of the visitor, or null when the browser is gone. */
export async function openTab(visitor: Visitor): Promise<Tab | null> {
  const { browser } = visitor.browser.connection
  // A window each: a tab behind another would not be visible to its page.
  const params = { url: 'about:blank', browserContextId: visitor.contextId, newWindow: true }
  const answer = await attempt(browser, 'Target.createTarget', params)
  const targetId = text(answer, 'targetId')
  return targetId ? tabOf(visitor, targetId) : null
}

/** Opens an address in a tab and waits until it is loaded, read, failed, or its time is over. */
export async function go(tab: Tab, address: string): Promise<Arrival> {
  const limit = Math.min(tab.visitor.scan.request.pageLimitMs, Math.max(1000, tab.visitor.scan.deadline - Date.now()))
  tab.page = pageOf(address)
  tab.beganAt = Date.now()
  tab.stage = 'none'
  tab.navigations = 0
  tab.visitor.latest = tab
  const status = statusOfDocument(tab)
  const answer = await within(
    call(tab.session, 'Page.navigate', { url: address }, limit).catch((error: Error) => ({ errorText: error.message })),
    limit,
    { errorText: 'no answer' },
  )
  const failure = outcomeOfError(text(answer, 'errorText'))
  if (tab.failure) return { outcome: tab.failure, status: status() }
  if (failure === 'timedOut') await attempt(tab.session, 'Page.stopLoading', {}, STOP_LIMIT_MS)
  if (failure) return { outcome: failure, status: status() }
  await loaded(tab, Math.min(limit, LOAD_LIMIT_MS))
  return { outcome: outcomeOf(tab, status()), status: status() }
}

/** Leaves a page as a visitor does, so that what it does on leaving is seen. */
export async function leave(tab: Tab): Promise<void> {
  if (tab.failure === 'crashed') return
  // With the page goes the watch over it: what it does on leaving is asked for while it is still there.
  await attempt(tab.session, 'Runtime.evaluate', { expression: LEAVING }, STOP_LIMIT_MS)
  await evaluateAll(tab, LEAVING)
  await sleep(250)
  await attempt(tab.session, 'Page.navigate', { url: 'about:blank' }, STOP_LIMIT_MS)
  await sleep(200)
}

/** Closes a tab; the browser does it even when the page hangs. */
export async function closeTab(tab: Tab): Promise<void> {
  tab.visitor.tabs.delete(tab.targetId)
  const { browser } = tab.visitor.browser.connection
  await attempt(browser, 'Target.closeTarget', { targetId: tab.targetId })
}

/** Says what a visit came to: the page's end, its banner, its links to guides and to the choice. */
export async function sayVisit(tab: Tab, arrival: Arrival): Promise<void> {
  const isThere = arrival.outcome !== 'crashed' && arrival.outcome !== 'unreachable'
  const answer = isThere ? await lookAtPage(tab) : null
  const facts = answer ?? NOTHING
  const banner: BannerLook | null = answer ? await lookAtBanner(tab) : null
  const outcome = tab.failure ?? finalOutcome(tab, arrival, answer)
  const page: PageVisit = {
    persona: tab.visitor.persona,
    page: tab.page,
    outcome,
    status: arrival.status,
    dwellMs: Date.now() - tab.beganAt,
    bytes: tab.bytes,
    banner: banner?.tool ?? null,
    rejectOnFirstLayer: banner?.rejectOnFirstLayer ?? null,
    isFair: banner?.isFair ?? null,
    guideLinks: facts.guideLinks,
    choiceControl: banner?.hasControl ?? false,
    words: facts.words,
    isReadable: outcome === 'seen' && (arrival.status ?? 200) < 400 && facts.isReadable,
  }
  say(tab.visitor, ['page', tab.visitor.phase, page.page, page.outcome].join('\n'), { type: 'page', page })
}

/** The top frame of a tab. */
export function topOf(tab: Tab): Frame {
  return tab.frames.get(tab.targetId) ?? { id: tab.targetId, parentId: null, session: tab.session, url: '' }
}

/** What an error of the network stack means for the page; null when there was none. Pure. */
export function outcomeOfError(error: string): PageVisit['outcome'] | null {
  if (!error) return null
  if (/no answer|ERR_TIMED_OUT|ERR_CONNECTION_TIMED_OUT/.test(error)) return 'timedOut'
  if (/ERR_TOO_MANY_REDIRECTS/.test(error)) return 'redirectLoop'
  if (/ERR_CERT|ERR_SSL|ERR_BAD_SSL/.test(error)) return 'certificate'
  if (/ERR_INVALID_AUTH|ERR_UNSUPPORTED_AUTH/.test(error)) return 'loginNeeded'
  if (/ERR_TUNNEL_CONNECTION_FAILED|ERR_ADDRESS_INVALID|ERR_BLOCKED|ERR_UNSAFE_PORT/.test(error))
    return 'refusedAddress'
  if (/target gone/.test(error)) return 'crashed'
  return 'unreachable'
}

function outcomeOf(tab: Tab, status: number | null): PageVisit['outcome'] {
  if (tab.failure) return tab.failure
  if (status === REFUSED_BY_PROXY) return 'refusedAddress'
  if (status === 401 || status === 403) return 'loginNeeded'
  if (status === 502 || status === 504) return 'unreachable'
  if (tab.stage === 'none') return tab.bytes > SLOW_BYTES ? 'tooLarge' : 'timedOut'
  return 'seen'
}

/** A page that was reached may still turn out to want a log-in, or to answer nobody. */
function finalOutcome(tab: Tab, arrival: Arrival, facts: PageFacts | null): PageVisit['outcome'] {
  if (arrival.outcome !== 'seen') return arrival.outcome
  if (!facts) return 'timedOut'
  return needsLogin(tab, facts) ? 'loginNeeded' : 'seen'
}

function needsLogin(tab: Tab, facts: PageFacts): boolean {
  return facts.hasPassword && (pageOf(facts.address) !== tab.page || hostOf(facts.address) !== hostOf(tab.page))
}

function statusOfDocument(tab: Tab): () => number | null {
  let status: number | null = null
  on(tab.session, 'Network.responseReceived', fields => {
    if (text(fields, 'type') !== 'Document' || text(fields, 'frameId') !== tab.targetId) return
    const response = fields['response'] as { status?: number } | undefined
    status = response?.status ?? null
  })
  return () => status
}

function loaded(tab: Tab, limitMs: number): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      tab.heralds.delete(herald)
      resolve()
    }
    const herald = () => {
      if ((tab.stage === 'loaded' && tab.navigations > 0) || tab.failure) done()
    }
    const timer = setTimeout(done, limitMs)
    tab.heralds.add(herald)
    herald()
  })
}

/** Told once, by whichever world comes first; a page that asks whether it is seen hears that it is not. */
const LEAVING = String.raw`(() => {
  const root = document.documentElement
  if (!root || root.hasAttribute('data-left')) return
  root.setAttribute('data-left', '')
  for (const [name, value] of [['visibilityState', 'hidden'], ['hidden', true]]) {
    try { Object.defineProperty(document, name, { get: () => value, configurable: true }) } catch {}
  }
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  for (const name of ['blur', 'beforeunload']) dispatchEvent(new Event(name, { cancelable: true }))
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false }))
  dispatchEvent(new Event('unload'))
})()`

type PageFacts = {
  readonly address: string
  readonly hasPassword: boolean
  readonly guideLinks: readonly string[]
  readonly words: number
  readonly isReadable: boolean
}
const NOTHING: PageFacts = { address: '', hasPassword: false, guideLinks: [], words: 0, isReadable: false }

async function lookAtPage(tab: Tab): Promise<PageFacts | null> {
  const facts = (await evaluate(topOf(tab), LOOK)) as PageFacts | null
  return facts && Array.isArray(facts.guideLinks) && Number.isInteger(facts.words) ? facts : null
}

/** Guides of browsers and of neutral bodies, links to the choice; and whether a wall stands before the text. */
const LOOK = String.raw`(() => {
  const guides = [
    /support\.(google\.com\/(chrome|accounts)|mozilla\.org|microsoft\.com|apple\.com)|help\.opera\.com/,
    /(opera|vivaldi|brave)\.com\/.*(help|cookies)|(mine|(all)?about)cookies\.org|youronlinechoices/,
    /\/indsigt\/choice|\/cookies?([/?#.]|$)|cookie-?(politik|policy|indstillinger|settings)/i,
  ]
  const isGuide = link => guides.some(it => it.test(link))
  const links = [...document.querySelectorAll('a[href]')].map(it => it.href).filter(isGuide)
  const password = [...document.querySelectorAll('input[type=password]')].some(it => it.getClientRects().length > 0)
  const text = (document.body ? document.body.innerText : '').slice(0, 200000)
  const words = (text.match(/[\p{L}\p{N}]+/gu) || []).length
  const wall = [
    /(aktiver|slå) cookies|cookies (er påkrævet|skal være slået til|are required|must be enabled)/i,
    /(enable|accept|turn on) cookies (to|in order|for)|accepter cookies for at|kræver (at du accepterer )?cookies/i,
  ].some(it => it.test(text))
  const [w, h] = [innerWidth, innerHeight]
  const covered = [[0.5, 0.3], [0.5, 0.5], [0.2, 0.2], [0.8, 0.5]].every(([x, y]) => {
    for (let at = document.elementFromPoint(w * x, h * y); at; at = at.parentElement) {
      const style = getComputedStyle(at)
      const box = at.getBoundingClientRect()
      if (style.position === 'fixed' && box.width >= w * 0.95 && box.height >= h * 0.95) return true
    }
    return false
  })
  const guideLinks = [...new Set(links.map(it => it.split('#')[0]))].slice(0, 20)
  return { address: location.href, hasPassword: password, guideLinks, words, isReadable: !wall && !covered }
})()`
