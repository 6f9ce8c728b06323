/** Follows one visitor's cookie jar: matches what was tried with what the browser keeps. Pure: jar and time come in. */
import { COOKIE_BYTES_MAX, parseAttempt, type ParsedCookie } from '../sdk/set-cookie.ts'
import type { CookieAttempt, CookieWatch, JarCookie, Visitor } from './model.ts'
import type { Sighting } from './report.ts'
import { hostOf, partyOf, reaches, sourceOf } from './site.ts'

/** A jar is asked for every 250 ms; what is not there at the second look after an attempt was taken out again. */
const SETTLE_MS = 300
const UNEXPLAINED_MS = 600
const TELLING_CHARS_MIN = 6

/** What the visitor's state must tell for a sighting. */
export type Place = Pick<Visitor, 'persona' | 'phase'> & { readonly page: string }

/** An empty watch. `isCommon`: whether another visitor holds the same value in the same cookie. */
export function newWatch(isCommon: CookieWatch['isCommon']): CookieWatch {
  return { isCommon, jar: new Map(), attempts: [], unexplained: new Map(), origins: new Map(), deleted: new Map() }
}

/** Name, path and domain: what makes a cookie one cookie. */
export function keyOf(cookie: JarCookie): string {
  return [cookie.domain, cookie.path, cookie.name, cookie.partition].join('\n')
}

/**
 * Takes a new look at the jar. `askedAt`: when it was asked for (ms); attempts after that wait for the next look.
 * Answers with what can be said for sure now. `isLast` settles everything at once, as before a phase ends.
 */
export function look(
  watch: CookieWatch,
  jar: readonly JarCookie[],
  now: Place & { readonly askedAt: number; readonly isLast?: boolean },
): Sighting[] {
  const next = new Map(jar.map(cookie => [keyOf(cookie), cookie]))
  const said: Sighting[] = []
  settleAttempts(watch, next, { ...now, said })
  settleUnexplained(watch, next, { ...now, said })
  settleGone(watch, next, { ...now, said })
  watch.jar = next
  return said
}

/** What is in the jar now, as left at the end of a phase. */
export function leftovers(watch: CookieWatch, place: Place, at: number): Sighting[] {
  return [...watch.jar].map(([key, cookie]) => {
    const origin = watch.origins.get(key)
    const page = origin?.page ?? place.page
    return { ...sightingOf({ cookie, attempt: origin?.attempt ?? null, place: { ...place, page }, at }), event: 'left' }
  })
}

type Now = Place & { readonly askedAt: number; readonly isLast?: boolean; readonly said: Sighting[] }

function settleAttempts(watch: CookieWatch, jar: Map<string, JarCookie>, now: Now): void {
  const waiting: CookieAttempt[] = []
  for (const attempt of watch.attempts) {
    const line = parseAttempt(attempt.line, new Date(attempt.at))
    // Who only asks for a cookie to be removed sets none, whatever the browser says to that.
    if (!line || line.isDeletion) continue
    const place = { persona: now.persona, phase: attempt.phase, page: attempt.page }
    if (attempt.refused) {
      now.said.push(lostSighting({ attempt, line, place, outcome: 'refused', reason: attempt.refused }))
      continue
    }
    const found = attempt.at <= now.askedAt || now.isLast ? findIn(jar, attempt, line) : null
    if (found) {
      const [key, cookie] = found
      now.said.push(revived(watch, key, sightingOf({ cookie, attempt, place, at: attempt.at })))
      watch.origins.set(key, { attempt, at: attempt.at, phase: attempt.phase, page: attempt.page })
      watch.unexplained.delete(key)
    } else if (now.askedAt - attempt.at > SETTLE_MS || now.isLast) {
      now.said.push(lost(attempt, line, place))
    } else {
      waiting.push(attempt)
    }
  }
  watch.attempts = waiting
}

function settleUnexplained(watch: CookieWatch, jar: Map<string, JarCookie>, now: Now): void {
  for (const [key, cookie] of jar) {
    const before = watch.jar.get(key)
    const origin = watch.origins.get(key)
    const isNew = !before && (!origin || now.askedAt - origin.at > 2 * UNEXPLAINED_MS)
    const isChanged = before && before.value !== cookie.value && origin && now.askedAt - origin.at > 2 * UNEXPLAINED_MS
    if (isNew || isChanged) watch.unexplained.set(key, now.askedAt)
    const since = watch.unexplained.get(key)
    if (since === undefined || (now.askedAt - since < UNEXPLAINED_MS && !now.isLast)) continue
    watch.unexplained.delete(key)
    watch.origins.set(key, { attempt: null, at: since, phase: now.phase, page: now.page })
    now.said.push(revived(watch, key, sightingOf({ cookie, attempt: null, place: now, at: since })))
  }
}

/** Set and taken out again in one phase. What a choice sweeps away, or what ran out, is no such thing. */
function settleGone(watch: CookieWatch, jar: Map<string, JarCookie>, now: Now): void {
  for (const [key, cookie] of watch.jar) {
    if (jar.has(key)) continue
    const origin = watch.origins.get(key)
    watch.origins.delete(key)
    watch.unexplained.delete(key)
    const hasRunOut = cookie.expires > 0 && cookie.expires * 1000 <= now.askedAt + 250
    if (hasRunOut || origin?.phase !== now.phase) continue
    const place = { ...now, page: origin.page }
    const sighting = sightingOf({ cookie, attempt: origin.attempt, place, at: origin.at })
    now.said.push({ ...sighting, outcome: 'gone' })
  }
}

function revived(watch: CookieWatch, key: string, sighting: Sighting): Sighting {
  const isBack = watch.deleted.get(key) === sighting.value
  return isBack && isTelling(watch, key, sighting.value) ? { ...sighting, event: 'respawn' } : sighting
}

/** A value that other visitors got too, or a short word, tells nobody apart: coming back with it is no respawning. */
function isTelling(watch: CookieWatch, key: string, value: string): boolean {
  return value.length >= TELLING_CHARS_MIN && !watch.isCommon(key, value)
}

function findIn(jar: Map<string, JarCookie>, attempt: CookieAttempt, line: ParsedCookie): [string, JarCookie] | null {
  const host = hostOf(attempt.address())
  const mine = [...jar].filter(
    ([, cookie]) =>
      cookie.name === line.name &&
      reaches(cookie.domain, host) &&
      (!line.path || cookie.path === line.path) &&
      matchesDomain(cookie, line),
  )
  return mine.find(([, cookie]) => cookie.value === line.value) ?? mine[0] ?? null
}

function matchesDomain(cookie: JarCookie, line: ParsedCookie): boolean {
  return line.domain === null || cookie.domain.replace(/^\./, '') === line.domain
}

function lost(attempt: CookieAttempt, line: ParsedCookie, place: Place): Sighting {
  const wasKept = attempt.isVisible ?? attempt.via === 'http'
  if (wasKept) return lostSighting({ attempt, line, place, outcome: 'gone', reason: null })
  return lostSighting({ attempt, line, place, outcome: 'refused', reason: reasonOf(line, attempt) })
}

/** document.cookie does not say why it kept nothing; the rules of RFC 6265bis do. */
function reasonOf(line: ParsedCookie, attempt: CookieAttempt): string {
  const address = attempt.address()
  const host = hostOf(address)
  if (line.httpOnly) return 'ScriptHttpOnly'
  if (/^__(host|secure)-/i.test(line.name) && !line.secure) return 'InvalidPrefix'
  if (/^__host-/i.test(line.name) && (line.domain || line.path !== '/')) return 'InvalidPrefix'
  if (line.domain && !reaches(`.${line.domain}`, host)) return 'InvalidDomain'
  if (line.bytes > COOKIE_BYTES_MAX) return 'NameValuePairExceedsMaxSize'
  if (line.secure && address.startsWith('http:') && !/(^|\.)localhost$/.test(host)) return 'SecureOnly'
  if (partyOf(host, hostOf(attempt.page)) === 'third') return 'UserPreferences'
  return 'UnknownError'
}

function lostSighting(found: {
  attempt: CookieAttempt
  line: ParsedCookie
  place: Place
  outcome: 'refused' | 'gone'
  reason: string | null
}): Sighting {
  const { attempt, line, place } = found
  const host = hostOf(attempt.address())
  const cookie: JarCookie = {
    ...line,
    domain: line.domain ? `.${line.domain}` : host,
    path: line.path ?? '/',
    expires: line.lifetimeSeconds === null ? -1 : attempt.at / 1000 + line.lifetimeSeconds,
    partition: line.partitioned ? 'yes' : '',
  }
  const { keptSeconds, ...sighting } = sightingOf({ cookie, attempt, place, at: attempt.at })
  const kept = found.outcome === 'gone' && keptSeconds !== undefined ? { keptSeconds } : {}
  return { ...sighting, ...kept, outcome: found.outcome, reason: found.reason }
}

function sightingOf(found: { cookie: JarCookie; attempt: CookieAttempt | null; place: Place; at: number }): Sighting {
  const { cookie, attempt, place, at } = found
  const address = attempt?.address() ?? ''
  return {
    persona: place.persona,
    phase: place.phase,
    page: place.page,
    kind: 'cookie',
    name: cookie.name,
    host: cookie.domain,
    path: cookie.path,
    party: partyOf(cookie.domain, hostOf(place.page)),
    value: cookie.value,
    raw: attempt?.line ?? null,
    via: attempt?.via ?? 'unknown',
    keptSeconds: cookie.expires < 0 ? null : Math.round(cookie.expires - at / 1000),
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    sameSite: cookie.sameSite,
    partitioned: cookie.partition !== '',
    outcome: 'kept',
    reason: null,
    initiator: attempt ? (attempt.initiator ?? sourceOf(address)) : null,
    stack: attempt?.stack ?? [],
    atMs: Math.max(0, Math.round(at - (attempt?.tab.beganAt ?? at))),
    event: 'set',
  }
}
