/** Dates, amounts and counts as people read them: one form in each language, and no line break inside. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as format from './format.ts'

const plain = (text: string) => text.replaceAll('\u00a0', '_')

test('a deadline carries its weekday and never breaks inside the date', () => {
  assert.equal(plain(format.formatWeekday('2026-12-18', 'da')), 'fredag_18._december_2026')
  assert.equal(plain(format.formatWeekday('2026-12-18', 'en')), 'Friday_18_December_2026')
  assert.equal(plain(format.formatDay('2028-02-29', 'da')), '29._februar_2028')
})

test('a day that does not exist is refused', () => {
  for (const day of ['2026-02-30', '2026-13-01', 'soon', '2026-1-1', ''])
    assert.throws(() => format.formatDay(day, 'da'), RangeError, day)
})

test('a clock shows Danish time, summer and winter, and midnight is 00', () => {
  const zone = 'Europe/Copenhagen'
  assert.equal(plain(format.formatMoment('2026-11-23T08:48:00Z', 'da', zone)), '23._november_2026 kl._09.48')
  assert.equal(plain(format.formatMoment('2026-07-01T08:48:00Z', 'en', zone)), '1_July_2026 at 10:48')
  assert.equal(plain(format.formatMoment('2026-12-31T23:00:00Z', 'da', zone)), '1._januar_2027 kl._00.00')
  assert.equal(plain(format.formatClock('2026-11-23T08:48:00Z', 'da', zone)), 'kl._09.48')
})

test('amounts keep every øre, also those beyond the safe integers', () => {
  assert.equal(plain(format.formatAmount(120450, 'da')), '1.204,50_kr.')
  assert.equal(plain(format.formatAmount(120450, 'en')), 'DKK_1,204.50')
  assert.equal(plain(format.formatAmount(5, 'da')), '0,05_kr.')
  assert.equal(plain(format.formatAmount(-99, 'da', 'EUR')), '\u22120,99_EUR')
  assert.equal(plain(format.formatAmount(900719925474099301n, 'da')), '9.007.199.254.740.993,01_kr.')
})

test('numbers and periods are written as people write them', () => {
  assert.equal(format.formatCount(1284907, 'da'), '1.284.907')
  assert.equal(format.formatCount(999, 'da'), '999')
  assert.equal(format.formatCount(1284907, 'en'), '1,284,907')
  assert.equal(plain(format.formatPeriod('P5Y', 'da')), '5_år')
  assert.equal(plain(format.formatPeriod('P1Y6M', 'en')), '1_year and 6_months')
  assert.equal(plain(format.formatPeriod('P1M', 'da')), '1_måned')
  for (const duration of ['P', 'PT1H', '5 years', 'P1.5Y'])
    assert.throws(() => format.formatPeriod(duration, 'da'), RangeError, duration)
})

test('a figure of unknown kind is formatted only when it is plainly a number, a day or an instant', () => {
  const value = (text: string) => plain(format.formatValue(text, 'da', 'Europe/Copenhagen'))
  assert.equal(value('1388'), '1.388')
  assert.equal(value('2031-12-31'), '31._december_2031')
  assert.equal(value('2026-11-23T08:48:00.000Z'), '23._november_2026 kl._09.48')
  assert.equal(value('37 = 37'), '37 = 37')
})
