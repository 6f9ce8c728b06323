/**
 * The SQL of retention's runs; `figures.ts` has that of its figures. Candidates come by index, in an order in which a
 * run can go on.
 */
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'
import type { Held } from './plan.ts'

export type Key = { readonly subjectId: string; readonly relationshipId: string }
export type HeldRow = Held & Key & { readonly recordId: string }

// What the solver needs of a record, joined from where it lies. `r` is the record.
const facts = (today: string) => sql`
  r.subject_id as "subjectId", r.record_id as "recordId", r.relationship_id as "relationshipId", r.category, r.source,
  r.is_accounting as "isAccounting", r.collected_on as "collectedOn", r.erase_by as "eraseBy",
  l.closed_on as "closedOn", l.limitation_on as "limitationOn", l.review_on as "reviewOn",
  v.financial_year_ends_on as "yearEndsOn", v.floor_until as "floorUntil",
  ${heldUntil(today)} as "heldUntil", ${isRequested} as "isRequested"`

type Pair = { readonly subjectId: string; readonly recordId: string }
const relationships = (keys: readonly Key[]) => sql`
  unnest(${keys.map(it => it.subjectId)}::uuid[], ${keys.map(it => it.relationshipId)}::uuid[])
    as k (subject_id, relationship_id)`
const records = (rows: readonly Pair[]) => sql`
  unnest(${rows.map(it => it.subjectId)}::uuid[], ${rows.map(it => it.recordId)}::uuid[]) as k (subject_id, record_id)`

/** Review day of the furthest hold on record `r` that stands. */
export const heldUntil = (today: string) => sql`(
  select max(h.review_on) from work.hold h
  where h.subject_id = r.subject_id and h.relationship_id = r.relationship_id and h.lifted_on is null
    and h.review_on >= ${today}::date)`

/** Whether a request of the person about record `r` is open. */
export const isRequested = sql`exists (
  select from work.item i
  where i.subject_id = r.subject_id and i.kind = 'request' and i.closed_at is null
    and (i.relationship_id is null or i.relationship_id = r.relationship_id))`

/** The relationship `l` and the voucher `v` of record `r`. */
export const joined = sql`
  join work.relationship l on l.subject_id = r.subject_id and l.relationship_id = r.relationship_id
  left join work.voucher v on v.subject_id = r.subject_id and v.voucher_id = r.voucher_id`

export type DueAt = { readonly eraseBy: string; readonly subjectId: string; readonly recordId: string }

const placeOf = (at: DueAt) => sql`(${at.eraseBy}::date, ${at.subjectId}::uuid, ${at.recordId}::uuid)`

/** The next records whose day has come, after a place in the order; nothing is locked. */
export const findDue = (look: Look, after: DueAt | null, limit: number) =>
  look.tx.many<HeldRow>(sql`
    select ${facts(look.today)}
    from (
      select * from subjects.record d
      where d.erased_at is null and d.erase_by is not null and d.erase_by <= ${look.today}::date
        ${after === null ? sql`` : sql`and (d.erase_by, d.subject_id, d.record_id) > ${placeOf(after)}`}
      order by d.erase_by, d.subject_id, d.record_id limit ${limit}
    ) r ${joined}
    order by r.erase_by, r.subject_id, r.record_id`)

/**
 * Locks those of these records that nobody else is at, with their relationships: a hold or an objection that comes
 * now waits for us, and we do not wait for others. Returns what was locked.
 */
export const lock = (ctx: Ctx, rows: readonly Pair[]) =>
  ctx.tx.many<Pair>(sql`
    with taken as materialized (
      select * from subjects.take(${rows.map(it => it.subjectId)}::uuid[], ${rows.map(it => it.recordId)}::uuid[])
    )
    select r.subject_id as "subjectId", r.record_id as "recordId"
    from taken join subjects.record r on r.subject_id = taken.person and r.record_id = taken.record
    join work.relationship l on l.subject_id = r.subject_id and l.relationship_id = r.relationship_id
    order by r.subject_id, r.record_id
    for update of l skip locked`)

/** What is known of these records now, after they were locked. */
export const findHeld = (from: Ctx | Look, rows: readonly Pair[]) =>
  from.tx.many<HeldRow>(sql`
    select ${facts(from.today)}
    from ${records(rows)}
    join subjects.record r on r.subject_id = k.subject_id and r.record_id = k.record_id and r.erased_at is null
    ${joined}
    order by r.subject_id, r.record_id`)

/** Live records of these relationships, whatever day they have. */
export const findHeldOf = (ctx: Ctx, keys: readonly Key[]) =>
  ctx.tx.many<HeldRow>(sql`
    select ${facts(ctx.today)}
    from ${relationships(keys)}
    join subjects.record r on r.subject_id = k.subject_id and r.relationship_id = k.relationship_id
      and r.erased_at is null
    ${joined}`)

const withoutHold = (today: string) => sql`not exists (
  select from work.hold h
  where h.subject_id = l.subject_id and h.relationship_id = l.relationship_id and h.lifted_on is null
    and h.review_on >= ${today}::date)`

/** Open cases whose claim is time-barred: the day of limitation is over. */
export const lockBarred = (ctx: Ctx, limit: number) =>
  ctx.tx.many<Key>(sql`
    select l.subject_id as "subjectId", l.relationship_id as "relationshipId" from work.relationship l
    where l.closed_on is null and l.limitation_on < ${ctx.today}::date and ${withoutHold(ctx.today)}
    order by l.limitation_on limit ${limit} for update of l skip locked`)

/** Open relationships that nobody has looked at since `before`, with the day their reviewed reason ended. */
export const lockUnreviewed = (ctx: Ctx, before: string, limit: number) =>
  ctx.tx.many<Key & { reviewOn: string }>(sql`
    select l.subject_id as "subjectId", l.relationship_id as "relationshipId", l.review_on as "reviewOn"
    from work.relationship l
    where l.closed_on is null and l.review_on < ${before}::date and ${withoutHold(ctx.today)}
    order by l.review_on limit ${limit} for update of l skip locked`)

/** Closed relationships whose records have no day under this version of the policy yet. */
export const lockUnclocked = (ctx: Ctx, version: number, limit: number) =>
  ctx.tx.many<Key>(sql`
    select subject_id as "subjectId", relationship_id as "relationshipId" from work.relationship
    where closed_on is not null and cleared_on is null and coalesce(clocked_by, 0) < ${version}
    order by coalesce(clocked_by, 0), subject_id, relationship_id limit ${limit} for update skip locked`)

/** Which kinds of work there are, so that no act is begun for nothing. */
export const countWaiting = (look: Look, version: number, before: string) =>
  look.tx.one<{ barred: boolean; unreviewed: boolean; unclocked: boolean }>(sql`
    select
      exists (select from work.relationship l
        where l.closed_on is null and l.limitation_on < ${look.today}::date and ${withoutHold(look.today)}) as barred,
      exists (select from work.relationship l
        where l.closed_on is null and l.review_on < ${before}::date and ${withoutHold(look.today)}) as unreviewed,
      exists (select from work.relationship
        where closed_on is not null and cleared_on is null and coalesce(clocked_by, 0) < ${version}) as unclocked`)

export type UndatedAt = { readonly collectedAt: string; readonly subjectId: string; readonly recordId: string }

/** Records without a day that came since the last run, after a place in the order. */
export const findUndated = (look: Look, after: UndatedAt, limit: number) =>
  look.tx.many<HeldRow & { collectedAt: string }>(sql`
    select ${facts(look.today)}, r.collected_at::text as "collectedAt"
    from (
      select * from subjects.record d
      where d.erased_at is null and d.erase_by is null and (d.is_accounting or d.source <> 'client')
        and (d.collected_at, d.subject_id, d.record_id)
          > (${after.collectedAt}::timestamptz, ${after.subjectId}::uuid, ${after.recordId}::uuid)
      order by d.collected_at, d.subject_id, d.record_id limit ${limit}
    ) r ${joined}
    order by r.collected_at, r.subject_id, r.record_id`)

/** Of these closed relationships, those without a single live record. */
export const findCleared = (ctx: Ctx, keys: readonly Key[]) =>
  ctx.tx.many<Key>(sql`
    select distinct k.subject_id as "subjectId", k.relationship_id as "relationshipId"
    from ${relationships(keys)}
    join work.relationship l on l.subject_id = k.subject_id and l.relationship_id = k.relationship_id
      and l.closed_on is not null and l.cleared_on is null
    where not exists (
      select from subjects.record r
      where r.subject_id = k.subject_id and r.relationship_id = k.relationship_id and r.erased_at is null)`)

/** Open web accounts and applications of which nothing is left: there is no relationship any more. */
export const findEmptied = (ctx: Ctx, keys: readonly Key[]) =>
  ctx.tx.many<Key>(sql`
    select distinct k.subject_id as "subjectId", k.relationship_id as "relationshipId"
    from ${relationships(keys)}
    join work.relationship l on l.subject_id = k.subject_id and l.relationship_id = k.relationship_id
      and l.closed_on is null and l.kind in ('webAccount', 'application')
    where not exists (
      select from subjects.record r
      where r.subject_id = k.subject_id and r.relationship_id = k.relationship_id and r.erased_at is null)`)

/** Persons all of whose relationships are cleared, after one of them. */
export const findForgettable = (look: Look, after: string, limit: number) =>
  look.tx.many<{ subjectId: string }>(sql`
    select distinct l.subject_id as "subjectId" from work.relationship l
    where l.cleared_on is not null and l.forgotten_on is null and l.subject_id > ${after}::uuid
      and not exists (select from work.relationship o where o.subject_id = l.subject_id and o.cleared_on is null)
      and not exists (select from subjects.record r where r.subject_id = l.subject_id and r.erased_at is null)
      and not exists (select from work.item i where i.subject_id = l.subject_id and i.closed_at is null)
      and not exists (select from notices.notice n
        where n.subject_id = l.subject_id and n.state in ('queued', 'returned', 'held'))
    order by 1 limit ${limit}`)

export type RunRow = {
  runId: string
  policyVersion: number
  startedAt: Date
  finishedAt: Date | null
  sweptAt: Date | null
}

const runColumns = sql`
  run_id as "runId", policy_version as "policyVersion", started_at as "startedAt", finished_at as "finishedAt",
  swept_at as "sweptAt"`

export const findOpenRun = (from: Ctx | Look) =>
  from.tx.maybe<RunRow>(sql`select ${runColumns} from retention.run where finished_at is null`)

export const findRun = (from: Ctx | Look, runId: string) =>
  from.tx.maybe<RunRow>(sql`select ${runColumns} from retention.run where run_id = ${runId}`)

/** Waits for every act of the run that is under way. */
export const lockRun = (ctx: Ctx, runId: string) =>
  ctx.tx.one<RunRow>(sql`select ${runColumns} from retention.run where run_id = ${runId} for update`)

/** Keeps the run from being finished until this act ends; acts of one run do not wait for each other. */
export const joinRun = (ctx: Ctx, runId: string) =>
  ctx.tx.one<RunRow>(sql`select ${runColumns} from retention.run where run_id = ${runId} for share`)

/** The last run that came to its end before this one. */
export const findPrevious = (look: Look) =>
  look.tx.maybe<RunRow>(sql`
    select ${runColumns} from retention.run where finished_at is not null order by finished_at desc limit 1`)

/** False when another process opened one meanwhile. */
export const insertRun = async (ctx: Ctx, runId: string, version: number) =>
  (await ctx.tx.run(sql`
    insert into retention.run (run_id, policy_version) values (${runId}, ${version}) on conflict do nothing`)) > 0

export const finishRun = (ctx: Ctx, runId: string) =>
  ctx.tx.run(sql`update retention.run set finished_at = now() where run_id = ${runId} and finished_at is null`)

export const findUnswept = (from: Ctx | Look) =>
  from.tx.many<RunRow>(sql`
    select ${runColumns} from retention.run where finished_at is not null and swept_at is null
    order by finished_at limit 1000`)

export const setSwept = (ctx: Ctx, runId: string) =>
  ctx.tx.run(sql`update retention.run set swept_at = now() where run_id = ${runId} and swept_at is null`)

export const findRuns = (look: Look, limit: number) =>
  look.tx.many<RunRow>(sql`
    select ${runColumns} from retention.run where finished_at is not null order by finished_at desc limit ${limit}`)

export type NewBatch = { readonly runId: string; readonly batchId: string; readonly forgotten: number }

export const insertBatch = (ctx: Ctx, { runId, batchId, forgotten }: NewBatch) =>
  ctx.tx.run(sql`
    insert into retention.batch (run_id, batch_id, forgotten) values (${runId}, ${batchId}, ${forgotten})`)

type Item = { readonly subjectId: string; readonly id: string }
const idsOf = (items: readonly Item[]) => items.map(it => it.id)
const personsOf = (items: readonly Item[]) => items.map(it => it.subjectId)

/** Restricts what a restored copy brought back free; answers what was. */
export const restrictAgain = (ctx: Ctx, records: readonly Item[]) =>
  ctx.tx.many<Item>(sql`
    select person as "subjectId", record as id
    from retention.restrict_again(${personsOf(records)}::uuid[], ${idsOf(records)}::uuid[])`)

/** Withdraws what a restored copy brought back as given; answers what was. */
export const withdrawAgain = (ctx: Ctx, consents: readonly Item[]) =>
  ctx.tx.many<Item>(sql`
    select person as "subjectId", consent as id
    from retention.withdraw_again(${personsOf(consents)}::uuid[], ${idsOf(consents)}::uuid[])`)

/** Revokes the keys that a restored copy brought back; answers how many. */
export const revokeAgain = async (ctx: Ctx, keyIds: readonly string[]) =>
  (await ctx.tx.one<{ revoked: number }>(sql`select retention.revoke_again(${keyIds}::uuid[]) as revoked`)).revoked

/** Ends what a restored copy brought back tied, for the reason it had ended; answers what was. */
export const unlinkAgain = (ctx: Ctx, links: readonly { id: string; by: string }[]) =>
  ctx.tx.many<Item>(sql`
    select person as "subjectId", link as id
    from retention.unlink_again(${links.map(it => it.id)}::uuid[], ${links.map(it => it.by)}::text[])`)

export type Count = {
  readonly clause: string
  readonly reason: string
  readonly category: string
  readonly records: number
}

export const insertTally = (ctx: Ctx, runId: string, batchId: string, counts: readonly Count[]) =>
  ctx.tx.run(sql`
    insert into retention.tally (run_id, batch_id, clause, reason, category, records)
    select ${runId}, ${batchId}, * from unnest(
      ${counts.map(it => it.clause)}::text[], ${counts.map(it => it.reason)}::text[],
      ${counts.map(it => it.category)}::text[], ${counts.map(it => it.records)}::integer[])`)

export const sumTally = (from: Ctx | Look, runIds: readonly string[]) =>
  from.tx.many<Count & { runId: string }>(sql`
    select run_id as "runId", clause, reason, category, sum(records)::bigint as records from retention.tally
    where run_id = any(${runIds}::uuid[]) group by 1, 2, 3, 4 order by 1, 2, 3, 4`)

export const sumForgotten = (from: Ctx | Look, runIds: readonly string[]) =>
  from.tx.many<{ runId: string; persons: number }>(sql`
    select run_id as "runId", sum(forgotten)::bigint as persons from retention.batch
    where run_id = any(${runIds}::uuid[]) group by 1`)

/** Old versions of rows that the last VACUUM found and could not take, since somebody may still read them. */
export const countPinned = (look: Look) =>
  look.tx.one<{ pinned: number }>(sql`
    select coalesce(sum(pg_stat_get_dead_tuples(t)), 0)::bigint as pinned
    from unnest(array['subjects.record', 'subjects.lookup', 'subjects.subject']::regclass[]) as t`)

/** A short wait for readers to end. */
export const pause = (look: Look) => look.tx.run(sql`select pg_sleep(0.25)`)

/** Bytes of the three tables and their indexes, as they lie on the disk. */
export const findSize = (look: Look) =>
  look.tx.one<{ bytes: number }>(sql`
    select pg_total_relation_size('subjects.record') + pg_total_relation_size('subjects.lookup')
      + pg_total_relation_size('subjects.subject') as bytes`)
