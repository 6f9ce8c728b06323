/**
 * The face of cases: what is done on a debt case. It stands above the work itself and the vault and
 * joins them: reading the file, closing, its lawyer, authorities' demands, payments, holds.
 */
import { randomUUID } from 'node:crypto'
import { cleanText, compactKey } from '../lib/text.ts'
import { Problem, type Fault } from '../platform/problems.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import * as input from './input.ts'
import { clientViewOf, shownId, viewOf, type CaseView, type ClientCaseView } from './view.ts'

export { PAYMENT_FIELDS, type DemandInput, type PaymentInput } from './input.ts'
export type { CaseView, ClientCaseView } from './view.ts'

/** A client's cases as the client may know them, by id, at most 500 after `after`. */
export async function listShown(from: Ctx | Look, clientId: string, after?: string): Promise<ClientCaseView[]> {
  return (await work.shownCasesOf(from, clientId, after)).map(clientViewOf)
}

/** A client's own case by the id under which it knows it. Throws `not_found`. */
export async function viewShown(from: Ctx | Look, clientId: string, caseId: string): Promise<ClientCaseView> {
  return clientViewOf(await work.shownCase(from, clientId, caseId))
}

/** A client's cases by id, at most 500 after `after`; opens nothing. */
export async function list(from: Ctx | Look, clientId: string, after?: string): Promise<CaseView[]> {
  return (await work.casesOf(from, clientId, after)).map(viewOf)
}

/** One case without what it says. Throws `not_found` for what is no debt case. */
export async function view(from: Ctx | Look, caseId: string): Promise<CaseView> {
  return viewOf(debtCase(await work.relationship(from, caseId)))
}

/**
 * Id of this client's case with this reference (by blind index; nothing is opened); for the client itself the id under
 * which it knows it. Throws `not_found`.
 */
export async function find(from: Ctx | Look, clientId: string, reference: string): Promise<string> {
  const form = compactKey(cleanText(reference))
  const digest = subjects.keyedDigest(from, 'reference', `case/${clientId}`, form)
  const row = (await work.casesByReference(from, clientId, [digest])).get(digest.toString('hex'))
  if (!row) throw new Problem('not_found')
  return from.actor.role === 'client' ? shownId(row) : row.relationshipId
}

export type ShownRecord = {
  readonly recordId: string
  readonly category: string
  readonly source: string
  readonly collectedOn: string
  readonly values: subjects.Values
}
export type WithheldRecord = Omit<ShownRecord, 'values'> & { readonly code: string; readonly clause: string }
export type CaseFile = CaseView & { readonly records: ShownRecord[]; readonly withheld: WithheldRecord[] }

/**
 * Reads the case under its own purpose and enters the reading in the person's log. What the purpose
 * may not see is not returned; records it may not see at all are named with the refusing clause.
 * Throws `work.case_closed` and `policy.refused`.
 */
export async function show(ctx: Ctx, caseId: string): Promise<CaseFile> {
  policy.requireTask(ctx, 'workCase')
  const row = openCase(await work.relationship(ctx, caseId))
  const warrant = await work.warrant(ctx, { kind: 'case', id: caseId })
  const facts = { roleAllowed: true, workOpen: true, cprGround: true }
  const { opened, withheld } = await subjects.open(ctx, warrant, {
    subjectId: row.subjectId,
    verb: 'read',
    factsOf: record => ({ ...facts, maximumReached: record.eraseBy !== null && record.eraseBy <= ctx.today }),
  })
  const fields = [...new Set(opened.flatMap(it => Object.keys(it.values)))].sort()
  const records = opened.map(it => it.row.recordId)
  const detail = { purpose: warrant.purpose, work: { kind: 'case', id: caseId }, records, fields }
  await subjects.enter(ctx, [{ subjectId: row.subjectId, kind: 'subjects.read', detail }])
  return {
    ...viewOf(row),
    records: opened.map(it => ({ ...recordOf(it.row), values: it.values })),
    withheld: withheld.map(it => ({ ...recordOf(it.row), ...reasonOf(it.reasons) })),
  }
}

export type Closing = {
  readonly caseId: string
  readonly reason: work.CloseReason
  readonly closedOn?: string | undefined
}

/** Closes a case: the reason to keep it ends. Throws `work.case_closed`, and `request.invalid` for its day. */
export async function close(ctx: Ctx, { caseId, reason, closedOn = ctx.today }: Closing): Promise<CaseView> {
  policy.requireTask(ctx, 'workCase')
  const row = openCase(await work.lockRelationship(ctx, caseId))
  refuse(input.closingFaults(closedOn, row.openedOn, ctx.today))
  await work.close(ctx, caseId, reason, closedOn)
  await enter(ctx, row, 'work.case_closed', { reason, closedOn })
  return viewOf({ ...row, closedOn, closeReason: reason })
}

/** Makes a registered law firm the case's lawyer in place of any other. Throws `not_found` for another party. */
export async function assignLawyer(ctx: Ctx, caseId: string, lawyerId: string): Promise<void> {
  policy.requireTask(ctx, 'workCase')
  const row = openCase(await work.lockRelationship(ctx, caseId))
  if ((await work.party(ctx, lawyerId))?.kind !== 'lawyer') throw new Problem('not_found')
  await work.assignLawyer(ctx, row, lawyerId)
  await enter(ctx, row, 'work.lawyer_assigned', { lawyer: lawyerId })
}

/**
 * Records an authority's demand, its reference sealed with the person's key. The entry does not show to
 * the person: whether telling is lawful is decided with the disclosure, whose notice names this demand.
 */
export async function recordDemand(
  ctx: Ctx,
  caseId: string,
  demand: input.DemandInput & { authorityId: string },
): Promise<string> {
  policy.requireTask(ctx, 'registerDemand')
  const row = debtCase(await work.lockRelationship(ctx, caseId))
  const { authorityId, demandedOn, validUntil } = demand
  if ((await work.party(ctx, authorityId))?.kind !== 'authority') throw new Problem('not_found')
  const told = {
    reference: cleanText(demand.reference),
    legalBasis: cleanText(demand.legalBasis),
    fields: [...new Set(demand.fields)],
    demandedOn,
    validUntil,
  }
  refuse(input.demandFaults(told, disclosable(ctx), ctx.today))
  const { reference, ...open } = told
  const demandId = randomUUID()
  const { subjectId, relationshipId } = row
  const sealedReference = await subjects.sealText(ctx, subjectId, demandId, reference)
  await work.insertDemand(ctx, { subjectId, demandId, relationshipId, authorityId, sealedReference, ...open })
  const detail = { case: caseId, demand: demandId, authority: authorityId, fields: open.fields, validUntil }
  await subjects.enter(ctx, [{ subjectId, kind: 'work.demand_recorded', detail, visibleFrom: null }])
  return demandId
}

/** Field codes that may be disclosed at all. */
function disclosable(ctx: Ctx): ReadonlySet<string> {
  return new Set(Object.values(policy.current(ctx).document.purposes['disclosure']?.fields ?? {}).flat())
}

/** The case's recorded demands; their references stay sealed. */
export async function demandsOf(from: Ctx | Look, caseId: string) {
  const { subjectId } = debtCase(await work.relationship(from, caseId))
  const rows = (await work.demands(from, subjectId)).filter(it => it.relationshipId === caseId)
  return rows.map(({ demandId, authorityId, authority, legalBasis, fields, demandedOn, validUntil }) => ({
    demandId,
    authorityId,
    authority,
    legalBasis,
    fields,
    demandedOn,
    validUntil,
  }))
}

export type Payment = {
  readonly voucherId: string
  readonly recordId: string
  readonly financialYearEndsOn: string
  /** It cannot be erased before this day has passed (S23). */
  readonly floorUntil: string
}

/**
 * Enters a payment: its voucher, and the accounting record that hangs on it. Throws `request.invalid`
 * with the fields (a day in the future among them), `work.year_closed` and `work.case_closed`.
 */
export async function recordPayment(ctx: Ctx, caseId: string, payment: input.PaymentInput): Promise<Payment> {
  policy.requireTask(ctx, 'registerPayment')
  const row = openCase(await work.lockRelationship(ctx, caseId))
  const values = input.paymentValues(payment)
  refuse(input.paymentFaults(values, ctx.today))
  const { controller, categories } = policy.current(ctx).document
  const paidOn = values['payment_date'] as string
  const yearEndsOn = policy.financialYearEnd(paidOn, controller.financialYearEnds)
  if (!input.areBooksOpen(yearEndsOn, ctx.today))
    throw new Problem('work.year_closed', { rule: 'payment.year_closed', clause: 'S23' })
  const floor = categories['accounting_entry']?.retention.floor
  if (floor === undefined) throw new Problem('policy.category_unknown', { clause: 'S23' })
  const { voucherId, floorUntil } = await work.book(ctx, row, paidOn, floor)
  const warrant = await work.warrant(ctx, { kind: 'case', id: caseId }, 'bookkeeping')
  const of = { subjectId: row.subjectId, relationshipId: caseId, noticeId: await noticeOf(ctx, row), voucherId }
  const [recordId] = (await subjects.hold(
    ctx,
    warrant,
    [{ ...of, category: 'accounting_entry', source: 'internal', values }],
    { roleAllowed: true, workOpen: true, noticeGiven: of.noticeId !== null },
  )) as [string]
  await enter(ctx, row, 'work.payment_entered', { voucher: voucherId, record: recordId, floorUntil })
  return { voucherId, recordId, financialYearEndsOn: yearEndsOn, floorUntil }
}

/** The notice by which the person knows of the case: the one its first records came in under. */
async function noticeOf(ctx: Ctx, of: work.RelationshipRow): Promise<string | null> {
  const rows = await subjects.rowsOf(ctx, of.subjectId)
  return rows.find(row => row.relationshipId === of.relationshipId && row.noticeId !== null)?.noticeId ?? null
}

export type NewHold = { readonly caseId: string; readonly reason: work.HoldRow['reason']; readonly reviewOn: string }

/** Puts a reason not to erase yet on a case, open or closed; the actor owns it until its review. */
export async function hold(ctx: Ctx, { caseId, reason, reviewOn }: NewHold): Promise<void> {
  policy.requireTask(ctx, 'workCase')
  const row = debtCase(await work.lockRelationship(ctx, caseId))
  refuse(input.holdFaults(reviewOn, ctx.today))
  await work.hold(ctx, row, reason, reviewOn)
  await enter(ctx, row, 'work.hold_placed', { reason, reviewOn })
}

/** Lifts the case's holds for this reason. Throws `not_found` when none stands. */
export async function liftHold(ctx: Ctx, caseId: string, reason: work.HoldRow['reason']): Promise<number> {
  policy.requireTask(ctx, 'workCase')
  const row = debtCase(await work.lockRelationship(ctx, caseId))
  const lifted = await work.liftHolds(ctx, row, reason)
  if (lifted === 0) throw new Problem('not_found')
  await enter(ctx, row, 'work.hold_lifted', { reason })
  return lifted
}

/** Holds that stand, the soonest to be looked at first. */
export async function holds(from: Ctx | Look) {
  const rows = await work.openHolds(from)
  return rows.map(({ holdId, relationshipId, reason, placedOn, reviewOn }) => ({
    holdId,
    caseId: relationshipId,
    reason,
    placedOn,
    reviewOn,
    isLate: reviewOn < from.today,
  }))
}

function debtCase(row: work.RelationshipRow): work.RelationshipRow & { clientId: string } {
  if (row.kind !== 'debtCase' || row.clientId === null) throw new Problem('not_found')
  return { ...row, clientId: row.clientId }
}

function openCase(row: work.RelationshipRow) {
  const found = debtCase(row)
  // No open work, no purpose: what was collected for it is no longer used (S12, S19).
  if (found.closedOn !== null) throw new Problem('work.case_closed', { rule: 'work.case_closed', clause: 'S12' })
  return found
}

function recordOf({ recordId, category, source, collectedOn }: subjects.RecordRow) {
  return { recordId, category, source, collectedOn }
}

function reasonOf(reasons: readonly { readonly code: string; readonly clause: string }[]) {
  return { code: reasons[0]?.code ?? '', clause: reasons[0]?.clause ?? '' }
}

function refuse(faults: readonly Fault[]): void {
  const [first] = faults
  if (first)
    throw new Problem('request.invalid', { faults, rule: first.code, ...(first.clause && { clause: first.clause }) })
}

function enter(ctx: Ctx, of: work.RelationshipRow, kind: string, detail: { readonly [name: string]: unknown }) {
  return subjects.enter(ctx, [{ subjectId: of.subjectId, kind, detail: { case: of.relationshipId, ...detail } }])
}
