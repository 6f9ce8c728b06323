/** Files given to a scan: what contradicts itself is refused, and the field is named. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { REGISTER } from '../../scanner/messages.fixture.ts'
import type { Entry } from '../../sdk/wire.ts'
import { readFormer, readRegister, readScript, type Read } from './register-file.ts'

const faultsOf = (read: Read<unknown>): string[] =>
  read.ok ? [] : read.faults.map(fault => `${fault.field ?? ''} ${fault.code}`)
const withEntry = (change: Partial<Entry>) => ({
  ...REGISTER,
  entries: REGISTER.entries.map((entry, index) => (index === 2 ? { ...entry, ...change } : entry)),
})

test('a register reads back as it was written', () => {
  const read = readRegister(JSON.stringify(REGISTER))
  assert.deepEqual(read, { ok: true, value: REGISTER })
})

const CONTRADICTIONS: readonly (readonly [what: string, register: object, fault: string])[] = [
  ['a category that is not there', withEntry({ category: 'x' }), 'entries.2.category cookies.category_unknown'],
  ['the same entry twice', withEntry({ name: 'sprog' }), 'entries.2.name cookies.twice'],
  ['a pattern that fits everything', withEntry({ name: '*' }), 'entries.2.name cookies.pattern'],
  [
    'longer than the longest',
    withEntry({ lifetime: 'P3Y', lifetimeSeconds: 3 * 366 * 86_400 }),
    'entries.2.lifetime cookies.lives_too_long',
  ],
  [
    'a session where none is used',
    withEntry({ lifetime: 'session', lifetimeSeconds: null }),
    'entries.2.lifetime cookies.session_not_used',
  ],
  [
    'a session that lasts',
    withEntry({ lifetime: 'session' }),
    'entries.2.lifetimeSeconds cookies.lifetime_contradicts',
  ],
  ['a choice that is not listed', { ...REGISTER, choiceCookie: 'x' }, 'choiceCookie cookies.no_choice'],
  ['an unknown field', { ...REGISTER, extra: 1 }, ' cookies.unrecognized_keys'],
  ['a site with a path', { ...REGISTER, site: 'fjordby.test/x' }, 'site cookies.invalid_format'],
]

for (const [what, register, fault] of CONTRADICTIONS)
  test(`a register is refused for ${what}, and the field is named`, () => {
    assert.ok(faultsOf(readRegister(JSON.stringify(register))).includes(fault))
  })

test('what is no JSON is said to be none', () => {
  for (const read of [readRegister('{'), readScript('x'), readFormer('')])
    assert.deepEqual(faultsOf(read), [' request.not_json'])
})

test('a log-in script opens web pages and knows four steps', () => {
  const steps = [
    { do: 'open', url: 'https://fjordby.test/login' },
    { do: 'fill', selector: '#kode', value: '$SCAN_PASSWORD' },
    { do: 'click', selector: 'button' },
    { do: 'wait', selector: '.inde' },
  ]
  assert.deepEqual(readScript(JSON.stringify(steps)), { ok: true, value: steps })
  assert.equal(readScript(JSON.stringify([{ do: 'open', url: 'file:///etc/passwd' }])).ok, false)
  assert.equal(readScript(JSON.stringify([{ do: 'run', code: 'x' }])).ok, false)
})
