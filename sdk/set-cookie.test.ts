/** Tests of reading one Set-Cookie line; the comparison with a browser stands beside. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lenientDate, strictDate } from './cookie-date.ts'
import { SET_COOKIE_LINES } from './set-cookie.corpus.fixture.ts'
import { parseCookieHeader, parseSetCookie, refusedByBrowsers } from './set-cookie.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const read = (line: string) => parseSetCookie(line, NOW)

test('a whole line is read to the letter', () => {
  const line = 'sprog=da; Max-Age=600; Domain=.Nordlys.example; Path=/da; Secure; HttpOnly; SameSite=lax; Partitioned'
  assert.deepEqual(read(line), {
    name: 'sprog',
    value: 'da',
    domain: 'nordlys.example',
    path: '/da',
    lifetimeSeconds: 600,
    isDeletion: false,
    isClear: true,
    unclearWhy: null,
    secure: true,
    httpOnly: true,
    sameSite: 'Lax',
    partitioned: true,
    bytes: 7,
  })
})

const TIMES: readonly (readonly [end: string, seconds: number | null, clear: boolean])[] = [
  ['', null, true],
  ['; Max-Age=600', 600, true],
  ['; Max-Age=0', 0, true],
  ['; Max-Age=-5', -5, true],
  ['; Expires=Sun, 22 Nov 2026 12:10:00 GMT', 600, true],
  ['; Expires=Sun, 22-Nov-2026 12:10:00 GMT; Max-Age=600', 600, true],
  ['; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0', 0, true],
  ['; Expires=Sun, 22 Nov 2026 22:10:00 GMT; Max-Age=600', 600, false],
  ['; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=600', 600, false],
  ['; Max-Age=600; Max-Age=', null, false],
  ['; Max-Age="600"', null, false],
  ['; Max-Age=600.9', null, false],
  ['; Expires=Sun, 32 Jan 2027 12:00:00 GMT', null, false],
  ['; Expires=Sun, 22 Nov 2026 12:10:00 GMT; Expires=junk', null, false],
  ['; Expires=junk; Max-Age=600', 600, false],
]

for (const [end, seconds, clear] of TIMES) {
  test(`the lifetime of 'a=b${end}' is ${seconds ?? 'a session'}${clear ? '' : ', in doubt'}`, () => {
    assert.deepEqual([read(`a=b${end}`)?.lifetimeSeconds, read(`a=b${end}`)?.isClear], [seconds, clear])
  })
}

test('a value is never told in a doubt, and a line that browsers ignore is nothing', () => {
  assert.equal(read('a=\u0000b'), null)
  assert.equal(read(`a=${'b'.repeat(4096)}`), null)
  assert.equal(read('=__Host-x'), null)
  assert.match(read('a="hemmelig')?.unclearWhy ?? '', /^a quotation mark/)
})

test('a browser of today refuses None and Partitioned without Secure, and a broken prefix', () => {
  for (const line of ['a=b; SameSite=None', 'a=b; Partitioned', '__Host-a=b; Secure', '__Http-a=b; Secure; Path=/']) {
    const cookie = read(line)
    assert.ok(cookie && refusedByBrowsers(cookie), line)
  }
})

test('a date read strictly is read the same leniently', () => {
  const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(dates, date => {
      const seconds = Math.floor(date.getTime() / 1000) * 1000
      assert.equal(strictDate(date.toUTCString()), seconds)
      assert.equal(lenientDate(date.toUTCString()), seconds)
    }),
  )
})

test('no line makes the reader fail, and none takes long', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => void read(text)))
  for (const piece of ['; ', '=', ';=', 'a=b;', '"', ', a=', '\t ']) {
    const start = performance.now()
    read(`a=b${piece.repeat(100_000 / piece.length)}`)
    assert.ok(performance.now() - start < 1000, piece)
  }
  for (const line of SET_COOKIE_LINES) read(line)
})

test('a Cookie header is read with its doubles and its nameless ones', () => {
  const cookies = parseCookieHeader('a=1; b="2"; a=3;c; =d;; e=f=g')
  assert.deepEqual(
    [...cookies],
    [
      ['a', ['1', '3']],
      ['b', ['"2"']],
      ['', ['c', 'd']],
      ['e', ['f=g']],
    ],
  )
  assert.equal(parseCookieHeader(undefined).size, 0)
})
