/** The solver by itself: one record, one day, one reason. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedCompiled } from '../policy/shipped.fixture.ts'
import { keepUntil } from '../policy/policy.ts'
import { dayOf, plan, type Held, type Keep } from './plan.ts'
import { chart, forecast } from './preview.ts'

const compiled = shippedCompiled()
const keepOn =
  (today: string): Keep =>
  asked =>
    keepUntil(asked, compiled, today)
const planOn = (held: Held, today: string) => plan(held, keepOn(today), today)

const claim: Held = {
  category: 'debt_claim',
  source: 'client',
  isAccounting: false,
  collectedOn: '2024-01-10',
  eraseBy: null,
  closedOn: null,
  limitationOn: null,
  reviewOn: '2027-01-01',
  yearEndsOn: null,
  floorUntil: null,
  heldUntil: null,
  isRequested: false,
}
const web: Held = {
  ...claim,
  category: 'web_contact',
  source: 'website',
  collectedOn: '2024-02-29',
  eraseBy: '2029-02-28',
}
const voucher: Held = {
  ...claim,
  category: 'accounting_entry',
  source: 'internal',
  isAccounting: true,
  collectedOn: '2024-09-15',
  yearEndsOn: '2025-06-30',
  floorUntil: '2030-06-30',
}

test('an open case is no reason to erase; closed, it goes six months later to the day', () => {
  assert.deepEqual([planOn(claim, '2026-11-22').due, planOn(claim, '2026-11-22').keptBy], [false, 'reason'])
  const closed = { ...claim, closedOn: '2026-08-31' }
  assert.equal(planOn(closed, '2027-02-27').due, false)
  assert.equal(planOn(closed, '2027-02-28').due, true)
  assert.equal(planOn(closed, '2027-02-28').clause, 'S19')
})

test('29 February and five years: the last day is 28 February, and neither a day before nor after', () => {
  const { due, keptBy } = planOn(web, '2029-02-27')
  assert.deepEqual([due, keptBy], [false, 'time'])
  assert.deepEqual([planOn(web, '2029-02-28').due, planOn(web, '2029-02-28').clause], [true, 'S16'])
})

test('a hold or an open request keeps a website value until five years and not a day longer', () => {
  for (const hindered of [
    { ...web, heldUntil: '2029-12-31' },
    { ...web, isRequested: true },
  ]) {
    assert.equal(planOn({ ...hindered, eraseBy: '2027-01-01' }, '2027-01-01').due, false)
    assert.equal(planOn(hindered, '2029-02-27').due, false)
    assert.equal(planOn(hindered, '2029-02-28').due, true)
  }
})

test('a hold or an open request keeps the rest for as long as it stands, and says so', () => {
  const closed = { ...claim, closedOn: '2026-01-01' }
  const held = planOn({ ...closed, heldUntil: '2027-03-31' }, '2026-11-22')
  assert.deepEqual([held.due, held.keptBy, held.code], [false, 'hold', 'retention.on_hold'])
  assert.match(held.sentence.da, /31-03-2027/)
  const asked = planOn({ ...closed, isRequested: true }, '2026-11-22')
  assert.deepEqual([asked.due, asked.keptBy, asked.code], [false, 'request', 'retention.request_open'])
  assert.equal(planOn(closed, '2026-11-22').due, true)
})

test('a voucher of a financial year to 30 June stays through its own floor and goes the day after', () => {
  assert.deepEqual([planOn(voucher, '2030-06-30').due, planOn(voucher, '2030-06-30').keptBy], [false, 'floor'])
  assert.equal(planOn(voucher, '2030-07-01').due, true)
  assert.equal(planOn(voucher, '2030-07-01').clause, 'S23')
  assert.equal(dayOf(voucher, keepOn('2026-11-22')), '2030-07-01')
  assert.equal(planOn({ ...voucher, closedOn: '2024-12-01', eraseBy: '2025-06-01' }, '2029-01-01').due, false)
})

test('a day that was brought forward counts, and only forward', () => {
  assert.equal(planOn({ ...web, eraseBy: '2026-11-22' }, '2026-11-22').due, true)
  const closed = { ...claim, closedOn: '2026-01-01' }
  assert.equal(planOn({ ...closed, eraseBy: '2026-03-01' }, '2026-03-01').due, true)
  assert.equal(planOn({ ...closed, eraseBy: '2026-12-24' }, '2026-07-01').due, true)
})

test('a preview counts what is due by clause and the rest in its month', () => {
  const { due, months } = forecast(
    [
      { ...claim, closedOn: '2026-01-01', records: 3 },
      { ...claim, closedOn: '2026-10-05', records: 4 },
      { ...claim, closedOn: '2026-10-05', heldUntil: '2027-10-01', records: 50 },
      { ...web, records: 5 },
    ],
    keepOn('2026-11-22'),
    { today: '2026-11-22', months: 24 },
  )
  assert.deepEqual(due, [{ clause: 'S19', reason: 'retention.case_closed', category: 'debt_claim', records: 3 }])
  assert.equal(months.length, 24)
  assert.equal(months[0]?.month, '2026-11')
  assert.deepEqual(
    months.filter(it => it.records > 0),
    [{ month: '2027-04', records: 4, byClause: { S19: 4 } }],
  )
  const lines = chart(months, 10)
  assert.match(lines[5] ?? '', /^2027-04 {2}4 {2}█{10}$/)
  assert.equal(lines[0], '2026-11  0')
})
