/** The visitor's choice as a signed cookie value, and the one-time token that ties it to the notice shown. Pure. */
import { createHmac, createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'
import { askedCategories, consentTag, noticeOf, sha256OfNotice, sha256OfRegister } from './register.ts'
import type { Choice, Language, Register } from './wire.ts'

/** What a choice is sealed with. `key` is the site's key, base64url, at least 16 bytes. */
export type Seal = { readonly register: Register; readonly key: string; readonly now: Date }

/** A choice as read. `isCurrent` is false when it was about something else; then nothing counts as accepted. */
export type ReadChoice = { readonly choice: Choice; readonly isCurrent: boolean }

/** What an honest token says: for which register and notice it was minted, when, and its unique number. */
export type Token = {
  readonly register16: string
  readonly notice16: string
  readonly language: Language
  readonly mintedAt: Date
  readonly nonce: string
}

/** A token is good for two hours; whoever comes later is shown the notice again. */
export const TOKEN_SECONDS_MAX = 7200
/** Clocks of two servers may differ by this much before a time counts as lying ahead. */
export const AHEAD_SECONDS_MAX = 600

/**
 * Reads the value of the choice cookie. Null when there is none, it was forged or misshapen, or is older than the
 * register remembers: then no choice was made. A refusal of everything holds for ever new lists; an acceptance only
 * for the list it was given for (GDPR 4(11)), so `isCurrent` false asks anew.
 */
export function readChoice(value: string | undefined, seal: Seal): ReadChoice | null {
  if (value === undefined || value.length > CHOICE_CHARACTERS_MAX) return null
  const found = CHOICE.exec(value)
  if (found === null) return null
  const [, signed = '', tag = '', mask = '', minute = '', proof = '', mac = ''] = found
  if (!isSame(mac, choiceMac(seal, signed))) return null
  const chosenAt = Number.parseInt(minute, 36) * 60
  const age = seal.now.getTime() / 1000 - chosenAt
  if (age > seal.register.choiceSeconds || age < -AHEAD_SECONDS_MAX) return null
  const isCurrent = tag === consentTag(seal.register) || mask === '0'
  const accepted = isCurrent ? categoriesIn(Number.parseInt(mask, 36), seal.register) : []
  return { choice: { accepted, chosenAt, proof }, isCurrent }
}

/** A choice as a cookie value. Throws for a proof that is not 22 base64url signs, or a category not asked about. */
export function writeChoice(choice: Choice, seal: Seal): string {
  if (!PROOF.test(choice.proof)) throw new TypeError('The proof of a choice is 22 base64url characters.')
  const mask = maskOf(choice.accepted, seal.register).toString(36)
  const minute = Math.floor(choice.chosenAt / 60).toString(36)
  const signed = `1.${consentTag(seal.register)}.${mask}.${minute}.${choice.proof}`
  return `${signed}.${choiceMac(seal, signed)}`
}

/** Whether a value has the shape of a choice, sealed or not: nothing but codes, a minute and chance. */
export function isChoiceShaped(value: string): boolean {
  return value.length <= CHOICE_CHARACTERS_MAX && CHOICE.test(value)
}

/** 22 base64url characters of chance: the visitor's key to the receipt. */
export function newProof(): string {
  return randomBytes(16).toString('base64url')
}

/** A new one-time token for the notice of this register in this language. */
export function mintToken(seal: Seal & { readonly language: Language }): string {
  const { register, language, now } = seal
  const minute = Math.floor(now.getTime() / 60_000).toString(36)
  const notice = sha256OfNotice(noticeOf(register, language)).slice(0, 16)
  const parts = [1, register.site, sha256OfRegister(register).slice(0, 16), notice, language, minute, newProof()]
  const signed = parts.join('~')
  return `${signed}~${tokenMac(seal.key, signed)}`
}

/** Reads a token of this site. Null when it is forged, of another site, misshapen, expired or from the future. */
export function readToken(
  token: string,
  seal: { readonly site: string; readonly key: string; readonly now: Date },
): Token | null {
  if (token.length > TOKEN_CHARACTERS_MAX) return null
  const found = TOKEN.exec(token)
  if (found === null) return null
  const [, signed = '', site, register16 = '', notice16 = '', language, minute = '', nonce = '', mac = ''] = found
  if (!isSame(mac, tokenMac(seal.key, signed)) || site !== seal.site) return null
  const mintedAt = new Date(Number.parseInt(minute, 36) * 60_000)
  const age = (seal.now.getTime() - mintedAt.getTime()) / 1000
  if (age > TOKEN_SECONDS_MAX || age < -AHEAD_SECONDS_MAX) return null
  return { register16, notice16, language: language as Language, mintedAt, nonce }
}

const CHOICE_CHARACTERS_MAX = 96
const TOKEN_CHARACTERS_MAX = 512
const KEY_BYTES_MIN = 16
const CHOICE = /^(1\.([\da-f]{8})\.([\da-z]{1,10})\.([\da-z]{1,7})\.([\w-]{22}))\.([\w-]{16})$/
const TOKEN = /^(1~([\w.:-]{1,253})~([\da-f]{16})~([\da-f]{16})~(da|en)~([\da-z]{1,7})~([\w-]{22}))~([\w-]{43})$/
const PROOF = /^[\w-]{22}$/

function choiceMac({ register, key }: Seal, signed: string): string {
  return hmac(key, `choice\n${register.site}\n${signed}`).slice(0, 16)
}

function tokenMac(key: string, signed: string): string {
  return hmac(key, `token\n${signed}`)
}

// A short key could be guessed, and a guessed key writes consents nobody gave.
function hmac(key: string, text: string): string {
  return createHmac('sha256', keyObject(key)).update(text).digest('base64url')
}

let lastKey: { readonly text: string; readonly object: KeyObject } | undefined

/** The key made ready; a process mostly works with one, and making it costs as much as using it. */
function keyObject(text: string): KeyObject {
  if (lastKey?.text === text) return lastKey.object
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length < KEY_BYTES_MIN) throw new TypeError('The key of a site has at least 16 bytes in base64url.')
  const object = createSecretKey(bytes)
  lastKey = { text, object }
  return object
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}

// Arithmetic, not bit operators: these end at 32 categories.
function categoriesIn(mask: number, register: Register): string[] {
  const asked = askedCategories(register)
  return asked.filter((_, bit) => Math.floor(mask / 2 ** bit) % 2 === 1).map(category => category.code)
}

function maskOf(accepted: readonly string[], register: Register): number {
  const asked = askedCategories(register).map(category => category.code)
  const unknown = accepted.find(code => !asked.includes(code))
  if (unknown !== undefined) throw new TypeError(`Nobody is asked about the category ${JSON.stringify(unknown)}.`)
  return asked.reduce((mask, code, bit) => (accepted.includes(code) ? mask + 2 ** bit : mask), 0)
}
