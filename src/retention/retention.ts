/**
 * The face of retention: what is due and why, a run that erases it in bounded acts, the certificate of a run,
 * and the replay of erasures after a restore.
 */
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import { act, look as lookAt, type Actor, type World } from '../platform/world.ts'
import * as work from '../work/work.ts'
import * as board from './board.ts'
import { byClause, type Certificate } from './certificate.ts'
import { closeEnded, dateClosed, dateNew, isWaiting } from './clocks.ts'
import { eraseDue, forgetCleared, type RunTask } from './erase.ts'
import { journal } from './journal.ts'
import * as store from './store.ts'
import { sweep } from './sweep.ts'

export { certificates, preview, type Preview } from './board.ts'
export type { Certificate } from './certificate.ts'
export { chart, keptSentence, type KeptCount, type Month } from './preview.ts'
export { journal } from './journal.ts'
export { replay, type ReplayResult } from './replay.ts'
export { sweep } from './sweep.ts'

/** So often, a quarter of a second apart, a run waits for what somebody else is at; the next run takes the rest. */
const TRIES = 20

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
  const erasedHere = await workThrough(task, options.limit ?? Number.POSITIVE_INFINITY)
  await finish(task)
  await sweep(world, who)
  const certificate = await lookAt(world, who, async look => {
    const row = await store.findRun(look, task.runId)
    return (await board.certified(look, row ? [row] : []))[0] as Certificate
  })
  return { certificate, erasedHere }
}

/** What another process of the run is at is waited for, so that none finishes the run before all of it is done. */
async function workThrough(task: RunTask, limit: number): Promise<number> {
  let total = 0
  for (let tried = 0; tried < TRIES; tried += 1) {
    await closeEnded(task)
    await dateClosed(task)
    await dateNew(task)
    // Asked before looking for what is due: a clock that another process starts in between would be seen by neither.
    const wasWaiting = await isWaiting(task)
    const { erased, missed } = await eraseDue(task, limit - total)
    total += erased
    await forgetCleared(task)
    if (missed === 0 && !wasWaiting) break
    await lookAt(task.world, task.who, store.pause)
  }
  return total
}

/** Gives the records of newly closed relationships their last day, so that a closed case has a clock at once. */
export async function startClocks(world: World, actor: Actor): Promise<void> {
  await dateClosed({ world, who: { ...actor, surface: 'worker' }, runId: null })
}

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
