/**
 * The key provider: root key, monthly generation keys and derived keys live here and nowhere else.
 * It wraps and unwraps; it never hands a generation key out. This one keeps them in a folder beside
 * the data folder; a key service can stand behind the same type.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
} from 'node:crypto'
import { generateKeyPairSync, hkdfSync, randomBytes, sign as signBytes, type KeyObject } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** What a wrapped key is for; part of the wrapping key's derivation, so one cannot stand in for another. */
export type WrapPurpose = 'record' | 'subject'

export type KeyProvider = {
  /** Wraps 32-byte keys under the present generation; 40 bytes each (RFC 3394). */
  wrap(purpose: WrapPurpose, keys: readonly Buffer[]): { generation: number; blobs: Buffer[] }
  /** Throws when the generation is gone or the blob was changed. */
  unwrap(purpose: WrapPurpose, generation: number, blob: Buffer): Buffer
  /** A key for HMAC-SHA-256, one for each purpose, e.g. 'index/cpr/match'. */
  macKey(purpose: string): KeyObject
  /** Ed25519 over the bytes, by the ledger's signer. */
  sign(bytes: Buffer): Buffer
  /** The ledger signer's public key, 32 raw bytes. */
  readonly signerPublicKey: Buffer
  readonly generations: readonly number[]
}

type Stored = {
  version: 1
  salt: string
  generations: { generation: number; createdAt: string; wrapped: string; check: string }[]
  secrets: { [name: string]: string }
  signer: string
}

const KW_IV = Buffer.alloc(8, 0xa6)
const MONTH_MS = 31 * 24 * 3_600_000

/**
 * Opens (or, the first time, makes) the keys in `folder`. Refuses a folder or file that others can
 * read, a symbolic link, or a place inside the data folder, where a backup would carry it along.
 */
export function openFileKeys(folder: string, now: Date = new Date()): KeyProvider {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  guard(folder)
  const root = loadRoot(join(folder, 'root.key'))
  const file = join(folder, 'provider.json')
  let stored = existsSync(file) ? readStored(file) : create(root, now)
  if (!existsSync(file)) writeStored(file, stored)
  if (isDue(stored, now)) stored = addGeneration(file, root, now)
  return providerOf(file, root, stored)
}

function providerOf(file: string, root: KeyObject, first: Stored): KeyProvider {
  let stored = first
  const salt = Buffer.from(stored.salt, 'base64')
  const secret = createSecretKey(unwrapWith(root, Buffer.from(stored.secrets['mac'] as string, 'base64')))
  const signer = createPrivateKey({ key: openSigner(root, stored.signer), format: 'der', type: 'pkcs8' })
  const macKeys = new Map<string, KeyObject>()
  const wrapKeys = new Map<string, KeyObject>()
  const wrapKey = (purpose: WrapPurpose, generation: number): KeyObject => {
    const name = `${purpose}/${generation}`
    const known = wrapKeys.get(name)
    if (known) return known
    if (!stored.generations.some(it => it.generation === generation)) stored = readStored(file)
    const entry = stored.generations.find(it => it.generation === generation)
    if (!entry) throw new Error('the generation key is gone')
    const key = derive(openGeneration(root, entry), salt, `wrap/${purpose}`)
    wrapKeys.set(name, key)
    return key
  }
  return {
    wrap: (purpose, keys) => {
      const generation = latest(stored).generation
      const key = wrapKey(purpose, generation)
      return { generation, blobs: keys.map(it => wrapWith(key, it)) }
    },
    unwrap: (purpose, generation, blob) => unwrapWith(wrapKey(purpose, generation), blob),
    macKey: purpose => {
      const key = macKeys.get(purpose) ?? derive(secret, salt, purpose)
      macKeys.set(purpose, key)
      return key
    },
    sign: bytes => signBytes(null, bytes, signer),
    signerPublicKey: rawPublic(signer),
    get generations() {
      return stored.generations.map(it => it.generation)
    },
  }
}

function create(root: KeyObject, now: Date): Stored {
  const { privateKey } = generateKeyPairSync('ed25519')
  return {
    version: 1,
    salt: randomBytes(32).toString('base64'),
    generations: [newGeneration(root, 1, now)],
    secrets: { mac: wrapWith(root, randomBytes(32)).toString('base64') },
    signer: sealSigner(root, privateKey.export({ format: 'der', type: 'pkcs8' })),
  }
}

function newGeneration(root: KeyObject, generation: number, now: Date) {
  const key = randomBytes(32)
  return {
    generation,
    createdAt: now.toISOString(),
    wrapped: wrapWith(root, key).toString('base64'),
    check: checkValue(createSecretKey(key)),
  }
}

// A new generation each month: destroying an old one later reaches every backup that only it opens.
function isDue(stored: Stored, now: Date): boolean {
  return now.getTime() - Date.parse(latest(stored).createdAt) > MONTH_MS
}

function addGeneration(file: string, root: KeyObject, now: Date): Stored {
  const stored = readStored(file)
  if (!isDue(stored, now)) return stored
  const next = {
    ...stored,
    generations: [...stored.generations, newGeneration(root, latest(stored).generation + 1, now)],
  }
  writeStored(file, next)
  return next
}

function latest(stored: Stored) {
  const entry = stored.generations.at(-1)
  if (!entry) throw new Error('the key file has no generation')
  return entry
}

function openGeneration(root: KeyObject, entry: Stored['generations'][number]): KeyObject {
  const key = createSecretKey(unwrapWith(root, Buffer.from(entry.wrapped, 'base64')))
  if (checkValue(key) !== entry.check) throw new Error('a generation key does not match its check value')
  return key
}

function checkValue(key: KeyObject): string {
  return createHmac('sha256', key).update('indsigt/v1/check').digest().subarray(0, 8).toString('base64')
}

function derive(key: KeyObject, salt: Buffer, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, salt, `indsigt/v1/${purpose}`, 32)))
}

function wrapWith(key: KeyObject, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes256-wrap', key, KW_IV)
  return Buffer.concat([cipher.update(plain), cipher.final()])
}

function unwrapWith(key: KeyObject, blob: Buffer): Buffer {
  const decipher = createDecipheriv('aes256-wrap', key, KW_IV)
  return Buffer.concat([decipher.update(blob), decipher.final()])
}

// RFC 3394 wraps whole 8-byte blocks; the key file is longer than a key and rarely a multiple.
function sealSigner(root: KeyObject, der: Buffer): string {
  const padded = Buffer.concat([Buffer.from([der.length]), der, Buffer.alloc((8 - ((der.length + 1) % 8)) % 8)])
  return wrapWith(root, padded).toString('base64')
}

function openSigner(root: KeyObject, sealed: string): Buffer {
  const padded = unwrapWith(root, Buffer.from(sealed, 'base64'))
  return padded.subarray(1, 1 + (padded[0] ?? 0))
}

function rawPublic(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
}

function loadRoot(file: string): KeyObject {
  if (!existsSync(file)) writeSecret(file, randomBytes(32).toString('hex'))
  guard(file)
  const bytes = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  if (bytes.length !== 32) throw new Error('the root key file is damaged')
  return createSecretKey(bytes)
}

function readStored(file: string): Stored {
  guard(file)
  return JSON.parse(readFileSync(file, 'utf8')) as Stored
}

function writeStored(file: string, stored: Stored): void {
  writeSecret(file, JSON.stringify(stored, null, 1))
}

function writeSecret(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`
  const descriptor = openSync(part, 'w', 0o600)
  writeSync(descriptor, text)
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(part, file)
}

function guard(path: string): void {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) throw keyFault('a symbolic link')
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) throw keyFault('readable by others')
  if (process.getuid && stat.uid !== process.getuid()) throw keyFault('owned by somebody else')
}

function keyFault(what: string): Error {
  return Object.assign(new Error(`the key folder or a file in it is ${what}`), { code: 'keys.unsafe' })
}
