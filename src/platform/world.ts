/**
 * What the program stands on, built once, and the two ways to use it: `act` writes and is always
 * decided and recorded; `look` reads, and can never open personal data.
 */
import { randomUUID } from 'node:crypto'
import { civilDateAt } from '../lib/civil-date.ts'
import type { Surface } from './credentials.ts'
import type { Pool, Tx } from './database.ts'
import type { KeyProvider } from './keys.ts'
import type { Log } from './log.ts'
import { Problem } from './problems.ts'

export type { Surface } from './credentials.ts'

export type Role = 'admin' | 'officer' | 'caseWorker' | 'client' | 'site' | 'auditor' | 'system'

/** Who acts: an opaque id and a role, never a name. */
export type Actor = {
  readonly id: string
  readonly role: Role
  readonly surface: Surface
  /** The client whose key this is, for role `client`. */
  readonly partyId?: string
  /** The host of the site whose server's key this is, for role `site`. */
  readonly site?: string
}

/** What `act` needs to know of the rules in force; the policy module gives the rest. */
export type Rules = { readonly version: number; readonly sha256: string }

export type World = {
  readonly pools: { readonly [surface in Surface]: Pool }
  readonly keys: KeyProvider
  readonly log: Log
  /** Folder for what is written outside the database: rejects, letters, packages. */
  readonly dispatchFolder: string
  readonly stateFolder: string
  /** Address at which people reach this installation, without a slash at its end; absent: only as a path. */
  readonly publicUrl?: string
  /** The compiled policy in force; replaced as a whole when another is adopted. */
  rules: Rules | undefined
  /** Called first in every act's own transaction: brings `rules` up to what is in force, whoever adopted it. */
  onBegin: (world: World, tx: Tx) => Promise<void>
  /** Told after a refused act has rolled back; records the refusal without saying whom it was about. */
  onRefusal: (world: World, actor: Actor, problem: Problem) => Promise<void>
}

/** The context of an act. It is passed first, everywhere. */
export type Ctx = {
  readonly kind: 'act'
  readonly id: string
  readonly world: World
  readonly actor: Actor
  readonly tx: Tx
  readonly now: Date
  /** Civil date in Copenhagen, 'YYYY-MM-DD'. */
  readonly today: string
  /** What has happened so far; `act` refuses to commit while either is zero. */
  readonly tally: { permits: number; entries: number }
}

/** The context of a look: no door that opens personal data accepts it. */
export type Look = Omit<Ctx, 'kind' | 'tally'> & { readonly kind: 'look' }

/**
 * Runs `work` in one transaction of the actor's own database role. It commits only if the policy
 * permitted something in it and the ledger recorded it; otherwise nothing has happened.
 */
export function act<T>(world: World, actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  return decided(world, actor, run => world.pools[actor.surface].write(tx => run(tx, work)))
}

/**
 * An act whose every statement sees one and the same instant, for what must be complete in itself (Art. 15).
 * Throws `database.conflict` when somebody changed meanwhile what it changes or locks.
 */
export function actOnSnapshot<T>(world: World, actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  return decided(world, actor, run => world.pools[actor.surface].snapshot(tx => run(tx, work)))
}

type Run = <T>(tx: Tx, work: (ctx: Ctx) => Promise<T>) => Promise<T>

async function decided<T>(world: World, actor: Actor, transaction: (run: Run) => Promise<T>): Promise<T> {
  try {
    return await transaction(async (tx, work) => {
      await world.onBegin(world, tx)
      const ctx: Ctx = { ...contextOf(world, actor, tx), kind: 'act', tally: { permits: 0, entries: 0 } }
      const result = await work(ctx)
      if (ctx.tally.permits === 0) throw new Error('an act without a decision may not commit')
      if (ctx.tally.entries === 0) throw new Error('an act without a ledger entry may not commit')
      return result
    })
  } catch (error) {
    if (error instanceof Problem && error.refusal.rule !== undefined) await world.onRefusal(world, actor, error)
    throw error
  }
}

/** Runs `work` on one read-only snapshot. */
export function look<T>(world: World, actor: Actor, work: (look: Look) => Promise<T>): Promise<T> {
  return world.pools[actor.surface].read(tx => work({ ...contextOf(world, actor, tx), kind: 'look' }))
}

/** The program itself as actor, e.g. `system('worker', 'retention')`. */
export function system(surface: Surface, job: string): Actor {
  return { id: `system:${job}`, role: 'system', surface }
}

function contextOf(world: World, actor: Actor, tx: Tx) {
  return { id: randomUUID(), world, actor, tx, now: tx.now, today: civilDate(tx.now) }
}

/** The Danish Act and the promises count days as they are in Denmark. */
const TIME_ZONE = 'Europe/Copenhagen'

/** The civil date in Denmark of an instant, 'YYYY-MM-DD'. */
export function civilDate(instant: Date): string {
  return civilDateAt(instant.getTime(), TIME_ZONE)
}
