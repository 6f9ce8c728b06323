/** What an adapter needs to meet a site: requests in its words, tools for pages, the explanation in a header. */
import type { Socket } from 'node:net'
import type { Guarded } from './guard.ts'
import { personalDataIn } from './personal.ts'
import { plainAddress } from './site-pace.ts'
import type { Site, SiteRequest } from './site-types.ts'
import type { Choice, Language } from './wire.ts'

/** What a route of the site's own finds on its request. */
export type Tools = {
  /** HTML for the page's head. */
  head(language?: Language): string
  /** HTML of the banner; put it right after `<body>`. */
  banner(language?: Language): string
  /** True when cookies, scripts or the like of this category may be used now. */
  allows(category: string): boolean
  choice(): Choice | null
  /** Values of the signed-in person that no cookie may hold. */
  remember(...known: readonly string[]): void
  /** The visitor's sealed choice, for linking from the server at sign-up or login; null when none was made. */
  visitor(): string | null
}

/** The tools for one request. */
export function toolsFor(site: Site, request: SiteRequest): Tools {
  return {
    head: language => site.head(request, language),
    banner: language => site.banner(request, language),
    allows: category => site.allows(request, category),
    choice: () => site.choice(request),
    remember: (...known) => site.remember(request, known),
    visitor: () => site.visitor(request),
  }
}

/** A request as a server sees it. `target` is what stands in the request line. */
export type RawRequest = {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly isEncrypted: boolean
  /** The other end of the socket. */
  readonly address?: string | undefined
  readonly body?: string
}

/** Tells a request in the site's words. What a proxy forwards is believed only when the site says so. */
export function siteRequest(site: Pick<Site, 'trustProxy'>, raw: RawRequest): SiteRequest {
  const headers = Object.fromEntries(
    Object.entries(raw.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  const target = raw.target.startsWith('/') ? raw.target : pathOf(raw.target)
  const question = target.indexOf('?')
  const last = (name: string) => (site.trustProxy ? headers[name]?.split(',').at(-1)?.trim() : undefined)
  const scheme = last('x-forwarded-proto')
  const request = {
    method: raw.method,
    host: last('x-forwarded-host') ?? headers['host'] ?? headers[':authority'] ?? '',
    path: question < 0 ? target : target.slice(0, question),
    query: question < 0 ? '' : target.slice(question + 1),
    isHttps: scheme === undefined ? raw.isEncrypted : scheme === 'https',
    headers,
  }
  const forwarded = last('x-forwarded-for')
  const address = forwarded === undefined ? raw.address : plainAddress(forwarded)
  const { body } = raw
  return { ...request, ...(address !== undefined && { address }), ...(body !== undefined && { body }) }
}

/** The other end of the socket, where Hono's server for Node tells it: in the environment of its context. */
export function addressIn(environment: unknown): string | undefined {
  const { incoming } = (environment ?? {}) as { readonly incoming?: { readonly socket?: Partial<Socket> } }
  return incoming?.socket?.remoteAddress
}

/** Header in which 'explain' tells what would have been stripped: names, codes and clauses, never a value. */
export const EXPLAIN_HEADER = 'x-indsigt-explain'

/** The text of that header, also for the developer's console; null when there is nothing to tell. */
export function explanation(site: Pick<Site, 'mode'>, guarded: Guarded): string | null {
  if (site.mode !== 'explain' || guarded.stripped.length === 0) return null
  const told = guarded.stripped.map(({ name, reasons }) => {
    // A name can be an e-mail address, and then it is what must not be told.
    const isTold = personalDataIn(name).length === 0
    const shown = isTold ? name.replace(/[^\w.*-]/g, '?').slice(0, 64) : '(personal data)'
    return `${shown}: ${reasons.map(({ code, clause }) => (clause ? `${code} (${clause})` : code)).join(', ')}`
  })
  return told.join('; ').slice(0, EXPLAIN_CHARACTERS_MAX)
}

const EXPLAIN_CHARACTERS_MAX = 2000

function pathOf(target: string): string {
  if (!URL.canParse(target)) return '/'
  const url = new URL(target)
  return url.pathname + url.search
}
