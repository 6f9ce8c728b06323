/** The line to Indsigt: what is asked, what is believed, and what an answer may cost. */
import assert from 'node:assert/strict'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { KEY } from './backend.fixture.ts'
import { httpBackend, isRefusal, statusOf } from './client.ts'
import { fullRegister } from './register.fixture.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

async function serve(t: TestContext, answer: Answer) {
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => answer(request, response, Buffer.concat(parts).toString()))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, backend: httpBackend({ url: `${url}/`, key: 'noegle', timeoutMs: 300 }) }
}

const json = (response: ServerResponse, status: number, value: unknown, type = 'application/json') =>
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value))
const settings = { register: fullRegister, key: KEY, now: new Date().toISOString() }

test('each call goes to its own address with the key in a header and nowhere else', async t => {
  const seen: string[] = []
  const { backend } = await serve(t, (request, response, body) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
    if (request.url === '/v1/cookies/settings') json(response, 200, settings)
    else if (request.url === '/v1/cookies/receipts') json(response, 404, { code: 'x' }, 'application/problem+json')
    else if (request.url === '/v1/cookies/guard-counts') response.writeHead(204).end()
    else json(response, 409, { code: 'consent.token_used' }, 'application/problem+json')
  })
  assert.equal((await backend.settings()).register.site, 'localhost')
  assert.equal(await backend.receipt('p'), null)
  await backend.count([{ day: '2026-11-22', code: 'c', mode: 'strip', count: 2 }])
  const submission = {
    token: 't',
    method: 'accept',
    categories: [],
    origin: null,
    isGpc: false,
    previous: null,
  } as const
  await assert.rejects(backend.record(submission), error => {
    assert.ok(isRefusal(error) && statusOf(error) === 409)
    assert.equal(codeOf(error), 'consent.token_used')
    return true
  })
  assert.deepEqual(seen, [
    'GET /v1/cookies/settings Bearer noegle ',
    'POST /v1/cookies/receipts Bearer noegle {"proof":"p"}',
    'POST /v1/cookies/guard-counts Bearer noegle {"counts":[{"day":"2026-11-22","code":"c","mode":"strip","count":2}]}',
    `POST /v1/cookies/choices Bearer noegle ${JSON.stringify(submission)}`,
  ])
})

const bad: [string, Answer, string][] = [
  ['silence', () => undefined, 'timeout'],
  ['a body that never ends', (_, response) => void response.writeHead(200).write('{'), 'timeout'],
  [
    'a redirect',
    (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    'unreachable',
  ],
  ['HTML', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('{}'), 'not_json'],
  [
    'broken JSON',
    (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    'not_json',
  ],
  ['too much', (_, response) => void json(response, 200, 'x'.repeat(3_000_000)), 'answer_too_large'],
  ['no register', (_, response) => void json(response, 200, { key: KEY, now: settings.now }), 'answer_not_understood'],
  ['a short key', (_, response) => void json(response, 200, { ...settings, key: 'kort' }), 'answer_not_understood'],
  ['no time', (_, response) => void json(response, 200, { ...settings, now: 'nu' }), 'answer_not_understood'],
  [
    'another format',
    (_, response) => void json(response, 200, { ...settings, register: { ...fullRegister, format: 'x' } }),
    'answer_not_understood',
  ],
  ['a wrong key', (_, response) => void json(response, 401, { code: 'auth' }, 'application/problem+json'), 'auth'],
  ['a code that is a sentence', (_, response) => void json(response, 500, { code: 'Bo Hansen var her' }), 'refused'],
]
test('an answer that is late, large, redirected or not understood is none', async t => {
  for (const [name, answer, code] of bad) {
    const { backend } = await serve(t, answer)
    await assert.rejects(backend.settings(), error => {
      assert.equal(codeOf(error), code, name)
      assert.doesNotMatch(String(error), /noegle|Hansen/)
      assert.equal(isRefusal(error), false, name)
      return true
    })
  }
})

const addresses: [string, boolean][] = [
  ['https://indsigt.example.dk', true],
  ['https://indsigt.example.dk/under', true],
  ['http://localhost:8080', true],
  ['http://indsigt:8080', true],
  ['http://10.0.0.4:8080', true],
  ['http://indsigt.example.dk', false],
  ['http://127.0.0.1.evil.example', false],
  ['https://a:b@indsigt.example.dk', false],
  ['https://indsigt.example.dk/?a=b', false],
  ['file:///etc/passwd', false],
  ['indsigt', false],
]
test('the key travels to an address that keeps it, or not at all', () => {
  for (const [url, isFine] of addresses) {
    if (isFine) assert.ok(httpBackend({ url, key: 'k' }), url)
    else assert.throws(() => httpBackend({ url, key: 'k' }), /address of Indsigt/, url)
  }
})

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)
