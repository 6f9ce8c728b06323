/** The HTTP server's application: what every answer has in common, then the API and the pages. */
import { randomUUID } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { mountApi } from './app-api.ts'
import { mountPages } from './app-pages.ts'
import { mountSite, type Sites } from './app-site.ts'
import { problemPage } from './app-problems.ts'
import { languageOf } from './platform/language.ts'
import { faultFields } from './platform/log.ts'
import { Problem, statusOf, toJson } from './platform/problems.ts'
import type { Route } from './platform/route.ts'
import type { World } from './platform/world.ts'
import * as promises from './promises/promises.ts'
import { contentSecurityPolicy } from './ui/ui.ts'
import * as surfaces from './surfaces.ts'

export type AppOptions = {
  readonly version: string
  /** 'https' when people reach it over TLS; answers then carry HSTS. */
  readonly scheme?: 'http' | 'https'
  /** Default: every route of the list. */
  readonly routes?: readonly Route[]
  /** Longest time an API call may take, in milliseconds. Default: 30,000. */
  readonly patience?: number
}

/** What the parts of the application know about one request. */
export type Variables = {
  requestId: string
  route: string
  allow?: string
  /** The visitor asked for the cookies of this answer, by choosing or removing. */
  isAsked?: boolean
}
export type App = Hono<{ Variables: Variables }>
export type Call = Context<{ Variables: Variables }>

const PATIENCE_MS = 30_000
const URL_MOST = 2048

/** Builds the application on a world; `app.fetch` answers requests, `app.request` does in tests. */
export function createApp(world: World, options: AppOptions): App {
  const routes = options.routes ?? surfaces.routes
  const app: App = new Hono<{ Variables: Variables }>()
  const scheme = options.scheme ?? 'http'
  const own: { sites?: Sites } = {}
  app.use('*', frame(world, scheme, own))
  mountApi(app, { world, routes, version: options.version, patience: options.patience ?? PATIENCE_MS })
  own.sites = mountSite(app, world, scheme)
  mountPages(app, world)
  app.notFound(c => refuse(world, c, new Problem('not_found')))
  app.onError((error, c) => refuse(world, c, error))
  return app
}

/** Around every answer: its number, its headers, its line in the log, and what may be set in a browser. */
function frame(world: World, scheme: 'http' | 'https', own: { readonly sites?: Sites }) {
  return async (c: Call, next: () => Promise<void>): Promise<void> => {
    const started = performance.now()
    const requestId = randomUUID()
    c.set('requestId', requestId)
    c.set('route', 'unknown')
    if (c.req.url.length > URL_MOST) c.res = await refuse(world, c, new Problem('request.too_large'))
    else await next()
    guardCookies(c, own.sites)
    for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    c.res.headers.set('x-request-id', requestId)
    if (scheme === 'https') c.res.headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store')
    promises.countAnswer(world, c.get('isAsked') === true ? [] : c.res.headers.getSetCookie().filter(isKept))
    const durationMs = Math.round(performance.now() - started)
    world.log('info', 'http.answered', { route: c.get('route'), status: c.res.status, durationMs, requestId })
  }
}

/** A line that only takes a cookie away stores nothing. */
function isKept(line: string): boolean {
  return !/;\s*max-age=0\s*(;|$)/i.test(line)
}

/** Our own answers pass the guard of a site: what is not declared does not leave the house (S1–S7). */
function guardCookies(c: Call, sites: Sites | undefined): void {
  const lines = c.res.headers.getSetCookie()
  if (lines.length === 0) return
  c.res.headers.delete('set-cookie')
  for (const line of sites?.guard(c, lines) ?? []) c.res.headers.append('set-cookie', line)
}

const HEADERS = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
} as const

/** A refusal as problem+json, or as a page for somebody who reads pages. */
async function refuse(world: World, c: Call, error: unknown): Promise<Response> {
  const problem = error instanceof Problem ? error : new Problem('fault')
  const requestId = c.get('requestId')
  if (problem !== error) {
    world.log('error', 'http.fault', { ...faultFields(error), route: c.get('route'), requestId })
  }
  const headers: { [name: string]: string } = { vary: 'Accept, Accept-Language' }
  const allow = c.get('allow')
  if (allow !== undefined) headers['allow'] = allow
  const { retryAfterSeconds } = problem.refusal
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds)
  if (problem.code === 'identity.missing') headers['www-authenticate'] = 'Bearer realm="indsigt"'
  const isApi = c.req.path.startsWith('/v1/')
  const page =
    !isApi && c.req.header('accept')?.includes('text/html') ? problemPage(world, c.req.path, problem, requestId) : null
  const status = statusOf(problem)
  if (page) return new Response(page, { status, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' } })
  const language = languageOf(c.req.header('accept-language'))
  const body = JSON.stringify(toJson(problem, language, `urn:uuid:${requestId}`))
  return new Response(body, {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json', 'content-language': language },
  })
}
