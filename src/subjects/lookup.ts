/** Blind indexes: a keyed digest by which a value can be found but not read. */
import type { KeyProvider } from '../platform/keys.ts'
import { mac } from './envelope.ts'

export const DIGEST_BYTES = 16

/** Digest of a normalised value; keys differ for every field and use. */
export function digest(keys: KeyProvider, field: string, use: string, value: string): Buffer {
  return mac(keys.macKey(`index/${field}/${use}`), value).subarray(0, DIGEST_BYTES)
}
