/** An upstream that answers nonsense costs its visitor one page and never the proxy. */
import assert from 'node:assert/strict'
import net, { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { memoryBackend, rules } from './backend.fixture.ts'
import { guardProxy } from './proxy.ts'
import { fullRegister } from './register.fixture.ts'
import { createSite } from './site.ts'

const END = 'Content-Length: 0\r\n\r\n'
const answers: [string, string, RegExp][] = [
  ['control characters beside the status', `HTTP/1.1 200 \x01a\x00b\r\n${END}`, /^HTTP\/1\.1 200 ab\r/],
  ['status 0', `HTTP/1.1 000 X\r\n${END}`, /^HTTP\/1\.1 502 /],
  ['status 99', `HTTP/1.1 099 X\r\n${END}`, /^HTTP\/1\.1 502 /],
  ['101 without an upgrade', `HTTP/1.1 101 X\r\n${END}`, /^HTTP\/1\.1 502 /],
  [
    'several hints in one line',
    `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload, </b.js>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n${END}`,
    /HTTP\/1\.1 200 OK/,
  ],
  ['hints that are none', `HTTP/1.1 103 x\r\nLink: nonsense\r\n\r\nHTTP/1.1 200 OK\r\n${END}`, /HTTP\/1\.1 200 OK/],
]
const REQUESTS = {
  data: 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  page: 'GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n',
}

for (const [name, text, wanted] of answers)
  test(`the proxy lives on after ${name}`, async t => {
    const { backend } = memoryBackend({ ...fullRegister, rules })
    const site = createSite({ site: 'localhost', backend, mode: 'strip' })
    await site.ready()
    const upstream = net.createServer(socket => {
      socket.on('error', () => undefined).once('data', () => socket.end(text, 'latin1'))
    })
    await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
    const { port } = upstream.address() as AddressInfo
    const proxy = await guardProxy({ upstream: `http://127.0.0.1:${port}`, site, listen: { port: 0 }, silenceMs: 500 })
    t.after(async () => {
      await proxy.close()
      upstream.close()
      await site.close()
    })
    for (const [kind, request] of Object.entries(REQUESTS)) {
      const socket = net.connect(proxy.port, '127.0.0.1')
      socket.setTimeout(3000, () => socket.destroy())
      socket.write(request)
      let answer = ''
      for await (const part of socket) answer += (part as Buffer).toString('latin1')
      assert.match(answer, wanted, kind)
    }
  })
