/** Every SQL statement of the requests module. */
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'

export type RequestKind = 'access' | 'objection' | 'erasure'
export type RequestChannel = 'api' | 'letter' | 'email' | 'phone' | 'inPerson'
export type RequestOutcome = 'given' | 'upheld' | 'refused' | 'partly'

export type RequestRow = {
  subjectId: string
  requestId: string
  itemId: string
  kind: RequestKind
  channel: RequestChannel
  /** 'YYYY-MM-DD' */
  receivedOn: string
  dueOn: string
  answeredAt: Date | null
  outcome: RequestOutcome | null
  /** Code of a reason in `reasons.ts`. */
  reason: string | null
  noticeId: string
}

export type RecordOutcome = 'erased' | 'stopped' | 'toRelease' | 'released' | 'kept'
export type ObjectedRow = { subjectId: string; requestId: string; recordId: string; outcome: RecordOutcome | null }

const columns = sql`
  subject_id as "subjectId", request_id as "requestId", item_id as "itemId", kind, channel, received_on as "receivedOn",
  due_on as "dueOn", answered_at as "answeredAt", outcome, reason, notice_id as "noticeId"`

export type NewRequest = Omit<RequestRow, 'answeredAt' | 'outcome' | 'reason'>

/** Keeps a request; it has no answer yet. */
export const insertRequest = (ctx: Ctx, row: NewRequest) =>
  ctx.tx.run(sql`
    insert into requests.request (subject_id, request_id, item_id, kind, channel, received_on, due_on, notice_id)
    values (${row.subjectId}, ${row.requestId}, ${row.itemId}, ${row.kind}, ${row.channel}, ${row.receivedOn},
      ${row.dueOn}, ${row.noticeId})`)

/** Names the records it is about. */
export const insertObjected = (ctx: Ctx, row: RequestRow, recordIds: readonly string[]) =>
  ctx.tx.run(sql`
    insert into requests.objected (subject_id, request_id, record_id)
    select ${row.subjectId}, ${row.requestId}, record_id from unnest(${recordIds}::uuid[]) as record_id`)

/** One request. */
export const find = (from: Ctx | Look, requestId: string) =>
  from.tx.maybe<RequestRow>(sql`select ${columns} from requests.request where request_id = ${requestId}`)

/** The same, locked until the act ends. */
export const lock = (ctx: Ctx, requestId: string) =>
  ctx.tx.maybe<RequestRow>(sql`select ${columns} from requests.request where request_id = ${requestId} for update`)

/** All of a person, oldest first. */
export const findOfSubject = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<RequestRow>(sql`
    select ${columns} from requests.request where subject_id = ${subjectId} order by received_on, request_id`)

/** Open ones first by their day; the answered ones after them, newest first. */
export const list = (from: Ctx | Look, of: { readonly state: 'open' | 'all'; readonly limit: number }) =>
  from.tx.many<RequestRow>(sql`
    select ${columns} from requests.request where ${of.state} = 'all' or answered_at is null
    order by (answered_at is not null), due_on, answered_at desc, request_id limit ${of.limit}`)

/** Closes one with its outcome and reason. */
export const answer = (ctx: Ctx, row: RequestRow, of: { readonly outcome: RequestOutcome; readonly reason: string }) =>
  ctx.tx.run(sql`
    update requests.request set answered_at = now(), outcome = ${of.outcome}, reason = ${of.reason}
    where subject_id = ${row.subjectId} and request_id = ${row.requestId}`)

const objectedColumns = sql`subject_id as "subjectId", request_id as "requestId", record_id as "recordId", outcome`

/** Records that a person's requests are about, and what became of them. */
export const findObjected = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<ObjectedRow>(sql`
    select ${objectedColumns} from requests.objected where subject_id = ${subjectId} order by request_id, record_id`)

/** Notes what became of some of a request's records. */
export const setOutcome = (ctx: Ctx, row: RequestRow, recordIds: readonly string[], outcome: RecordOutcome) =>
  ctx.tx.run(sql`
    update requests.objected set outcome = ${outcome}
    where subject_id = ${row.subjectId} and request_id = ${row.requestId} and record_id = any(${recordIds}::uuid[])`)

/** Records that another objection of the person still keeps restricted. */
export const findKeptRestricted = (ctx: Ctx, row: RequestRow) =>
  ctx.tx.many<{ recordId: string }>(sql`
    select distinct o.record_id as "recordId"
    from requests.objected o join requests.request r using (subject_id, request_id)
    where o.subject_id = ${row.subjectId} and o.request_id <> ${row.requestId} and r.kind = 'objection'
      and (o.outcome is null or o.outcome in ('stopped', 'toRelease'))`)

export type CountRow = { kind: RequestKind; open: number; overdue: number; answered: number }

/** How many of each kind are open, overdue and answered. */
export const count = (look: Look) =>
  look.tx.many<CountRow>(sql`
    select kind, count(*) filter (where answered_at is null) as open,
      count(*) filter (where answered_at is null and due_on < ${look.today}::date) as overdue,
      count(answered_at) as answered
    from requests.request group by kind order by kind`)
