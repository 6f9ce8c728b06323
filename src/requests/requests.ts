/**
 * The face of requests: what a person asks of us about their data, on a calendar clock; the objection that
 * restricts at once, and the decision that says what became of each record and why.
 */
import { randomUUID } from 'node:crypto'
import { addDuration, isDate } from '../lib/civil-date.ts'
import * as notices from '../notices/notices.ts'
import * as policy from '../policy/policy.ts'
import type { Source, Verb } from '../policy/types.ts'
import { Problem } from '../platform/problems.ts'
import type { Warrant } from '../platform/warrant.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { reasonFor } from './reasons.ts'
import { caseOf, settle, type Settled } from './settle.ts'
import * as store from './store.ts'

export { COVERAGE } from './coverage.ts'
export { reasonText, REASONS } from './reasons.ts'
export type { Settled } from './settle.ts'
export type { ObjectedRow, RecordOutcome, RequestChannel, RequestKind, RequestOutcome, RequestRow } from './store.ts'

export type NewRequest = {
  readonly subjectId: string
  readonly kind: store.RequestKind
  readonly channel: store.RequestChannel
  /** Day it reached any of our addresses, 'YYYY-MM-DD'; the clock runs from it. */
  readonly receivedOn?: string
  /** The case it was raised from, if any. */
  readonly caseId?: string
  /** Records an objection or erasure is about; absent: all that are held. */
  readonly records?: readonly string[]
  /** What the person wrote, in their own words. */
  readonly statement?: string
}

export type Receipt = {
  readonly requestId: string
  readonly subjectId: string
  readonly kind: store.RequestKind
  readonly receivedOn: string
  /** Art. 12(3): one month, ending on the same-numbered day or the month's last; never rolled past a weekend. */
  readonly dueOn: string
  readonly records: readonly string[]
  readonly restricted: number
}

const RECEIVED_DAYS_BACK = 'P1Y'
const STATEMENT_MAX = 20_000

/** Art. 12(3): the last day to answer. */
export function dueOn(receivedOn: string): string {
  return addDuration(receivedOn, 'P1M')
}

/**
 * Takes a request, however it came (S24, S25). An objection restricts its records in this very act, whatever the
 * ground and however often it is raised. Throws `not_found`, `subjects.none`, and `request.invalid` with the field.
 */
export async function open(ctx: Ctx, request: NewRequest): Promise<Receipt> {
  policy.requireTask(ctx, 'takeRequest')
  const receivedOn = request.receivedOn ?? ctx.today
  const { subjectId, kind, caseId } = request
  checkForm(ctx, request, receivedOn)
  const relationshipId = await relationshipFor(ctx, subjectId, caseId)
  const rows = await chosen(ctx, request)
  const itemId = await work.openItem(ctx, { kind: 'request', subjectId, relationshipId: caseId ?? null })
  const noticeId = await notices.queueAnswer(ctx, { subjectId, relationshipId, dueOn: dueOn(receivedOn) })
  const row = { subjectId, requestId: randomUUID(), itemId, kind, channel: request.channel, receivedOn, dueOn: dueOn(receivedOn), noticeId }
  await store.insertRequest(ctx, row)
  const ids = rows.map(it => it.recordId)
  await store.insertObjected(ctx, { ...row, answeredAt: null, outcome: null, reason: null }, ids)
  const warrant = await work.warrant(ctx, { kind: 'request', id: itemId })
  const restricted = kind === 'objection' ? await restrict(ctx, warrant, rows) : 0
  if (request.statement) await keepStatement(ctx, warrant, { subjectId, relationshipId, noticeId, text: request.statement })
  const detail = { requestId: row.requestId, requestKind: kind, channel: row.channel, receivedOn, dueOn: row.dueOn, records: ids }
  await subjects.enter(ctx, [{ subjectId, kind: 'request.opened', detail }])
  return { requestId: row.requestId, subjectId, kind, receivedOn, dueOn: row.dueOn, records: ids, restricted }
}

export type NewObjection = Omit<NewRequest, 'kind'> & {
  /** The person says the claim of the case is not owed: collecting stops and its records are kept (Art. 18(1)(a)). */
  readonly claim?: 'disputed'
}

/** An objection to any registration (S25). A disputed claim marks the case and holds its records from erasure. */
export async function object(ctx: Ctx, { claim, ...objection }: NewObjection): Promise<Receipt> {
  const receipt = await open(ctx, { ...objection, kind: 'objection' })
  if (claim !== 'disputed') return receipt
  if (!objection.caseId) throw fault('caseId', 'case_needed')
  const relationship = await work.lockRelationship(ctx, objection.caseId)
  await work.setDisputed(ctx, relationship.relationshipId, relationship.disputedOn ?? ctx.today)
  await work.hold(ctx, relationship, 'dispute', addDuration(ctx.today, 'P6M'))
  const detail = { requestId: receipt.requestId, caseId: relationship.relationshipId }
  await subjects.enter(ctx, [{ subjectId: receipt.subjectId, kind: 'case.disputed', detail }])
  return receipt
}

export type Taken = NewRequest & Pick<NewObjection, 'claim'>

/** Takes a request of any kind; only an objection can dispute a claim. */
export function take(ctx: Ctx, { kind, claim, ...request }: Taken): Promise<Receipt> {
  if (kind === 'objection') return object(ctx, { ...request, ...(claim && { claim }) })
  if (claim) throw fault('claim', 'claim_of_an_objection')
  return open(ctx, { ...request, kind })
}

export type NewDecision = {
  readonly outcome: store.RequestOutcome
  /** Code of a reason; mandatory (Art. 12(4)). */
  readonly reason: string
  /** Outcome 'partly': the records decided for the person. */
  readonly records?: readonly string[]
}

export type Decided = {
  readonly requestId: string
  readonly outcome: store.RequestOutcome
  readonly reason: string
  readonly records: readonly Settled[]
  /** Art. 19: parties who got some of it and are to be told of the erasure or restriction. */
  readonly tell: readonly { readonly recipientId: string; readonly name: string }[]
}

/**
 * Decides a request. What is decided for the person is erased as far as the law lets, and stays restricted where
 * it does not; what is decided against is released only when the person was told (`told`). Throws
 * `requests.answered`, `requests.outcome`, `not_found`.
 */
export async function decide(ctx: Ctx, requestId: string, decision: NewDecision): Promise<Decided> {
  const row = await lockOpen(ctx, requestId)
  policy.requireTask(ctx, 'answerRequest')
  if (!reasonFor(decision.reason, row.kind, decision.outcome)) throw outcomeProblem('reason')
  const warrant = await work.warrant(ctx, { kind: 'request', id: row.itemId })
  const settled = await settleRecords(ctx, row, decision)
  await carryOut(ctx, warrant, row, settled)
  // What the law keeps makes of a whole yes a part of one; the person is told so.
  const isShort = decision.outcome === 'upheld' && settled.some(it => it.outcome === 'kept' || it.outcome === 'stopped')
  const outcome = isShort ? 'partly' : decision.outcome
  await store.answer(ctx, row, { outcome, reason: decision.reason })
  await work.closeItem(ctx, row.itemId)
  const records = settled.map(({ recordId, outcome, code, clause, until }) => ({ recordId, outcome, code, clause, until }))
  const detail = { requestId, outcome, reason: decision.reason, records }
  await subjects.enter(ctx, [{ subjectId: row.subjectId, kind: 'request.decided', detail }])
  const tell = await toTell(ctx, row, settled)
  return { requestId, outcome, reason: decision.reason, records: settled, tell }
}

/**
 * The answer has gone to the person: only now is a restriction lifted that was decided against (Art. 18(3)), and
 * only where no other objection stands. Returns the records released. Throws `requests.not_answered`.
 */
export async function told(ctx: Ctx, requestId: string, channel: 'email' | 'letter' | 'hand'): Promise<string[]> {
  const row = await lockRequest(ctx, requestId)
  if (row.answeredAt === null) throw new Problem('requests.not_answered')
  policy.requireTask(ctx, 'answerRequest')
  await notices.recordAnswered(ctx, row.noticeId, channel)
  const objected = await ofRequest(ctx, row)
  const due = objected.filter(it => it.outcome === 'toRelease').map(it => it.recordId)
  const kept = await store.findKeptRestricted(ctx, row)
  const freed = due.filter(id => !kept.some(it => it.recordId === id))
  await subjects.release(ctx, row.subjectId, freed)
  await store.setOutcome(ctx, row, due, 'released')
  if (due.length > 0) await endDispute(ctx, row)
  await subjects.enter(ctx, [{ subjectId: row.subjectId, kind: 'request.told', detail: { requestId, channel, released: freed } }])
  return freed
}

/** The request, locked and not yet answered. Throws `not_found`, `requests.answered`. */
export async function lockOpen(ctx: Ctx, requestId: string): Promise<store.RequestRow> {
  const row = await lockRequest(ctx, requestId)
  if (row.answeredAt !== null) throw new Problem('requests.answered')
  return row
}

/** One request. Throws `not_found`. */
export async function request(from: Ctx | Look, requestId: string): Promise<store.RequestRow> {
  const row = await store.find(from, requestId)
  if (!row) throw new Problem('not_found')
  return row
}

/** A request as our people see it in a list: ids, days and codes. */
export function shown({ itemId: _, noticeId: __, ...row }: store.RequestRow): Omit<store.RequestRow, 'itemId' | 'noticeId'> {
  return row
}

/** Requests with their days, at most 500: the open ones by due day, then the answered. */
export const list = (from: Ctx | Look, state: 'open' | 'all') => store.list(from, { state, limit: 500 })
/** All requests of a person, oldest first. */
export const of = (from: Ctx | Look, subjectId: string) => store.findOfSubject(from, subjectId)
/** Which records each of them is about, and what became of each. */
export const objected = (from: Ctx | Look, subjectId: string) => store.findObjected(from, subjectId)
/** Figures for the promise board: overdue must be 0. */
export const counts = (look: Look) => store.count(look)

function checkForm(ctx: Ctx, { statement = '' }: NewRequest, receivedOn: string): void {
  const isTimely = isDate(receivedOn) && receivedOn <= ctx.today && addDuration(receivedOn, RECEIVED_DAYS_BACK) >= ctx.today
  if (!isTimely) throw fault('receivedOn', 'received_on')
  if (statement.length > STATEMENT_MAX) throw fault('statement', 'statement_too_long')
}

async function relationshipFor(ctx: Ctx, subjectId: string, caseId: string | undefined): Promise<string> {
  const known = await work.relationships(ctx, subjectId)
  const found = caseId === undefined ? (known.find(it => !it.closedOn) ?? known[0]) : known.find(it => it.relationshipId === caseId)
  if (!found) throw new Problem(caseId === undefined ? 'subjects.none' : 'not_found')
  return found.relationshipId
}

/** The records the request is about. An access request is about all, so none is listed. */
async function chosen(ctx: Ctx, { subjectId, kind, caseId, records }: NewRequest): Promise<subjects.RecordRow[]> {
  if (kind === 'access') return []
  const rows = await subjects.rowsOf(ctx, subjectId)
  if (records) {
    const named = rows.filter(row => records.includes(row.recordId))
    if (named.length < new Set(records).size) throw new Problem('not_found')
    return named
  }
  const held = rows.filter(row => row.erasedAt === null && row.category !== 'request_file')
  return caseId === undefined ? held : held.filter(row => row.relationshipId === caseId)
}

async function restrict(ctx: Ctx, warrant: Warrant, rows: readonly subjects.RecordRow[]): Promise<number> {
  for (const row of rows) {
    policy.require(ctx, questionOf('object', warrant, row), {})
    policy.require(ctx, questionOf('restrict', warrant, row), factsOf(ctx))
  }
  if (rows[0] === undefined) return 0
  return subjects.restrict(ctx, rows[0].subjectId, rows.map(row => row.recordId))
}

function questionOf(verb: Verb, { purpose }: Warrant, row: subjects.RecordRow) {
  return { verb, purpose, category: row.category, source: row.source as Source, recipient: '', channel: '', fields: [] } as const
}

const factsOf = (ctx: Ctx) => ({ roleAllowed: policy.may(ctx.actor.role, 'answerRequest'), workOpen: true })

type Statement = { subjectId: string; relationshipId: string; noticeId: string; text: string }

/** The person's own words; any are taken (S25). */
async function keepStatement(ctx: Ctx, warrant: Warrant, { text, ...place }: Statement): Promise<void> {
  const record = { ...place, category: 'request_file', source: 'person', values: { statement: text } } as const
  await subjects.hold(ctx, warrant, [record], { ...factsOf(ctx), volunteered: true, required: true })
}

async function lockRequest(ctx: Ctx, requestId: string): Promise<store.RequestRow> {
  const row = await store.lock(ctx, requestId)
  if (!row) throw new Problem('not_found')
  return row
}

const ofRequest = async (ctx: Ctx, row: store.RequestRow) =>
  (await store.findObjected(ctx, row.subjectId)).filter(it => it.requestId === row.requestId)

async function settleRecords(ctx: Ctx, row: store.RequestRow, decision: NewDecision): Promise<Settled[]> {
  const ids = (await ofRequest(ctx, row)).map(it => it.recordId)
  const { outcome, records = [] } = decision
  if ((outcome === 'partly') !== records.length > 0 || records.some(id => !ids.includes(id))) throw outcomeProblem('records')
  const isFor = (id: string) => outcome === 'upheld' || (outcome === 'partly' && records.includes(id))
  // A dispute decided for the person is over: it must not keep what it was about.
  if (row.kind === 'objection' && outcome === 'upheld') await endDispute(ctx, row)
  const vouchers = await work.vouchers(ctx, row.subjectId)
  const holds = await work.holds(ctx, row.subjectId)
  const rows = (await subjects.rowsOf(ctx, row.subjectId)).filter(it => ids.includes(it.recordId))
  const cases = rows.map(it => caseOf(it, { vouchers, holds, isFor }))
  return settle(row.kind, cases, ctx.today)
}

async function carryOut(ctx: Ctx, warrant: Warrant, row: store.RequestRow, settled: readonly Settled[]): Promise<void> {
  const going = settled.filter(it => it.outcome === 'erased').map(it => it.recordId)
  const rows = (await subjects.rowsOf(ctx, row.subjectId)).filter(it => going.includes(it.recordId) && it.erasedAt === null)
  // `settle` lets nothing through that a voucher still keeps; the database asks again.
  const facts = () => ({ ...factsOf(ctx), erasureUpheld: true, floorPassed: true })
  await subjects.erase(ctx, warrant, rows, { reason: 'erasure.upheld', facts })
  for (const outcome of ['erased', 'stopped', 'kept', 'toRelease'] as const) {
    await store.setOutcome(ctx, row, settled.filter(it => it.outcome === outcome).map(it => it.recordId), outcome)
  }
}

/** A dispute ends with its decision, unless another objection of the person still stands. */
async function endDispute(ctx: Ctx, row: store.RequestRow): Promise<void> {
  const item = await work.item(ctx, row.itemId)
  if (!item?.relationshipId || (await store.findKeptRestricted(ctx, row)).length > 0) return
  await work.liftHolds(ctx, { subjectId: row.subjectId, relationshipId: item.relationshipId }, 'dispute')
  await work.setDisputed(ctx, item.relationshipId, null)
}

/** Art. 19: everybody who was given something of a case that is now erased or restricted for good. */
async function toTell(ctx: Ctx, row: store.RequestRow, settled: readonly Settled[]) {
  const touched = new Set(settled.filter(it => it.outcome === 'erased' || it.outcome === 'stopped').map(it => it.recordId))
  const cases = new Set((await subjects.rowsOf(ctx, row.subjectId)).filter(it => touched.has(it.recordId)).map(it => it.relationshipId))
  const sent = (await notices.statusOf(ctx, row.subjectId)).filter(it => it.kind === 'disclosure' && cases.has(it.relationshipId ?? ''))
  const ids = [...new Set(sent.flatMap(it => it.recipientId ?? []))]
  const told: { recipientId: string; name: string }[] = []
  for (const recipientId of ids) told.push({ recipientId, name: (await work.party(ctx, recipientId))?.name ?? '' })
  return told
}

function fault(field: string, code: string): Problem {
  return new Problem('request.invalid', { faults: [{ field, code: `request.${code}`, clause: 'S25' }] })
}

function outcomeProblem(field: string): Problem {
  return new Problem('requests.outcome', { clause: 'S25', faults: [{ field, code: 'requests.outcome', clause: 'S25' }] })
}
