/** Danish personal numbers: read, masked and found in text, whatever stands around them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { containsCpr, formatCpr, maskCpr, mayContainCpr, parseCpr, passesModulus11 } from './cpr.ts'

const READ: readonly (readonly [text: string, digits: string, born: string, warnings: readonly string[]])[] = [
  ['070761-4285', '0707614285', '1961-07-07', []],
  ['1107744882', '1107744882', '1974-07-11', []],
  [' 210127 0087 ', '2101270087', '1927-01-21', []],
  ['010165-0000', '0101650000', '1965-01-01', ['cpr_modulus']],
  ['250692-4015', '2506924015', '1992-06-25', ['cpr_modulus']],
  ['290200-4000', '2902004000', '2000-02-29', ['cpr_modulus']],
  ['707614285', '0707614285', '1961-07-07', ['cpr_zero_restored']],
  ['70761-4285', '0707614285', '1961-07-07', ['cpr_zero_restored']],
  ['70583-9003', '0705839003', '1983-05-07', ['cpr_zero_restored', 'cpr_modulus']],
]
for (const [text, digits, born, warnings] of READ) {
  test(`CPR ${text} is accepted${warnings.length > 0 ? ' with a warning' : ''}`, () => {
    const parsed = parseCpr(text)
    assert.deepEqual(parsed.ok && parsed.value, { kind: 'cpr', digits, born })
    assert.deepEqual((parsed.ok && parsed.warnings) || [], warnings)
  })
}

const REFUSED: readonly (readonly [text: string, code: string])[] = [
  ['300299-1234', 'cpr_date'],
  ['290201-4000', 'cpr_date'],
  ['001165-1234', 'cpr_date'],
  ['990165-1234', 'cpr_date'],
  ['705839003', 'cpr_leading_zero'],
  ['010165000', 'cpr_leading_zero'],
  ['070761-XXXX', 'cpr_masked'],
  ['070761-****', 'cpr_masked'],
  ['07076142855', 'cpr_form'],
  ['0707-614285', 'cpr_form'],
  ['7,07614E+08', 'cpr_form'],
  ['12345678', 'cpr_form'],
  ['', 'cpr_form'],
  ['0'.repeat(100_000), 'cpr_form'],
]
for (const [text, code] of REFUSED) {
  test(`CPR ${text.slice(0, 20)} is refused: ${code}`, () => assert.deepEqual(parseCpr(text), { ok: false, code }))
}

test('a replacement number is kept apart from CPR numbers', () => {
  for (const [text, id] of [
    ['670761-4285', '6707614285'],
    ['010165-0AB2', '0101650AB2'],
    ['610165-tk01', '610165TK01'],
  ]) {
    assert.deepEqual(parseCpr(text ?? ''), { ok: true, value: { kind: 'replacement', id } })
  }
  assert.deepEqual(parseCpr('320165-0AB2'), { ok: false, code: 'cpr_date' })
})

test('digit 7 and the year give the century', () => {
  const centuries: readonly (readonly [string, string])[] = [
    ['0202003000', '1900'],
    ['0202993000', '1999'],
    ['0202364000', '2036'],
    ['0202374000', '1937'],
    ['0202575000', '2057'],
    ['0202585000', '1858'],
    ['0202578000', '2057'],
    ['0202998000', '1899'],
    ['0202369000', '2036'],
    ['0202379000', '1937'],
  ]
  for (const [digits, year] of centuries) {
    const parsed = parseCpr(digits)
    assert.equal(parsed.ok && parsed.value.kind === 'cpr' && parsed.value.born.slice(0, 4), year, digits)
  }
})

test('modulus 11 agrees with the published vectors', () => {
  for (const digits of ['0707614285', '1107744882', '2101270087']) assert.ok(passesModulus11(digits))
  for (const digits of ['0101650000', '2506924015']) assert.ok(!passesModulus11(digits))
})

test('a CPR number is masked in its last four digits', () => {
  assert.equal(maskCpr('0707614285'), '070761-xxxx')
  assert.equal(formatCpr('0707614285'), '070761-4285')
})

test('free text: a hyphen, modulus 11 or 1 January make a number certain; an invoice number is left alone', () => {
  for (const text of ['se 250692-4015', 'nr.0707614285.', '250692 4015', '0101650000', '２５０６９２-４０１５']) {
    assert.ok(containsCpr(text), text)
  }
  for (const text of ['2506924015', '300299-1234', '12507076142853', 'tlf 20304050', ''])
    assert.ok(!containsCpr(text), text)
  assert.ok(mayContainCpr('Hansen 2506924015'))
})

test('every CPR number survives its own formatting', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), number => {
      const digits = String(number).padStart(10, '0')
      const parsed = parseCpr(digits)
      if (parsed.ok && parsed.value.kind === 'cpr') assert.deepEqual(parseCpr(formatCpr(digits)), parsed)
    }),
  )
})
