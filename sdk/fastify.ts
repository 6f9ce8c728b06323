/** Puts a site in front of a Fastify app: `app.register(indsigt(site))`, and routes find `request.indsigt`. */
import { installGuards } from './node-guard.ts'
import { answer, guard, requestOf, tools, type NodeRequest, type NodeResponse } from './node.ts'
import type { Tools } from './site-tools.ts'
import type { Site } from './site-types.ts'

/** What we use of Fastify. */
export type FastifyLike = {
  decorateRequest(name: string, value: null): unknown
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void): unknown
}
export type FastifyRequest = { readonly raw: NodeRequest; indsigt?: Tools | null }
export type FastifyReply = { readonly raw: NodeResponse; hijack(): unknown }

/** The plugin. It holds for the whole app, also for routes registered elsewhere and for pages that are not found. */
export function indsigt(site: Site): (app: FastifyLike, options: unknown, done: () => void) => void {
  installGuards()
  const plugin = (app: FastifyLike, _options: unknown, done: () => void): void => {
    app.decorateRequest('indsigt', null)
    app.addHook('onRequest', (request, reply, next) => {
      const known = requestOf(site, request.raw)
      guard(site, reply.raw, known)
      request.indsigt = tools(site, request.raw)
      if (!site.owns(known.path)) {
        next()
        return
      }
      reply.hijack()
      void answer(site, request.raw, reply.raw)
    })
    done()
  }
  // Fastify's own marks: do not wrap this plugin in a scope of its own, and what to call it.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'indsigt-cookies',
  })
}
