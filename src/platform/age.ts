/** The age file format (age-encryption.org/v1): what leaves the house is encrypted to its recipient alone. */
import { Encrypter } from 'age-encryption'

/** Longest recipient we take; the post-quantum hybrid ones have some 1960 characters. */
const RECIPIENT_MOST = 4_000

/**
 * Whether this is a public key one can encrypt to: `age1…` (X25519) or `age1pq1…` (hybrid). Tried by
 * really encrypting: a checksum that fits does not make a key that works.
 */
export async function isAgeRecipient(text: string): Promise<boolean> {
  if (text.length > RECIPIENT_MOST || !/^age1[0-9a-z]+$/.test(text)) return false
  return encryptTo(text, new Uint8Array(0)).then(
    () => true,
    () => false,
  )
}

/** The age file that only the holder of the recipient's identity can open. Throws for what is no recipient. */
export async function encryptTo(recipient: string, bytes: Uint8Array): Promise<Buffer> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  return Buffer.from(await encrypter.encrypt(bytes))
}
