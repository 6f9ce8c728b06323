/**
 * A set of digests that costs 16 bytes a member, so that a million references of one file are remembered in the
 * room of a few: eight bytes of each digest in a table with open addressing, doubled before it is half full.
 */
export type DigestSet = { table: Uint32Array; size: number }

const FIRST_SLOTS = 1 << 12

/** An empty set. */
export function openDigestSet(): DigestSet {
  return { table: new Uint32Array(FIRST_SLOTS * 2), size: 0 }
}

/** Puts a digest (at least 8 bytes, evenly spread) in; false when it was there. */
export function addNew(set: DigestSet, digest: Buffer): boolean {
  if (set.size * 2 >= set.table.length / 2) grow(set)
  // A pair of zeros marks an empty slot.
  const high = digest.readUInt32LE(0) || 1
  const low = digest.readUInt32LE(4)
  if (!put(set.table, high, low)) return false
  set.size += 1
  return true
}

function put(table: Uint32Array, high: number, low: number): boolean {
  const mask = table.length / 2 - 1
  for (let slot = low & mask; ; slot = (slot + 1) & mask) {
    const at = slot * 2
    if (table[at] === 0) {
      table[at] = high
      table[at + 1] = low
      return true
    }
    if (table[at] === high && table[at + 1] === low) return false
  }
}

function grow(set: DigestSet): void {
  const larger = new Uint32Array(set.table.length * 2)
  for (let at = 0; at < set.table.length; at += 2) {
    const high = set.table[at] ?? 0
    if (high !== 0) put(larger, high, set.table[at + 1] ?? 0)
  }
  set.table = larger
}
