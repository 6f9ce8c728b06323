/** What the trap site is made of: hosts, behaviours, and the small words in which behaviours are written. */
import { randomBytes } from 'node:crypto'
import type { Persona, Phase } from '../../scanner/report.ts'
import type { StorageKind } from '../../sdk/wire.ts'

/** Every host by the word it goes by here. `metrics` is a tracker that dresses up as a subdomain of the site. */
export const HOSTS = {
  trap: 'trap.localhost',
  sub: 'sub.trap.localhost',
  metrics: 'metrics.trap.localhost',
  tracker: 'tracker.localhost',
  cdn: 'cdn.localhost',
  other: 'other.localhost',
  unfair: 'unfair.localhost',
  good: 'good.localhost',
  clean: 'clean.localhost',
  hostile: 'hostile.localhost',
  broken: 'broken.localhost',
} as const
export type HostWord = keyof typeof HOSTS

/** A host's word and a path: 'trap/indhold'. */
export type Place = `${HostWord}/${string}`

/** The address of a place while the site is open. */
export type Address = (place: Place) => string

/** What the visitor chose on the trap site; 'fortrudt': said yes and took it back. */
export type Chosen = 'ja' | 'nej' | 'fortrudt' | null

/** One request, as a behaviour sees it. */
export type Visit = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly header: (name: string) => string
  readonly cookies: ReadonlyMap<string, string>
  readonly form: URLSearchParams
  readonly chosen: Chosen
  readonly address: Address
}

export type Answer = {
  readonly status?: number
  readonly type?: string
  readonly cookies?: readonly string[]
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string | Buffer
}

/** What a scan of it must say: all of `codes` for this name on this host. */
export type Expected = {
  readonly kind: StorageKind | 'request' | 'api' | 'page' | 'register'
  /** Of a request or page its path; of an api its word in the report; `*` stands for one or more characters. */
  readonly name: string
  /** The name it has in a report, when its own may not be repeated there. */
  readonly shownAs?: string
  readonly host: string
  readonly codes: readonly string[]
  readonly clause: string
  /** Only these visitors meet it; absent: everybody does. */
  readonly personas?: readonly Persona[]
  readonly phase?: Phase
  /** Seconds the browser keeps the cookie; null: a session; 'never': it is not there in the end. */
  readonly kept?: number | null | 'never'
}

export type Behaviour = {
  readonly id: string
  /** The page that does it. */
  readonly page: Place
  readonly how: string
  /** False: it looks like a breach and is none. */
  readonly isTrap: boolean
  readonly expected: Expected
  /** Set-Cookie lines of the page's own answer. */
  readonly cookies?: (visit: Visit) => readonly string[]
  readonly html?: (visit: Visit) => string
  /** Runs at the end of the page, apart from all others; `chance()` and `keep(name, days)` are at hand. */
  readonly script?: (visit: Visit) => string
  readonly routes?: { readonly [place: Place]: (visit: Visit) => Answer }
}

export const DAY = 86_400
/** Days a cookie of the site lives when nothing else is said. */
export const DAYS = 30

/** Twelve letters of chance: an identifier that looks like no digest, number or name. */
export const chance = () => [...randomBytes(12)].map(byte => 'bcdfghjklmnpqrst'[byte & 15]).join('')

/** A Set-Cookie line of an orderly cookie, kept for 30 days; what is in `more` comes after. */
export const lasting = (name: string, value = chance(), more = '') =>
  `${name}=${value}; Path=/; Max-Age=${DAYS * DAY}; SameSite=Lax${more}`

/** The same from a third party, which must ask for more. */
export const foreign = (name: string, more = '') =>
  `${name}=${chance()}; Path=/; Max-Age=${DAYS * DAY}; SameSite=None; Secure${more}`

const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/** A picture of one dot, never cached, which may bring cookies. */
export const dot = (...cookies: readonly string[]): Answer => ({
  type: 'image/gif',
  cookies,
  headers: { 'cache-control': 'no-store' },
  body: GIF,
})

/** An answer that any site of ours may read with cookies. */
export const shared = (visit: Visit, answer: Answer): Answer => ({
  ...answer,
  headers: {
    'access-control-allow-origin': visit.header('origin') || '*',
    'access-control-allow-credentials': 'true',
    'cache-control': 'no-store',
    ...answer.headers,
  },
})

export const picture = (address: string) => `<img src="${address}" width="1" height="1" alt="">`

/** A cookie of the trap site that is expected under these codes. */
export const cookie = (name: string, codes: readonly string[], more: Partial<Expected> = {}): Expected => ({
  kind: 'cookie',
  name,
  host: HOSTS.trap,
  codes,
  clause: 'S1',
  kept: DAYS * DAY,
  ...more,
})
