/** Tests of the guard: what a hostile or careless site can get past it. People are invented. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newProof } from './choice.ts'
import { deletionsFor, guardLines, type GuardContext } from './guard.ts'
import { fullRegister } from './register.fixture.ts'
import { parseSetCookie } from './set-cookie.ts'
import type { CookieFact, Entry, Register, Rule } from './wire.ts'
import { shippedPolicy } from '../src/policy/shipped.fixture.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const rules: readonly Rule[] = shippedPolicy()
  .document.rules.filter(rule => rule.verbs.includes('setCookie'))
  .map(({ id, clause, effect, code, article, text, when = [], unless = [] }) => {
    return { id, clause, effect, code, article, text, when: when as CookieFact[], unless: unless as CookieFact[] }
  })
const declared = (name: string, category: string, rest: Partial<Entry> = {}): Entry => {
  return { ...(fullRegister.entries[0] as Entry), site: 'nordlys.example', name, category, ...rest }
}
const register: Register = {
  ...fullRegister,
  site: 'nordlys.example',
  includesSubdomains: true,
  rules,
  entries: [
    declared('cookievalg', 'necessary'),
    declared('sprog', 'necessary', { values: ['da', 'en'] }),
    declared('tema', 'preferences'),
    declared('del.*', 'statistics'),
    declared('maal', 'statistics', { httpOnly: true }),
  ],
}
const said = (...accepted: string[]) => ({ accepted, chosenAt: NOW.getTime() / 1000, proof: newProof() })
const context: GuardContext = {
  register,
  host: 'www.nordlys.example',
  choice: said('preferences', 'statistics'),
  isGpc: false,
  isHttps: true,
  known: [],
  requestCookies: undefined,
  mode: 'strip',
  now: NOW,
}
const END = '; Max-Age=600; Path=/; Secure; SameSite=Lax'
const GONE = '; Expires=Thu, 01 Jan 1970 00:00:00 GMT'

const codes = (line: string, rest: Partial<GuardContext> = {}) =>
  guardLines([line], { ...context, ...rest }).stripped.flatMap(({ reasons }) => reasons.map(reason => reason.code))

const CASES: readonly (readonly [rule: string, line: string, rest: Partial<GuardContext>, code: string | null])[] = [
  ['S1: what is listed and accepted is set', `tema=dark${END}`, {}, null],
  ['S1: what is necessary needs no answer', `sprog=da${END}`, { choice: null, isGpc: true }, null],
  [
    'S1: the choice itself is kept',
    `cookievalg=1.ab12cd34.1.hk2x9.${newProof()}.${newProof().slice(6)}${END}`,
    { choice: null },
    null,
  ],
  ['S1: before an answer nothing optional is set', `tema=dark${END}`, { choice: null }, 'policy.no_permit'],
  ['S1: what is not listed is taken out', `PHPSESSID=1${END}`, {}, 'cookie.not_declared'],
  ['S1: a host that is not ours sets nothing', `tema=dark${END}`, { host: 'evil.example' }, 'cookie.site_not_listed'],
  ['S1: Domain does not reach beyond the site', `tema=d${END}; Domain=example`, {}, 'cookie.site_not_listed'],
  ['S2: it is small', `tema=${'x'.repeat(60)}${END}`, { register: { ...register, bytesMax: 60 } }, 'cookie.too_large'],
  ['S3: no address', `tema=anna@eksempel.dk${END}`, {}, 'cookie.holds_personal_data'],
  ['S3: nor packed', `tema=YW5uYUBla3NlbXBlbC5kaw==${END}`, {}, 'cookie.holds_personal_data'],
  ['S3: nor known', `tema=kunde-Dahl${END}`, { known: ['dahl'] }, 'cookie.holds_personal_data'],
  ['S3: only the values listed', `sprog=de${END}`, {}, 'cookie.holds_personal_data'],
  ['S4: its kind is clear', 'tema=d; Max-Age=600; Max-Age=; Path=/; Secure; SameSite=Lax', {}, 'cookie.kind_unclear'],
  ['S4: quoted times are not read alike', 'tema=d; Max-Age="600"; Secure; SameSite=Lax', {}, 'cookie.kind_unclear'],
  ['S4: a line with a line break in it', `tema=d${END}\r\nSet-Cookie: x=y`, {}, 'cookie.kind_unclear'],
  ['S4: two cookies in a line', `tema=d, maal=e${END}`, {}, 'cookie.kind_unclear'],
  ['S4: a nameless one', `=tema=d${END}`, {}, 'cookie.kind_unclear'],
  ['S4: an empty line', '', {}, 'cookie.kind_unclear'],
  ['S5: as long as listed', 'tema=d; Max-Age=99999999; Path=/; Secure; SameSite=Lax', {}, 'cookie.lives_too_long'],
  ['S7: no sessions', 'tema=d; Path=/; Secure; SameSite=Lax', {}, 'cookie.session_not_used'],
  [
    'S7: an unreadable date is a session',
    'tema=d; Expires=32 Jan; Secure; SameSite=Lax',
    {},
    'cookie.session_not_used',
  ],
  ['S8: a no is a no', `tema=d${END}`, { choice: said() }, 'cookie.refused_by_visitor'],
  ['S8: GPC is a no', `tema=d${END}`, { choice: null, isGpc: true }, 'cookie.refused_by_visitor'],
  ['S9: no guide, no cookie', `sprog=da${END}`, { register: { ...register, guides: [] } }, 'cookie.no_guide_offered'],
  ['a deletion passes, whatever it deletes', `ukendt=${GONE}`, { choice: said() }, null],
  ['also without a register', `ukendt=x; Max-Age=0${GONE}`, { register: null }, null],
  ['a deletion that some read otherwise does not', `tema=d; Max-Age=600${GONE}`, {}, 'cookie.kind_unclear'],
  ['nothing else passes without a register', `sprog=da${END}`, { register: null }, 'cookie.register_unknown'],
  ['not even in explain', `sprog=da${END}`, { register: null, mode: 'explain' }, 'cookie.register_unknown'],
]

for (const [rule, line, rest, code] of CASES) {
  test(rule, () => {
    const found = codes(line, rest)
    if (code === null) assert.deepEqual(found, [])
    else assert.ok(found.includes(code), String(found))
    assert.equal(guardLines([line], { ...context, ...rest }).keep.length, code === null ? 1 : 0)
  })
}

test('S3: an address cut over two cookies of one response is found', () => {
  const lines = [`del.0=YW5uYUBla3${END}`, `del.1=NlbXBlbC5kaw==${END}`, `sprog=da${END}`]
  const { keep, stripped } = guardLines(lines, context)
  assert.deepEqual(keep, [`sprog=da${END}`])
  assert.deepEqual(
    stripped.map(it => it.name),
    ['del.0', 'del.1'],
  )
})

test('S3: also when the browser already holds the first part', () => {
  const { stripped } = guardLines([`del.1=eksempel.dk${END}`], { ...context, requestCookies: 'del.0=anna@; sprog=da' })
  assert.deepEqual(
    stripped.map(it => it.name),
    ['del.1'],
  )
})

test('explain lets the line through and tells what strip would do', () => {
  const guarded = guardLines([`PHPSESSID=1${END}`, `sprog=da${END}`], { ...context, mode: 'explain' })
  assert.equal(guarded.keep.length, 2)
  assert.deepEqual(
    guarded.stripped.map(it => it.name),
    ['PHPSESSID'],
  )
  assert.deepEqual(guarded.counts, [{ day: '2026-11-22', code: 'cookie.not_declared', mode: 'explain', count: 1 }])
})

test('refusals are counted by reason and day, without names and values', () => {
  const { counts } = guardLines([`a=1${END}`, `b=2${END}`, `sprog=da${END}`], context)
  assert.deepEqual(counts, [{ day: '2026-11-22', code: 'cookie.not_declared', mode: 'strip', count: 2 }])
})

test('art. 7(3): what is no longer accepted is deleted from every place it can lie in', () => {
  const sent = { requestCookies: 'tema=dark; maal=1; sprog=da; cookievalg=x; ukendt=1', path: '/da/side' }
  const lines = deletionsFor({ ...context, ...sent, choice: said('preferences') })
  const parsed = lines.map(line => parseSetCookie(line, NOW))
  assert.ok(parsed.every(it => it?.isDeletion === true && it.isClear && it.name === 'maal'))
  const places = new Set(parsed.map(it => `${it?.domain ?? 'host'}${it?.path} ${it?.partitioned}`))
  for (const domain of ['host', 'www.nordlys.example', 'nordlys.example']) {
    for (const path of ['/', '/da', '/da/side']) {
      assert.ok(places.has(`${domain}${path} false`) && places.has(`${domain}${path} true`), `${domain}${path}`)
    }
  }
  assert.deepEqual(guardLines(lines, context).keep, lines)
})

test('a visitor may have any cookie removed by name; a hostile name removes nothing else', () => {
  const names = ['cookievalg', 'a; Domain=x', 'b\r\nc', '', '=x']
  const removed = deletionsFor({ ...context, isHttps: false, host: 'localhost:3000' }, { names })
  assert.deepEqual(removed, ['cookievalg=; Path=/; Max-Age=0'])
  assert.deepEqual(
    deletionsFor({ ...context, path: '/a;b' }, { names: ['x'] }).filter(it => it.includes('a;b')),
    [],
  )
})

test('no cookies, no work; and the same answer twice', () => {
  assert.deepEqual(guardLines([], context), { keep: [], stripped: [], counts: [] })
  assert.deepEqual(guardLines([`x=1${END}`], context), guardLines([`x=1${END}`], context))
})
