/** After a restore: what the journal says was erased is erased again. */
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { act, look as lookAt, type Actor, type Ctx, type World } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { byPersons } from './batches.ts'
import { clear, enterErased, factsOf, PERSONS, type Coded } from './erase.ts'
import { journalled } from './journal.ts'
import * as store from './store.ts'
import { vacuum } from './sweep.ts'

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
  const lines = journalled(world.stateFolder)
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
  await enterErased(ctx, 'subjects.erased_again', { runId: itemId, rows, codeOf })
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
