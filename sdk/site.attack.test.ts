/** What attacks on a site found: answers too large to arrive, figures that block others, values told too late. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEY, memoryBackend, rules } from './backend.fixture.ts'
import { mintToken, writeChoice } from './choice.ts'
import { backendFailure } from './client.ts'
import { personalDataIn } from './personal.ts'
import { fullRegister } from './register.fixture.ts'
import { keepTally } from './site-counts.ts'
import { createSite } from './site.ts'
import type { SiteRequest } from './site-types.ts'
import type { GuardCount, Register } from './wire.ts'

const entries = fullRegister.entries.map(entry => ({ ...entry, site: 'intrum.dk' }))
const wide: Register = { ...fullRegister, site: 'intrum.dk', includesSubdomains: true, entries, rules }
const narrow: Register = { ...wide, includesSubdomains: false }

const open = async (register: Register) => {
  const { backend } = memoryBackend(register)
  const site = createSite({ site: 'intrum.dk', backend, mode: 'strip', alsoFor: () => true })
  await site.ready()
  return site
}

const seal = (register: Register) => ({ register, key: KEY, now: new Date() })
const choiceOf = (register: Register, fields: Record<string, string>, cookie = ''): SiteRequest => ({
  method: 'POST',
  host: 'intrum.dk',
  path: '/indsigt/choice',
  query: '',
  isHttps: true,
  headers: {
    cookie,
    origin: 'https://intrum.dk',
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/x-www-form-urlencoded',
  },
  body: new URLSearchParams({ token: mintToken({ ...seal(register), language: 'da' }), ...fields }).toString(),
})

test('GDPR 7(3): a withdrawal arrives, however many cookies there are and however deep the page lies', async t => {
  const site = await open(wide)
  t.after(() => site.close())
  const chosenAt = Math.floor(Date.now() / 1000) - 60
  const yes = writeChoice({ accepted: ['statistics'], chosenAt, proof: 'A'.repeat(22) }, seal(wide))
  const many = Array.from({ length: 300 }, (_, index) => `besog_${index}=x`)
  const fields = { method: 'withdraw', back: '/a/b/c/d/e/f/g' }
  for (const held of [many.slice(0, 5), many]) {
    const answer = await site.handle(choiceOf(wide, fields, [`cookievalg=${yes}`, ...held].join('; ')))
    const lines = answer?.setCookies ?? []
    const bytes = lines.reduce((sum, line) => sum + line.length + 14, 0)
    assert.ok(bytes <= 6500, `${bytes} bytes`)
    assert.match(lines.at(-1) ?? '', /^cookievalg=1\./)
    for (const name of held.slice(0, 5)) assert.ok(lines.some(line => line.startsWith(`${name.slice(0, -1)}; Path=/;`)))
  }
})

test('a site without subdomains gives its choice to no host below it, and its own guard lets it out', async t => {
  const site = await open(narrow)
  t.after(() => site.close())
  const answer = await site.handle(choiceOf(narrow, { method: 'accept' }))
  const lines = answer?.setCookies ?? []
  assert.equal(lines.length, 1)
  assert.doesNotMatch(lines[0] ?? '', /Domain/)
  const page = { ...choiceOf(narrow, {}), method: 'GET', path: '/' }
  assert.deepEqual(site.guard(page, lines).keep, lines)
})

test('S3: what the site knows of its visitor counts, also when it is told after a first look', async t => {
  const site = await open(wide)
  t.after(() => site.close())
  const chosenAt = Math.floor(Date.now() / 1000) - 60
  const yes = writeChoice({ accepted: ['statistics'], chosenAt, proof: 'A'.repeat(22) }, seal(wide))
  const request = { ...choiceOf(wide, {}, `cookievalg=${yes}`), method: 'GET', path: '/' }
  const keeps = (value: string) =>
    site.guard(request, [`besog_1=${value}; Max-Age=60; Path=/; Secure; SameSite=Lax`]).keep.length
  site.remember(request, ['kunde-4711-x'])
  assert.deepEqual([keeps('abc'), keeps('kunde-4711-x')], [1, 0])
  site.remember(request, ['medlem-0815-y'])
  assert.equal(keeps('medlem-0815-y'), 0)
})

test('S3: an address in hex is found behind the mark of hex', () => {
  for (const mark of ['0x', '0X', 'x', '\\x'])
    assert.equal(personalDataIn(`${mark}${Buffer.from('klara@example.dk').toString('hex')}`)[0]?.kind, 'email', mark)
})

test('a figure that Indsigt will not have does not keep the others from it', async () => {
  const kept: string[] = []
  const count = async (counts: readonly GuardCount[]) => {
    if (counts.some(it => it.code === 'cookie.gone')) throw backendFailure(400, 'request.invalid')
    kept.push(...counts.map(it => it.code))
  }
  const tally = keepTally({ ...memoryBackend(wide).backend, count }, 60_000)
  const figure = (code: string): GuardCount => ({ day: '2026-11-22', code, mode: 'strip', count: 1 })
  tally.add([figure('cookie.not_declared'), figure('cookie.gone'), figure('policy.no_permit')])
  await tally.close()
  assert.deepEqual(kept, ['cookie.not_declared', 'policy.no_permit'])
})

test('S1: on a host that the list does not name nobody says yes, whatever the request says of itself', async t => {
  const { backend, memory } = memoryBackend(wide)
  const site = createSite({ site: 'intrum.dk', backend, mode: 'strip' })
  await site.ready()
  t.after(() => site.close())
  const form = choiceOf(wide, { method: 'accept' })
  const { origin: _, ...headers } = form.headers
  for (const host of ['evil.example', 'intrum.dk.evil.example', 'evilintrum.dk', '', '127.0.0.1.evil.example'])
    assert.equal((await site.handle({ ...form, host, headers }))?.status, 403, host)
  assert.deepEqual(memory.submissions, [])
  assert.equal((await site.handle({ ...form, host: 'www.intrum.dk', headers }))?.status, 303)
})
