/** A site's promises at its own paths: who may choose, what is then set and removed, and what holds without Indsigt. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEY, memoryBackend, rules } from './backend.fixture.ts'
import { mintToken, newProof, readChoice, writeChoice } from './choice.ts'
import { fullRegister } from './register.fixture.ts'
import { backOf, preferredLanguage } from './site-checks.ts'
import type { Site, SiteOptions, SiteRequest, SiteResponse } from './site-types.ts'
import { createSite, privately } from './site.ts'
import type { Register } from './wire.ts'

const register: Register = { ...fullRegister, rules }
const wide: Register = {
  ...register,
  site: 'intrum.dk',
  includesSubdomains: true,
  entries: register.entries.map(entry => ({ ...entry, site: 'intrum.dk' })),
}

async function open(options: Partial<SiteOptions> = {}, of: Register = register) {
  const { backend, memory } = memoryBackend(of)
  const site = createSite({ site: of.site, backend, mode: 'strip', ...options })
  await site.ready()
  return { site, memory, backend }
}

function ask(path: string, more: Partial<SiteRequest> = {}): SiteRequest {
  const [bare = '', query = ''] = path.split('?')
  return { method: 'GET', host: 'localhost:3000', path: bare, query, isHttps: false, headers: {}, ...more }
}

function form(path: string, fields: Record<string, string> | [string, string][], headers: Record<string, string> = {}) {
  const own = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', ...headers }
  return ask(path, { method: 'POST', headers: own, body: new URLSearchParams(fields).toString() })
}

const token = (of = register, now = new Date()) => mintToken({ register: of, key: KEY, now, language: 'da' })
const sealed = (accepted: string[], of = register, ago = 0) => {
  const now = new Date()
  const chosenAt = Math.floor(now.getTime() / 60_000) * 60 - ago
  return writeChoice({ accepted, chosenAt, proof: newProof() }, { register: of, key: KEY, now })
}
const answer = async (site: Site, request: SiteRequest): Promise<SiteResponse> => {
  const found = await site.handle(request)
  assert.ok(found)
  return found
}
const cookieOf = ({ setCookies }: SiteResponse) => setCookies.find(line => line.startsWith('cookievalg=1.'))

test('a choice made on the form of our own page is set by HTTP and leads back to the page', async t => {
  const { site, memory } = await open()
  t.after(() => site.close())
  const posted = { token: token(), method: 'accept', back: '/a?b=c' }
  const done = await answer(site, form('/indsigt/choice', posted, { 'sec-gpc': '0' }))
  assert.equal(done.status, 303)
  assert.equal(done.headers['location'], '/a?b=c')
  assert.match(cookieOf(done) ?? '', /^cookievalg=1\.\S+; Path=\/; Max-Age=16070400; SameSite=Lax$/)
  assert.equal(memory.submissions.length, 1)
  const value = (cookieOf(done) ?? '').split(/[=;]/)[1]
  const later = ask('/', { headers: { cookie: `cookievalg=${value}` } })
  assert.deepEqual(site.choice(later)?.accepted, ['preferences', 'statistics', 'marketing'])
  assert.equal(site.allows(later, 'statistics'), true)
  assert.equal(site.allows(ask('/'), 'statistics'), false)
  assert.equal(site.allows(ask('/'), 'necessary'), true)
  assert.equal(site.allows(later, 'invented'), false)
})

test('the cookie of a choice is Secure everywhere but on the developer’s own machine', async t => {
  const { site } = await open({}, wide)
  t.after(() => site.close())
  const posted = form('/indsigt/choice', { token: token(wide), method: 'reject' })
  const done = await answer(site, { ...posted, host: 'www.intrum.dk' })
  assert.match(cookieOf(done) ?? '', /; Domain=intrum\.dk; Secure; SameSite=Lax$/)
})

const back: [string | undefined, string | null][] = [
  ['/', '/'],
  ['/side?a=1#b', '/side?a=1#b'],
  ['/æ', '/%C3%A6'],
  [undefined, null],
  ['', null],
  ['side', null],
  ['//evil.example', null],
  ['/\\evil.example', null],
  ['/.//evil.example', null],
  ['/a/..//evil.example', null],
  ['https://evil.example/', null],
  ['https://localhost:3000/', null],
  ['javascript:alert(1)', null],
  ['/a\r\nSet-Cookie: x=1', null],
  ['/\t/evil.example', null],
  [`/${'a'.repeat(3000)}`, null],
]
test('a choice leads back to a path on this host and nowhere else', () => {
  for (const [text, expected] of back) {
    assert.equal(backOf(text, ask('/'), { register, alsoFor: undefined }), expected, String(text))
  }
})

const senders: [Record<string, string>, number][] = [
  [{ 'sec-fetch-site': 'same-origin' }, 303],
  [{ 'sec-fetch-site': '', origin: 'http://localhost:3000' }, 303],
  [{ 'sec-fetch-site': '', origin: 'http://localhost:3001' }, 403],
  [{ 'sec-fetch-site': '', origin: 'null' }, 403],
  [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, 403],
  [{ 'sec-fetch-site': '' }, 403],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://localhost:3000' }, 403],
  [{ 'sec-fetch-site': 'same-site', origin: 'http://x.localhost' }, 403],
  [{ 'sec-fetch-site': 'none' }, 403],
]
test('B13: a choice is taken from our own page alone; null is never an origin', async t => {
  const { site, memory } = await open()
  t.after(() => site.close())
  for (const [headers, status] of senders) {
    const request = form('/indsigt/choice', { token: token(), method: 'accept', back: '/' }, headers)
    const kept = Object.fromEntries(Object.entries(request.headers).filter(([, value]) => value !== ''))
    const done = await answer(site, { ...request, headers: kept })
    assert.equal(done.status, status, JSON.stringify(headers))
    assert.equal(cookieOf(done) !== undefined, status === 303)
  }
  assert.equal(memory.submissions.length, 2)
})

const tokens: [string, () => string][] = [
  ['none', () => ''],
  ['forged', () => token().replace(/.$/, last => (last === 'A' ? 'B' : 'A'))],
  ['of another site', () => token(wide)],
  ['three hours old', () => token(register, new Date(Date.now() - 3 * 3_600_000))],
  ['from the future', () => token(register, new Date(Date.now() + 3_600_000))],
]
test('B13: a form without an honest, fresh token sets nothing, and is shown again with the same choice', async t => {
  const { site, memory } = await open()
  t.after(() => site.close())
  for (const [name, made] of tokens) {
    const fields: [string, string][] = [
      ['token', made()],
      ['method', 'save'],
      ['category', 'statistics'],
      ['back', '/a'],
    ]
    const done = await answer(site, form('/indsigt/choice', fields))
    assert.equal(done.status, 200, name)
    assert.deepEqual(done.setCookies, [], name)
    assert.match(String(done.body), /name="category" value="statistics" checked/)
    assert.match(String(done.body), /name="token" value="1~localhost~/)
    assert.match(String(done.body), /name="back"\s+value="\/a"/)
  }
  assert.equal(memory.submissions.length, 0)
})

test('B13: a token is used once', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const once = token()
  const first = await answer(site, form('/indsigt/choice', { token: once, method: 'accept', back: '/' }))
  const second = await answer(site, form('/indsigt/choice', { token: once, method: 'accept', back: '/' }))
  assert.equal(first.status, 303)
  assert.equal(second.status, 200)
  assert.deepEqual(second.setCookies, [])
})

test('the script gets JSON: what was accepted and the receipt, or a code', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const json = { accept: 'application/json' }
  const given = await answer(site, ask('/indsigt/token', { headers: { 'sec-fetch-site': 'same-origin' } }))
  const fresh = JSON.parse(String(given.body)) as { token: string; tag: string }
  assert.match(fresh.tag, /^[\da-f]{8}$/)
  const done = await answer(site, form('/indsigt/choice', { token: fresh.token, method: 'accept' }, json))
  assert.equal(done.status, 200)
  const told = JSON.parse(String(done.body)) as { accepted: string[]; receipt: { method: string } }
  assert.deepEqual([told.accepted.length, told.receipt.method], [3, 'accept'])
  const again = await answer(site, form('/indsigt/choice', { token: 'x', method: 'accept' }, json))
  assert.deepEqual([again.status, again.body], [409, '{"code":"token"}'])
  const foreign = await answer(site, ask('/indsigt/token', { headers: { 'sec-fetch-site': 'cross-site' } }))
  assert.equal(foreign.status, 403)
})

test('what is no form, too large, or says nothing is refused', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const good = { token: token(), method: 'accept' }
  const status = async (request: SiteRequest) => (await answer(site, request)).status
  assert.equal(await status(form('/indsigt/choice', good, { 'content-type': 'application/json' })), 415)
  assert.equal(await status(form('/indsigt/choice', good, { 'content-type': 'text/plain' })), 415)
  assert.equal(await status({ ...form('/indsigt/choice', good), body: 'x'.repeat(8193) }), 413)
  const room = 8192 - new URLSearchParams(good).toString().length - 3
  assert.equal(await status(form('/indsigt/choice', { ...good, x: 'x'.repeat(room) })), 303)
  assert.equal(await status(form('/indsigt/choice', { ...good, method: 'maybe' })), 400)
  assert.equal(await status(ask('/indsigt/choice', { method: 'PUT' })), 405)
  assert.equal(await status(ask('/indsigt/nothing')), 404)
  assert.equal(await site.handle(ask('/indsigtfuld')), null)
})

test('S8: a refusal deletes what the browser sent of the refused categories, and keeps the necessary', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const cookie = `besog_1=abc; login=x; cookievalg=${sealed(['statistics'])}`
  const done = await answer(site, form('/indsigt/choice', { token: token(), method: 'withdraw' }, { cookie }))
  const gone = done.setCookies.filter(line => /Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(line))
  assert.ok(gone.some(line => line.startsWith('besog_1=')))
  assert.ok(!gone.some(line => line.startsWith('login=') || line.startsWith('cookievalg=')))
})

test('S8: any cookie that was sent, or all of them with the choice, is removed on request', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const cookie = 'besog_1=abc; login=x; fremmed=1'
  const names = (done: SiteResponse) => new Set(done.setCookies.map(line => line.split('=')[0]))
  const one = await answer(site, form('/indsigt/remove', { name: 'login' }, { cookie }))
  assert.deepEqual([one.status, names(one)], [303, new Set(['login'])])
  const all = await answer(site, form('/indsigt/remove', { all: '1' }, { cookie }))
  assert.deepEqual(names(all), new Set(['cookievalg', 'login', 'annonce', 'besog_1', 'fremmed']))
  const other = await answer(site, form('/indsigt/remove', { name: 'fremmed' }, { cookie }))
  assert.deepEqual(names(other), new Set(['fremmed']))
  const unseen = await answer(site, form('/indsigt/remove', { name: 'hemmelig' }, { cookie }))
  assert.deepEqual(unseen.setCookies, [], 'neither sent nor listed')
  const foreign = await answer(site, form('/indsigt/remove', { all: '1' }, { 'sec-fetch-site': 'cross-site' }))
  assert.deepEqual([foreign.status, foreign.setCookies.length], [403, 0])
})

test('a choice cookie nobody sealed counts as none and is deleted', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const forged = sealed(['statistics']).replace(/.$/, last => (last === 'A' ? 'B' : 'A'))
  const request = ask('/indsigt/choice', { headers: { cookie: `cookievalg=${forged}` } })
  assert.equal(site.allows(request, 'statistics'), false)
  const page = await answer(site, request)
  assert.ok(page.setCookies.some(line => line.startsWith('cookievalg=;')))
  assert.ok(site.guard(request, []).keep.length > 0, 'on a page of the site too')
  assert.deepEqual(site.guard(ask('/a', { headers: { cookie: `cookievalg=${forged}` } }), []).keep, [])
})

test('Indsigt does not answer: the visitor is told, nothing is set, nothing opens', async t => {
  const { site, memory } = await open()
  t.after(() => site.close())
  memory.isDown = true
  const done = await answer(site, form('/indsigt/choice', { token: token(), method: 'accept' }))
  assert.deepEqual([done.status, done.setCookies], [503, []])
  assert.match(String(done.body), /kunne ikke gemmes/)
  const page = await answer(site, ask('/indsigt/choice', { headers: { cookie: `cookievalg=${sealed([])}` } }))
  assert.equal(page.status, 200)
})

test('a register that was never known lets nothing out but deletions', async t => {
  const { backend, memory } = memoryBackend(register)
  memory.isDown = true
  const site = createSite({ site: 'localhost', backend, mode: 'explain' })
  t.after(() => site.close())
  await site.ready()
  const lines = ['login=x; Max-Age=60; Path=/', 'login=; Max-Age=0; Path=/']
  assert.deepEqual(site.guard(ask('/'), lines).keep, ['login=; Max-Age=0; Path=/'])
  assert.equal(site.allows(ask('/'), 'necessary'), false)
  assert.match(site.banner(ask('/')), /indsigt-control/)
  assert.doesNotMatch(site.banner(ask('/')), /value="accept"/)
  const posted = await answer(site, form('/indsigt/choice', { token: token(), method: 'accept' }))
  assert.equal(posted.status, 503)
})

test('a register of another site is not taken', async t => {
  const { backend } = memoryBackend(wide)
  const site = createSite({ site: 'localhost', backend })
  t.after(() => site.close())
  await site.ready()
  assert.equal(site.allows(ask('/'), 'necessary'), false)
})

test('after a day without news, yes is no longer a yes', async t => {
  let now = Date.now()
  const { backend, memory } = memoryBackend(register)
  const site = createSite({ site: 'localhost', backend, mode: 'strip', clock: () => new Date(now) })
  t.after(() => site.close())
  await site.ready()
  const cookie = `cookievalg=${sealed(['statistics'])}`
  assert.equal(site.allows(ask('/', { headers: { cookie } }), 'statistics'), true)
  memory.isDown = true
  now += 24 * 3_600_000
  assert.equal(site.allows(ask('/', { headers: { cookie } }), 'statistics'), true)
  now += 1
  const late = ask('/', { headers: { cookie } })
  assert.equal(site.allows(late, 'statistics'), false)
  assert.equal(site.allows(late, 'necessary'), true)
  assert.deepEqual(site.guard(late, ['besog_1=x; Max-Age=60; Path=/; SameSite=Lax']).keep, [])
})

test('the browser’s own refusal stands over a yes', async t => {
  const { site, memory } = await open()
  t.after(() => site.close())
  const headers = { cookie: `cookievalg=${sealed(['statistics'])}`, 'sec-gpc': '1' }
  assert.equal(site.allows(ask('/', { headers }), 'statistics'), false)
  await answer(site, form('/indsigt/choice', { token: token(), method: 'accept' }, { 'sec-gpc': '1' }))
  assert.equal(memory.submissions[0]?.isGpc, true)
})

test('static pages of listed hosts may choose at another host of the same site, and no others may', async t => {
  const { site } = await open({ alsoFor: host => host === 'www.intrum.dk' }, wide)
  t.after(() => site.close())
  const from = (origin: string, more = {}) => ({ origin, 'sec-fetch-site': 'same-site', ...more })
  const at = { host: 'privacy.intrum.dk', isHttps: true }
  const given = await answer(site, ask('/indsigt/token', { ...at, headers: from('https://www.intrum.dk') }))
  assert.equal(given.headers['access-control-allow-origin'], 'https://www.intrum.dk')
  assert.equal(given.headers['access-control-allow-credentials'], 'true')
  const fields = { token: token(wide), method: 'accept', back: 'https://www.intrum.dk/side' }
  const done = await answer(site, { ...form('/indsigt/choice', fields, from('https://www.intrum.dk')), ...at })
  assert.deepEqual([done.status, done.headers['location']], [303, 'https://www.intrum.dk/side'])
  assert.match(cookieOf(done) ?? '', /; Domain=intrum\.dk; Secure;/)
  const again = await answer(site, {
    ...form('/indsigt/choice', { ...fields, token: '' }, from('https://www.intrum.dk')),
    ...at,
  })
  assert.match(again.headers['content-security-policy'] ?? '', /form-action 'self' https:\/\/www\.intrum\.dk;/)
  for (const origin of [
    'null',
    'https://andet.intrum.dk',
    'http://www.intrum.dk',
    'https://www.intrum.dk.evil.example',
  ]) {
    const refused = await answer(site, ask('/indsigt/token', { ...at, headers: from(origin) }))
    assert.deepEqual([refused.status, refused.headers['access-control-allow-origin']], [403, undefined], origin)
  }
  const evil = { ...fields, token: token(wide), back: 'https://evil.example/' }
  const home = await answer(site, { ...form('/indsigt/choice', evil, from('https://www.intrum.dk')), ...at })
  assert.equal(home.headers['location'], '/indsigt/choice?said=saved')
})

test('our own pages are kept nowhere, framed nowhere, and hold no proof in any address', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const value = sealed(['statistics'])
  const headers = { cookie: `cookievalg=${value}`, 'accept-language': 'en-GB,en;q=0.9,da;q=0.1' }
  const page = await answer(site, ask('/indsigt/choice', { headers, isHttps: true }))
  assert.match(String(page.body), /<html lang="en">/)
  assert.match(String((await answer(site, ask('/indsigt/choice?lang=da', { headers }))).body), /<html lang="da">/)
  assert.equal(page.headers['cache-control'], 'no-store')
  assert.match(page.headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/)
  assert.equal(page.headers['strict-transport-security'], 'max-age=31536000')
  const proof = readChoice(value, { register, key: KEY, now: new Date() })?.choice.proof ?? 'none'
  assert.equal(site.visitor(ask('/', { headers })), value)
  assert.equal(site.visitor(ask('/', { headers: { cookie: `cookievalg=${value}x` } })), null)
  assert.ok(!String(page.body).includes(proof))
})

test('files are kept for ever under their version, and compressed', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const version = /consent\.js\?v=([\da-f]+)/.exec(site.head(ask('/')))?.[1]
  const file = await answer(
    site,
    ask(`/indsigt/consent.js?v=${version}`, { headers: { 'accept-encoding': 'gzip, br' } }),
  )
  assert.match(file.headers['cache-control'] ?? '', /immutable/)
  assert.equal(file.headers['content-encoding'], 'br')
  const old = await answer(site, ask('/indsigt/consent.js?v=old'))
  assert.equal(old.headers['cache-control'], 'public, no-cache')
  const etag = old.headers['etag'] ?? ''
  const same = await answer(site, ask('/indsigt/consent.js', { headers: { 'if-none-match': etag } }))
  assert.equal(same.status, 304)
})

test('what the guard refused is counted, told to Indsigt, and kept while it does not answer', async () => {
  const { site, memory } = await open()
  site.guard(ask('/'), ['a=1; Max-Age=60', 'b=1; Max-Age=60'])
  memory.isDown = true
  await site.close()
  assert.equal(memory.counts.length, 0)
  memory.isDown = false
  await site.close()
  assert.equal(memory.counts.find(({ code }) => code === 'cookie.not_declared')?.count, 2)
})

test('values of the signed-in person stand in no cookie', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const line = 'login=kunde-8842-7719; Max-Age=60; Path=/; HttpOnly; SameSite=Lax'
  const request = ask('/')
  assert.equal(site.guard(request, [line]).keep.length, 1)
  const signedIn = ask('/')
  site.remember(signedIn, ['kunde-8842-7719'])
  assert.equal(site.guard(signedIn, [line]).keep.length, 0)
})

test('a page that says something about its visitor is kept by no shared cache', async t => {
  const { site } = await open()
  t.after(() => site.close())
  const request = ask('/')
  assert.equal(site.cacheControl(request, 'public, max-age=60'), 'public, max-age=60')
  site.banner(request)
  assert.equal(site.cacheControl(request, 'public, max-age=60'), 'private, max-age=60')
  assert.equal(privately('no-store'), 'no-store')
  assert.equal(privately(undefined), 'private, no-cache')
})

test('the language is the one the browser prefers of ours', () => {
  assert.equal(preferredLanguage(undefined), 'da')
  assert.equal(preferredLanguage('de, en;q=0.8, da;q=0.9'), 'da')
  assert.equal(preferredLanguage('sv, en-US;q=0.5'), 'en')
  assert.equal(preferredLanguage('en;q=0'), 'da')
})
