/** The clocks of records: relationships without a reason are closed, and what they leave gets its last day. */
import { addDays } from '../lib/civil-date.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { act, look as lookAt, type Actor, type Ctx, type Look, type World } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import * as board from './board.ts'
import { dayOf } from './plan.ts'
import * as store from './store.ts'

/** Records or relationships looked at in one go. */
const PAGE = 1_000
/** A lapsed review may be made good for so long; then the relationship is closed as of its review day (S19). */
const REVIEW_GRACE_DAYS = -30

/** Who works on what: the run, or no run where only clocks are started. */
export type Task = { readonly world: World; readonly who: Actor; readonly runId: string | null }

/** Whether a relationship still waits to be closed or to get its clock, e.g. one that another process is at. */
export async function isWaiting({ world, who }: Task): Promise<boolean> {
  const waiting = await lookAt(world, who, look =>
    store.countWaiting(look, policy.current(look).version, graceOf(look)),
  )
  return waiting.barred || waiting.unreviewed || waiting.unclocked
}

/** Cases whose claim is time-barred and relationships nobody looked at in time have no reason left (S19). */
export async function closeEnded({ world, who }: Task): Promise<void> {
  const waiting = await lookAt(world, who, look => store.countWaiting(look, 0, graceOf(look)))
  if (waiting.barred) {
    await repeat(world, who, async ctx => {
      const keys = await store.lockBarred(ctx, PAGE)
      return close(
        ctx,
        keys.map(key => ({ ...key, closedOn: ctx.today })),
        'timeBarred',
      )
    })
  }
  if (waiting.unreviewed) {
    await repeat(world, who, async ctx => {
      const keys = await store.lockUnreviewed(ctx, graceOf(ctx), PAGE)
      return close(
        ctx,
        keys.map(key => ({ ...key, closedOn: key.reviewOn })),
        'ended',
      )
    })
  }
}

/** Closes these relationships for one reason, each on its day, and enters it for each person. How many were open. */
export async function close(
  ctx: Ctx,
  keys: readonly (store.Key & { closedOn: string })[],
  reason: work.CloseReason,
): Promise<number> {
  const closed = await work.closeMany(ctx, keys, reason)
  const detail = (key: store.Key) => ({ case: key.relationshipId, reason })
  await subjects.enter(
    ctx,
    keys.map(key => ({ subjectId: key.subjectId, kind: 'work.case_closed', detail: detail(key) })),
  )
  return closed
}

/** Every record of a newly closed relationship gets its last day, by the policy in force. */
export async function dateClosed({ world, who }: Task): Promise<void> {
  const waiting = await lookAt(world, who, look =>
    store.countWaiting(look, policy.current(look).version, graceOf(look)),
  )
  if (!waiting.unclocked) return
  await repeat(world, who, async ctx => {
    const { version } = policy.current(ctx)
    const keys = await store.lockUnclocked(ctx, version, PAGE)
    const rows = await store.findHeldOf(ctx, keys)
    await subjects.bringForward(ctx, daysOf(ctx, rows))
    await work.markClocked(ctx, keys, version)
    await work.markCleared(ctx, await store.findCleared(ctx, keys))
    return keys.length
  })
}

/** Records that came since the last run and whose day is known: vouchers, and what a closed case got late. */
export async function dateNew({ world, who }: Task): Promise<void> {
  let after: store.UndatedAt = { collectedAt: await lookAt(world, who, watermark), ...FIRST }
  for (;;) {
    const rows = await lookAt(world, who, look => store.findUndated(look, after, PAGE))
    const last = rows.at(-1)
    if (!last) return
    after = last
    const days = await lookAt(world, who, async look => daysOf(look, rows.filter(hasDay(look))))
    if (days.length === 0) continue
    await act(world, who, async ctx => {
      policy.requireTask(ctx, 'runRetention')
      const records = await subjects.bringForward(ctx, days)
      await ledger.appendSystem(ctx, 'retention.records_dated', { records })
    })
  }
}

// While a case is open its end can still move; a voucher's floor and a day counted from collection cannot.
function hasDay(from: Look): (row: store.HeldRow) => boolean {
  const fromCollection = board.anchoredToCollection(from)
  return row => row.isAccounting || row.closedOn !== null || fromCollection.includes(row.category)
}

/** New records are looked for from a little before the last run; under another policy all are looked at again. */
async function watermark(look: Look): Promise<string> {
  const before = await store.findPrevious(look)
  if (before?.policyVersion !== policy.current(look).version) return '-infinity'
  return new Date(before.startedAt.getTime() - 2 * 86_400_000).toISOString()
}

function daysOf(from: Ctx | Look, rows: readonly store.HeldRow[]) {
  const keep = board.keeper(from)
  return rows.flatMap(row => {
    const day = dayOf(row, keep)
    return day === null ? [] : [{ subjectId: row.subjectId, recordId: row.recordId, day }]
  })
}

const graceOf = (from: Ctx | Look) => addDays(from.today, REVIEW_GRACE_DAYS)

/** Repeats an administrative act until it finds nothing more to do. */
async function repeat(world: World, who: Actor, work: (ctx: Ctx) => Promise<number>): Promise<void> {
  for (let done = PAGE; done === PAGE;) {
    done = await act(world, who, async ctx => {
      policy.requireTask(ctx, 'runRetention')
      const count = await work(ctx)
      await ledger.appendSystem(ctx, 'retention.clocks_started', { relationships: count })
      return count
    })
  }
}

const FIRST = { subjectId: '00000000-0000-0000-0000-000000000000', recordId: '00000000-0000-0000-0000-000000000000' }
