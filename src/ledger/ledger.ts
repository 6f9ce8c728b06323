/** The ledger's face: append in the caller's transaction, integrate on a beat, verify from outside. */
import { randomUUID } from 'node:crypto'
import type { Ctx, Look, World } from '../platform/world.ts'
import { type Edge, leafHash, rootOf } from './tree.ts'
import { checkpointText, signedNote, verifierKey } from './note.ts'
import { systemLeaf } from './leaf.ts'
import { openSigner, type Signer } from './signer.ts'
import * as store from './store.ts'

export { commitmentOf, personalLeaf, systemBody } from './leaf.ts'
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
  await append(ctx, randomUUID(), systemLeaf(entry))
}

const BATCH = 20_000

/**
 * Makes the integrator: each call gives the waiting leaves their places and signs the new length,
 * and returns how many were placed. A lock in the database lets one process at a time do it.
 */
export function openIntegrator(world: World): () => Promise<number> {
  const signer = openSigner(world.stateFolder)
  return () =>
    world.pools.integrator.write(async tx => {
      await store.lockIntegration(tx)
      signer.reload()
      await settle(world, signer)
      let total = 0
      for (let placed = BATCH; placed === BATCH; total += placed) placed = await integrateBatch(world, signer)
      if (signer.edge().size > signer.signedSize()) await publish(world, signer)
      return total
    })
}

/** The signer's intent is written before the commit, so a kill on either side of it can be told apart. */
async function integrateBatch(world: World, signer: Signer): Promise<number> {
  const placed = await world.pools.integrator.write(async tx => {
    const rows = await store.integrate(tx, BATCH)
    if (rows.length === 0) return 0
    const from = Number(rows[0]?.log_position)
    if (from !== signer.edge().size) throw new Error('the log in the database is not the one that was signed')
    signer.intend(rows.map(row => leafHash(row.log_leaf)))
    return rows.length
  })
  if (placed > 0) signer.accept()
  return placed
}

/** After a kill: was the intended batch committed or not? */
async function settle(world: World, signer: Signer): Promise<void> {
  if (!signer.hasIntent()) return
  const { size } = await world.pools.integrator.read(store.findSize)
  if (size > signer.edge().size) signer.accept()
  else signer.forget()
}

async function publish(world: World, signer: Signer): Promise<void> {
  const edge: Edge = signer.edge()
  const root = rootOf(edge)
  const text = checkpointText(ORIGIN, edge.size, root)
  const signatory = { name: ORIGIN, publicKey: world.keys.signerPublicKey }
  const note = signedNote(text, signatory, world.keys.sign(Buffer.from(text)))
  signer.keepCheckpoint(edge.size, note)
  await world.pools.integrator.write(tx => store.insertCheckpoint(tx, edge.size, root, note))
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
