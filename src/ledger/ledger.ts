/** The ledger's face: append in the caller's transaction, integrate on a beat, verify from outside. */
import { randomUUID } from 'node:crypto'
import { Problem, type Bilingual } from '../platform/problems.ts'
import type { Ctx, Look, World } from '../platform/world.ts'
import type { Tx } from '../platform/database.ts'
import { leafHash, rootOf } from './tree.ts'
import { checkpointText, signedNote, verifierKey } from './note.ts'
import { systemKey } from './audit.ts'
import { systemLeaf } from './leaf.ts'
import { openSigner, type Signer } from './signer.ts'
import * as store from './store.ts'

export { commitmentOf, personalLeaf } from './leaf.ts'
export { auditSystem, leaves, type Placed } from './audit.ts'
export { verify, type Finding, type Report } from './verify.ts'
export const PENDING_COLUMNS = store.PENDING_COLUMNS

/** Origin of our log in checkpoints. */
export const ORIGIN = 'indsigt/ledger'

/** Appends one finished leaf in the act's own transaction. Returns nothing: its place comes later. */
export async function append(ctx: Ctx, entryId: string, leaf: Buffer): Promise<void> {
  await store.insertPending(ctx, entryId, leaf)
  ctx.tally.entries += 1
}

/** Counts leaves that the caller streamed into `PENDING_COLUMNS` itself (bulk import). */
export function countAppended(ctx: Ctx, leaves: number): void {
  ctx.tally.entries += leaves
}

/** Appends what concerns no person, in clear: `kind` in the past tense, e.g. 'policy.adopted'. */
export async function appendSystem(
  ctx: Ctx,
  kind: string,
  body: Record<string, string | number | null>,
): Promise<void> {
  const entry = { kind, at: ctx.now.toISOString(), role: ctx.actor.role, actor: ctx.actor.id, ...body }
  const entryId = randomUUID()
  await append(ctx, entryId, systemLeaf(systemKey(ctx.world), entryId, entry))
}

/** Several of them in one statement; the caller says which id each shall have. Their order is not kept. */
export async function appendSystemMany(
  ctx: Ctx,
  kind: string,
  entries: readonly { readonly entryId: string; readonly body: Record<string, string | number | null> }[],
): Promise<void> {
  const key = systemKey(ctx.world)
  const about = { kind, at: ctx.now.toISOString(), role: ctx.actor.role, actor: ctx.actor.id }
  const leaves = entries.map(({ entryId, body }) => systemLeaf(key, entryId, { ...about, ...body }))
  await store.insertPendingMany(
    ctx,
    entries.map(it => it.entryId),
    leaves,
  )
  ctx.tally.entries += entries.length
}

const BATCH = 20_000

/**
 * Makes the integrator: each call gives the waiting leaves their places and signs the new length,
 * and returns how many were placed. When nothing waits it asks the database that and does no more.
 */
export function openIntegrator(world: World): () => Promise<number> {
  const signer = openSigner(world.stateFolder)
  return async () => {
    const { waits } = await world.pools.integrator.read(store.findWhetherWaiting)
    if (!waits && !signer.isBehind()) return 0
    let total = 0
    for (let placed = BATCH; placed === BATCH; total += placed) placed = await placeBatch(world, signer)
    await publish(world, signer)
    return total
  }
}

/**
 * Lock, places and commit are one transaction, so whoever loses the lock loses the batch with it. The signer's
 * intent is written before the commit; whoever has the lock next finds out which side of it a kill came on.
 */
function placeBatch(world: World, signer: Signer): Promise<number> {
  return world.pools.integrator.write(async tx => {
    await settle(tx, signer)
    const rows = await store.integrate(tx, BATCH)
    if (rows.length === 0) return 0
    const from = Number(rows[0]?.log_position)
    if (from !== signer.edge().size) throw new Error('the log in the database is not the one that was signed')
    signer.intend(rows.map(row => leafHash(row.log_leaf)))
    return rows.length
  })
}

/** Takes the lock; then nobody else's batch is under way, and an intent there is was committed or was not. */
async function settle(tx: Tx, signer: Signer): Promise<void> {
  await store.lockIntegration(tx)
  if (signer.hasIntent()) signer.settle((await store.findSize(tx)).size)
}

function publish(world: World, signer: Signer): Promise<void> {
  return world.pools.integrator.write(async tx => {
    await settle(tx, signer)
    const edge = signer.edge()
    if (edge.size <= signer.signedSize()) return
    const root = rootOf(edge)
    const text = checkpointText(ORIGIN, edge.size, root)
    const signatory = { name: ORIGIN, publicKey: world.keys.signerPublicKey }
    const note = signedNote(text, signatory, world.keys.sign(Buffer.from(text)))
    await store.insertCheckpoint(tx, edge.size, root, note)
    signer.keepCheckpoint(edge.size, note)
  })
}

/**
 * Throws `ledger.behind` when the database holds fewer entries than were accepted: a copy from before was put
 * back, and what happens on it now would be a second history.
 */
export async function requireWhole(world: World): Promise<void> {
  const accepted = openSigner(world.stateFolder).acceptedSize()
  const { size } = await world.pools.integrator.read(store.findSize)
  if (size < accepted) throw new Problem('ledger.behind', { detail: behindBy(accepted - size) })
}

function behindBy(missing: number): Bilingual {
  return { da: `Der mangler ${missing} poster.`, en: `${missing} entries are missing.` }
}

export type Status = { readonly entries: number; readonly signedAt: Date | null; readonly note: string | null }

/** Length of the signed log and when it was signed. */
export async function status(look: Look): Promise<Status> {
  const latest = await store.findLatestCheckpoint(look)
  return { entries: latest?.size ?? 0, signedAt: latest?.signed_at ?? null, note: latest?.note ?? null }
}

/** Our signer's public key in the form that outside verifiers take. */
export function publicKey(world: World): string {
  return verifierKey(ORIGIN, world.keys.signerPublicKey)
}

/** Places and bytes of some leaves, for the one who holds their openings. */
export function leavesOf(look: Look | Ctx, entryIds: readonly string[]) {
  return store.leafOf(look.tx, entryIds)
}
