/** Payment cards: a number is found however it is grouped, and an ordinary number is left in peace. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { containsCard, containsCardSecret, passesLuhn } from './card.ts'

const CARDS: readonly string[] = [
  '4571000000000001',
  'kort: 4571 0000 0000 0001.',
  '4571-0000-0000-0001',
  '4571.0000.0000.0001',
  '4571 – 0000 – 0000 – 0001',
  '4571\u00A00000\u00A00000\u00A00001',
  '４５７１ ００００ ００００ ０００１',
  '٤٥٧١000000000001',
  '45 71 00 00 00 00 00 01',
  'sag 12 4571 0000 0000 0001 12/27',
  '5019000000000008 Dankort',
  '370000000000002',
  '3700 000000 00002',
  '2221000000000009',
  '36000000000008',
  'Hr4571000000000001x',
  '+71<4571000000000001',
]
for (const text of CARDS) test(`a card is found in ${JSON.stringify(text)}`, () => assert.ok(containsCard(text)))

const OTHERS: readonly string[] = [
  '',
  '4571 0000 0000 0002',
  '2200000000000004',
  '+71<370000000000002+81234567',
  '+75<4571000000000001+81234567',
  '+04<004040400000669+1234567',
  'DK50 0040 0440 1162 43',
  'dk5000400440116243',
  '070761-4285',
  '070761-4285 110774-4882',
  'tlf. 20 30 40 50',
  'faktura 2026-11-22, sag 123456789012',
  '4571, 0000, 0000, 0001',
  '4'.repeat(40),
]
for (const text of OTHERS) test(`no card is seen in ${JSON.stringify(text)}`, () => assert.ok(!containsCard(text)))

test('an IBAN with a wrong check sum does not hide a card', () => {
  assert.ok(containsCard('DK51 4571 0000 0000 0001'))
})

test('the secret of a card is found with its digits, and the word alone is harmless', () => {
  for (const text of [
    'CVV 123',
    'cvc: 1234',
    'Kontrolcifre er 123',
    'sikkerhedskode: 987',
    'security code=111',
    'CVV2 ９８７',
  ]) {
    assert.ok(containsCardSecret(text), text)
  }
  for (const text of ['CVV', 'cvc mangler 2 gange', 'MCVV 123', 'CVR 34593833', '123'])
    assert.ok(!containsCardSecret(text), text)
})

test('any known card is found behind and before any words, in any grouping', () => {
  const words = fc.string({ unit: fc.constantFrom('a', 'ø', ',', ':', '(') })
  const gaps = fc.array(fc.constantFrom('', ' ', '-', '\u2011'), { minLength: 15, maxLength: 15 })
  fc.assert(
    fc.property(words, gaps, words, (before, between, after) => {
      const digits = Array.from('4571000000000001')
        .map((digit, index) => digit + (between[index] ?? ''))
        .join('')
      assert.ok(containsCard(`${before}${digits}${after}`))
    }),
  )
})

test('long input of digits and separators is answered (B30)', () => {
  for (const unit of ['4', '4 ', '4571 0000 ', '+71<', 'DK50 ', '٤', 'cvv ', '- ']) {
    const text = unit.repeat(Math.ceil(100_000 / unit.length))
    assert.equal(typeof containsCard(text), 'boolean')
    assert.equal(typeof containsCardSecret(text), 'boolean')
  }
})

test('Luhn: every single wrong digit is noticed', () => {
  assert.ok(passesLuhn('18') && passesLuhn('26'))
  for (let at = 0; at < 16; at++) {
    const digits = Array.from('4571000000000001')
    digits[at] = String((Number(digits[at]) + 1) % 10)
    assert.ok(!passesLuhn(digits.join('')))
  }
})
