/** Every Set-Cookie of every answer of a Node server passes the guard, however it was set; our paths are answered. */
import assert from 'node:assert/strict'
import http, { type RequestListener, type Server } from 'node:http'
import http2 from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { KEY, memoryBackend, rules } from './backend.fixture.ts'
import { mintToken } from './choice.ts'
import { indsigt as forExpress } from './express.ts'
import { attach, middleware, tools } from './node.ts'
import { fullRegister } from './register.fixture.ts'
import { createSite } from './site.ts'

const register = { ...fullRegister, rules }
const GOOD = 'cookievalg=1.00000000.0.sqte0.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA; Max-Age=60; Path=/; SameSite=Lax'
const SESSION = 'login=x; Path=/; SameSite=Lax; HttpOnly'
const UNKNOWN = 'fremmed=1; Max-Age=60; Path=/'

async function open(t: TestContext, mode: 'strip' | 'explain' = 'strip') {
  const { backend, memory } = memoryBackend(register)
  const told: string[] = []
  const site = createSite({ site: 'localhost', backend, mode, report: line => told.push(line) })
  await site.ready()
  t.after(() => site.close())
  return { site, memory, told }
}

async function listen(t: TestContext, server: Server | http2.Http2Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => (server as Server).close())
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

const cookies = async (url: string, path = '/') => {
  const response = await fetch(url + path, { redirect: 'manual' })
  await response.arrayBuffer()
  return response.headers.getSetCookie()
}

const ways: [string, RequestListener][] = [
  ['setHeader', (_, response) => void response.setHeader('Set-Cookie', [GOOD, SESSION, UNKNOWN]).end('x')],
  [
    'setHeader, one',
    (_, response) => void response.setHeader('set-cookie', UNKNOWN).appendHeader('SET-COOKIE', GOOD).end(),
  ],
  [
    'setHeaders',
    (_, response) =>
      void response
        .setHeaders(
          new Headers([
            ['set-cookie', GOOD],
            ['set-cookie', SESSION],
          ]),
        )
        .end(),
  ],
  ['writeHead, object', (_, response) => void response.writeHead(200, { 'Set-Cookie': [GOOD, SESSION] }).end('x')],
  [
    'writeHead, two spellings',
    (_, response) => void response.writeHead(200, { 'Set-Cookie': UNKNOWN, 'set-cookie': GOOD }).end(),
  ],
  ['writeHead, reason', (_, response) => void response.writeHead(200, 'Fint', { 'set-cookie': [SESSION, GOOD] }).end()],
  ['writeHead, flat', (_, response) => void response.writeHead(200, ['Set-Cookie', SESSION, 'Set-Cookie', GOOD]).end()],
  [
    'writeHead over setHeader',
    (_, response) => void response.setHeader('set-cookie', UNKNOWN).writeHead(200, { 'set-cookie': GOOD }).end(),
  ],
  ['302', (_, response) => void response.writeHead(302, { location: '/', 'set-cookie': [SESSION, GOOD] }).end()],
  ['304', (_, response) => void response.writeHead(304, { 'set-cookie': [SESSION, GOOD] }).end()],
  ['404', (_, response) => void response.writeHead(404, { 'set-cookie': [SESSION, GOOD] }).end('x')],
  ['500', (_, response) => void response.writeHead(500, { 'set-cookie': [SESSION, GOOD] }).end('x')],
  [
    'write',
    (_, response) => {
      response.setHeader('set-cookie', [SESSION, GOOD])
      response.write('a')
      response.end('b')
    },
  ],
  [
    'flushHeaders',
    (_, response) => {
      response.setHeader('set-cookie', [SESSION, GOOD])
      response.flushHeaders()
      response.end('b')
    },
  ],
  ['late', (_, response) => void setTimeout(() => response.setHeader('set-cookie', [SESSION, GOOD]).end(), 5)],
]
test('B14: whatever sets a cookie and whatever the status, only what is allowed goes out', async t => {
  const { site } = await open(t)
  const server = attach(http.createServer(), site)
  let way: (...turn: Parameters<RequestListener>) => unknown = () => undefined
  // Listeners that come later are covered too.
  server.on('request', (request, response) => way(request, response))
  const url = await listen(t, server)
  for (const [name, listener] of ways) {
    way = listener
    assert.deepEqual(await cookies(url), [GOOD], name)
  }
})

test('B14: a response whose own setHeader puts cookies back is guarded all the same', async t => {
  const { site } = await open(t)
  const url = await listen(
    t,
    attach(
      http.createServer((_, response) => {
        const set = response.setHeader.bind(response)
        response.setHeader = (name, value) =>
          set(name, name === 'set-cookie' ? [SESSION, ...[value].flat().map(String)] : value)
        response.setHeader('set-cookie', [GOOD]).end()
      }),
      site,
    ),
  )
  assert.deepEqual(await cookies(url), [GOOD])
})

test('B14: cookies set by middleware mounted before the guard do not pass it', async t => {
  const { site } = await open(t)
  const use = forExpress(site)
  const url = await listen(
    t,
    http.createServer((request, response) => {
      // As session libraries do: wait for the head, then add to it.
      const before = response.writeHead.bind(response)
      response.writeHead = (status: number) => {
        response.appendHeader('set-cookie', SESSION)
        return before(status)
      }
      use(request, response, () => response.appendHeader('set-cookie', GOOD).end())
    }),
  )
  assert.deepEqual(await cookies(url), [GOOD])
})

test('B14: trailers, early hints and upgrades carry no cookie past the guard', async t => {
  const { site } = await open(t)
  const server = attach(http.createServer(), site)
  server.on('request', (_, response: http.ServerResponse) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload', 'set-cookie': SESSION })
    response.writeHead(200, { trailer: 'set-cookie, x-sum' })
    response.write('a')
    response.addTrailers({ 'Set-Cookie': SESSION, 'x-sum': '1' })
    response.end()
  })
  server.on('upgrade', (_, socket: net.Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSet-Cook')
    socket.write(`ie: ${SESSION}\r\nSet-Cookie: ${GOOD}\r\n\r\nfirst`)
    socket.end(' second')
  })
  const url = await listen(t, server)
  const seen = await raw(url, 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  assert.match(seen, /103 Early Hints[\s\S]*Link: <\/a\.css>/i)
  assert.match(seen, /x-sum: 1/)
  assert.doesNotMatch(seen, /login=/)
  const upgraded = await raw(
    url,
    'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  assert.match(upgraded, /^HTTP\/1\.1 101 [\s\S]*cookievalg=1\.[\s\S]*\r\n\r\nfirst second$/)
  assert.doesNotMatch(upgraded, /login=/)
})

test('B14: HTTP/2 is guarded alike', async t => {
  const { site } = await open(t)
  const server = attach(http2.createServer(), site)
  server.on('request', (request, response) => {
    if (request.url === '/low') {
      response.stream.respond({ ':status': 302, 'set-cookie': [SESSION, GOOD] })
      response.stream.end()
    } else if (request.url === '/bare') {
      response.setHeader('set-cookie', [SESSION, GOOD])
      response.end()
    } else response.writeHead(404, { 'set-cookie': [SESSION, GOOD] }).end('x')
  })
  const url = await listen(t, server)
  const client = http2.connect(url)
  t.after(() => client.destroy())
  for (const path of ['/', '/bare', '/low']) {
    const got = await new Promise<string[]>((resolve, reject) => {
      const stream = client.request({ ':path': path, ':authority': 'localhost' })
      stream.on('response', headers => resolve([headers['set-cookie'] ?? []].flat())).on('error', reject)
      stream.resume().end()
    })
    assert.deepEqual(got, [GOOD], path)
  }
  const own = await new Promise<unknown>(resolve => {
    const stream = client.request({ ':path': '/indsigt/consent.js', ':authority': 'localhost' })
    stream
      .on('response', headers => resolve(headers[':status']))
      .resume()
      .end()
  })
  assert.equal(own, 200)
})

test('explain: everything goes out, and a header and a line say what would not, and why, without values', async t => {
  const { site, told } = await open(t, 'explain')
  const url = await listen(
    t,
    attach(
      http.createServer((_, response) => response.setHeader('set-cookie', [SESSION, GOOD]).end()),
      site,
    ),
  )
  const response = await fetch(`${url}/side?navn=Bo`)
  assert.deepEqual(response.headers.getSetCookie(), [SESSION, GOOD])
  assert.equal(response.headers.get('x-indsigt-explain'), 'login: cookie.session_not_used (S7)')
  assert.deepEqual(told, ['indsigt: login: cookie.session_not_used (S7)'])
})

test('GDPR 5(1)(f): an address or a name that is somebody’s is told in no line and no header', async t => {
  const { site, told } = await open(t, 'explain')
  const url = await listen(
    t,
    attach(
      http.createServer((_, response) => response.setHeader('set-cookie', 'bo%40example.dk=1; Max-Age=60').end()),
      site,
    ),
  )
  const response = await fetch(`${url}/kunde/bo@example.dk`)
  const said = `${response.headers.get('x-indsigt-explain')} ${told.join(' ')}`
  assert.match(said, /\(personal data\): cookie\./)
  assert.doesNotMatch(said, /bo|example/)
})

test('a visitor chooses by form, without script, and the next page knows', async t => {
  const { site } = await open(t)
  const use = middleware(site)
  const server = http.createServer((request, response) =>
    use(request, response, () => {
      const visitor = tools(site, request)
      response.setHeader('content-type', 'text/html; charset=utf-8').setHeader('cache-control', 'public, max-age=600')
      response.end(
        `${visitor.head()}<body>${visitor.banner()}${visitor.allows('statistics') ? 'tælles' : 'tælles ikke'}`,
      )
    }),
  )
  const url = await listen(t, server)
  const first = await fetch(url)
  assert.equal(first.headers.get('cache-control'), 'private, max-age=600')
  const page = await first.text()
  assert.match(page, /tælles ikke/)
  const token = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const body = new URLSearchParams({ token, method: 'accept', back: '/' })
  const done = await fetch(`${url}/indsigt/choice`, {
    method: 'POST',
    body,
    headers: { origin: url },
    redirect: 'manual',
  })
  assert.equal(done.status, 303)
  const cookie = done.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  assert.ok(cookie.length <= 96, `${cookie.length} bytes`)
  const next = await (await fetch(url, { headers: { cookie } })).text()
  assert.doesNotMatch(next, /tælles ikke/)
  assert.doesNotMatch(next, /value="reject"[\s\S]*indsigt-dialog/)
})

test('a form that a parser has read before us still counts; one that is too large is not read', async t => {
  const { site } = await open(t)
  const use = middleware(site)
  const server = http.createServer((request, response) => {
    if (request.headers['x-parsed'] === undefined) {
      use(request, response, () => response.end())
      return
    }
    const parts: Buffer[] = []
    request
      .on('data', (part: Buffer) => parts.push(part))
      .on('end', () => {
        setImmediate(() => {
          const body = Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString()))
          use(Object.assign(request, { body }), response, () => response.end())
        })
      })
  })
  const url = await listen(t, server)
  const token = mintToken({ register, key: KEY, now: new Date(), language: 'da' })
  const headers = { origin: url, 'x-parsed': '1' }
  const body = new URLSearchParams({ token, method: 'reject', back: '/' })
  const done = await fetch(`${url}/indsigt/choice`, { method: 'POST', body, headers, redirect: 'manual' })
  assert.equal(done.status, 303)
  const large = new URLSearchParams({ token, method: 'reject', x: 'x'.repeat(100_000) })
  const refused = await fetch(`${url}/indsigt/choice`, { method: 'POST', body: large, headers: { origin: url } })
  assert.equal(refused.status, 413)
})

async function raw(url: string, text: string): Promise<string> {
  const { port } = new URL(url)
  const socket = net.connect(Number(port), '127.0.0.1')
  socket.setTimeout(5000, () => socket.destroy())
  socket.write(text)
  const parts: Buffer[] = []
  for await (const part of socket) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('latin1')
}
