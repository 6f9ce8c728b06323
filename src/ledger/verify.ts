/** Recomputes the log from its leaves and holds it against what the signer remembers. */
import type { Pool, Tx } from '../platform/database.ts'
import { openNote } from './note.ts'
import { edgeOf, readCheckpoint, readHashes, readIntent } from './signer.ts'
import { HASH_BYTES, leafHash, rootOf } from './tree.ts'
import * as store from './store.ts'

export type Finding = {
  readonly kind: 'changed' | 'removed' | 'added' | 'reordered' | 'checkpoint' | 'opening' | 'forged'
  /** Place in the log, where the finding has one. */
  readonly position?: number
  readonly entryId?: string
}

export type Report = {
  readonly entries: number
  readonly waiting: number
  readonly signedSize: number
  readonly root: string
  readonly findings: readonly Finding[]
}

const PAGE = 10_000
const FINDINGS_MAX = 1_000

/**
 * Reads every entry and names each one that was changed, removed, added or put in another place
 * since it was accepted. `origin` and `publicKey` are the signer's. The log may grow meanwhile: what was accepted
 * before the snapshot must be in it, and what is in it must be in the signer's memory by the time it was read.
 */
export async function verify(pool: Pool, stateFolder: string, origin: string, publicKey: Buffer): Promise<Report> {
  const accepted = readHashes(stateFolder)
  const { suspects, removed, ...seen } = await pool.read(tx => walk(tx, accepted))
  const kept = readCheckpoint(stateFolder)
  const known = readMemory(stateFolder)
  const signed = known.accepted.subarray(0, (kept?.size ?? 0) * HASH_BYTES)
  const checkpoint = kept && openNote(kept.note, origin, publicKey)
  const isTrue = !kept || (checkpoint?.size === kept.size && rootOf(edgeOf(signed)).equals(checkpoint.root))
  const named = [
    ...removed.map(position => ({ kind: 'removed', position }) as const),
    ...judge(suspects, known.intended),
  ]
  const findings: Finding[] = named.toSorted((one, other) => one.position - other.position)
  if (!isTrue) findings.push({ kind: 'checkpoint' })
  const root = rootOf(edgeOf(known.accepted)).toString('base64')
  return { ...seen, signedSize: kept?.size ?? 0, root, findings: findings.slice(0, FINDINGS_MAX) }
}

/** A row that is not what the signer remembered before it was read: new, or tampered with. */
type Suspect = { readonly position: number; readonly entryId: string; readonly hash: Buffer }
type Walk = {
  readonly entries: number
  readonly waiting: number
  readonly suspects: Suspect[]
  /** Places that the signer had accepted and where nothing stands, and places left out before the last. */
  readonly removed: number[]
}

async function walk(tx: Tx, accepted: Buffer): Promise<Walk> {
  const suspects: Suspect[] = []
  const removed: number[] = []
  let next = 0
  let entries = 0
  for (;;) {
    const rows = await store.findLeaves(tx, next, PAGE)
    for (const { position, entry_id: entryId, leaf } of rows) {
      for (; next < position; next += 1) removed.push(next)
      next = position + 1
      entries += 1
      const hash = leafHash(leaf)
      if (!at(accepted, position).equals(hash)) suspects.push({ position, entryId, hash })
    }
    if (rows.length < PAGE) break
  }
  for (; next < accepted.length / HASH_BYTES; next += 1) removed.push(next)
  return { entries, waiting: (await store.findWaiting(tx)).count, suspects, removed }
}

/**
 * What the signer remembers now, with and without the batch it is about to accept. The intent is read first: when
 * it is gone by then, its hashes are among the accepted ones, which are read after it.
 */
function readMemory(stateFolder: string): { accepted: Buffer; intended: Buffer } {
  const intent = readIntent(stateFolder)
  const accepted = readHashes(stateFolder)
  const end = intent.base * HASH_BYTES + intent.hashes.length
  if (accepted.length >= end) return { accepted, intended: accepted }
  return { accepted, intended: Buffer.concat([accepted.subarray(0, intent.base * HASH_BYTES), intent.hashes]) }
}

function judge(suspects: readonly Suspect[], known: Buffer) {
  const wrong = suspects.filter(({ position, hash }) => !at(known, position).equals(hash))
  const places = wrong.length > 0 ? placesOf(known) : new Set<string>()
  return wrong.map(({ position, entryId, hash }) => {
    if (at(known, position).length === 0) return { kind: 'added', position, entryId } as const
    return { kind: places.has(hash.toString('hex')) ? 'reordered' : 'changed', position, entryId } as const
  })
}

function placesOf(known: Buffer): Set<string> {
  const places = new Set<string>()
  for (let from = 0; from < known.length; from += HASH_BYTES)
    places.add(known.subarray(from, from + HASH_BYTES).toString('hex'))
  return places
}

function at(hashes: Buffer, position: number): Buffer {
  return hashes.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES)
}
