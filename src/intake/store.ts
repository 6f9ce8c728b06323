/** Every SQL statement of the intake module. */
import { randomUUID } from 'node:crypto'
import { encode, type Value } from '../lib/copy-binary.ts'
import { join, sql } from '../lib/sql.ts'
import type { Tx } from '../platform/database.ts'
import type { Ctx, Look } from '../platform/world.ts'
import type { WaitReason } from './sort.ts'

/** A fresh random id, for rows that are streamed in. */
export const newId = (): string => randomUUID()

/** Held by the one process that imports for this client, until its transaction ends. False: somebody else has it. */
export const claimClient = async (tx: Tx, clientId: string): Promise<boolean> =>
  (await tx.one<{ held: boolean }>(sql`select pg_try_advisory_xact_lock(7231101, hashtext(${clientId})) as held`)).held

/** Keeps a transaction that only holds a lock from being taken for an idle one. */
export const touch = (tx: Tx) => tx.run(sql`select 1`)

export type ImportRow = {
  importId: string
  clientId: string
  itemId: string
  fileSha256: Buffer
  readingSha256: Buffer
  policyVersion: number
  receivedAt: Date
  finishedAt: Date | null
  abandonedAt: Date | null
  linesTotal: number | null
}

const importColumns = sql`
  i.import_id as "importId", i.client_id as "clientId", i.item_id as "itemId", i.file_sha256 as "fileSha256",
  i.reading_sha256 as "readingSha256", i.policy_version as "policyVersion", i.received_at as "receivedAt",
  i.finished_at as "finishedAt", i.abandoned_at as "abandonedAt", i.lines_total as "linesTotal"`

/** This client's imports of these bytes (one for each way they were ever read) and the one that is not finished. */
export const findSameOrOpen = (from: Ctx | Look, clientId: string, fileSha256: Buffer) =>
  from.tx.many<ImportRow>(sql`
    select ${importColumns} from intake.import i
    where i.client_id = ${clientId} and (i.file_sha256 = ${fileSha256} or i.finished_at is null)`)

/** Begins one. The unique index lets a client have one at a time. */
export const insertImport = (
  ctx: Ctx,
  row: Omit<ImportRow, 'receivedAt' | 'finishedAt' | 'abandonedAt' | 'linesTotal'>,
) =>
  ctx.tx.run(sql`
    insert into intake.import (import_id, client_id, item_id, file_sha256, reading_sha256, policy_version, received_at)
    values (${row.importId}, ${row.clientId}, ${row.itemId}, ${row.fileSha256}, ${row.readingSha256},
      ${row.policyVersion}, ${ctx.now})`)

/** One import, locked until the act ends. */
export const lockImport = (ctx: Ctx, importId: string) =>
  ctx.tx.one<ImportRow>(sql`select ${importColumns} from intake.import i where i.import_id = ${importId} for update`)

/** Ends one. */
export const finishImport = (ctx: Ctx, importId: string, linesTotal: number) =>
  ctx.tx.run(sql`
    update intake.import set finished_at = ${ctx.now}, lines_total = ${linesTotal}
    where import_id = ${importId} and finished_at is null`)

/** Ends one that was not read to its end. */
export const abandonImport = (ctx: Ctx, importId: string, linesTotal: number) =>
  ctx.tx.run(sql`
    update intake.import set finished_at = ${ctx.now}, abandoned_at = ${ctx.now}, lines_total = ${linesTotal}
    where import_id = ${importId} and finished_at is null`)

/** One import by its id. */
export const findImport = (from: Ctx | Look, importId: string) =>
  from.tx.maybe<ImportRow>(sql`select ${importColumns} from intake.import i where i.import_id = ${importId}`)

export type Sums = {
  rows: number
  created: number
  changed: number
  closed: number
  unchanged: number
  reviewed: number
  rejected: number
  remarks: number
}

export type Summed = ImportRow & Sums & { batches: number }

/** Imports with their sums, newest first: all, one client's, or one by id. */
export const findSummed = (
  from: Ctx | Look,
  of: { readonly importId?: string; readonly clientId?: string; readonly limit: number },
) => {
  const conditions = [
    sql`true`,
    ...(of.importId === undefined ? [] : [sql`i.import_id = ${of.importId}`]),
    ...(of.clientId === undefined ? [] : [sql`i.client_id = ${of.clientId}`]),
  ]
  return from.tx.many<Summed>(sql`
    select ${importColumns}, b.*,
      (select count(distinct r.line) from intake.reject r where r.import_id = i.import_id and r.is_remark) as remarks
    from intake.import i
    cross join lateral (
      select count(*)::int as batches, coalesce(max(rows_last), 0)::int as rows,
        coalesce(sum(created), 0)::int as created,
        coalesce(sum(changed), 0)::int as changed, coalesce(sum(closed), 0)::int as closed,
        coalesce(sum(unchanged), 0)::int as unchanged, coalesce(sum(reviewed), 0)::int as reviewed,
        coalesce(sum(rejected), 0)::int as rejected
      from intake.batch where import_id = i.import_id
    ) b
    where ${join(conditions, ' and ')} order by i.received_at desc, i.import_id limit ${of.limit}`)
}

export type BatchRow = Omit<Sums, 'rows' | 'remarks'> & {
  importId: string
  ordinal: number
  rowsFirst: number
  rowsLast: number
}

/** The last batch that is committed: where to go on. */
export const findLastBatch = (from: Ctx | Look, importId: string) =>
  from.tx.maybe<{ ordinal: number; rowsLast: number }>(sql`
    select ordinal, rows_last as "rowsLast" from intake.batch where import_id = ${importId}
    order by ordinal desc limit 1`)

/** A batch is done. Its sums must reconcile, or the database refuses. */
export const insertBatch = (ctx: Ctx, row: BatchRow) =>
  ctx.tx.run(sql`
    insert into intake.batch (import_id, ordinal, rows_first, rows_last, created, changed, closed, unchanged, reviewed,
      rejected)
    values (${row.importId}, ${row.ordinal}, ${row.rowsFirst}, ${row.rowsLast}, ${row.created}, ${row.changed},
      ${row.closed}, ${row.unchanged}, ${row.reviewed}, ${row.rejected})`)

/** Columns: import, line, ordinal, column, code, clause, remark. */
export const insertRejects = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(
    'intake.reject (import_id, line, ordinal, column_name, code, clause, is_remark)',
    encode(['uuid', 'int4', 'int4', 'text', 'text', 'text', 'bool'], rows),
  )

export type RejectRow = {
  line: number
  ordinal: number
  column: string
  code: string
  clause: string
  isRemark: boolean
}

/** What was wrong, in the order of the file, from behind one place. */
export const findRejects = (
  from: Ctx | Look,
  importId: string,
  after: { readonly line: number; readonly ordinal: number; readonly limit: number },
) =>
  from.tx.many<RejectRow>(sql`
    select line, ordinal, column_name as column, code, clause, is_remark as "isRemark" from intake.reject
    where import_id = ${importId} and (line, ordinal) > (${after.line}, ${after.ordinal})
    order by line, ordinal limit ${after.limit}`)

/** Columns: subject, review, case, import, client, reference, content, line, reason, queued, review day. */
export const insertReviews = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(
    `intake.review (subject_id, review_id, relationship_id, import_id, client_id, reference_digest,
     content_digest, line, reason, queued_on, review_on)`,
    encode(['uuid', 'uuid', 'uuid', 'uuid', 'uuid', 'bytea', 'bytea', 'int4', 'text', 'date', 'date'], rows),
  )

export type ReviewRow = {
  subjectId: string
  reviewId: string
  relationshipId: string
  importId: string
  clientId: string
  referenceDigest: Buffer
  contentDigest: Buffer
  line: number
  reason: WaitReason
  queuedOn: string
  reviewOn: string
  settledOn: string | null
  outcome: 'same' | 'new' | 'refused' | null
}

const reviewSelect = sql`
  select r.subject_id as "subjectId", r.review_id as "reviewId", r.relationship_id as "relationshipId",
    r.import_id as "importId", r.client_id as "clientId", r.reference_digest as "referenceDigest",
    r.content_digest as "contentDigest", r.line, r.reason, r.queued_on as "queuedOn", r.review_on as "reviewOn",
    r.settled_on as "settledOn", r.outcome
  from intake.review r`

/** This client's open reviews among these references. */
export const findOpenReviews = (from: Ctx | Look, clientId: string, references: readonly Buffer[]) =>
  from.tx.many<ReviewRow>(sql`
    ${reviewSelect} where r.client_id = ${clientId} and r.settled_on is null
      and r.reference_digest = any(${references}::bytea[])`)

/** Which of these persons stand in a review that is not settled. */
export const findProvisional = (from: Ctx | Look, subjectIds: readonly string[]) =>
  from.tx.many<{ subjectId: string }>(sql`
    select distinct subject_id as "subjectId" from intake.review
    where settled_on is null and subject_id = any(${subjectIds}::uuid[])`)

/** Open reviews, the one that must be looked at first before the others. */
export const listReviews = (from: Ctx | Look, limit: number) =>
  from.tx.many<ReviewRow>(sql`
    ${reviewSelect} where r.settled_on is null order by r.review_on, r.queued_on, r.review_id limit ${limit}`)

/** All reviews of these persons, settled ones too. */
export const findReviewsOf = (from: Ctx | Look, subjectIds: readonly string[]) =>
  from.tx.many<ReviewRow>(sql`
    ${reviewSelect} where r.subject_id = any(${subjectIds}::uuid[]) order by r.queued_on, r.review_id`)

/** Which client delivered these imports, and when. */
export const findDeliveries = (from: Ctx | Look, importIds: readonly string[]) =>
  from.tx.many<Pick<ImportRow, 'importId' | 'clientId' | 'receivedAt'>>(sql`
    select import_id as "importId", client_id as "clientId", received_at as "receivedAt"
    from intake.import where import_id = any(${importIds}::uuid[])`)

/** How many wait, and how many past their day. */
export const countReviews = (from: Ctx | Look) =>
  from.tx.one<{ open: number; late: number }>(sql`
    select count(*) as open, count(*) filter (where review_on < ${from.today}) as late
    from intake.review where settled_on is null`)

/** One review as it is now. */
export const findReview = (from: Ctx | Look, reviewId: string) =>
  from.tx.maybe<ReviewRow>(sql`${reviewSelect} where r.review_id = ${reviewId}`)

/** One review, locked until the act ends. */
export const lockReview = (ctx: Ctx, reviewId: string) =>
  ctx.tx.maybe<ReviewRow>(sql`${reviewSelect} where r.review_id = ${reviewId} for update of r`)

/** A newer row of the same reference has come while it waits. */
export const renewReviews = (
  ctx: Ctx,
  importId: string,
  rows: readonly { readonly reviewId: string; readonly contentDigest: Buffer; readonly line: number }[],
) =>
  ctx.tx.run(sql`
    update intake.review r set import_id = ${importId}, content_digest = given.content, line = given.line
    from unnest(${rows.map(it => it.reviewId)}::uuid[], ${rows.map(it => it.contentDigest)}::bytea[],
      ${rows.map(it => it.line)}::int[]) as given (id, content, line)
    where r.review_id = given.id and r.settled_on is null`)

/** It was decided. */
export const settleReviews = (ctx: Ctx, reviewIds: readonly string[], outcome: 'same' | 'new' | 'refused') =>
  ctx.tx.run(sql`
    update intake.review set settled_on = ${ctx.today}, outcome = ${outcome}
    where review_id = any(${reviewIds}::uuid[]) and settled_on is null`)
