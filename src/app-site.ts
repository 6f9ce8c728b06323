/**
 * Our own host as a site under the policy: the page "my choice" at `/cookies`, the paths that static pages of our
 * sites post to, and the guard before every cookie we set ourselves.
 */
import { addressIn } from '../sdk/site-tools.ts'
import type { Site, SiteRequest, SiteResponse } from '../sdk/site-types.ts'
import { createSite } from '../sdk/site.ts'
import type { Backend } from '../sdk/wire.ts'
import type { App, Call } from './app.ts'
import * as cookies from './cookies/cookies.ts'
import { readBody } from './platform/json-body.ts'
import { Problem, statusOf } from './platform/problems.ts'
import type { Actor, World } from './platform/world.ts'
import * as policy from './policy/policy.ts'

/** Path below which the SDK answers. */
const SITE_BASE = '/indsigt'
const FORM_MOST = 8 * 1024

/** The sites that our own host can be, made when they are first asked for. */
export type Sites = {
  /** The site of this request's host; on any other host the policy's first site stands in, to be looked at only. */
  of(c: Call): Site
  /** What may go out of the cookies an answer sets. */
  guard(c: Call, lines: readonly string[]): readonly string[]
}

/** Mounts `/cookies`, its English twin and the SDK's own paths. */
export function mountSite(app: App, world: World, scheme: 'http' | 'https'): Sites {
  const sites = openSites(world, scheme)
  for (const [path, language] of [
    ['/cookies', 'da'],
    ['/en/cookies', 'en'],
  ] as const) {
    app.get(path, async c => {
      c.set('route', path)
      const request = { ...requestOf(c, scheme), path: `${SITE_BASE}/choice`, query: `lang=${language}` }
      return respond(c, await answer(sites, c, request))
    })
    app.all(path, c => noOther(c, path))
  }
  app.all(`${SITE_BASE}/*`, async c => {
    c.set('route', `${SITE_BASE}/*`)
    const body = c.req.method === 'POST' ? (await readBody(c.req.raw, FORM_MOST)).toString('utf8') : undefined
    const request = { ...requestOf(c, scheme), ...(body !== undefined && { body }) }
    return respond(c, await answer(sites, c, request))
  })
  return sites
}

async function answer(sites: Sites, c: Call, request: SiteRequest): Promise<SiteResponse> {
  const site = sites.of(c)
  await site.ready()
  const made = await site.handle(request)
  if (!made) throw new Problem('not_found')
  return made
}

function openSites(world: World, scheme: 'http' | 'https'): Sites {
  const open = new Map<string, Site>()
  const of = (c: Call): Site => {
    const { document } = policy.current({ world })
    const host = (c.req.header('host') ?? '').replace(/:\d+$/, '')
    const name = (policy.siteOf(document, host) ?? document.sites[0])?.host
    if (name === undefined) throw new Problem('policy.not_adopted')
    const known = open.get(name)
    if (known) return known
    const made = createSite({
      site: name,
      base: SITE_BASE,
      backend: backendOf(world, name),
      mode: 'strip',
      refreshMs: REFRESH_MS,
      // Every host of the register: the SDK holds an origin against it before it asks here.
      alsoFor: () => true,
    })
    open.set(name, made)
    return made
  }
  return {
    of,
    guard: (c, lines) => (world.rules ? of(c).guard(requestOf(c, scheme), lines).keep : []),
  }
}

/** A policy adopted in another process is in force here within this time. */
const REFRESH_MS = 5_000

/** The same doors that a site's own server has, without the way over the network. */
function backendOf(world: World, site: string): Backend {
  const actor: Actor = { id: 'system:site', role: 'system', surface: 'api', site }
  return {
    settings: () => cookies.settings(world, actor),
    record: submission => cookies.record(world, actor, submission).catch(asFailure),
    receipt: proof => cookies.receipt(world, actor, proof),
    count: counts => cookies.count(world, actor, counts).catch(asFailure),
  }
}

/** A refusal as the SDK knows it from the network: it shows the question again instead of saying that we are away. */
function asFailure(error: unknown): never {
  throw error instanceof Problem ? Object.assign(error, { status: statusOf(error) }) : error
}

function requestOf(c: Call, scheme: 'http' | 'https'): SiteRequest {
  const url = new URL(c.req.url)
  const address = addressIn(c.env)
  return {
    method: c.req.method,
    host: c.req.header('host') ?? '',
    path: url.pathname,
    query: url.search.slice(1),
    isHttps: scheme === 'https',
    headers: c.req.header(),
    ...(address !== undefined && { address }),
  }
}

function respond(c: Call, made: SiteResponse): Response {
  c.set('isAsked', c.req.method === 'POST')
  const headers = new Headers(made.headers)
  for (const line of made.setCookies) headers.append('set-cookie', line)
  const isEmpty = made.status === 204 || made.status === 304 || c.req.method === 'HEAD'
  // Typed arrays of ours never lie on shared memory.
  return new Response(isEmpty ? null : (made.body as string | Uint8Array<ArrayBuffer>), {
    status: made.status,
    headers,
  })
}

function noOther(c: Call, path: string): never {
  c.set('route', path)
  c.set('allow', 'GET, HEAD')
  throw new Problem('request.method')
}
