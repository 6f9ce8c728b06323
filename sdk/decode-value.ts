/** Takes encodings off a value: percent, plus, escapes, base64, hex, gzip and deflate, within bounds. Pure. */
import { looksPacked, mayBePacked, unpack } from './packed-bytes.ts'
import { tokensOf } from './value-tokens.ts'

/**
 * One reading of a value, the encodings taken off to get there, e.g. 'percent+base64' ('' for none), and the pieces of
 * it that may be encoded or digested.
 */
export type Reading = { readonly text: string; readonly how: string; readonly tokens: readonly string[] }

/** Readings, and whether something was packed that unpacks to more than is read. */
export type Readings = { readonly readings: readonly Reading[]; readonly isTooLarge: boolean }

/** Characters of a value that are looked at; a cookie has 4,096 at most. */
export const VALUE_CHARACTERS_MAX = 65_536
/** Encodings inside one another that are taken off. */
export const DEPTH_MAX = 3

/** All readings of a text, itself first. Never throws; stops at 128 readings or 64 Ki characters in all. */
export function readingsOf(text: string): Readings {
  const start = text.length > VALUE_CHARACTERS_MAX ? text.slice(0, VALUE_CHARACTERS_MAX) : text
  const work: Work = { readings: [{ text: start, how: '', tokens: tokensOf(start) }], characters: 0, isTooLarge: false }
  let from = 0
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    const until = work.readings.length
    for (; from < until; from += 1) decodeOnce(work.readings[from] as Reading, work)
    if (work.readings.length === until) break
  }
  return work
}

type Work = {
  readonly readings: Reading[]
  characters: number
  isTooLarge: boolean
}

const READINGS_MAX = 128
const CHARACTERS_MAX = 65_536
const SHORTEST = 4

function decodeOnce({ text, how, tokens }: Reading, work: Work): void {
  if (text.includes('%')) addBytes(percentBytes(text), joined(how, 'percent'), work)
  if (text.includes('+')) add(text.replaceAll('+', ' '), joined(how, 'plus'), work)
  if (MAY_ESCAPE.test(text)) add(text.replace(ESCAPE, unescape), joined(how, 'escape'), work)
  for (const token of tokens) {
    const hex = token.replace(HEX_MARK, '')
    if (looksHex(hex) && looksReadable(hex, hexByte)) addBytes(Buffer.from(hex, 'hex'), joined(how, 'hex'), work)
    if (looksReadable(token, base64Byte)) addBytes(Buffer.from(token, 'base64'), joined(how, 'base64'), work)
  }
}

function joined(how: string, step: string): string {
  return how === '' ? step : `${how}+${step}`
}

function add(text: string, how: string, work: Work): void {
  if (text.length < SHORTEST || work.readings.some(reading => reading.text === text)) return
  if (work.readings.length >= READINGS_MAX || work.characters + text.length > CHARACTERS_MAX) return
  work.characters += text.length
  work.readings.push({ text, how, tokens: tokensOf(text) })
}

function addBytes(bytes: Buffer, how: string, work: Work): void {
  const text = textOf(bytes)
  if (text !== undefined) return add(text, how, work)
  const unpacked = unpack(bytes)
  if (unpacked === 'tooLarge') work.isTooLarge = true
  else if (unpacked !== undefined) addUnpacked(unpacked, joined(how, 'gzip'), work)
}

function addUnpacked(bytes: Buffer, how: string, work: Work): void {
  const text = textOf(bytes)
  if (text !== undefined) add(text, how, work)
}

// Bytes as UTF-8, else as UTF-16 or Latin-1 when they can be nothing but text; undefined for anything else.
function textOf(bytes: Buffer): string | undefined {
  if (bytes.length < SHORTEST) return undefined
  const utf8 = bytes.toString('utf8')
  if (!CONTROL.test(utf8)) return utf8.includes('\uFFFD') ? latin1Of(bytes) : utf8
  if (bytes.length % 2 !== 0 || bytes[1] !== 0 || bytes[3] !== 0) return undefined
  const utf16 = bytes.toString('utf16le')
  return CONTROL.test(utf16) ? undefined : utf16
}

function latin1Of(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1')
  return /^[\x20-\x7E\xA0-\xFF\s]*$/.test(text) && /[A-Za-z\d]{3}/.test(text) ? text : undefined
}

const CONTROL = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]/
const MAY_ESCAPE = /\\|&#|%u|=40/i
const ESCAPE = /\\u([\da-f]{4})|\\x([\da-f]{2})|%u([\da-f]{4})|&#x([\da-f]{1,5});|&#(\d{1,6});|=(40)|\\(["'\\/])/gi

function unescape(whole: string, ...found: readonly (string | undefined)[]): string {
  const [unicode, byte, percent, hexEntity, entity, printable, sign] = found
  if (sign !== undefined) return sign
  const hex = unicode ?? byte ?? percent ?? hexEntity ?? printable
  const code = hex === undefined ? Number(entity) : Number.parseInt(hex, 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole
}

// Never fails: an unfinished escape stays as it stands, and what is no escape goes in as UTF-8.
function percentBytes(text: string): Buffer {
  const source = Buffer.from(text, 'utf8')
  const target = Buffer.allocUnsafe(source.length)
  let length = 0
  for (let at = 0; at < source.length; at += 1) {
    const byte = source[at] as number
    const high = byte === PERCENT ? hexDigit(source[at + 1]) : -1
    const low = high < 0 ? -1 : hexDigit(source[at + 2])
    target[length] = low < 0 ? byte : high * 16 + low
    length += 1
    if (low >= 0) at += 2
  }
  return target.subarray(0, length)
}

const PERCENT = 37

function looksHex(token: string): boolean {
  return token.length >= 8 && token.length % 2 === 0 && HEX.test(token)
}

const HEX = /^[\dA-Fa-f]+$/
const HEX_MARK = /^0?x/i
const PEEK_BYTES = 24
const TEXT_BYTES = 12
const peeked = new Uint8Array(PEEK_BYTES)

// Looks at the first bytes alone, without allocating: chance fails here 999 times in 1,000, text and packed bytes pass.
function looksReadable(token: string, byteAt: (token: string, index: number) => number): boolean {
  let length = 0
  let isText = true
  let isAfterHigh = false
  for (; length < PEEK_BYTES; length += 1) {
    const byte = byteAt(token, length)
    if (byte < 0) break
    peeked[length] = byte
    const isHigh = byte >= 0x80
    if (length < TEXT_BYTES && (!isLetter(byte, length) || (isHigh && byte < 0xc0 && !isAfterHigh))) isText = false
    if (!isText && length === 0 && !mayBePacked(byte)) return false
    isAfterHigh = isHigh
  }
  return length >= SHORTEST && (isText || looksPacked(peeked.subarray(0, length)))
}

// Every second byte of UTF-16 is zero.
function isLetter(byte: number, index: number): boolean {
  if (byte >= 0x20) return byte !== 0x7f
  return byte === 9 || byte === 10 || byte === 13 || (byte === 0 && index % 2 === 1)
}

function hexByte(token: string, index: number): number {
  const high = hexDigit(token.charCodeAt(index * 2))
  const low = hexDigit(token.charCodeAt(index * 2 + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function base64Byte(token: string, index: number): number {
  const at = Math.floor((index * 4) / 3)
  const left = BASE64[token.charCodeAt(at)] ?? -1
  const right = BASE64[token.charCodeAt(at + 1)] ?? -1
  if (left < 0 || right < 0) return -1
  const shift = (index % 3) * 2
  return ((left << (shift + 2)) | (right >> (4 - shift))) & 255
}

const BASE64 = new Int8Array(128).fill(-1)
const BASE64_SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
for (let value = 0; value < 64; value += 1) BASE64[BASE64_SIGNS.charCodeAt(value)] = value
BASE64[45] = 62
BASE64[95] = 63
