/** Finds personal data in a value, also when it is encoded, digested or spread over several values (S3). Pure. */
import { groupBy } from './group.ts'
import {
  holdsDigestShape,
  holdsKnown,
  holdsKnownDigest,
  knownValues,
  withoutUuids,
  type KnownValues,
} from './personal-digests.ts'
import { holdsCard, holdsCpr, holdsPhone } from './personal-numbers.ts'
import { holdsEmail, holdsName } from './personal-words.ts'
import { readingsOf, type Reading } from './decode-value.ts'

export type PersonalKind = 'email' | 'cpr' | 'phone' | 'name' | 'card' | 'known' | 'digest'

/**
 * What was found and how: 'plain', 'json', 'hash', 'split', or the encodings taken off, outermost first, e.g. 'base64'
 * or 'percent+gzip'. Never the value. `names`: the cookies it stands in, when several were looked at.
 */
export type PersonalHit = {
  readonly kind: PersonalKind
  readonly how: string
  readonly names?: readonly string[]
}

export type PersonalOptions = {
  /** Values the site knows of this visitor. Keep the same list for the same visitor: it is prepared once. */
  readonly known?: readonly string[]
  /** The value is chance by declaration: the shape of a digest is not held against it. */
  readonly isRandom?: boolean
  /** Tells timestamps of today from civil registration numbers more sharply. */
  readonly now?: Date | undefined
  /** What the value is called, e.g. the name of its cookie: 'tel' makes eight digits a telephone number. */
  readonly key?: string
}

export type Pair = { readonly name: string; readonly value: string }

/** Personal data in one text; each kind once. Reads the first 64 Ki characters. Never throws. */
export function personalDataIn(text: string, options: PersonalOptions = {}): readonly PersonalHit[] {
  if (text.length < SHORTEST && !HAS_KEY.test(options.key ?? '')) return knownInShort(text, options)
  return search(text, options)
}

/**
 * Personal data in the names and values of several cookies: in each by itself, in those that carry on one another
 * (`name.0`, `name.1`), and in all of them read one after another.
 */
export function personalDataInMany(pairs: readonly Pair[], options: PersonalOptions = {}): readonly PersonalHit[] {
  const hits = pairs.flatMap(({ name, value }) => {
    const own = [...personalDataIn(value, { ...options, key: name }), ...personalDataIn(name, options)]
    return own.map(hit => ({ ...hit, names: [name] }))
  })
  return pairs.length < 2 ? hits : [...hits, ...splitDataIn(pairs, options)]
}

/** Only what several cookies hold together and none of them alone. */
export function splitDataIn(pairs: readonly Pair[], options: PersonalOptions = {}): readonly PersonalHit[] {
  const hits: PersonalHit[] = []
  const add = (members: readonly Pair[], kinds: ReadonlySet<PersonalKind>) => {
    const text = members.map(pair => withoutUuids(pair.value).rest).join('')
    const joined = personalDataIn(text, options).filter(hit => kinds.has(hit.kind))
    if (joined.length === 0) return
    const alone = new Set(members.flatMap(({ value }) => personalDataIn(value, options).map(hit => hit.kind)))
    const names = members.map(pair => pair.name)
    for (const { kind } of joined) if (!alone.has(kind)) hits.push({ kind, how: 'split', names })
  }
  for (const members of families(pairs)) add(members, ALL)
  if (hits.length === 0) add(pairs, CERTAIN)
  return hits
}

/** The digits or letter a name ends on when it is one part of several: 'id.0', 'id_1' and 'id2' belong to 'id'. */
export function partOf(name: string): { readonly base: string; readonly part: number } | undefined {
  const code = name.charCodeAt(name.length - 1)
  if (code < 48 || code > 57) return undefined
  const found = PART.exec(name)
  return found === null ? undefined : { base: found[1] ?? '', part: Number(found[2]) }
}

const SHORTEST = 5
const NONE: readonly PersonalHit[] = Object.freeze([])
const PART = /^(.*?)[._:-]?(\d{1,3})$/
const NOT_ASCII = /[^\x00-\x7F]/
const INVISIBLE = /[\u00AD\u200B-\u200D\u2060\uFEFF]/g
const DASHES = /[\u2010-\u2015\u2212]/g

function knownInShort(text: string, { known }: PersonalOptions): readonly PersonalHit[] {
  if (known === undefined || known.length === 0) return NONE
  return holdsKnown(text, knownValues(known)) ? [{ kind: 'known', how: 'plain' }] : NONE
}

function search(text: string, options: PersonalOptions): readonly PersonalHit[] {
  const found = new Map<PersonalKind, string>()
  const known = options.known !== undefined && options.known.length > 0 ? knownValues(options.known) : undefined
  const look = { options, known, found }
  const { readings, isTooLarge } = readingsOf(lookAtUuids(text, look))
  for (const reading of readings) lookAt(reading, look)
  // What unpacks to more than is read is not known to be clean.
  if (isTooLarge) note(found, 'digest', 'gzip')
  return found.size === 0 ? NONE : Array.from(found, ([kind, how]) => ({ kind, how }))
}

type Look = {
  readonly options: PersonalOptions
  readonly known: KnownValues | undefined
  readonly found: Map<PersonalKind, string>
}

function note(found: Map<PersonalKind, string>, kind: PersonalKind, how: string): void {
  if (!found.has(kind)) found.set(kind, how)
}

// Takes the UUIDs out, whose parts would read as all manner of numbers, and answers the rest.
function lookAtUuids(text: string, { options, known, found }: Look): string {
  const { rest, telling } = withoutUuids(text)
  for (const hex of telling) {
    if (known !== undefined && holdsKnownDigest([hex], known)) note(found, 'known', 'hash')
    if (options.isRandom !== true) note(found, 'digest', 'hash')
  }
  return rest
}

function lookAt(reading: Reading, look: Look): void {
  const { options, known, found } = look
  const { tokens } = reading
  const rest = reading.how === '' ? keyed(reading.text, options.key) : lookAtUuids(reading.text, look)
  const text = NOT_ASCII.test(rest) ? plainSigns(rest) : rest
  const how = reading.how === '' ? plainly(text) : reading.how
  const { run, capitals, hasGap, hasKey } = countSigns(text)
  // In chance, two letters between two signs are no name.
  const shortest = options.isRandom === true ? 3 : 2
  if (holdsEmail(text)) note(found, 'email', how)
  if (run >= 8 && holdsPhone(text)) note(found, 'phone', how)
  if (run >= 10 && holdsCpr({ text, now: options.now })) note(found, 'cpr', how)
  if (run >= 13 && holdsCard(text)) note(found, 'card', how)
  const mayName = (hasGap && capitals >= 2) || (hasKey && HAS_KEY.test(text))
  if (mayName && holdsName(text, shortest)) note(found, 'name', how)
  if (known !== undefined && holdsKnown(text, known)) note(found, 'known', how)
  if (known !== undefined && holdsKnownDigest(tokens, known)) note(found, 'known', 'hash')
  if (tokens.length > 0 && options.isRandom !== true && holdsDigestShape(tokens)) note(found, 'digest', 'hash')
}

// What a number or a word is may stand in the name of the cookie: 'tel' before eight digits.
function keyed(text: string, key: string | undefined): string {
  return key === undefined ? text : `${key}=${text}`
}

const HAS_KEY = /n(?:avn|ame)|user|bruger|kunde|customer/i

function plainly(text: string): string {
  return text.includes('{') || text.includes('["') ? 'json' : 'plain'
}

function plainSigns(text: string): string {
  return text.normalize('NFKC').replace(INVISIBLE, '').replace(DASHES, '-')
}

type Signs = { readonly run: number; readonly capitals: number; readonly hasGap: boolean; readonly hasKey: boolean }

// One pass that spares most values every pattern: `run` is the longest row of digits with at most separators between.
function countSigns(text: string): Signs {
  let run = 0
  let digits = 0
  let capitals = 0
  let hasGap = false
  let hasKey = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 48 && code <= 57) {
      digits += 1
      if (digits > run) run = digits
      continue
    }
    if (code > 127 || GAPS[code] !== 1) digits = 0
    if ((code >= 65 && code <= 90) || code >= 0xc0) capitals += 1
    else if (code === 61 || code === 58) hasKey = true
    else if (code === 32 || code === 43 || code === 44 || code === 95 || code === 37) hasGap = true
  }
  return { run, capitals, hasGap, hasKey }
}

const GAPS = new Uint8Array(128)
for (const sign of ' -._()+') GAPS[sign.charCodeAt(0)] = 1

// Values put side by side by chance may make up a digest's length or a name, but hardly an address.
const CERTAIN: ReadonlySet<PersonalKind> = new Set<PersonalKind>(['email', 'cpr', 'known'])
const ALL: ReadonlySet<PersonalKind> = new Set<PersonalKind>([...CERTAIN, 'phone', 'name', 'card', 'digest'])

function families(pairs: readonly Pair[]): Pair[][] {
  const parts = pairs.flatMap(pair => {
    const part = partOf(pair.name)
    return part === undefined ? [] : [{ pair, ...part }]
  })
  if (parts.length === 0) return []
  const bases = groupBy(parts, part => part.base)
  return Array.from(bases, ([base, members]) => {
    const head = pairs.filter(pair => pair.name === base)
    return [...head, ...members.toSorted((one, other) => one.part - other.part).map(({ pair }) => pair)]
  }).filter(members => members.length > 1)
}
