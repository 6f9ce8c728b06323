/** Puts a site in front of a Hono app: `app.use(indsigt(site))`, and handlers find `c.get('indsigt')`. */
import { addressIn, toolsFor } from './site-tools.ts'
import type { Site } from './site-types.ts'
import { answerWeb, fromWeb, guardWeb } from './web.ts'

/** What we use of Hono's context. */
export type HonoContext = {
  readonly req: { readonly raw: Request }
  /** Of Hono's server for Node: holds the request as Node has it. */
  readonly env?: unknown
  get res(): Response
  set res(response: Response | undefined)
  set: (key: never, value: never) => void
}

/** Hono middleware: answers our own paths, and guards what every other handler answers, errors and 404 included. */
export function indsigt(site: Site): (c: HonoContext, next: () => Promise<void>) => Promise<Response | void> {
  return async (c, next) => {
    const request = fromWeb(site, c.req.raw, addressIn(c.env))
    const own = await answerWeb(site, c.req.raw, request)
    if (own) return own
    const set = c.set as (key: string, value: unknown) => void
    set('indsigt', toolsFor(site, request))
    await next()
    const guarded = guardWeb(site, request, c.res)
    if (guarded !== c.res) {
      // Hono merges the old response's cookies into a new one unless it is taken away first.
      c.res = undefined
      c.res = guarded
    }
    return undefined
  }
}
