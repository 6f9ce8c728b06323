/** A reverse proxy that guards a site whose server is not Node: fixed upstream, strict parsing, limits everywhere. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { answer, guard, requestOf, send } from './node.ts'
import { releaseResponse } from './node-guard.ts'
import * as heads from './proxy-head.ts'
import { mayHoldComments, sendPage } from './proxy-page.ts'
import { tunnel } from './proxy-upgrade.ts'
import { upstreamOf, type Target } from './proxy-upstream.ts'
import { textAnswer } from './site-answers.ts'
import type { Site, SiteRequest } from './site-types.ts'

/** What a proxy is told. Times in milliseconds. */
export type ProxyOptions = {
  /** The one server that is asked, e.g. 'http://127.0.0.1:8080'. Never taken from a request. */
  readonly upstream: string
  readonly site: Site
  readonly listen?: { readonly port?: number; readonly host?: string }
  /** How long the upstream may stay silent, before and while it answers. */
  readonly silenceMs?: number
  /** How long an open websocket may stay silent. */
  readonly tunnelSilenceMs?: number
}

/** A running proxy. */
export type Proxy = { readonly port: number; readonly host: string; close(): Promise<void> }

const HEADERS_MS = 15_000
const REQUEST_MS = 300_000
const SILENCE_MS = 60_000
const TUNNEL_SILENCE_MS = 600_000

/**
 * Starts the proxy and resolves when it listens (port 8089 on 127.0.0.1 when nothing else is said). Throws on an
 * upstream that is no plain http(s) origin. Every Set-Cookie of every answer, an upgrade's too, passes the guard.
 */
export async function guardProxy(options: ProxyOptions): Promise<Proxy> {
  const target = upstreamOf(options.upstream, options.silenceMs ?? SILENCE_MS)
  const { site, listen = {}, tunnelSilenceMs = TUNNEL_SILENCE_MS } = options
  const server = http.createServer(
    {
      insecureHTTPParser: false,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: 5000,
      maxHeaderSize: 32_768,
      requireHostHeader: true,
    },
    (request, response) => take(target, { site, request, response }),
  )
  server.maxHeadersCount = 200
  server.on('upgrade', (request, socket, head) =>
    tunnel({ ...target, silenceMs: tunnelSilenceMs }, { site, request, socket, head }),
  )
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(listen.port ?? 8089, listen.host ?? '127.0.0.1', resolve)
  })
  const { port, address: host } = server.address() as AddressInfo
  return {
    port,
    host,
    close: () =>
      new Promise<void>(resolve => {
        if (target.agent) target.agent.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Turn = { readonly site: Site; readonly request: IncomingMessage; readonly response: ServerResponse }

function take(target: Target, turn: Turn): void {
  const { site, request, response } = turn
  const known = requestOf(site, request)
  guard(site, response, known)
  const { method = 'GET', url = '/', rawHeaders } = request
  const fault = heads.requestFault({ method, target: url, rawHeaders })
  if (fault) {
    response.writeHead(fault, { connection: 'close', 'content-length': 0 }).end()
    return
  }
  if (site.owns(known.path)) void answer(site, request, response)
  else tryForward(target, turn, known)
}

function tryForward(target: Target, turn: Turn, known: SiteRequest): void {
  try {
    forward(target, turn, known)
  } catch {
    fail(turn, known)
  }
}

function forward(target: Target, turn: Turn, known: SiteRequest): void {
  const { site, request, response } = turn
  const { method = 'GET', url = '/' } = request
  const wantsHtml = heads.asksForHtml(method, request.headers)
  const address = request.socket.remoteAddress ?? ''
  const headers = heads.requestHeaders(site, request.rawHeaders, { address, isEncrypted: known.isHttps, wantsHtml })
  const asked = target.ask(target.origin, {
    method,
    path: url,
    headers: headers.flat(),
    setHost: false,
    timeout: target.silenceMs,
    agent: method === 'GET' || method === 'HEAD' ? target.agent : false,
    insecureHTTPParser: false,
    maxHeaderSize: 65536,
  })
  let isAnswered = false
  asked.on('timeout', () => asked.destroy(new Error('The upstream is silent.')))
  asked.on('response', upstream => {
    isAnswered = true
    try {
      relay(upstream, { turn, known, wantsHtml })
    } catch {
      // A head that no answer of ours can have, e.g. control characters beside its status.
      upstream.destroy()
      fail(turn, known)
    }
  })
  asked.on('information', ({ statusCode, rawHeaders }) => {
    if (statusCode === 103 && !response.headersSent) handOnHints(response, rawHeaders)
  })
  asked.on('upgrade', (_answer, socket) => {
    socket.destroy()
    fail(turn, known)
  })
  asked.on('error', () => {
    const canAskAgain =
      asked.reusedSocket && !isAnswered && !request.destroyed && (method === 'GET' || method === 'HEAD')
    if (canAskAgain) forward({ ...target, agent: false }, turn, known)
    else fail(turn, known)
  })
  response.on('close', () => asked.destroy())
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  if (!hasBody) asked.end()
  else pipeline(request, asked, error => error && asked.destroy())
}

// Hints are a help, not an answer: those that cannot be handed on are left out.
function handOnHints(response: ServerResponse, rawHeaders: readonly string[]): void {
  const link = heads.endToEnd(rawHeaders).flatMap(([name, value]) => (/^link$/i.test(name) ? [value] : []))
  try {
    if (link.length > 0) response.writeEarlyHints({ link })
  } catch {
    // Left out.
  }
}

type Relay = { readonly turn: Turn; readonly known: SiteRequest; readonly wantsHtml: boolean }

function relay(upstream: IncomingMessage, { turn, known, wantsHtml }: Relay): void {
  const { site, request, response } = turn
  const status = upstream.statusCode ?? 502
  if (status < 200) throw new Error('The upstream answers with a status that ends nothing.')
  const pairs = heads.endToEnd(upstream.rawHeaders)
  const isPage = wantsHtml && request.method !== 'HEAD' && mayHoldComments(status, upstream.headers)
  const writeHead = (headers: readonly (readonly [string, string])[]) =>
    response.writeHead(status, heads.reasonOf(upstream.statusMessage), headers.flat())
  if (!isPage) {
    writeHead(pairs)
    pipeline(upstream, response, error => error && response.destroy())
    return
  }
  const head = ({ isFilled, bytes }: { isFilled: boolean; bytes: number | null }) => {
    // The page now says something about this visitor: no validator of the upstream's describes it.
    const dropped = isFilled ? /^(content-length|etag|last-modified|expires|accept-ranges)$/i : /^content-length$/i
    const kept = pairs.filter(([name]) => !dropped.test(name))
    writeHead(bytes === null ? kept : [...kept, ['Content-Length', String(bytes)]])
  }
  sendPage(upstream, { response, site, request: known, head }).catch(() => {
    if (response.headersSent) response.destroy()
    else fail(turn, known)
  })
}

/** The upstream gave no usable answer: a page that tells nothing about it. */
function fail({ request, response }: Turn, known: SiteRequest): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  releaseResponse(response)
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.statusMessage = ''
  send(request, response, textAnswer(known, 502, 'badGateway', { headers: { 'retry-after': '10' } }))
}
