/** Recomputes the log from its leaves and holds it against what the signer remembers. */
import type { Pool } from '../platform/database.ts'
import { openNote } from './note.ts'
import { edgeOf, readCheckpoint, readHashes, readIntent } from './signer.ts'
import { HASH_BYTES, leafHash, rootOf } from './tree.ts'
import * as store from './store.ts'

export type Finding = {
  readonly kind: 'changed' | 'removed' | 'added' | 'reordered' | 'checkpoint' | 'opening'
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
 * since it was accepted. `origin` and `publicKey` are the signer's.
 */
export async function verify(pool: Pool, stateFolder: string, origin: string, publicKey: Buffer): Promise<Report> {
  const accepted = readHashes(stateFolder)
  const known = Buffer.concat([accepted, readIntent(stateFolder)])
  const findings: Finding[] = []
  const seen = await pool.read(async tx => {
    const walk = walker(known, findings)
    for (let from = 0; ;) {
      const rows = await store.findLeaves(tx, from, PAGE)
      rows.forEach(walk.row)
      if (rows.length < PAGE) break
      from = Number(rows.at(-1)?.position) + 1
    }
    walk.end(accepted.length / HASH_BYTES)
    return { entries: walk.count(), waiting: (await store.findWaiting(tx)).count }
  })
  const checkpoint = checkCheckpoint(stateFolder, accepted, origin, publicKey, findings)
  const root = rootOf(edgeOf(accepted)).toString('base64')
  return { ...seen, signedSize: checkpoint, root, findings: findings.slice(0, FINDINGS_MAX) }
}

type LeafRow = { position: number; entry_id: string; leaf: Buffer }

function walker(known: Buffer, findings: Finding[]) {
  const places = lazily(() => placesOf(known))
  let next = 0
  let count = 0
  const row = ({ position, entry_id: entryId, leaf }: LeafRow) => {
    for (; next < position; next += 1) findings.push({ kind: 'removed', position: next })
    next = position + 1
    count += 1
    const hash = leafHash(leaf)
    const expected = known.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES)
    if (expected.equals(hash)) return
    if (expected.length === 0) findings.push({ kind: 'added', position, entryId })
    else findings.push({ kind: places().has(hash.toString('hex')) ? 'reordered' : 'changed', position, entryId })
  }
  const end = (size: number) => {
    for (; next < size; next += 1) findings.push({ kind: 'removed', position: next })
  }
  return { row, end, count: () => count }
}

function placesOf(known: Buffer): Set<string> {
  const places = new Set<string>()
  for (let at = 0; at < known.length; at += HASH_BYTES) places.add(known.subarray(at, at + HASH_BYTES).toString('hex'))
  return places
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function checkCheckpoint(folder: string, hashes: Buffer, origin: string, key: Buffer, findings: Finding[]): number {
  const kept = readCheckpoint(folder)
  if (!kept) return 0
  const checkpoint = openNote(kept.note, origin, key)
  const covered = hashes.subarray(0, kept.size * HASH_BYTES)
  const isTrue = checkpoint?.size === kept.size && rootOf(edgeOf(covered)).equals(checkpoint.root)
  if (!isTrue) findings.push({ kind: 'checkpoint' })
  return kept.size
}
