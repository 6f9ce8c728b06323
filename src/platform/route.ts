/** What a route of the API is; each module lists its own in `api.ts`, and OpenAPI is made from the same list. */
import type { z } from 'zod'
import type { Bilingual } from './problems.ts'
import type { Actor, World } from './world.ts'

export type Route = {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** Path with parameters in Hono's form, e.g. '/v1/cases/:caseId'. Ids only, never personal data. */
  readonly path: string
  /** Unique name in OpenAPI, e.g. 'openCase'. */
  readonly id: string
  readonly summary: Bilingual
  /** Task the role must be allowed to do (checked before the handler); several: any one of them. */
  readonly tasks: readonly string[]
  readonly body?: z.ZodType
  /** Content type of a body that is not JSON; the handler then reads `call.request` itself. */
  readonly bodyType?: string
  readonly query?: z.ZodType
  readonly response?: z.ZodType
  /** Content type of an answer that is not JSON. */
  readonly responseType?: string
  readonly status?: 200 | 201 | 202 | 204
  /** Anybody may read it without a key; it sees what the public database role sees. */
  readonly isPublic?: boolean
  /** The route makes something: it takes an Idempotency-Key. */
  readonly isIdempotent?: boolean
  handle(call: ApiCall): Promise<ApiAnswer>
}

export type ApiCall = {
  readonly world: World
  readonly actor: Actor
  readonly params: { readonly [name: string]: string }
  /** Parsed by the route's own schema. */
  readonly body: unknown
  readonly query: unknown
  readonly request: Request
  readonly language: 'da' | 'en'
}

export type ApiAnswer = {
  readonly status?: number
  readonly body?: unknown
  /** Bytes instead of JSON, with the route's `responseType`. */
  readonly bytes?: Uint8Array
  /** Id of what was made, remembered with an Idempotency-Key. */
  readonly resultId?: string
}

/** Keeps the inferred body and query types inside a handler. */
export function route<Body extends z.ZodType, Query extends z.ZodType>(
  spec: Omit<Route, 'body' | 'query' | 'handle'> & {
    readonly body?: Body
    readonly query?: Query
    handle(
      call: Omit<ApiCall, 'body' | 'query'> & { readonly body: z.infer<Body>; readonly query: z.infer<Query> },
    ): Promise<ApiAnswer>
  },
): Route {
  return spec
}
