/** Sealing and opening bytes. One key encrypts one message; nothing is trusted before the tag is checked. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomFillSync,
  type KeyObject,
} from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const BLOCK_BYTES = 64

/** A pool of random bytes: one call to the system for many keys and nonces. */
const pool = Buffer.alloc(16_384)
let used = pool.length

/** Fresh random bytes, a copy of their own. */
export function random(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const out = Buffer.from(pool.subarray(used, used + bytes))
  // What was handed out must not stay behind in the pool.
  pool.fill(0, used, used + bytes)
  used += bytes
  return out
}

/** nonce ‖ ciphertext ‖ tag over the padded text; the length tells only 64-byte steps. */
export function seal(key: KeyObject, plain: Buffer, aad: Buffer): Buffer {
  const nonce = random(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(aad)
  const body = cipher.update(pad(plain))
  cipher.final()
  return Buffer.concat([nonce, body, cipher.getAuthTag()])
}

/** The text back, or null when anything about it was changed. */
export function unseal(key: KeyObject, sealed: Buffer, aad: Buffer): Buffer | null {
  if (sealed.length < NONCE_BYTES + BLOCK_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const padded = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return null
  }
  const length = padded.readUInt32BE(0)
  return length <= padded.length - 4 ? padded.subarray(4, 4 + length) : null
}

function pad(plain: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil((plain.length + 4) / BLOCK_BYTES) * BLOCK_BYTES)
  padded.writeUInt32BE(plain.length, 0)
  plain.copy(padded, 4)
  return padded
}

/**
 * HKDF-Expand (RFC 5869, 2.3) of a uniformly random key: the extract step adds nothing to it.
 * Returns `blocks` × 32 bytes.
 */
export function expand(key: KeyObject, info: Buffer, blocks: 1 | 2): Buffer {
  const first = createHmac('sha256', key).update(info).update(Buffer.of(1)).digest()
  if (blocks === 1) return first
  const second = createHmac('sha256', key).update(first).update(info).update(Buffer.of(2)).digest()
  return Buffer.concat([first, second])
}

/** HMAC-SHA-256. */
export function mac(key: KeyObject, data: string | Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** A key object of 32 bytes; made once, since raw keys are slow. */
export function keyOf(bytes: Buffer): KeyObject {
  return createSecretKey(bytes)
}
