/** Markers that occur nowhere by chance, and a search for them in every form in which bytes may carry them. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Something to look for: what it is called and its bytes. */
export type Needle = { readonly name: string; readonly bytes: Buffer }
export type Hit = { readonly place: string; readonly needle: string }

/** Every form of a text: plain in any letters' size, wide, in hex, base64 at each of its three places, reversed. */
export function formsOf(text: string): Needle[] {
  const spellings = new Set([
    text,
    text.toLowerCase(),
    text.toUpperCase(),
    `${text.slice(0, 1).toUpperCase()}${text.slice(1).toLowerCase()}`,
  ])
  return [...spellings].flatMap(spelling => {
    const plain = Buffer.from(spelling, 'utf8')
    const wide = Buffer.from(spelling, 'utf16le')
    const hex = plain.toString('hex')
    const forms: [string, Buffer][] = [
      ['plain', plain],
      ['utf16le', wide],
      ['utf16be', Buffer.from(wide).swap16()],
      ['hex', Buffer.from(hex)],
      ['HEX', Buffer.from(hex.toUpperCase())],
      ['percent', Buffer.from(hex.replaceAll(/../g, '%$&'))],
      [
        'escaped',
        Buffer.from(
          Array.from(spelling)
            .map(it => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
            .join(''),
        ),
      ],
      ['reversed', Buffer.from(plain).reverse()],
      ...[0, 1, 2].map((shift): [string, Buffer] => [`base64+${shift}`, inBase64(plain, shift)]),
    ]
    return forms.map(([form, bytes]) => ({ name: `${spelling} (${form})`, bytes }))
  })
}

/** The letters that stay the same whatever stands before and after, when `shift` bytes stand before. */
function inBase64(plain: Buffer, shift: number): Buffer {
  const whole = Buffer.concat([Buffer.alloc(shift), plain]).toString('base64')
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor(((shift + plain.length) * 8) / 6)
  return Buffer.from(whole.slice(first, last))
}

/** A number in the forms in which it may lie about; it has one spelling, and no hand turns it round. */
export function formsOfNumber(digits: string): Needle[] {
  return formsOf(digits).filter(it => /\((plain|utf16le|hex|base64\+\d)\)$/.test(it.name))
}

/** Unkeyed hashes of a value, as bytes and as hex. */
export function hashesOf(value: string): Needle[] {
  return ['md5', 'sha1', 'sha256'].flatMap(kind => {
    const hash = createHash(kind).update(value).digest()
    return [
      { name: `${value} (${kind})`, bytes: hash.subarray(0, 12) },
      { name: `${value} (${kind} hex)`, bytes: Buffer.from(hash.toString('hex').slice(0, 24)) },
    ]
  })
}

/** Which needles lie in these bytes. */
export function search(bytes: Buffer, needles: readonly Needle[], place: string): Hit[] {
  return needles.filter(needle => bytes.includes(needle.bytes)).map(needle => ({ place, needle: needle.name }))
}

const BLOCK = 32 * 1024 * 1024
const OVERLAP = 1024

/** Searches every file below a folder, except below the folders named; large files block by block. */
export function searchFolder(folder: string, needles: readonly Needle[], except: readonly string[] = []): Hit[] {
  if (except.includes(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    const named = search(Buffer.from(entry.name), needles, `name of ${path}`)
    if (entry.isDirectory()) return [...named, ...searchFolder(path, needles, except)]
    return entry.isFile() ? [...named, ...searchFile(path, needles)] : named
  })
}

function searchFile(path: string, needles: readonly Needle[]): Hit[] {
  const hits: Hit[] = []
  const file = openSync(path, 'r')
  try {
    const { size } = statSync(path)
    for (let at = 0; at < size; at += BLOCK) {
      const block = Buffer.alloc(Math.min(BLOCK + OVERLAP, size - at))
      readSync(file, block, 0, block.length, at)
      hits.push(...search(block, needles, path))
    }
  } finally {
    closeSync(file)
  }
  return hits
}
