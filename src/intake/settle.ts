/** A person of ours settles a row that waits: the same person as in a case, somebody new, or not to be taken. */
import { Problem } from '../platform/problems.ts'
import type { Warrant } from '../platform/warrant.ts'
import type { Ctx } from '../platform/world.ts'
import * as notices from '../notices/notices.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { factsOf, provisionalReference } from './apply.ts'
import { POSSIBLE } from './knowledge.ts'
import { emptyRow } from './debtor-row.ts'
import { matchKeys } from './match-keys.ts'
import * as store from './store.ts'

export type Outcome = 'same' | 'new' | 'refused'

export type Settlement = {
  readonly reviewId: string
  readonly as: Outcome
  /** The case whose person it is, for `same`. */
  readonly caseId?: string | undefined
}

export type Settled = { readonly reviewId: string; readonly outcome: Outcome; readonly caseId: string | null }

/**
 * Settles one review. `new`: the provisional person and case become real. `same`: the values move to the person of
 * the case named, and the provisional ones are erased. `refused`: they are erased. Throws `not_found`,
 * `intake.reference_taken`, `usage`, and `policy.refused` while that person's records are restricted.
 */
export async function settle(ctx: Ctx, { reviewId, as, caseId }: Settlement): Promise<Settled> {
  policy.requireTask(ctx, 'settleReview')
  await keepThem(ctx, reviewId, caseId)
  const review = await store.lockReview(ctx, reviewId)
  if (!review || review.settledOn) throw new Problem('not_found')
  const warrant = await work.warrant(ctx, { kind: 'review', id: reviewId })
  const place =
    as === 'refused' ? null : as === 'new' ? await accept(ctx, review) : await move(ctx, { review, warrant, caseId })
  if (as !== 'new') await clear(ctx, review, warrant)
  await store.settleReviews(ctx, [reviewId], as)
  await work.closeItem(ctx, reviewId)
  // Nothing is left of the provisional person that anybody could be told of, or the real case's notice tells it.
  if (as !== 'new')
    await notices.endProvisional(ctx, review, as === 'same' ? 'notices.told_by_other' : 'notices.not_taken')
  const detail = {
    purpose: warrant.purpose,
    work: warrant.work,
    review: reviewId,
    outcome: as,
    ...(place && { case: place.caseId }),
  }
  const persons = new Set([review.subjectId, ...(place ? [place.subjectId] : [])])
  await subjects.enter(
    ctx,
    [...persons].map(subjectId => ({ subjectId, kind: 'intake.review_settled', detail })),
  )
  return { reviewId, outcome: as, caseId: place?.caseId ?? null }
}

/** First of all, and in one order, what is held of both persons: an objection waits for us or is seen by us (S25). */
async function keepThem(ctx: Ctx, reviewId: string, caseId: string | undefined): Promise<void> {
  const review = await store.findReview(ctx, reviewId)
  const named = review && caseId !== undefined ? await work.relationship(ctx, caseId) : undefined
  await subjects.keepMany(
    ctx,
    [review, named].flatMap(it => it?.subjectId ?? []),
  )
}

type Place = { readonly subjectId: string; readonly caseId: string }

async function accept(ctx: Ctx, review: store.ReviewRow): Promise<Place> {
  const own = await work.casesByReference(ctx, review.clientId, [review.referenceDigest])
  const bearer = own.get(review.referenceDigest.toString('hex'))
  if (bearer && bearer.relationshipId !== review.relationshipId) throw new Problem('intake.reference_taken')
  return { subjectId: review.subjectId, caseId: review.relationshipId }
}

type Moving = { readonly review: store.ReviewRow; readonly warrant: Warrant; readonly caseId: string | undefined }

async function move(ctx: Ctx, { review, warrant, caseId }: Moving): Promise<Place> {
  if (caseId === undefined) throw needsCase()
  const named = await work.lockRelationship(ctx, caseId)
  if (named.kind !== 'debtCase' || named.relationshipId === review.relationshipId) throw needsCase()
  const { subjectId } = named
  const values = await valuesOf(ctx, review, warrant)
  const place = await placeFor(ctx, review, subjectId)
  const itemId = await work.openItem(ctx, { kind: 'review', subjectId, relationshipId: null })
  const target = await work.warrant(ctx, { kind: 'review', id: itemId })
  const heads = await subjects.headsOf(ctx, [subjectId])
  const old = heads.filter(head => head.relationshipId === place.caseId && head.source === 'client')
  const facts = {
    ...factsOf(ctx),
    roleAllowed: true,
    caseKnown: !place.isNew,
    restricted: heads.some(head => head.restrictedAt !== null),
  }
  const noticeId = place.noticeId ?? old.find(head => head.noticeId !== null)?.noticeId ?? null
  await subjects.hold(
    ctx,
    target,
    values.map(({ category, values: given }) => ({
      subjectId,
      relationshipId: place.caseId,
      category,
      source: 'client',
      values: given,
      noticeId,
      importId: review.importId,
      supersedes: old.find(head => head.category === category)?.recordId ?? null,
      ...(category === 'debtor_contact' && foundBy(values)),
    })),
    facts,
  )
  await subjects.supersede(ctx, target, old, facts)
  await work.closeItem(ctx, itemId)
  return { subjectId, caseId: place.caseId }
}

type Given = { readonly category: string; readonly values: subjects.Values }

async function valuesOf(ctx: Ctx, review: store.ReviewRow, warrant: Warrant): Promise<Given[]> {
  const facts = { ...factsOf(ctx), roleAllowed: true }
  const { opened } = await subjects.open(ctx, warrant, {
    subjectId: review.subjectId,
    verb: 'read',
    factsOf: () => facts,
  })
  return opened.map(({ row, values }) => ({ category: row.category, values }))
}

function foundBy(given: readonly Given[]) {
  const all = Object.assign({}, ...given.map(it => it.values)) as { [field: string]: string }
  const { name = '', address = '', postcode = '' } = all
  const key = matchKeys({ ...emptyRow(), name, address, postcode }).find(it => it.kind === 'possible')
  return key ? { foundBy: { [POSSIBLE]: key.value } } : {}
}

type Where = { readonly caseId: string; readonly noticeId: string | null; readonly isNew: boolean }

/** The case that bears the reference when it is this person's; otherwise a new case of this person under it. */
async function placeFor(ctx: Ctx, review: store.ReviewRow, subjectId: string): Promise<Where> {
  const { clientId, referenceDigest, contentDigest, reviewId } = review
  const own = await work.casesByReference(ctx, clientId, [referenceDigest])
  const bearer = own.get(referenceDigest.toString('hex'))
  const provisional = await work.relationship(ctx, review.relationshipId)
  const { limitationOn, openedOn } = provisional
  if (bearer && bearer.relationshipId !== review.relationshipId) {
    if (bearer.subjectId !== subjectId) throw new Problem('intake.reference_taken')
    if (bearer.closedOn) throw new Problem('work.case_closed')
    await work.setContents(ctx, [{ relationshipId: bearer.relationshipId, contentDigest, limitationOn }])
    return { caseId: bearer.relationshipId, noticeId: null, isNew: false }
  }
  await work.setReference(ctx, review.relationshipId, provisionalReference(ctx, reviewId))
  const relationshipId = store.newId()
  const noticeId = store.newId()
  // The client has known it under the provisional id and day, and goes on to (A2).
  const shownAs = review.relationshipId
  await work.openCases(ctx, [
    { subjectId, relationshipId, clientId, referenceDigest, contentDigest, limitationOn, openedOn, shownAs },
  ])
  // The month of Art. 14(3)(a) runs from the day the data came, not from the day we knew whose it was.
  await notices.queueCollection(ctx, [{ subjectId, relationshipId, noticeId, receivedOn: openedOn }])
  return { caseId: relationshipId, noticeId, isNew: true }
}

/** Nothing of the provisional person is needed any more (S19). */
async function clear(ctx: Ctx, review: store.ReviewRow, warrant: Warrant): Promise<void> {
  const rows = (await subjects.rowsOf(ctx, review.subjectId)).filter(row => row.erasedAt === null)
  const facts = { roleAllowed: true, workOpen: true, reasonEnded: true }
  await subjects.erase(ctx, warrant, rows, { reason: 'S19.reviewed', facts: () => facts })
  await work.close(ctx, review.relationshipId, 'ended')
}

function needsCase(): Problem {
  return new Problem('usage', {
    detail: {
      da: 'Angiv den sag, hvis person det er: --case SAG',
      en: 'Name the case whose person it is: --case CASE',
    },
  })
}
