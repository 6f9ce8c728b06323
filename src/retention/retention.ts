/**
 * The face of retention: what is due and why, a run that erases it in bounded acts, the certificate of a run,
 * and the replay of erasures after a restore.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { addDays } from '../lib/civil-date.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import type { Facts, Question, Source } from '../policy/types.ts'
import { appendJournal, keepFile, readJournal } from '../platform/kept-file.ts'
import { Problem } from '../platform/problems.ts'
import { act, look as lookAt, type Actor, type Ctx, type Look, type World } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { byPersons, groupBy } from './batches.ts'
import * as board from './board.ts'
import { byClause, type Certificate } from './certificate.ts'
import { dayOf, plan, type Plan } from './plan.ts'
import * as store from './store.ts'

export { certificates, preview, type Preview } from './board.ts'
export type { Certificate } from './certificate.ts'
export { chart, keptSentence, type KeptCount, type Month } from './preview.ts'

/** Persons in one act. */
const PERSONS = 200
/** Records or relationships looked at in one go. */
const PAGE = 1_000
/** A lapsed review may be made good for so long; then the relationship is closed as of its review day (S19). */
const REVIEW_GRACE_DAYS = -30
/** Tables up to this size are rewritten by the run itself; larger ones by the weekly job, when nobody waits. */
const REWRITE_BYTES = 1024 ** 3
const JOURNAL = 'erasures'

export type RunResult = {
  readonly certificate: Certificate
  /** Records this call erased; another process may have erased more of the same run. */
  readonly erasedHere: number
}

/**
 * Erases what is due, in acts of at most 200 persons, and issues the certificate. A run that was killed is taken up
 * where it was; a run that another process is at is shared with it. `limit` is the most records this call erases.
 * Throws `identity.not_allowed`, and the problems of the database.
 */
export async function run(world: World, actor: Actor, options: { readonly limit?: number } = {}): Promise<RunResult> {
  const who: Actor = { ...actor, surface: 'worker' }
  const task: RunTask = { world, who, runId: await openRun(world, who) }
  await journal(world, who)
  await closeEnded(task)
  await dateClosed(task)
  await dateNew(task)
  const erasedHere = await eraseDue(task, options.limit ?? Number.POSITIVE_INFINITY)
  await forgetCleared(task)
  await finish(task)
  await sweep(world, who)
  const certificate = await lookAt(world, who, async look => {
    const row = await store.findRun(look, task.runId)
    return (await board.certified(look, row ? [row] : []))[0] as Certificate
  })
  return { certificate, erasedHere }
}

/** Gives the records of newly closed relationships their last day, so that a closed case has a clock at once. */
export async function startClocks(world: World, actor: Actor): Promise<void> {
  await dateClosed({ world, who: { ...actor, surface: 'worker' }, runId: null })
}

type Task = { readonly world: World; readonly who: Actor; readonly runId: string | null }
type RunTask = Task & { readonly runId: string }

async function openRun(world: World, who: Actor): Promise<string> {
  if (!policy.may(who.role, 'runRetention')) throw new Problem('identity.not_allowed', { rule: 'task.runRetention' })
  const known = await lookAt(world, who, store.findOpenRun)
  if (known) return known.runId
  const made = await act(world, who, async ctx => {
    policy.requireTask(ctx, 'runRetention')
    const runId = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
    const isMine = await store.insertRun(ctx, runId, policy.current(ctx).version)
    if (!isMine) await work.closeItem(ctx, runId)
    await ledger.appendSystem(ctx, isMine ? 'retention.run_started' : 'retention.run_joined', { run: runId })
    return isMine ? runId : undefined
  })
  return made ?? openRun(world, who)
}

/** Cases whose claim is time-barred and relationships nobody looked at in time have no reason left (S19). */
async function closeEnded({ world, who }: Task): Promise<void> {
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

async function close(
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
async function dateClosed({ world, who }: Task): Promise<void> {
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
async function dateNew({ world, who }: Task): Promise<void> {
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

async function eraseDue(task: RunTask, limit: number): Promise<number> {
  let total = 0
  for (let pass = -1; pass !== total && total < limit;) {
    pass = total
    total += await erasePass(task, limit - total)
  }
  return total
}

async function erasePass({ world, who, runId }: RunTask, limit: number): Promise<number> {
  let erased = 0
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
      if (count === null) return erased
      erased += count
      await journal(world, who)
    }
  }
  return erased
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
  await enterErased(ctx, 'subjects.erased', rows, codeOf, runId)
  await clear(ctx, rows)
  const batchId = randomUUID()
  const at = ctx.now.toISOString()
  const lines = [...groupBy(rows, row => `${row.subjectId} ${codeOf(row)}`).values()].map(group => ({
    run: runId,
    at,
    subject: group[0]?.subjectId ?? '',
    records: group.map(row => row.recordId),
    reason: codeOf(group[0] as store.HeldRow),
  }))
  await store.insertBatch(ctx, { runId, batchId, forgotten: 0, lines })
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

type Coded = (row: store.HeldRow) => string

async function enterErased(
  ctx: Ctx,
  kind: string,
  rows: readonly store.HeldRow[],
  codeOf: Coded,
  runId: string,
): Promise<void> {
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

async function clear(ctx: Ctx, rows: readonly store.HeldRow[]): Promise<void> {
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

/** The person's own key goes in a later act, so that what was erased is sealed in their log first. */
async function forgetCleared({ world, who, runId }: RunTask): Promise<void> {
  let after = FIRST.subjectId
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
      const lines = [{ run: runId, at: ctx.now.toISOString(), forgotten }]
      await store.insertBatch(ctx, { runId, batchId: randomUUID(), forgotten: forgotten.length, lines })
    })
    await journal(world, who)
  }
}

async function finish({ world, who, runId }: RunTask): Promise<void> {
  await act(world, who, async ctx => {
    policy.requireTask(ctx, 'runRetention')
    const { finishedAt } = await store.lockRun(ctx, runId)
    if (finishedAt) return ledger.appendSystem(ctx, 'retention.run_joined', { run: runId })
    await store.finishRun(ctx, runId)
    await work.closeItem(ctx, runId)
    const counts = byClause(await store.sumTally(ctx, [runId]))
    await ledger.appendSystem(ctx, 'retention.run_finished', { run: runId, ...counts })
  })
  await journal(world, who)
}

/** What was erased is kept by id outside the database, so that a restore can be made to forget it again. */
async function journal(world: World, who: Actor): Promise<void> {
  for (;;) {
    const batches = await lookAt(world, who, store.findToJournal)
    if (batches.length === 0) return
    appendJournal(
      world.stateFolder,
      JOURNAL,
      batches.flatMap(batch => batch.erased),
    )
    await world.pools.worker.write(tx =>
      store.setJournalled(
        tx,
        batches.map(batch => batch.batchId),
      ),
    )
  }
}

/**
 * Takes the destroyed bytes out of the table files and issues the certificates that wait for it. A plain VACUUM
 * leaves some of them in the free space of their page, so the files are rewritten; while a large table waits for
 * its weekly hour (`'always'`), the certificate says that it is not yet so.
 */
export async function sweep(world: World, actor: Actor, when: 'small' | 'always' = 'small'): Promise<void> {
  const who: Actor = { ...actor, surface: 'worker' }
  const { runs, bytes, gone } = await lookAt(world, who, async look => {
    const runs = await store.findUnswept(look)
    const certificates = await board.certified(look, runs)
    return {
      runs,
      gone: certificates.some(it => it.records + it.personsForgotten > 0),
      ...(await store.findSize(look)),
    }
  })
  if (runs.length === 0) return
  const isRewritten = when === 'always' || bytes <= REWRITE_BYTES
  if (gone && !(await vacuum(world, who, isRewritten ? 'rewrite' : 'plain'))) return
  if (gone && !isRewritten) return
  await act(world, who, async ctx => {
    policy.requireTask(ctx, 'runRetention')
    for (const { runId } of runs) await store.setSwept(ctx, runId)
    for (const it of await board.certified(
      ctx,
      runs.map(run => ({ ...run, sweptAt: ctx.now })),
    )) {
      const { certificate, records, unreadableHereSince, lastCopyGoneBy } = it
      await ledger.appendSystem(ctx, 'retention.certified', {
        certificate,
        records,
        unreadableHereSince,
        lastCopyGoneBy,
        ...byClause(it.erased),
      })
      keepFile(join(world.dispatchFolder, 'certificates'), `${certificate}.json`, `${JSON.stringify(it, null, 2)}\n`)
    }
  })
}

const TABLES = ['subjects.record', 'subjects.lookup', 'subjects.subject'] as const
const TRIES = 8

/**
 * Clears the tables of what was destroyed. A reader who began before the erasure still pins the old versions, so it
 * is first seen that none is left; only then does rewriting the files prove anything. False when somebody is at a
 * table for too long; the next sweep tries again.
 */
async function vacuum(world: World, who: Actor, how: 'plain' | 'rewrite'): Promise<boolean> {
  const { worker } = world.pools
  try {
    for (let tried = 0; ; tried += 1) {
      for (const table of TABLES) await worker.maintain(`vacuum (analyze) ${table}`)
      if ((await lookAt(world, who, store.countPinned)) === 0) break
      if (tried === TRIES) return putOff(world, 'retention.still_read')
      await lookAt(world, who, store.pause)
    }
    if (how === 'rewrite') for (const table of TABLES) await worker.maintain(`vacuum (full, analyze) ${table}`)
    return true
  } catch (error) {
    if (error instanceof Problem) return putOff(world, error.code)
    throw error
  }
}

function putOff(world: World, code: string): false {
  world.log('warn', 'retention.sweep_put_off', { code })
  return false
}

export type ReplayResult = {
  readonly journalled: number
  readonly erasedAgain: number
  readonly forgottenAgain: number
  /** Alive again and held by the database itself: a hold or a floor that came back with the copy. */
  readonly held: number
}

/** Erases again what the journal outside the database says was erased, after a copy was restored. */
export async function replay(world: World, actor: Actor): Promise<ReplayResult> {
  const who: Actor = { ...actor, surface: 'worker' }
  const lines = readJournal(world.stateFolder, JOURNAL) as store.JournalLine[]
  const rows = lines.flatMap(line =>
    'records' in line ? line.records.map(recordId => ({ subjectId: line.subject, recordId, reason: line.reason })) : [],
  )
  const reasons = new Map(rows.map(row => [row.recordId, row.reason]))
  const codeOf: Coded = row => reasons.get(row.recordId) ?? 'retention.replayed'
  let held = 0
  let erasedAgain = 0
  for (const part of byPersons(rows, PERSONS)) {
    const [open, stopped] = await lookAt(world, who, async look => {
      const alive = await store.findHeld(look, part)
      return [
        alive.filter(row => !isStopped(row, look.today)),
        alive.filter(row => isStopped(row, look.today)),
      ] as const
    })
    held += stopped.length
    if (open.length > 0) erasedAgain += await act(world, who, ctx => eraseAgain(ctx, open, codeOf))
  }
  const forgotten = lines.flatMap(line => ('forgotten' in line ? line.forgotten : []))
  const forgottenAgain = forgotten.length > 0 ? await forgetAgain(world, who, forgotten) : 0
  if (erasedAgain + forgottenAgain > 0) await vacuum(world, who, 'rewrite')
  return { journalled: rows.length, erasedAgain, forgottenAgain, held }
}

/** What the database itself would refuse, by a floor or a hold that came back with the copy. */
function isStopped(row: store.HeldRow, today: string): boolean {
  const isOver = row.source === 'website' && row.eraseBy !== null && row.eraseBy <= today
  return (row.floorUntil !== null && row.floorUntil >= today) || (row.heldUntil !== null && !isOver)
}

async function eraseAgain(ctx: Ctx, rows: readonly store.HeldRow[], codeOf: Coded): Promise<number> {
  policy.requireTask(ctx, 'runRetention')
  const itemId = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
  const warrant = await work.warrant(ctx, { kind: 'job', id: itemId }, 'retention')
  await store.lock(ctx, rows)
  const erased = await subjects.eraseMany(ctx, warrant, rows, { reason: codeOf, facts: row => factsOf(ctx, row) })
  await enterErased(ctx, 'subjects.erased_again', rows, codeOf, itemId)
  await clear(ctx, rows)
  await work.closeItem(ctx, itemId)
  return erased
}

async function forgetAgain(world: World, who: Actor, ids: readonly string[]): Promise<number> {
  return act(world, who, async ctx => {
    policy.requireTask(ctx, 'runRetention')
    const forgotten = await subjects.forgetMany(ctx, [...(await subjects.alive(ctx, ids))])
    await work.markForgotten(ctx, forgotten)
    await ledger.appendSystem(ctx, 'retention.persons_forgotten_again', { persons: forgotten.length })
    return forgotten.length
  })
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
const factsOf = (from: Ctx | Look, row: store.HeldRow): Facts => ({
  roleAllowed: policy.may(from.actor.role, 'runRetention'),
  workOpen: true,
  reasonEnded: row.closedOn !== null,
  maximumReached: true,
  floorPassed: row.floorUntil === null || row.floorUntil < from.today,
  onHold: row.heldUntil !== null,
})

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
