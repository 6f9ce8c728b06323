/** Puts a site in front of an Express app: `app.use(indsigt(site))`, and routes find `request.indsigt`. */
import { installGuards } from './node-guard.ts'
import { step, tools, type NodeRequest, type NodeResponse } from './node.ts'
import type { Tools } from './site-tools.ts'
import type { Site } from './site-types.ts'

/** A request that went through the middleware. */
export type WithIndsigt = { indsigt: Tools }

/**
 * Express middleware. It may stand anywhere in the chain: every Set-Cookie of the response passes the guard, also
 * those set by middleware before it. A route finds banner, head, allows, choice, remember and visitor on
 * `request.indsigt`.
 */
export function indsigt(site: Site): (request: NodeRequest, response: NodeResponse, next: () => void) => void {
  installGuards()
  return (request, response, next) => {
    Object.assign(request, { indsigt: tools(site, request) })
    if (step(site, request, response) === 'passed') next()
  }
}
