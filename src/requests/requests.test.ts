/** Requests: taken however they come, restricted at once, decided with reasons, and the law's floors kept. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, type Ctx } from '../platform/world.ts'
import { compile } from '../policy/compile.ts'
import type { CompiledPolicy } from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import * as decisions from '../decisions/decisions.ts'
import { COVERAGE } from './coverage.ts'
import * as requests from './requests.ts'

let kit: Kit

before(async () => {
  kit = await openKit()
})
after(() => kit.close())

const person = () => debtor(kit, { reference: randomUUID() })
const officer = () => kit.actor('officer')
const isProblem = (code: string, clause?: string) => (error: unknown) =>
  error instanceof Problem && error.code === code && (clause === undefined || error.refusal.clause === clause)
const isState = (code: string) => (error: unknown) => (error as { code?: string }).code === code
const doing = <T>(run: (ctx: Ctx) => Promise<T>) => act(kit.world, officer(), run)
const object = (of: Debtor, more: Partial<requests.NewObjection> = {}) =>
  doing(ctx => requests.object(ctx, { subjectId: of.subjectId, channel: 'letter', ...more }))
const decide = (id: string, outcome: requests.RequestOutcome, reason: string, records?: string[]) =>
  doing(ctx => decisions.decide(ctx, id, { outcome, reason, ...(records && { records }) }))
const told = (id: string) => doing(ctx => decisions.told(ctx, id, 'letter'))
const rows = (of: Debtor) => look(kit.world, officer(), l => subjects.rowsOf(l, of.subjectId))
const restrictedOf = async (of: Debtor) =>
  (await rows(of)).filter(it => it.restrictedAt && !it.erasedAt).map(it => it.recordId)

/** Reads a case for collecting the debt, as a case worker does. */
const collect = (of: Debtor) =>
  act(kit.world, kit.actor('caseWorker'), async ctx => {
    const warrant = await work.warrant(ctx, { kind: 'case', id: of.caseId })
    const factsOf = () => ({ workOpen: true, roleAllowed: true })
    const result = await subjects.open(ctx, warrant, { subjectId: of.subjectId, verb: 'read', factsOf })
    await subjects.enter(ctx, [{ subjectId: of.subjectId, kind: 'subjects.read' }])
    return result.opened.map(it => it.row.recordId)
  })

/** An accounting record with its voucher, booked on the day. */
const book = (of: Debtor, bookedOn: string) =>
  act(kit.world, kit.actor('caseWorker'), async ctx => {
    const voucher = await work.book(ctx, await work.relationship(ctx, of.caseId), bookedOn, 'P5Y')
    const warrant = await work.warrant(ctx, { kind: 'case', id: of.caseId }, 'bookkeeping')
    const values = { payment_amount: '100.00', payment_date: bookedOn, voucher_number: 'B-17' }
    const record = {
      subjectId: of.subjectId,
      relationshipId: of.caseId,
      category: 'accounting_entry',
      source: 'internal',
      values,
    } as const
    const facts = { workOpen: true, roleAllowed: true, required: true }
    const [id] = await subjects.hold(
      ctx,
      warrant,
      [{ ...record, voucherId: voucher.voucherId, noticeId: of.noticeId }],
      facts,
    )
    await subjects.enter(ctx, [{ subjectId: of.subjectId, kind: 'work.payment_booked' }])
    return id as string
  })

test('Art. 12(3): a month from receipt ends on the same day, or the month’s last, never on a rolled weekend', () => {
  const cases: [string, string][] = [
    ['2026-01-31', '2026-02-28'],
    ['2028-01-31', '2028-02-29'],
    ['2026-08-31', '2026-09-30'],
    ['2026-10-22', '2026-11-22'],
    ['2026-12-15', '2027-01-15'],
  ]
  for (const [received, due] of cases) assert.equal(requests.dueOn(received), due)
})

test('S25: an objection restricts every record at once, and collecting the debt reads nothing any more', async () => {
  const of = await person()
  assert.equal((await collect(of)).length, 3)
  const receipt = await object(of, { statement: 'Jeg er ikke enig.' })
  assert.equal(receipt.restricted, 3)
  await assert.rejects(collect(of), error => error instanceof Problem && error.refusal.rule === 'restriction.read')
})

test('S25: an objection may be about one record alone; the others stay in use', async () => {
  const of = await person()
  await object(of, { records: [of.records.claim] })
  assert.deepEqual((await collect(of)).toSorted(), [of.records.identity, of.records.contact].toSorted())
})

test('a restricted record is disclosed to nobody and not taken in again from others', async () => {
  const of = await person()
  await object(of, { records: [of.records.claim] })
  const disclose = act(kit.world, kit.actor('caseWorker'), async ctx => {
    const itemId = await work.openItem(ctx, { kind: 'disclosure', subjectId: of.subjectId, relationshipId: of.caseId })
    const warrant = await work.warrant(ctx, { kind: 'disclosure', id: itemId })
    const factsOf = () => ({ workOpen: true, roleAllowed: true, ownCase: true, noticeQueued: true })
    const wish = {
      subjectId: of.subjectId,
      verb: 'disclose',
      recipient: 'creditor',
      records: [of.records.claim],
      factsOf,
    } as const
    return subjects.open(ctx, warrant, wish)
  })
  await assert.rejects(disclose, error => error instanceof Problem && error.refusal.rule === 'restriction.disclose')
  const again = act(kit.world, kit.actor('caseWorker'), async ctx => {
    const jobId = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
    const warrant = await work.warrant(ctx, { kind: 'job', id: jobId }, 'intake')
    const record = {
      subjectId: of.subjectId,
      relationshipId: of.caseId,
      source: 'client',
      noticeId: of.noticeId,
      importId: of.importId,
    } as const
    const facts = {
      workOpen: true,
      noticeGiven: true,
      required: true,
      debtOutstanding: true,
      caseKnown: true,
      roleAllowed: true,
      restricted: true,
    }
    return subjects.hold(ctx, warrant, [{ ...record, category: 'debt_claim', values: { principal: '9.00' } }], facts)
  })
  await assert.rejects(again, error => error instanceof Problem && error.refusal.rule === 'restriction.collect')
})

test('an objection is taken again and again; each has its own number and day', async () => {
  const of = await person()
  const first = await object(of)
  const second = await object(of)
  assert.notEqual(first.requestId, second.requestId)
  assert.equal(second.restricted, 0)
  assert.deepEqual((await restrictedOf(of)).length, 3)
})

test('a record of somebody else cannot be objected to under one’s own name', async () => {
  const [of, other] = [await person(), await person()]
  await assert.rejects(object(of, { records: [other.records.claim] }), isProblem('not_found'))
  assert.deepEqual(await restrictedOf(other), [])
})

test('any words are kept, sealed, with the notice that answers them', async () => {
  const of = await person()
  const statement = 'Min søster 0101659995 skylder det, ikke jeg! <script>'
  await object(of, { statement })
  const [kept] = (await rows(of)).filter(it => it.category === 'request_file')
  assert.ok(kept?.noticeId)
  assert.equal(kept.restrictedAt, null)
  const [text] = await kit.owner(`select string_agg(r::text, '') as all from subjects.record r where subject_id = $1`, [
    of.subjectId,
  ])
  assert.ok(!String(text?.['all']).includes('søster'))
})

test('Art. 18(3): a refused objection is lifted only after the person was told', async () => {
  const of = await person()
  const { requestId } = await object(of)
  await assert.rejects(told(requestId), isProblem('requests.not_answered'))
  await decide(requestId, 'refused', 'legalClaim')
  assert.equal((await restrictedOf(of)).length, 3)
  assert.equal((await told(requestId)).length, 3)
  assert.deepEqual(await restrictedOf(of), [])
  assert.equal((await collect(of)).length, 3)
})

test('a refusal frees nothing that another objection still holds', async () => {
  const of = await person()
  const first = await object(of)
  await object(of, { records: [of.records.claim] })
  await decide(first.requestId, 'refused', 'correct')
  assert.equal((await told(first.requestId)).length, 2)
  assert.deepEqual(await restrictedOf(of), [of.records.claim])
})

test('an upheld objection erases what no law keeps', async () => {
  const of = await person()
  const { requestId } = await object(of, { statement: 'Slet det.' })
  const decided = await decide(requestId, 'upheld', 'noGround')
  assert.equal(decided.outcome, 'upheld')
  const left = (await rows(of)).filter(it => it.erasedAt === null)
  assert.deepEqual(
    left.map(it => it.category),
    ['request_file'],
  )
})

test('S23: erasure of a voucher is refused until its floor, with the day and the clause; the rest goes', async () => {
  const of = await person()
  const accounting = await book(of, '2026-07-01')
  const { requestId } = await doing(ctx =>
    requests.open(ctx, { subjectId: of.subjectId, kind: 'erasure', channel: 'email' }),
  )
  const decided = await decide(requestId, 'upheld', 'noLongerNeeded')
  const kept = decided.records.find(it => it.recordId === accounting)
  assert.deepEqual([kept?.outcome, kept?.clause, kept?.until], ['kept', 'S23', '2031-12-31'])
  assert.equal(decided.outcome, 'partly')
  assert.deepEqual(
    (await rows(of)).filter(it => it.erasedAt === null).map(it => it.recordId),
    [accounting],
  )
})

test('a legally required record may be objected to: it is restricted and stays', async () => {
  const of = await person()
  const accounting = await book(of, '2026-07-01')
  const { requestId } = await object(of, { records: [accounting] })
  assert.deepEqual(await restrictedOf(of), [accounting])
  const decided = await decide(requestId, 'upheld', 'noGround')
  assert.deepEqual(
    decided.records.map(it => it.outcome),
    ['stopped'],
  )
  assert.deepEqual(await restrictedOf(of), [accounting])
})

test('part of an objection is upheld: that part goes, the other is freed when the person was told', async () => {
  const of = await person()
  const { requestId } = await object(of)
  await assert.rejects(decide(requestId, 'partly', 'inaccurate'), isProblem('requests.outcome'))
  await decide(requestId, 'partly', 'inaccurate', [of.records.contact])
  await told(requestId)
  assert.deepEqual(
    (await rows(of)).filter(it => it.erasedAt).map(it => it.recordId),
    [of.records.contact],
  )
  assert.deepEqual(await restrictedOf(of), [])
})

test('a disputed claim stops collecting and holds the records until it is decided', async () => {
  const of = await person()
  const { requestId } = await object(of, { caseId: of.caseId, claim: 'disputed' })
  const before = await look(kit.world, officer(), l => work.relationship(l, of.caseId))
  assert.ok(before.disputedOn)
  await assert.rejects(
    kit.as('api', `select subjects.erase($1, array[$2::uuid], 'x')`, [of.subjectId, of.records.claim]),
    isState('IN019'),
  )
  await decide(requestId, 'refused', 'correct')
  assert.ok((await look(kit.world, officer(), l => work.relationship(l, of.caseId))).disputedOn)
  await told(requestId)
  assert.equal((await look(kit.world, officer(), l => work.relationship(l, of.caseId))).disputedOn, null)
})

test('S25: a restriction is lifted by the policy’s leave, record by record, not by a role’s task alone', async () => {
  const of = await person()
  const { requestId } = await object(of)
  const before = await restrictedOf(of)
  await decide(requestId, 'refused', 'correct')
  const known = kit.world.rules as CompiledPolicy
  const rules = known.document.rules.filter(rule => !rule.verbs.includes('restrict'))
  kit.world.rules = compile({ ...known.document, rules }, known.sha256)
  try {
    await assert.rejects(told(requestId), isProblem('policy.refused'))
  } finally {
    kit.world.rules = known
  }
  assert.deepEqual(await restrictedOf(of), before)
  await told(requestId)
  assert.deepEqual(await restrictedOf(of), [])
})

test('no decision without a reason that fits it, and no second decision', async () => {
  const of = await person()
  const { requestId } = await object(of)
  for (const [outcome, reason] of [
    ['upheld', ''],
    ['upheld', 'legalClaim'],
    ['refused', 'noGround'],
    ['given', 'replied'],
  ] as const)
    await assert.rejects(decide(requestId, outcome, reason), isProblem('requests.outcome', 'S25'))
  await decide(requestId, 'refused', 'correct')
  await assert.rejects(decide(requestId, 'upheld', 'noGround'), isProblem('requests.answered'))
})

test('Art. 19: who was given some of it is named when it goes', async () => {
  const of = await person()
  await kit.owner(
    `insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state, recipient_id,
       recipient_kind, fields)
    values ($1, gen_random_uuid(), 'disclosure', $2, current_date, 'queued', $3, 'creditor', array['name'])`,
    [of.subjectId, of.caseId, of.clientId],
  )
  const { requestId } = await object(of)
  const decided = await decide(requestId, 'upheld', 'noGround')
  assert.deepEqual(decided.tell, [{ recipientId: of.clientId, name: 'Strandby Energi' }])
})

test('a request from tomorrow, or of a day that is none, is wrong', async () => {
  const of = await person()
  for (const receivedOn of ['2999-01-01', '2026-02-30', 'i går'])
    await assert.rejects(object(of, { receivedOn }), isProblem('request.invalid'))
})

test('clients and auditors take and answer no requests', async () => {
  const of = await person()
  for (const role of ['client', 'auditor'] as const) {
    const actor = kit.actor(role, 'api', role === 'client' ? of.clientId : undefined)
    const opening = act(kit.world, actor, ctx => requests.object(ctx, { subjectId: of.subjectId, channel: 'api' }))
    await assert.rejects(opening, isProblem('identity.not_allowed'))
  }
  assert.deepEqual(await restrictedOf(of), [])
})

test('the database keeps the month, the reason and the owner of a request', async () => {
  const of = await person()
  const { requestId } = await object(of)
  const insert = `insert into requests.request
      (subject_id, request_id, item_id, kind, channel, received_on, due_on, notice_id)
    select subject_id, gen_random_uuid(), item_id, kind, channel, received_on, due_on + 5, notice_id
    from requests.request where request_id = $1`
  await assert.rejects(kit.as('api', insert, [requestId]), isState('23514'))
  const answer = `update requests.request set answered_at = now(), outcome = 'refused' where request_id = $1`
  await assert.rejects(kit.as('api', answer, [requestId]), isState('23514'))
  for (const role of ['api', 'worker', 'import', 'public'] as const)
    for (const statement of [
      'delete from requests.request',
      'delete from requests.objected',
      'update requests.request set due_on = due_on',
    ])
      await assert.rejects(kit.as(role, statement), isState('42501'), `${role}: ${statement}`)
  await assert.rejects(kit.as('worker', `update subjects.record set restricted_at = null`), isState('42501'))
})

test('every table about persons says how it is exported, erased and restricted', async () => {
  const found = await kit.owner(`
    select table_schema || '.' || table_name as name from information_schema.columns
    where column_name = 'subject_id' and table_schema not in ('pg_catalog', 'information_schema') order by 1`)
  const names = found.map(it => String(it['name']))
  assert.ok(names.length >= 18)
  assert.deepEqual(
    names.filter(name => !(name in COVERAGE)),
    [],
    'a new table must be declared in coverage.ts',
  )
  assert.deepEqual(
    Object.keys(COVERAGE).filter(name => !names.includes(name)),
    [],
    'coverage.ts names a table that is gone',
  )
})

test('the coverage test bites: a new table with a person in it is found', async () => {
  await kit.owner('create schema planted; create table planted.secret (subject_id uuid)')
  const found = await kit.owner(
    `select table_schema || '.' || table_name as name from information_schema.columns where column_name = 'subject_id'`,
  )
  assert.ok(found.some(it => it['name'] === 'planted.secret' && !('planted.secret' in COVERAGE)))
  await kit.owner('drop schema planted cascade')
})
