/**
 * The notices module's face: what a person must be told is queued in the act that makes it due, and
 * stays until it was told, held by law, or handed to a person of ours. It is never dropped.
 */
import { randomUUID } from 'node:crypto'
import { addDays, addDuration } from '../lib/civil-date.ts'
import * as ledger from '../ledger/ledger.ts'
import * as folders from '../platform/private-folder.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, type Actor, type Ctx, type Look, type World } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import { LEAD_DAYS } from './client.ts'
import { isReviewInTime, type HoldTerms } from './hold.ts'
import { fileOf } from './message.ts'
import * as store from './store.ts'
import type { AnswerNotice, NewCollectionNotice, NewDisclosureNotice, ShownNotice } from './types.ts'

export type { NoticeChannel, NoticeKind, NoticeRow, NoticeState, RecipientKind } from './store.ts'

export { BATCH_MAX, LEAD_DAYS, send, type SendOptions, type Sent } from './client.ts'
export { HOLD_GROUNDS, type HoldGround, type HoldTerms } from './hold.ts'
export type { AnswerNotice, NewCollectionNotice, NewDisclosureNotice, ShownNotice } from './types.ts'
export { settingsFrom, type MailSettings } from './settings.ts'
export { faultsOfShown, type Shown } from './shown.ts'
export { STATES, summaryOf, type Summary } from './summary.ts'

/**
 * Art. 14(3)(a): queues the notice of each new case in one COPY, due one month after receipt. The
 * day is not rolled past a weekend. One notice a case; the caller enters it in the ledger.
 */
export async function queueCollection(ctx: Ctx, notices: readonly NewCollectionNotice[]): Promise<void> {
  if (notices.length === 0) return
  await store.insertCollections(
    ctx,
    notices.map(it => [
      it.subjectId,
      it.noticeId,
      'collection',
      it.relationshipId,
      collectionDueOn(it.receivedOn ?? ctx.today),
      'queued',
      it.language ?? 'da',
    ]),
  )
}

/** The last day to tell a person of data received on `receivedOn`: the same day next month, or that month's last. */
export function collectionDueOn(receivedOn: string): string {
  return addDuration(receivedOn, 'P1M')
}

/**
 * Art. 14(3)(c), S22: queues the notice of a disclosure in the disclosure's own act, due today, and
 * returns its id. The caller enters it in the ledger, with `visibleFrom: null` when it is held.
 */
export async function queueDisclosure(ctx: Ctx, notice: NewDisclosureNotice): Promise<string> {
  const { hold: terms, ...rest } = notice
  const noticeId = notice.noticeId ?? randomUUID()
  await store.insertDisclosure(ctx, {
    ...rest,
    noticeId,
    language: notice.language ?? 'da',
    demandId: notice.demandId ?? null,
  })
  if (terms) await hold(ctx, noticeId, terms)
  return noticeId
}

/**
 * Art. 14(3)(c): a case's first notice is due at the latest with its first disclosure. Brings it
 * forward to today when it is still queued; returns how many were.
 */
export const bringForward = (ctx: Ctx, subjectId: string, relationshipId: string): Promise<number> =>
  store.bringForward(ctx, subjectId, relationshipId)

/** Art. 13: the notice stood on the page when the person gave the data. Returns its id; the caller enters it. */
export async function recordShown(ctx: Ctx, notice: ShownNotice): Promise<string> {
  const noticeId = randomUUID()
  await store.insertShown(ctx, { ...notice, noticeId })
  return noticeId
}

/** The answer that a request is owed, queued when the request comes in. Returns its id; the caller enters it. */
export async function queueAnswer(ctx: Ctx, notice: AnswerNotice): Promise<string> {
  const noticeId = randomUUID()
  await store.insertAnswer(ctx, { ...notice, noticeId, language: notice.language ?? 'da' })
  return noticeId
}

/** The answer has gone by a person of ours. Throws `notices.wrong_state` when it had gone; the caller enters it. */
export async function recordAnswered(ctx: Ctx, noticeId: string, channel: 'email' | 'letter' | 'hand'): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['queued', 'returned', 'escalated'])
  if (notice.kind !== 'decision') throw wrongState()
  await store.markTold(ctx, noticeId, channel)
}

/**
 * Holds a notice back under a named law; the actor is its approver. It is hidden from the person's own
 * view until released. Throws `notices.review_date` and `notices.wrong_state` (sent already, or in hand).
 */
export async function hold(ctx: Ctx, noticeId: string, terms: HoldTerms): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['queued', 'returned', 'escalated', 'held'])
  policy.requireTask(ctx, 'holdNotice')
  if (!isReviewInTime(terms.reviewOn, ctx.today))
    throw new Problem('notices.review_date', {
      clause: 'S22',
      faults: [{ field: 'reviewOn', code: 'notices.review_date' }],
    })
  if (notice.batchId) throw wrongState()
  await store.markHeld(ctx, noticeId, terms)
  await enter(ctx, notice, { kind: 'notices.held', ground: terms.ground, reviewOn: terms.reviewOn, visibleFrom: null })
}

/** Ends a hold: the notice is queued again with its old day, and shows from now on. */
export async function release(ctx: Ctx, noticeId: string): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['held'])
  policy.requireTask(ctx, 'holdNotice')
  await store.markReleased(ctx, noticeId)
  await enter(ctx, notice, { kind: 'notices.released', ground: notice.heldGround })
}

/** Somebody knows that it arrived, by the channel it went or by another. */
export async function recordDelivery(ctx: Ctx, noticeId: string): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['sent', 'escalated'])
  policy.requireTask(ctx, 'workCase')
  await store.markDelivered(ctx, noticeId, notice.channel ?? 'letter')
  await enter(ctx, notice, { kind: 'notices.delivered', channel: notice.channel ?? 'letter' })
}

/** It came back. The next sending tries another channel; when none is left it goes to a person of ours. */
export async function recordReturn(ctx: Ctx, noticeId: string): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['sent', 'delivered'])
  policy.requireTask(ctx, 'workCase')
  await store.markReturned(ctx, noticeId, 'notices.returned')
  await enter(ctx, notice, { kind: 'notices.returned', channel: notice.channel })
}

/** Puts an escalated notice back in the queue after a person has put right what stood in the way. */
export async function requeue(ctx: Ctx, noticeId: string): Promise<void> {
  const notice = await lockIn(ctx, noticeId, ['escalated'])
  policy.requireTask(ctx, 'workCase')
  if (notice.batchId) throw wrongState()
  await store.markQueued(ctx, noticeId)
  await enter(ctx, notice, { kind: 'notices.requeued', failure: notice.failure })
}

/**
 * The letters of a batch have been printed and posted: they are sent, and their files are erased. Doing it
 * again changes nothing. Throws `not_found` and, while the batch is still being written, `notices.batch`.
 */
export async function printed(world: World, actor: Actor, batchId: string): Promise<number> {
  const letters = folders.openFolder(world.dispatchFolder, 'letters')
  if (folders.hasFolder(letters, `${batchId}.part`)) throw new Problem('notices.batch')
  const count = await act(world, actor, async ctx => {
    policy.requireTask(ctx, 'sendNotices')
    const rows = await store.lockBatch(ctx, batchId)
    if (rows.length === 0) throw new Problem('not_found')
    const names = new Set(
      folders.hasFolder(letters, batchId) ? folders.namesIn(folders.openFolder(letters, batchId)) : [],
    )
    const open = rows.filter(row => row.state !== 'sent' && row.state !== 'delivered')
    const waiting = open.filter(row => names.has(fileOf(row)))
    // What has no file was not printed: it goes into another batch.
    await store.unbatch(
      ctx,
      open.filter(row => !waiting.includes(row)).map(row => row.noticeId),
    )
    for (const notice of waiting) {
      await store.markSent(ctx, notice.noticeId)
      await enter(ctx, notice, { kind: 'notices.sent', channel: 'letter', batch: batchId })
    }
    await ledger.appendSystem(ctx, 'notices.batch_printed', { item: batchId, letters: waiting.length })
    return waiting.length
  })
  folders.removeFolder(letters, batchId)
  return count
}

/** Days after its own day that a notice not yet told is given to a person of ours. */
const OVERDUE_DAYS = 3

/** Gives to a person of ours what should have been told days ago and was not. Returns how many. */
export async function escalateOverdue(world: World, actor: Actor): Promise<number> {
  const before = (from: Ctx | Look) => addDays(from.today, -OVERDUE_DAYS)
  let total = 0
  while ((await look(world, actor, it => store.countOverdue(it, before(it)))) > 0) {
    total += await act(world, actor, async ctx => {
      policy.requireTask(ctx, 'sendNotices')
      const rows = await store.lockOverdue(ctx, before(ctx))
      for (const notice of rows) {
        await store.markEscalated(ctx, notice.noticeId, 'notices.overdue')
        await enter(ctx, notice, { kind: 'notices.escalated', failure: 'notices.overdue' })
      }
      await ledger.appendSystem(ctx, 'notices.overdue_escalated', { count: rows.length })
      return rows.length
    })
  }
  return total
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

/** Why a notice ends untold: the real case has one of its own, or what it was about was not taken. */
export type EndedBecause = 'notices.told_by_other' | 'notices.not_taken'

/**
 * Art. 14: ends the notice of a provisional case that was settled as another's or refused and of which nothing is left;
 * the database refuses any other. One that is in hand, in a batch, held or told stays as it is. Returns how many ended;
 * the caller enters the settlement.
 */
export const endProvisional = (
  ctx: Ctx,
  of: { readonly subjectId: string; readonly relationshipId: string },
  why: EndedBecause,
): Promise<number> => store.markEnded(ctx, of, why)

async function lockIn(ctx: Ctx, noticeId: string, states: readonly store.NoticeState[]): Promise<store.NoticeRow> {
  const notice = await store.lock(ctx, noticeId)
  if (!notice) throw new Problem('not_found')
  if (!states.includes(notice.state) || notice.handedAt) throw wrongState()
  return notice
}

function wrongState(): Problem {
  return new Problem('notices.wrong_state', { clause: 'S22' })
}

type Happened = {
  readonly kind: string
  readonly visibleFrom?: null
  readonly [name: string]: string | null | undefined
}

async function enter(
  ctx: Ctx,
  { subjectId, noticeId, kind: noticeKind }: store.NoticeRow,
  happened: Happened,
): Promise<void> {
  const { kind, visibleFrom, ...detail } = happened
  const entry = { subjectId, kind, detail: { noticeId, noticeKind, ...detail } }
  await subjects.enter(ctx, [visibleFrom === null ? { ...entry, visibleFrom } : entry])
}
