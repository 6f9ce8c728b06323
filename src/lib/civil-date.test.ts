/** Civil dates: months and years are added as the law counts them, leap days included. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as civil from './civil-date.ts'

const sums: readonly [from: string, duration: string, to: string, rule: string][] = [
  ['2024-02-29', 'P5Y', '2029-02-28', 'a leap day plus five years is the last day of February'],
  ['2024-02-29', 'P4Y', '2028-02-29', 'a leap day plus four years is the next leap day'],
  ['2096-02-29', 'P5Y', '2101-02-28', 'the year 2100 has no leap day'],
  ['2025-01-31', 'P1M', '2025-02-28', '31 January plus a month is 28 February'],
  ['2024-01-31', 'P1M', '2024-02-29', '31 January plus a month is 29 February in a leap year'],
  ['2025-08-31', 'P1M', '2025-09-30', '31 August plus a month is 30 September'],
  ['2025-08-31', 'P6M', '2026-02-28', 'six months over a year end'],
  ['2025-12-15', 'P13M', '2027-01-15', 'more than twelve months'],
  ['2026-03-28', 'P2D', '2026-03-30', 'a day is a day across the change to summer time'],
  ['2026-10-24', 'P2D', '2026-10-26', 'a day is a day across the change to winter time'],
  ['2026-12-31', 'P1D', '2027-01-01', 'over new year'],
]
for (const [from, duration, to, rule] of sums) {
  test(`${rule}: ${from} + ${duration} = ${to}`, () => assert.equal(civil.addDuration(from, duration), to))
}

test('only real days are dates', () => {
  for (const good of ['2024-02-29', '2026-12-31', '2000-02-29']) assert.equal(civil.isDate(good), true, good)
  for (const bad of [
    '2023-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '1900-02-29',
    '31-12-2026',
    '',
    '2026-04-31',
  ])
    assert.equal(civil.isDate(bad), false, bad)
})

test('a duration is one whole number above nought of years, months or days', () => {
  for (const good of ['P5Y', 'P6M', 'P30D']) assert.equal(civil.isDuration(good), true, good)
  for (const bad of ['5Y', 'P0Y', 'P-1Y', 'P1Y6M', 'PT5H', 'P1.5Y', 'P', 'P99999D', ' P5Y'])
    assert.equal(civil.isDuration(bad), false, bad)
  assert.throws(() => civil.addDuration('2026-01-01', 'P0D'), RangeError)
  assert.throws(() => civil.addDuration('2026-02-30', 'P1D'), RangeError)
})

test('the day in Copenhagen is not the day in Greenwich after ten in the evening in summer', () => {
  assert.equal(civil.civilDateAt(Date.UTC(2026, 6, 1, 21, 59, 59), 'Europe/Copenhagen'), '2026-07-01')
  assert.equal(civil.civilDateAt(Date.UTC(2026, 6, 1, 22, 0, 0), 'Europe/Copenhagen'), '2026-07-02')
  assert.equal(civil.civilDateAt(Date.UTC(2026, 11, 31, 22, 59, 59), 'Europe/Copenhagen'), '2026-12-31')
  assert.equal(civil.civilDateAt(Date.UTC(2026, 11, 31, 23, 0, 0), 'Europe/Copenhagen'), '2027-01-01')
})

test('days are counted both ways and dates compare as time', () => {
  assert.equal(civil.daysBetween('2024-02-28', '2024-03-01'), 2)
  assert.equal(civil.daysBetween('2024-03-01', '2024-02-28'), -2)
  assert.equal(civil.addDays('2024-03-01', -1), '2024-02-29')
  assert.ok(civil.compareDates('2026-01-31', '2026-02-01') < 0)
  assert.equal(civil.laterOf('2026-01-31', '2026-02-01'), '2026-02-01')
  assert.equal(civil.earlierOf('2026-01-31', '2026-02-01'), '2026-01-31')
})

test('dates and durations are written as people write them', () => {
  assert.equal(civil.formatDate('2031-12-31', 'da'), '31-12-2031')
  assert.equal(civil.formatDate('2031-12-01', 'en'), '1 December 2031')
  assert.equal(civil.formatDuration('P1M', 'da'), '1 måned')
  assert.equal(civil.formatDuration('P5Y', 'en'), '5 years')
})
