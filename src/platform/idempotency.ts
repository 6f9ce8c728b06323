/**
 * Answers asked for twice are given twice and made once. The key is noted in the same transaction as
 * the first thing the handler writes, so neither a race nor a kill can do the work again. Only the
 * status and the id of what was made are kept; the key counts for one actor, one route and one body.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import { sql } from '../lib/sql.ts'
import type { Tx } from './database.ts'
import { Problem } from './problems.ts'
import type { ApiAnswer } from './route.ts'
import type { Actor, World } from './world.ts'

export type Repeatable = {
  readonly actor: Actor
  /** Method and template, e.g. 'post /v1/clients'. */
  readonly route: string
  /** The Idempotency-Key as sent. */
  readonly key: string
  /** The path and the bytes of the body; another digest under the same key is another question. */
  readonly about: readonly (string | Buffer)[]
  /** Status of the route's own answer. */
  readonly status: number
}

export type Outcome =
  | { readonly isRepeated: false; readonly answer: ApiAnswer }
  | { readonly isRepeated: true; readonly status: number; readonly resultId: string | null }

type Row = { bodyDigest: Buffer; status: number; resultId: string | null }
type Named = Repeatable & { readonly keyDigest: Buffer; readonly bodyDigest: Buffer }

/** Status of a row whose handler has not ended yet. */
const BEGUN = 0
const running = new WeakMap<World, Map<string, Promise<unknown>>>()

/**
 * Runs `work` unless this key has been used: then gives the stored status and id. Throws
 * `request.key_reused` for another body and `request.answer_lost` when the work was done and its
 * answer not noted.
 */
export async function once(world: World, of: Repeatable, work: (world: World) => Promise<ApiAnswer>): Promise<Outcome> {
  const key = world.keys.macKey('idempotency')
  const named = { ...of, keyDigest: digest(key, [of.key]).subarray(0, 16), bodyDigest: digest(key, of.about) }
  const mine = running.get(world) ?? new Map<string, Promise<unknown>>()
  running.set(world, mine)
  const place = `${of.actor.id} ${of.route} ${named.keyDigest.toString('hex')}`
  while (mine.has(place)) await mine.get(place)
  const doing = perform(world, named, work)
  mine.set(
    place,
    doing.catch(() => undefined),
  )
  try {
    return await doing
  } finally {
    mine.delete(place)
  }
}

/** Forgets keys older than a day; run by the worker. Returns how many. */
export function prune(world: World): Promise<number> {
  return world.pools.worker.write(tx =>
    tx.run(sql`delete from platform.idempotency where created_at < now() - interval '24 hours'`),
  )
}

async function perform(world: World, of: Named, work: (world: World) => Promise<ApiAnswer>): Promise<Outcome> {
  const known = await world.pools.api.read(tx => find(tx, of))
  if (known) return repeat(of, known)
  const note = { isWanted: true, isDone: false }
  try {
    const answer = await work(withNote(world, of, note))
    // What goes on after the answer (a started import) is no longer this call's.
    note.isWanted = false
    const { resultId = null, status = of.status } = answer
    await world.pools.api.write(tx =>
      note.isDone ? finish(tx, of, status, resultId) : insert(tx, of, status, resultId),
    )
    return { isRepeated: false, answer }
  } catch (error) {
    // Somebody else was faster, in another process: his row is there now.
    const other = isTaken(error) && (await world.pools.api.read(tx => find(tx, of)))
    if (other) return repeat(of, other)
    throw error
  }
}

/** A world whose next act of the API notes the key first, in its own transaction. */
function withNote(world: World, of: Named, note: { isWanted: boolean; isDone: boolean }): World {
  const write = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    if (!note.isWanted) return world.pools.api.write(work)
    note.isWanted = false
    const result = await world.pools.api.write(async tx => {
      await insert(tx, of, BEGUN, null)
      return work(tx)
    })
    note.isDone = true
    return result
  }
  const pools = { ...world.pools, api: { ...world.pools.api, write } }
  return Object.create(world, { pools: { value: pools, enumerable: true } }) as World
}

function repeat(of: Named, row: Row): Outcome {
  if (!row.bodyDigest.equals(of.bodyDigest)) throw new Problem('request.key_reused')
  if (row.status === BEGUN) throw new Problem('request.answer_lost')
  return { isRepeated: true, status: row.status, resultId: row.resultId }
}

function isTaken(error: unknown): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string }
  return code === '23505' && constraint === 'idempotency_pkey'
}

/** Keyed: a body is often a person's few values, and a plain hash of those could be found by trying them all. */
function digest(key: KeyObject, parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHmac('sha256', key)
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest()
}

const find = (tx: Tx, of: Named) =>
  tx.maybe<Row>(sql`
    select body_digest as "bodyDigest", status, result_id as "resultId" from platform.idempotency
    where actor_id = ${of.actor.id} and route = ${of.route} and key_digest = ${of.keyDigest}`)

const insert = (tx: Tx, of: Named, status: number, resultId: string | null) =>
  tx.run(sql`
    insert into platform.idempotency (actor_id, route, key_digest, body_digest, status, result_id)
    values (${of.actor.id}, ${of.route}, ${of.keyDigest}, ${of.bodyDigest}, ${status}, ${resultId})`)

const finish = (tx: Tx, of: Named, status: number, resultId: string | null) =>
  tx.run(sql`
    update platform.idempotency set status = ${status}, result_id = ${resultId}
    where actor_id = ${of.actor.id} and route = ${of.route} and key_digest = ${of.keyDigest}`)
