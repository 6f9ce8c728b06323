/** A person who gave a site something: what a link needs to exist at all. */
import type { Kit } from '../../test/kit.ts'
import * as collection from '../collection/collection.ts'
import { act, type Actor } from '../platform/world.ts'

/** Somebody new who filled in a form on the actor's site. */
export function collect(kit: Kit, site: Actor): Promise<collection.Collected> {
  const version = kit.world.rules?.version ?? 0
  return act(kit.world, site, ctx =>
    collection.collect(ctx, {
      site: `www.${site.site}`,
      category: 'web_contact',
      values: { name: 'Klara Prøve', email: 'klara@example.dk' },
      language: 'da',
      notice: { version, shownAt: new Date(ctx.now.getTime() - 1) },
    }),
  )
}
