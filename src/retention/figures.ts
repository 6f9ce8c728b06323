/** SQL of retention's figures: what is due, kept and unreviewed, counted in the database and opened by nobody. */
import { sql, type Sql } from '../lib/sql.ts'
import type { Look } from '../platform/world.ts'
import type { Held } from './plan.ts'
import { heldUntil, isRequested, joined } from './store.ts'

export type Slice = Held & { readonly records: number }

/** What a preview looks at: until when, and the categories whose time runs from the day of collection. */
export type Span = { readonly until: string; readonly version: number; readonly fromCollection: readonly string[] }

const recordsOfRelationships = sql`
  work.relationship o
  join subjects.record r on r.subject_id = o.subject_id and r.relationship_id = o.relationship_id`

/** Dated records, those already due and those to come, in groups that the solver answers alike. */
export const groupDated = (look: Look, span: Span) =>
  grouped(look, span, {
    from: sql`subjects.record r`,
    where: sql`r.erased_at is null and r.erase_by is not null and r.erase_by <= ${span.until}::date`,
    eraseBy: sql`case when r.erase_by <= ${look.today}::date then ${look.today}::date else r.erase_by end`,
    closedOn: sql`l.closed_on`,
  })

/** Undated records of cases that end by themselves: time-barred by then, or not looked at in time. */
export const groupOpen = (look: Look, span: Span) =>
  grouped(look, span, {
    from: recordsOfRelationships,
    where: sql`o.closed_on is null and (o.limitation_on <= ${span.until}::date or o.review_on < ${look.today}::date)
      and r.erased_at is null and r.erase_by is null`,
    eraseBy: sql`null::date`,
    closedOn: sql`case when l.review_on < ${look.today}::date then l.review_on end`,
  })

/** Records of closed relationships that got no day yet: closed since the last run. */
export const groupUnclocked = (look: Look, span: Span) =>
  grouped(look, span, {
    from: recordsOfRelationships,
    where: sql`o.closed_on is not null and o.cleared_on is null and coalesce(o.clocked_by, 0) < ${span.version}
      and r.erased_at is null and r.erase_by is null`,
    eraseBy: sql`null::date`,
    closedOn: sql`l.closed_on`,
  })

// The days that decide nothing in a group are folded into one, so that there are days of groups and not of records.
function grouped(look: Look, span: Span, of: { from: Sql; where: Sql; eraseBy: Sql; closedOn: Sql }) {
  const fromCollection = sql`(r.source = 'website' or r.category = any(${span.fromCollection}::text[]))`
  return look.tx.many<Slice>(sql`
    select category, source, "isAccounting", "eraseBy", "closedOn", "limitationOn", null as "reviewOn", "yearEndsOn",
      "floorUntil", "heldUntil", "isRequested", "collectedOn", count(*) as records
    from (
      select r.category, r.source, r.is_accounting as "isAccounting", ${of.eraseBy} as "eraseBy",
        ${of.closedOn} as "closedOn",
        case when ${of.closedOn} is null or l.limitation_on < ${of.closedOn} then l.limitation_on end as "limitationOn",
        v.financial_year_ends_on as "yearEndsOn", v.floor_until as "floorUntil",
        ${heldUntil(look.today)} as "heldUntil", ${isRequested} as "isRequested",
        case when ${fromCollection} then r.collected_on else ${look.today}::date end as "collectedOn"
      from ${of.from} ${joined} where ${of.where}
    ) slice
    group by 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12`)
}

/** Records kept by law or by a live hold, by what keeps them and until when at the longest. */
export const countKept = (look: Look) =>
  look.tx.many<{
    keptBy: 'floor' | 'hold' | 'request'
    reason: string
    category: string
    records: number
    until: string | null
  }>(sql`
    select 'floor' as "keptBy", 'retention.bookkeeping_floor' as reason, r.category, count(*) as records,
      max(v.floor_until) as until
    from subjects.record r join work.voucher v on v.subject_id = r.subject_id and v.voucher_id = r.voucher_id
    where r.is_accounting and r.erased_at is null and v.floor_until >= ${look.today}::date group by r.category
    union all
    select 'hold', 'retention.on_hold', r.category, count(distinct r.record_id), max(h.review_on)
    from work.hold h join subjects.record r on r.subject_id = h.subject_id and r.relationship_id = h.relationship_id
    where h.lifted_on is null and h.review_on >= ${look.today}::date and r.erased_at is null group by r.category
    union all
    select 'request', 'retention.request_open', r.category, count(distinct r.record_id), null::date
    from work.item i join subjects.record r on r.subject_id = i.subject_id
      and (i.relationship_id is null or r.relationship_id = i.relationship_id)
    where i.kind = 'request' and i.closed_at is null and r.erased_at is null group by r.category
    order by 1, 3`)

export type Unreviewed = {
  readonly relationshipId: string
  readonly kind: string
  readonly reviewOn: string
  readonly records: number
}

/** Open relationships without a reviewed reason, longest overdue first, and how many there are. */
export async function findUnreviewed(look: Look, limit: number): Promise<{ count: number; rows: Unreviewed[] }> {
  const { count } = await look.tx.one<{ count: number }>(sql`
    select count(*) as count from work.relationship where closed_on is null and review_on < ${look.today}::date`)
  const rows = await look.tx.many<Unreviewed>(sql`
    select l.relationship_id as "relationshipId", l.kind, l.review_on as "reviewOn",
      (select count(*) from subjects.record r
        where r.subject_id = l.subject_id and r.relationship_id = l.relationship_id and r.erased_at is null) as records
    from work.relationship l where l.closed_on is null and l.review_on < ${look.today}::date
    order by l.review_on, l.relationship_id limit ${limit}`)
  return { count, rows }
}
