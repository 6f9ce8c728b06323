/** Opens the trap site: every host on one loopback port, and one host behind a certificate nobody trusts. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { selfSigned } from '../certificate.ts'
import { type Address, type Answer, type Chosen, HOSTS, type HostWord, type Visit, lasting } from './behaviour.ts'
import { answerHostile } from './hostile.ts'
import { answerClean, answerGood, answerUnfair } from './manners.ts'
import { TRAP_BEHAVIOURS, answerTrap } from './page.ts'

export type TrapSite = {
  readonly port: number
  /** Origin of each host by its word; `broken` has another port and https. */
  readonly hosts: { readonly [word in HostWord]: string }
  readonly address: Address
  readonly close: () => Promise<void>
}

const FORM_BYTES_MAX = 64 * 1024
// A visitor who took all the cookies carries more than Node's usual 16 KB of header.
const HEADER_BYTES_MAX = 128 * 1024
const ROUTES = new Map(TRAP_BEHAVIOURS.flatMap(it => Object.entries(it.routes ?? {})))
const WORDS = new Map(Object.entries(HOSTS).map(([word, host]) => [host as string, word as HostWord]))

/** Serves until closed. Reads nothing and keeps nothing: every visitor meets the same site. */
export async function openTrapSite(): Promise<TrapSite> {
  const certificate = selfSigned([HOSTS.broken])
  const answerAll: RequestListener = (request, response) => void answer(request, response, address)
  const plain = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, answerAll)
  const sockets = new Set<Duplex>()
  plain.on('upgrade', (request, socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined))
    openWebSocket(request, socket)
  })
  const secure = createSecureServer({ key: certificate.key, cert: certificate.certificate }, answerAll)
  const [port, securePort] = await Promise.all([listen(plain), listen(secure)])
  const hosts = Object.fromEntries(
    Object.entries(HOSTS).map(([word, host]) => [word, `http://${host}:${port}`]),
  ) as Record<HostWord, string>
  hosts.broken = `https://${HOSTS.broken}:${securePort}`
  const address: Address = place => {
    const slash = place.indexOf('/')
    return hosts[place.slice(0, slash) as HostWord] + place.slice(slash)
  }
  const close = async () => {
    const closed = [plain, secure].map(server => new Promise(resolve => server.close(resolve)))
    for (const socket of sockets) socket.destroy()
    plain.closeAllConnections()
    secure.closeAllConnections()
    await Promise.all(closed)
  }
  return { port, hosts, address, close }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** RFC 6455, 4.2.2: the handshake and nothing after it; what the visitor sends is not read. */
function openWebSocket(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers['sec-websocket-key'] ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
  socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, `Set-Cookie: ${lasting('t_socket')}`, '', ''].join('\r\n'))
  socket.resume()
}

async function answer(request: IncomingMessage, response: ServerResponse, address: Address): Promise<void> {
  response.on('error', () => undefined)
  const word = WORDS.get((request.headers.host ?? '').replace(/:\d+$/, ''))
  if (word === undefined) return void response.writeHead(421).end()
  if (word === 'hostile') return answerHostile(request, response)
  const visit = await visitOf(request, address)
  if (visit === null) return void response.writeHead(413).end()
  const found = ROUTES.get(`${word}${visit.path}`)?.(visit) ?? answerHost(word, visit)
  send(response, found ?? { status: 404, type: 'text/plain', body: 'Findes ikke' })
}

function answerHost(word: HostWord, visit: Visit): Answer | null {
  if (word === 'trap') return answerTrap(visit)
  if (word === 'unfair') return answerUnfair(visit)
  if (word === 'good') return answerGood(visit)
  return word === 'clean' ? answerClean(visit) : null
}

function send(response: ServerResponse, { status = 200, type = 'text/html', cookies, headers, body }: Answer): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  if (cookies?.length) response.setHeader('set-cookie', cookies)
  if (status !== 204 && status !== 304) response.setHeader('content-type', `${type}; charset=utf-8`)
  response.writeHead(status).end(body)
}

async function visitOf(request: IncomingMessage, address: Address): Promise<Visit | null> {
  const url = new URL(request.url ?? '/', 'http://trap.localhost')
  const body = await bodyOf(request)
  if (body === null) return null
  const header = (name: string) => String(request.headers[name] ?? '')
  const cookies = new Map(header('cookie').split('; ').map(halves))
  const chosen = cookies.get('cookievalg')
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    header,
    cookies,
    form: new URLSearchParams(body),
    chosen: isChosen(chosen) ? chosen : null,
    address,
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > FORM_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const halves = (pair: string): [string, string] => {
  const [name = '', ...value] = pair.split('=')
  return [name, value.join('=')]
}
const isChosen = (value: string | undefined): value is Exclude<Chosen, null> =>
  value === 'ja' || value === 'nej' || value === 'fortrudt'
