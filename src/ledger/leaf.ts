/** What a leaf of the log looks like. A personal leaf says nothing to anyone without the person's key. */
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'

const VERSION = 0x01
const PERSONAL = 0x00
const SYSTEM = 0x01

/** A personal leaf: a commitment and nothing more. */
export function personalLeaf(commitment: Buffer): Buffer {
  return Buffer.concat([Buffer.of(VERSION, PERSONAL), commitment])
}

/**
 * A system leaf: what happened, in clear; it never concerns a person. Its last member authenticates it for this
 * entry alone, since whoever may append may write any text.
 */
export function systemLeaf(key: KeyObject, entryId: string, body: object): Buffer {
  const text = JSON.stringify(body)
  const sealed = `${text.slice(0, -1)},"mac":"${macOf(key, entryId, text)}"}`
  return Buffer.concat([Buffer.of(VERSION, SYSTEM), Buffer.from(sealed, 'utf8')])
}

/** The body of a system leaf that the holder of the key wrote as this entry, else null. */
export function authenticBody(key: KeyObject, entryId: string, leaf: Buffer): Record<string, unknown> | null {
  if (leaf[0] !== VERSION || leaf[1] !== SYSTEM) return null
  const [, start, mac] = /^(.*),"mac":"([0-9a-f]{64})"}$/s.exec(leaf.subarray(2).toString('utf8')) ?? []
  if (start === undefined || mac === undefined) return null
  const text = `${start}}`
  const isOurs = timingSafeEqual(Buffer.from(mac, 'hex'), Buffer.from(macOf(key, entryId, text), 'hex'))
  return isOurs ? (JSON.parse(text) as Record<string, unknown>) : null
}

/** The commitment of a personal leaf, or null for any other. */
export function commitmentOf(leaf: Buffer): Buffer | null {
  return leaf[0] === VERSION && leaf[1] === PERSONAL && leaf.length === 34 ? leaf.subarray(2) : null
}

function macOf(key: KeyObject, entryId: string, text: string): string {
  return createHmac('sha256', key).update(`${entryId}\n${text}`).digest('hex')
}
