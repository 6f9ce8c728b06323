/** Those we work for and with: clients, law firms and authorities, their keys, and who has a case. */
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { isAgeRecipient } from '../platform/age.ts'
import { Problem } from '../platform/problems.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as store from './store.ts'
import type { PartyKind, PartyRow, RelationshipRow } from './types.ts'

/** The form in which names are compared: NFC, one space, lower case. */
export function nameKey(name: string): string {
  return name.normalize('NFC').trim().replace(/\s+/g, ' ').toLocaleLowerCase('da')
}

export type NewParty = {
  readonly kind: PartyKind
  readonly name: string
  readonly cvr?: string | null
  /** Public age recipient: `age1…` or `age1pq1…`. */
  readonly ageRecipient?: string | null
}

/** Registers a client, law firm or authority. Throws `work.client_exists` for a name already taken. */
export async function register(ctx: Ctx, party: NewParty): Promise<PartyRow> {
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
export async function partyByName(from: Ctx | Look, name: string): Promise<PartyRow> {
  const row = await store.findPartyByName(from, nameKey(name))
  if (!row) throw new Problem('work.client_unknown')
  return row
}

/** The same, only when it is of this kind. Throws `work.client_unknown`. */
export async function partyOfKind(from: Ctx | Look, kind: PartyKind, name: string): Promise<PartyRow> {
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

/** A party by its id, undefined when there is none. */
export const party = (from: Ctx | Look, partyId: string) => store.findParty(from, partyId)

/** Parties of one kind by name, at most 1000. */
export const parties = (from: Ctx | Look, kind: PartyKind) => store.findParties(from, kind)

/** The law firm that has the case now, undefined when none has. */
export const lawyerOf = (from: Ctx | Look, of: RelationshipRow) => store.findLawyer(from, of)

/** Every law firm that ever had a case of this person, by day of assignment. */
export const lawyersOf = (from: Ctx | Look, subjectId: string) => store.findLawyers(from, subjectId)

/** Makes a law firm the case's lawyer, in place of any other. */
export async function assignLawyer(ctx: Ctx, of: RelationshipRow, lawyerId: string): Promise<void> {
  await store.endLawyers(ctx, of, lawyerId)
  await store.insertLawyer(ctx, of, lawyerId)
  await store.resumeLawyer(ctx, of, lawyerId)
}
