/** Watches what one target sends and gets: cookies of every answer with the browser's reasons, and what leaves. */
import { attempt, list, number, object, on, text, type Fields, type Session } from './cdp.ts'
import type { Exchange, Hop, Tab, Visitor } from './model.ts'
import { readInitiator } from './notes.ts'
import type { OutRequest, Sighting } from './report.ts'
import { say } from './say.ts'
import { hostOf, pageOf, partyOf, urlOf } from './site.ts'

/** No page needs more; what is bigger is not read on. */
const PAGE_BYTES_MAX = 20 * 1024 * 1024
const BODY_CHARS_MAX = 4096
/** An image this small shows nothing: it counts who looks. */
const PIXEL_BYTES_MAX = 128
const EXCHANGES_MAX = 20_000

type TabNow = () => Tab | null

/** Listens to the network events of one session. `tabNow`: the tab they belong to, at that moment. */
export function watchNetwork(visitor: Visitor, session: Session, tabNow: TabNow): void {
  on(session, 'Network.requestWillBeSent', fields => asked(exchangeOf(visitor, fields, tabNow), fields))
  on(session, 'Network.webSocketCreated', fields => askedSocket(exchangeOf(visitor, fields, tabNow), fields))
  on(session, 'Network.responseReceivedExtraInfo', fields => answered(visitor, fields, tabNow))
  on(session, 'Network.responseReceived', fields => {
    const hop = hopNow(visitor, fields)
    if (!hop) return
    hop.status = number(object(fields, 'response'), 'status')
    hop.mime = text(object(fields, 'response'), 'mimeType')
    const tab = tabNow()
    // What says that it is too large need not be waited for.
    if (tab && contentLength(object(fields, 'response')) > PAGE_BYTES_MAX) weigh(tab, PAGE_BYTES_MAX + 1)
  })
  on(session, 'Network.dataReceived', fields => {
    const tab = tabNow()
    const length = number(fields, 'dataLength') ?? 0
    const hop = hopNow(visitor, fields)
    if (hop) hop.length += length
    if (tab) weigh(tab, length)
  })
  for (const event of ['Network.loadingFinished', 'Network.loadingFailed']) {
    on(session, event, fields => finished(visitor, text(fields, 'requestId')))
  }
}

/** Says what was asked for and not answered yet. */
export function flushRequests(visitor: Visitor): void {
  for (const id of visitor.requests.keys()) finished(visitor, id)
}

function exchangeOf(visitor: Visitor, fields: Fields, tabNow: TabNow): Exchange | null {
  const id = text(fields, 'requestId')
  const known = visitor.requests.get(id)
  if (known) return known
  const tab = tabNow()
  if (!tab || visitor.requests.size > EXCHANGES_MAX) return null
  const exchange: Exchange = { tab, hops: [], extras: 0 }
  visitor.requests.set(id, exchange)
  return exchange
}

function hopNow(visitor: Visitor, fields: Fields): Hop | null {
  return visitor.requests.get(text(fields, 'requestId'))?.hops.at(-1) ?? null
}

function asked(exchange: Exchange | null, fields: Fields): void {
  if (!exchange) return
  const request = object(fields, 'request')
  const previous = exchange.hops.at(-1)
  const redirect = object(fields, 'redirectResponse')
  if (previous && 'status' in redirect) {
    previous.status = number(redirect, 'status')
    sayRequest(exchange, previous)
  } else if (previous?.url === text(request, 'url')) {
    return // The same request, told by a second session.
  }
  exchange.hops.push({
    url: text(request, 'url'),
    method: text(request, 'method'),
    body: text(request, 'postData').slice(0, BODY_CHARS_MAX),
    type: text(fields, 'type') || 'Other',
    phase: exchange.tab.visitor.phase,
    ...readInitiator(object(fields, 'initiator')),
    at: Date.now(),
    status: null,
    mime: '',
    length: 0,
    isSaid: false,
  })
}

function askedSocket(exchange: Exchange | null, fields: Fields): void {
  if (!exchange) return
  const url = text(fields, 'url').replace(/^ws/, 'http')
  asked(exchange, { ...fields, type: 'WebSocket', request: { url, method: 'GET' } })
  const hop = exchange.hops.at(-1)
  if (hop) sayRequest(exchange, hop)
}

/** Headers as they came over the wire; this event alone has cookies, and says which were refused and why. */
function answered(visitor: Visitor, fields: Fields, tabNow: TabNow): void {
  const exchange = exchangeOf(visitor, fields, tabNow)
  if (!exchange) return
  const position = exchange.extras++
  const headers = object(fields, 'headers')
  const name = Object.keys(headers).find(it => it.toLowerCase() === 'set-cookie')
  const lines = name ? text(headers, name).split('\n').filter(Boolean) : []
  const refusals = list(fields, 'blockedCookies')
  const hop = () => exchange.hops[position] ?? exchange.hops.at(-1)
  const { tab } = exchange
  const all = new Set([...lines.map(line => line.trim()), ...refusals.map(it => text(it, 'cookieLine').trim())])
  for (const line of all) {
    const refusal = refusals.find(it => text(it, 'cookieLine').trim() === line)
    visitor.cookies.attempts.push({
      line,
      via: 'http',
      tab,
      page: tab.page,
      phase: visitor.phase,
      at: Date.now(),
      refused: refusal ? reasonOf(refusal) : null,
      isVisible: null,
      get initiator() {
        return pageOf(hop()?.url ?? '') || null
      },
      get stack() {
        return hop()?.stack ?? []
      },
      address: () => hop()?.url ?? tab.page,
    })
  }
}

function reasonOf(refusal: Fields): string {
  const reasons = refusal['blockedReasons']
  return Array.isArray(reasons) && typeof reasons[0] === 'string' ? reasons[0] : 'UnknownError'
}

function contentLength(response: Fields): number {
  const headers = object(response, 'headers')
  const name = Object.keys(headers).find(it => it.toLowerCase() === 'content-length')
  return name ? Number(text(headers, name)) || 0 : 0
}

function weigh(tab: Tab, length: number): void {
  tab.bytes += length
  if (tab.bytes <= PAGE_BYTES_MAX || tab.failure) return
  tab.failure = 'tooLarge'
  void attempt(tab.session, 'Page.stopLoading')
  for (const herald of tab.heralds) herald()
}

function finished(visitor: Visitor, id: string): void {
  const exchange = visitor.requests.get(id)
  const hop = exchange?.hops.at(-1)
  if (!exchange || !hop) return
  sayRequest(exchange, hop)
}

function sayRequest(exchange: Exchange, hop: Hop): void {
  const url = urlOf(hop.url)
  const { tab } = exchange
  if (!url || hop.isSaid || !tab.page) return
  hop.isSaid = true
  const party = partyOf(url.hostname, hostOf(tab.page))
  const isBeacon = hop.type === 'Ping'
  if (party === 'first' && !isBeacon && !url.search && !hop.body) return
  const request: OutRequest = {
    persona: tab.visitor.persona,
    phase: hop.phase,
    page: tab.page,
    host: url.hostname,
    path: url.pathname,
    query: url.search.slice(1, BODY_CHARS_MAX),
    body: hop.body,
    type: hop.type,
    party,
    initiator: hop.initiator,
    isBeacon,
    status: hop.status,
    atMs: Math.max(0, hop.at - tab.beganAt),
  }
  const key = ['request', hop.phase, tab.page, url.host, url.pathname, request.query, hop.body, hop.type].join('\n')
  say(tab.visitor, key, { type: 'request', request })
  if (isPixel(hop, url, party)) say(tab.visitor, `pixel${key}`, { type: 'sighting', sighting: pixelOf(request, hop) })
}

function isPixel(hop: Hop, url: URL, party: 'first' | 'third'): boolean {
  if (hop.type !== 'Image' || (party === 'first' && !url.search)) return false
  return (
    hop.status === 204 ||
    (hop.mime.startsWith('image/') && hop.mime !== 'image/svg+xml' && hop.length <= PIXEL_BYTES_MAX)
  )
}

function pixelOf(request: OutRequest, hop: Hop): Sighting {
  return {
    persona: request.persona,
    phase: request.phase,
    page: request.page,
    kind: 'pixel',
    name: request.path,
    host: request.host,
    path: request.path,
    party: request.party,
    value: request.query,
    raw: null,
    via: 'http',
    keptSeconds: null,
    secure: hop.url.startsWith('https:'),
    httpOnly: false,
    sameSite: null,
    partitioned: false,
    outcome: 'kept',
    reason: null,
    initiator: hop.initiator,
    stack: hop.stack,
    atMs: request.atMs,
    event: 'set',
  }
}
