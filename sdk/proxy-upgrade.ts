/** Carries a websocket through the proxy: the upgrade's own Set-Cookie lines pass the guard, then bytes flow freely. */
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import { guardOf } from './node-guard.ts'
import { guardedLines } from './node-upgrade.ts'
import { requestOf } from './node.ts'
import * as heads from './proxy-head.ts'
import type { Target } from './proxy-upstream.ts'
import type { Site } from './site-types.ts'

/** One upgrade: the request, its socket, and what came after its head. */
export type Upgrade = {
  readonly site: Site
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/** Asks the upstream for the same websocket and joins the two. Anything but a websocket is refused. */
export function tunnel(target: Target, upgrade: Upgrade): void {
  const { site, request, socket, head } = upgrade
  socket.on('error', () => socket.destroy())
  const { method = 'GET', url = '/', rawHeaders } = request
  const isWebsocket = method === 'GET' && /^\s*websocket\s*$/i.test(request.headers.upgrade ?? '')
  const known = requestOf(site, request)
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  const isOurs = !isWebsocket || hasBody || site.owns(known.path)
  if (isOurs || heads.requestFault({ method, target: url, rawHeaders })) {
    refuse(socket, '400 Bad Request')
    return
  }
  const origin = { address: request.socket.remoteAddress ?? '', isEncrypted: known.isHttps, wantsHtml: false }
  const headers = heads.requestHeaders(site, rawHeaders, origin)
  const asked = target.ask(target.origin, {
    method,
    path: url,
    setHost: false,
    agent: false,
    timeout: HANDSHAKE_MS,
    insecureHTTPParser: false,
    headers: [...headers, ['Connection', 'Upgrade'], ['Upgrade', 'websocket']].flat(),
  })
  const guard = guardOf(site, () => known)
  asked.on('upgrade', (answer, other, rest) => {
    const lines = guardedLines(
      headText(answer, [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
      ]),
      guard,
    )
    socket.write(Buffer.from(`${lines}\r\n\r\n`, 'latin1'))
    if (rest.length > 0) socket.write(rest)
    if (head.length > 0) other.write(head)
    join(socket, other, target.silenceMs)
  })
  asked.on('response', answer => {
    if ((answer.statusCode ?? 0) < 200) {
      answer.destroy()
      refuse(socket, '502 Bad Gateway')
      return
    }
    const lines = guardedLines(headText(answer, [['Connection', 'close']]), guard)
    socket.write(Buffer.from(`${lines}\r\n\r\n`, 'latin1'))
    pipeline(answer, socket, () => socket.destroy())
  })
  asked.on('timeout', () => asked.destroy(new Error('The upstream is silent.')))
  asked.on('error', () => refuse(socket, '502 Bad Gateway'))
  socket.on('close', () => asked.destroy())
  asked.end()
}

const HANDSHAKE_MS = 15_000

function headText(answer: IncomingMessage, more: readonly (readonly [string, string])[]): string {
  const pairs = [...heads.endToEnd(answer.rawHeaders), ...more]
  const first = `HTTP/1.1 ${answer.statusCode ?? 502} ${heads.reasonOf(answer.statusMessage)}`
  return [first, ...pairs.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
}

function join(one: Duplex, other: Duplex, silenceMs: number): void {
  const end = () => {
    one.destroy()
    other.destroy()
  }
  for (const side of [one, other]) {
    side.on('error', end).on('close', end)
    if (side instanceof Socket) side.setTimeout(silenceMs, end)
  }
  one.pipe(other)
  other.pipe(one)
}

function refuse(socket: Duplex, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  else socket.destroy()
}
