/**
 * The face of requests: what a person asks of us about their data, on a calendar clock; the objection that
 * restricts at once. What becomes of them is decided in `decisions`.
 */
import { randomUUID } from 'node:crypto'
import { addDuration, isDate } from '../lib/civil-date.ts'
import * as cookies from '../cookies/cookies.ts'
import * as notices from '../notices/notices.ts'
import * as policy from '../policy/policy.ts'
import type { Source, Verb } from '../policy/types.ts'
import { Problem } from '../platform/problems.ts'
import type { Warrant } from '../platform/warrant.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import * as store from './store.ts'

export { COVERAGE } from './coverage.ts'
export { reasonFor, reasonText, REASONS } from './reasons.ts'
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
  // Records before all else, as whoever uses them does; two objections at once then wait for each other.
  if (kind === 'objection') await subjects.lockForChange(ctx, subjectId)
  const relationshipId = await relationshipFor(ctx, subjectId, caseId)
  const rows = await chosen(ctx, request)
  const itemId = await work.openItem(ctx, { kind: 'request', subjectId, relationshipId: caseId ?? null })
  const noticeId = await notices.queueAnswer(ctx, { subjectId, relationshipId, dueOn: dueOn(receivedOn) })
  const row = {
    subjectId,
    requestId: randomUUID(),
    itemId,
    kind,
    channel: request.channel,
    receivedOn,
    dueOn: dueOn(receivedOn),
    noticeId,
  }
  await store.insertRequest(ctx, row)
  const ids = rows.map(it => it.recordId)
  await store.insertObjected(ctx, { ...row, answeredAt: null, outcome: null, reason: null }, ids)
  const warrant = await work.warrant(ctx, { kind: 'request', id: itemId })
  const restricted = kind === 'objection' ? await restrict(ctx, warrant, rows) : 0
  if (request.statement)
    await keepStatement(ctx, warrant, { subjectId, relationshipId, noticeId, text: request.statement })
  const detail = {
    requestId: row.requestId,
    requestKind: kind,
    channel: row.channel,
    receivedOn,
    dueOn: row.dueOn,
    records: ids,
  }
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
  // What a browser did is tied to a person by us alone, so an objection needs no ground to end it (S3, S25).
  await cookies.unlinkAll(ctx, receipt.subjectId)
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

/** The request, locked until the act ends. Throws `not_found`. */
export async function lock(ctx: Ctx, requestId: string): Promise<store.RequestRow> {
  const row = await store.lock(ctx, requestId)
  if (!row) throw new Problem('not_found')
  return row
}

/** The request, locked and not yet answered. Throws `not_found`, `requests.answered`. */
export async function lockOpen(ctx: Ctx, requestId: string): Promise<store.RequestRow> {
  const row = await lock(ctx, requestId)
  if (row.answeredAt !== null) throw new Problem('requests.answered')
  return row
}

/** One request. Throws `not_found`. */
export async function request(from: Ctx | Look, requestId: string): Promise<store.RequestRow> {
  const row = await store.find(from, requestId)
  if (!row) throw new Problem('not_found')
  return row
}

/** Closes a request with its outcome and reason: the decision's own part, see `decisions`. */
export async function answer(
  ctx: Ctx,
  row: store.RequestRow,
  of: { outcome: store.RequestOutcome; reason: string },
): Promise<void> {
  await store.answer(ctx, row, of)
  await work.closeItem(ctx, row.itemId)
}

/** Notes what became of some of its records. */
export const mark = (ctx: Ctx, row: store.RequestRow, recordIds: readonly string[], outcome: store.RecordOutcome) =>
  store.setOutcome(ctx, row, recordIds, outcome)

/** Ids of records that another objection of the same person still keeps restricted. */
export async function keptRestricted(ctx: Ctx, row: store.RequestRow): Promise<string[]> {
  return (await store.findKeptRestricted(ctx, row)).map(it => it.recordId)
}

/** A request as our people see it in a list: ids, days and codes. */
export function shown({
  itemId: _,
  noticeId: __,
  ...row
}: store.RequestRow): Omit<store.RequestRow, 'itemId' | 'noticeId'> {
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

/** What is asked of the policy about one record of a request. */
export function questionOf(verb: Verb, { purpose }: Warrant, row: subjects.RecordRow) {
  return {
    verb,
    purpose,
    category: row.category,
    source: row.source as Source,
    recipient: '',
    channel: '',
    fields: [],
  } as const
}

function checkForm(ctx: Ctx, { statement = '' }: NewRequest, receivedOn: string): void {
  const isTimely =
    isDate(receivedOn) && receivedOn <= ctx.today && addDuration(receivedOn, RECEIVED_DAYS_BACK) >= ctx.today
  if (!isTimely) throw fault('receivedOn', 'received_on')
  if (statement.length > STATEMENT_MAX) throw fault('statement', 'statement_too_long')
}

async function relationshipFor(ctx: Ctx, subjectId: string, caseId: string | undefined): Promise<string> {
  const known = await work.relationships(ctx, subjectId)
  const found =
    caseId === undefined ? (known.find(it => !it.closedOn) ?? known[0]) : known.find(it => it.relationshipId === caseId)
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
  return subjects.restrict(
    ctx,
    rows[0].subjectId,
    rows.map(row => row.recordId),
  )
}

const factsOf = (ctx: Ctx) => ({ roleAllowed: policy.may(ctx.actor.role, 'answerRequest'), workOpen: true })

type Statement = { subjectId: string; relationshipId: string; noticeId: string; text: string }

/** The person's own words; any are taken (S25). */
async function keepStatement(ctx: Ctx, warrant: Warrant, { text, ...place }: Statement): Promise<void> {
  const record = { ...place, category: 'request_file', source: 'person', values: { statement: text } } as const
  await subjects.hold(ctx, warrant, [record], { ...factsOf(ctx), volunteered: true, required: true })
}

function fault(field: string, code: string): Problem {
  return new Problem('request.invalid', { faults: [{ field, code: `request.${code}`, clause: 'S25' }] })
}
