/** C2SP checkpoints and signed notes: the text that says how long the log is and what its root is. */
import { createHash, createPublicKey, verify } from 'node:crypto'

const ED25519 = 0x01
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** The checkpoint body (C2SP tlog-checkpoint): origin, size, base64 root. */
export function checkpointText(origin: string, size: number, root: Buffer): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** First four bytes of SHA-256(name, newline, type, key): how a verifier finds the right key. */
export function keyHash(name: string, publicKey: Buffer): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519)).update(publicKey).digest().subarray(0, 4)
}

/** The key in the form outside verifiers take: name+hash+base64. */
export function verifierKey(name: string, publicKey: Buffer): string {
  const key = Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')
  return `${name}+${keyHash(name, publicKey).toString('hex')}+${key}`
}

/** Who signs: the name in the note and the raw Ed25519 key. */
export type Signatory = { readonly name: string; readonly publicKey: Buffer }

/** A signed note: text, blank line, signature line. */
export function signedNote(text: string, { name, publicKey }: Signatory, signature: Buffer): string {
  const line = Buffer.concat([keyHash(name, publicKey), signature]).toString('base64')
  return `${text}\n\u2014 ${name} ${line}\n`
}

export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Buffer }

/** The checkpoint a note holds when our key signed it, else null. */
export function openNote(note: string, name: string, publicKey: Buffer): Checkpoint | null {
  const end = note.lastIndexOf('\n\n')
  if (end < 0) return null
  const text = note.slice(0, end + 1)
  const lines = note
    .slice(end + 2)
    .split('\n')
    .filter(line => line.startsWith(`\u2014 ${name} `))
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  const signed = lines.some(line => {
    const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64')
    const isOurs = bytes.length === 68 && bytes.subarray(0, 4).equals(keyHash(name, publicKey))
    return isOurs && verify(null, Buffer.from(text), key, bytes.subarray(4))
  })
  const [origin, size, root] = text.split('\n')
  if (!signed || !origin || !/^(0|[1-9]\d*)$/.test(size ?? '')) return null
  return { origin, size: Number(size), root: Buffer.from(root ?? '', 'base64') }
}
