/** The warrant: the purpose of an act, derived from open work and from nothing else. */
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import { issue, type Warrant, type WorkRef } from '../platform/warrant.ts'
import type { Ctx } from '../platform/world.ts'
import * as store from './store.ts'

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
