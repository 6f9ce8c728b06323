/**
 * Large files on their way in and out: read twice from disk without holding them, kept for a moment
 * encrypted under a key that only this process has, and written whole or not at all.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { codeOf, failure, isFailure } from './failure.ts'
import { Problem } from './problems.ts'

/** A file that can be read from its start as often as needed. */
export type Source = {
  /** In bytes. */
  readonly size: number
  readonly read: () => AsyncIterable<Uint8Array>
  /** Gives it up; a spooled file is gone then. */
  close(): Promise<void>
}

const CHUNK_BYTES = 256 * 1024
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Opens a file that somebody named. Throws `file/missing` or `file/unreadable`. */
export async function openSource(file: string): Promise<Source> {
  try {
    const handle = await fs.open(file, 'r')
    const stat = await handle.stat()
    if (!stat.isFile()) {
      await handle.close()
      throw unreadable('EISDIR')
    }
    return { size: stat.size, read: () => pieces(handle), close: () => handle.close() }
  } catch (error) {
    throw isFailure(error) ? error : unreadable(codeOf(error))
  }
}

/**
 * Takes a stream to disk, at most `most` bytes, sealed with AES-256-GCM under a key that is never written. The file
 * has no name while it is used, so even a kill leaves nothing. Throws `request.too_large` and `intake.disk_full`.
 */
export async function spool(folder: string, stream: AsyncIterable<Uint8Array>, most: number): Promise<Source> {
  const file = path.join(folder, `.spool-${randomUUID()}`)
  const handle = await fs.open(file, 'wx+', 0o600)
  const key = createSecretKey(randomBytes(32))
  try {
    await fs.unlink(file)
    const size = await sealAll(handle, key, { stream, most })
    return { size, read: () => unsealed(handle, key, size), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw diskFull(error)
  }
}

/** Writes a private file whole: beside its place, to the disk, then to its name. Throws `intake.disk_full`. */
export async function writeWhole(file: string, lines: AsyncIterable<string>): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const beside = `${file}.${randomUUID()}.part`
  try {
    const handle = await fs.open(beside, 'wx', 0o600)
    try {
      for await (const text of lines) await handle.appendFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.rename(beside, file)
  } catch (error) {
    await fs.rm(beside, { force: true }).catch(() => undefined)
    throw diskFull(error)
  }
}

async function* pieces(handle: fs.FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ;) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

type Taking = { readonly stream: AsyncIterable<Uint8Array>; readonly most: number }

async function sealAll(handle: fs.FileHandle, key: KeyObject, taking: Taking): Promise<number> {
  let size = 0
  let index = 0
  for await (const chunk of inChunks(taking)) {
    await handle.appendFile(sealed(key, index++, chunk))
    size += chunk.length
  }
  return size
}

/** Whole chunks of one size, the last one what is left. */
async function* inChunks({ stream, most }: Taking): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  let size = 0
  for await (const piece of stream) {
    size += piece.length
    if (size > most) throw new Problem('request.too_large')
    held = Buffer.concat([held, piece])
    let at = 0
    for (; held.length - at >= CHUNK_BYTES; at += CHUNK_BYTES) yield held.subarray(at, at + CHUNK_BYTES)
    held = held.subarray(at)
  }
  if (held.length > 0) yield held
}

/** The key seals one file only, so a counter is a nonce that never comes again. */
function nonce(index: number): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES)
  bytes.writeUInt32BE(index, NONCE_BYTES - 4)
  return bytes
}

function sealed(key: KeyObject, index: number, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(index), { authTagLength: TAG_BYTES })
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

async function* unsealed(handle: fs.FileHandle, key: KeyObject, size: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index * CHUNK_BYTES < size; index++) {
    const bytes = Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES)
    const buffer = Buffer.allocUnsafe(bytes + TAG_BYTES)
    await handle.read(buffer, 0, buffer.length, index * (CHUNK_BYTES + TAG_BYTES))
    const decipher = createDecipheriv('aes-256-gcm', key, nonce(index), { authTagLength: TAG_BYTES })
    decipher.setAuthTag(buffer.subarray(bytes))
    const plain = decipher.update(buffer.subarray(0, bytes))
    decipher.final()
    yield plain
  }
}

function diskFull(error: unknown): unknown {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error)) ? new Problem('intake.disk_full') : error
}

function unreadable(code: string): Error {
  const isMissing = code === 'ENOENT'
  return failure({
    code: isMissing ? 'file/missing' : 'file/unreadable',
    da: isMissing ? 'Filen findes ikke.' : `Filen kan ikke læses (${code}).`,
    en: isMissing ? 'There is no such file.' : `The file cannot be read (${code}).`,
    remedy: { da: 'Kontrollér navnet og rettighederne.', en: 'Check the name and the permissions.' },
  })
}
