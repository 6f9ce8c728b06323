/** The encoding of a file: found from its bytes, then decoded without loss or guess. */
import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { accept, refuse, type Parsed } from './parsed.ts'

export type Encoding = 'utf-8' | 'windows-1252' | 'utf-16le' | 'utf-16be'

/**
 * `file_empty`; `file_spreadsheet`: an .xlsx or .xls workbook; `file_binary`: holds NUL, or is an archive or PDF;
 * `file_utf16`: UTF-16 that is cut or broken; `encoding_mixed`: partly UTF-8 and partly not;
 * `encoding_unknown`: bytes that Windows-1252 does not have, or Danish letters as DOS and old Macs wrote them;
 * `encoding_double`: most letters were read in a wrong encoding and written again (SÃ¸ren).
 */
export type EncodingCode =
  | 'file_empty'
  | 'file_spreadsheet'
  | 'file_binary'
  | 'file_utf16'
  | 'encoding_mixed'
  | 'encoding_unknown'
  | 'encoding_double'

/**
 * Finds the encoding of a whole file: its byte order mark, else UTF-8 if every byte fits, else Windows-1252 (of which
 * ISO 8859-1 text is a part). Reads all of it, because one name on the last line may decide, and nothing may have been
 * taken from a file that is then refused. Memory does not grow with the file.
 */
export async function detectEncoding(source: AsyncIterable<Uint8Array>): Promise<Parsed<Encoding, EncodingCode>> {
  const seen = nothingSeen()
  for await (const chunk of source) {
    look(seen, chunk)
    if (seen.refused !== '') return refuse(seen.refused)
  }
  return judge(seen)
}

/** The text of a file whose encoding is known, without its byte order mark, in pieces as they are read. */
export async function* decodeText(source: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  for await (const chunk of source) {
    const text = decoder.decode(chunk, { stream: true })
    if (text !== '') yield text
  }
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

type Seen = {
  bytes: number
  refused: EncodingCode | ''
  utf16: '' | 'utf-16le' | 'utf-16be'
  utf16Decoder: TextDecoder | undefined
  utf8: boolean
  /** The bytes of an unfinished UTF-8 character at the end of the last chunk. */
  held: Uint8Array
  /** The three bytes before the one looked at, for marks that span chunks. */
  history: number
  danishUtf8: number
  doubled: number
  danish1252: number
  danishElsewhere: number
  outside1252: boolean
}

const NO_BYTES = new Uint8Array(0)

function nothingSeen(): Seen {
  return {
    bytes: 0,
    refused: '',
    utf16: '',
    utf16Decoder: undefined,
    utf8: true,
    held: NO_BYTES,
    history: 0,
    danishUtf8: 0,
    doubled: 0,
    danish1252: 0,
    danishElsewhere: 0,
    outside1252: false,
  }
}

function look(seen: Seen, chunk: Uint8Array): void {
  if (seen.bytes === 0 && chunk.length > 0) lookAtStart(seen, chunk)
  seen.bytes += chunk.length
  if (seen.refused !== '') return
  if (seen.utf16Decoder !== undefined) return lookAtUtf16(seen, seen.utf16Decoder, chunk)
  if (chunk.includes(0)) {
    seen.refused = 'file_binary'
    return
  }
  if (seen.utf8) lookForUtf8(seen, chunk)
  countLetters(seen, chunk)
}

const SIGNATURES: readonly (readonly [EncodingCode, readonly number[]])[] = [
  ['file_spreadsheet', [0x50, 0x4b, 0x03, 0x04]],
  ['file_spreadsheet', [0xd0, 0xcf, 0x11, 0xe0]],
  ['file_binary', [0x25, 0x50, 0x44, 0x46]],
  ['file_binary', [0x1f, 0x8b]],
]

function lookAtStart(seen: Seen, chunk: Uint8Array): void {
  const known = SIGNATURES.find(([, bytes]) => bytes.every((byte, index) => chunk[index] === byte))
  if (known) seen.refused = known[0]
  if (chunk[0] === 0xff && chunk[1] === 0xfe) seen.utf16 = 'utf-16le'
  if (chunk[0] === 0xfe && chunk[1] === 0xff) seen.utf16 = 'utf-16be'
  if (seen.utf16 !== '') seen.utf16Decoder = new TextDecoder(seen.utf16, { fatal: true })
}

function lookAtUtf16(seen: Seen, decoder: TextDecoder, chunk: Uint8Array): void {
  try {
    if (decoder.decode(chunk, { stream: true }).includes('\u0000')) seen.refused = 'file_binary'
  } catch {
    seen.refused = 'file_utf16'
  }
}

function lookForUtf8(seen: Seen, chunk: Uint8Array): void {
  const bytes = seen.held.length === 0 ? chunk : Buffer.concat([seen.held, chunk])
  const whole = wholeCharacters(bytes)
  seen.utf8 = isUtf8(bytes.subarray(0, whole)) && bytes.length - whole < 4
  seen.held = seen.utf8 ? bytes.slice(whole) : NO_BYTES
}

/** The length without a last character whose bytes have not all arrived. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes.length
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function countLetters(seen: Seen, chunk: Uint8Array): void {
  let history = seen.history
  for (let index = 0; index < chunk.length; index++) {
    const byte = chunk[index] ?? 0
    if (((byte | history) & 0x808080) !== 0) countLetter(seen, history, byte)
    history = ((history << 8) | byte) & 0xffffff
  }
  seen.history = history
}

/** `history` is the three bytes before `byte`, the latest lowest. */
function countLetter(seen: Seen, history: number, byte: number): void {
  const before = history & 0xff
  const twoBefore = history & 0xffff
  if (before === 0xc3 && DANISH_UTF8.has(byte)) seen.danishUtf8 += 1
  if (twoBefore === 0xc383 && (byte === 0xc2 || byte === 0xe2 || byte === 0xcb)) seen.doubled += 1
  if (DANISH_1252.has(byte)) seen.danish1252 += 1
  if (OUTSIDE_1252.has(byte)) seen.outside1252 = true
  if (DANISH_ELSEWHERE.has(before) && isLetter(byte) && isLetter((history >> 8) & 0xff)) seen.danishElsewhere += 1
}

const DANISH_UTF8 = new Set([0xa6, 0xb8, 0xa5, 0x86, 0x98, 0x85])
const DANISH_1252 = new Set([0xe6, 0xf8, 0xe5, 0xc6, 0xd8, 0xc5])
const OUTSIDE_1252 = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])
/** æ ø å in DOS code pages 850 and 865, then on old Macs; in Windows-1252 none of these stands inside a word. */
const DANISH_ELSEWHERE = new Set([0x91, 0x9b, 0x86, 0xbe, 0xbf, 0x8c])

function isLetter(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a)
}

function judge(seen: Seen): Parsed<Encoding, EncodingCode> {
  if (seen.bytes === 0) return refuse('file_empty')
  if (seen.utf16Decoder !== undefined && seen.utf16 !== '') return judgeUtf16(seen.utf16Decoder, seen.utf16)
  if (seen.utf8 && seen.held.length === 0) {
    return seen.doubled > 0 && seen.doubled >= seen.danishUtf8 ? refuse('encoding_double') : accept('utf-8')
  }
  if (seen.danishUtf8 > 0) return refuse('encoding_mixed')
  if (seen.outside1252) return refuse('encoding_unknown')
  return seen.danishElsewhere > 0 && seen.danish1252 === 0 ? refuse('encoding_unknown') : accept('windows-1252')
}

function judgeUtf16(decoder: TextDecoder, encoding: Encoding): Parsed<Encoding, EncodingCode> {
  try {
    decoder.decode()
    return accept(encoding)
  } catch {
    return refuse('file_utf16')
  }
}
