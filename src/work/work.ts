/**
 * The work module's face: clients, lawyers and authorities; cases and their life; demands, vouchers,
 * holds; and the warrant, which turns open work into the purpose of an act.
 */
import { randomUUID } from 'node:crypto'
import { addDuration } from '../lib/civil-date.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as store from './store.ts'
import type { DemandRow, HoldRow, ItemRow, Key, RelationshipRow, VoucherRow } from './types.ts'

export {
  assignLawyer,
  checkedKey,
  lawyerOf,
  lawyersOf,
  nameKey,
  parties,
  party,
  partyByName,
  partyOfKind,
  register,
  setKey,
  type NewParty,
} from './parties.ts'
export type { PartyKind, PartyRow, RelationshipRow, DemandRow, VoucherRow, HoldRow, ItemRow } from './types.ts'
export { warrant } from './warrant.ts'

/** A case (or other relationship) by its id. Throws `not_found`. */
export async function relationship(from: Ctx | Look, relationshipId: string): Promise<RelationshipRow> {
  const row = await store.findRelationship(from, relationshipId)
  if (!row) throw new Problem('not_found')
  return row
}

/** The same, locked until the act ends, so that two acts cannot both decide on it. */
export async function lockRelationship(ctx: Ctx, relationshipId: string): Promise<RelationshipRow> {
  const row = await store.lockRelationship(ctx, relationshipId)
  if (!row) throw new Problem('not_found')
  return row
}

/** Every relationship of a person, open or closed, by day of opening. */
export const relationships = (from: Ctx | Look, subjectId: string) => store.findRelationships(from, subjectId)

/** Authorities' demands about a person, by day. */
export const demands = (from: Ctx | Look, subjectId: string) => store.findDemands(from, subjectId)

/** Vouchers booked on a person's cases, by day. */
export const vouchers = (from: Ctx | Look, subjectId: string) => store.findVouchers(from, subjectId)

/** Holds on a person's cases, lifted ones too. */
export const holds = (from: Ctx | Look, subjectId: string) => store.findHolds(from, subjectId)

/** A work item by its id, undefined when there is none. */
export const item = (from: Ctx | Look, itemId: string) => store.findItem(from, itemId)

export type NewCase = {
  readonly subjectId: string
  readonly relationshipId: string
  readonly clientId: string
  /** 16-byte keyed digest of the client's case reference. */
  readonly referenceDigest: Buffer
  /** 16-byte keyed digest of the row as received. */
  readonly contentDigest: Buffer
  readonly limitationOn: string | null
  /** Absent: today. */
  readonly openedOn?: string
  /** A provisional case beside the one that bears its reference: never shown to the client. */
  readonly isAside?: true
  /** The id under which the client knows it, when that is not its own. */
  readonly shownAs?: string
}

/** Opens debt cases from one delivery. The caller enters them in the ledger. */
export async function openCases(ctx: Ctx, cases: readonly NewCase[]): Promise<void> {
  const reviewOn = addDuration(ctx.today, 'P12M')
  await store.insertRelationships(
    ctx,
    cases.map(it => [
      it.subjectId,
      it.relationshipId,
      'debtCase',
      it.clientId,
      it.referenceDigest,
      it.contentDigest,
      it.openedOn ?? ctx.today,
      within(ctx, it.limitationOn),
      reviewOn,
      it.isAside === true,
      it.shownAs ?? null,
    ]),
  )
}

/** Opens a relationship that is no debt: a web account, a client's contact, employment, an application. */
export async function openRelationship(
  ctx: Ctx,
  of: {
    readonly subjectId: string
    readonly kind: 'webAccount' | 'clientContact' | 'employment' | 'application'
    readonly clientId?: string
  },
): Promise<string> {
  const relationshipId = randomUUID()
  const review = addDuration(ctx.today, 'P12M')
  await store.insertRelationships(ctx, [
    [of.subjectId, relationshipId, of.kind, of.clientId ?? null, null, null, ctx.today, null, review, false, null],
  ])
  return relationshipId
}

/** A client's debt cases by id, at most 500 after `after`: what is known without opening anything. */
export const casesOf = (from: Ctx | Look, clientId: string, after = '00000000-0000-0000-0000-000000000000') =>
  store.findCasesOf(from, clientId, { after, limit: 500 })

/** The same as the client itself may know them: one a reference, each under the id it has always had for the client. */
export const shownCasesOf = (from: Ctx | Look, clientId: string, after = '00000000-0000-0000-0000-000000000000') =>
  store.findShownCasesOf(from, clientId, { after, limit: 500 })

/** A client's case by the id under which the client knows it. Throws `not_found`. */
export async function shownCase(from: Ctx | Look, clientId: string, shownId: string): Promise<RelationshipRow> {
  const row = await store.findShownCase(from, clientId, shownId)
  if (!row) throw new Problem('not_found')
  return row
}

/** This client's cases among these reference digests, by digest in hex. */
export async function casesByReference(ctx: Ctx | Look, clientId: string, digests: readonly Buffer[]) {
  const rows = digests.length > 0 ? await store.findByReferences(ctx, clientId, digests) : []
  return new Map(rows.map(row => [row.referenceDigest.toString('hex'), row]))
}

/** Notes what was last received of a case: the digest of its row and its day of limitation. */
export const setContent = (ctx: Ctx, relationshipId: string, digest: Buffer, limitationOn: string | null) =>
  store.setContent(ctx, relationshipId, digest, within(ctx, limitationOn))

export type CloseReason = 'paid' | 'recalled' | 'assigned' | 'timeBarred' | 'notOwed' | 'ended'

/** Closes a case: the reason to keep it ends and its clock starts. False when it was closed already. */
export async function close(
  ctx: Ctx,
  relationshipId: string,
  reason: CloseReason,
  closedOn = ctx.today,
): Promise<boolean> {
  return (await store.close(ctx, relationshipId, closedOn, reason)) > 0
}

/** Closes many cases at once, each with what was last received of it. Answers the ids of those that were open. */
export async function closeCases(ctx: Ctx, cases: Parameters<typeof store.closeMany>[1]): Promise<string[]> {
  if (cases.length === 0) return []
  return (await store.closeMany(ctx, cases)).map(row => row.relationshipId)
}

/** The client's own file closed these cases, which we may have closed before. */
export const markClientClosed = async (
  ctx: Ctx,
  cases: Parameters<typeof store.setClientClosed>[1],
): Promise<number> => (cases.length > 0 ? store.setClientClosed(ctx, cases) : 0)

/** Notes for many cases what was last received of them; a limitation of null leaves the one that is known. */
export const setContents = async (ctx: Ctx, cases: Parameters<typeof store.setContents>[1]): Promise<number> =>
  cases.length > 0
    ? store.setContents(
        ctx,
        cases.map(it => ({ ...it, limitationOn: within(ctx, it.limitationOn) })),
      )
    : 0

/** No claim is kept on a date somebody wrote: ten years from now is the longest limitation there is. */
function within(ctx: Ctx, day: string | null): string | null {
  const last = addDuration(ctx.today, 'P10Y')
  return day !== null && day > last ? last : day
}

/** Gives a case's place under its reference free for another case: `digest` stands there instead. */
export const setReference = (ctx: Ctx, relationshipId: string, digest: Buffer) =>
  store.setReference(ctx, relationshipId, digest)

export type RelationshipKey = Key

/** Closes several, each on its own day, for one reason. Returns how many were open. */
export const closeMany = (ctx: Ctx, keys: readonly (Key & { readonly closedOn: string })[], reason: CloseReason) =>
  store.closeOn(ctx, keys, reason)

/** The records of these closed relationships have got their last day under this version of the policy. */
export const markClocked = (ctx: Ctx, keys: readonly Key[], version: number) => store.setClocked(ctx, keys, version)

/** Nothing is left of these closed relationships but tombstones. */
export const markCleared = (ctx: Ctx, keys: readonly Key[]) => store.setCleared(ctx, keys)

/** The keys of these persons are destroyed. */
export const markForgotten = (ctx: Ctx, subjectIds: readonly string[]) => store.setForgotten(ctx, subjectIds)

/** Marks a case as disputed from a day on, or as disputed no more (null). */
export const setDisputed = (ctx: Ctx, relationshipId: string, day: string | null) =>
  store.setDisputed(ctx, relationshipId, day)

/** A person has looked at the case again and found the reason to keep it still good (S19). */
export const review = (ctx: Ctx, relationshipId: string, nextOn: string) => store.setReview(ctx, relationshipId, nextOn)

/** Records an authority's demand; its own reference is already sealed. */
export const insertDemand = (ctx: Ctx, demand: DemandRow) => store.insertDemand(ctx, demand)

/** A recorded demand. Throws `not_found`. */
export async function demandOf(from: Ctx | Look, demandId: string): Promise<DemandRow> {
  const row = await store.findDemand(from, demandId)
  if (!row) throw new Problem('not_found')
  return row
}

/**
 * Books a voucher of a case. It must stay until five years after the end of the financial year in
 * which it was booked (Bookkeeping Act 2022); the policy may promise longer, never shorter.
 */
export async function book(ctx: Ctx, of: RelationshipRow, bookedOn: string, floor: string): Promise<VoucherRow> {
  const { financialYearEnds } = policy.current(ctx).document.controller
  const financialYearEndsOn = policy.financialYearEnd(bookedOn, financialYearEnds)
  const voucher = {
    subjectId: of.subjectId,
    voucherId: randomUUID(),
    relationshipId: of.relationshipId,
    bookedOn,
    financialYearEndsOn,
    floorUntil: addDuration(financialYearEndsOn, floor),
  }
  await store.insertVoucher(ctx, voucher)
  return voucher
}

/** Opens a work item other than a case and returns its id. */
export async function openItem(ctx: Ctx, of: Pick<ItemRow, 'kind' | 'subjectId' | 'relationshipId'>): Promise<string> {
  const itemId = randomUUID()
  await store.insertItem(ctx, { ...of, itemId })
  return itemId
}

/** Opens many work items at once under ids of the caller's. */
export async function openItems(
  ctx: Ctx,
  items: readonly Pick<ItemRow, 'itemId' | 'kind' | 'subjectId' | 'relationshipId'>[],
): Promise<void> {
  if (items.length === 0) return
  await store.insertItems(
    ctx,
    items.map(it => [it.itemId, it.kind, it.subjectId, it.relationshipId, ctx.actor.id]),
  )
}

/** Closes a work item, so that it gives no purpose any more. Nothing happens to a closed one. */
export const closeItem = (ctx: Ctx, itemId: string) => store.closeItem(ctx, itemId)

/** Puts a lawful reason not to erase yet on a case; it must be looked at again by `reviewOn`. */
export async function hold(ctx: Ctx, of: RelationshipRow, reason: HoldRow['reason'], reviewOn: string): Promise<void> {
  const { subjectId, relationshipId } = of
  await store.insertHold(ctx, {
    subjectId,
    relationshipId,
    holdId: randomUUID(),
    reason,
    placedOn: ctx.today,
    reviewOn,
  })
}

/** Holds that stand, the soonest to be looked at first; at most 1000. */
export const openHolds = (from: Ctx | Look) => store.findOpenHolds(from, 1_000)

/** Lifts the holds of one reason on a case. Returns how many stood. */
export const liftHolds = (
  ctx: Ctx,
  of: Pick<RelationshipRow, 'subjectId' | 'relationshipId'>,
  reason: HoldRow['reason'],
) => store.liftHolds(ctx, of.subjectId, of.relationshipId, reason)
