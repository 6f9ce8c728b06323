/** The shapes of work: parties, relationships, demands, vouchers, items and holds, as the database keeps them. */

/** What a party may be. */
export type PartyKind = 'client' | 'lawyer' | 'authority'

/** A client, law firm or authority as registered. */
export type PartyRow = {
  partyId: string
  kind: PartyKind
  name: string
  cvr: string | null
  ageRecipient: string | null
  registeredAt: Date
}

/** Why we deal with a person: a debt case or another relationship. Days are civil dates. */
export type RelationshipRow = {
  subjectId: string
  relationshipId: string
  kind: 'debtCase' | 'webAccount' | 'clientContact' | 'employment' | 'application'
  clientId: string | null
  contentDigest: Buffer | null
  openedOn: string
  limitationOn: string | null
  disputedOn: string | null
  closedOn: string | null
  closeReason: string | null
  reviewOn: string
  /** A provisional case beside the one that bears its reference. */
  isAside: boolean
  /** The id under which the client knows the case, when that is not its own. */
  shownAs: string | null
  /** The day on which the client's own file closed it. */
  clientClosedOn: string | null
}

/** A law firm’s time on a case. */
export type LawyerRow = {
  relationshipId: string
  lawyerId: string
  name: string
  assignedOn: string
  endedOn: string | null
}

/** An authority’s demand for fields of a case, valid for a time. */
export type DemandRow = {
  subjectId: string
  demandId: string
  relationshipId: string
  authorityId: string
  sealedReference: Buffer
  legalBasis: string
  fields: string[]
  demandedOn: string
  validUntil: string
}

/** A voucher of a case and the day through which the law keeps it. */
export type VoucherRow = {
  subjectId: string
  voucherId: string
  relationshipId: string
  bookedOn: string
  financialYearEndsOn: string
  floorUntil: string
}

/** A piece of work that gives acts their purpose. */
export type ItemRow = {
  itemId: string
  kind: 'disclosure' | 'request' | 'job' | 'review'
  subjectId: string | null
  relationshipId: string | null
  openedBy: string
  openedAt: Date
  closedAt: Date | null
}

/** A lawful reason not to erase yet, with the day on which it is looked at again. */
export type HoldRow = {
  subjectId: string
  holdId: string
  relationshipId: string
  reason: 'dispute' | 'claim' | 'authority'
  placedOn: string
  reviewOn: string
  liftedOn: string | null
}

/** Names one relationship. */
export type Key = { readonly subjectId: string; readonly relationshipId: string }

/** Where a listing goes on: past this id, and at most so many. */
export type Page = { readonly after: string; readonly limit: number }

/** What the closing of one case among many says of it; `closedOn` is a civil date, the digest of what was received. */
export type ClosedCase = { relationshipId: string; closedOn: string; reason: string; contentDigest: Buffer }

/** What was last received of one case among many; no new limitation day: null. */
export type ReceivedCase = { relationshipId: string; contentDigest: Buffer; limitationOn: string | null }
