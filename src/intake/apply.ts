/** Does what was decided for one batch: persons, cases, notices, records, reviews, and one entry a person. */
import { addDays } from '../lib/civil-date.ts'
import * as notices from '../notices/notices.ts'
import type { Warrant } from '../platform/warrant.ts'
import type { Ctx } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import type { Facts } from '../policy/types.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { POSSIBLE, type Known } from './knowledge.ts'
import { closeReasonOf, limitationOf, recordsOf } from './records.ts'
import type { Action, Keyed, WaitReason } from './sort.ts'
import * as store from './store.ts'

/** The delivery that a batch belongs to. */
export type Delivery = { readonly importId: string; readonly clientId: string; readonly warrant: Warrant }

/** A row that waits is looked at within this many days; the notice of Art. 14 is due after a month. */
export const REVIEW_DAYS = 14

/** Carries out the actions in the act's own transaction; the caller has decided that it may. */
export async function apply(ctx: Ctx, delivery: Delivery, actions: readonly Action[], known: Known): Promise<void> {
  const doing: Doing = { ctx, delivery, known, entries: new Map(), fresh: [], renewed: [], replaced: [] }
  await openCases(doing, actions)
  await renewCases(doing, actions)
  await closeCases(doing, actions)
  await takeIn(doing)
  await enter(doing)
}

/** The facts under which a client's row is taken in: the policy asks for each of them. */
export function factsOf(ctx: Ctx): Facts {
  return {
    roleAllowed: policy.may(ctx.actor.role, 'importPortfolio'),
    workOpen: true,
    // The notice is queued in this very transaction, or was when the case was opened.
    noticeGiven: true,
    required: true,
    // No open row passes the reading without a positive balance.
    debtOutstanding: true,
    // Databeskyttelsesloven section 11(2)(4): needed to establish and defend a claim.
    cprGround: true,
  }
}

type Doing = {
  readonly ctx: Ctx
  readonly delivery: Delivery
  readonly known: Known
  readonly entries: Map<string, { [what in What]?: string[] }>
  /** Records of new cases; of cases known already; and what these replace. */
  readonly fresh: subjects.NewRecord[]
  readonly renewed: subjects.NewRecord[]
  readonly replaced: subjects.RecordHead[]
}

type What = 'opened' | 'changed' | 'closed' | 'waiting'

function only<Kind extends Action['kind']>(actions: readonly Action[], kind: Kind) {
  return actions.filter((action): action is Extract<Action, { kind: Kind }> => action.kind === kind)
}

function note(doing: Doing, what: What, of: { readonly subjectId: string; readonly relationshipId: string }): void {
  const entry = doing.entries.get(of.subjectId) ?? {}
  doing.entries.set(of.subjectId, entry)
  entry[what] = [...(entry[what] ?? []), of.relationshipId]
}

type Opening = {
  readonly keyed: Keyed
  readonly subjectId: string
  readonly relationshipId: string
  readonly noticeId: string
  readonly referenceDigest: Buffer
  readonly reason: WaitReason | ''
  readonly reviewId: string
  /** Another case bears the reference already. */
  readonly isAside: boolean
}

/** Cases of new and known persons, and provisional ones, under persons of their own, for rows that wait. */
async function openCases(doing: Doing, actions: readonly Action[]): Promise<void> {
  const { ctx, delivery } = doing
  const { clientId } = delivery
  const openings = await openingsOf(doing, actions)
  await work.openCases(
    ctx,
    openings.map(({ keyed, subjectId, relationshipId, referenceDigest, isAside }) => ({
      subjectId,
      relationshipId,
      clientId,
      referenceDigest,
      contentDigest: keyed.content,
      limitationOn: limitationOf(keyed.line.row),
      ...(isAside && { isAside }),
    })),
  )
  await notices.queueCollection(ctx, openings)
  for (const it of openings) {
    note(doing, it.reason === '' ? 'opened' : 'waiting', it)
    addRecords(doing.fresh, it.keyed, { ...it, importId: delivery.importId })
  }
  await queueReviews(
    doing,
    openings.filter(it => it.reason !== ''),
  )
}

async function openingsOf({ ctx }: Doing, actions: readonly Action[]): Promise<Opening[]> {
  const found = actions.filter(action => action.kind === 'open' || action.kind === 'wait')
  const nameOf = (action: (typeof found)[number], index: number) =>
    action.kind === 'open' && action.person.kind === 'new' ? action.person.key : `waiting ${index}`
  const isNew = (action: (typeof found)[number]) => action.kind === 'wait' || action.person.kind === 'new'
  const names = [...new Set(found.flatMap((action, index) => (isNew(action) ? [nameOf(action, index)] : [])))]
  const ids = await subjects.create(ctx, names.length)
  const created = new Map(names.map((name, index) => [name, ids[index] as string]))
  return found.map((action, index) => {
    const { keyed } = action
    const isKnown = action.kind === 'open' && action.person.kind === 'known'
    const reviewId = action.kind === 'wait' ? store.newId() : ''
    // A reference that a case bears already stays with that case.
    const isTaken = action.kind === 'wait' && action.of !== undefined
    return {
      keyed,
      subjectId: isKnown
        ? (action.person as { subjectId: string }).subjectId
        : (created.get(nameOf(action, index)) as string),
      relationshipId: store.newId(),
      noticeId: store.newId(),
      referenceDigest: isTaken ? provisionalReference(ctx, reviewId) : keyed.reference,
      reason: action.kind === 'wait' ? action.reason : '',
      reviewId,
      isAside: isTaken,
    }
  })
}

/** Where a provisional case stands while another bears its reference. */
export function provisionalReference(ctx: Ctx, reviewId: string): Buffer {
  return subjects.keyedDigest(ctx, 'reference', 'review', reviewId)
}

async function queueReviews({ ctx, delivery }: Doing, waiting: readonly Opening[]): Promise<void> {
  if (waiting.length === 0) return
  const { importId, clientId } = delivery
  const reviewOn = addDays(ctx.today, REVIEW_DAYS)
  await work.openItems(
    ctx,
    waiting.map(({ reviewId, subjectId, relationshipId }) => ({
      itemId: reviewId,
      kind: 'review',
      subjectId,
      relationshipId,
    })),
  )
  await store.insertReviews(
    ctx,
    waiting.map(({ keyed, reviewId, subjectId, relationshipId, reason }) => [
      subjectId,
      reviewId,
      relationshipId,
      importId,
      clientId,
      keyed.reference,
      keyed.content,
      keyed.line.line,
      reason,
      ctx.today,
      reviewOn,
    ]),
  )
}

/** What a known case says anew: records beside the old ones, which then go. */
async function renewCases(doing: Doing, actions: readonly Action[]): Promise<void> {
  const { ctx, delivery } = doing
  const changes = only(actions, 'change').map(({ keyed, of }) => ({ keyed, of, what: 'changed' as const }))
  const again = only(actions, 'waitAgain').map(({ keyed, review }) => ({ keyed, of: review, what: 'waiting' as const }))
  const all = [...changes, ...again]
  for (const { keyed, of, what } of all) {
    note(doing, what, of)
    const old = (doing.known.heads.get(of.relationshipId) ?? []).filter(head => head.source === 'client')
    const noticeId = old.find(head => head.noticeId !== null)?.noticeId ?? null
    addRecords(doing.renewed, keyed, { ...of, noticeId, importId: delivery.importId, old })
    doing.replaced.push(...old)
  }
  await work.setContents(
    ctx,
    all.map(({ keyed, of }) => ({
      relationshipId: of.relationshipId,
      contentDigest: keyed.content,
      limitationOn: limitationOf(keyed.line.row),
    })),
  )
  if (again.length === 0) return
  const renewed = only(actions, 'waitAgain')
  await store.renewReviews(
    ctx,
    delivery.importId,
    renewed.map(({ keyed, review }) => ({
      reviewId: review.reviewId,
      contentDigest: keyed.content,
      line: keyed.line.line,
    })),
  )
}

type Place = {
  readonly subjectId: string
  readonly relationshipId: string
  readonly noticeId: string | null
  readonly importId: string
  readonly old?: readonly subjects.RecordHead[]
}

/** Adds the records of a row to those that are to be held. */
export function addRecords(
  to: subjects.NewRecord[],
  keyed: Keyed,
  { subjectId, relationshipId, noticeId, importId, old }: Place,
) {
  for (const { category, values } of recordsOf(keyed.line.row)) {
    to.push({
      subjectId,
      relationshipId,
      category,
      source: 'client',
      values,
      noticeId,
      importId,
      supersedes: old?.find(head => head.category === category)?.recordId ?? null,
      // The digest of name and address goes with the address.
      ...(category === 'debtor_contact' && keyed.possible !== '' && { foundBy: { [POSSIBLE]: keyed.possible } }),
    })
  }
}

async function closeCases(doing: Doing, actions: readonly Action[]): Promise<void> {
  const { ctx } = doing
  const reviews = only(actions, 'closeReview')
  const closing = [
    ...only(actions, 'close'),
    ...reviews.flatMap(({ keyed, review, of }) => [{ keyed, of: review }, ...(of ? [{ keyed, of }] : [])]),
  ]
  for (const { of } of closing) note(doing, 'closed', of)
  await work.closeCases(
    ctx,
    closing.map(({ keyed, of }) => ({
      relationshipId: of.relationshipId,
      closedOn: keyed.line.row.closed_on,
      reason: closeReasonOf(keyed.line.row.close_reason),
      contentDigest: keyed.content,
    })),
  )
  await work.markClientClosed(ctx, closedBefore(doing, actions))
  if (reviews.length === 0) return
  // The client took the row back before it was settled: there is nothing left to decide.
  await store.settleReviews(
    ctx,
    reviews.map(({ review }) => review.reviewId),
    'refused',
  )
  for (const { review } of reviews) await work.closeItem(ctx, review.reviewId)
}

/** Cases that the client closes and we had closed already: the client sees them closed as by its own file (A2). */
function closedBefore({ known }: Doing, actions: readonly Action[]) {
  return [...only(actions, 'unchanged'), ...only(actions, 'closeReview')].flatMap(({ keyed }) => {
    const of = known.cases.get(keyed.referenceHex)
    const { isClosed, row } = keyed.line
    return isClosed && of && of.closedOn !== null
      ? [{ relationshipId: of.relationshipId, closedOn: row.closed_on }]
      : []
  })
}

async function takeIn({ ctx, delivery, fresh, renewed, replaced }: Doing): Promise<void> {
  const facts = factsOf(ctx)
  if (fresh.length > 0) await subjects.hold(ctx, delivery.warrant, fresh, facts)
  if (renewed.length > 0) await subjects.hold(ctx, delivery.warrant, renewed, { ...facts, caseKnown: true })
  await subjects.supersede(ctx, delivery.warrant, replaced, facts)
}

/** One entry a person and batch: which cases, under which delivery; no values. */
async function enter({ ctx, delivery, entries }: Doing): Promise<void> {
  const { importId, clientId, warrant } = delivery
  await subjects.enter(
    ctx,
    [...entries].map(([subjectId, what]) => ({
      subjectId,
      kind: 'intake.received',
      detail: { purpose: warrant.purpose, work: warrant.work, import: importId, client: clientId, ...what },
    })),
  )
}
