/**
 * The work module's face: clients, lawyers and authorities; cases and their life; demands, vouchers,
 * holds; and the warrant, which turns open work into the purpose of an act.
 */
import { randomUUID } from 'node:crypto'
import { addDuration } from '../lib/civil-date.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { isAgeRecipient } from '../platform/age.ts'
import { Problem } from '../platform/problems.ts'
import { issue, type Warrant, type WorkRef } from '../platform/warrant.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as store from './store.ts'

export type { PartyKind, PartyRow, RelationshipRow, DemandRow, VoucherRow, HoldRow, ItemRow } from './store.ts'

/** The form in which names are compared: NFC, one space, lower case. */
export function nameKey(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/g, ' ').toLocaleLowerCase('da')
}

export type NewParty = {
  readonly kind: store.PartyKind
  readonly name: string
  readonly cvr?: string | null
  /** Public age recipient: `age1…` or `age1pq1…`. */
  readonly ageRecipient?: string | null
}

/** Registers a client, law firm or authority. Throws `work.client_exists` for a name already taken. */
export async function register(ctx: Ctx, party: NewParty): Promise<store.PartyRow> {
  policy.requireTask(ctx, 'registerParty')
  const key = nameKey(party.name)
  if (await store.findPartyByName(ctx, key)) throw new Problem('work.client_exists')
  const row = await store.insertParty(ctx, {
    kind: party.kind,
    name: party.name.trim(),
    nameKey: key,
    cvr: party.cvr ?? null,
    ageRecipient: party.ageRecipient ?? null,
  })
  await ledger.appendSystem(ctx, 'work.party_registered', { party: row.partyId, partyKind: row.kind })
  return row
}

/** Gives a party another public key. Packages made before stay readable with the old one only. */
export async function setKey(ctx: Ctx, partyId: string, ageRecipient: string): Promise<void> {
  policy.requireTask(ctx, 'registerParty')
  if ((await store.setKey(ctx, partyId, ageRecipient)) === 0) throw new Problem('not_found')
  await ledger.appendSystem(ctx, 'work.party_key_changed', { party: partyId })
}

/** A party by the name it was registered under. Throws `work.client_unknown`. */
export async function partyByName(from: Ctx | Look, name: string): Promise<store.PartyRow> {
  const row = await store.findPartyByName(from, nameKey(name))
  if (!row) throw new Problem('work.client_unknown')
  return row
}

/** The same, only when it is of this kind. Throws `work.client_unknown`. */
export async function partyOfKind(from: Ctx | Look, kind: store.PartyKind, name: string): Promise<store.PartyRow> {
  const row = await partyByName(from, name)
  if (row.kind !== kind) throw new Problem('work.client_unknown')
  return row
}

/** A public key as age takes it, tried by encrypting to it. Throws `work.key_invalid`. */
export async function checkedKey(text: string): Promise<string> {
  const key = text.trim()
  if (!(await isAgeRecipient(key))) throw new Problem('work.key_invalid')
  return key
}

export const party = (from: Ctx | Look, partyId: string) => store.findParty(from, partyId)
export const parties = (from: Ctx | Look, kind: store.PartyKind) => store.findParties(from, kind)

/** A case (or other relationship) by its id. Throws `not_found`. */
export async function relationship(from: Ctx | Look, relationshipId: string): Promise<store.RelationshipRow> {
  const row = await store.findRelationship(from, relationshipId)
  if (!row) throw new Problem('not_found')
  return row
}

/** The same, locked until the act ends, so that two acts cannot both decide on it. */
export async function lockRelationship(ctx: Ctx, relationshipId: string): Promise<store.RelationshipRow> {
  const row = await store.lockRelationship(ctx, relationshipId)
  if (!row) throw new Problem('not_found')
  return row
}

export const relationships = (from: Ctx | Look, subjectId: string) => store.findRelationships(from, subjectId)
export const lawyerOf = (from: Ctx | Look, of: store.RelationshipRow) => store.findLawyer(from, of)
/** Every law firm that ever had a case of this person, by day of assignment. */
export const lawyersOf = (from: Ctx | Look, subjectId: string) => store.findLawyers(from, subjectId)
export const demands = (from: Ctx | Look, subjectId: string) => store.findDemands(from, subjectId)
export const vouchers = (from: Ctx | Look, subjectId: string) => store.findVouchers(from, subjectId)
export const holds = (from: Ctx | Look, subjectId: string) => store.findHolds(from, subjectId)
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
      ctx.today,
      it.limitationOn,
      reviewOn,
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
    [of.subjectId, relationshipId, of.kind, of.clientId ?? null, null, null, ctx.today, null, review],
  ])
  return relationshipId
}

/** A client's debt cases by id, at most 500 after `after`: what is known without opening anything. */
export const casesOf = (from: Ctx | Look, clientId: string, after = '00000000-0000-0000-0000-000000000000') =>
  store.findCasesOf(from, clientId, { after, limit: 500 })

/** This client's cases among these reference digests, by digest in hex. */
export async function casesByReference(ctx: Ctx | Look, clientId: string, digests: readonly Buffer[]) {
  const rows = digests.length > 0 ? await store.findByReferences(ctx, clientId, digests) : []
  return new Map(rows.map(row => [row.referenceDigest.toString('hex'), row]))
}

export const setContent = (ctx: Ctx, relationshipId: string, digest: Buffer, limitationOn: string | null) =>
  store.setContent(ctx, relationshipId, digest, limitationOn)

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

/** Notes for many cases what was last received of them; a limitation of null leaves the one that is known. */
export const setContents = async (ctx: Ctx, cases: Parameters<typeof store.setContents>[1]): Promise<number> =>
  cases.length > 0 ? store.setContents(ctx, cases) : 0

/** Gives a case's place under its reference free for another case: `digest` stands there instead. */
export const setReference = (ctx: Ctx, relationshipId: string, digest: Buffer) =>
  store.setReference(ctx, relationshipId, digest)

export type RelationshipKey = store.Key

/** Closes several, each on its own day, for one reason. Returns how many were open. */
export const closeMany = (
  ctx: Ctx,
  keys: readonly (store.Key & { readonly closedOn: string })[],
  reason: CloseReason,
) => store.closeOn(ctx, keys, reason)

/** The records of these closed relationships have got their last day under this version of the policy. */
export const markClocked = (ctx: Ctx, keys: readonly store.Key[], version: number) =>
  store.setClocked(ctx, keys, version)

/** Nothing is left of these closed relationships but tombstones. */
export const markCleared = (ctx: Ctx, keys: readonly store.Key[]) => store.setCleared(ctx, keys)

/** The keys of these persons are destroyed. */
export const markForgotten = (ctx: Ctx, subjectIds: readonly string[]) => store.setForgotten(ctx, subjectIds)

export const setDisputed = (ctx: Ctx, relationshipId: string, day: string | null) =>
  store.setDisputed(ctx, relationshipId, day)

/** A person has looked at the case again and found the reason to keep it still good (S19). */
export const review = (ctx: Ctx, relationshipId: string, nextOn: string) => store.setReview(ctx, relationshipId, nextOn)

/** Makes a law firm the case's lawyer, in place of any other. */
export async function assignLawyer(ctx: Ctx, of: store.RelationshipRow, lawyerId: string): Promise<void> {
  await store.endLawyers(ctx, of, lawyerId)
  await store.insertLawyer(ctx, of, lawyerId)
  await store.resumeLawyer(ctx, of, lawyerId)
}

export const insertDemand = (ctx: Ctx, demand: store.DemandRow) => store.insertDemand(ctx, demand)

/** A recorded demand. Throws `not_found`. */
export async function demandOf(from: Ctx | Look, demandId: string): Promise<store.DemandRow> {
  const row = await store.findDemand(from, demandId)
  if (!row) throw new Problem('not_found')
  return row
}

/**
 * Books a voucher of a case. It must stay until five years after the end of the financial year in
 * which it was booked (Bookkeeping Act 2022); the policy may promise longer, never shorter.
 */
export async function book(
  ctx: Ctx,
  of: store.RelationshipRow,
  bookedOn: string,
  floor: string,
): Promise<store.VoucherRow> {
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
export async function openItem(
  ctx: Ctx,
  of: Pick<store.ItemRow, 'kind' | 'subjectId' | 'relationshipId'>,
): Promise<string> {
  const itemId = randomUUID()
  await store.insertItem(ctx, { ...of, itemId })
  return itemId
}

/** Opens many work items at once under ids of the caller's. */
export async function openItems(
  ctx: Ctx,
  items: readonly Pick<store.ItemRow, 'itemId' | 'kind' | 'subjectId' | 'relationshipId'>[],
): Promise<void> {
  if (items.length === 0) return
  await store.insertItems(
    ctx,
    items.map(it => [it.itemId, it.kind, it.subjectId, it.relationshipId, ctx.actor.id]),
  )
}

export const closeItem = (ctx: Ctx, itemId: string) => store.closeItem(ctx, itemId)

/** Puts a lawful reason not to erase yet on a case; it must be looked at again by `reviewOn`. */
export async function hold(
  ctx: Ctx,
  of: store.RelationshipRow,
  reason: store.HoldRow['reason'],
  reviewOn: string,
): Promise<void> {
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

export const liftHolds = (
  ctx: Ctx,
  of: Pick<store.RelationshipRow, 'subjectId' | 'relationshipId'>,
  reason: store.HoldRow['reason'],
) => store.liftHolds(ctx, of.subjectId, of.relationshipId, reason)

/** What an open relationship is worked for, unless a door of ours asks for another purpose it may serve. */
const PURPOSE_OF_RELATIONSHIP = {
  debtCase: 'debt_collection',
  webAccount: 'service',
  clientContact: 'client_relations',
  employment: 'employment',
  application: 'recruitment',
} as const

const PURPOSE_OF_ITEM = { disclosure: 'disclosure', request: 'rights', review: 'intake', job: '' } as const

/**
 * The purpose that follows from open work (never from what somebody types). `purpose` is given only
 * by a door that serves another purpose of the same work, e.g. bookkeeping on a case, or by a job.
 * Throws `work.no_item` when the work is not open or the policy does not let it serve that purpose.
 */
export async function warrant(ctx: Ctx, ref: WorkRef, purpose?: string): Promise<Warrant> {
  if (ref.kind === 'case') return caseWarrant(ctx, ref, purpose)
  const row = await store.findItem(ctx, ref.id)
  if (!row || row.kind !== ref.kind || row.closedAt) throw noItem()
  const { subjectId, relationshipId } = row
  const served = purpose ?? PURPOSE_OF_ITEM[row.kind]
  // A request is about the whole person, whatever case it was raised from.
  return issueFor(ctx, {
    purpose: served,
    work: ref,
    subjectId,
    relationshipId: row.kind === 'request' ? null : relationshipId,
  })
}

async function caseWarrant(ctx: Ctx, ref: WorkRef, purpose?: string): Promise<Warrant> {
  const row = await store.findRelationship(ctx, ref.id)
  if (!row || row.closedOn) throw noItem()
  const { subjectId, relationshipId } = row
  return issueFor(ctx, { purpose: purpose ?? PURPOSE_OF_RELATIONSHIP[row.kind], work: ref, subjectId, relationshipId })
}

function issueFor(ctx: Ctx, warrant: Warrant): Warrant {
  const { purposes } = policy.current(ctx).document
  const known = Object.hasOwn(purposes, warrant.purpose) ? purposes[warrant.purpose] : undefined
  if (!known?.work.includes(warrant.work.kind)) throw noItem()
  return issue(ctx, warrant)
}

function noItem(): Problem {
  return new Problem('work.no_item', { rule: 'work.no_item', clause: 'S12' })
}
