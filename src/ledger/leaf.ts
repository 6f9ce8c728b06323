/** What a leaf of the log looks like. A personal leaf says nothing to anyone without the person's key. */

const VERSION = 0x01
const PERSONAL = 0x00
const SYSTEM = 0x01

/** A personal leaf: a commitment and nothing more. */
export function personalLeaf(commitment: Buffer): Buffer {
  return Buffer.concat([Buffer.of(VERSION, PERSONAL), commitment])
}

/** A system leaf: what happened, in clear; it never concerns a person. */
export function systemLeaf(body: object): Buffer {
  return Buffer.concat([Buffer.of(VERSION, SYSTEM), Buffer.from(JSON.stringify(body), 'utf8')])
}

/** The commitment of a personal leaf, or null for any other. */
export function commitmentOf(leaf: Buffer): Buffer | null {
  return leaf[0] === VERSION && leaf[1] === PERSONAL && leaf.length === 34 ? leaf.subarray(2) : null
}

/** The body of a system leaf, or null for any other. */
export function systemBody(leaf: Buffer): Record<string, unknown> | null {
  if (leaf[0] !== VERSION || leaf[1] !== SYSTEM) return null
  return JSON.parse(leaf.subarray(2).toString('utf8')) as Record<string, unknown>
}
