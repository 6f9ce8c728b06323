/** Dates as Danish systems write them: the day before the month, and no century guessed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDanishDate } from './danish-date.ts'

test('Danish and ISO dates are read, day before month', () => {
  for (const text of [
    '03-02-2026',
    '3/2/2026',
    '03.02.2026',
    '2026-02-03',
    '03-02-2026 00:00',
    '2026-02-03T00:00:00Z',
    ' 3-2-2026 ',
  ]) {
    assert.deepEqual(parseDanishDate(text), { ok: true, value: '2026-02-03' }, text)
  }
  assert.deepEqual(parseDanishDate('29-02-2024'), { ok: true, value: '2024-02-29' })
})

const REFUSED: readonly (readonly [text: string, code: string])[] = [
  ['29-02-2026', 'date_not_real'],
  ['29-02-1900', 'date_not_real'],
  ['31-04-2026', 'date_not_real'],
  ['02-13-2026', 'date_not_real'],
  ['00-01-2026', 'date_not_real'],
  ['01-01-9999', 'date_not_real'],
  ['01-02-26', 'date_two_digit_year'],
  ['1/2/26', 'date_two_digit_year'],
  ['03-02/2026', 'date_form'],
  ['2026/02/03', 'date_form'],
  ['20260203', 'date_form'],
  ['45983', 'date_form'],
  ['03-02-2026 14:30', 'date_form'],
  ['i dag', 'date_form'],
  ['', 'date_form'],
  ['1'.repeat(100_000), 'date_form'],
]
for (const [text, code] of REFUSED) {
  test(`${JSON.stringify(text.slice(0, 20))} is refused: ${code}`, () => {
    assert.deepEqual(parseDanishDate(text), { ok: false, code })
  })
}

test('every day of four centuries reads the same in both orders', () => {
  const days = fc.date({ min: new Date('1800-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(days, date => {
      const iso = date.toISOString().slice(0, 10)
      assert.deepEqual(parseDanishDate(iso), { ok: true, value: iso })
      assert.deepEqual(parseDanishDate(iso.split('-').reverse().join('.')), { ok: true, value: iso })
    }),
  )
})
