/** The register of a site: which hosts and names it covers, and the fingerprints that bind a choice to it. Pure. */
import { createHash } from 'node:crypto'
import { groupBy } from './group.ts'
import { inSentence, listText, textsOf } from './texts.ts'
import type { Category, Entry, Language, Register, StorageKind } from './wire.ts'

/** Every sentence of the register that a visitor is shown before choosing, in one language; plain JSON. */
export type Notice = {
  readonly format: 'indsigt-notice/1'
  readonly language: Language
  readonly site: string
  readonly controller: string
  readonly policyVersion: number
  readonly policyUrl: string
  readonly choiceSeconds: number
  readonly categories: readonly {
    readonly code: string
    readonly title: string
    readonly text: string
    readonly isNecessary: boolean
  }[]
  readonly entries: readonly {
    readonly name: string
    readonly kind: StorageKind
    readonly site: string
    readonly setter: string
    readonly category: string
    readonly purpose: string
    readonly lifetime: string
  }[]
  readonly guides: readonly { readonly name: string; readonly url: string }[]
  /** What the banner itself says: the question, its reasons and the words on the buttons. */
  readonly sentences: Readonly<Record<string, string>>
}

/** What is looked up in the list. `host` may carry a port. */
export type Sought = { readonly kind: StorageKind; readonly name: string; readonly host: string }

/** Lower case, without port, leading dot or closing dot: 'WWW.Intrum.dk.:443' gives 'www.intrum.dk'. */
export function plainHost(host: string): string {
  if (host !== latest.host) latest = { host, plain: PLAIN.test(host) ? host : strippedHost(host) }
  return latest.plain
}

/** Whether the policy's site covers this host: itself, or a subdomain when the policy says so (S1). */
export function isHostOf(register: Register, host: string): boolean {
  const plain = plainHost(host)
  return plain === register.site || (register.includesSubdomains && isBelow(plain, register.site))
}

/** Whether `host` is `domain` or lies below it. Both plain. */
export function isWithin(host: string, domain: string): boolean {
  return host === domain || isBelow(host, domain)
}

/** The declared entries of this kind, name and host, the closest name first: one without `*`, then the longest. */
export function entriesFor(register: Register, { kind, name, host }: Sought): readonly Entry[] {
  const plain = plainHost(host)
  const found = prepared(register)
    .byKind.get(kind)
    ?.filter(entry => matchesName(entry.name, name) && isWithin(plain, entry.site))
  return found ?? NONE
}

/** Whether `name` is what `pattern` describes; each `*` stands for one or more characters. Linear, no expressions. */
export function matchesName(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name
  const pieces = pattern.split('*')
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  if (!name.startsWith(first) || !name.endsWith(last)) return false
  const end = name.length - last.length
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at + 1)
    if (found < 0) return false
    at = found + piece.length
  }
  return at + 1 <= end
}

/** The category of this code, or undefined. */
export function categoryOf(register: Register, code: string): Category | undefined {
  return prepared(register).categories.get(code)
}

/** The categories a visitor is asked about, in the register's order. */
export function askedCategories(register: Register): readonly Category[] {
  return prepared(register).asked
}

/** Lower-case hex SHA-256 of the register; the order of keys does not matter, that of lists does. */
export function sha256OfRegister(register: Register): string {
  return (prepared(register).sha256 ??= sha256Of(register))
}

/**
 * What a consent is about, in 8 hex characters: the categories asked about and everything declared in them. When one
 * of these changes, consents given before do not cover it (GDPR 4(11), 'specific'). Necessary entries change nothing.
 */
export function consentTag(register: Register): string {
  return (prepared(register).tag ??= sha256Of(aboutWhat(register)).slice(0, 8))
}

/** What the visitor is told (Cookiebekendtgørelsen § 3): every sentence shown before choosing, in one language. */
export function noticeOf(register: Register, language: Language): Notice {
  const { notices } = prepared(register)
  const before = notices.get(language)
  if (before !== undefined) return before
  const made = makeNotice(register, language)
  notices.set(language, made)
  return made
}

/** Lower-case hex SHA-256 of exactly what was shown. */
export function sha256OfNotice(notice: Notice): string {
  const before = noticeSums.get(notice)
  if (before !== undefined) return before
  const made = sha256Of(notice)
  noticeSums.set(notice, made)
  return made
}

type Prepared = {
  readonly byKind: ReadonlyMap<StorageKind, readonly Entry[]>
  readonly categories: ReadonlyMap<string, Category>
  readonly asked: readonly Category[]
  readonly notices: Map<Language, Notice>
  sha256?: string
  tag?: string
}

const NONE: readonly Entry[] = Object.freeze([])
const PLAIN = /^[a-z\d][a-z\d.-]*[a-z\d]$/
const known = new WeakMap<Register, Prepared>()
// A site asks about one host thousands of times on end.
let latest = { host: '', plain: '' }
const noticeSums = new WeakMap<Notice, string>()

// A register is replaced as a whole when the policy changes, never edited, so its object is the key.
function prepared(register: Register): Prepared {
  const before = known.get(register)
  if (before !== undefined) return before
  const made: Prepared = {
    byKind: groupBy(register.entries.toSorted(closestFirst), entry => entry.kind),
    categories: new Map(register.categories.map(category => [category.code, category])),
    asked: register.categories.filter(category => !category.isNecessary),
    notices: new Map(),
  }
  known.set(register, made)
  return made
}

function strippedHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\.|\.$/g, '')
}

function makeNotice(register: Register, language: Language): Notice {
  const { site, controller, policyVersion, policyUrl, choiceSeconds } = register
  const categories = register.categories.map(({ code, title, text, isNecessary }) => {
    return { code, title: title[language], text: text[language], isNecessary }
  })
  const entries = register.entries.map(entry => ({ ...told(entry), purpose: entry.purpose[language] }))
  const guides = register.guides.map(({ name, url }) => ({ name, url }))
  const about = { site, controller, policyVersion, policyUrl, choiceSeconds }
  const sentences = bannerSentences(register, language)
  return { format: 'indsigt-notice/1', language, ...about, categories, entries, guides, sentences }
}

function bannerSentences(register: Register, language: Language): Record<string, string> {
  const texts = textsOf(language)
  const { question, reject, accept, save, details, always, never, readPolicy } = texts
  const purposes = askedCategories(register).map(category => inSentence(category.title[language]))
  const ask = texts.ask(register.controller, listText(purposes, language))
  const seeAll = texts.seeAll(register.entries.length)
  return { question, ask, reject, accept, save, seeAll, details, always, never, readPolicy }
}

function closestFirst(one: Entry, other: Entry): number {
  const stars = Number(one.name.includes('*')) - Number(other.name.includes('*'))
  return stars || other.name.length - one.name.length || other.site.length - one.site.length
}

function isBelow(host: string, domain: string): boolean {
  return host.length > domain.length + 1 && host.endsWith(domain) && host.at(-domain.length - 1) === '.'
}

function aboutWhat(register: Register): unknown {
  const asked = askedCategories(register).map(({ code, title, text }) => ({ code, title, text }))
  const codes = new Set(asked.map(({ code }) => code))
  const entries = register.entries.filter(entry => codes.has(entry.category)).map(told)
  return { asked, entries }
}

// What a visitor is told of an entry; how it is protected is between the site and the browser.
function told({ name, kind, site, setter, category, purpose, lifetime }: Entry) {
  return { name, kind, site, setter, category, purpose, lifetime }
}

function sha256Of(value: unknown): string {
  return createHash('sha256').update(canonicalText(value)).digest('hex')
}

/** JSON whose keys are in order: the very text of which the fingerprints of registers and notices are made. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, sortedKeys)
}

// A database or a transport may put the keys in another order; the fingerprint stays.
function sortedKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
