/** Judges the Set-Cookie lines of a response by the register and the visitor's choice before they are sent. Pure. */
import { partOf, splitDataIn } from './personal.ts'
import { categoryOf, entriesFor, plainHost } from './register.ts'
import { parseCookieHeader, parseSetCookie, type ParsedCookie } from './set-cookie.ts'
import { decide, factsOf, isOwnChoice, type Verdict, type VerdictContext, type VerdictReason } from './verdict.ts'
import type { CookieFacts, Entry, GuardCount, Register } from './wire.ts'

export type GuardContext = Omit<VerdictContext, 'register'> & {
  /** Null: it was never known; then nothing but a deletion passes. */
  readonly register: Register | null
  /** The Cookie header of the request. */
  readonly requestCookies: string | undefined
  /** 'strip' takes refused lines out; 'explain' lets them through and tells why they would be taken out. */
  readonly mode: 'strip' | 'explain'
  readonly now: Date
  /** Path of the request without its query; cookies may be kept under it. */
  readonly path?: string
}

export type Stripped = { readonly name: string; readonly reasons: readonly VerdictReason[] }

export type Guarded = {
  readonly keep: readonly string[]
  readonly stripped: readonly Stripped[]
  readonly counts: readonly GuardCount[]
}

/**
 * Which lines may be sent, and why the others may not. A line that deletes always passes, when every browser reads it
 * as a deletion, or it is as we write them. A line that browsers ignore is refused: some other reader may not. Without
 * a register every other line is taken out, in either mode.
 */
export function guardLines(lines: readonly string[], context: GuardContext): Guarded {
  if (lines.length === 0) return NOTHING
  const judged = lines.map(line => ({ line, cookie: parseSetCookie(line, context.now) }))
  const split = isKnown(context) ? splitNames(judged, context) : NO_NAMES
  const keep: string[] = []
  const stripped: Stripped[] = []
  for (const one of judged) {
    const { line, cookie } = one
    const verdict = verdictOf(one, context, split)
    if (verdict.isAllowed || (context.mode === 'explain' && context.register !== null)) keep.push(line)
    if (!verdict.isAllowed) stripped.push({ name: cookie?.name ?? '', reasons: verdict.reasons })
  }
  return { keep, stripped, counts: countsOf(stripped, context) }
}

/**
 * Lines that remove what the visitor's browser sent and may hold no longer: declared cookies of categories that are
 * not accepted, HttpOnly ones too (GDPR 7(3)); or, with `names`, exactly the cookies of these names. Each is removed
 * from every host and path that could have set it, in its partitioned form also; those in `first` everywhere before
 * any other, then the likeliest places, and no more lines than fit into the head of an answer on its way through
 * other servers.
 */
export function deletionsFor(context: GuardContext, { names, first = [] }: Deletions = {}): string[] {
  const sent = [...parseCookieHeader(context.requestCookies).keys()]
  const wanted = names?.slice(0, NAMES_MAX) ?? (isKnown(context) ? sent.filter(name => isRefused(name, context)) : [])
  const later = wanted.filter(name => !first.includes(name))
  const domains = domainsOf(context.host)
  const places = pathsOf(context.path).flatMap(path => domains.map(domain => `${domain}; Path=${path}`))
  const lines: string[] = []
  let left = HEAD_BYTES_MAX
  for (const group of [first, later]) {
    const fit = [...new Set(group)].filter(name => NAME.test(name))
    for (const line of places.flatMap(place => fit.flatMap(name => deletionLines(name, place, context)))) {
      left -= line.length + LINE_BYTES
      if (left < 0) return lines
      lines.push(line)
    }
  }
  return lines
}

/** Which cookies are to be deleted; both left out: what is refused. */
export type Deletions = { readonly names?: readonly string[]; readonly first?: readonly string[] }

type KnownContext = GuardContext & { readonly register: Register }
type Judged = { readonly line: string; readonly cookie: ParsedCookie | null }

const NOTHING: Guarded = Object.freeze({ keep: [], stripped: [], counts: [] })
const NO_NAMES: ReadonlySet<string> = new Set()
const NAMES_MAX = 50
// nginx and HAProxy give up on an answer whose head is larger than their buffer: the choice itself would be lost.
const HEAD_BYTES_MAX = 6000
const LINE_BYTES = 14
const PATHS_MAX = 8
// Whatever browsers keep as a name; a line of ours ends neither at it nor within it.
const NAME = /^(?! )[\x20-\x3A\x3C\x3E-\x7E\x80-\xFF]{1,4096}(?<! )$/
/** A deletion as `deletionsFor` writes it: no reader can take another line from it, whatever signs its name has. */
const OWN_DELETION =
  /^(?!__)[^\x00-\x1F\x7F",;=]+=(?:; Domain=[\w.-]+)?; Path=\/[^;",]*; Max-Age=0(?:; Secure(?:; Partitioned)?)?$/

function verdictOf({ line, cookie }: Judged, context: GuardContext, split: ReadonlySet<string>): Verdict {
  if (cookie?.isDeletion === true && (cookie.isClear || OWN_DELETION.test(line))) return DELETES
  if (!isKnown(context)) return NO_REGISTER
  const { register } = context
  if (cookie === null) return decide(register.rules, factsOfUnread(context))
  const facts = factsOf({ kind: 'cookie', ...cookie }, context)
  return decide(register.rules, split.has(cookie.name) ? { ...facts, cookieClean: false } : facts)
}

function isKnown(context: GuardContext): context is KnownContext {
  return context.register !== null
}

// Nothing is certain about a line that cannot be read but the host it comes from.
function factsOfUnread(context: KnownContext): CookieFacts {
  const facts = factsOf({ ...UNREAD, kind: 'cookie', isClear: false }, context)
  return { ...facts, cookieDeclared: false, cookieNecessary: false, visitorConsent: false, cookieClean: false }
}

const UNREAD = {
  name: '',
  value: '',
  domain: null,
  lifetimeSeconds: null,
  secure: false,
  httpOnly: false,
  sameSite: null,
  bytes: 0,
} as const

// Personal data cut in pieces: over the lines of this response, and over parts that the browser already holds.
function splitNames(judged: readonly Judged[], context: KnownContext): ReadonlySet<string> {
  const set = judged.flatMap(({ cookie }) => {
    return cookie === null || cookie.isDeletion || isOwnChoice(cookie, context.register) ? [] : [cookie]
  })
  if (set.length === 0) return NO_NAMES
  const parts = new Set(set.flatMap(({ name }) => partOf(name)?.base ?? []))
  const held = parts.size === 0 ? [] : heldParts(parts, context.requestCookies, set)
  if (set.length + held.length < 2) return NO_NAMES
  const isRandom = set.every(({ name }) => entryOf(name, context)?.isRandom === true)
  const hits = splitDataIn([...held, ...set], { known: context.known, isRandom, now: context.now })
  return new Set(hits.flatMap(hit => hit.names ?? []))
}

function heldParts(bases: ReadonlySet<string>, header: string | undefined, set: readonly ParsedCookie[]) {
  const held: { name: string; value: string }[] = []
  for (const [name, [value = '']] of parseCookieHeader(header)) {
    const base = partOf(name)?.base ?? name
    if (bases.has(base) && !set.some(cookie => cookie.name === name)) held.push({ name, value })
  }
  return held
}

function entryOf(name: string, { register, host }: KnownContext): Entry | undefined {
  return entriesFor(register, { kind: 'cookie', name, host })[0]
}

function isRefused(name: string, context: KnownContext): boolean {
  const entry = entryOf(name, context)
  if (entry === undefined || categoryOf(context.register, entry.category)?.isNecessary === true) return false
  return context.choice?.accepted.includes(entry.category) !== true
}

// Host-only first, then every parent that could carry it: 'a.b.dk' gives '', a.b.dk and b.dk.
function domainsOf(host: string): string[] {
  const plain = plainHost(host)
  const labels = plain.split('.')
  const isAddress = plain.startsWith('[') || /^[\d.]+$/.test(plain)
  const parents = isAddress ? [] : labels.map((_, at) => labels.slice(at)).filter(rest => rest.length > 1)
  return ['', ...parents.map(rest => `; Domain=${rest.join('.')}`)]
}

// '/a/b' gives '/', '/a' and '/a/b': the places from which the browser would have sent it here.
function pathsOf(path = '/'): string[] {
  const steps = /^[\x21-\x3A\x3C-\x7E]*$/.test(path)
    ? path
        .split('/')
        .filter(Boolean)
        .slice(0, PATHS_MAX - 1)
    : []
  return ['/', ...steps.map((_, at) => `/${steps.slice(0, at + 1).join('/')}`)]
}

// A partitioned cookie is another cookie than the one of the same name, and only a partitioned line removes it.
function deletionLines(name: string, place: string, { isHttps }: GuardContext): string[] {
  if (/^__(?:host|http-host|host-http)-/i.test(name) && (place.includes('Domain') || !place.endsWith('Path=/')))
    return []
  const line = `${name}=${place}; Max-Age=0`
  return isHttps ? [`${line}; Secure`, `${line}; Secure; Partitioned`] : [line]
}

function countsOf(stripped: readonly Stripped[], { mode, now }: GuardContext): GuardCount[] {
  if (stripped.length === 0) return []
  const codes = stripped.flatMap(({ reasons }) => reasons.map(reason => reason.code))
  const day = now.toISOString().slice(0, 10)
  return Array.from(new Set(codes), code => ({ day, code, mode, count: codes.filter(one => one === code).length }))
}

const DELETES: Verdict = {
  isAllowed: true,
  reasons: [
    {
      code: 'cookie.deletes',
      clause: 'S8',
      article: 'GDPR 7(3)',
      text: { da: 'Linjen fjerner en cookie.', en: 'The line removes a cookie.' },
    },
  ],
}
const NO_REGISTER: Verdict = {
  isAllowed: false,
  reasons: [
    {
      code: 'cookie.register_unknown',
      clause: 'S1',
      article: 'Cookiebekendtgørelsen § 3',
      text: {
        da: 'Cookielisten kunne ikke hentes, så ingen cookie sættes.',
        en: 'The cookie list could not be fetched, so no cookie is set.',
      },
    },
  ],
}
