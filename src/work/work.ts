/**
 * The work module's face: clients, lawyers and authorities; cases and their life; demands, vouchers,
 * holds; and the warrant, which turns open work into the purpose of an act.
 */
import { randomUUID } from 'node:crypto'
import { addDuration } from '../lib/civil-date.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
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
      it.subjectId, it.relationshipId, 'debtCase', it.clientId, it.referenceDigest, it.contentDigest, ctx.today,
      it.limitationOn, reviewOn,
    ]),
  )
}

/** Opens a relationship that is no debt: a web account, a client's contact, employment, an application. */
export async function openRelationship(
  ctx: Ctx,
  of: { readonly subjectId: string; readonly kind: 'webAccount' | 'clientContact' | 'employment' | 'application'; readonly clientId?: string },
): Promise<string> {
  const relationshipId = randomUUID()
  const review = addDuration(ctx.today, 'P12M')
  await store.insertRelationships(ctx, [
    [of.subjectId, relationshipId, of.kind, of.clientId ?? null, null, null, ctx.today, null, review],
  ])
  return relationshipId
}

/** This client's cases among these reference digests, by digest in hex. */
export async function casesByReference(ctx: Ctx, clientId: string, digests: readonly Buffer[]) {
  const rows = digests.length > 0 ? await store.findByReferences(ctx, clientId, digests) : []
  return new Map(rows.map(row => [row.referenceDigest.toString('hex'), row]))
}

export const setContent = (ctx: Ctx, relationshipId: string, digest: Buffer, limitationOn: string | null) =>
  store.setContent(ctx, relationshipId, digest, limitationOn)

export type CloseReason = 'paid' | 'recalled' | 'assigned' | 'timeBarred' | 'notOwed' | 'ended'

/** Closes a case: the reason to keep it ends and its clock starts. False when it was closed already. */
export async function close(ctx: Ctx, relationshipId: string, reason: CloseReason, closedOn = ctx.today): Promise<boolean> {
  return (await store.close(ctx, relationshipId, closedOn, reason)) > 0
}

export const setDisputed = (ctx: Ctx, relationshipId: string, day: string | null) => store.setDisputed(ctx, relationshipId, day)

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
export async function book(ctx: Ctx, of: store.RelationshipRow, bookedOn: string, floor: string): Promise<store.VoucherRow> {
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
export async function openItem(ctx: Ctx, of: Pick<store.ItemRow, 'kind' | 'subjectId' | 'relationshipId'>): Promise<string> {
  const itemId = randomUUID()
  await store.insertItem(ctx, { ...of, itemId })
  return itemId
}

export const closeItem = (ctx: Ctx, itemId: string) => store.closeItem(ctx, itemId)

/** Puts a lawful reason not to erase yet on a case; it must be looked at again by `reviewOn`. */
export async function hold(ctx: Ctx, of: store.RelationshipRow, reason: store.HoldRow['reason'], reviewOn: string): Promise<void> {
  const { subjectId, relationshipId } = of
  await store.insertHold(ctx, { subjectId, relationshipId, holdId: randomUUID(), reason, placedOn: ctx.today, reviewOn })
}

export const liftHolds = (ctx: Ctx, of: Pick<store.RelationshipRow, 'subjectId' | 'relationshipId'>, reason: store.HoldRow['reason']) =>
  store.liftHolds(ctx, of.subjectId, of.relationshipId, reason)

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
  return issueFor(ctx, { purpose: served, work: ref, subjectId, relationshipId: row.kind === 'request' ? null : relationshipId })
}

async function caseWarrant(ctx: Ctx, ref: WorkRef, purpose?: string): Promise<Warrant> {
  const row = await store.findRelationship(ctx, ref.id)
  if (!row || row.closedOn) throw noItem()
  const { subjectId, relationshipId } = row
  return issueFor(ctx, { purpose: purpose ?? PURPOSE_OF_RELATIONSHIP[row.kind], work: ref, subjectId, relationshipId })
}

function issueFor(ctx: Ctx, warrant: Warrant): Warrant {
  const known = policy.current(ctx).document.purposes[warrant.purpose]
  if (!known?.work.includes(warrant.work.kind)) throw noItem()
  return issue(ctx, warrant)
}

function noItem(): Problem {
  return new Problem('work.no_item', { rule: 'work.no_item', clause: 'S12' })
}
