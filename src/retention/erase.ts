/** Erasing in bounded acts: lock, decide again, destroy, write it down. */
import { randomUUID } from 'node:crypto'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import type { Facts, Question, Source } from '../policy/types.ts'
import { Problem } from '../platform/problems.ts'
import { act, look as lookAt, type Ctx, type Look } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { byPersons, groupBy } from './batches.ts'
import * as board from './board.ts'
import { close, type Task } from './clocks.ts'
import { journal } from './journal.ts'
import { plan, type Plan } from './plan.ts'
import * as store from './store.ts'

/** Persons in one act. */
export const PERSONS = 200
/** Records looked at in one go. */
const PAGE = 1_000

/** Who works on which run. */
export type RunTask = Task & { readonly runId: string }

/** Records that this call erased, and those due that somebody else was at just now. */
export type Erasing = { readonly erased: number; readonly missed: number }

/** Erases what is due, `limit` records at most, in acts of at most 200 persons. */
export async function eraseDue(task: RunTask, limit: number): Promise<Erasing> {
  let erased = 0
  while (erased < limit) {
    const pass = await erasePass(task, limit - erased)
    erased += pass.erased
    if (pass.erased === 0) return { erased, missed: pass.missed }
  }
  return { erased, missed: 0 }
}

async function erasePass({ world, who, runId }: RunTask, limit: number): Promise<Erasing> {
  let erased = 0
  let missed = 0
  let after: store.DueAt | null = null
  while (erased < limit) {
    const place: store.DueAt | null = after
    const page: { rows: store.HeldRow[]; due: store.HeldRow[] } = await lookAt(world, who, async look => {
      const rows = await store.findDue(look, place, PAGE)
      return { rows, due: decided(look, rows).map(it => it.row) }
    })
    const last = page.rows.at(-1)
    if (!last) break
    after = { ...last, eraseBy: last.eraseBy as string }
    for (const part of byPersons(page.due.slice(0, limit - erased), PERSONS)) {
      const count = await act(world, who, ctx => eraseBatch(ctx, runId, part))
      if (count === null) return { erased, missed: 0 }
      erased += count
      missed += part.length - count
      await journal(world, who)
    }
  }
  return { erased, missed }
}

/** One act: lock, read again, decide again, destroy, write it down. Null when the run was finished meanwhile. */
async function eraseBatch(ctx: Ctx, runId: string, candidates: readonly store.HeldRow[]): Promise<number | null> {
  const { finishedAt } = await store.joinRun(ctx, runId)
  const locked = finishedAt ? [] : await store.lock(ctx, candidates)
  const due = decided(ctx, await store.findHeld(ctx, locked))
  if (due.length === 0) return nothing(ctx, runId, finishedAt ? null : 0)
  const warrant = await work.warrant(ctx, { kind: 'job', id: runId }, 'retention')
  const plans = new Map(due.map(it => [it.row.recordId, it.plan]))
  const codeOf = (row: { recordId: string }) => (plans.get(row.recordId) as Plan).code
  const rows = due.map(it => it.row)
  const erased = await subjects.eraseMany(ctx, warrant, rows, { reason: codeOf, facts: row => factsOf(ctx, row) })
  if (erased !== due.length) throw new Problem('database.conflict')
  await enterErased(ctx, 'subjects.erased', { runId, rows, codeOf })
  await clear(ctx, rows)
  const batchId = randomUUID()
  await store.insertBatch(ctx, { runId, batchId, forgotten: 0 })
  const counts = groupBy(due, it => `${it.plan.clause} ${it.plan.code} ${it.row.category}`)
  await store.insertTally(
    ctx,
    runId,
    batchId,
    [...counts.values()].map(group => {
      const {
        plan: { clause, code },
        row: { category },
      } = group[0] as (typeof due)[number]
      return { clause, reason: code, category, records: group.length }
    }),
  )
  return erased
}

async function nothing<T>(ctx: Ctx, runId: string, result: T): Promise<T> {
  policy.requireTask(ctx, 'runRetention')
  await ledger.appendSystem(ctx, 'retention.nothing_due', { run: runId })
  return result
}

/** The person's own key goes in a later act, so that what was erased is sealed in their log first. */
export async function forgetCleared({ world, who, runId }: RunTask): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const ids = (await lookAt(world, who, look => store.findForgettable(look, after, PERSONS))).map(
      row => row.subjectId,
    )
    after = ids.at(-1) ?? ''
    if (ids.length === 0) return
    await act(world, who, async ctx => {
      policy.requireTask(ctx, 'runRetention')
      const { finishedAt } = await store.joinRun(ctx, runId)
      const forgotten = finishedAt ? [] : await subjects.forgetMany(ctx, ids)
      await work.markForgotten(ctx, forgotten)
      await ledger.appendSystem(ctx, 'retention.persons_forgotten', { run: runId, persons: forgotten.length })
      if (forgotten.length === 0) return
      await store.insertBatch(ctx, { runId, batchId: randomUUID(), forgotten: forgotten.length })
    })
    await journal(world, who)
  }
}

/** The stable reason why a record goes. */
export type Coded = (row: store.HeldRow) => string

type Erased = { readonly runId: string; readonly rows: readonly store.HeldRow[]; readonly codeOf: Coded }

/** Enters in each person's log what of theirs was erased and why; `kind` is that of the entry. */
export async function enterErased(ctx: Ctx, kind: string, { runId, rows, codeOf }: Erased): Promise<void> {
  const groups = groupBy(rows, row => row.subjectId)
  const alive = await subjects.alive(ctx, [...groups.keys()])
  const detail = (group: readonly store.HeldRow[]) => ({
    run: runId,
    records: group.map(row => ({ record: row.recordId, reason: codeOf(row) })),
  })
  const entries = [...groups].filter(([subjectId]) => alive.has(subjectId))
  await subjects.enter(
    ctx,
    entries.map(([subjectId, group]) => ({ subjectId, kind, detail: detail(group) })),
  )
  // Only after a restore: the person's own key is gone, so their log can take no further line.
  if (alive.size < groups.size) await ledger.appendSystem(ctx, kind, { run: runId, persons: groups.size - alive.size })
}

/** Closes what was emptied, and marks the closed relationships of which nothing is left. */
export async function clear(ctx: Ctx, rows: readonly store.HeldRow[]): Promise<void> {
  const keys = [...groupBy(rows, row => row.relationshipId).values()].map(group => group[0] as store.HeldRow)
  const emptied = await store.findEmptied(ctx, keys)
  if (emptied.length > 0)
    await close(
      ctx,
      emptied.map(key => ({ ...key, closedOn: ctx.today })),
      'ended',
    )
  await work.markCleared(ctx, await store.findCleared(ctx, keys))
}

/** Those that are due and that the policy lets this actor erase, each with its plan. */
function decided(from: Ctx | Look, rows: readonly store.HeldRow[]): { row: store.HeldRow; plan: Plan }[] {
  const keep = board.keeper(from)
  return rows
    .map(row => ({ row, plan: plan(row, keep, from.today) }))
    .filter(
      it =>
        it.plan.due &&
        policy.decide(policy.current(from), questionOf(it.row), factsOf(from, it.row)).outcome === 'permit',
    )
}

const questionOf = (row: store.HeldRow): Question => ({
  verb: 'erase',
  purpose: 'retention',
  category: row.category,
  source: row.source as Source,
  recipient: '',
  channel: '',
  fields: [],
})

/** What is true of a record whose day has come; the policy and the database decide on it once more. */
export const factsOf = (from: Ctx | Look, row: store.HeldRow): Facts => ({
  roleAllowed: policy.may(from.actor.role, 'runRetention'),
  workOpen: true,
  reasonEnded: row.closedOn !== null,
  maximumReached: true,
  floorPassed: row.floorUntil === null || row.floorUntil < from.today,
  onHold: row.heldUntil !== null,
})
