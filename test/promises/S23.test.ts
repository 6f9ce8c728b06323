/**
 * S23: what documents payments and bookkeeping stays for at least five years from the end of its financial year. Here
 * vouchers are made to go early: by asking for erasure, by running retention, by counting from the wrong day, by
 * moving the floor or the clock, and with plain SQL; and other data is made to hide behind a voucher.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { csv, row } from '../../src/intake/delivery.fixture.ts'
import * as policy from '../../src/policy/policy.ts'
import { client, debtor, type Debtor } from '../cast.ts'
import { SHIPPED_POLICY } from '../kit.ts'
import { nextCpr, noRoleMay, openHouse, refusedBy, type House, type Json } from './house.ts'

let house: House
before(async () => {
  house = await openHouse()
  await client(house.kit, 'Strandby Energi', house.age.recipient)
})
after(() => house.close())

const TODAY = `(now() at time zone 'Europe/Copenhagen')::date`
const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Copenhagen' }).format(new Date())
const year = Number(today.slice(0, 4))
type Paid = {
  readonly voucherId: string
  readonly recordId: string
  readonly floorUntil: string
  readonly financialYearEndsOn: string
}
type Booked = Debtor & { readonly paid: Paid }

const pay = async (of: Debtor, on = today): Promise<Paid> =>
  (await house.must(201, 'caseWorker', `POST /v1/cases/${of.caseId}/payments`, {
    payment_date: on,
    payment_amount: '100.00',
    currency: 'DKK',
    voucher_number: 'B-1',
  })) as unknown as Paid

async function booked(): Promise<Booked> {
  const of = await debtor(house.kit, { reference: randomUUID(), cpr: nextCpr() })
  return { ...of, paid: await pay(of) }
}

/** As if the voucher's floor ended so many days from today. */
const floorIn = (of: Booked, days: number) =>
  house.kit.owner(
    `update work.voucher set floor_until = ${TODAY} + $2::int,
      financial_year_ends_on = (${TODAY} + $2::int - interval '5 years')::date - 1,
     booked_on = (${TODAY} + $2::int - interval '5 years')::date - 200 where voucher_id = $1`,
    [of.paid.voucherId, days],
  )
/** As if the case had been closed so many months ago, and nothing were left to tell. */
const closedFor = (of: Debtor, months: number) =>
  house.kit.owner(
    `with told as (update notices.notice set state = 'sent', channel = 'letter', sent_at = now() where subject_id = $2)
     update work.relationship set closed_on = (${TODAY} - interval '${months} months')::date, close_reason = 'paid',
     opened_on = (${TODAY} - interval '${months} months')::date where relationship_id = $1`,
    [of.caseId, of.subjectId],
  )
const aliveOf = async (of: Debtor) =>
  (
    await house.kit.owner(
      'select category from subjects.record where subject_id = $1 and erased_at is null order by 1',
      [of.subjectId],
    )
  ).map(it => it['category'])
const eraseAs = (surface: 'api' | 'worker', of: Booked, record = of.paid.recordId) =>
  house.kit.as(surface, `select subjects.erase($1, array[$2::uuid], 'erasure.upheld') as n`, [of.subjectId, record])

async function erasureUpheld(of: Debtor): Promise<Json> {
  const { requestId } = await house.must(201, 'officer', 'POST /v1/requests', {
    subjectId: of.subjectId,
    kind: 'erasure',
    channel: 'letter',
  })
  return house.must(200, 'officer', `POST /v1/requests/${String(requestId)}/decision`, {
    outcome: 'upheld',
    reason: 'noLongerNeeded',
  })
}

test('the floor is five years from the end of the financial year, not from the payment', async () => {
  const { paid } = await booked()
  assert.deepEqual([paid.financialYearEndsOn, paid.floorUntil], [`${year}-12-31`, `${year + 5}-12-31`])
})

test('an erasure request, upheld, takes everything but the voucher, and says until when', async () => {
  const of = await booked()
  const decided = await erasureUpheld(of)
  assert.equal(decided['outcome'], 'partly')
  const kept = (decided['records'] as Row[]).filter(it => it['outcome'] !== 'erased')
  assert.deepEqual(
    kept.map(it => [it['recordId'], it['outcome'], it['clause'], it['until']]),
    [[of.paid.recordId, 'kept', 'S23', of.paid.floorUntil]],
  )
  assert.deepEqual(await aliveOf(of), ['accounting_entry'])
})
type Row = { [name: string]: unknown }

test('on its very last day every role that may erase is refused, and the day after it goes', async () => {
  const of = await booked()
  for (const days of [400, 1, 0]) {
    await floorIn(of, days)
    for (const surface of ['api', 'worker'] as const) await refusedBy(eraseAs(surface, of), 'IN023')
  }
  await floorIn(of, -1)
  assert.deepEqual(await eraseAs('worker', of), [{ n: 1 }])
})

test('one voucher among many records refuses the whole, so that nothing slips through in a crowd', async () => {
  const of = await booked()
  const all = [...Object.values(of.records), of.paid.recordId]
  await refusedBy(house.kit.as('worker', `select subjects.erase($1, $2, 'S19.test')`, [of.subjectId, all]), 'IN023')
  assert.equal((await aliveOf(of)).length, 4)
})

test('neither a day brought forward nor a session’s own clock, zone or functions make the floor pass', async () => {
  const of = await booked()
  await floorIn(of, 0)
  const { kit } = house
  await kit.as('api', `select subjects.bring_forward(array[$1::uuid], array[$2::uuid], array['1999-01-01'::date])`, [
    of.subjectId,
    of.paid.recordId,
  ])
  const erase = [`select subjects.erase($1, array[$2::uuid], 'x')`, [of.subjectId, of.paid.recordId]] as const
  for (const setting of [
    `set local timezone = 'Pacific/Kiritimati'`,
    `set local timezone = '-99'`,
    `set local search_path = pg_temp, public`,
    `set local datestyle = 'German'`,
  ])
    await refusedBy(kit.transaction('worker', [[setting], erase]), 'IN023')
  await noRoleMay(kit, 'create function pg_temp.now() returns timestamptz language sql as $$ select timestamptz $1 $$')
  await noRoleMay(kit, 'create temporary table voucher (floor_until date)')
})

test('by SQL no role empties, deletes or moves a voucher or its record, nor says that it is none', async () => {
  for (const statement of [
    'update work.voucher set floor_until = current_date - 1',
    `update work.voucher set financial_year_ends_on = '2001-12-31', floor_until = '2006-12-31'`,
    'delete from work.voucher',
    'truncate work.voucher cascade',
    'delete from subjects.record',
    'update subjects.record set wrapped_key = null, ciphertext = null',
    'update subjects.record set is_accounting = false, voucher_id = null',
    'update subjects.record set voucher_id = gen_random_uuid()',
    'update subjects.record set ciphertext = ciphertext',
    'alter function subjects.erase(uuid, uuid[], text) security invoker',
    'alter table work.voucher drop constraint voucher_floor',
  ])
    await noRoleMay(house.kit, statement)
  await noRoleMay(house.kit, `select subjects.erase(gen_random_uuid(), '{}', 'x')`, '42501', [
    'import',
    'integrator',
    'public',
  ])
})

test('by SQL no voucher is booked with a floor from the payment, a wrong year, or for ever', async () => {
  const of = await booked()
  const book = (on: string, ends: string, floor: string) =>
    house.kit.as(
      'api',
      `insert into work.voucher (subject_id, voucher_id, relationship_id, booked_on, financial_year_ends_on,
        floor_until) values ($1, gen_random_uuid(), $2, $3, $4, $5)`,
      [of.subjectId, of.caseId, on, ends, floor],
    )
  await refusedBy(book('2026-01-15', '2026-12-31', '2031-01-15'), '23514', 'voucher_floor')
  await refusedBy(book('2026-01-15', '2026-12-31', '2031-12-30'), '23514', 'voucher_floor')
  await refusedBy(book('2026-01-15', '2025-12-31', '2030-12-31'), '23514', 'voucher_year')
  await refusedBy(book('2026-01-15', '2027-12-31', '2032-12-31'), '23514', 'voucher_year')
  await refusedBy(book('2026-01-15', '2026-12-31', '2126-12-31'), '23514', 'voucher_ends')
  await book('2026-01-15', '2026-12-31', '2031-12-31')
})

test('by SQL nothing else hides behind a voucher, and no accounting record stands without its own', async () => {
  const [of, next] = [await booked(), await booked()]
  const hold = (wish: Row) => {
    const record: Row = {
      subject_id: of.subjectId,
      record_id: randomUUID(),
      relationship_id: of.caseId,
      category: 'accounting_entry',
      is_accounting: true,
      source: 'internal',
      purpose: 'bookkeeping',
      policy_version: 1,
      collected_at: new Date(),
      notice_id: of.noticeId,
      voucher_id: of.paid.voucherId,
      key_generation: 1,
      wrapped_key: Buffer.alloc(40),
      ciphertext: Buffer.alloc(92),
      ...wish,
    }
    const names = Object.keys(record)
    return house.kit.as(
      'api',
      `insert into subjects.record (${names.join()}) values (${names.map((_, at) => `$${at + 1}`).join()})`,
      Object.values(record),
    )
  }
  await hold({})
  await refusedBy(hold({ voucher_id: null }), '23514', 'record_accounting_has_voucher')
  await refusedBy(hold({ category: 'debt_note', is_accounting: false }), '23514', 'record_accounting_has_voucher')
  await refusedBy(hold({ category: 'debt_note' }), '23503', 'record_category_fkey')
  await refusedBy(hold({ is_accounting: false, voucher_id: null }), '23503', 'record_category_fkey')
  await refusedBy(hold({ voucher_id: next.paid.voucherId }), '23503', 'record_voucher_fkey')
})

test('of a case closed long ago retention keeps the voucher alone, by the API and the command line', async () => {
  const [one, two] = [await booked(), await booked()]
  for (const each of [one, two]) await closedFor(each, 7)
  await house.must(201, 'officer', 'POST /v1/retention/runs', {})
  assert.deepEqual(await aliveOf(one), ['accounting_entry'])
  await floorIn(one, -1)
  await house.kit.owner(`update subjects.record set erase_by = ${TODAY} where record_id = $1`, [one.paid.recordId])
  const ran = await house.cli(['retention', 'run'])
  assert.equal(ran.code, 0, ran.err)
  assert.deepEqual([await aliveOf(one), await aliveOf(two)], [[], ['accounting_entry']])
})

test('a client’s file that closes or changes the case takes no voucher with it', async () => {
  const who = { name: 'Filip Filsen', address: 'Filvej 3', email: 'filip@example.com' }
  const [cpr, reference] = [nextCpr(), `F-${randomUUID().slice(0, 8)}`]
  assert.equal((await house.deliver('Strandby Energi', csv([row(reference, { cpr, ...who })])))['created'], 1)
  const { caseId } = await house.must(200, 'admin', 'POST /v1/cases/search', { client: 'Strandby Energi', reference })
  const { recordId } = await pay({ caseId: String(caseId) } as Debtor)
  await house.deliver('Strandby Energi', csv([row(reference, { cpr, ...who, principal: '1,00' })]))
  await house.deliver(
    'Strandby Energi',
    csv([row(reference, { cpr, ...who, status: 'Lukket', closed_on: today.split('-').toReversed().join('-') })]),
  )
  const [found] = await house.kit.owner('select erased_at from subjects.record where record_id = $1', [recordId])
  assert.equal(found?.['erased_at'], null)
  const person = await house.kit.owner('select subject_id from subjects.record where record_id = $1', [recordId])
  const [answer] = await house.kit.as('import', 'select subjects.supersede(array[$1::uuid], array[$2::uuid]) as n', [
    person[0]?.['subject_id'],
    recordId,
  ])
  assert.equal(answer?.['n'], 0)
})

test('a payment dated in the future, or in a year whose books are made up, is not booked', async () => {
  const of = await debtor(house.kit, { reference: randomUUID(), cpr: nextCpr() })
  for (const [on, code] of [
    ['2099-01-01', 'request.invalid'],
    [`${year - 2}-06-01`, 'work.year_closed'],
  ] as const) {
    const answer = await house.ask('caseWorker', `POST /v1/cases/${of.caseId}/payments`, {
      payment_date: on,
      payment_amount: '1.00',
      currency: 'DKK',
      voucher_number: 'B',
    })
    assert.equal(answer.body['code'], code, answer.text)
  }
})

test('after a restart the floor stands', async () => {
  const of = await booked()
  await closedFor(of, 7)
  const { world } = await house.reopen()
  const answer = await house.askOn(world, 'officer', 'POST /v1/retention/runs', {})
  assert.equal(answer.status, 201, answer.text)
  assert.deepEqual(await aliveOf(of), ['accounting_entry'])
  await refusedBy(eraseAs('api', of), 'IN023')
})

test('a payment booked during the person’s erasure, 15 times: what has a voucher is still there', async () => {
  for (let round = 0; round < 15; round += 1) {
    const of = await debtor(house.kit, { reference: randomUUID(), cpr: nextCpr() })
    const { requestId } = await house.must(201, 'officer', 'POST /v1/requests', {
      subjectId: of.subjectId,
      kind: 'erasure',
      channel: 'letter',
    })
    const decision = { outcome: 'upheld', reason: 'noLongerNeeded' }
    const [paid] = await Promise.all([
      wait(round % 5).then(() =>
        house.ask('caseWorker', `POST /v1/cases/${of.caseId}/payments`, {
          payment_date: today,
          payment_amount: '1.00',
          currency: 'DKK',
          voucher_number: 'B',
        }),
      ),
      wait(round % 3).then(() =>
        house.must(200, 'officer', `POST /v1/requests/${String(requestId)}/decision`, decision),
      ),
    ])
    assert.ok(paid.status === 201 || paid.status < 500, paid.text)
    const [lost] = await house.kit.owner(
      `select count(*)::int as n from work.voucher v where v.subject_id = $1 and not exists (
         select from subjects.record r where r.subject_id = v.subject_id and r.voucher_id = v.voucher_id
           and r.erased_at is null)`,
      [of.subjectId],
    )
    assert.equal(lost?.['n'], 0)
  }
})

test('a financial year that ends in June moves the floor, for payments on either side of the turn', async () => {
  const shipped = readFileSync(SHIPPED_POLICY, 'utf8')
  const other = shipped
    .replace(`financialYearEnds: '12-31'`, `financialYearEnds: '06-30'`)
    .replace('revision: 1', 'revision: 2')
  assert.ok(other.includes('06-30') && other.includes('revision: 2'))
  await policy.adopt(house.kit.world, house.kit.actor('admin'), Buffer.from(other))
  const of = await debtor(house.kit, { reference: randomUUID(), cpr: nextCpr() })
  const ends = today.slice(5) > '06-30' ? year + 1 : year
  assert.equal((await pay(of)).floorUntil, `${ends + 5}-06-30`)
  const before = `${ends - 1}-06-30`
  assert.equal((await pay(of, before)).floorUntil, `${ends + 4}-06-30`)
})
