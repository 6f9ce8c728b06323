/** Attacks on the record by number: whoever posts choices in masses fills nothing, and shuts nobody else out. */
import assert from 'node:assert/strict'
import http, { type IncomingMessage } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { KEY, memoryBackend, rules } from './backend.fixture.ts'
import { mintToken } from './choice.ts'
import { indsigt } from './hono.ts'
import { guardAllResponses, routeHandlers } from './next.ts'
import { attach } from './node.ts'
import { fullRegister } from './register.fixture.ts'
import { keepPace, NEAR_CHOICES_MAX, NETWORK_CHOICES_MAX, NETWORKS_MAX, UNKNOWN_CHOICES_MAX } from './site-pace.ts'
import { siteRequest } from './site-tools.ts'
import type { Site, SiteOptions, SiteRequest } from './site-types.ts'
import { createSite } from './site.ts'
import type { Register } from './wire.ts'

const register: Register = { ...fullRegister, rules }
const token = () => mintToken({ register, key: KEY, now: new Date(), language: 'da' })
const own = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }
const bodyOf = () =>
  `${new URLSearchParams({ token: token(), method: 'save', back: '/a' }).toString()}&category=statistics`
const post = (more: Partial<SiteRequest> = {}, headers: Record<string, string> = {}): SiteRequest => {
  const asked = { method: 'POST', host: 'localhost:3000', path: '/indsigt/choice', query: '', isHttps: false }
  return { ...asked, headers: { ...own, ...headers }, body: bodyOf(), ...more }
}

async function open(t: TestContext, options: Partial<SiteOptions> = {}) {
  const { backend, memory } = memoryBackend(register)
  const site = createSite({ site: 'localhost', backend, mode: 'strip', report: () => undefined, ...options })
  await site.ready()
  t.after(() => site.close())
  return { site, memory }
}

/** How many choices from these addresses, in turn, are counted until one is not. */
function countUntilFull(addresses: readonly (string | undefined)[]): number {
  const pace = keepPace(() => 0)
  for (let count = 0; count <= NEAR_CHOICES_MAX; count += 1)
    if (pace.secondsToWait(addresses[count % addresses.length]) > 0) return count
  return Infinity
}

const NETWORKS: readonly (readonly [what: string, addresses: readonly (string | undefined)[], most: number])[] = [
  ['one address', ['192.0.2.7'], NETWORK_CHOICES_MAX],
  ['a /24', ['192.0.2.7', '192.0.2.255'], NETWORK_CHOICES_MAX],
  ['the same as IPv6 tells it', ['192.0.2.7', '::ffff:192.0.2.9', '::FFFF:c000:0201'], NETWORK_CHOICES_MAX],
  ['with port and brackets', ['192.0.2.7:4711', '[::ffff:192.0.2.8]:80'], NETWORK_CHOICES_MAX],
  ['two /24', ['192.0.2.7', '192.0.3.7'], 2 * NETWORK_CHOICES_MAX],
  ['a /48', ['2001:db8:1::1', '2001:db8:1:ffff::2', '2001:0DB8:0001:0:0:0:0:3'], NETWORK_CHOICES_MAX],
  ['two /48', ['2001:db8:1::1', '2001:db8:2::1'], 2 * NETWORK_CHOICES_MAX],
  ['no address', [undefined, '', 'unknown', '_hidden', '1.2.3', '1.2.3.4.5', '::1::'], UNKNOWN_CHOICES_MAX],
  ['this machine', ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'], NEAR_CHOICES_MAX],
  ['its private network', ['10.1.2.3', '172.17.0.1', '192.168.1.1', 'fd00::1', 'fe80::1%eth0'], NEAR_CHOICES_MAX],
  ['what only looks private', ['172.32.0.1'], NETWORK_CHOICES_MAX],
]
for (const [what, addresses, most] of NETWORKS)
  test(`${what}: ${most} choices`, () => assert.equal(countUntilFull(addresses), most))

test('in no ten seconds there are more than twenty, and waiting is not made longer by trying', () => {
  let time = 5
  const pace = keepPace(() => time)
  const counted: number[] = []
  for (; time < 60_000; time += 50) if (pace.secondsToWait('192.0.2.7') === 0) counted.push(time)
  for (const at of counted) assert.ok(counted.filter(it => it >= at && it < at + 10_000).length <= 20, `${at}`)
  assert.equal(counted.length, 120, 'whoever waits gets on')
  time += 10_000
  for (let count = 0; count < 20; count += 1) assert.equal(pace.secondsToWait('192.0.2.7'), 0)
  assert.equal(pace.secondsToWait('192.0.2.7'), 10)
  time += 9_100
  assert.equal(pace.secondsToWait('192.0.2.7'), 1)
})

test('only so many networks are remembered, and none longer than it counts', () => {
  let time = 0
  const pace = keepPace(() => time)
  for (let index = 0; index < NETWORKS_MAX + 500; index += 1) pace.secondsToWait(`2001:db8:${index.toString(16)}::1`)
  assert.equal(pace.size(), NETWORKS_MAX)
  time = 10_001
  pace.secondsToWait('192.0.2.7')
  assert.equal(pace.size(), 1)
})

test('the visitor who comes too fast is told, loses nothing, and nothing is recorded', async t => {
  const { site, memory } = await open(t)
  const address = '192.0.2.7'
  for (let count = 0; count < 20; count += 1) assert.equal((await site.handle(post({ address })))?.status, 303)
  const page = await site.handle(post({ address: '192.0.2.8' }))
  assert.deepEqual([page?.status, page?.setCookies, memory.submissions.length], [429, [], 20])
  assert.match(page?.headers['retry-after'] ?? '', /^(10|[1-9])$/)
  assert.match(String(page?.body), /Dit valg kunne ikke gemmes, så intet er ændret/)
  assert.match(String(page?.body), /value="statistics" checked/)
  assert.match(String(page?.body), /name="back"\s+value="\/a"/)
  const json = await site.handle(post({ address }, { accept: 'application/json' }))
  assert.deepEqual([json?.status, json?.body], [429, '{"code":"failed"}'])
  for (const path of ['/indsigt/choice', '/indsigt/token', '/indsigt/consent.js'])
    assert.equal((await site.handle(post({ address, method: 'GET', path })))?.status, 200, path)
  assert.equal((await site.handle(post({ address: '192.0.3.7' })))?.status, 303, 'another network')
})

test('what is refused anyway counts for nobody: other sites’ forms, forged tokens', async t => {
  const { site } = await open(t)
  const address = '192.0.2.7'
  for (let count = 0; count < 60; count += 1) {
    await site.handle(post({ address }, { 'sec-fetch-site': 'cross-site' }))
    await site.handle(post({ address, body: 'token=x&method=accept' }))
  }
  assert.equal((await site.handle(post({ address })))?.status, 303)
})

test('a proxy’s word about the address is taken where one was declared, and only its own', () => {
  const headers = { 'x-forwarded-for': '203.0.113.1, 198.51.100.9' }
  const told = (trustProxy: boolean, more: Record<string, string> = headers) =>
    siteRequest({ trustProxy }, { method: 'GET', target: '/', headers: more, isEncrypted: false, address: '::1' })
      .address
  assert.deepEqual([told(false), told(true), told(true, {})], ['::1', '198.51.100.9', '::1'])
  assert.equal(told(true, { 'x-forwarded-for': '203.0.113.1, unknown' }), undefined)
})

/** The same site, and the addresses it was asked from. */
function watched(site: Site): { site: Site; seen: (string | undefined)[] } {
  const seen: (string | undefined)[] = []
  const handle: Site['handle'] = request => {
    seen.push(request.address)
    return site.handle(request)
  }
  return { site: { ...site, handle }, seen }
}

async function listen(t: TestContext, server: http.Server | http2.Http2Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const FORGED = { 'x-forwarded-for': '203.0.113.1', forwarded: 'for=203.0.113.1', 'x-real-ip': '203.0.113.1' }

test('every server tells the socket’s address, whatever the visitor writes into headers', async t => {
  const { site, seen } = watched((await open(t)).site)
  const plain = await listen(t, attach(http.createServer(), site))
  await fetch(`${plain}/indsigt/token`, { headers: FORGED })
  const client = http2.connect(
    await listen(
      t,
      attach(
        http2.createServer(() => undefined),
        site,
      ),
    ),
  )
  const asked = client.request({ ':path': '/indsigt/token', ...FORGED }).resume()
  await new Promise(resolve => asked.once('close', resolve))
  client.close()
  const c = (raw: Request) => ({ req: { raw }, env: { incoming: { socket: { remoteAddress: '127.0.0.1' } } } })
  const raw = new Request('http://localhost/indsigt/token', { headers: FORGED })
  await indsigt(site)({ ...c(raw), res: new Response(), set: () => undefined }, async () => undefined)
  assert.deepEqual(seen, ['127.0.0.1', '127.0.0.1', '127.0.0.1'])
})

test('Next’s routes learn it from Node, each request its own', async t => {
  const { site, seen } = watched((await open(t)).site)
  guardAllResponses(site)
  const { GET } = routeHandlers(site)
  const server = http.createServer((request: IncomingMessage, response) => {
    void (async () => {
      await new Promise(resolve => setTimeout(resolve, 20))
      const made = await GET(new Request(`http://localhost${request.url}`, { headers: FORGED }))
      response.end(await made.text())
    })()
  })
  const url = await listen(t, server)
  const { port } = new URL(url)
  const from = (localAddress: string) =>
    new Promise(resolve =>
      http.get({ host: '127.0.0.1', port, localAddress, path: '/indsigt/token' }, it => it.resume().on('end', resolve)),
    )
  await Promise.all([from('127.0.0.1'), from('127.0.0.2'), from('127.0.0.3')])
  assert.deepEqual(new Set(seen), new Set(['127.0.0.1', '127.0.0.2', '127.0.0.3']))
})
