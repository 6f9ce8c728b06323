/**
 * The one outbound door for pages we do not trust: an HTTP proxy on loopback that resolves a name once, checks every
 * address it got, and connects to exactly the address it checked. A name that changes its answer, a redirect, a
 * pop-up or a socket of the page's own has no other way out.
 */
import { lookup } from 'node:dns/promises'
import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { addressVerdict, allowedBy, isOddNumber, parseAddress } from '../lib/address.ts'

export type EgressOptions = {
  /** Hosts, addresses and ranges that may be reached although they are not public, e.g. '*.localhost:8080'. */
  readonly allow: readonly string[]
  /** Ports that may be reached besides 80 and 443. */
  readonly ports?: readonly number[]
  /** Exchanges at a time; more are answered 503. */
  readonly connectionsMax: number
  /** Bytes towards the browser in one exchange; then it is cut. */
  readonly bytesMax: number
  /** Longest silence of one exchange, and longest wait for a connection. */
  readonly timeoutMs: number
  /** Name to addresses; the system's resolver when absent. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

export type EgressProxy = {
  /** 'host:port' for the browser's proxy setting. */
  readonly address: string
  /** What was refused, each host and reason once, at most 1,000. */
  refused(): readonly Refused[]
  /** Cuts every connection. */
  close(): Promise<void>
}

export type Refused = { readonly host: string; readonly why: string }

type Target = { readonly host: string; readonly port: number }
type Way = { readonly address: string; readonly port: number } | { readonly why: string }
type Door = EgressOptions & {
  readonly refusals: Map<string, Refused>
  readonly sockets: Set<Duplex>
  open: number
}

const REFUSED_MAX = 1000
// Misdirected: a browser takes a proxy's answer for the site's own, and hardly any site gives this one.
const REFUSED = 421
const USUAL_PORTS: readonly number[] = [80, 443]

/** Opens the proxy on a free port of 127.0.0.1. What is not allowed is answered 421 (CONNECT: 403). */
export async function openEgressProxy(options: EgressOptions): Promise<EgressProxy> {
  const door: Door = { ...options, refusals: new Map(), sockets: new Set(), open: 0 }
  const server = http.createServer({ maxHeaderSize: 65_536, requestTimeout: 60_000 })
  server.on('request', (request, response) => void forward(door, request, response))
  server.on('connect', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    void tunnel(door, { authority: request.url ?? '', socket, head })
  })
  server.on('connection', socket => keep(door, socket))
  server.on('clientError', (_, socket) => socket.destroy())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    refused: () => [...door.refusals.values()],
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of door.sockets) socket.destroy()
      server.closeAllConnections()
      await closed
    },
  }
}

/** A plain request in absolute form: its own address decides, whatever its Host header says (RFC 9112, 3.2.2). */
async function forward(door: Door, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const [, authority, rest] = /^http:\/\/([^/?#\\]*)([^#\\]*)/i.exec(request.url ?? '') ?? []
  if (authority === undefined) return refuse(door, response, { host: '', why: 'not-a-proxy-request' })
  const target = targetOf(authority, 80)
  if ('why' in target) return refuse(door, response, { host: authority.slice(0, 253), why: target.why })
  const way = await wayTo(door, target)
  if ('why' in way) return refuse(door, response, { host: target.host, why: way.why })
  if (door.open >= door.connectionsMax)
    return void response.writeHead(503, { 'retry-after': '1', 'x-refused': 'busy' }).end()
  const path = rest?.startsWith('/') ? rest : `/${rest ?? ''}`
  relay(door, { request, response, way, path, authority })
}

type Exchange = {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
  readonly way: { readonly address: string; readonly port: number }
  readonly path: string
  readonly authority: string
}

function relay(door: Door, { request, response, way, path, authority }: Exchange): void {
  door.open += 1
  response.once('close', () => (door.open -= 1))
  const outgoing = http.request({
    host: way.address,
    port: way.port,
    method: request.method ?? 'GET',
    path,
    agent: false,
    setHost: false,
    timeout: door.timeoutMs,
    headers: [...endToEnd(request.rawHeaders), 'Host', authority, 'Connection', 'close'],
  })
  outgoing.on('socket', socket => keep(door, socket))
  outgoing.on('timeout', () => outgoing.destroy(new Error('silent')))
  outgoing.on('error', () => fail(response))
  outgoing.on('response', incoming => {
    response.writeHead(incoming.statusCode ?? 502, endToEnd(incoming.rawHeaders))
    response.flushHeaders()
    incoming.on('error', () => response.destroy())
    pour(incoming, response, door.bytesMax)
  })
  response.once('close', () => outgoing.destroy())
  request.on('error', () => outgoing.destroy())
  request.pipe(outgoing)
}

/** CONNECT host:port: the tunnel leads to the address that was checked, whatever is spoken in it. */
async function tunnel(
  door: Door,
  { authority, socket, head }: { authority: string; socket: Duplex; head: Buffer },
): Promise<void> {
  const target = targetOf(authority, null)
  const way = 'why' in target ? target : await wayTo(door, target)
  if ('why' in way) {
    note(door, { host: 'why' in target ? authority.slice(0, 253) : target.host, why: way.why })
    return void socket.end(`HTTP/1.1 403 Forbidden\r\nx-refused: ${way.why}\r\ncontent-length: 0\r\n\r\n`)
  }
  if (door.open >= door.connectionsMax)
    return void socket.end('HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n')
  door.open += 1
  const outgoing = net.connect({ host: way.address, port: way.port })
  keep(door, outgoing)
  outgoing.setTimeout(door.timeoutMs, () => outgoing.destroy())
  outgoing.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) outgoing.write(head)
    socket.pipe(outgoing)
    pour(outgoing, socket, door.bytesMax)
  })
  outgoing.once('close', () => {
    door.open -= 1
    socket.destroy()
  })
  outgoing.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'))
  socket.once('close', () => outgoing.destroy())
}

/** Host and port of an authority, strictly read: no user, no odd numbers, no zone, nothing but host and port. */
function targetOf(authority: string, usualPort: number | null): Target | { readonly why: string } {
  if (authority.includes('@')) return { why: 'userinfo' }
  const [, bracketed, name, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(authority) ?? []
  const port = digits === undefined ? usualPort : Number(digits)
  if (port === null || port < 1 || port > 65_535) return { why: 'port' }
  if (bracketed !== undefined) return parseAddress(bracketed)?.length === 16 ? { host: bracketed, port } : ODD
  const host = (name ?? '').toLowerCase().replace(/\.$/, '')
  if (isOddNumber((name ?? '').toLowerCase())) return ODD
  const isName = host.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(host)
  return isName ? { host, port } : { why: 'malformed' }
}

const ODD = { why: 'odd-notation' } as const

/** The checked address of a target. A name with a single address that is refused is refused as a whole. */
async function wayTo(door: Door, { host, port }: Target): Promise<Way> {
  const named = allowedBy(host, door)
  const isOpen =
    named?.ports === 'any' || named?.ports === port || [...USUAL_PORTS, ...(door.ports ?? [])].includes(port)
  if (!isOpen) return { why: 'port' }
  if (parseAddress(host)) return checked(door, { addresses: [host], port, isNamed: false })
  // No resolver is asked for these (RFC 6761, 6.3).
  if (host === 'localhost' || host.endsWith('.localhost'))
    return named ? { address: '127.0.0.1', port } : { why: 'loopback' }
  try {
    const addresses = await (door.resolve ?? resolveName)(host)
    return checked(door, { addresses, port, isNamed: named !== undefined })
  } catch {
    return { why: 'unknown-host' }
  }
}

type Answer = { readonly addresses: readonly string[]; readonly port: number; readonly isNamed: boolean }

/** A host that somebody named may be private or loopback; that is why it was named. The rest never is. */
function checked({ allow }: Door, { addresses, port, isNamed }: Answer): Way {
  for (const address of addresses) {
    const verdict = addressVerdict(address, { allow })
    if (verdict.outcome === 'refused' && !(isNamed && /^(private|loopback)$/.test(verdict.why))) return verdict
  }
  const [address] = addresses
  return address === undefined ? { why: 'unknown-host' } : { address, port }
}

async function resolveName(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, verbatim: false })
  return found.map(it => it.address)
}

// These belong to one hop (RFC 9110, 7.6.1); the target's name and our own connection are written anew.
const ONE_HOP = new Set([
  'connection',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
])

function endToEnd(raw: readonly string[]): string[] {
  const pairs = raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []))
  const connection = pairs.filter(([name]) => name.toLowerCase() === 'connection')
  const named = new Set(connection.flatMap(([, value]) => value.toLowerCase().split(/\s*,\s*/)))
  const isKept = (name: string) => !ONE_HOP.has(name) && (!named.has(name) || name === 'transfer-encoding')
  return pairs.filter(([name]) => isKept(name.toLowerCase())).flat()
}

/** Hands bytes on up to a limit, then cuts both ends, so that no half page passes for a whole one. */
function pour(from: NodeJS.ReadableStream & { destroy(): unknown }, to: Duplex | http.ServerResponse, most: number) {
  let bytes = 0
  from.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= most) return
    from.destroy()
    to.destroy()
  })
  from.pipe(to)
}

function refuse(door: Door, response: http.ServerResponse, refused: Refused): void {
  note(door, refused)
  response.writeHead(REFUSED, { 'x-refused': refused.why, 'content-length': '0' }).end()
}

function fail(response: http.ServerResponse): void {
  if (response.headersSent) response.destroy()
  // Ours and not the site's: who asks whether a page is there can tell the two apart.
  else response.writeHead(502, { 'content-length': '0', 'x-refused': 'no-answer' }).end()
}

function note({ refusals }: Door, refused: Refused): void {
  if (refusals.size < REFUSED_MAX) refusals.set(`${refused.host} ${refused.why}`, refused)
}

function keep({ sockets }: Door, socket: Duplex): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}
