/**
 * The notices module's face: what a person must be told is queued in the act that makes it due, and
 * stays until it was told, held by law, or handed to a person of ours. It is never dropped.
 */
import { randomUUID } from 'node:crypto'
import { addDays, addDuration, isDate } from '../lib/civil-date.ts'
import { Problem } from '../platform/problems.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as store from './store.ts'

export type { NoticeChannel, NoticeKind, NoticeRow, NoticeState, RecipientKind } from './store.ts'

/** Letters need days to be printed and carried, so a notice goes out this long before its day. */
export const LEAD_DAYS = 7

export type NewCollectionNotice = {
  readonly subjectId: string
  readonly relationshipId: string
  /** Given by the caller, so that records can refer to it. */
  readonly noticeId: string
  /** Day the data reached us, 'YYYY-MM-DD'; absent: today. */
  readonly receivedOn?: string
  readonly language?: 'da' | 'en'
}

/**
 * Art. 14(3)(a): queues the notice of each new case in one COPY, due one month after receipt. The
 * day is not rolled past a weekend. One notice a case; the caller enters it in the ledger.
 */
export async function queueCollection(ctx: Ctx, notices: readonly NewCollectionNotice[]): Promise<void> {
  if (notices.length === 0) return
  await store.insertCollections(
    ctx,
    notices.map(it => [
      it.subjectId, it.noticeId, 'collection', it.relationshipId, collectionDueOn(it.receivedOn ?? ctx.today), 'queued',
      it.language ?? 'da',
    ]),
  )
}

/** The last day to tell a person of data received on `receivedOn`: the same day next month, or that month's last. */
export function collectionDueOn(receivedOn: string): string {
  return addDuration(receivedOn, 'P1M')
}

export type NewDisclosureNotice = {
  readonly subjectId: string
  readonly relationshipId: string
  readonly noticeId?: string
  readonly recipientId: string
  readonly recipientKind: store.RecipientKind
  /** Codes of the fields that are disclosed, at least one. */
  readonly fields: readonly string[]
  /** The authority's recorded demand, for recipientKind 'authority'. */
  readonly demandId?: string
  readonly language?: 'da' | 'en'
  /** The law forbids telling yet: held from the start, so that nothing ever showed. Needs task `holdNotice`. */
  readonly hold?: HoldTerms
}

/**
 * Art. 14(3)(c), S22: queues the notice of a disclosure in the disclosure's own act, due today, and
 * returns its id. The caller enters it in the ledger, with `visibleFrom: null` when it is held.
 */
export async function queueDisclosure(ctx: Ctx, notice: NewDisclosureNotice): Promise<string> {
  const { hold: terms, ...rest } = notice
  const noticeId = notice.noticeId ?? randomUUID()
  await store.insertDisclosure(ctx, { ...rest, noticeId, language: notice.language ?? 'da', demandId: notice.demandId ?? null })
  if (terms) await hold(ctx, noticeId, terms)
  return noticeId
}

/**
 * Art. 14(3)(c): a case's first notice is due at the latest with its first disclosure. Brings it
 * forward to today when it is still queued; returns how many were.
 */
export const bringForward = (ctx: Ctx, subjectId: string, relationshipId: string): Promise<number> =>
  store.bringForward(ctx, subjectId, relationshipId)

/** Laws under which telling may wait: they are looked at again within twelve months. */
export const HOLD_GROUNDS = [
  'databeskyttelsesloven_22_1',
  'databeskyttelsesloven_22_2',
  'hvidvaskloven_38',
  'court_order',
] as const
export type HoldGround = (typeof HOLD_GROUNDS)[number]
export type HoldTerms = { readonly ground: HoldGround; readonly reviewOn: string }

/**
 * Holds a notice back under a named law; the actor is its approver. It is hidden from the person's own
 * view until released. Throws `notices.review_date` and `notices.wrong_state` (sent already, or in hand).
 */
export async function hold(ctx: Ctx, noticeId: string, terms: HoldTerms): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['queued', 'returned', 'escalated', 'held'])
  policy.requireTask(ctx, 'holdNotice')
  const isInTime = isDate(terms.reviewOn) && terms.reviewOn > ctx.today && terms.reviewOn <= addDuration(ctx.today, 'P12M')
  if (!isInTime) throw new Problem('notices.review_date', { clause: 'S22', faults: [{ field: 'reviewOn', code: 'notices.review_date' }] })
  if (notice.batchId) throw wrongState()
  await store.markHeld(ctx, noticeId, terms)
  await enter(ctx, notice, 'notices.held', { ground: terms.ground, reviewOn: terms.reviewOn }, null)
}

/** Ends a hold: the notice is queued again with its old day, and shows from now on. */
export async function release(ctx: Ctx, noticeId: string): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['held'])
  policy.requireTask(ctx, 'holdNotice')
  await store.markReleased(ctx, noticeId)
  await enter(ctx, notice, 'notices.released', { ground: notice.heldGround })
}

/** Somebody knows that it arrived, by the channel it went or by another. */
export async function recordDelivery(ctx: Ctx, noticeId: string): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['sent', 'escalated'])
  policy.requireTask(ctx, 'workCase')
  await store.markDelivered(ctx, noticeId, notice.channel ?? 'letter')
  await enter(ctx, notice, 'notices.delivered', { channel: notice.channel ?? 'letter' })
}

/** It came back. The next sending tries another channel; when none is left it goes to a person of ours. */
export async function recordReturn(ctx: Ctx, noticeId: string): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['sent', 'delivered'])
  policy.requireTask(ctx, 'workCase')
  await store.markReturned(ctx, noticeId, 'notices.returned')
  await enter(ctx, notice, 'notices.returned', { channel: notice.channel })
}

/** Puts an escalated notice back in the queue after a person has put right what stood in the way. */
export async function requeue(ctx: Ctx, noticeId: string): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['escalated'])
  policy.requireTask(ctx, 'workCase')
  if (notice.batchId) throw wrongState()
  await store.markQueued(ctx, noticeId)
  await enter(ctx, notice, 'notices.requeued', { failure: notice.failure })
}

/** All notices of a person, oldest first, held ones too: for our own people, never for the person's view. */
export const statusOf = (from: Ctx | Look, subjectId: string) => store.findOfSubject(from, subjectId)

/** What the person may see of them: a held notice leaves no trace here (Databeskyttelsesloven section 22). */
export async function visibleStatusOf(from: Ctx | Look, subjectId: string): Promise<store.NoticeRow[]> {
  const rows = await store.findOfSubject(from, subjectId)
  return rows.filter(row => row.visibleFrom !== null && row.visibleFrom <= from.now)
}

export type Counts = {
  /** By kind and state; `late` are not told though their day has passed. */
  readonly states: readonly store.CountRow[]
  /** Held longer than promised without a new look; must be 0. */
  readonly heldPastReview: number
}

/** Figures for the promise board: no ids, nobody named. */
export async function counts(look: Look): Promise<Counts> {
  return { states: await store.count(look), heldPastReview: await store.countHeldPastReview(look) }
}

/** Notices whose time to be sent has come (their day, less the lead of a letter), by id, at most 200 from `after`. */
export const due = (look: Look, after?: string) =>
  store.list(look, { dueUntil: addDays(look.today, LEAD_DAYS), limit: 200, ...(after && { after }) })

/** Notices by id, optionally of one state, at most 200 from `after`. */
export const list = (look: Look, of: { readonly state?: store.NoticeState; readonly after?: string } = {}) =>
  store.list(look, { ...of, limit: 200 })

async function lockIn(ctx: Ctx, noticeId: string, states: readonly store.NoticeState[]): Promise<store.NoticeRow> {
  const notice = await store.lock(ctx, noticeId)
  if (!notice) throw new Problem('not_found')
  if (!states.includes(notice.state) || notice.handedAt) throw wrongState()
  return notice
}

function wrongState(): Problem {
  return new Problem('notices.wrong_state', { clause: 'S22' })
}

type Detail = { readonly [name: string]: string | null }

async function enter(ctx: Ctx, notice: store.NoticeRow, kind: string, detail: Detail, visibleFrom?: null): Promise<void> {
  const body = { noticeId: notice.noticeId, noticeKind: notice.kind, ...detail }
  await subjects.enter(ctx, [
    { subjectId: notice.subjectId, kind, detail: body, ...(visibleFrom === null && { visibleFrom }) },
  ])
}
