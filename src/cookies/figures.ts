/** SQL that only counts or looks: what the officer's report says of choices, guards and scans, naming nobody. */
import { sql } from '../lib/sql.ts'
import type { Tx } from '../platform/database.ts'
import type { Ctx, Look } from '../platform/world.ts'
import type { Method } from '../../sdk/wire.ts'
import { planColumns, type PlanRow, type ScanRow } from './store.ts'

export type MethodCount = { readonly site: string; readonly method: Method; readonly choices: number }

/** Choices in force by site and by the button that was pressed. */
export const countMethods = (look: Look) =>
  look.tx.many<MethodCount>(sql`
    select site, method, count(*)::int as choices from cookies.choice
    where replaced_at is null and now() <= given_at + lasts_seconds * interval '1 second'
    group by site, method order by site, method`)

export type AcceptedCount = MethodCount & { readonly category: string }

/** How many of them accepted each category. */
export const countAccepted = (look: Look) =>
  look.tx.many<AcceptedCount>(sql`
    select c.site, c.method, a.category, count(*)::int as choices
    from cookies.choice c cross join unnest(c.accepted) a (category)
    where c.replaced_at is null and now() <= c.given_at + c.lasts_seconds * interval '1 second'
    group by c.site, c.method, a.category order by c.site, a.category, c.method`)

export type GuardWeek = {
  readonly site: string
  readonly clause: string
  /** Monday of the week, 'YYYY-MM-DD'. */
  readonly week: string
  readonly stripped: number
  /** Said no in development, where nothing is taken away. */
  readonly explained: number
}

/** How often the guards said no, by sentence and week, since a Monday. */
export const countGuarded = (look: Look, since: string) =>
  look.tx.many<GuardWeek>(sql`
    select site, clause, date_trunc('week', day)::date as week,
      (coalesce(sum(count) filter (where mode = 'strip'), 0))::bigint as stripped,
      (coalesce(sum(count) filter (where mode = 'explain'), 0))::bigint as explained
    from cookies.guard_count where day >= ${since}::date
    group by 1, 2, 3 order by 1, 2, 3`)

export type ScanFigures = {
  readonly scanId: string
  readonly site: string
  readonly hosts: readonly string[]
  readonly isWhole: boolean
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly breaches: number
  readonly doubts: number
  /** Breaches and doubts that the scan before of the same hosts did not have, and those it had; null for the first. */
  readonly added: number | null
  readonly gone: number | null
}

/** The latest scans, newest first, each against the scan of the same hosts before it. */
export const countScans = (look: Look, of: { readonly site: string | null; readonly most: number }) =>
  look.tx.many<ScanFigures>(sql`
    with told as (
      select s.*, lag(s.scan_id) over (
        partition by s.site, s.hosts, s.is_whole order by s.finished_at, s.scan_id) as former
      from cookies.scan s where ${of.site}::text is null or s.site = ${of.site}
    ), recent as (
      select * from told order by finished_at desc, scan_id limit ${of.most}
    )
    select t.scan_id as "scanId", t.site, t.hosts, t.is_whole as "isWhole", t.started_at as "startedAt",
      t.finished_at as "finishedAt", t.breaches, t.doubts,
      case when t.former is not null then (
        select count(*)::int from cookies.finding f
        where f.scan_id = t.scan_id and f.severity <> 'note' and not exists (
          select from cookies.finding p
          where p.scan_id = t.former and p.finding_id = f.finding_id and p.severity <> 'note')
      ) end as added,
      case when t.former is not null then (
        select count(*)::int from cookies.finding p
        where p.scan_id = t.former and p.severity <> 'note' and not exists (
          select from cookies.finding f
          where f.scan_id = t.scan_id and f.finding_id = p.finding_id and f.severity <> 'note')
      ) end as gone
    from recent t order by t.finished_at desc, t.scan_id`)

/** What is known now: of each site's hosts the latest whole scan, and those since; at most 100, newest first. */
export const findCountedScans = (from: Ctx | Look) =>
  from.tx.many<ScanRow>(sql`
    select s.scan_id as "scanId", s.report, s.signature from cookies.scan s
    where not exists (
      select from cookies.scan w
      where w.site = s.site and w.hosts = s.hosts and w.is_whole and w.finished_at > s.finished_at
    ) order by s.finished_at desc, s.scan_id limit 100`)

/** Whether choices wait to be erased. */
export const findWhetherToErase = (tx: Tx) =>
  tx.one<{ waits: boolean }>(sql`select cookies.choices_to_erase() as waits`)

export const findPlans = (from: Ctx | Look) =>
  from.tx.many<PlanRow>(sql`select ${planColumns} from cookies.scan_plan order by site, url`)

export const findDuePlans = (from: Ctx | Look) =>
  from.tx.many<PlanRow>(sql`select ${planColumns} from cookies.scan_plan where next_at <= now() order by next_at, url`)
