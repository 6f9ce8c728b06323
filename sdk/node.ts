/** Puts a site in front of a Node server: `attach` for a whole http server, `middleware` for a chain. */
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { guardSocket } from './node-upgrade.ts'
import {
  guardOf,
  guardResponse,
  guardStream,
  installGuards,
  releaseResponse,
  type ResponseGuard,
} from './node-guard.ts'
import { BODY_BYTES_MAX } from './site-checks.ts'
import { siteRequest, toolsFor, type Tools } from './site-tools.ts'
import type { Site, SiteRequest, SiteResponse } from './site-types.ts'

/** A request of node:http, or of node:http2 in its compatible form. */
export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * Puts the site in front of a whole server, whenever its listeners are added: every response is guarded, upgrades
 * too, and our own paths are answered. Returns the server.
 */
export function attach<Server extends EventEmitter>(server: Server, site: Site): Server {
  installGuards()
  const emit = server.emit.bind(server)
  const guarded = new Set(['request', 'checkContinue', 'checkExpectation'])
  server.emit = (event: string | symbol, ...args: unknown[]) => {
    const [request, response] = args as [NodeRequest, NodeResponse]
    if (guarded.has(String(event)) && step(site, request, response) === 'answered') return true
    if (event === 'stream') guardStream(args[0] as ServerHttp2Stream, ofStream(site, args))
    if (event === 'upgrade')
      guardSocket(
        args[1] as Duplex,
        guardOf(site, () => requestOf(site, request)),
      )
    return emit(event, ...args)
  }
  return server
}

/** The same as a step in a chain: guards the response, answers our own paths, and hands all others on. */
export function middleware(site: Site): (request: NodeRequest, response: NodeResponse, next: () => void) => void {
  installGuards()
  return (request, response, next) => {
    if (step(site, request, response) === 'passed') next()
  }
}

/** What a route finds out about its visitor: banner, head, allows, choice, remember, visitor. */
export function tools(site: Site, request: NodeRequest): Tools {
  return toolsFor(site, requestOf(site, request))
}

/** Guards the response, and answers when the path is ours: then nothing else may. */
export function step(site: Site, request: NodeRequest, response: NodeResponse): 'answered' | 'passed' {
  const known = requestOf(site, request)
  guard(site, response, known)
  if (!site.owns(known.path)) return 'passed'
  void answer(site, request, response)
  return 'answered'
}

/** Answers one of our own paths. Never rejects. */
export async function answer(site: Site, request: NodeRequest, response: NodeResponse): Promise<void> {
  const known = requestOf(site, request)
  const answered = await site.handle(request.method === 'POST' ? { ...known, body: await bodyOf(request) } : known)
  if (answered) send(request, response, answered)
}

/** Guards one response. */
export function guard(site: Site, response: NodeResponse, request: SiteRequest): void {
  const decide = guardOf(site, () => request)
  if (isHttp2(response)) guardStream(response.stream, decide)
  else guardResponse(response, decide)
}

/** The request in the site's words; the same object every time it is asked for. */
export function requestOf(site: Site, request: NodeRequest): SiteRequest {
  const before = known.get(request) ?? ('stream' in request ? known.get(request.stream) : undefined)
  if (before) return before
  // A framework that mounts routers cuts the path; the whole one is kept beside it.
  const target = 'originalUrl' in request ? String(request.originalUrl) : (request.url ?? '/')
  const isEncrypted = 'encrypted' in request.socket && request.socket.encrypted
  const { method = 'GET', headers } = request
  const address = farEnd(() => request.socket)
  const made = siteRequest(site, { method, target, headers, isEncrypted, address })
  known.set(request, made)
  return made
}

/**
 * The body of a posted form as text; one byte more than we read when it is too large. A parser that came before us
 * has left it as `body`.
 */
export async function bodyOf(request: NodeRequest): Promise<string> {
  const parsed = 'body' in request ? request.body : undefined
  if (typeof parsed === 'string') return parsed
  if (parsed instanceof Uint8Array) return Buffer.from(parsed).toString('utf8')
  if (parsed && typeof parsed === 'object' && request.readableEnded) return formOf(parsed)
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      parts.push(part)
      bytes += part.byteLength
      if (bytes > BODY_BYTES_MAX) break
    }
  } catch {
    return ''
  }
  request.resume()
  return bytes > BODY_BYTES_MAX ? 'x'.repeat(BODY_BYTES_MAX + 1) : Buffer.concat(parts).toString('utf8')
}

/** Sends an answer of our own. */
export function send(request: NodeRequest, response: NodeResponse, answer: SiteResponse): void {
  if (response.headersSent || response.destroyed) return
  if (!isHttp2(response)) releaseResponse(response)
  const body = Buffer.from(answer.body)
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  if (answer.setCookies.length > 0) response.setHeader('set-cookie', [...answer.setCookies])
  const hasBody = answer.status !== 304
  if (hasBody) response.setHeader('content-length', body.byteLength)
  // What was not read of a body that is too large must not be taken for the next request.
  if (!request.readableEnded && request.method === 'POST' && !isHttp2(response))
    response.setHeader('connection', 'close')
  response.statusCode = answer.status
  if (request.method === 'HEAD' || !hasBody) response.end()
  else response.end(body)
}

const known = new WeakMap<NodeRequest | ServerHttp2Stream, SiteRequest>()

// A stream may be answered without a request ever being made of it; when one is, both are the same to the site.
function ofStream(site: Site, [stream, headers]: unknown[]): ResponseGuard {
  const sent = headers as IncomingHttpHeaders
  const { session } = stream as ServerHttp2Stream
  const made = siteRequest(site, {
    method: sent[':method'] ?? 'GET',
    target: sent[':path'] ?? '/',
    headers: sent,
    isEncrypted: session?.encrypted === true,
    address: farEnd(() => session?.socket),
  })
  known.set(stream as ServerHttp2Stream, made)
  return guardOf(site, () => made)
}

// A connection of HTTP/2 that has just ended throws when it is asked.
function farEnd(socket: () => Partial<Socket> | undefined): string | undefined {
  try {
    return socket()?.remoteAddress
  } catch {
    return undefined
  }
}

function isHttp2(response: NodeResponse): response is Http2ServerResponse {
  return 'stream' in response && typeof response.stream === 'object' && 'respond' in response.stream
}

function formOf(parsed: object): string {
  const fields = Object.entries(parsed).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).map((one): [string, string] => [name, String(one)]),
  )
  return new URLSearchParams(fields).toString()
}
