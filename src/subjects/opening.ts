/** A ledger entry about a person: its leaf says nothing; its opening says everything, to whoever may open it. */
import type { KeyObject } from 'node:crypto'
import { expand, keyOf, mac, seal, unseal } from './envelope.ts'

/** What an entry says. Ids, codes and dates only; never a value from a record. */
export type Body = {
  /** Past tense, e.g. 'subjects.read', 'disclosure.made'. */
  readonly kind: string
  readonly at: string
  readonly actor: { readonly id: string; readonly role: string }
  readonly purpose?: string
  readonly clause?: string
  /** From when the person may see it; null: hidden. Absent: at once. Part of what is committed to. */
  readonly visibleFrom?: string | null
  readonly [detail: string]: unknown
}

export type Sealed = { readonly commitment: Buffer; readonly sealed: Buffer }

/** Commits to the body and seals it; both keys belong to this person and this entry alone. */
export function commit(subjectKey: KeyObject, entryId: string, body: Body): Sealed {
  const bytes = Buffer.from(JSON.stringify(body), 'utf8')
  const { commitKey, sealKey, aad } = keysOf(subjectKey, entryId)
  return { commitment: mac(commitKey, bytes), sealed: seal(sealKey, bytes, aad) }
}

/** The body and the commitment it gives, or null when the opening was changed. */
export function open(
  subjectKey: KeyObject,
  entryId: string,
  sealed: Buffer,
): { body: Body; commitment: Buffer } | null {
  const { commitKey, sealKey, aad } = keysOf(subjectKey, entryId)
  const bytes = unseal(sealKey, sealed, aad)
  if (!bytes) return null
  return { body: JSON.parse(bytes.toString('utf8')) as Body, commitment: mac(commitKey, bytes) }
}

/** Whether the row shows the entry from when its sealed text says; both are written in the same act. */
export function isShownAsSealed({ at, visibleFrom = at }: Body, shownFrom: Date | null): boolean {
  return visibleFrom === (shownFrom?.toISOString() ?? null)
}

const INFO = Buffer.from('indsigt/v1/ledger/entry/')

function keysOf(subjectKey: KeyObject, entryId: string) {
  const aad = Buffer.from(entryId.replaceAll('-', ''), 'hex')
  const bytes = expand(subjectKey, Buffer.concat([INFO, aad]), 2)
  return { commitKey: keyOf(bytes.subarray(0, 32)), sealKey: keyOf(bytes.subarray(32)), aad }
}
