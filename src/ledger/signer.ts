/**
 * The signer's own memory, outside the database: every leaf hash it ever accepted, in order. It is
 * what names a changed entry, and it keeps a restored database from starting a second history.
 */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { EMPTY, type Edge, grow, HASH_BYTES } from './tree.ts'

export type Signer = {
  /** Right edge of the tree over everything accepted, also by another process. */
  edge(): Edge
  acceptedSize(): number
  signedSize(): number
  /** Writes down, durably, which leaves are about to be committed. Throws while another intent is there. */
  intend(hashes: readonly Buffer[]): void
  hasIntent(): boolean
  /** Accepts the intended leaves when the log in the database, `size` long, holds them; else forgets them. */
  settle(size: number): void
  /** Whether something accepted is not signed yet, or something intended not settled. */
  isBehind(): boolean
  keepCheckpoint(size: number, note: string): void
}

/** Opens the signer's memory in `stateFolder`. Nothing is read before it is needed. */
export function openSigner(stateFolder: string): Signer {
  const files = filesOf(stateFolder)
  mkdirSync(files.folder, { recursive: true, mode: 0o700 })
  let known: Edge | undefined
  const acceptedSize = () => (existsSync(files.hashes) ? Math.floor(statSync(files.hashes).size / HASH_BYTES) : 0)
  const signedSize = () => readCheckpoint(stateFolder)?.size ?? 0
  const edge = () => {
    const size = acceptedSize()
    if (known?.size !== size) known = readEdge(files, size) ?? edgeOf(readHashes(stateFolder))
    return known
  }
  return {
    edge,
    acceptedSize,
    signedSize,
    intend: hashes => writeNew(files.intent, Buffer.concat([sizeBytes(edge().size), ...hashes])),
    hasIntent: () => existsSync(files.intent),
    settle: size => {
      const intent = readIntent(stateFolder)
      if (size >= intent.base + intent.hashes.length / HASH_BYTES) {
        acceptHashes(files, intent)
        keepEdge(files, (known = grown(known, intent) ?? edgeOf(readHashes(stateFolder))), intent.hashes)
      }
      rmSync(files.intent, { force: true })
    },
    isBehind: () => existsSync(files.intent) || acceptedSize() > signedSize(),
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

export type Intent = { readonly base: number; readonly hashes: Buffer }

/** Leaf hashes that are about to be committed, or were when the program was killed, and the place of the first. */
export function readIntent(stateFolder: string): Intent {
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

type Files = ReturnType<typeof filesOf>

function filesOf(stateFolder: string) {
  const folder = join(stateFolder, 'ledger')
  return {
    folder,
    hashes: join(folder, 'hashes'),
    intent: join(folder, 'intent'),
    edge: join(folder, 'edge'),
    checkpoint: join(folder, 'checkpoint.json'),
  }
}

/** Puts the intended hashes in their places: done again after a kill half way, it changes nothing. */
function acceptHashes(files: Files, { base, hashes }: Intent): void {
  if (base > 0 && (!existsSync(files.hashes) || statSync(files.hashes).size < base * HASH_BYTES)) {
    throw new Error('the signer has lost hashes that it accepted')
  }
  const descriptor = openSync(files.hashes, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    for (let done = 0; done < hashes.length;) {
      done += writeSync(descriptor, hashes, done, hashes.length - done, base * HASH_BYTES + done)
    }
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The edge after the intended hashes, when the one before them is at hand. */
function grown(known: Edge | undefined, { base, hashes }: Intent): Edge | undefined {
  if (known?.size !== base) return undefined
  let edge = known
  for (let at = 0; at < hashes.length; at += HASH_BYTES) edge = grow(edge, hashes.subarray(at, at + HASH_BYTES))
  return edge
}

/** Size, the last leaf's hash and the edge itself: what saves reading every hash ever accepted. */
function keepEdge(files: Files, { size, hashes }: Edge, added: Buffer): void {
  writeDurably(files.edge, Buffer.concat([sizeBytes(size), added.subarray(-HASH_BYTES), ...hashes]))
}

/** The kept edge, when it is the one over the `size` hashes that are there; else it must be computed. */
function readEdge(files: Files, size: number): Edge | undefined {
  const bytes = readIfThere(files.edge)
  if (!bytes || size === 0 || bytes.length < 8 + HASH_BYTES) return undefined
  const isOfThese = Number(bytes.readBigUInt64BE(0)) === size && lastHash(files, size).equals(bytes.subarray(8, 40))
  if (!isOfThese || bytes.length !== 40 + HASH_BYTES * subtreesOf(size)) return undefined
  const hashes: Buffer[] = []
  for (let at = 40; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES))
  return { size, hashes }
}

function lastHash(files: Files, size: number): Buffer {
  const hash = Buffer.alloc(HASH_BYTES)
  const descriptor = openSync(files.hashes, 'r')
  readSync(descriptor, hash, 0, HASH_BYTES, (size - 1) * HASH_BYTES)
  closeSync(descriptor)
  return hash
}

/** One complete subtree for each one-bit of the size. */
function subtreesOf(size: number): number {
  return size.toString(2).replaceAll('0', '').length
}

function sizeBytes(size: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(size))
  return bytes
}

function writeDurably(file: string, bytes: Buffer): void {
  const part = writePart(file, bytes)
  renameSync(part, file)
}

/** The same, but an existing file stays and is complained about. */
function writeNew(file: string, bytes: Buffer): void {
  const part = writePart(file, bytes)
  try {
    linkSync(part, file)
  } finally {
    rmSync(part, { force: true })
  }
}

function writePart(file: string, bytes: Buffer): string {
  const part = `${file}.${randomUUID()}.part`
  const descriptor = openSync(part, 'w', 0o600)
  writeFileSync(descriptor, bytes)
  fsyncSync(descriptor)
  closeSync(descriptor)
  return part
}
