/** Tests of the choice cookie and the one-time token. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mintToken, newProof, readChoice, readToken, writeChoice, type Seal } from './choice.ts'
import { noticeOf, sha256OfNotice, sha256OfRegister } from './register.ts'
import { fullRegister, necessaryRegister } from './register.fixture.ts'
import type { Choice, Register } from './wire.ts'

const NOW = new Date('2026-11-22T12:00:00Z')
const key = Buffer.alloc(32, 7).toString('base64url')
const seal: Seal = { register: fullRegister, key, now: NOW }
const CODES = ['preferences', 'statistics', 'marketing']
const choice: Choice = { accepted: ['statistics'], chosenAt: NOW.getTime() / 1000, proof: newProof() }
const later = (seconds: number): Seal => ({ ...seal, now: new Date(NOW.getTime() + seconds * 1000) })

const changed: Register = {
  ...fullRegister,
  entries: fullRegister.entries.map(it => (it.name === 'annonce' ? { ...it, setter: 'En anden' } : it)),
}

test('what was accepted is read again, for every set of categories', () => {
  fc.assert(
    fc.property(fc.subarray(CODES), accepted => {
      const value = writeChoice({ ...choice, accepted }, seal)
      assert.deepEqual(readChoice(value, seal), { choice: { ...choice, accepted }, isCurrent: true })
    }),
  )
})

test('the choice cookie is at most 96 bytes with its name', () => {
  const value = writeChoice({ ...choice, accepted: CODES, chosenAt: 4e9 }, seal)
  assert.ok(`${fullRegister.choiceCookie}=${value}`.length <= 96)
})

test('forty categories fit and are told apart', () => {
  const many = Array.from({ length: 40 }, (_, at) => ({ ...fullRegister.categories[1]!, code: `c${at}` }))
  const wide = { ...seal, register: { ...fullRegister, categories: many } }
  const accepted = ['c0', 'c31', 'c32', 'c39']
  assert.deepEqual(readChoice(writeChoice({ ...choice, accepted }, wide), wide)?.choice.accepted, accepted)
})

test('a choice changed in any one character is no choice', () => {
  const value = writeChoice(choice, seal)
  for (let at = 0; at < value.length; at += 1) {
    const other = value[at] === 'a' ? 'b' : 'a'
    assert.equal(readChoice(value.slice(0, at) + other + value.slice(at + 1), seal), null, `character ${at}`)
  }
})

test('neither another key nor another site can make a choice', () => {
  const value = writeChoice(choice, seal)
  assert.equal(readChoice(value, { ...seal, key: Buffer.alloc(32, 8).toString('base64url') }), null)
  assert.equal(readChoice(value, { ...seal, register: { ...fullRegister, site: 'anden.example' } }), null)
})

test('a yes counts only for the list it was given for; a no to everything lasts', () => {
  const yes = readChoice(writeChoice(choice, seal), { ...seal, register: changed })
  assert.deepEqual([yes?.isCurrent, yes?.choice.accepted], [false, []])
  const no = readChoice(writeChoice({ ...choice, accepted: [] }, seal), { ...seal, register: changed })
  assert.deepEqual([no?.isCurrent, no?.choice.accepted], [true, []])
})

test('a choice is forgotten after its time, and one from the future is none', () => {
  const value = writeChoice(choice, seal)
  assert.ok(readChoice(value, later(fullRegister.choiceSeconds)))
  assert.equal(readChoice(value, later(fullRegister.choiceSeconds + 61)), null)
  assert.equal(readChoice(value, later(-3600)), null)
})

test('what is no choice is read as none, without an error', () => {
  for (const value of [undefined, '', '1', 'null', '1.2.3.4.5.6', 'x'.repeat(5000), '1.ab12cd34.0.z.__proto__.x']) {
    assert.equal(readChoice(value, seal), null)
  }
  fc.assert(fc.property(fc.string(), text => assert.equal(readChoice(text, seal), null)))
})

test('nobody can be made to accept what was not asked, nor under a short key', () => {
  assert.throws(() => writeChoice({ ...choice, accepted: ['necessary'] }, seal), TypeError)
  assert.throws(() => writeChoice({ ...choice, proof: 'short' }, seal), TypeError)
  assert.throws(() => writeChoice(choice, { ...seal, key: '' }), TypeError)
  assert.throws(
    () => readToken(mintToken({ ...seal, language: 'da' }), { site: 'localhost', key: 'x', now: NOW }),
    TypeError,
  )
})

const reader = { site: fullRegister.site, key, now: NOW }

test('a token names register, notice and language, and is another each time', () => {
  const token = mintToken({ ...seal, language: 'da' })
  const read = readToken(token, reader)
  assert.equal(read?.register16, sha256OfRegister(fullRegister).slice(0, 16))
  assert.equal(read.notice16, sha256OfNotice(noticeOf(fullRegister, 'da')).slice(0, 16))
  assert.deepEqual([read.language, read.mintedAt, read.nonce.length], ['da', NOW, 22])
  assert.notEqual(token, mintToken({ ...seal, language: 'da' }))
  assert.notEqual(read.notice16, readToken(mintToken({ ...seal, language: 'en' }), reader)?.notice16)
})

test('a token changed in any one character is none', () => {
  const token = mintToken({ ...seal, language: 'en' })
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === 'a' ? 'b' : 'a'
    assert.equal(readToken(token.slice(0, at) + other + token.slice(at + 1), reader), null, `character ${at}`)
  }
})

test('a token of another site, of yesterday or of tomorrow is none', () => {
  const token = mintToken({ ...seal, language: 'da' })
  assert.equal(readToken(token, { ...reader, site: 'anden.example' }), null)
  assert.ok(readToken(token, { ...reader, now: later(7200).now }))
  assert.equal(readToken(token, { ...reader, now: later(7261).now }), null)
  assert.equal(readToken(token, { ...reader, now: later(-3600).now }), null)
  fc.assert(fc.property(fc.string(), text => assert.equal(readToken(text, reader), null)))
})

test('the seal of a choice is no seal of a token', () => {
  const [token, value] = [mintToken({ ...seal, language: 'da' }), writeChoice(choice, seal)]
  assert.equal(readChoice(token, seal), null)
  assert.equal(readToken(value, reader), null)
})

test('a site that asks about nothing can keep a choice of nothing', () => {
  const bare = { ...seal, register: necessaryRegister }
  assert.deepEqual(readChoice(writeChoice({ ...choice, accepted: [] }, bare), bare)?.choice.accepted, [])
})
