/** Our own host keeps the promises it makes for others: nothing unasked, nothing undeclared, nothing from elsewhere. */
import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { openKit, type Kit } from '../test/kit.ts'
import { createApp, type App } from './app.ts'
import * as promises from './promises/promises.ts'

let kit: Kit
let app: App
const ORIGIN = 'http://localhost:8420'
before(async () => {
  kit = await openKit()
  app = createApp(kit.world, { version: 'test' })
  for (const [path, line] of Object.entries(LINES))
    app.get(path, c => c.body('', 200, { 'set-cookie': line }) as unknown as Response)
})
after(() => kit.close())

/** What a careless route of ours could set, and whether it may leave. */
const LINES: Record<string, string> = {
  '/try/session': 'sprog=da; HttpOnly; SameSite=Lax',
  '/try/unknown': 'spor=1; Max-Age=60; SameSite=Lax',
  '/try/mail': 'sprog=klara%40example.dk; Max-Age=60; HttpOnly; SameSite=Lax',
  '/try/consent': 'besoegstal=9f3a; Max-Age=60; HttpOnly; SameSite=Lax',
  '/try/language': 'sprog=da; Max-Age=60; HttpOnly; SameSite=Lax',
}
const get = (path: string, headers: Record<string, string> = {}) =>
  app.request(path, { headers: { host: 'localhost:8420', ...headers } })
const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  app.request(path, {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: {
      host: 'localhost:8420',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: ORIGIN,
      ...headers,
    },
  })
async function token(): Promise<string> {
  const page = await (await get('/cookies')).text()
  return /name="token" value="([^"]+)"/.exec(page)?.[1] ?? ''
}
const cookieOf = (answer: Response) => answer.headers.getSetCookie().find(it => it.startsWith('cookievalg=1.'))

test('S10: no page of ours sets a cookie that nobody asked for', async () => {
  for (const path of ['/', '/en', '/policy', '/promises', '/problems', '/cookies', '/en/cookies', '/indsigt/choice'])
    assert.deepEqual((await get(path)).headers.getSetCookie(), [], path)
  const board = await promises.board(kit.world)
  const figures = board.clauses.find(it => it.id === 'S10')?.figures ?? []
  assert.ok(figures.some(it => it.mustBeZero === true && it.value === '0'))
})

test('S10: the board counts what a page of ours sets unasked, and not that a forged cookie is taken away', async () => {
  const counted = async () => {
    const board = await promises.board(kit.world)
    return board.clauses.find(it => it.id === 'S10')?.figures.find(it => it.mustBeZero === true)?.value
  }
  const forged = await get('/cookies', { cookie: 'cookievalg=junk' })
  assert.ok(forged.headers.getSetCookie().some(it => /^cookievalg=;.*Max-Age=0/.test(it)))
  assert.equal(await counted(), '0')
  assert.equal((await get('/try/language')).headers.getSetCookie().length, 1)
  assert.equal(await counted(), '1')
})

test('S1–S8: what a route of ours sets passes the guard of a site', async () => {
  const left = await Promise.all(
    Object.keys(LINES).map(async path => [path, (await get(path)).headers.getSetCookie().length]),
  )
  assert.deepEqual(Object.fromEntries(left), {
    '/try/session': 0,
    '/try/unknown': 0,
    '/try/mail': 0,
    '/try/consent': 0,
    '/try/language': 1,
  })
})

test('a choice on our own page is one press, kept by HTTP alone, and shown with its receipt', async () => {
  const answer = await post('/indsigt/choice', { token: await token(), method: 'accept', back: '/cookies' })
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/cookies'])
  const line = cookieOf(answer)
  assert.match(line ?? '', /^cookievalg=1\.[\w.-]+; Path=\/; Max-Age=16070400; SameSite=Lax$/)
  const page = await (await get('/cookies', { cookie: (line ?? '').split(';')[0] ?? '' })).text()
  assert.match(page, /Kvittering/)
  assert.match(page, /Du sagde ja/)
})

test('S8: what is removed is removed, and so is the answer', async () => {
  const line = cookieOf(await post('/indsigt/choice', { token: await token(), method: 'accept', back: '/cookies' }))
  const cookie = (line ?? '').split(';')[0] ?? ''
  const answer = await post('/indsigt/remove', { all: '1', back: '/cookies' }, { cookie })
  assert.equal(answer.status, 303)
  assert.ok(answer.headers.getSetCookie().some(it => /^cookievalg=;.*Max-Age=0/.test(it)))
})

test('S8: what a yes allows takes that yes along when it is removed', async () => {
  const line = cookieOf(await post('/indsigt/choice', { token: await token(), method: 'accept', back: '/cookies' }))
  const cookie = `${(line ?? '').split(';')[0]}; besoegstal=9f3a`
  const answer = await post('/indsigt/remove', { name: 'besoegstal', token: await token() }, { cookie })
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/indsigt/choice?said=removed'])
  assert.ok(answer.headers.getSetCookie().some(it => /^besoegstal=;.*Max-Age=0/.test(it)))
  const next = (cookieOf(answer) ?? '').split(';')[0] ?? ''
  assert.deepEqual((await get('/try/consent', { cookie: next })).headers.getSetCookie(), [])
})

test('one network makes twenty choices in ten seconds and no more; another is not kept waiting', async () => {
  const from = async (remoteAddress: string) => {
    const body = new URLSearchParams({ token: await token(), method: 'reject' }).toString()
    const headers = {
      host: 'localhost:8420',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': '203.0.113.1',
    }
    const env = { incoming: { socket: { remoteAddress } } }
    return app.request('/indsigt/choice', { method: 'POST', body, headers }, env)
  }
  for (let count = 0; count < 20; count += 1) assert.equal((await from('192.0.2.7')).status, 303)
  const late = await from('192.0.2.8')
  assert.deepEqual([late.status, late.headers.getSetCookie()], [429, []])
  assert.match(late.headers.get('retry-after') ?? '', /^\d+$/)
  assert.equal((await from('198.51.100.1')).status, 303)
})

test('nothing is chosen for a visitor from another site, without a page, or twice', async () => {
  const good = { token: await token(), method: 'accept', back: '/cookies' }
  const elsewhere: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost:8420' },
    { 'sec-fetch-site': 'none', origin: 'null' },
    { 'sec-fetch-site': 'same-origin', origin: 'null' },
  ]
  for (const headers of elsewhere)
    assert.equal(cookieOf(await post('/indsigt/choice', good, headers)), undefined, JSON.stringify(headers))
  assert.equal(cookieOf(await post('/indsigt/choice', { ...good, token: '' })), undefined)
  assert.ok(cookieOf(await post('/indsigt/choice', good)))
  assert.equal(cookieOf(await post('/indsigt/choice', good)), undefined)
})

test('the way back leads nowhere else', async () => {
  for (const back of [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/a\r\nset-cookie: x=1',
    'javascript:1',
  ]) {
    const answer = await post('/indsigt/choice', { token: await token(), method: 'reject', back })
    assert.ok(!(answer.headers.get('location') ?? '').includes('evil'), back)
    assert.deepEqual(
      answer.headers.getSetCookie().filter(it => it.startsWith('x=')),
      [],
    )
  }
})

test('only what the page takes is taken: method, size, type', async () => {
  assert.equal((await app.request('/cookies', { method: 'POST' })).status, 405)
  assert.equal((await app.request('/indsigt/choice', { method: 'PUT' })).status, 405)
  assert.equal((await post('/indsigt/choice', { token: 'x'.repeat(9_000), method: 'accept' })).status, 413)
  assert.equal((await post('/indsigt/choice', { method: 'accept' }, { 'content-type': 'text/plain' })).status, 415)
  assert.equal((await get('/indsigt/none')).status, 404)
})
