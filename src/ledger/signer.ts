/**
 * The signer's own memory, outside the database: every leaf hash it ever accepted, in order. It is
 * what names a changed entry, and it keeps a restored database from starting a second history.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { EMPTY, type Edge, grow, HASH_BYTES } from './tree.ts'

export type Signer = {
  edge(): Edge
  /** Reads the hashes again when another process has added to them. */
  reload(): void
  signedSize(): number
  /** Writes down, durably, which leaves are about to be committed. */
  intend(hashes: readonly Buffer[]): void
  hasIntent(): boolean
  /** The intended leaves are committed: they are part of history now. */
  accept(): void
  /** The intended leaves were not committed. */
  forget(): void
  keepCheckpoint(size: number, note: string): void
}

/** Opens the signer's memory in `stateFolder`; the tree's edge is computed from the hashes once. */
export function openSigner(stateFolder: string): Signer {
  const files = filesOf(stateFolder)
  mkdirSync(files.folder, { recursive: true, mode: 0o700 })
  let edge = edgeOf(readHashes(stateFolder))
  return {
    edge: () => edge,
    reload: () => {
      const size = existsSync(files.hashes) ? Math.floor(statSync(files.hashes).size / HASH_BYTES) : 0
      if (size !== edge.size) edge = edgeOf(readHashes(stateFolder))
    },
    signedSize: () => readCheckpoint(stateFolder)?.size ?? 0,
    hasIntent: () => existsSync(files.intent),
    intend: hashes => writeDurably(files.intent, Buffer.concat([sizeBytes(edge.size), ...hashes])),
    forget: () => rmSync(files.intent, { force: true }),
    accept: () => {
      edge = acceptIntent(files, edge)
    },
    keepCheckpoint: (size, note) => writeDurably(files.checkpoint, Buffer.from(JSON.stringify({ size, note }))),
  }
}

/** Every accepted leaf hash, in order. */
export function readHashes(stateFolder: string): Buffer {
  const { hashes } = filesOf(stateFolder)
  if (!existsSync(hashes)) return Buffer.alloc(0)
  const bytes = readFileSync(hashes)
  return bytes.subarray(0, bytes.length - (bytes.length % HASH_BYTES))
}

/** Leaf hashes that are about to be committed, or were when the program was killed, and the place of the first. */
export function readIntent(stateFolder: string): { readonly base: number; readonly hashes: Buffer } {
  const bytes = readIfThere(filesOf(stateFolder).intent)
  if (!bytes) return { base: 0, hashes: Buffer.alloc(0) }
  return { base: Number(bytes.readBigUInt64BE(0)), hashes: bytes.subarray(8) }
}

/** The last signed checkpoint the signer itself remembers. */
export function readCheckpoint(stateFolder: string): { size: number; note: string } | null {
  const { checkpoint } = filesOf(stateFolder)
  return existsSync(checkpoint)
    ? (JSON.parse(readFileSync(checkpoint, 'utf8')) as { size: number; note: string })
    : null
}

/** The edge of the tree over concatenated leaf hashes. */
export function edgeOf(hashes: Buffer): Edge {
  let edge = EMPTY
  for (let at = 0; at < hashes.length; at += HASH_BYTES) edge = grow(edge, hashes.subarray(at, at + HASH_BYTES))
  return edge
}

/** The signer may take the file away between a look for it and its reading, so there is no look. */
function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function filesOf(stateFolder: string) {
  const folder = join(stateFolder, 'ledger')
  return {
    folder,
    hashes: join(folder, 'hashes'),
    intent: join(folder, 'intent'),
    checkpoint: join(folder, 'checkpoint.json'),
  }
}

/** Appends the intended hashes exactly once, also when killed half way through the append. */
function acceptIntent(files: ReturnType<typeof filesOf>, edge: Edge): Edge {
  const bytes = readFileSync(files.intent)
  const base = Number(bytes.readBigUInt64BE(0))
  if (existsSync(files.hashes)) truncateSync(files.hashes, base * HASH_BYTES)
  appendFileSync(files.hashes, bytes.subarray(8), { mode: 0o600 })
  syncFile(files.hashes)
  rmSync(files.intent)
  if (base !== edge.size) return edgeOf(readFileSync(files.hashes))
  let next = edge
  for (let at = 8; at < bytes.length; at += HASH_BYTES) next = grow(next, bytes.subarray(at, at + HASH_BYTES))
  return next
}

function sizeBytes(size: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(size))
  return bytes
}

function writeDurably(file: string, bytes: Buffer): void {
  const part = `${file}.part`
  const descriptor = openSync(part, 'w', 0o600)
  writeSync(descriptor, bytes)
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(part, file)
}

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+')
  fsyncSync(descriptor)
  closeSync(descriptor)
}
