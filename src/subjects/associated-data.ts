/** The associated data of a record: every column that decides a rule, bound to its ciphertext. */

/** The columns. Changing any of them in the database makes the record unreadable, not disclosable. */
export type Bound = {
  readonly subjectId: string
  readonly recordId: string
  readonly category: string
  readonly source: string
  readonly host: string
  readonly purpose: string
  readonly policyVersion: number
  readonly collectedAt: Date
}

const VERSION = 1
/** AES-256-GCM, 96-bit random nonce, 16-byte tag. */
const SUITE = 1

/** Binary, fixed order: u8 version, u8 suite, 16+16 id bytes, four length-prefixed texts, u32, i64 µs. */
export function associatedData(bound: Bound): Buffer {
  const texts = [bound.category, bound.source, bound.host, bound.purpose].map(text => Buffer.from(text, 'utf8'))
  const size = 2 + 32 + texts.reduce((sum, text) => sum + 2 + text.length, 0) + 12
  const out = Buffer.allocUnsafe(size)
  out[0] = VERSION
  out[1] = SUITE
  out.write(hex(bound.subjectId), 2, 'hex')
  out.write(hex(bound.recordId), 18, 'hex')
  let at = 34
  for (const text of texts) {
    at = out.writeUInt16BE(text.length, at)
    at += text.copy(out, at)
  }
  at = out.writeUInt32BE(bound.policyVersion, at)
  out.writeBigInt64BE(BigInt(bound.collectedAt.getTime()) * 1_000n, at)
  return out
}

function hex(uuid: string): string {
  return uuid.replaceAll('-', '')
}
