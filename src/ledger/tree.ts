/** The Merkle tree of RFC 6962, as pure arithmetic over leaf hashes. */
import { createHash } from 'node:crypto'

export const HASH_BYTES = 32

/** Hash of a leaf's bytes; the 0x00 prefix keeps a leaf from posing as a node. */
export function leafHash(leaf: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(leaf).digest()
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest()
}

/**
 * The right edge of a tree: one hash for each complete subtree, largest first. It is all that is
 * needed to add leaves and to know the root.
 */
export type Edge = { readonly size: number; readonly hashes: readonly Buffer[] }

export const EMPTY: Edge = { size: 0, hashes: [] }

/** Adds one leaf hash. */
export function grow(edge: Edge, leaf: Buffer): Edge {
  const hashes = [...edge.hashes]
  let hash = leaf
  // Each trailing one-bit of the size is a complete subtree that the new leaf completes further.
  for (let rest = edge.size; rest % 2 === 1; rest = Math.floor(rest / 2)) hash = nodeHash(hashes.pop() as Buffer, hash)
  return { size: edge.size + 1, hashes: [...hashes, hash] }
}

/** Root of the tree; of an empty tree the hash of nothing. */
export function rootOf(edge: Edge): Buffer {
  const [last, ...rest] = edge.hashes.toReversed()
  if (!last) return createHash('sha256').digest()
  return rest.reduce((right, left) => nodeHash(left, right), last)
}
