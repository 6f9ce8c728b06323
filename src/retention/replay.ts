/** After a restore: what the journal says was erased, restricted, withdrawn, revoked or untied becomes so again. */
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { act, look as lookAt, type Actor, type Ctx, type World } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { byPersons } from './batches.ts'
import { clear, enterErased, factsOf, PERSONS, type Coded } from './erase.ts'
import { journal, journalled, type JournalLine } from './journal.ts'
import * as store from './store.ts'
import { vacuum } from './sweep.ts'

export type ReplayResult = {
  readonly journalled: number
  readonly erasedAgain: number
  readonly forgottenAgain: number
  /** Alive again and held by the database itself: a hold or a floor that came back with the copy. */
  readonly held: number
  readonly restrictedAgain: number
  readonly withdrawnAgain: number
  readonly revokedAgain: number
  /** Browsers that were tied to a person once more by the copy. */
  readonly unlinkedAgain: number
}

/**
 * Does again what the journal outside the database says was done, after a copy was restored. What was released later
 * stays as the copy has it: nothing is set free here.
 */
export async function replay(world: World, actor: Actor): Promise<ReplayResult> {
  const who: Actor = { ...actor, surface: 'worker' }
  await journal(world, who)
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
  const again = await stopAgain(world, who, lines)
  const forgotten = lines.flatMap(line => ('forgotten' in line ? line.forgotten : []))
  const forgottenAgain = forgotten.length > 0 ? await forgetAgain(world, who, forgotten) : 0
  if (erasedAgain + forgottenAgain > 0) await vacuum(world, who, 'rewrite')
  return { journalled: rows.length, erasedAgain, forgottenAgain, held, ...again }
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

type Stopped = Pick<ReplayResult, 'restrictedAgain' | 'withdrawnAgain' | 'revokedAgain' | 'unlinkedAgain'>

/** Restrictions, withdrawals, revoked keys and ended links: in acts of at most so many. */
const ITEMS = 1_000

async function stopAgain(world: World, who: Actor, lines: readonly JournalLine[]): Promise<Stopped> {
  const done = { restrictedAgain: 0, withdrawnAgain: 0, revokedAgain: 0, unlinkedAgain: 0 }
  for (const part of parts(lastRestricted(lines))) {
    const again = (ctx: Ctx) => store.restrictAgain(ctx, part)
    done.restrictedAgain += await enterAgain(world, who, { kind: 'subjects.restricted_again', name: 'records', again })
  }
  const withdrawn = lines.flatMap(line => ('withdrawn' in line ? itemsOf(line.subject, line.withdrawn) : []))
  for (const part of parts(withdrawn)) {
    const again = (ctx: Ctx) => store.withdrawAgain(ctx, part)
    done.withdrawnAgain += await enterAgain(world, who, { kind: 'consents.withdrawn_again', name: 'consents', again })
  }
  const unlinked = lines.flatMap(line => ('unlinked' in line ? line.unlinked.map(id => ({ id, by: line.by })) : []))
  for (const part of parts(unlinked)) {
    const again = (ctx: Ctx) => store.unlinkAgain(ctx, part)
    done.unlinkedAgain += await enterAgain(world, who, { kind: 'cookies.unlinked_again', name: 'links', again })
  }
  const revoked = lines.flatMap(line => ('revoked' in line ? line.revoked : []))
  for (const part of parts(revoked)) {
    done.revokedAgain += await act(world, who, async ctx => {
      policy.requireTask(ctx, 'runRetention')
      const keys = await store.revokeAgain(ctx, part)
      await ledger.appendSystem(ctx, 'retention.keys_revoked_again', { keys })
      return keys
    })
  }
  return done
}

type Item = { readonly subjectId: string; readonly id: string }

const itemsOf = (subjectId: string, ids: readonly string[]): Item[] => ids.map(id => ({ subjectId, id }))

/** Records whose last word in the journal is that they are restricted. */
function lastRestricted(lines: readonly JournalLine[]): Item[] {
  const standing = new Map<string, Item>()
  for (const line of lines) {
    if ('restricted' in line) for (const item of itemsOf(line.subject, line.restricted)) standing.set(item.id, item)
    if ('released' in line) for (const id of line.released) standing.delete(id)
  }
  return [...standing.values()]
}

function parts<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / ITEMS) }, (_, at) => all.slice(at * ITEMS, (at + 1) * ITEMS))
}

type Doing = {
  readonly kind: string
  readonly name: string
  readonly again: (ctx: Ctx) => Promise<readonly Item[]>
}

async function enterAgain(world: World, who: Actor, { kind, name, again }: Doing): Promise<number> {
  return act(world, who, async ctx => {
    policy.requireTask(ctx, 'runRetention')
    const done = await again(ctx)
    const alive = await subjects.alive(ctx, [...new Set(done.map(item => item.subjectId))])
    const groups = [...Map.groupBy(done, item => item.subjectId)].filter(([subjectId]) => alive.has(subjectId))
    await subjects.enter(
      ctx,
      groups.map(([subjectId, items]) => ({ subjectId, kind, detail: { [name]: items.map(item => item.id) } })),
    )
    await ledger.appendSystem(ctx, kind, { count: done.length })
    return done.length
  })
}
