/** What is shown of a case unopened: all to our own people, to its client nothing that tells of the person. Pure. */
import type { RelationshipRow } from '../work/work.ts'

/** A case as anyone who may know of it at all sees it: ids, states and dates. */
export type CaseView = {
  readonly caseId: string
  readonly clientId: string
  readonly state: 'open' | 'closed'
  readonly openedOn: string
  readonly limitationOn: string | null
  readonly disputedOn: string | null
  readonly closedOn: string | null
  readonly closeReason: string | null
  readonly reviewOn: string
}

/** A case as its client sees it: nothing in it depends on what the person did or what we know of the person (A2). */
export type ClientCaseView = Pick<CaseView, 'caseId' | 'clientId' | 'state' | 'openedOn' | 'closedOn'>

/** Ends of a case that a creditor is told of; that a case ended for reasons of the person's or of ours it is not. */
const TOLD: ReadonlySet<string | null> = new Set(['paid', 'recalled', 'assigned', 'notOwed'])

/** The id under which its client knows a case: that of its first delivery. */
export const shownId = (row: RelationshipRow) => row.shownAs ?? row.relationshipId

/** The client's view: closed only by the client itself, or for a reason that a creditor is told of (A2). */
export function clientViewOf(row: RelationshipRow): ClientCaseView {
  const closedOn = row.clientClosedOn ?? (TOLD.has(row.closeReason) ? row.closedOn : null)
  const state = closedOn === null ? 'open' : 'closed'
  return { caseId: shownId(row), clientId: row.clientId ?? '', state, openedOn: row.openedOn, closedOn }
}

/** The view of our own people: ids, states and dates, nothing opened. */
export function viewOf(row: RelationshipRow): CaseView {
  const { relationshipId: caseId, openedOn, limitationOn, disputedOn, closedOn, closeReason, reviewOn } = row
  const state = closedOn === null ? 'open' : 'closed'
  return {
    caseId,
    clientId: row.clientId ?? '',
    state,
    openedOn,
    limitationOn,
    disputedOn,
    closedOn,
    closeReason,
    reviewOn,
  }
}
