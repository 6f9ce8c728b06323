/**
 * The face of cookies: one register for each site, what visitors choose, which browser is whose, what the guards
 * counted and what the scans found (S1–S10).
 */
import type { GuardCount, SiteSettings } from '../../sdk/wire.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import { act, type Actor, type World } from '../platform/world.ts'
import { published } from './settings.ts'
import * as figures from './figures.ts'
import * as store from './store.ts'

export { eraseOutlived, receipt, record } from './choices.ts'
export { enterErased, link, linksOf, unlink, unlinkAll, type Linked, type NewLink } from './links.ts'
export { renderReport } from './report-page.ts'
export type { CookieReport, SiteReport } from './report.ts'
export {
  duePlans,
  latestOf,
  plan,
  plans,
  recordScan,
  report,
  scanDue,
  scanReport,
  scans,
  signerOf,
  unplan,
  type KeptScan,
  type Plan,
  type Recorded as RecordedScan,
  type Scan,
  type Signed as SignedScan,
} from './scans.ts'
export { published, registerFor, type Settings } from './settings.ts'
export { registerOf } from './register-of.ts'
export type { LinkHistory } from './store.ts'

/** What the actor's site works by: its register, its key and our clock. Throws like `published`. */
export async function settings(world: World, actor: Actor): Promise<SiteSettings> {
  // Another process may have adopted a newer policy, or the first.
  const now = await world.pools[actor.surface].read(async tx => {
    await policy.follow(world, tx)
    return tx.now
  })
  const { register, key } = await published(world, actor)
  return { register, key, now: now.toISOString() }
}

/**
 * Adds what a site's guard counted. Throws `request.invalid` for a code that neither a rule of its register has nor
 * the guard itself: a count belongs to a sentence of the policy.
 */
export async function count(world: World, actor: Actor, counts: readonly GuardCount[]): Promise<void> {
  const { register } = await published(world, actor)
  const clauses = new Map([...OWN_REASONS, ...register.rules.map(rule => [rule.code, rule.clause] as const)])
  const known = counts.map((it, index) => {
    const clause = clauses.get(it.code)
    if (clause === undefined)
      throw new Problem('request.invalid', {
        faults: [{ field: `counts.${index}.code`, code: 'cookies.code_unknown' }],
      })
    return { ...it, clause }
  })
  await act(world, actor, async ctx => {
    policy.requireTask(ctx, 'keepSite')
    await store.addCounts(ctx, register.site, merged(known))
    await ledger.appendSystem(ctx, 'cookies.guard_counted', { site: register.site, reasons: known.length })
  })
}

/** Why a guard says no without a rule that forbids: nothing permits it, or there is no list yet. */
const OWN_REASONS = [
  ['policy.no_permit', 'S1'],
  ['cookie.register_unknown', 'S1'],
] as const

type Counted = GuardCount & { readonly clause: string }

/** One row for each day, reason and manner: a statement may touch a row once. */
function merged(counts: readonly Counted[]): Counted[] {
  const groups = Map.groupBy(counts, it => `${it.day} ${it.code} ${it.mode}`)
  return [...groups.values()].map(group => ({
    ...(group[0] as Counted),
    count: group.reduce((sum, it) => sum + it.count, 0),
  }))
}

/** Whether choices wait to be erased. */
export async function outlived(world: World, actor: Actor): Promise<boolean> {
  return world.pools[actor.surface].read(async tx => (await figures.findWhetherToErase(tx)).waits)
}
