/** Text from outside: cleaned of what cannot be seen, and marked so that no spreadsheet runs it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanText, looksMangled, markFormula, unmarkFormula } from './text.ts'

const CLEAN: readonly (readonly [rule: string, text: string, expected: string])[] = [
  ['ends are trimmed, inner runs are one space', '  Jens \t\u00A0 Hansen\r\n', 'Jens Hansen'],
  ['decomposed letters are composed', 'A\u030Age Mo\u0308ller', 'Åge Möller'],
  ['control characters go', 'Je\u0000n\u0007s\u009F', 'Jens'],
  ['direction marks go', 'Hansen\u202Egpj.\u2066x\u2069\u200F\u061C', 'Hansengpj.x'],
  ['invisible characters go', '\uFEFFJe\u200Bns\u00AD\u2060', 'Jens'],
  ['line breaks become spaces', 'en\nto\r\ntre\u2028fire', 'en to tre fire'],
  ['half a character is replaced', 'x\uD83D', 'x\uFFFD'],
  ['other letters stay', 'Łukasz 王 😀', 'Łukasz 王 😀'],
  ['nothing stays nothing', ' \t ', ''],
]
for (const [rule, text, expected] of CLEAN) test(rule, () => assert.equal(cleanText(text), expected))

test('cleaning twice is cleaning once', () => {
  const any = fc.string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom(' ', '\u0301', '\u200B', 'e', '\n'),
    ),
  })
  fc.assert(fc.property(any, text => assert.equal(cleanText(cleanText(text)), cleanText(text))))
  assert.equal(cleanText(' \u200B'.repeat(50_000)), '')
})

test('doubly encoded and lost letters are noticed, real ones are not', () => {
  for (const text of ['SÃ¸ren', 'Ã…rhus', 'Ã†blehaven', 'RenÃ©', 'S\uFFFDren']) assert.ok(looksMangled(text), text)
  for (const text of ['Søren', 'JOÃO', 'São Paulo', 'Åse Æbelø', '']) assert.ok(!looksMangled(text), text)
})

test('formulas are marked, clean numbers and words are not (B16)', () => {
  for (const text of [
    '=1+1',
    '+A1',
    '-A1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '＝1',
    '－x',
    '＋x',
    '＠x',
    ' =1',
    '-1+1',
    "'=1",
    '+45 20 30 40 50',
  ]) {
    assert.equal(markFormula(text), `'${text}`)
  }
  for (const text of ['-1.234,56', '+12', '1', 'Hansen', 'a=b', "'s-Hertogenbosch", '', '-12'])
    assert.equal(markFormula(text), text)
})

test('a mark is taken off again, exactly', () => {
  const any = fc.string({ unit: fc.constantFrom("'", '=', '-', '+', '@', '\t', ' ', '1', ',', 'a', '＝') })
  fc.assert(fc.property(any, text => assert.equal(unmarkFormula(markFormula(text)), text)))
  assert.equal(unmarkFormula("'=1+1"), '=1+1')
  assert.equal(unmarkFormula("'s-Hertogenbosch"), "'s-Hertogenbosch")
  assert.equal(unmarkFormula("'-12"), "'-12")
})
