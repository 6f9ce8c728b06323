/** Retention on a real database: what must go is gone from its file, what must stay stays, whoever asks. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import * as ledger from '../ledger/ledger.ts'
import { sql } from '../lib/sql.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, system } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { ALL, aliveOf, closedAgo, quiet, TODAY } from './retention.fixture.ts'
import * as retention from './retention.ts'

let kit: Kit
const job = system('worker', 'retention')

before(async () => {
  kit = await openKit()
})
after(() => kit.close())
beforeEach(() => quiet(kit))

const run = (limit?: number) => retention.run(kit.world, job, limit === undefined ? {} : { limit })
const preview = () => look(kit.world, kit.actor('officer'), it => retention.preview(it))

const closed = (of: Debtor, ago: string) => closedAgo(kit, of, ago)
const alive = (subjectId: string) => aliveOf(kit, subjectId)

/** A payment booked on the case; then as if its financial year had ended on a day five years and some days ago. */
async function voucher(of: Debtor, floorEndsInDays: number): Promise<string> {
  const recordId = await act(kit.world, kit.actor('caseWorker'), async ctx => {
    const warrant = await work.warrant(ctx, { kind: 'case', id: of.caseId }, 'bookkeeping')
    const booked = await work.book(ctx, await work.relationship(ctx, of.caseId), ctx.today, 'P5Y')
    const record = {
      subjectId: of.subjectId,
      relationshipId: of.caseId,
      category: 'accounting_entry',
      source: 'internal',
      noticeId: of.noticeId,
      voucherId: booked.voucherId,
      values: { payment_date: ctx.today, payment_amount: '100.00', currency: 'DKK', voucher_number: 'B-1' },
    } as const
    const facts = { roleAllowed: true, workOpen: true, noticeGiven: true, required: true }
    const [id] = await subjects.hold(ctx, warrant, [record], facts)
    await subjects.enter(ctx, [{ subjectId: of.subjectId, kind: 'work.payment_booked' }])
    return id as string
  })
  // The check on the floor is the database's own; the year is moved so that it holds.
  await kit.owner(
    `update work.voucher set floor_until = ${TODAY} + $2::int,
     financial_year_ends_on = (${TODAY} + $2::int - interval '5 years')::date,
     booked_on = (${TODAY} + $2::int - interval '5 years')::date - 200 where subject_id = $1`,
    [of.subjectId, floorEndsInDays],
  )
  return recordId
}

/** A person with an account on the website whose values were given so many days before their fifth year is over. */
async function visitor(daysLeft: number): Promise<{ subjectId: string; relationshipId: string; recordId: string }> {
  const made = await act(kit.world, kit.actor('caseWorker'), async ctx => {
    const [subjectId] = (await subjects.create(ctx, 1)) as [string]
    const relationshipId = await work.openRelationship(ctx, { subjectId, kind: 'webAccount' })
    const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
    const noticeId = randomUUID()
    await ctx.tx.run(sql`insert into notices.notice (subject_id, notice_id, kind, due_on, state, channel, sent_at)
      values (${subjectId}, ${noticeId}, 'collection', ${ctx.today}, 'sent', 'letter', now())`)
    const record = {
      subjectId,
      relationshipId,
      category: 'web_account',
      source: 'website',
      host: 'intrum.dk',
      noticeId,
      eraseBy: ctx.today,
      values: { name: 'Vera Vedel', email: 'vera@example.dk' },
    } as const
    const facts = { roleAllowed: true, workOpen: true, noticeGiven: true, required: true, siteListed: true }
    const [recordId] = (await subjects.hold(ctx, warrant, [record], facts)) as [string]
    await subjects.enter(ctx, [{ subjectId, kind: 'collection.received' }])
    return { subjectId, relationshipId, recordId }
  })
  await kit.owner(
    `update subjects.record set collected_at = ((${TODAY} + $2::int - interval '5 years') + time '12:00')
       at time zone 'Europe/Copenhagen',
     erase_by = ((${TODAY} + $2::int - interval '5 years')::date + interval '5 years')::date where record_id = $1`,
    [made.recordId, daysLeft],
  )
  return made
}

const stateOf = (error: unknown) => (error as { code?: string }).code

test('a closed case goes six months after it closed; an open one stays', async () => {
  const [open, recent, old] = [await debtor(kit), await debtor(kit), await debtor(kit)]
  await closed(recent, '5 months')
  await closed(old, '6 months')
  const { certificate } = await run()
  assert.deepEqual(await alive(open.subjectId), ALL)
  assert.deepEqual(await alive(recent.subjectId), ALL)
  assert.deepEqual(await alive(old.subjectId), [])
  assert.equal(certificate.records, 3)
  assert.deepEqual(
    [...new Set(certificate.erased.map(it => `${it.clause} ${it.reason}`))],
    ['S19 retention.case_closed'],
  )
})

test('closing a case starts its clock: the last day stands on its records before any run', async () => {
  const of = await debtor(kit)
  await closed(of, '1 month')
  await retention.startClocks(kit.world, job)
  const [row] = await kit.owner(
    `select count(*)::int as n,
       bool_and(erase_by = ((${TODAY} - interval '1 month')::date + interval '6 months')::date) as ok
     from subjects.record where subject_id = $1`,
    [of.subjectId],
  )
  assert.deepEqual(row, { n: 3, ok: true })
})

test('a time-barred claim is closed by the run, and its clock runs from the limitation', async () => {
  const of = await debtor(kit)
  const edge = await debtor(kit)
  await kit.owner(
    `update work.relationship set limitation_on = (${TODAY} - interval '7 months')::date where relationship_id = $1`,
    [of.caseId],
  )
  await kit.owner(`update work.relationship set limitation_on = ${TODAY} where relationship_id = $1`, [edge.caseId])
  await run()
  const [row] = await kit.owner('select close_reason from work.relationship where relationship_id = $1', [of.caseId])
  assert.equal(row?.['close_reason'], 'timeBarred')
  assert.deepEqual(await alive(of.subjectId), [])
  assert.deepEqual(await alive(edge.subjectId), ALL)
})

test('a case nobody reviewed is listed, closed after thirty days as of its review day, and goes later', async () => {
  const [late, lapsed, long] = [await debtor(kit), await debtor(kit), await debtor(kit)]
  const review = (of: Debtor, days: number) =>
    kit.owner(`update work.relationship set review_on = ${TODAY} - $2::int where relationship_id = $1`, [
      of.caseId,
      days,
    ])
  await review(late, 30)
  await review(lapsed, 31)
  await review(long, 220)
  const { unreviewed } = await preview()
  assert.deepEqual(
    unreviewed.relationships.map(it => it.relationshipId),
    [long.caseId, lapsed.caseId, late.caseId],
  )
  await run()
  const closedOf = async (of: Debtor) =>
    (await kit.owner('select close_reason as r from work.relationship where relationship_id = $1', [of.caseId]))[0]?.[
      'r'
    ]
  assert.deepEqual([await closedOf(late), await closedOf(lapsed), await closedOf(long)], [null, 'ended', 'ended'])
  assert.deepEqual([await alive(lapsed.subjectId), await alive(long.subjectId)], [ALL, []])
})

test('a hold keeps a closed case until its review day is past, and no longer', async () => {
  const of = await debtor(kit)
  await closed(of, '1 year')
  await kit.owner(
    `insert into work.hold (subject_id, hold_id, relationship_id, reason, owner_id, placed_on, review_on)
    values ($1, gen_random_uuid(), $2, 'claim', 'officer', ${TODAY} - 10, ${TODAY})`,
    [of.subjectId, of.caseId],
  )
  assert.deepEqual((await run()).certificate.records, 0)
  assert.deepEqual(await alive(of.subjectId), ALL)
  assert.ok((await preview()).kept.some(it => it.keptBy === 'hold' && it.records === 1))
  await kit.owner(`update work.hold set review_on = ${TODAY} - 1 where subject_id = $1`, [of.subjectId])
  await run()
  assert.deepEqual(await alive(of.subjectId), [])
})

test('while the person’s objection is open nothing of it goes; decided, it does', async () => {
  const of = await debtor(kit)
  await closed(of, '1 year')
  const [item] = await kit.owner(
    `insert into work.item (item_id, kind, subject_id, opened_by)
     values (gen_random_uuid(), 'request', $1, 'person') returning item_id`,
    [of.subjectId],
  )
  await run()
  assert.deepEqual(await alive(of.subjectId), ALL)
  assert.ok((await preview()).kept.some(it => it.keptBy === 'request'))
  await kit.owner('update work.item set closed_at = now() where item_id = $1', [item?.['item_id']])
  await run()
  assert.deepEqual(await alive(of.subjectId), [])
})

test('the voucher stays through its floor while the rest of the case goes, and goes the day after', async () => {
  const of = await debtor(kit)
  await voucher(of, 0)
  await closed(of, '1 year')
  await run()
  assert.deepEqual(await alive(of.subjectId), ['accounting_entry'])
  assert.ok((await preview()).kept.some(it => it.keptBy === 'floor' && it.clause === 'S23'))
  await kit.owner(
    `update work.voucher set floor_until = floor_until - 1, financial_year_ends_on = financial_year_ends_on - 2
     where subject_id = $1`,
    [of.subjectId],
  )
  // The day it was given under the longer floor never moves away by itself; here the clock is moved instead.
  await kit.owner(`update subjects.record set erase_by = ${TODAY} where subject_id = $1 and is_accounting`, [
    of.subjectId,
  ])
  const { certificate } = await run()
  assert.deepEqual(await alive(of.subjectId), [])
  assert.deepEqual(
    certificate.erased.map(it => it.clause),
    ['S23'],
  )
})

test('no role can have a voucher erased before its floor: year four, 30 June, the very day', async () => {
  const [june] = await kit.owner(
    `select (d - ${TODAY}) as days from (select make_date(extract(year from ${TODAY})::int + 1, 6, 30) as d) t`,
  )
  // A year and a month are left; the financial year ended on a 30 June; tomorrow; today.
  for (const days of [400, Number(june?.['days']), 1, 0]) {
    const of = await debtor(kit)
    const record = await voucher(of, days)
    for (const role of ['api', 'worker'] as const) {
      const doing = kit.as(role, `select subjects.erase($1, $2, 'test')`, [of.subjectId, [record]])
      await assert.rejects(doing, error => stateOf(error) === 'IN023', `${role} ${days}`)
    }
  }
  const of = await debtor(kit)
  const record = await voucher(of, -1)
  const [done] = await kit.as('worker', `select subjects.erase($1, $2, 'test') as n`, [of.subjectId, [record]])
  assert.equal(done?.['n'], 1)
})

test('website values go on the last day of five years, not a day before, hold or no hold', async () => {
  const [tomorrow, today] = [await visitor(1), await visitor(0)]
  for (const person of [tomorrow, today]) {
    await kit.owner(
      `insert into work.hold (subject_id, hold_id, relationship_id, reason, owner_id, placed_on, review_on)
      values ($1, gen_random_uuid(), $2, 'claim', 'officer', ${TODAY}, ${TODAY} + 200)`,
      [person.subjectId, person.relationshipId],
    )
  }
  const { certificate } = await run()
  assert.deepEqual(await alive(tomorrow.subjectId), ['web_account'])
  assert.deepEqual(await alive(today.subjectId), [])
  assert.deepEqual(certificate.erased, [
    { clause: 'S16', reason: 'retention.held_to_maximum', category: 'web_account', records: 1 },
  ])
})

test('no role can put off the day: not beyond five years, and not within them', async () => {
  const of = await visitor(100)
  for (const role of ['api', 'import', 'worker'] as const) {
    for (const change of ['erase_by = erase_by + 400', 'erase_by = erase_by + 1', `collected_at = now()`]) {
      const doing = kit.as(role, `update subjects.record set ${change} where record_id = $1`, [of.recordId])
      await assert.rejects(doing, error => stateOf(error) === '42501', `${role}: ${change}`)
    }
    const [moved] = await kit.as(role, `select subjects.bring_forward($1, $2, $3) as n`, [
      [of.subjectId],
      [of.recordId],
      ['9999-01-01'],
    ])
    assert.equal(moved?.['n'], 0, role)
  }
  const beyond = kit.owner('update subjects.record set erase_by = erase_by + 400 where record_id = $1', [of.recordId])
  await assert.rejects(beyond, error => (error as { constraint?: string }).constraint === 'record_website_five_years')
})

test('reading does not move the day', async () => {
  const of = await debtor(kit)
  const day = () =>
    kit.owner('select erase_by, collected_on from subjects.record where subject_id = $1 order by record_id', [
      of.subjectId,
    ])
  const first = await day()
  await act(kit.world, kit.actor('caseWorker'), async ctx => {
    const warrant = await work.warrant(ctx, { kind: 'case', id: of.caseId })
    const factsOf = () => ({ workOpen: true, roleAllowed: true, noticeGiven: true })
    await subjects.open(ctx, warrant, { subjectId: of.subjectId, verb: 'read', factsOf })
    await subjects.enter(ctx, [{ subjectId: of.subjectId, kind: 'subjects.read' }])
  })
  assert.deepEqual(await day(), first)
})

test('29 February plus five years is 28 February, and the day changes at midnight in Denmark', async () => {
  const of = await visitor(50)
  const at = async (instant: string, eraseBy: string) =>
    kit.owner(`update subjects.record set collected_at = $2, erase_by = $3 where record_id = $1`, [
      of.recordId,
      instant,
      eraseBy,
    ])
  await at('2024-02-29T12:00:00Z', '2029-02-28')
  await assert.rejects(at('2024-02-29T12:00:00Z', '2029-03-01'), /record_website_five_years/)
  // 23:30 UTC on 28 February is already the 29th in Copenhagen; 22:30 UTC in summer is the next day too.
  await at('2023-02-28T23:30:00Z', '2028-03-01')
  await assert.rejects(at('2023-02-28T22:30:00Z', '2028-03-01'), /record_website_five_years/)
  await at('2024-06-30T22:30:00Z', '2029-07-01')
})

test('after the run neither key nor text nor digest is in the table files, and the person is forgotten', async () => {
  const people = await Promise.all(
    Array.from({ length: 40 }, (_, at) => debtor(kit, { cpr: String(1_000_000_000 + at) })),
  )
  await kit.owner(
    `update notices.notice set state = 'sent', channel = 'letter', sent_at = now() where state = 'queued'`,
  )
  const leaving = people.filter((_, at) => at % 3 !== 0)
  for (const person of leaving) await closed(person, '1 year')
  const ids = leaving.map(of => of.subjectId)
  const secrets = [
    ...(await kit.owner(
      `select wrapped_key as a, substring(ciphertext from 13 for 40) as b
       from subjects.record where subject_id = any($1)`,
      [ids],
    )),
    ...(await kit.owner('select wrapped_key as a, wrapped_key as b from subjects.subject where subject_id = any($1)', [
      ids,
    ])),
    ...(await kit.owner(
      'select digest as a, digest as b from subjects.lookup where field = $2 and subject_id = any($1)',
      [ids, 'cpr'],
    )),
  ].flatMap(row => [row['a'] as Buffer, row['b'] as Buffer])
  const staying = await kit.owner('select wrapped_key as a from subjects.record where subject_id = $1', [
    people[0]?.subjectId,
  ])
  const { certificate } = await run()
  await kit.owner('checkpoint')
  const files = await Promise.all(['record', 'lookup', 'subject'].map(tableFile))
  const bytes = Buffer.concat(files)
  assert.equal(secrets.filter(secret => bytes.includes(secret)).length, 0)
  assert.ok(bytes.includes(staying[0]?.['a'] as Buffer), 'the search finds what is alive')
  assert.equal(certificate.personsForgotten >= leaving.length, true)
  const [row] = await kit.owner(
    'select count(*)::int as n from subjects.subject where subject_id = any($1) and wrapped_key is null',
    [ids],
  )
  assert.equal(row?.['n'], leaving.length)
})

async function tableFile(table: string): Promise<Buffer> {
  const [row] = await kit.owner(`select pg_read_binary_file(pg_relation_filepath('subjects.${table}')) as bytes`)
  return row?.['bytes'] as Buffer
}

test('the certificate names counts, two dates and nobody; the ledger has it', async () => {
  const of = await debtor(kit)
  await closed(of, '1 year')
  const { certificate } = await run()
  const file = join(kit.world.dispatchFolder, 'certificates', `${certificate.certificate}.json`)
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), certificate)
  const since = Date.parse(String(certificate.unreadableHereSince))
  assert.ok(Math.abs(since - Date.now()) < 60_000)
  const days = (Date.parse(String(certificate.lastCopyGoneBy)) - since) / 86_400_000
  assert.ok(days > 33.9 && days <= 35, String(days))
  assert.equal(JSON.stringify(certificate).includes(of.subjectId), false)
  const listed = await look(kit.world, kit.actor('auditor'), it => retention.certificates(it))
  assert.deepEqual(listed[0], certificate)
  const integrate = ledger.openIntegrator(kit.world)
  await integrate()
  const leaves = await kit.owner(
    `select convert_from(leaf, 'utf8') as text from ledger.entry where position(convert_to($1, 'utf8') in leaf) > 0`,
    [certificate.certificate],
  )
  assert.ok(leaves.some(it => String(it['text']).includes('retention.certified')))
})

test('a role without the task may not run it', async () => {
  await assert.rejects(
    retention.run(kit.world, kit.actor('caseWorker')),
    error => error instanceof Problem && error.code === 'identity.not_allowed',
  )
})
