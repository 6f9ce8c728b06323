/**
 * The face of decisions: what becomes of each record a request is about, with reasons; and that nothing is set
 * free again before the person was told.
 */
import * as cookies from '../cookies/cookies.ts'
import * as notices from '../notices/notices.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import type { Warrant } from '../platform/warrant.ts'
import type { Ctx } from '../platform/world.ts'
import * as requests from '../requests/requests.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { caseOf, settle, type Settled } from './settle.ts'

export type { Settled } from './settle.ts'

export type NewDecision = {
  readonly outcome: requests.RequestOutcome
  /** Code of a reason; mandatory (Art. 12(4)). */
  readonly reason: string
  /** Outcome 'partly': the records decided for the person. */
  readonly records?: readonly string[]
}

export type Decided = {
  readonly requestId: string
  readonly outcome: requests.RequestOutcome
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
  const row = await requests.lockOpen(ctx, requestId)
  policy.requireTask(ctx, 'answerRequest')
  if (!requests.reasonFor(decision.reason, row.kind, decision.outcome)) throw outcomeProblem('reason')
  // Art. 15: 'given' says that there was a reply.
  if (decision.outcome === 'given' && !(await wasReplied(ctx, row))) throw outcomeProblem('outcome')
  const warrant = await work.warrant(ctx, { kind: 'request', id: row.itemId })
  const settled = await settleRecords(ctx, row, decision)
  await carryOut(ctx, warrant, row, settled)
  // What the law keeps makes of a whole yes a part of one; the person is told so.
  const isShort = decision.outcome === 'upheld' && settled.some(it => it.outcome === 'kept' || it.outcome === 'stopped')
  const outcome = isShort ? 'partly' : decision.outcome
  await requests.answer(ctx, row, { outcome, reason: decision.reason })
  const records = settled.map(({ recordId, outcome, code, clause, until }) => ({
    recordId,
    outcome,
    code,
    clause,
    until,
  }))
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
  const row = await requests.lock(ctx, requestId)
  if (row.answeredAt === null) throw new Problem('requests.not_answered')
  policy.requireTask(ctx, 'answerRequest')
  await notices.recordAnswered(ctx, row.noticeId, channel)
  const objected = await ofRequest(ctx, row)
  const due = objected.filter(it => it.outcome === 'toRelease').map(it => it.recordId)
  const kept = await requests.keptRestricted(ctx, row)
  const freed = due.filter(id => !kept.includes(id))
  await release(ctx, row.subjectId, freed)
  await requests.mark(ctx, row, due, 'released')
  if (due.length > 0) await endDispute(ctx, row)
  await subjects.enter(ctx, [
    { subjectId: row.subjectId, kind: 'request.told', detail: { requestId, channel, released: freed } },
  ])
  return freed
}

/** Whether the person’s own log, which nobody writes by hand, says that a reply to this request was made. */
async function wasReplied(ctx: Ctx, { subjectId, requestId }: requests.RequestRow): Promise<boolean> {
  const entries = await subjects.entriesOf(ctx, subjectId)
  return entries.some(({ body }) => body?.kind === 'access.replied' && body['requestId'] === requestId)
}

const ofRequest = async (ctx: Ctx, row: requests.RequestRow) =>
  (await requests.objected(ctx, row.subjectId)).filter(it => it.requestId === row.requestId)

/** Lifts a restriction under work of its own, each record by the policy's leave: the request's work ended with it. */
async function release(ctx: Ctx, subjectId: string, recordIds: readonly string[]): Promise<void> {
  if (recordIds.length === 0) return
  const itemId = await work.openItem(ctx, { kind: 'request', subjectId, relationshipId: null })
  const warrant = await work.warrant(ctx, { kind: 'request', id: itemId })
  const facts = { roleAllowed: policy.may(ctx.actor.role, 'answerRequest'), workOpen: true }
  for (const row of await subjects.rowsOf(ctx, subjectId))
    if (recordIds.includes(row.recordId)) policy.require(ctx, requests.questionOf('restrict', warrant, row), facts)
  await subjects.release(ctx, subjectId, recordIds)
  await work.closeItem(ctx, itemId)
}

async function settleRecords(ctx: Ctx, row: requests.RequestRow, decision: NewDecision): Promise<Settled[]> {
  const ids = (await ofRequest(ctx, row)).map(it => it.recordId)
  const { outcome, records = [] } = decision
  if ((outcome === 'partly') !== records.length > 0 || records.some(id => !ids.includes(id)))
    throw outcomeProblem('records')
  const isFor = (id: string) => outcome === 'upheld' || (outcome === 'partly' && records.includes(id))
  // A dispute decided for the person is over: it must not keep what it was about.
  if (row.kind === 'objection' && outcome === 'upheld') await endDispute(ctx, row)
  const vouchers = await work.vouchers(ctx, row.subjectId)
  const holds = await work.holds(ctx, row.subjectId)
  const rows = (await subjects.rowsOf(ctx, row.subjectId)).filter(it => ids.includes(it.recordId))
  const cases = rows.map(it => caseOf(it, { vouchers, holds, isFor }))
  return settle(row.kind, cases, ctx.today)
}

async function carryOut(
  ctx: Ctx,
  warrant: Warrant,
  row: requests.RequestRow,
  settled: readonly Settled[],
): Promise<void> {
  const going = settled.filter(it => it.outcome === 'erased').map(it => it.recordId)
  const rows = (await subjects.rowsOf(ctx, row.subjectId)).filter(
    it => going.includes(it.recordId) && it.erasedAt === null,
  )
  // `settle` lets nothing through that a voucher still keeps; the database asks again.
  const facts = () => ({
    roleAllowed: policy.may(ctx.actor.role, 'answerRequest'),
    workOpen: true,
    erasureUpheld: true,
    floorPassed: true,
  })
  await subjects.erase(ctx, warrant, rows, { reason: 'erasure.upheld', facts })
  await cookies.enterErased(ctx, row.subjectId)
  for (const outcome of ['erased', 'stopped', 'kept', 'toRelease'] as const) {
    await requests.mark(
      ctx,
      row,
      settled.filter(it => it.outcome === outcome).map(it => it.recordId),
      outcome,
    )
  }
}

/** A dispute ends with its decision, unless another objection of the person still stands. */
async function endDispute(ctx: Ctx, row: requests.RequestRow): Promise<void> {
  const item = await work.item(ctx, row.itemId)
  if (!item?.relationshipId || (await requests.keptRestricted(ctx, row)).length > 0) return
  await work.liftHolds(ctx, { subjectId: row.subjectId, relationshipId: item.relationshipId }, 'dispute')
  await work.setDisputed(ctx, item.relationshipId, null)
}

/** Art. 19: everybody who was given something of a case that is now erased or restricted for good. */
async function toTell(ctx: Ctx, row: requests.RequestRow, settled: readonly Settled[]) {
  const touched = new Set(
    settled.filter(it => it.outcome === 'erased' || it.outcome === 'stopped').map(it => it.recordId),
  )
  const cases = new Set(
    (await subjects.rowsOf(ctx, row.subjectId)).filter(it => touched.has(it.recordId)).map(it => it.relationshipId),
  )
  const sent = (await notices.statusOf(ctx, row.subjectId)).filter(
    it => it.kind === 'disclosure' && cases.has(it.relationshipId ?? ''),
  )
  const ids = [...new Set(sent.flatMap(it => it.recipientId ?? []))]
  const told: { recipientId: string; name: string }[] = []
  for (const recipientId of ids) told.push({ recipientId, name: (await work.party(ctx, recipientId))?.name ?? '' })
  return told
}

function outcomeProblem(field: string): Problem {
  return new Problem('requests.outcome', {
    clause: 'S25',
    faults: [{ field, code: 'requests.outcome', clause: 'S25' }],
  })
}
