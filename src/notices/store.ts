/** Every SQL statement of the notices module. A notice is added and changed, never deleted: no role may. */
import { encode, type Value } from '../lib/copy-binary.ts'
import { join, sql, type Sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'

export type NoticeKind = 'collection' | 'disclosure' | 'decision'
export type NoticeState = 'queued' | 'sent' | 'delivered' | 'returned' | 'escalated' | 'held' | 'ended'
export type NoticeChannel = 'email' | 'letter'
export type RecipientKind = 'creditor' | 'lawyer' | 'authority'
export type Language = 'da' | 'en'

export type NoticeRow = {
  subjectId: string
  noticeId: string
  kind: NoticeKind
  relationshipId: string | null
  /** 'YYYY-MM-DD' */
  dueOn: string
  state: NoticeState
  channel: NoticeChannel | null
  language: Language
  createdAt: Date
  sentAt: Date | null
  attempts: number
  tryAfter: Date | null
  /** Code of why it was returned or escalated, e.g. 'notices.no_address'. */
  failure: string | null
  heldGround: string | null
  heldBy: string | null
  heldReviewOn: string | null
  visibleFrom: Date | null
  handedAt: Date | null
  batchId: string | null
  returnedChannels: NoticeChannel[]
  recipientId: string | null
  recipientKind: RecipientKind | null
  demandId: string | null
  /** Field codes that were disclosed. */
  fields: string[] | null
}

const columns = sql`
  subject_id as "subjectId", notice_id as "noticeId", kind, relationship_id as "relationshipId", due_on as "dueOn",
  state, channel, language, created_at as "createdAt", sent_at as "sentAt", attempts, try_after as "tryAfter", failure,
  held_ground as "heldGround", held_by as "heldBy", held_review_on as "heldReviewOn", visible_from as "visibleFrom",
  handed_at as "handedAt", batch_id as "batchId", returned_channels as "returnedChannels",
  recipient_id as "recipientId", recipient_kind as "recipientKind", demand_id as "demandId", fields`

/** Columns: subject, notice, kind, relationship, due, state, language. */
export const insertCollections = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(
    'notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state, language)',
    encode(['uuid', 'uuid', 'text', 'uuid', 'date', 'text', 'text'], rows),
  )

export type NewDisclosureNotice = {
  readonly subjectId: string
  readonly noticeId: string
  readonly relationshipId: string
  readonly language: Language
  readonly recipientId: string
  readonly recipientKind: RecipientKind
  readonly demandId: string | null
  readonly fields: readonly string[]
}

/** Queues the notice of a disclosure, due today. */
export const insertDisclosure = (ctx: Ctx, notice: NewDisclosureNotice) =>
  ctx.tx.run(sql`
    insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state, language, recipient_id,
      recipient_kind, demand_id, fields)
    values (${notice.subjectId}, ${notice.noticeId}, 'disclosure', ${notice.relationshipId}, ${ctx.today}, 'queued',
      ${notice.language}, ${notice.recipientId}, ${notice.recipientKind}, ${notice.demandId}, ${notice.fields})`)

/** Seen on the page itself: nothing is left to send, and no case is told by it. */
export const insertShown = (
  ctx: Ctx,
  notice: {
    readonly subjectId: string
    readonly noticeId: string
    readonly language: Language
    readonly shownAt: Date
  },
) =>
  ctx.tx.run(sql`
    insert into notices.notice (subject_id, notice_id, kind, due_on, state, channel, language, sent_at)
    values (${notice.subjectId}, ${notice.noticeId}, 'collection', ${ctx.today}, 'delivered', 'site',
      ${notice.language}, ${notice.shownAt})`)

export type NewAnswerNotice = {
  readonly subjectId: string
  readonly noticeId: string
  readonly relationshipId: string | null
  readonly dueOn: string
  readonly language: Language
}

/** Queues the answer that a request is owed. */
export const insertAnswer = (ctx: Ctx, notice: NewAnswerNotice) =>
  ctx.tx.run(sql`
    insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state, language)
    values (${notice.subjectId}, ${notice.noticeId}, 'decision', ${notice.relationshipId}, ${notice.dueOn}, 'queued',
      ${notice.language})`)

/** Told by a person of ours. */
export const markTold = (ctx: Ctx, noticeId: string, channel: 'email' | 'letter' | 'hand') =>
  ctx.tx.run(sql`
    update notices.notice set state = 'sent', sent_at = ${ctx.now}, channel = ${channel}, failure = null
    where notice_id = ${noticeId}`)

/** Brings the day of a case that is still queued to today; number of rows. */
export const bringForward = (ctx: Ctx, subjectId: string, relationshipId: string) =>
  ctx.tx.run(sql`
    update notices.notice set due_on = ${ctx.today}
    where subject_id = ${subjectId} and relationship_id = ${relationshipId} and kind = 'collection'
      and state = 'queued' and due_on > ${ctx.today}`)

/** One notice by its id, for this transaction alone. */
export const lock = (ctx: Ctx, noticeId: string) =>
  ctx.tx.maybe<NoticeRow>(sql`select ${columns} from notices.notice where notice_id = ${noticeId} for update`)

/** The next one to send, for this transaction alone; those another has are passed over. */
export const claimNext = (ctx: Ctx, until: string) =>
  ctx.tx.maybe<NoticeRow>(sql`
    select ${columns} from notices.notice where ${toSend(ctx, until)}
    order by due_on, subject_id, notice_id limit 1 for update skip locked`)

/** How many are to be sent now. */
export const countToSend = (look: Look, until: string) => countWhere(look, toSend(look, until))

function toSend(from: Ctx | Look, until: string): Sql {
  return sql`state in ('queued', 'returned') and kind in ('collection', 'disclosure') and due_on <= ${until}
    and handed_at is null and batch_id is null and (try_after is null or try_after <= ${from.now})`
}

/** A mail is about to leave: committed before the first byte of it does. */
export const markHanded = (ctx: Ctx, noticeId: string) =>
  ctx.tx.run(sql`
    update notices.notice set handed_at = ${ctx.now}, channel = 'email', attempts = least(attempts + 1, 20),
      failure = null
    where notice_id = ${noticeId}`)

/** Its letter lies in a batch to be printed. */
export const markWritten = (ctx: Ctx, noticeId: string, batchId: string) =>
  ctx.tx.run(sql`
    update notices.notice set batch_id = ${batchId}, channel = 'letter', attempts = least(attempts + 1, 20),
      try_after = null, failure = null
    where notice_id = ${noticeId}`)

/** It has gone. */
export const markSent = (ctx: Ctx, noticeId: string) =>
  ctx.tx.run(sql`
    update notices.notice set state = 'sent', sent_at = ${ctx.now}, handed_at = null, try_after = null, failure = null
    where notice_id = ${noticeId}`)

/** It is known to have arrived. */
export const markDelivered = (ctx: Ctx, noticeId: string, channel: NoticeChannel) =>
  ctx.tx.run(sql`
    update notices.notice set state = 'delivered', channel = ${channel}, sent_at = coalesce(sent_at, ${ctx.now}),
      handed_at = null, try_after = null, failure = null
    where notice_id = ${noticeId}`)

/** It came back by its channel, which is not tried again. */
export const markReturned = (ctx: Ctx, noticeId: string, failure: string) =>
  ctx.tx.run(sql`
    update notices.notice set state = 'returned', failure = ${failure}, handed_at = null, batch_id = null,
      try_after = null, returned_channels = returned_channels || channel
    where notice_id = ${noticeId}`)

/** Not taken now; to be tried again after a while. */
export const markRetry = (ctx: Ctx, noticeId: string, failure: string, tryAfter: Date) =>
  ctx.tx.run(sql`
    update notices.notice set handed_at = null, failure = ${failure}, try_after = ${tryAfter}
    where notice_id = ${noticeId}`)

/** For a person of ours, with the code of why. */
export const markEscalated = (ctx: Ctx, noticeId: string, failure: string) =>
  ctx.tx.run(sql`
    update notices.notice set state = 'escalated', failure = ${failure}, handed_at = null, try_after = null
    where notice_id = ${noticeId}`)

/** Nobody is left to be told by it; the database asks whether that is so. */
export const markEnded = (ctx: Ctx, of: { readonly subjectId: string; readonly relationshipId: string }, why: string) =>
  ctx.tx.run(sql`
    update notices.notice set state = 'ended', failure = ${why}, try_after = null
    where subject_id = ${of.subjectId} and relationship_id = ${of.relationshipId} and kind = 'collection'
      and state in ('queued', 'returned', 'escalated') and handed_at is null and batch_id is null`)

/** Back in the queue after a person has put right what stood in the way; all channels may be tried again. */
export const markQueued = (ctx: Ctx, noticeId: string) =>
  ctx.tx.run(sql`
    update notices.notice set state = 'queued', failure = null, attempts = 0, try_after = null, handed_at = null,
      batch_id = null, returned_channels = '{}'
    where notice_id = ${noticeId}`)

/** Held back, and hidden from the person. */
export const markHeld = (ctx: Ctx, noticeId: string, held: { readonly ground: string; readonly reviewOn: string }) =>
  ctx.tx.run(sql`
    update notices.notice set state = 'held', held_ground = ${held.ground}, held_by = ${ctx.actor.id},
      held_on = ${ctx.today}, held_review_on = ${held.reviewOn}, visible_from = null, try_after = null
    where notice_id = ${noticeId}`)

/** No longer held, and shown from now on. */
export const markReleased = (ctx: Ctx, noticeId: string) =>
  ctx.tx.run(sql`
    update notices.notice set state = 'queued', held_ground = null, held_by = null, held_on = null,
      held_review_on = null, visible_from = ${ctx.now}
    where notice_id = ${noticeId}`)

/** All of a person, oldest first. */
export const findOfSubject = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<NoticeRow>(sql`
    select ${columns} from notices.notice where subject_id = ${subjectId} order by created_at, notice_id`)

/** In hand so long that the process which had them is gone. */
export const lockStale = (ctx: Ctx, before: Date) =>
  ctx.tx.many<NoticeRow>(sql`
    select ${columns} from notices.notice where ${stale(before)} order by handed_at limit 200 for update skip locked`)

/** How many were left in hand. */
export const countStale = (look: Look, before: Date) => countWhere(look, stale(before))

const stale = (before: Date) => sql`handed_at < ${before} and state in ('queued', 'returned')`

/** Not told so long after their day that a person must look. */
export const lockOverdue = (ctx: Ctx, dueBefore: string) =>
  ctx.tx.many<NoticeRow>(sql`
    select ${columns} from notices.notice where ${overdue(dueBefore)}
    order by due_on, subject_id, notice_id limit 500 for update skip locked`)

/** How many a person must look at. */
export const countOverdue = (look: Look, dueBefore: string) => countWhere(look, overdue(dueBefore))

const overdue = (dueBefore: string) =>
  sql`state in ('queued', 'returned') and due_on < ${dueBefore} and handed_at is null`

async function countWhere(look: Look, condition: Sql): Promise<number> {
  return (await look.tx.one<{ count: number }>(sql`select count(*) as count from notices.notice where ${condition}`))
    .count
}

/** Their letters were lost before the batch was complete: they wait for another. */
export const unbatch = (ctx: Ctx, noticeIds: readonly string[]) =>
  ctx.tx.run(sql`update notices.notice set batch_id = null, channel = null where notice_id = any(${noticeIds}::uuid[])`)

/** The notices of one batch of letters, for this transaction alone. */
export const lockBatch = (ctx: Ctx, batchId: string) =>
  ctx.tx.many<NoticeRow>(sql`
    select ${columns} from notices.notice where batch_id = ${batchId} order by notice_id for update`)

export type ListFilter = {
  readonly state?: NoticeState
  /** Only those still to be sent whose day is this or earlier. */
  readonly dueUntil?: string
  readonly batchId?: string
  readonly after?: string
  readonly limit: number
}

/** A page of notices in the order of their ids. */
export const list = (from: Ctx | Look, filter: ListFilter) => {
  const conditions = [
    sql`true`,
    ...(filter.state ? [sql`state = ${filter.state}`] : []),
    ...(filter.dueUntil ? [sql`state in ('queued', 'returned') and due_on <= ${filter.dueUntil}`] : []),
    ...(filter.batchId ? [sql`batch_id = ${filter.batchId}`] : []),
    ...(filter.after ? [sql`notice_id > ${filter.after}`] : []),
  ]
  return from.tx.many<NoticeRow>(sql`
    select ${columns} from notices.notice where ${join(conditions, ' and ')} order by notice_id limit ${filter.limit}`)
}

export type CountRow = { kind: NoticeKind; state: NoticeState; count: number; late: number }

/** Figures by kind and state; `late` are not told though their day has passed. */
export const count = (look: Look) =>
  look.tx.many<CountRow>(sql`
    select kind, state, count(*) as count,
      count(*) filter (where state in ('queued', 'returned', 'escalated') and due_on < ${look.today}) as late
    from notices.notice group by kind, state order by kind, state`)

/** Held longer than promised without a new look; must be 0. */
export const countHeldPastReview = async (look: Look) =>
  (
    await look.tx.one<{ count: number }>(sql`
      select count(*) as count from notices.notice where state = 'held' and held_review_on < ${look.today}`)
  ).count
