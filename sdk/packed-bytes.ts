/** Unpacks gzip and deflate within bounds, and tells packed bytes from chance before it tries. Pure. */
import { inflateRawSync, unzipSync } from 'node:zlib'

/** Bytes that packed bytes may unpack to. */
export const UNPACKED_BYTES_MAX = 16_384

/** What the bytes unpack to; 'tooLarge' when that is more than is read; undefined when they are not packed. */
export function unpack(bytes: Uint8Array): Buffer | 'tooLarge' | undefined {
  if (!looksPacked(bytes)) return undefined
  try {
    if (!startsWrapped(bytes)) return inflateRawSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX })
    return unzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX, finishFlush: SYNC_FLUSH })
  } catch (error) {
    return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? 'tooLarge' : undefined
  }
}

/** Whether bytes, of which the first 24 are enough, begin a gzip, zlib or one-block raw deflate stream of text. */
export function looksPacked(bytes: Uint8Array): boolean {
  return startsWrapped(bytes) || startsRaw(bytes)
}

/** Whether packed bytes may begin with this one. */
export function mayBePacked(first: number): boolean {
  return first === 0x1f || first === 0x78 || (first & 7) === 3 || (first & 7) === 5
}

// Lets the first part of a stream be read when the rest stands in another cookie.
const SYNC_FLUSH = 2
const SHORTEST_RAW = 6
const PEEK_LITERALS = 5

function startsWrapped([first = 0, second = 0]: Uint8Array): boolean {
  return (first === 0x1f && second === 0x8b) || (first === 0x78 && (first * 256 + second) % 31 === 0)
}

// Failing in zlib costs more than all other looking together, so chance is kept out by reading the first codes here.
function startsRaw(bytes: Uint8Array): boolean {
  const kind = (bytes[0] ?? 0) & 7
  if (bytes.length < SHORTEST_RAW) return false
  return kind === 3 ? beginsWithText(bytes) : kind === 5 && hasWholeCode(bytes)
}

function bitsAt(bytes: Uint8Array, at: number, count: number): number {
  let bits = 0
  for (let bit = 0; bit < count; bit += 1) bits |= (((bytes[(at + bit) >> 3] ?? 0) >> ((at + bit) & 7)) & 1) << bit
  return bits
}

// RFC 1951 3.2.6: literals 0 to 143 have eight bits, the most significant first, from 0x30 on.
function beginsWithText(bytes: Uint8Array): boolean {
  for (let index = 0; index < PEEK_LITERALS; index += 1) {
    let code = 0
    for (let bit = 0; bit < 8; bit += 1) code = (code << 1) | bitsAt(bytes, 3 + index * 8 + bit, 1)
    const literal = code - 0x30
    if (literal < 32 || literal > 126) return false
  }
  return true
}

// RFC 1951 3.2.7: the lengths of the code for code lengths must fill it exactly.
function hasWholeCode(bytes: Uint8Array): boolean {
  if (bitsAt(bytes, 3, 5) > 29 || bitsAt(bytes, 8, 5) > 29) return false
  const count = bitsAt(bytes, 13, 4) + 4
  let filled = 0
  for (let index = 0; index < count; index += 1) {
    const length = bitsAt(bytes, 17 + index * 3, 3)
    if (length > 0) filled += 128 >> length
  }
  return filled === 128
}
