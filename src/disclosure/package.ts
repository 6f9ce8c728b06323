/** The document that a recipient gets, and the signed manifest that proves it is ours and whole. Pure. */
import { createHash } from 'node:crypto'

export type Content = {
  readonly disclosureId: string
  readonly caseId: string
  /** Instant, ISO 8601. */
  readonly madeAt: string
  readonly from: { readonly name: string; readonly cvr: string }
  readonly to: { readonly kind: string; readonly partyId: string; readonly name: string; readonly cvr: string | null }
  readonly ground: {
    readonly clause: string
    readonly code: string
    readonly article: string
    readonly demandId: string | null
  }
  readonly fields: readonly string[]
  readonly records: readonly {
    readonly category: string
    readonly source: string
    readonly collectedOn: string
    readonly values: { readonly [field: string]: string }
  }[]
}

/**
 * The document as it is sent, one line of JSON. `salt` (32 random bytes) goes into it, so that the
 * frozen hash says nothing to somebody who guesses at names and numbers.
 */
export function documentOf(content: Content, salt: Buffer): Buffer {
  return Buffer.from(
    JSON.stringify({ format: 'indsigt-disclosure/1', ...content, salt: salt.toString('base64url') }),
    'utf8',
  )
}

/** SHA-256 of some bytes, 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** What is signed: the digest with a heading of its own, so that no other signature of ours can stand for it. */
export function signedText(digest: Buffer): Buffer {
  return Buffer.from(`indsigt/disclosure/1\n${digest.toString('hex')}\n`, 'utf8')
}

export type Proof = {
  readonly signature: Buffer
  /** The signer's public key in the form of the ledger's checkpoints. */
  readonly publicKey: string
  readonly policy: { readonly version: number; readonly sha256: string }
}

/** The file inside the age envelope: the manifest on line one, the document on line two. */
export function fileOf(document: Buffer, proof: Proof): Buffer {
  const manifest = {
    format: 'indsigt-manifest/1',
    sha256: sha256(document).toString('hex'),
    bytes: document.length,
    policy: proof.policy,
    signature: proof.signature.toString('base64'),
    publicKey: proof.publicKey,
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(manifest)}\n`, 'utf8'), document, Buffer.from('\n')])
}

/** Name of a package as a file: neutral, and ours. */
export function fileName(disclosureId: string): string {
  return `disclosure-${disclosureId}.age`
}
