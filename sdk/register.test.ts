/** Tests of hosts, names and the fingerprints of a register. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fullRegister } from './register.fixture.ts'
import {
  consentTag,
  entriesFor,
  isHostOf,
  matchesName,
  noticeOf,
  sha256OfNotice,
  sha256OfRegister,
} from './register.ts'
import type { Entry, Register } from './wire.ts'

const wide: Register = { ...fullRegister, site: 'nordlys.example', includesSubdomains: true }
const narrow: Register = { ...wide, includesSubdomains: false }

const HOSTS: readonly (readonly [host: string, wide: boolean, narrow: boolean])[] = [
  ['nordlys.example', true, true],
  ['NORDLYS.example:8443', true, true],
  ['nordlys.example.', true, true],
  ['www.nordlys.example', true, false],
  ['a.b.nordlys.example', true, false],
  ['xnordlys.example', false, false],
  ['nordlys.example.org', false, false],
  ['example', false, false],
  ['', false, false],
  ['[::1]:80', false, false],
  ['nordlys.example@evil.example', false, false],
]

for (const [host, inWide, inNarrow] of HOSTS) {
  test(`the site's hosts: '${host}'`, () => {
    assert.deepEqual([isHostOf(wide, host), isHostOf(narrow, host)], [inWide, inNarrow])
  })
}

const NAMES: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
  ['sprog', 'sprog', true],
  ['sprog', 'Sprog', false],
  ['sprog', 'sprog2', false],
  ['_ga*', '_ga', false],
  ['_ga*', '_ga_X1', true],
  ['*', '', false],
  ['*', 'x', true],
  ['a*b*c', 'abc', false],
  ['a*b*c', 'axbyc', true],
  ['a*b*c', 'aXbbYc', true],
  ['a*b*c', 'axbc', false],
  ['*_id', '_id', false],
  ['*_id', 'x_id', true],
  ['a*a', 'aa', false],
  ['a*a', 'aba', true],
  ['a.c', 'abc', false],
]

for (const [pattern, name, matches] of NAMES) {
  test(`'${pattern}' ${matches ? 'names' : 'does not name'} '${name}'`, () => {
    assert.equal(matchesName(pattern, name), matches)
  })
}

test('the entry that names a cookie outright comes before a pattern, and the longer pattern before the shorter', () => {
  const entry = (name: string): Entry => ({ ...fullRegister.entries[0]!, site: 'nordlys.example', name })
  const register = { ...wide, entries: ['*', 'b_*', 'b_uge', 'c'].map(entry) }
  const found = entriesFor(register, { kind: 'cookie', name: 'b_uge', host: 'www.nordlys.example' })
  assert.deepEqual(
    found.map(it => it.name),
    ['b_uge', 'b_*', '*'],
  )
  assert.deepEqual(entriesFor(register, { kind: 'localStorage', name: 'c', host: 'nordlys.example' }), [])
  assert.deepEqual(entriesFor(register, { kind: 'cookie', name: 'c', host: 'andet.example' }), [])
})

test('the fingerprint of a register does not depend on the order of keys, but on everything in it', () => {
  const turned = Object.fromEntries(Object.entries(fullRegister).toReversed()) as Register
  assert.equal(sha256OfRegister(turned), sha256OfRegister(fullRegister))
  assert.notEqual(sha256OfRegister({ ...fullRegister, bytesMax: 1 }), sha256OfRegister(fullRegister))
})

const withEntry = (name: string, change: Partial<Entry>): Register => ({
  ...fullRegister,
  entries: fullRegister.entries.map(entry => (entry.name === name ? { ...entry, ...change } : entry)),
})

test('a consent is about who, what and how long of the optional entries; the rest may change under it', () => {
  const tag = consentTag(fullRegister)
  assert.match(tag, /^[\da-f]{8}$/)
  assert.notEqual(consentTag(withEntry('annonce', { setter: 'En anden' })), tag)
  assert.notEqual(consentTag(withEntry('annonce', { lifetime: 'P1Y' })), tag)
  assert.notEqual(consentTag(withEntry('annonce', { category: 'statistics' })), tag)
  assert.notEqual(
    consentTag({ ...fullRegister, entries: [...fullRegister.entries, { ...fullRegister.entries[5]!, name: 'ny' }] }),
    tag,
  )
  assert.equal(consentTag(withEntry('cookievalg', { setter: 'En anden' })), tag)
  assert.equal(consentTag(withEntry('annonce', { httpOnly: true })), tag)
  assert.equal(consentTag({ ...fullRegister, policyVersion: 5 }), tag)
})

test('the notice holds every sentence of the register in its language, and the question itself', () => {
  const notice = noticeOf(fullRegister, 'da')
  const shown = JSON.stringify(notice)
  for (const { title, text } of fullRegister.categories) assert.ok(shown.includes(title.da) && shown.includes(text.da))
  for (const { purpose, setter } of fullRegister.entries)
    assert.ok(shown.includes(purpose.da) && shown.includes(setter))
  for (const { url } of fullRegister.guides) assert.ok(shown.includes(url))
  assert.ok(notice.sentences['ask']?.includes(fullRegister.controller))
  assert.ok(notice.sentences['reject'])
  assert.notEqual(sha256OfNotice(notice), sha256OfNotice(noticeOf(fullRegister, 'en')))
  assert.equal(sha256OfNotice(notice), sha256OfNotice(JSON.parse(shown) as typeof notice))
})
