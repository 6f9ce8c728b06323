/** How long a record is kept (S16, S19, S23): the answer for each category, day by day, as a table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { financialYearEnd } from './financial-year.ts'
import { keepUntil, type KeepQuestion } from './retain.ts'
import { shippedCompiled } from './shipped.fixture.ts'

const compiled = shippedCompiled()
const TODAY = '2026-11-22'
type Row = readonly [
  rule: string,
  question: KeepQuestion,
  earliest: string | null,
  latest: string | null,
  code: string,
  clause: string,
]

const rows: readonly Row[] = [
  [
    'website data goes five years after collection',
    { category: 'web_contact', collectedOn: '2025-04-03' },
    '2030-04-03',
    '2030-04-03',
    'retention.maximum_reached',
    'S16',
  ],
  [
    'a leap day plus five years is 28 February',
    { category: 'web_contact', collectedOn: '2024-02-29' },
    '2029-02-28',
    '2029-02-28',
    'retention.maximum_reached',
    'S16',
  ],
  [
    'website data goes earlier when the purpose is fulfilled',
    { category: 'web_account', collectedOn: '2025-04-03', caseClosedOn: '2026-01-10' },
    '2026-01-10',
    '2026-01-10',
    'retention.purpose_fulfilled',
    'S16',
  ],
  [
    'a purpose that ends after the maximum does not prolong it',
    { category: 'web_account', collectedOn: '2020-04-03', caseClosedOn: '2027-01-10' },
    '2025-04-03',
    '2025-04-03',
    'retention.maximum_reached',
    'S16',
  ],
  [
    'a hold on website data ends at the maximum',
    {
      category: 'web_contact',
      collectedOn: '2025-04-03',
      caseClosedOn: '2026-01-10',
      hold: { reviewOn: '2027-01-01' },
    },
    '2030-04-03',
    '2030-04-03',
    'retention.held_to_maximum',
    'S16',
  ],
  [
    'an application goes after three years',
    { category: 'application', collectedOn: '2025-08-31' },
    '2028-08-31',
    '2028-08-31',
    'retention.maximum_reached',
    'S19',
  ],
  [
    'an open claim has no day yet',
    { category: 'debt_claim', collectedOn: '2020-01-01' },
    null,
    null,
    'retention.reason_stands',
    'S19',
  ],
  [
    'an open claim whose review is ahead stands',
    { category: 'debt_claim', collectedOn: '2020-01-01', reviewOn: '2027-01-01' },
    null,
    null,
    'retention.reason_stands',
    'S19',
  ],
  [
    'a missed review is named',
    { category: 'debt_claim', collectedOn: '2020-01-01', reviewOn: '2026-11-21' },
    null,
    null,
    'retention.review_overdue',
    'S19',
  ],
  [
    'a closed case goes six months after closing',
    { category: 'debt_claim', collectedOn: '2025-01-01', caseClosedOn: '2026-05-22' },
    '2026-11-22',
    '2026-11-22',
    'retention.case_closed',
    'S19',
  ],
  [
    '31 August plus six months is the last day of February',
    { category: 'debtor_identity', collectedOn: '2025-01-01', caseClosedOn: '2026-08-31' },
    '2027-02-28',
    '2027-02-28',
    'retention.case_closed',
    'S19',
  ],
  [
    'a time-barred claim is no reason, though nobody closed the case',
    { category: 'debt_claim', collectedOn: '2022-01-01', limitationOn: '2025-01-01' },
    '2025-07-01',
    '2025-07-01',
    'retention.claim_time_barred',
    'S19',
  ],
  [
    'the earlier of closing and limitation counts',
    { category: 'debt_note', collectedOn: '2022-01-01', limitationOn: '2025-01-01', caseClosedOn: '2026-01-01' },
    '2025-07-01',
    '2025-07-01',
    'retention.claim_time_barred',
    'S19',
  ],
  [
    'closing before limitation counts from closing',
    { category: 'debt_note', collectedOn: '2022-01-01', limitationOn: '2030-01-01', caseClosedOn: '2026-01-01' },
    '2026-07-01',
    '2026-07-01',
    'retention.case_closed',
    'S19',
  ],
  [
    'a hold on a claim leaves no day',
    { category: 'debt_claim', collectedOn: '2022-01-01', caseClosedOn: '2024-01-01', hold: { reviewOn: '2027-03-01' } },
    null,
    null,
    'retention.on_hold',
    'S19',
  ],
  [
    'a voucher of 1 January is kept nearly six years',
    { category: 'accounting_entry', collectedOn: '2026-01-01' },
    '2032-01-01',
    '2032-01-01',
    'retention.bookkeeping_floor',
    'S23',
  ],
  [
    'a voucher of 31 December is kept five years and a day',
    { category: 'accounting_entry', collectedOn: '2026-12-31' },
    '2032-01-01',
    '2032-01-01',
    'retention.bookkeeping_floor',
    'S23',
  ],
  [
    'a financial year of its own counts for its voucher',
    { category: 'accounting_entry', collectedOn: '2026-03-01', financialYearEndsOn: '2026-06-30' },
    '2031-07-01',
    '2031-07-01',
    'retention.bookkeeping_floor',
    'S23',
  ],
  [
    'a long first year of eighteen months counts to its own end',
    { category: 'accounting_entry', collectedOn: '2026-01-02', financialYearEndsOn: '2027-06-30' },
    '2032-07-01',
    '2032-07-01',
    'retention.bookkeeping_floor',
    'S23',
  ],
  [
    'a year that ends on a leap day',
    { category: 'accounting_entry', collectedOn: '2023-05-01', financialYearEndsOn: '2024-02-29' },
    '2029-03-01',
    '2029-03-01',
    'retention.bookkeeping_floor',
    'S23',
  ],
  [
    'closing the case does not shorten the floor',
    { category: 'accounting_entry', collectedOn: '2026-01-01', caseClosedOn: '2026-02-01' },
    '2032-01-01',
    '2032-01-01',
    'retention.bookkeeping_floor',
    'S23',
  ],
  [
    'an employee file goes five years after the employment',
    { category: 'employee', collectedOn: '2010-01-01', caseClosedOn: '2026-11-30' },
    '2031-11-30',
    '2031-11-30',
    'retention.case_closed',
    'S19',
  ],
]
for (const [rule, question, earliest, latest, code, clause] of rows) {
  test(rule, () => {
    const keep = keepUntil(question, compiled, TODAY)
    assert.deepEqual(
      { earliest: keep.earliest, latest: keep.latest, code: keep.code, clause: keep.clause },
      { earliest, latest, code, clause },
    )
    assert.ok(keep.sentence.da.length > 20 && keep.sentence.en.length > 20)
    assert.notEqual(keep.sentence.da, keep.sentence.en)
  })
}

test('a record is due on its day, not the day before, and overdue only the day after', () => {
  const keep = (today: string) => keepUntil({ category: 'web_contact', collectedOn: '2025-04-03' }, compiled, today)
  assert.deepEqual([keep('2030-04-02').due, keep('2030-04-03').due], [false, true])
  assert.deepEqual([keep('2030-04-03').overdue, keep('2030-04-04').overdue], [false, true])
})

test('a voucher is never due on the last day of its floor', () => {
  const keep = (today: string) =>
    keepUntil({ category: 'accounting_entry', collectedOn: '2026-07-07' }, compiled, today)
  assert.deepEqual([keep('2031-12-31').due, keep('2032-01-01').due], [false, true])
})

test('no website record, whatever happens to it, has a day later than five years after collection', () => {
  for (const category of ['web_contact', 'web_account', 'web_payment']) {
    for (const collectedOn of ['2024-02-29', '2023-12-31', '2024-08-31']) {
      const day = collectedOn === '2024-02-29' ? '-02-28' : collectedOn.slice(4)
      const limit = `${Number(collectedOn.slice(0, 4)) + 5}${day}`
      for (const more of [
        {},
        { caseClosedOn: '2040-01-01' },
        { hold: { reviewOn: '2050-01-01' } },
        { limitationOn: '2050-01-01' },
      ]) {
        const { latest } = keepUntil({ category, collectedOn, ...more }, compiled, TODAY)
        assert.ok(latest !== null && latest <= limit, `${category} ${collectedOn} ${latest}`)
      }
    }
  }
})

test('the sentence names the day people see', () => {
  const keep = keepUntil({ category: 'accounting_entry', collectedOn: '2026-07-07' }, compiled, TODAY)
  assert.match(keep.sentence.da, /til og med 31-12-2031/)
  assert.match(keep.sentence.en, /through 31 December 2031/)
})

test('an unknown category or a day that is none is a fault of the caller', () => {
  assert.throws(() => keepUntil({ category: 'constructor', collectedOn: TODAY }, compiled, TODAY), RangeError)
  assert.throws(() => keepUntil({ category: 'web_contact', collectedOn: '2026-02-30' }, compiled, TODAY), RangeError)
})

const years: readonly [day: string, ends: string, end: string][] = [
  ['2026-01-01', '12-31', '2026-12-31'],
  ['2026-12-31', '12-31', '2026-12-31'],
  ['2026-06-30', '06-30', '2026-06-30'],
  ['2026-07-01', '06-30', '2027-06-30'],
  ['2024-02-29', '02-28', '2024-02-29'],
  ['2024-03-01', '02-28', '2025-02-28'],
  ['2025-02-28', '02-29', '2025-02-28'],
  ['2026-10-01', '09-30', '2027-09-30'],
]
for (const [day, ends, end] of years) {
  test(`the financial year of ${day} that ends on ${ends} ends on ${end}`, () =>
    assert.equal(financialYearEnd(day, ends), end))
}
