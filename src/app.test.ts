/** The application without a port: keys, roles, bodies, repeats, limits, headers, pages and refusals. */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import test, { after, before } from 'node:test'
import { z } from 'zod'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { client, debtor } from '../test/cast.ts'
import { openKit, type Kit } from '../test/kit.ts'
import { createApp, type App } from './app.ts'
import * as disclosure from './disclosure/disclosure.ts'
import * as identity from './identity/identity.ts'
import { route, type Route } from './platform/route.ts'
import { act } from './platform/world.ts'
import { routes } from './surfaces.ts'
import * as work from './work/work.ts'

let kit: Kit
let app: App
let admin: string
let lawyer: string
const clients: string[] = []

const slow = route({
  method: 'get',
  path: '/v1/test/slow',
  id: 'slow',
  summary: { da: 'Langsom', en: 'Slow' },
  tasks: [],
  handle: () => new Promise(resolve => setTimeout(() => resolve({ body: {} }), 2_000)),
})
const broken = route({
  method: 'get',
  path: '/v1/test/broken/:personId',
  id: 'broken',
  summary: { da: 'I stykker', en: 'Broken' },
  tasks: [],
  handle: () => Promise.reject(new Error('the value 2512484916 of Ærlig Andersen')),
})
const makeClient = route({
  method: 'post',
  path: '/v1/test/clients',
  id: 'testClient',
  summary: { da: 'Lav en klient', en: 'Make a client' },
  tasks: ['registerParty'],
  isIdempotent: true,
  status: 201,
  body: z.strictObject({ name: z.string().max(100), at: z.strictObject({ deep: z.int() }).optional() }),
  handle: async ({ world, actor, body }) => {
    const made = await act(world, actor, ctx => work.register(ctx, { kind: 'client', name: body.name }))
    clients.push(made.partyId)
    return { body: { partyId: made.partyId }, resultId: made.partyId }
  },
})
const all: readonly Route[] = [...routes, slow, broken, makeClient]

before(async () => {
  kit = await openKit()
  app = createApp(kit.world, { version: '0', routes: all, patience: 500 })
  admin = await newKey('admin')
  lawyer = await newKey('auditor')
})
after(() => kit.close())

const newKey = async (role: identity.KeyRole) =>
  (await act(kit.world, kit.actor('admin'), ctx => identity.createKey(ctx, { role }))).key

type Init = {
  method?: string
  key?: string
  body?: unknown
  headers?: Record<string, string>
  raw?: string | Uint8Array<ArrayBuffer>
}

async function call(path: string, { method = 'GET', key = admin, body, raw, headers = {} }: Init = {}) {
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  return app.request(path, {
    method,
    headers: {
      ...(key && { authorization: `Bearer ${key}` }),
      ...(content !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
  })
}

async function refused(answer: Response, status: number, code: string) {
  assert.equal(answer.status, status)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  const problem = (await answer.json()) as Record<string, unknown>
  assert.equal(problem['code'], code)
  assert.match(String(problem['instance']), /^urn:uuid:/)
  return problem
}

test('without a living key nothing of the API answers, and every way of not having one looks alike', async () => {
  const made = await act(kit.world, kit.actor('admin'), ctx => identity.createKey(ctx, { role: 'admin' }))
  await act(kit.world, kit.actor('admin'), ctx => identity.revokeKey(ctx, made.keyId))
  const answers = await Promise.all(
    ['', 'x', `ind_${'a'.repeat(43)}`, made.key].map(key => call('/v1/api-keys', { key })),
  )
  const bodies = await Promise.all(
    answers.map(async answer => {
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/)
      return { ...(await refused(answer, 401, 'identity.missing')), instance: '' }
    }),
  )
  for (const body of bodies) assert.deepEqual(body, bodies[0])
})

test('a role that may not do the task is refused before the handler', async () => {
  await refused(await call('/v1/api-keys', { key: lawyer }), 403, 'identity.not_allowed')
  await refused(
    await call('/v1/test/clients', { key: lawyer, method: 'POST', body: { name: 'Nej' } }),
    403,
    'identity.not_allowed',
  )
})

test('a refusal speaks the language asked for', async () => {
  const danish = await refused(
    await call('/v1/api-keys', { key: '', headers: { 'accept-language': 'de, da;q=0.8, en;q=0.5' } }),
    401,
    'identity.missing',
  )
  assert.equal(danish['title'], 'Der mangler en gyldig nøgle.')
  const english = await refused(
    await call('/v1/api-keys', { key: '', headers: { 'accept-language': 'en-GB' } }),
    401,
    'identity.missing',
  )
  assert.equal(english['title'], 'A valid key is missing.')
})

test('faults name field, code and rule, and repeat nothing that was typed', async () => {
  const body = { name: 7, '251248-4916': 'x', at: { deep: 'Ærlig' }, extra: 'Andersen' }
  const answer = await call('/v1/test/clients', { method: 'POST', body })
  const text = JSON.stringify(await refused(answer, 400, 'request.invalid'))
  for (const value of ['251248', 'Ærlig', 'Andersen']) assert.ok(!text.includes(value), text)
  const { faults } = JSON.parse(text) as { faults: { field: string; code: string }[] }
  assert.deepEqual(
    new Set(faults.map(it => `${it.field} ${it.code}`)),
    new Set(['name field.type', 'at.deep field.type', '* field.unknown', 'extra field.unknown']),
  )
  const missing = await refused(await call('/v1/test/clients', { method: 'POST', body: {} }), 400, 'request.invalid')
  assert.deepEqual(
    (missing['faults'] as { code: string }[]).map(it => it.code),
    ['field.missing'],
  )
})

test('a body that is broken, too deep, too large, of another encoding or another type is refused by name', async () => {
  const post = (raw: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
    call('/v1/test/clients', { method: 'POST', raw, headers: { 'content-type': type } })
  await refused(await post('{"name":'), 400, 'request.not_json')
  await refused(await post(`{"name":${'['.repeat(33)}${']'.repeat(33)}}`), 400, 'request.not_json')
  await refused(await post('{"__proto__":{"role":"admin"},"name":"x"}'), 400, 'request.not_json')
  await refused(await post(new Uint8Array(Buffer.from('{"name":"Sørensen"}', 'latin1'))), 400, 'request.not_json')
  await refused(await post(JSON.stringify({ name: 'x'.repeat(1024 * 1024) })), 413, 'request.too_large')
  await refused(await post('{"name":"x"}', 'text/plain'), 415, 'request.wrong_type')
  await refused(await post('{"name":"x"}', 'application/json; charset=iso-8859-1'), 415, 'request.wrong_type')
  assert.equal(clients.length, 0)
})

test('a repeated key does the work once and answers with the same id, also when both come at once', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const post = (name: string) => call('/v1/test/clients', { method: 'POST', body: { name }, headers })
  const answers = await Promise.all([post('Klient A'), post('Klient A'), post('Klient A')])
  assert.deepEqual(
    answers.map(it => it.status),
    [201, 201, 201],
  )
  assert.equal(answers.filter(it => it.headers.get('idempotent-replayed') === 'true').length, 2)
  assert.equal(clients.length, 1)
  const again = (await (await post('Klient A')).json()) as { id: string }
  assert.deepEqual(again, { id: clients[0] })
  await refused(await post('Klient B'), 409, 'request.key_reused')
  const other = await newKey('admin')
  const fresh = await call('/v1/test/clients', { method: 'POST', key: other, body: { name: 'Klient C' }, headers })
  assert.equal(fresh.status, 201)
  assert.equal(clients.length, 2)
})

test('two servers that get the same key at once do the work once', async () => {
  const second = createApp({ ...kit.world }, { version: '0', routes: all })
  const key = randomUUID()
  const before = clients.length
  const ask = (to: App) =>
    to.request('/v1/test/clients', {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: '{"name":"To servere"}',
    })
  const statuses = (await Promise.all([ask(app), ask(second)])).map(it => it.status)
  assert.equal(clients.length - before, 1)
  assert.ok(statuses.includes(201) && statuses.every(it => it === 201 || it === 409), String(statuses))
})

test('security: what was asked cannot be guessed from what is kept of a repeated key', async () => {
  const [key, name] = [randomUUID(), 'Klient Gæt']
  const answer = await call('/v1/test/clients', { method: 'POST', body: { name }, headers: { 'idempotency-key': key } })
  assert.equal(answer.status, 201)
  const [row] = await kit.owner(
    'select key_digest, body_digest from platform.idempotency order by created_at desc limit 1',
  )
  const plain = (parts: readonly string[]) => {
    const hash = createHash('sha256')
    for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
    return hash.digest()
  }
  const guess = plain(['/v1/test/clients', '', JSON.stringify({ name })])
  assert.ok(!guess.equals(row?.['body_digest'] as Buffer))
  assert.ok(
    !plain([key])
      .subarray(0, 16)
      .equals(row?.['key_digest'] as Buffer),
  )
})

test('a refused attempt leaves the key free for the next', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  await refused(
    await call('/v1/test/clients', { method: 'POST', body: { name: 'Klient A' }, headers }),
    409,
    'work.client_exists',
  )
  await kit.owner(`delete from work.party where name = 'Klient A'`)
  assert.equal((await call('/v1/test/clients', { method: 'POST', body: { name: 'Klient A' }, headers })).status, 201)
})

test('an API key is shown once: a repeated call gives its id alone', async () => {
  const headers = { 'idempotency-key': randomUUID() }
  const make = () => call('/v1/api-keys', { method: 'POST', body: { role: 'auditor' }, headers })
  const first = (await (await make()).json()) as { keyId: string; key: string }
  assert.match(first.key, /^ind_[A-Za-z0-9_-]{43}$/)
  assert.deepEqual(await (await make()).json(), { id: first.keyId })
  const listed = await (await call('/v1/api-keys')).text()
  assert.ok(listed.includes(first.keyId) && !listed.includes(first.key))
  assert.equal((await call(`/v1/api-keys/${first.keyId}/revoke`, { method: 'POST' })).status, 204)
  await refused(await call(`/v1/api-keys/${first.keyId}/revoke`, { method: 'POST' }), 404, 'not_found')
  await refused(await call(`/v1/api-keys/nonsense/revoke`, { method: 'POST' }), 404, 'not_found')
})

test('a key that calls too fast is told to wait, and only that key', async () => {
  const hasty = await newKey('auditor')
  const answers = await Promise.all(Array.from({ length: 70 }, () => call('/v1/api-keys', { key: hasty })))
  const late = answers.filter(it => it.status === 429)
  assert.ok(late.length >= 5, `${late.length} of 70 had to wait`)
  assert.ok(Number(late[0]?.headers.get('retry-after')) >= 1)
  assert.equal((await call('/v1/api-keys')).status, 200)
})

test('a call that takes too long is answered in time', async () => {
  const answer = await call('/v1/test/slow')
  assert.equal(answer.headers.get('retry-after'), '5')
  await refused(answer, 503, 'request.slow')
})

test('an unknown fault gives a number, and neither answer nor log repeats what was in it', async () => {
  const answer = await call(`/v1/test/broken/2512484916`)
  const problem = await refused(answer, 500, 'fault')
  const log = kit.log.join('\n')
  assert.ok(log.includes(String(problem['instance']).slice('urn:uuid:'.length)))
  assert.ok(log.includes('/v1/test/broken/:personId'))
  assert.ok(!JSON.stringify(problem).includes('2512484916') && !log.includes('2512484916') && !log.includes('Andersen'))
})

test('unknown paths are 404, other methods 405 with what is allowed', async () => {
  await refused(await call('/v1/nowhere'), 404, 'not_found')
  const other = await call('/v1/api-keys', { method: 'DELETE' })
  assert.equal(other.headers.get('allow'), 'POST, GET, HEAD')
  await refused(other, 405, 'request.method')
  assert.equal((await call('/policy', { method: 'POST' })).status, 405)
  await refused(await call(`/v1/nowhere?${'x'.repeat(2100)}`), 413, 'request.too_large')
})

test('HEAD takes no package out: it is not marked as fetched, and nothing is entered', async () => {
  const name = 'Strandby Energi'
  await client(kit, name, await identityToRecipient(await generateX25519Identity()))
  const { caseId } = await debtor(kit, { reference: randomUUID(), client: name })
  const { disclosureId } = await act(kit.world, kit.actor('caseWorker'), ctx =>
    disclosure.disclose(ctx, { caseId, recipient: { kind: 'creditor' } }),
  )
  const path = `/v1/disclosures/${disclosureId}/package`
  const state = async () => {
    const [row] = await kit.owner(
      `select fetched_at, (select count(*)::int from subjects.opening) as entries from disclosure.package
       where disclosure_id = $1`,
      [disclosureId],
    )
    return row
  }
  const before = await state()
  const head = await call(path, { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('allow')], [405, 'GET'])
  assert.deepEqual(await state(), before)
  assert.equal((await call('/v1/api-keys', { method: 'HEAD' })).status, 200)
  assert.equal((await call(path)).status, 200)
  assert.ok((await state())?.['fetched_at'])
})

test('every route is in the API description, with its schemas, and the description is OpenAPI 3.1', async () => {
  const answer = await app.request('/openapi.json')
  const document = (await answer.json()) as {
    openapi: string
    paths: Record<string, Record<string, Record<string, unknown>>>
  }
  assert.equal(document.openapi, '3.1.0')
  for (const it of all) {
    const operation = document.paths[it.path.replaceAll(/:([A-Za-z]+)/g, '{$1}')]?.[it.method]
    assert.equal(operation?.['operationId'], it.id)
    assert.equal(operation?.['requestBody'] !== undefined, it.body !== undefined || it.bodyType !== undefined)
  }
  assert.equal(new Set(all.map(it => it.id)).size, all.length)
})

test('the board is open to all as JSON, and as a page in both languages', async () => {
  const board = (await (await call('/v1/promises', { key: '' })).json()) as {
    clauses: unknown[]
    summary: { total: number }
  }
  assert.equal(board.clauses.length, board.summary.total)
  const danish = await (await app.request('/promises')).text()
  const english = await (await app.request('/en/promises?vis=notbuilt')).text()
  assert.ok(danish.includes('<html lang="da">') && english.includes('<html lang="en">'))
  assert.ok(english.includes('id="S17"') && !english.includes('id="S16"'))
})

test('every page works, in both languages, without cookie and script, and HEAD has the same headers', async () => {
  for (const path of ['/', '/en', '/policy', '/en/policy', '/promises', '/en/promises', '/problems', '/en/problems']) {
    const answer = await app.request(path)
    const page = await answer.text()
    assert.equal(answer.status, 200, path)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/)
    assert.ok(!/<script|\son[a-z]+=|style="/.test(page), path)
    assert.equal(answer.headers.get('set-cookie'), null)
    assert.equal((await app.request(path, { method: 'HEAD' })).status, 200)
    for (const link of page.matchAll(/href="(\/[^"#]*)/g)) {
      assert.equal((await app.request(link[1] ?? '', { method: 'HEAD' })).status, 200, `${path} → ${link[1]}`)
    }
  }
  const head = await app.request('/policy', { method: 'HEAD' })
  assert.equal(await head.text(), '')
})

test('every answer forbids what a browser could be made to do with it', async () => {
  const secure = createApp(kit.world, { version: '0', scheme: 'https' })
  for (const path of ['/policy', '/v1/api-keys', '/openapi.json', '/nowhere']) {
    const { headers } = await secure.request(path)
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('referrer-policy'), 'same-origin')
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
    assert.match(headers.get('strict-transport-security') ?? '', /max-age=31536000/)
  }
  assert.equal((await app.request('/policy')).headers.get('strict-transport-security'), null)
  assert.equal((await call('/v1/api-keys')).headers.get('cache-control'), 'no-store')
  const page = await (await app.request('/policy')).text()
  const sheet = await app.request(/href="(\/assets\/[^"]+)"/.exec(page)?.[1] ?? '')
  assert.match(sheet.headers.get('cache-control') ?? '', /immutable/)
})

test('a page that is missing says so as a page, and in the language of its path', async () => {
  const answer = await app.request('/en/nowhere', { headers: { accept: 'text/html' } })
  assert.equal(answer.status, 404)
  assert.match(await answer.text(), /There is no such thing/)
})
