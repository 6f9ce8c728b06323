/** B14: ways round the guard that were found by attack: HTTP/2 without requests, pushes, upgrades in pieces, caches. */
import assert from 'node:assert/strict'
import http from 'node:http'
import http2, { type ServerHttp2Stream } from 'node:http2'
import net, { type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { memoryBackend, rules } from './backend.fixture.ts'
import { guardAllResponses } from './next.ts'
import { attach, tools } from './node.ts'
import { fullRegister } from './register.fixture.ts'
import { createSite } from './site.ts'

const UNKNOWN = 'fremmed=1; Max-Age=60; Path=/; SameSite=Lax'

async function open(t: TestContext) {
  const { backend } = memoryBackend({ ...fullRegister, rules })
  const site = createSite({ site: 'localhost', backend, mode: 'strip', report: () => undefined })
  await site.ready()
  t.after(() => site.close())
  return site
}

async function listen(t: TestContext, server: http.Server | http2.Http2Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

type Answer = { readonly headers: Record<string, unknown>; readonly pushed: unknown[] }

async function http2Answer(t: TestContext, answer: (stream: ServerHttp2Stream) => void): Promise<Answer> {
  const server = attach(http2.createServer(), await open(t)).on('stream', answer)
  const client = http2.connect(`http://127.0.0.1:${await listen(t, server)}`)
  const pushed: unknown[] = []
  client.on('stream', stream => stream.on('push', headers => pushed.push(headers['set-cookie'])).resume())
  const request = client.request({ ':path': '/' })
  const headers = await new Promise<Record<string, unknown>>(resolve =>
    request.once('response', resolve as () => void).resume(),
  )
  await new Promise(resolve => request.once('close', resolve))
  await new Promise<void>(resolve => client.close(resolve))
  return { headers, pushed }
}

test('a server that answers streams of HTTP/2 itself is guarded', async t => {
  const { headers } = await http2Answer(t, stream => {
    stream.respond({ ':status': 200, 'set-cookie': [UNKNOWN] })
    stream.end('x')
  })
  assert.equal(headers['set-cookie'], undefined)
})

test('headers as a flat list stay what they are, without the cookie', async t => {
  const { headers } = await http2Answer(t, stream => {
    const respond = stream.respond.bind(stream) as (headers: unknown) => void
    respond([':status', '201', 'set-cookie', UNKNOWN, 'x-own', 'a'])
    stream.end('x')
  })
  assert.deepEqual([headers[':status'], headers['set-cookie'], headers['x-own']], [201, undefined, 'a'])
})

test('what is pushed, and what a file is checked by, are guarded', async t => {
  const { pushed } = await http2Answer(t, stream => {
    stream.pushStream({ ':path': '/p' }, (_error, other) => {
      other.respond({ ':status': 200, 'set-cookie': [UNKNOWN] })
      other.end('p')
    })
    stream.respond({ ':status': 200 })
    stream.end('x')
  })
  assert.deepEqual(pushed, [undefined])
  const { headers } = await http2Answer(t, stream =>
    stream.respondWithFile(
      import.meta.filename,
      {},
      { statCheck: (_stat, made) => void Object.assign(made, { 'set-cookie': [UNKNOWN] }) },
    ),
  )
  assert.deepEqual([headers[':status'], headers['set-cookie']], [200, undefined])
})

const upgrades: [string, readonly string[]][] = [
  [
    'after a provisional answer',
    ['HTTP/1.1 103 Early Hints\r\n\r\n', `HTTP/1.1 200 OK\r\nSet-Cookie: ${UNKNOWN}\r\n\r\n`],
  ],
  ['in one with it', [`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: ${UNKNOWN}\r\n\r\n`]],
  ['in it', [`HTTP/1.1 103 Early Hints\r\nSet-Cookie: ${UNKNOWN}\r\n\r\n`, 'HTTP/1.1 200 OK\r\n\r\n']],
  ['after a lone carriage return', [`HTTP/1.1 200 OK\r\nX-Own: a\rSet-Cookie: ${UNKNOWN}\r\n\r\n`]],
]

for (const [name, writes] of upgrades)
  test(`no cookie comes out of an upgrade ${name}`, async t => {
    const server = attach(http.createServer(), await open(t))
    server.on('upgrade', (_request, socket) => {
      for (const text of writes) socket.write(text)
      socket.end()
    })
    const socket = net.connect(await listen(t, server), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    let answer = ''
    for await (const part of socket) answer += String(part)
    assert.match(answer, /^HTTP\/1\.1 200 OK/m)
    assert.doesNotMatch(answer, /set-cookie/i)
  })

test('a page about one visitor is kept by no content network, whatever it was told beside Cache-Control', async t => {
  const site = await open(t)
  const server = attach(http.createServer(), site)
  server.on('request', (request, response) => {
    response.setHeader('cdn-cache-control', 'max-age=600').setHeader('surrogate-control', 'max-age=600')
    response.end(request.url === '/' ? tools(site, request).banner() : 'same for all')
  })
  const url = `http://localhost:${await listen(t, server)}`
  const told = async (path: string) => {
    const { headers } = await fetch(url + path)
    return [headers.get('cdn-cache-control'), headers.get('surrogate-control')]
  }
  assert.deepEqual(await told('/'), ['no-store', 'no-store'])
  assert.deepEqual(await told('/other'), ['max-age=600', 'max-age=600'])
})

test('below our own paths, too, what the app sets by itself is guarded', async t => {
  const site = await open(t)
  guardAllResponses(site)
  const server = http.createServer((_request, response) => void response.setHeader('set-cookie', UNKNOWN).end('x'))
  const url = `http://localhost:${await listen(t, server)}`
  assert.deepEqual((await fetch(`${url}/indsigt/token`)).headers.getSetCookie(), [])
})
