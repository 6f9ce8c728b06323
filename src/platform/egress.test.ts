/**
 * Threat A13: what a hostile page can ask for reaches nothing on this machine. A canary listens on loopback; every
 * route to it is tried through the door, and it must count no visit.
 */
import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { openEgressProxy, type EgressOptions, type EgressProxy } from './egress.ts'

let hits = 0
let canary: http.Server
let port = 0
const hosts: string[] = []
const opened: EgressProxy[] = []

before(async () => {
  canary = http.createServer((request, response) => {
    hits += 1
    hosts.push(request.headers.host ?? '')
    if (request.url === '/large') return void response.end(Buffer.alloc(200_000))
    if (request.url === '/silent') return void response.write('a')
    if (request.url === '/away') return void response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end()
    response.writeHead(200, { 'set-cookie': 'a=1', connection: 'x-hop', 'x-hop': '1' }).end('canary')
  })
  await new Promise<void>(resolve => canary.listen(0, '0.0.0.0', resolve))
  port = (canary.address() as net.AddressInfo).port
})
after(async () => {
  await Promise.all(opened.map(it => it.close()))
  canary.closeAllConnections()
  await new Promise(resolve => canary.close(resolve))
})

/** A name server of the attacker's: the answer is in the name, or changes from one question to the next. */
function answers(): (host: string) => Promise<readonly string[]> {
  let asked = 0
  const known: { [host: string]: readonly string[] } = {
    'private.attacker.dk': ['10.0.0.1'],
    'loop.attacker.dk': ['127.0.0.1'],
    'six.attacker.dk': ['::1'],
    'mapped.attacker.dk': ['::ffff:127.0.0.1'],
    'mixed.attacker.dk': ['93.184.216.34', '127.0.0.1'],
    'meta.attacker.dk': ['169.254.169.254'],
    'zero.attacker.dk': ['0.0.0.0'],
    'none.attacker.dk': [],
    'staging.firm.dk': ['127.0.0.1'],
    'meta.firm.dk': ['169.254.169.254'],
  }
  return async host => {
    asked += 1
    if (host === 'rebind.attacker.dk') return asked % 2 === 1 ? ['192.0.2.1'] : ['127.0.0.1']
    return known[host] ?? Promise.reject(new Error('no such name'))
  }
}

async function open(options: Partial<EgressOptions> = {}): Promise<EgressProxy> {
  const limits = { connectionsMax: 20, bytesMax: 100_000, timeoutMs: 1000 }
  const proxy = await openEgressProxy({ allow: [], ports: [port], resolve: answers(), ...limits, ...options })
  opened.push(proxy)
  return proxy
}

/** Writes raw bytes to the proxy and returns all it answers. */
function say({ address }: EgressProxy, text: string): Promise<string> {
  const [host = '', proxyPort] = address.split(':')
  return new Promise(resolve => {
    let answer = ''
    const socket = net.connect(Number(proxyPort), host, () => socket.write(text))
    socket.on('data', chunk => (answer += String(chunk)))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
    socket.setTimeout(3000, () => socket.destroy())
  })
}

const get = (authority: string, headerHost = 'example.dk') =>
  `GET http://${authority}/ HTTP/1.1\r\nHost: ${headerHost}\r\nConnection: close\r\n\r\n`
const connect = (authority: string) =>
  `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`

/** Hosts that all mean this machine, or a machine beside it, to somebody. */
const HOSTS: readonly string[] = [
  '127.0.0.1',
  '127.0.0.2',
  '127.1',
  '127.0.1',
  '2130706433',
  '017700000001',
  '0x7f000001',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '127.0.0.1.',
  '127.000.000.001',
  '0.0.0.0',
  '0',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'A.LocalHost.',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1%25lo]',
  '[127.0.0.1]',
  'user@127.0.0.1',
  'example.dk@127.0.0.1',
  'example.dk:80@127.0.0.1',
  '１２７.0.0.1',
  '127。0。0。1',
  'loop.attacker.dk',
  'LOOP.attacker.dk.',
  'six.attacker.dk',
  'mapped.attacker.dk',
  'mixed.attacker.dk',
  'private.attacker.dk',
  'meta.attacker.dk',
  'zero.attacker.dk',
  'none.attacker.dk',
  'rebind.attacker.dk',
  '169.254.169.254',
  '10.0.0.1',
  '',
]

test(`A13: ${HOSTS.length} ways of writing this machine, by GET and by CONNECT, reach it no time`, async () => {
  const proxy = await open()
  hits = 0
  for (const host of HOSTS) {
    for (const text of [get(`${host}:${port}`), get(host), connect(`${host}:${port}`), connect(host)]) {
      const answer = await say(proxy, text)
      assert.doesNotMatch(answer, /^HTTP\/1\.1 2/, `${host}: ${answer.slice(0, 60)}`)
    }
  }
  assert.equal(hits, 0)
  assert.ok(proxy.refused().length >= 20)
  assert.ok(proxy.refused().some(it => it.host === 'meta.attacker.dk' && it.why === 'metadata'))
})

test('A13: a name that changes its answer after the check does not lead elsewhere: it is asked once', async () => {
  let asked = 0
  const proxy = await open({
    resolve: async () => {
      asked += 1
      return asked === 1 ? ['192.0.2.1'] : ['127.0.0.1']
    },
  })
  hits = 0
  assert.match(await say(proxy, get(`rebind.attacker.dk:${port}`)), /^HTTP\/1\.1 421/)
  assert.equal(asked, 1)
  assert.equal(hits, 0)
})

test('A13: the address of the request decides, not its Host header nor a path that looks like one', async () => {
  const proxy = await open({ allow: ['*.localhost'] })
  hits = 0
  for (const text of [
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    `GET //127.0.0.1:${port}/ HTTP/1.1\r\nHost: trap.localhost\r\nConnection: close\r\n\r\n`,
    `GET https://127.0.0.1:${port}/ HTTP/1.1\r\nHost: trap.localhost\r\nConnection: close\r\n\r\n`,
    `GET file:///etc/passwd HTTP/1.1\r\nHost: trap.localhost\r\nConnection: close\r\n\r\n`,
    get(`127.0.0.1:${port}`, `trap.localhost:${port}`),
    get(`attacker.dk\\@trap.localhost:${port}`),
  ])
    assert.doesNotMatch(await say(proxy, text), /^HTTP\/1\.1 2/)
  assert.equal(hits, 0)
  assert.match(await say(proxy, get(`trap.localhost:${port}`, '127.0.0.1')), /^HTTP\/1\.1 200/)
  assert.equal(hosts.at(-1), `trap.localhost:${port}`)
})

test('A13: a redirect is handed to the browser, who must come to the door again', async () => {
  const proxy = await open({ allow: ['trap.localhost'] })
  hits = 0
  const away = `GET http://trap.localhost:${port}/away HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  assert.match(await say(proxy, away), /^HTTP\/1\.1 302/)
  assert.equal(hits, 1)
  assert.match(await say(proxy, get(`127.0.0.1:${port}`)), /^HTTP\/1\.1 421/)
  assert.equal(hits, 1)
})

test('what was named is reached, by GET and by CONNECT, and nothing more', async () => {
  const proxy = await open({ allow: ['*.localhost', 'staging.firm.dk', 'meta.firm.dk'] })
  assert.match(await say(proxy, get(`trap.localhost:${port}`)), /canary/)
  assert.match(await say(proxy, get(`TRAP.localhost.:${port}`)), /canary/)
  assert.match(await say(proxy, connect(`trap.localhost:${port}`)), /^HTTP\/1\.1 200[^]*canary/)
  assert.match(await say(proxy, get(`staging.firm.dk:${port}`)), /canary/)
  assert.match(await say(proxy, get(`meta.firm.dk:${port}`)), /^HTTP\/1\.1 421/, 'a name does not open the metadata')
  assert.match(await say(proxy, get(`127.0.0.1:${port}`)), /^HTTP\/1\.1 421/)
  assert.match(await say(proxy, get(`localhost:${port}`)), /^HTTP\/1\.1 421/, 'a pattern is what is below it')
})

test('a port is closed unless it is 80, 443, the scan’s own, or named with the host', async () => {
  const closed = await open({ allow: ['*.localhost'], ports: [] })
  hits = 0
  assert.match(await say(closed, get(`trap.localhost:${port}`)), /x-refused: port/)
  assert.match(await say(closed, connect(`trap.localhost:${port}`)), /x-refused: port/)
  assert.equal(hits, 0)
  const named = await open({ allow: [`*.localhost:${port}`], ports: [] })
  assert.match(await say(named, get(`trap.localhost:${port}`)), /canary/)
})

test('headers of one hop stay on that hop; cookies pass', async () => {
  const proxy = await open({ allow: ['trap.localhost'] })
  const answer = await say(proxy, get(`trap.localhost:${port}`))
  assert.match(answer, /set-cookie: a=1/i)
  assert.doesNotMatch(answer, /x-hop/i)
})

test('a page of more bytes than the limit is cut, and a silent one let go of', async () => {
  const proxy = await open({ allow: ['trap.localhost'], timeoutMs: 300 })
  const ask = (path: string) =>
    say(proxy, `GET http://trap.localhost:${port}${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  assert.ok((await ask('/large')).length < 150_000)
  const started = performance.now()
  await ask('/silent')
  assert.ok(performance.now() - started < 2500)
})

test('more exchanges than the limit are told to wait', async () => {
  const proxy = await open({ allow: ['trap.localhost'], connectionsMax: 2, timeoutMs: 800 })
  const silent = `GET http://trap.localhost:${port}/silent HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  const waiting = [say(proxy, silent), say(proxy, silent)]
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.match(await say(proxy, get(`trap.localhost:${port}`)), /^HTTP\/1\.1 503/)
  await Promise.all(waiting)
  assert.match(await say(proxy, get(`trap.localhost:${port}`)), /^HTTP\/1\.1 200/)
})
