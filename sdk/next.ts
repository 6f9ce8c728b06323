/** Puts a site into a Next app on Node: one guard for all responses, the route of our own paths, and the banner. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { guardEveryResponse, guardOf } from './node-guard.ts'
import { requestOf } from './node.ts'
import { siteRequest, toolsFor, type Tools } from './site-tools.ts'
import type { Site, SiteRequest } from './site-types.ts'
import { answerWeb } from './web.ts'

/**
 * The one site of this process. Next loads the same file several times (instrumentation, routes, pages); the site and
 * what it knows must be one. `make` runs the first time only.
 */
export function sharedSite(make: () => Site): Site {
  const place = globalThis as unknown as { [KEY]?: Site }
  return (place[KEY] ??= make())
}

/** Guards every response that this process sends, pages, routes and errors alike. For `instrumentation.ts`. */
export function guardAllResponses(site: Site): void {
  followArrivals()
  guardEveryResponse((response: ServerResponse) => {
    const { req } = response
    const request = requestOf(site, req)
    // Our own route's answers, too: whatever else the app adds to them was not made by the site.
    return guardOf(site, () => request)
  })
}

/** The handlers of `app/indsigt/[...path]/route.ts`: `export const { GET, POST } = routeHandlers(site)`. */
export function routeHandlers(site: Site): Record<'GET' | 'POST', (request: Request) => Promise<Response>> {
  const handler = async (request: Request): Promise<Response> => {
    const answer = await answerWeb(site, request, nextRequest(site, request))
    return answer ?? new Response(null, { status: 404 })
  }
  return { GET: handler, POST: handler }
}

/** What we use of `await headers()`. */
export type NextHeaders = { get(name: string): string | null; entries(): IterableIterator<[string, string]> }

/**
 * What a server component shows, with the visitor's tools. `head` and `banner` are finished HTML for
 * `dangerouslySetInnerHTML`; every value in them is escaped. `path`: the page to return to after a choice without
 * script; when left out, the one the browser names.
 */
export function bannerFor(
  site: Site,
  headers: NextHeaders,
  options: { readonly path?: string; readonly language?: 'da' | 'en' } = {},
): { readonly head: string; readonly banner: string; readonly tools: Omit<Tools, 'remember'> } {
  const all = Object.fromEntries(headers.entries())
  const isEncrypted = all['x-forwarded-proto'] === 'https'
  const raw = siteRequest(site, { method: 'GET', target: options.path ?? '/', headers: all, isEncrypted })
  const request = options.path === undefined ? { ...raw, path: '' } : raw
  const { language } = options
  const tools = toolsFor(site, request)
  return { head: site.head(request, language), banner: site.banner(request, language), tools }
}

const KEY = Symbol.for('indsigt-cookies.site/1')
const ARRIVALS = Symbol.for('indsigt-cookies.arrivals/1')

/**
 * The other end of the socket for whatever is done about a request. Next tells its routes no more than a header that
 * any visitor can write; Node tells of each request as it arrives. One for the process, like the site.
 */
function followArrivals(): void {
  const place = globalThis as unknown as { [ARRIVALS]?: AsyncLocalStorage<string | undefined> }
  if (place[ARRIVALS]) return
  const arrivals = (place[ARRIVALS] = new AsyncLocalStorage<string | undefined>())
  subscribe('http.server.request.start', told => {
    arrivals.enterWith((told as { readonly request: IncomingMessage }).request.socket.remoteAddress)
  })
}

function arrivedFrom(): string | undefined {
  return (globalThis as unknown as { [ARRIVALS]?: AsyncLocalStorage<string | undefined> })[ARRIVALS]?.getStore()
}

/** Next tells its own address in `request.url`; what the visitor asked stands in the headers. */
function nextRequest(site: Site, request: Request): SiteRequest {
  const url = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  const isEncrypted = headers['x-forwarded-proto'] === 'https'
  const target = url.pathname + url.search
  return siteRequest(site, { method: request.method, target, headers, isEncrypted, address: arrivedFrom() })
}
