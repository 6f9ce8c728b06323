/** Amounts: what Danish files write is read to the øre, and what could mean two sums is refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatAmount, parseAmount, type DecimalMark } from './amount.ts'

const READ: readonly (readonly [text: string, ore: number, decimal?: DecimalMark])[] = [
  ['1.234,56', 123_456],
  ['1,234.56', 123_456],
  ['1234,56', 123_456],
  ['1234.56', 123_456],
  ['1234', 123_400],
  ['12,5', 1_250],
  ['0,01', 1],
  ['1.234.567', 123_456_700],
  ['1,234,567.8', 123_456_780],
  ['1 234,56', 123_456],
  ['1\u00A0234\u00A0567,00', 123_456_700],
  ["1'234.50", 123_450],
  ['1234.5600', 123_456],
  ['-1.234,56', -123_456],
  ['1.234,56-', -123_456],
  ['(1.234,56)', -123_456],
  ['\u22121,50', -150],
  ['+1,50', 150],
  ['kr. 1.234,56', 123_456],
  ['-kr 10,00', -1_000],
  ['10,00 DKK', 1_000],
  ['250,-', 25_000],
  ['1.250,-', 125_000],
  ['-0,00', 0],
  ['1.234', 123_400, ','],
  ['1,234', 123_400, '.'],
]
for (const [text, ore, decimal] of READ) {
  test(`${JSON.stringify(text)}${decimal ? ` with ${decimal}` : ''} is ${ore} øre`, () => {
    assert.deepEqual(parseAmount(text, decimal), { ok: true, value: ore })
  })
}

const REFUSED: readonly (readonly [text: string, code: string, decimal?: DecimalMark])[] = [
  ['1.234', 'amount_ambiguous'],
  ['1,234', 'amount_ambiguous'],
  ['-12.000', 'amount_ambiguous'],
  ['1.234', 'amount_decimals', '.'],
  ['0.123', 'amount_decimals'],
  ['1,005', 'amount_decimals', ','],
  ['12.5', 'amount_form', ','],
  ['1.23.456', 'amount_form'],
  ['1.234.56', 'amount_form'],
  ['1,234.567,89', 'amount_form'],
  ['12.34,56', 'amount_form'],
  ['1E+05', 'amount_form'],
  ['--1', 'amount_form'],
  ['', 'amount_form'],
  ['ti', 'amount_form'],
  ['=1+1', 'amount_form'],
  [',50', 'amount_form'],
  ['99999999999999999', 'amount_too_large'],
  ['1'.repeat(100_000), 'amount_form'],
]
for (const [text, code, decimal] of REFUSED) {
  test(`${JSON.stringify(text.slice(0, 20))}${decimal ? ` with ${decimal}` : ''} is refused: ${code}`, () => {
    assert.deepEqual(parseAmount(text, decimal), { ok: false, code })
  })
}

test('what is written in Danish is read back to the øre', () => {
  assert.equal(formatAmount(-123_456_789), '-1.234.567,89')
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), ore => {
      assert.deepEqual(parseAmount(formatAmount(ore)), { ok: true, value: ore })
    }),
  )
})
