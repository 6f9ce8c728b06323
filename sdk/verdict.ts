/** What is established about one cookie or stored thing, and what the policy's rules say to it. Pure. */
import { isChoiceShaped } from './choice.ts'
import { personalDataIn } from './personal.ts'
import { categoryOf, entriesFor, isHostOf, isWithin, plainHost } from './register.ts'
import {
  COOKIE_FACTS,
  type Choice,
  type CookieFact,
  type CookieFacts,
  type Entry,
  type Register,
  type Rule,
  type StorageKind,
  type Text,
} from './wire.ts'

/** One thing set, or about to be; a `ParsedCookie` with `kind` is one. */
export type Found = {
  readonly kind: StorageKind
  readonly name: string
  readonly value: string
  /** The Domain attribute without its leading dot; null for a host-only cookie and for storage. */
  readonly domain: string | null
  /** Null: no lifetime of its own. */
  readonly lifetimeSeconds: number | null
  /** Every browser reads it alike. */
  readonly isClear: boolean
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: 'Strict' | 'Lax' | 'None' | null
  readonly partitioned?: boolean
  /** UTF-8 bytes of name and value. */
  readonly bytes: number
}

export type VerdictContext = {
  readonly register: Register
  readonly host: string
  /** The visitor's choice, after its seal held; null when none was made. */
  readonly choice: Choice | null
  readonly isGpc: boolean
  readonly isHttps: boolean
  /** The answer goes to a developer's own machine, whatever site's name stands in for it. */
  readonly isLocal?: boolean
  /** Values the site knows of this visitor; none of them, nor a digest of one, may stand in a cookie. */
  readonly known: readonly string[]
  /** Tells timestamps of today from civil registration numbers. */
  readonly now?: Date
}

export type VerdictReason = {
  readonly code: string
  readonly clause: string
  readonly article: string
  readonly text: Text
}

/** The answer with its reasons, of which there is always one: forbids that hold, else permits, else that none does. */
export type Verdict = { readonly isAllowed: boolean; readonly reasons: readonly VerdictReason[] }

/** Establishes all facts of a found thing. A fact that is not certain is false (or true for a refusal). */
export function factsOf(found: Found, context: VerdictContext): CookieFacts {
  const { register } = context
  const host = plainHost(context.host)
  const entry = entriesFor(register, { kind: found.kind, name: found.name, host })[0]
  const isNecessary = entry !== undefined && categoryOf(register, entry.category)?.isNecessary === true
  const isAccepted = entry !== undefined && context.choice?.accepted.includes(entry.category) === true
  return {
    siteListed: isHostOf(register, host) && staysOnSite(found.domain, host, register),
    cookieDeclared: entry !== undefined,
    cookieNecessary: isNecessary,
    cookieClassified: found.isClear,
    cookiePersistent: isPersistent(found),
    cookieWithinLifetime: isWithinLifetime(found, entry, register),
    cookieSmall: found.bytes <= register.bytesMax,
    cookieClean: isClean(found, entry, context),
    cookieProtected: found.kind !== 'cookie' || isProtected(found, entry, context),
    visitorConsent: isAccepted,
    visitorRefused: !isNecessary && !isAccepted && isRefused(entry, context),
    guideOffered: register.guides.length > 0,
  }
}

/** What the rules say to these facts: any forbid refuses; without a permit nothing is allowed. */
export function decide(rules: readonly Rule[], facts: CookieFacts): Verdict {
  const { tests, known } = preparedRules(rules)
  let held = 0
  for (let bit = 0; bit < COOKIE_FACTS.length; bit += 1) if (facts[COOKIE_FACTS[bit] as CookieFact]) held |= 1 << bit
  const before = known.get(held)
  if (before !== undefined) return before
  const verdict = judge(tests, held)
  known.set(held, verdict)
  return verdict
}

/** It is the choice cookie and has its shape, which has no room for anything about a person but chance. */
export function isOwnChoice({ name, value }: Pick<Found, 'name' | 'value'>, register: Register): boolean {
  return name === register.choiceCookie && isChoiceShaped(value)
}

type Test = { readonly isForbid: boolean; readonly need: number; readonly ban: number; readonly reason: VerdictReason }
type Prepared = { readonly tests: readonly Test[]; readonly known: Map<number, Verdict> }

const prepared = new WeakMap<readonly Rule[], Prepared>()

function preparedRules(rules: readonly Rule[]): Prepared {
  const before = prepared.get(rules)
  if (before !== undefined) return before
  const made = { tests: rules.map(testOf), known: new Map<number, Verdict>() }
  prepared.set(rules, made)
  return made
}

function testOf({ effect, code, clause, article, text, when, unless }: Rule): Test {
  return {
    isForbid: effect === 'forbid',
    need: bitsOf(when),
    ban: bitsOf(unless),
    reason: { code, clause, article, text },
  }
}

// A fact this version does not know is never established: what needs it does not hold.
function bitsOf(facts: readonly CookieFact[]): number {
  return facts.reduce((bits, fact) => {
    const bit = COOKIE_FACTS.indexOf(fact)
    return bits | (1 << (bit < 0 ? UNKNOWN_BIT : bit))
  }, 0)
}

const UNKNOWN_BIT = 30

function judge(tests: readonly Test[], held: number): Verdict {
  const holds = (test: Test) => (held & test.need) === test.need && (held & test.ban) === 0
  const holding = tests.filter(holds)
  const forbids = holding.filter(test => test.isForbid)
  if (forbids.length > 0) return { isAllowed: false, reasons: forbids.map(test => test.reason) }
  if (holding.length > 0) return { isAllowed: true, reasons: holding.map(test => test.reason) }
  const nearest = tests.find(test => !test.isForbid)?.reason
  return {
    isAllowed: false,
    reasons: [{ ...NO_PERMIT, ...(nearest && { clause: nearest.clause, article: nearest.article }) }],
  }
}

const NO_PERMIT: VerdictReason = {
  code: 'policy.no_permit',
  clause: '',
  article: 'GDPR 5(1)(a)',
  text: {
    da: 'Ingen regel tillader det: der er ikke sagt ja, og det er ikke strengt nødvendigt.',
    en: 'No rule allows it: nobody said yes, and it is not strictly necessary.',
  },
}

// A choice refuses what it does not accept; what no list names it refuses only when it refuses everything.
function isRefused(entry: Entry | undefined, { choice, isGpc }: VerdictContext): boolean {
  if (choice === null) return isGpc
  return entry !== undefined || choice.accepted.length === 0
}

// A Domain attribute hands the cookie to every host below it, so all of those must be the site's (S1).
function staysOnSite(domain: string | null, host: string, register: Register): boolean {
  if (domain === null) return true
  const plain = plainHost(domain)
  return register.includesSubdomains && isHostOf(register, plain) && isWithin(host, plain)
}

function isPersistent({ kind, lifetimeSeconds }: Found): boolean {
  if (kind === 'sessionStorage') return false
  return kind !== 'cookie' || lifetimeSeconds !== null
}

// Storage has no expiry to compare unless its keeper wrote one down; who sweeps it answers for its time.
function isWithinLifetime(found: Found, entry: Entry | undefined, register: Register): boolean {
  const { lifetimeSeconds } = found
  if (lifetimeSeconds === null) return true
  if (lifetimeSeconds > register.lifetimeMaxSeconds) return false
  return entry === undefined || (entry.lifetimeSeconds !== null && lifetimeSeconds <= entry.lifetimeSeconds)
}

function isClean(found: Found, entry: Entry | undefined, { register, known, now }: VerdictContext): boolean {
  const { name, value } = found
  if ((entry?.values ?? null)?.includes(value) === false) return false
  // Only Indsigt writes what stands in the choice cookie; a site could keep anything under its name.
  if (name === register.choiceCookie) return isOwnChoice(found, register)
  const isRandom = entry?.isRandom === true
  if (personalDataIn(value, { known, isRandom, now, key: name }).length > 0) return false
  // A name that the policy writes out is the policy's own; one that fits a pattern was made up by the site.
  return entry?.name === name || personalDataIn(name, { known, now }).length === 0
}

// At least what the list promises; and a cookie that says nothing of SameSite leaves the answer to the browser.
function isProtected(found: Found, entry: Entry | undefined, context: VerdictContext): boolean {
  const { secure, httpOnly, sameSite } = found
  if (sameSite === null) return false
  if (!secure && (sameSite === 'None' || found.partitioned === true)) return false
  if (entry === undefined) return true
  if (entry.secure && !secure && (context.isHttps || !(context.isLocal ?? isLocal(context.host)))) return false
  if (entry.httpOnly && !httpOnly) return false
  return STRENGTH[sameSite] >= STRENGTH[entry.sameSite ?? 'None']
}

const STRENGTH = { None: 0, Lax: 1, Strict: 2 } as const

function isLocal(host: string): boolean {
  const plain = plainHost(host)
  return isWithin(plain, 'localhost') || plain === '127.0.0.1' || plain === '[::1]'
}
