/** Tests of finding personal data. All people and numbers are from fictive ranges. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { personalDataIn, personalDataInMany, type PersonalKind, type PersonalOptions } from './personal.ts'

const NOW = new Date('2027-03-01T12:00:00Z')
const kinds = (text: string, options: PersonalOptions = {}) => personalDataIn(text, options).map(hit => hit.kind)
const base64 = (text: string | Buffer) => Buffer.from(text as string).toString('base64')
const hex = (text: string | Buffer) => Buffer.from(text as string).toString('hex')
const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest()

const FOUND: readonly (readonly [text: string, kind: PersonalKind])[] = [
  ['anna.dahl@eksempel.dk', 'email'],
  ['u=1&mail=anna%40eksempel.dk', 'email'],
  ['{"m":"anna\\u0040eksempel.dk"}', 'email'],
  ['anna (at) eksempel.dk', 'email'],
  ['bjørn@blåbær.example', 'email'],
  [base64('anna@eksempel.dk'), 'email'],
  [`v1-${base64('{"mail":"anna@eksempel.dk"}')}`, 'email'],
  [encodeURIComponent(base64('anna@eksempel.dk')), 'email'],
  [hex('anna@eksempel.dk').toUpperCase(), 'email'],
  [base64(gzipSync('anna@eksempel.dk')), 'email'],
  [base64(deflateSync('anna@eksempel.dk')), 'email'],
  [base64(deflateRawSync('anna@eksempel.dk')), 'email'],
  [hex(gzipSync('{"a":1,"mail":"anna@eksempel.dk"}')), 'email'],
  [base64(Buffer.from('anna@eksempel.dk', 'utf16le')), 'email'],
  [base64(Buffer.from('bjørn@eksempel.dk', 'latin1')), 'email'],
  [`${base64('{"alg":"none"}')}.${base64('{"sub":"anna@eksempel.dk"}').replaceAll('=', '')}.c2ln`, 'email'],
  ['010190-1234', 'cpr'],
  ['290200-4001', 'cpr'],
  ['id%3D010190+1234', 'cpr'],
  ['0101901234', 'cpr'],
  ['cpr=1503851234', 'cpr'],
  ['{"cpr":"1803851234"}', 'cpr'],
  ['0101\u200b901234', 'cpr'],
  ['０１０１９０-１２３４', 'cpr'],
  ['+4520123456', 'phone'],
  ['004520123456', 'phone'],
  ['%2B45+20+12+34+56', 'phone'],
  ['20 12 34 56', 'phone'],
  ['2012 3456', 'phone'],
  ['tlf=20123456', 'phone'],
  ['{"mobil":20123456}', 'phone'],
  ['+46701234567', 'phone'],
  ['4571 0000 0000 0001', 'card'],
  ['4111111111111111', 'card'],
  ['4111-1111-1111-1111', 'card'],
  ['378282246310005', 'card'],
  ['Anna Dahl', 'name'],
  ['Anna+Dahl', 'name'],
  ['Anna_Dahl', 'name'],
  ['Anna%20Dahl', 'name'],
  ['%C3%85se%20S%C3%B8nderg%C3%A5rd', 'name'],
  ['navn=anna', 'name'],
  ['{"firstName":"anna"}', 'name'],
  ['name=Anna', 'name'],
  [hex(digest('md5', 'x')), 'digest'],
  [hex(digest('sha1', 'x')), 'digest'],
  [hex(digest('sha224', 'x')), 'digest'],
  [hex(digest('sha256', 'x')).toUpperCase(), 'digest'],
  [hex(digest('sha384', 'x')), 'digest'],
  [hex(digest('sha512', 'x')), 'digest'],
  [digest('sha256', 'x').toString('base64'), 'digest'],
  [digest('sha1', 'x').toString('base64url'), 'digest'],
  [`sha256-${digest('sha256', 'x').toString('base64')}`, 'digest'],
  ['6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'digest'],
  ['6ba7b810-9dad-51d1-80b4-00c04fd430c8', 'digest'],
  [base64(gzipSync('a'.repeat(40_000))), 'digest'],
]

for (const [text, kind] of FOUND) {
  test(`${kind} is found in ${text.slice(0, 50)}`, () => assert.ok(kinds(text).includes(kind), String(kinds(text))))
}

const CLEAN: readonly string[] = [
  'da',
  'dark',
  'necessary',
  'true',
  '2026-11-22',
  '20261122',
  '2026-11-22T14:08:05.123Z',
  '2026-11-22T14:08:05+01:00',
  'Sun, 22 Nov 2026 14:08:05 GMT',
  'Sun Nov 22 2026 14:08:05 GMT+0100 (Central European Standard Time)',
  '1795000000',
  '1801123456',
  '1795000000000',
  '1.2.3-beta.4',
  '10.20.30.40',
  'v2.0.1795000000',
  'pkg@1.2.3',
  'https://www.nordlys.example/da/side?x=1',
  '{"theme":"dark","size":14,"name":"theme"}',
  'preferences|statistics',
  'analyticsConsentGrantedAll',
  'some-kebab-name-of-a-thing-that-is-long',
  'Mozilla Firefox',
  'Europe/Copenhagen',
  '1920x1080',
  base64('theme=dark;a=123'),
  '00000000000000012345',
  '0,1,2,3,4,5,6,7,8,9',
  '3299999999',
]

for (const text of CLEAN) {
  test(`nobody is seen in ${text}`, () => assert.deepEqual(kinds(text, { now: NOW }), []))
}

test('random and counted values are clean: UUIDs, base-36 counters, dates, timestamps, versions', () => {
  const second = fc.integer({ min: 1_760_000_000, max: 1_860_000_000 })
  const values = fc.oneof(
    fc.uuid({ version: 4 }),
    fc.uuid({ version: 7 }),
    fc.nat().map(number => number.toString(36)),
    second.map(String),
    second.map(seconds => String(seconds * 1000 + 7)),
    second.map(seconds => new Date(seconds * 1000).toISOString()),
    fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map(parts => parts.join('.')),
  )
  fc.assert(
    fc.property(values, value => assert.deepEqual(kinds(value, { now: NOW }), [])),
    { numRuns: 3000 },
  )
})

const ENCODINGS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  percent: bytes => Buffer.from(Array.from(bytes, byte => `%${byte.toString(16).padStart(2, '0')}`).join('')),
  component: bytes => Buffer.from(encodeURIComponent(bytes.toString('latin1'))),
  base64: bytes => Buffer.from(bytes.toString('base64')),
  base64url: bytes => Buffer.from(bytes.toString('base64url')),
  hex: bytes => Buffer.from(bytes.toString('hex')),
  upperHex: bytes => Buffer.from(bytes.toString('hex').toUpperCase()),
  json: bytes => Buffer.from(JSON.stringify({ a: [1, bytes.toString('latin1')] })),
  query: bytes => Buffer.from(`x=1&y=${bytes.toString('latin1')}&z=2`),
  jwt: bytes => Buffer.from(`eyJhbGciOiJub25lIn0.${bytes.toString('base64url')}.c2lnbmF0dXJl`),
  gzip: bytes => Buffer.from(gzipSync(bytes).toString('base64')),
  deflate: bytes => Buffer.from(deflateSync(bytes).toString('base64url')),
}

const encode = (name: string, bytes: Buffer): Buffer => (ENCODINGS[name] as (bytes: Buffer) => Buffer)(bytes)
const local = fc.stringMatching(/^[a-z][a-z0-9._-]{0,14}[a-z0-9]$/)
const address = fc
  .tuple(local, fc.constantFrom('eksempel.dk', 'mail.example.com', 'post.example'))
  .map(it => it.join('@'))
const birth = fc.date({ min: new Date('1930-01-01'), max: new Date('1999-12-31'), noInvalidDate: true })
const cpr = fc
  .tuple(birth, fc.integer({ min: 0, max: 3999 }), fc.constantFrom('-', ' '))
  .map(([date, serial, sign]) => {
    const [year = '', month = '', day = ''] = date.toISOString().slice(0, 10).split('-')
    return `${day}${month}${year.slice(2)}${sign}${String(serial).padStart(4, '0')}`
  })
const encodings = fc.array(fc.constantFrom(...Object.keys(ENCODINGS)), { maxLength: 2 })

for (const [kind, planted] of [
  ['email', address],
  ['cpr', cpr],
] as const) {
  test(`a planted ${kind} is found under any two encodings`, () => {
    fc.assert(
      fc.property(planted, encodings, (text, names) => {
        const hidden = names.reduce<Buffer>((bytes, name) => encode(name, bytes), Buffer.from(text)).toString('latin1')
        assert.ok(kinds(hidden).includes(kind), `${names.join(' of ')}: ${hidden}`)
      }),
      { numRuns: 1500 },
    )
  })
}

const KNOWN = ['Anna.Dahl+intrum@Eksempel.dk', '+45 20 12 34 56', '010190-1234', 'Anna Dahl']
const HASHED: readonly string[] = [
  hex(digest('sha256', 'anna.dahl+intrum@eksempel.dk')),
  hex(digest('md5', 'Anna.Dahl+intrum@Eksempel.dk')),
  hex(digest('sha1', 'annadahl@eksempel.dk')).toUpperCase(),
  digest('sha256', 'anna.dahl@eksempel.dk').toString('base64'),
  digest('sha512', '4520123456').toString('base64url'),
  hex(digest('sha256', '20123456')),
  hex(digest('sha256', '0101901234')),
  hex(digest('sha256', '010190-1234')),
  hex(digest('sha256', 'anna.dahl@eksempel.dk')).slice(0, 16),
  encodeURIComponent(digest('sha256', 'anna dahl').toString('base64')),
]

test('a digest of a known value is found even in what is declared as chance', () => {
  for (const text of HASHED) assert.ok(kinds(text, { known: KNOWN, isRandom: true }).includes('known'), text)
  assert.deepEqual(kinds(hex(digest('sha256', 'somebody else')), { known: KNOWN, isRandom: true }), [])
})

test('a known value is found in other case and with other separators', () => {
  for (const text of ['ANNA DAHL', 'anna-dahl', '20123456', '0101901234', base64('anna dahl')]) {
    assert.ok(kinds(text, { known: KNOWN }).includes('known'), text)
  }
  assert.deepEqual(kinds('dahlia', { known: KNOWN }), [])
})

test('chance by declaration excuses the shape of a digest and nothing else', () => {
  const random = digest('sha256', 'x').toString('base64url')
  assert.deepEqual(kinds(random, { isRandom: true }), [])
  assert.deepEqual(kinds('anna@eksempel.dk', { isRandom: true }), ['email'])
})

test('a value cut over several cookies is put together again', () => {
  const secret = base64('{"mail":"anna@eksempel.dk"}')
  const cut = [secret.slice(0, 11), secret.slice(11, 19), secret.slice(19)]
  const pairs = cut.map((value, at) => ({ name: `id.${at}`, value }))
  const split = { kind: 'email', how: 'split' } as const
  assert.deepEqual(personalDataInMany(pairs.toReversed()), [{ ...split, names: ['id.0', 'id.1', 'id.2'] }])
  const others = cut.map((value, at) => ({ name: 'xyz'[at] ?? '', value }))
  assert.deepEqual(personalDataInMany(others), [{ ...split, names: ['x', 'y', 'z'] }])
  assert.deepEqual(
    personalDataInMany([
      { name: 'a.0', value: 'da' },
      { name: 'a.1', value: 'dark' },
    ]),
    [],
  )
})

test('a hit tells kind and manner, never the value', () => {
  assert.deepEqual(personalDataIn(base64('anna@eksempel.dk')), [{ kind: 'email', how: 'base64' }])
  assert.deepEqual(personalDataInMany([{ name: 'tel', value: '20123456' }]), [
    { kind: 'phone', how: 'plain', names: ['tel'] },
  ])
})

test('hostile texts of 100 kB take no longer than a second', () => {
  const texts = ['a@', '%25', '{"a":', 'A b ', '0101', '1 ', 'ab_', '\\u00', '(at)', '+45 ', 'Ab_'].map(it =>
    it.repeat(50_000),
  )
  for (const text of texts) {
    const start = performance.now()
    personalDataIn(text.slice(0, 100_000))
    const taken = performance.now() - start
    assert.ok(taken < 1000, `${text.slice(0, 5)}: ${taken} ms`)
  }
})
