/**
 * What to do with each line, given what is known: pure, in the order of the file, so that it does not matter where
 * one batch ends and the next begins. Nothing it answers is ever told to the client (security A2).
 */
import { duplicateKey, matchKeys } from './match-keys.ts'
import type { Line } from './reading.ts'
import type { ReviewReason } from './row.ts'

export type RowLine = Extract<Line, { kind: 'row' }>
export type RejectLine = Extract<Line, { kind: 'reject' }>

/** A row with its keyed digests. */
export type Keyed = {
  readonly line: RowLine
  readonly reference: Buffer
  readonly referenceHex: string
  readonly content: Buffer
  /** Name, postcode and address together, or ''. */
  readonly possible: string
}

/** A case of this client's, as far as it matters here. */
export type KnownCase = {
  readonly subjectId: string
  readonly relationshipId: string
  readonly contentDigest: Buffer | null
  readonly disputedOn: string | null
  readonly closedOn: string | null
}

/** A row that waits for a person of ours. */
export type OpenReview = {
  readonly subjectId: string
  readonly reviewId: string
  readonly relationshipId: string
  readonly contentDigest: Buffer
}

/** What one batch needs to know of what we hold; asked once a batch. */
export type Knowledge = {
  /** By reference digest in hex. */
  readonly cases: ReadonlyMap<string, KnownCase>
  readonly reviews: ReadonlyMap<string, OpenReview>
  /** By CPR number, and by name and address. */
  readonly byCpr: ReadonlyMap<string, readonly string[]>
  readonly byPossible: ReadonlyMap<string, readonly string[]>
  /** Persons of whom only provisional rows are known. */
  readonly provisional: ReadonlySet<string>
  /** Persons with a restricted record, an objection among them. */
  readonly restricted: ReadonlySet<string>
  /** Cases (relationship ids) of which something from the client is still held. */
  readonly held: ReadonlySet<string>
  /** Persons of known cases who have a CPR number on file. */
  readonly withCpr: ReadonlySet<string>
}

/** Why a row waits: said by the row itself, or by what we hold (never told to the client). */
export type WaitReason =
  | ReviewReason
  | 'case_closed'
  | 'case_erased'
  | 'restricted'
  | 'disputed'
  | 'person_changed'
  | 'several_matches'
  | 'match_in_review'
  | 'possible_match'

/** A person: one we know, or a new one under a name that holds within this import. */
export type Person =
  { readonly kind: 'known'; readonly subjectId: string } | { readonly kind: 'new'; readonly key: string }

export type Action =
  | { readonly kind: 'unchanged'; readonly keyed: Keyed }
  /** Closed, and we hold nothing of it. */
  | { readonly kind: 'absent'; readonly keyed: Keyed }
  | { readonly kind: 'close'; readonly keyed: Keyed; readonly of: KnownCase }
  | { readonly kind: 'closeReview'; readonly keyed: Keyed; readonly review: OpenReview; readonly of?: KnownCase }
  | { readonly kind: 'change'; readonly keyed: Keyed; readonly of: KnownCase }
  | { readonly kind: 'open'; readonly keyed: Keyed; readonly person: Person }
  /** `of`: the case that bears the reference already. */
  | { readonly kind: 'wait'; readonly keyed: Keyed; readonly reason: WaitReason; readonly of?: KnownCase }
  | { readonly kind: 'waitAgain'; readonly keyed: Keyed; readonly review: OpenReview }

/** What lines before in the same transaction (or dry run) came to; grows as lines are sorted. */
export type Sorting = {
  /** CPR number -> a person made or waiting in this batch. */
  readonly persons: Map<string, Person | 'waiting'>
  readonly possible: Set<string>
}

/** Nothing sorted yet. */
export const openSorting = (): Sorting => ({ persons: new Map(), possible: new Set() })

/** Decides one row after the other. */
export function sortRows(rows: readonly Keyed[], known: Knowledge, sorting: Sorting): Action[] {
  return rows.map(keyed => {
    const action = sortRow(keyed, known, sorting)
    remember(action, sorting)
    return action
  })
}

/** The possible-match key of a row, '' when it has none. */
export function possibleKeyOf(line: RowLine): string {
  return line.isClosed ? '' : (matchKeys(line.row).find(key => key.kind === 'possible')?.value ?? '')
}

/** The form of a client's case reference in which digests are made: upper case, no spaces. */
export const referenceForm = (line: RowLine): string => duplicateKey(line.row)

function sortRow(keyed: Keyed, known: Knowledge, sorting: Sorting): Action {
  const of = known.cases.get(keyed.referenceHex)
  const review = known.reviews.get(keyed.referenceHex)
  if (keyed.line.isClosed) return sortClosed(keyed, of, review)
  if (review) {
    // What is restricted stays as it is, also while it waits.
    const stays = review.contentDigest.equals(keyed.content) || known.restricted.has(review.subjectId)
    return stays ? { kind: 'unchanged', keyed } : { kind: 'waitAgain', keyed, review }
  }
  return of ? sortKnown(keyed, of, known) : sortNew(keyed, known, sorting)
}

function sortClosed(keyed: Keyed, of: KnownCase | undefined, review: OpenReview | undefined): Action {
  const open = of && of.closedOn === null ? of : undefined
  if (review) return { kind: 'closeReview', keyed, review, ...(open && { of: open }) }
  if (open) return { kind: 'close', keyed, of: open }
  return of ? { kind: 'unchanged', keyed } : { kind: 'absent', keyed }
}

function sortKnown(keyed: Keyed, of: KnownCase, known: Knowledge): Action {
  if (of.contentDigest?.equals(keyed.content) === true) return { kind: 'unchanged', keyed }
  const reason = whyWait(keyed, of, known)
  return reason === '' ? { kind: 'change', keyed, of } : { kind: 'wait', keyed, reason, of }
}

function whyWait(keyed: Keyed, of: KnownCase, known: Knowledge): WaitReason | '' {
  if (of.contentDigest === null) return 'case_erased'
  if (of.closedOn !== null) return 'case_closed'
  if (!known.held.has(of.relationshipId)) return 'case_erased'
  if (known.restricted.has(of.subjectId)) return 'restricted'
  if (of.disputedOn !== null) return 'disputed'
  const { cpr } = keyed.line.row
  if (cpr !== '') {
    const persons = known.byCpr.get(cpr) ?? []
    // The same reference with another person's number: a reference given anew, or a typing error.
    const isOther = persons.length > 0 ? !persons.includes(of.subjectId) : known.withCpr.has(of.subjectId)
    if (isOther) return 'person_changed'
    if (persons.length > 1) return 'several_matches'
  }
  return keyed.line.reason
}

function sortNew(keyed: Keyed, known: Knowledge, sorting: Sorting): Action {
  const { row, reason } = keyed.line
  if (reason !== '') return { kind: 'wait', keyed, reason }
  return row.cpr === '' ? sortNameless(keyed, known, sorting) : sortByCpr(keyed, known, sorting)
}

function sortByCpr(keyed: Keyed, known: Knowledge, sorting: Sorting): Action {
  const { cpr } = keyed.line.row
  const met = sorting.persons.get(cpr)
  if (met === 'waiting') return { kind: 'wait', keyed, reason: 'match_in_review' }
  if (met) return { kind: 'open', keyed, person: met }
  const ids = known.byCpr.get(cpr) ?? []
  const [subjectId] = ids
  if (subjectId === undefined) return { kind: 'open', keyed, person: { kind: 'new', key: cpr } }
  if (ids.some(id => known.provisional.has(id))) return { kind: 'wait', keyed, reason: 'match_in_review' }
  if (ids.length > 1) return { kind: 'wait', keyed, reason: 'several_matches' }
  if (known.restricted.has(subjectId)) return { kind: 'wait', keyed, reason: 'restricted' }
  return { kind: 'open', keyed, person: { kind: 'known', subjectId } }
}

/** Without a CPR number: somebody of the same name at the same address may be the same, and may not. */
function sortNameless(keyed: Keyed, known: Knowledge, sorting: Sorting): Action {
  const { possible } = keyed
  const isMet = possible !== '' && (sorting.possible.has(possible) || (known.byPossible.get(possible) ?? []).length > 0)
  if (isMet) return { kind: 'wait', keyed, reason: 'possible_match' }
  return { kind: 'open', keyed, person: { kind: 'new', key: `line ${keyed.line.line}` } }
}

function remember(action: Action, { persons, possible }: Sorting): void {
  const isHeld =
    action.kind === 'open' || action.kind === 'wait' || action.kind === 'waitAgain' || action.kind === 'change'
  if (!isHeld) return
  if (action.keyed.possible !== '') possible.add(action.keyed.possible)
  const { cpr } = action.keyed.line.row
  if (cpr === '') return
  if (action.kind === 'open') persons.set(cpr, action.person)
  else if (action.kind === 'change') persons.set(cpr, { kind: 'known', subjectId: action.of.subjectId })
  else persons.set(cpr, 'waiting')
}
