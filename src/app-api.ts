/** The API: every route goes the same way from key to answer. */
import type { App, Call } from './app.ts'
import * as identity from './identity/identity.ts'
import { once, type Repeatable } from './platform/idempotency.ts'
import { BODY_MOST, fit, parseJson, readBody } from './platform/json-body.ts'
import { languageOf } from './platform/language.ts'
import { describe } from './platform/openapi.ts'
import { within } from './platform/patience.ts'
import { Problem } from './platform/problems.ts'
import { openRateLimit, type RateLimit } from './platform/rate-limit.ts'
import type { ApiAnswer, ApiCall, Route } from './platform/route.ts'
import type { Actor, World } from './platform/world.ts'
import * as policy from './policy/policy.ts'

export type Api = {
  readonly world: World
  readonly routes: readonly Route[]
  readonly version: string
  readonly patience: number
}

type Way = Api & { readonly limit: RateLimit; readonly siteLimit: RateLimit }

/** Calls a second of one key; more get 429. */
const PER_SECOND = 50
/** A site's server speaks for all its visitors. */
const SITE_PER_SECOND = 5_000
const KEY_MOST = 255

/** Mounts the routes, 405 for other methods on their paths, `/openapi.json` and `/healthz`. */
export function mountApi(app: App, api: Api): void {
  const way: Way = { ...api, limit: openRateLimit(PER_SECOND), siteLimit: openRateLimit(SITE_PER_SECOND) }
  for (const route of api.routes) {
    requireKnownTasks(route)
    app.on(route.method.toUpperCase(), route.path, c => answer(way, route, c))
  }
  const methods = Map.groupBy(api.routes, route => route.path)
  for (const [path, routes] of methods) {
    const allowed = routes.flatMap(route => (route.method === 'get' ? ['GET', 'HEAD'] : [route.method.toUpperCase()]))
    app.all(path, c => onlyThese(c, path, allowed))
  }
  const document = JSON.stringify(describe(api.routes, api.version))
  app.get('/openapi.json', c => {
    c.set('route', '/openapi.json')
    return c.body(document, 200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' })
  })
  app.get('/healthz', c => health(api.world, c))
}

/** A misspelt task would let nobody in, or stop the server at the first call: better at its start. */
function requireKnownTasks(route: Route): void {
  for (const task of route.tasks) policy.may('admin', task as policy.Task)
}

type Task = { readonly world: World; readonly route: Route; readonly actor: Actor }

async function answer(way: Way, route: Route, c: Call): Promise<Response> {
  c.set('route', route.path)
  const actor = await actorOf(way, route, c)
  const isAllowed = route.tasks.length === 0 || route.tasks.some(task => policy.may(actor.role, task as policy.Task))
  if (!isAllowed) throw new Problem('identity.not_allowed', { rule: `task.${route.tasks[0]}` })
  const world = c.req.method === 'HEAD' ? withoutActs(way.world, c) : way.world
  const done = handled({ world, route, actor }, c)
  return route.bodyType ? done : within(way.patience, done, () => new Problem('request.slow', { retryAfterSeconds: 5 }))
}

/** HEAD asks what GET would answer and shows nobody anything, so it may look but not act: nothing has left. */
function withoutActs(world: World, c: Call): World {
  const refuse = async () => {
    c.set('allow', 'GET')
    throw new Problem('request.method')
  }
  const pools = { ...world.pools, api: { ...world.pools.api, write: refuse, snapshot: refuse } }
  return Object.create(world, { pools: { value: pools, enumerable: true } }) as World
}

async function actorOf(way: Way, route: Route, c: Call): Promise<Actor> {
  if (route.isPublic) return { id: 'public', role: 'auditor', surface: 'public' }
  const key = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(c.req.header('authorization') ?? '')?.[1]
  const actor = key === undefined ? null : await identity.authenticate(way.world, key)
  if (!actor) throw new Problem('identity.missing')
  const wait = (actor.role === 'site' ? way.siteLimit : way.limit).take(actor.id, performance.now())
  if (wait > 0) throw new Problem('request.too_many', { retryAfterSeconds: wait })
  return actor
}

async function handled({ world, route, actor }: Task, c: Call): Promise<Response> {
  const bytes = route.bodyType ? null : await jsonBytes(route, c)
  if (route.bodyType) requireType(c, route.bodyType)
  const call: ApiCall = {
    world,
    actor,
    params: c.req.param(),
    body: route.body && bytes ? fit(route.body, parseJson(bytes)) : undefined,
    query: route.query ? fit(route.query, queryOf(c)) : undefined,
    request: c.req.raw,
    language: languageOf(c.req.header('accept-language')),
  }
  const key = route.isIdempotent ? c.req.header('idempotency-key') : undefined
  if (key === undefined) return written(route, await route.handle(call))
  if (key.length < 1 || key.length > KEY_MOST) throw badKey()
  const about = [c.req.path, new URL(c.req.url).search, bytes ?? 'streamed']
  const of: Repeatable = { actor, key, about, route: `${route.method} ${route.path}`, status: route.status ?? 200 }
  const outcome = await once(world, of, noting => route.handle({ ...call, world: noting }))
  if (!outcome.isRepeated) return written(route, outcome.answer)
  const again = written({ ...route, status: 200 }, { status: outcome.status, body: { id: outcome.resultId } })
  again.headers.set('idempotent-replayed', 'true')
  return again
}

async function jsonBytes(route: Route, c: Call): Promise<Buffer | null> {
  if (!route.body) return null
  const bytes = await readBody(c.req.raw, BODY_MOST)
  if (bytes.length > 0) requireType(c, 'application/json')
  return bytes
}

function requireType(c: Call, wanted: string): void {
  const [type = '', ...parameters] = (c.req.header('content-type') ?? '')
    .toLowerCase()
    .split(';')
    .map(it => it.trim())
  const charset = parameters
    .find(it => it.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '')
  const isJson = wanted === 'application/json'
  if (type !== wanted || (isJson && charset !== undefined && charset !== 'utf-8'))
    throw new Problem('request.wrong_type')
}

/** A name given once is text, given more often a list; the schema decides which it may be. */
function queryOf(c: Call): { [name: string]: string | string[] } {
  const { searchParams } = new URL(c.req.url)
  const names = [...new Set(searchParams.keys())]
  const valueOf = (name: string) => {
    const all = searchParams.getAll(name)
    return all.length === 1 ? (all[0] as string) : all
  }
  return Object.fromEntries(names.map(name => [name, valueOf(name)]))
}

function written(route: Pick<Route, 'status' | 'responseType'>, done: ApiAnswer): Response {
  const status = done.status ?? route.status ?? 200
  const headers = { 'cache-control': 'no-store' }
  if (done.bytes) {
    const type = route.responseType ?? 'application/octet-stream'
    // Node's typed arrays may lie on shared memory, which a Response does not take; a Buffer of ours never does.
    const body = done.bytes as Uint8Array<ArrayBuffer>
    return new Response(body, {
      status,
      headers: { ...headers, 'content-type': type, 'content-disposition': 'attachment' },
    })
  }
  if (status === 204 || done.body === undefined) return new Response(null, { status, headers })
  const body = JSON.stringify(done.body)
  return new Response(body, { status, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' } })
}

function badKey(): Problem {
  const text = { da: `1 til ${KEY_MOST} tegn.`, en: `1 to ${KEY_MOST} characters.` }
  return new Problem('request.invalid', { faults: [{ field: 'Idempotency-Key', code: 'field.too_large', text }] })
}

function onlyThese(c: Call, path: string, allowed: readonly string[]): never {
  c.set('route', path)
  c.set('allow', allowed.join(', '))
  throw new Problem('request.method', {
    detail: { da: `Her kan bruges: ${allowed.join(', ')}`, en: `Taken here: ${allowed.join(', ')}` },
  })
}

async function health(world: World, c: Call): Promise<Response> {
  c.set('route', '/healthz')
  const inForce = await policy.inForce(world)
  return c.json({ status: 'ok', policy: inForce && { version: inForce.version, sha256: inForce.sha256 } })
}
