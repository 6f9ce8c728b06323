/** The guard in front of a server that is not ours: cookies, pages, bodies, websockets, confusing requests. */
import assert from 'node:assert/strict'
import http, { type RequestListener } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { memoryBackend, rules } from './backend.fixture.ts'
import { guardProxy } from './proxy.ts'
import { fullRegister } from './register.fixture.ts'
import type { SiteOptions } from './site-types.ts'
import { createSite } from './site.ts'

const register = { ...fullRegister, rules }
const GOOD = 'cookievalg=1.00000000.0.sqte0.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA; Max-Age=60; Path=/; SameSite=Lax'
const SESSION = 'login=x; Path=/; SameSite=Lax; HttpOnly'

async function open(t: TestContext, listener: RequestListener, options: Partial<SiteOptions> = {}) {
  const { backend } = memoryBackend(register)
  const site = createSite({ site: 'localhost', backend, mode: 'strip', ...options })
  await site.ready()
  const upstream = http.createServer(listener)
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const proxy = await guardProxy({ upstream: `http://127.0.0.1:${port}`, site, listen: { port: 0 }, silenceMs: 500 })
  t.after(async () => {
    await proxy.close()
    upstream.closeAllConnections()
    upstream.close()
    await site.close()
  })
  return { url: `http://localhost:${proxy.port}`, port: proxy.port, upstream, proxy }
}

async function raw(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  socket.setTimeout(5000, () => socket.destroy())
  socket.on('error', () => undefined)
  socket.write(text, 'latin1')
  const parts: Buffer[] = []
  try {
    for await (const part of socket) parts.push(part as Buffer)
  } catch {
    // A server that hangs up on bad bytes has answered, too.
  }
  return Buffer.concat(parts).toString('latin1')
}

const smuggled: [string, string][] = [
  [
    'length and chunks',
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'chunks and length',
    'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['the same length twice', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab'],
  ['a list of lengths', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2, 2\r\n\r\nab'],
  ['a signed length', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +2\r\n\r\nab'],
  ['an unknown coding', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['two codings', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
  [
    'coding twice',
    'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a space before the colon', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n'],
  ['bare line feeds', 'GET / HTTP/1.1\nHost: localhost\n\n'],
  ['one bare line feed', 'GET / HTTP/1.1\r\nHost: localhost\nX: a\r\n\r\n'],
  ['a bare carriage return', 'GET / HTTP/1.1\r\nHost: localhost\rX: a\r\n\r\n'],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['a whole address', 'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a bad chunk', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n'],
]
test('B14: requests that two servers would read differently are refused', async t => {
  const { port } = await open(t, (_, response) => response.end('reached'))
  for (const [name, text] of smuggled) {
    const answer = await raw(port, text)
    assert.match(answer, /^HTTP\/1\.1 400 /, name)
    assert.doesNotMatch(answer, /reached/, name)
  }
})

test('B14: every Set-Cookie of the upstream passes the guard, whatever the status; trailers carry none', async t => {
  const { url, port } = await open(t, (request, response) => {
    const status = Number((request.url ?? '/').slice(1)) || 200
    const trailer = status === 304 ? [] : ['Trailer', 'Set-Cookie']
    const own = ['Connection', 'X-Own', 'X-Own', 'hop', 'X-Kept', 'a', 'X-Kept', 'b']
    const cookies = ['Set-Cookie', SESSION, 'set-cookie', GOOD, 'Location', '/']
    response.writeHead(status, [...cookies, ...own, ...trailer])
    if (status !== 304) response.addTrailers({ 'Set-Cookie': SESSION })
    response.end(status === 304 ? undefined : 'x')
  })
  for (const status of [200, 302, 304, 404, 500]) {
    const response = await fetch(`${url}/${status}`, { redirect: 'manual' })
    await response.arrayBuffer()
    assert.equal(response.status, status)
    assert.deepEqual(response.headers.getSetCookie(), [GOOD])
    assert.equal(response.headers.get('x-own'), null)
    assert.equal(response.headers.get('x-kept'), 'a, b')
  }
  const seen = await raw(port, 'GET /200 HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: close, te\r\n\r\n')
  assert.doesNotMatch(seen, /login=/)
})

test('the upstream is told who asked, keeps the Host, and gets nothing meant for one hop', async t => {
  let told: http.IncomingHttpHeaders = {}
  const { port } = await open(t, (request, response) => {
    told = request.headers
    response.end()
  })
  const lines = [
    'Host: localhost',
    'Connection: close, x-hop, cookie',
    'X-Hop: 1',
    'Cookie: a=b',
    'Proxy-Authorization: x',
  ]
  const lies = ['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Proto: https', 'Forwarded: for=6.6.6.6', 'Keep-Alive: 5']
  await raw(port, `GET / HTTP/1.1\r\n${[...lines, ...lies].join('\r\n')}\r\n\r\n`)
  assert.equal(told.host, 'localhost')
  assert.equal(told.cookie, 'a=b')
  assert.equal(told['x-forwarded-for'], '127.0.0.1')
  assert.equal(told['x-forwarded-proto'], 'http')
  for (const name of ['x-hop', 'proxy-authorization', 'forwarded', 'keep-alive'])
    assert.equal(told[name], undefined, name)
})

const html = { accept: 'text/html' }
test('a page of another server gets head and banner, is private, and keeps its own encoding', async t => {
  const page = Buffer.from(
    '<head><!-- indsigt:head --></head><body><!--indsigt:banner--><p>Bl\u00e5b\u00e6r</p>',
    'latin1',
  )
  let asked: http.IncomingHttpHeaders = {}
  const { url } = await open(t, (request, response) => {
    asked = request.headers
    const type = request.url === '/data' ? 'application/json' : 'text/html; charset=iso-8859-1'
    const head = {
      'content-type': type,
      'cache-control': 'public, max-age=60',
      etag: '"a"',
      'content-length': page.length,
    }
    response.writeHead(200, head).end(request.url === '/plain' ? Buffer.from('x'.repeat(page.length)) : page)
  })
  const response = await fetch(url, { headers: { ...html, 'accept-encoding': 'br', range: 'bytes=0-4' } })
  const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
  assert.deepEqual([asked['accept-encoding'], asked.range], ['identity', undefined])
  assert.match(text, /<head><link rel="stylesheet"[\s\S]*<body><section class="indsigt"[\s\S]*Bl\u00e5b\u00e6r/)
  assert.match(text, /M&#229; vi bruge cookies/)
  assert.equal(response.headers.get('cache-control'), 'private, max-age=60')
  assert.equal(response.headers.get('etag'), null)
  const plain = await fetch(`${url}/plain`, { headers: html })
  assert.deepEqual([plain.headers.get('cache-control'), plain.headers.get('etag')], ['public, max-age=60', '"a"'])
  assert.equal((await plain.text()).length, page.length)
  assert.match(await (await fetch(`${url}/data`, { headers: html })).text(), /<!-- indsigt:head -->/)
})

test('a page above two megabytes passes as it is', async t => {
  const large = `<!-- indsigt:banner -->${'x'.repeat(2 * 1024 * 1024)}`
  const { url } = await open(t, (_, response) =>
    response.setHeader('content-type', 'text/html').writeHead(200).end(large),
  )
  assert.equal(await (await fetch(url, { headers: html })).text(), large)
  const fits = large.slice(0, 2 * 1024 * 1024)
  const small = await open(t, (_, response) => response.setHeader('content-type', 'text/html').writeHead(200).end(fits))
  assert.match((await (await fetch(small.url, { headers: html })).text()).slice(0, 200), /<section class="indsigt"/)
})

test('bodies stream both ways, and a visitor’s choice is taken by the proxy itself', async t => {
  const { url } = await open(t, (request, response) => {
    if (request.method === 'POST') request.pipe(response)
    else response.setHeader('content-type', 'text/html').end('<!-- indsigt:banner -->')
  })
  const body = 'æ'.repeat(500_000)
  assert.equal(await (await fetch(url, { method: 'POST', body })).text(), body)
  const token = /name="token" value="([^"]+)"/.exec(await (await fetch(url, { headers: html })).text())?.[1] ?? ''
  const form = new URLSearchParams({ token, method: 'reject', back: '/' })
  const done = await fetch(`${url}/indsigt/choice`, {
    method: 'POST',
    body: form,
    headers: { origin: url },
    redirect: 'manual',
  })
  assert.equal(done.status, 303)
  assert.match(done.headers.getSetCookie()[0] ?? '', /^cookievalg=1\./)
})

test('a websocket passes, and the cookies of its upgrade pass the guard', async t => {
  const { port, upstream } = await open(t, (_, response) => response.end())
  upstream.on('upgrade', (request, socket) => {
    if (request.url === '/nej') {
      socket.end(`HTTP/1.1 403 Forbidden\r\nSet-Cookie: ${SESSION}\r\nContent-Length: 3\r\n\r\nnej`)
      return
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSet-Cookie: ${SESSION}\r\nSet-Cookie: ${GOOD}\r\n\r\n`,
    )
    socket.on('data', data => socket.end(`ekko ${String(data)}`))
  })
  const ask = (path: string, upgrade = 'websocket') =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\nhej`
  const answer = await raw(port, ask('/'))
  assert.match(answer, /^HTTP\/1\.1 101 [\s\S]*cookievalg=1\.[\s\S]*\r\n\r\nekko hej$/)
  assert.doesNotMatch(answer, /login=/)
  const refused = await raw(port, ask('/nej'))
  assert.match(refused, /^HTTP\/1\.1 403 [\s\S]*nej$/)
  assert.doesNotMatch(refused, /login=/)
  assert.match(await raw(port, ask('/', 'h2c')), /^HTTP\/1\.1 400 /)
})

test('an upstream that is silent, gone or breaks off gives a page without details, or an end', async t => {
  const { url } = await open(t, (request, response) => {
    if (request.url === '/silent') return
    if (request.url === '/half') {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setTimeout(() => response.destroy(), 20)
    } else response.destroy()
  })
  for (const path of ['/', '/silent']) {
    const answer = await fetch(url + path)
    const text = await answer.text()
    assert.equal(answer.status, 502, path)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.doesNotMatch(text, /127\.0\.0\.1|ECONN|hang up|silent/)
  }
  await assert.rejects((await fetch(`${url}/half`)).text())
  await assert.rejects(
    open(t, () => undefined).then(() => guardProxy({ upstream: 'http://a/b', site: {} as never })),
    /upstream/,
  )
})
