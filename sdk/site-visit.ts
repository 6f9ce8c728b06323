/** What a request tells about the visitor: the choice in force, a forged one, the browser's own refusal. Pure. */
import { readChoice } from './choice.ts'
import type { GuardContext } from './guard.ts'
import { isHostOf } from './register.ts'
import { parseCookieHeader } from './set-cookie.ts'
import { isLoopback } from './site-checks.ts'
import type { Known } from './site-settings.ts'
import type { SiteRequest } from './site-types.ts'
import type { Choice, Register } from './wire.ts'

/** The visitor as one request shows them. */
export type Visit = {
  /** What holds now: nothing accepted under a browser's refusal; null when the visitor must be asked (again). */
  readonly choice: Choice | null
  /** The choice as last made, also when it was about an older list; its proof opens the receipt. */
  readonly made: Choice | null
  /** The value of the cookie it was read from, or of whatever stood in its place. */
  readonly value: string | null
  /** The browser sent choice cookies and none of them is ours. */
  readonly isForged: boolean
  readonly isGpc: boolean
}

/** Reads the visit. The newest choice cookie that is ours counts; of one minute, the one that accepts less. */
export function visitOf(request: SiteRequest, known: Known | null, now: Date): Visit {
  const isGpc = request.headers['sec-gpc'] === '1'
  const name = known?.register.choiceCookie
  const sent = name ? (parseCookieHeader(request.headers['cookie']).get(name) ?? []) : []
  const read = known
    ? sent
        .slice(0, SENT_MAX)
        .flatMap(value => {
          const found = readChoice(value, { register: known.register, key: known.key, now })
          return found ? [{ ...found, value }] : []
        })
        .toSorted((one, other) => {
          const { choice: first } = one
          const { choice: second } = other
          return second.chosenAt - first.chosenAt || first.accepted.length - second.accepted.length
        })
    : []
  const newest = read[0]
  const made = newest?.choice ?? null
  const inForce = newest?.isCurrent === true ? newest.choice : null
  return {
    choice: isGpc && inForce ? { ...inForce, accepted: [] } : inForce,
    made,
    value: newest?.value ?? sent[0] ?? null,
    isForged: sent.length > 0 && !newest,
    isGpc,
  }
}

/** The host that rules are about. On a developer's own machine the site's name stands in for it. */
export function ruledHost(request: SiteRequest, register: Register | null): string {
  const host = /^[\w.-]{1,253}(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(request.host) ? request.host : ''
  return register && isLoopback(host) && !isHostOf(register, host) ? register.site : host
}

/** What the guard is told about this request. A stale register allows what is necessary and nothing else. */
export function guardContext(
  request: SiteRequest,
  visit: Visit,
  site: {
    readonly known: Known | null
    readonly personal: readonly string[]
    readonly mode: 'strip' | 'explain'
    readonly now: Date
  },
): GuardContext {
  const register = site.known?.register ?? null
  return {
    register,
    host: ruledHost(request, register),
    choice: site.known?.isStale === true ? null : visit.choice,
    isGpc: visit.isGpc,
    isHttps: request.isHttps,
    isLocal: isLoopback(request.host),
    known: site.personal,
    requestCookies: request.headers['cookie'],
    mode: site.mode,
    now: site.now,
    path: request.path,
  }
}

/** The line that keeps a choice: by HTTP, readable by our script, for the whole site when the policy is. */
export function choiceLine(
  request: SiteRequest,
  cookie: { readonly name: string; readonly value: string; readonly maxAgeSeconds: number },
  register: Register,
): string {
  const isNear = isLoopback(request.host)
  const secure = request.isHttps || !isNear ? '; Secure' : ''
  const isWide = register.includesSubdomains && !isNear && isHostOf(register, request.host)
  const domain = isWide ? `; Domain=${register.site}` : ''
  return `${cookie.name}=${cookie.value}; Path=/; Max-Age=${cookie.maxAgeSeconds}${domain}${secure}; SameSite=Lax`
}

const SENT_MAX = 8
