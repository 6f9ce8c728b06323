/**
 * Takes hold of every Set-Cookie that a Node response sends: at the one place all of them pass, whatever set them and
 * in whatever order middleware was mounted. Patches ServerResponse once; responses without a guard stay untouched.
 */
import http, { type OutgoingHttpHeaders } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Guarded } from './guard.ts'
import { EXPLAIN_HEADER, explanation } from './site-tools.ts'
import type { Site, SiteRequest } from './site-types.ts'

/** Decides about one response: which lines go out, and what else its head must say. */
export type ResponseGuard = (lines: readonly string[], current: (name: string) => string | undefined) => Head

/** Lines to send, and headers to set. */
export type Head = { readonly lines: readonly string[]; readonly headers: Readonly<Record<string, string>> }

/** The guard of a site for one request; tells the developer in 'explain'. */
export function guardOf(site: Site, request: () => SiteRequest): ResponseGuard {
  return (lines, current) => {
    const known = request()
    const guarded = judged(site, known, lines)
    const headers: Record<string, string> = {}
    const told = explanation(site, guarded)
    if (told) {
      headers[EXPLAIN_HEADER] = told
      site.report(`indsigt: ${told}`)
    }
    const cache = current('cache-control')
    const wanted = site.cacheControl(known, cache)
    if (wanted !== undefined && wanted !== cache) headers['cache-control'] = wanted
    // A page about one visitor; what a content network is told elsewhere (RFC 9213) would count more there.
    if (site.cacheControl(known, undefined) !== undefined)
      for (const name of NETWORK_CACHES) if (current(name) !== undefined) headers[name] = 'no-store'
    return { lines: guarded.keep, headers }
  }
}

const NETWORK_CACHES = [
  'cdn-cache-control',
  'surrogate-control',
  'cloudflare-cdn-cache-control',
  'netlify-cdn-cache-control',
  'vercel-cdn-cache-control',
]

// A guard that fails must not end the site's answer, and lets no cookie out.
function judged(site: Site, request: SiteRequest, lines: readonly string[]): Guarded {
  try {
    return site.guard(request, lines)
  } catch {
    // Not where: an address of the site may name a person, and this line goes to a log.
    site.report('indsigt: the guard failed; no cookie was sent')
    return { keep: [], stripped: [], counts: [] }
  }
}

/** Puts one response under a guard. The first guard of a response stays. */
export function guardResponse(response: http.ServerResponse, guard: ResponseGuard): void {
  installGuards()
  if (!shared.guards.has(response)) shared.guards.set(response, guard)
}

/** Lets an answer of our own go as it is. */
export function releaseResponse(response: http.ServerResponse): void {
  shared.guards.set(response, null)
}

/** Puts every response of this process under a guard that `make` finds for it; null: left alone. */
export function guardEveryResponse(make: (response: http.ServerResponse) => ResponseGuard | null): void {
  installGuards()
  shared.make = make
}

/** Patches the responses of this process, once, also when this file was loaded twice. */
export function installGuards(): void {
  if (shared.isInstalled) return
  shared.isInstalled = true
  const prototype = http.ServerResponse.prototype as unknown as Record<string, (...args: unknown[]) => unknown>
  const { writeHead, addTrailers, writeEarlyHints } = prototype
  prototype['writeHead'] = function (this: http.ServerResponse, ...args) {
    const guard = guardFor(this)
    return writeHead?.apply(this, guard && !this.headersSent ? guardedHead(this, guard, args) : args)
  }
  // Its old name, which Node keeps as the same function.
  prototype['writeHeader'] = prototype['writeHead']
  prototype['addTrailers'] = function (this: http.ServerResponse, ...args) {
    return addTrailers?.apply(this, guardFor(this) ? [trailersWithout(args[0])] : args)
  }
  prototype['writeEarlyHints'] = function (this: http.ServerResponse, ...args) {
    return writeEarlyHints?.apply(this, guardFor(this) ? [without(args[0]), ...args.slice(1)] : args)
  }
}

/** The same for a stream of HTTP/2, where everything passes `respond`; what it pushes, too. The first guard stays. */
export function guardStream(stream: ServerHttp2Stream, guard: ResponseGuard): void {
  if (streams.has(stream)) return
  streams.add(stream)
  const target = stream as unknown as Record<string, (...args: unknown[]) => unknown>
  for (const name of ['respond', 'respondWithFile', 'respondWithFD']) {
    const original = target[name]
    const at = name === 'respond' ? 0 : 1
    target[name] = (...args: unknown[]) => {
      const headers = guardedHeaders(guard, args[at] as OutgoingHttpHeaders | undefined)
      return original?.apply(
        stream,
        args.toSpliced(at, 1, headers).map(one => withGuardedCheck(guard, one)),
      )
    }
  }
  const { pushStream } = target
  target['pushStream'] = (...args: unknown[]) =>
    pushStream?.apply(
      stream,
      args.map(one => (typeof one === 'function' ? guardedPush(guard, one as Pushed) : one)),
    )
  for (const name of ['sendTrailers', 'additionalHeaders']) {
    const original = target[name]
    target[name] = (...args: unknown[]) => original?.apply(stream, [without(args[0]), ...args.slice(1)])
  }
}

const streams = new WeakSet<ServerHttp2Stream>()

type Pushed = (error: unknown, pushed: ServerHttp2Stream | undefined, ...rest: unknown[]) => unknown

function guardedPush(guard: ResponseGuard, done: Pushed): Pushed {
  return (error, pushed, ...rest) => {
    if (pushed) guardStream(pushed, guard)
    return done(error, pushed, ...rest)
  }
}

// The options of a file's answer may hold a function that changes the headers last.
function withGuardedCheck(guard: ResponseGuard, options: unknown): unknown {
  const check = options && typeof options === 'object' ? (options as { statCheck?: unknown }).statCheck : undefined
  if (typeof check !== 'function') return options
  const original = check as (...args: unknown[]) => unknown
  const statCheck = (stat: unknown, headers: OutgoingHttpHeaders, ...rest: unknown[]): unknown => {
    const said = original(stat, headers, ...rest)
    const guarded = guardedHeaders(guard, headers)
    for (const name of Object.keys(headers)) if (isSetCookie(name)) delete headers[name]
    Object.assign(headers, guarded)
    return said
  }
  return { ...(options as object), statCheck }
}

type Shared = {
  readonly guards: WeakMap<http.ServerResponse, ResponseGuard | null>
  make: ((response: http.ServerResponse) => ResponseGuard | null) | null
  isInstalled: boolean
}

// A bundler may load this file twice; the responses are the same, so the state is too.
const KEY = Symbol.for('indsigt-cookies.guards/1')
const place = globalThis as unknown as { [KEY]?: Shared }
const shared: Shared = (place[KEY] ??= { guards: new WeakMap(), make: null, isInstalled: false })

function guardFor(response: http.ServerResponse): ResponseGuard | null {
  const known = shared.guards.get(response)
  if (known !== undefined) return known
  const made = shared.make?.(response) ?? null
  shared.guards.set(response, made)
  return made
}

/** The arguments of `writeHead` after the guard; headers set before are changed in place. */
function guardedHead(response: http.ServerResponse, guard: ResponseGuard, args: unknown[]): unknown[] {
  const [status, reason] = args
  const given = typeof reason === 'string' ? args[2] : reason
  const pairs = pairsOf(given)
  const before = asLines(response.getHeader('set-cookie'))
  const ofArguments = pairs.filter(([name]) => isSetCookie(name)).flatMap(([, value]) => asLines(value))
  const lines = ofArguments.length > 0 ? ofArguments : before
  const head = guard(lines, name => {
    const found = pairs.findLast(([key]) => key.toLowerCase() === name)?.[1] ?? response.getHeader(name)
    return asLines(found)[0]
  })
  const isSame = head.lines.length === lines.length && head.lines.every((line, index) => line === lines[index])
  const changes = Object.entries(head.headers)
  if (isSame && changes.length === 0) return args
  const changed = new Set(['set-cookie', ...changes.map(([name]) => name)])
  const rest = pairs.filter(([name]) => !changed.has(name.toLowerCase()))
  // Not by the response's own methods: a framework may have put others in their place that add cookies again.
  const own = http.OutgoingMessage.prototype
  own.removeHeader.call(response, 'set-cookie')
  if (head.lines.length > 0) own.setHeader.call(response, 'set-cookie', [...head.lines])
  for (const [name, value] of changes) own.setHeader.call(response, name, value)
  const flat = rest.length > 0 ? [rest.flat()] : []
  return typeof reason === 'string' ? [status, reason, ...flat] : [status, ...flat]
}

function guardedHeaders(guard: ResponseGuard, headers: OutgoingHttpHeaders = {}): OutgoingHttpHeaders | unknown[] {
  const pairs = pairsOf(headers)
  const lines = pairs.flatMap(([name, value]) => (isSetCookie(name) ? asLines(value) : []))
  const head = guard(lines, name => asLines(pairs.findLast(([key]) => key.toLowerCase() === name)?.[1])[0])
  if (Array.isArray(headers)) {
    const changed = new Set(['set-cookie', ...Object.keys(head.headers)])
    const rest = pairs.filter(([name]) => !changed.has(name.toLowerCase()))
    return [...rest, ...head.lines.map(line => ['set-cookie', line]), ...Object.entries(head.headers)].flat()
  }
  const cookies = head.lines.length > 0 ? { 'set-cookie': [...head.lines] } : {}
  return { ...(without(headers) as OutgoingHttpHeaders), ...cookies, ...head.headers }
}

/** Headers as `writeHead` takes them (an object, a flat list, a list of pairs) as pairs. */
function pairsOf(given: unknown): [string, unknown][] {
  if (!Array.isArray(given)) return given && typeof given === 'object' ? Object.entries(given) : []
  const list: unknown[] = given
  if (Array.isArray(list[0])) return (list as unknown[][]).map(([name, value]) => [String(name), value])
  return list.flatMap((name, index) => (index % 2 === 0 ? [[String(name), list[index + 1]] as [string, unknown]] : []))
}

function asLines(value: unknown): string[] {
  if (value === undefined || value === null) return []
  return [value].flat().map(String)
}

function isSetCookie(name: string): boolean {
  return name.toLowerCase() === 'set-cookie'
}

function without(headers: unknown): unknown {
  if (!headers || typeof headers !== 'object') return headers
  if (Array.isArray(headers)) return pairsOf(headers).flatMap(pair => (isSetCookie(pair[0]) ? [] : pair))
  // Symbol keys carry HTTP/2's own marks (which headers are sensitive) and stay.
  return Object.fromEntries(
    Reflect.ownKeys(headers)
      .filter(name => typeof name === 'symbol' || !isSetCookie(name))
      .map(name => [name, (headers as Record<PropertyKey, unknown>)[name]]),
  )
}

function trailersWithout(trailers: unknown): unknown {
  return Array.isArray(trailers) ? pairsOf(trailers).filter(([name]) => !isSetCookie(name)) : without(trailers)
}
