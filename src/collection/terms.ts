/** The terms of a collection on a site: a host of ours, a notice seen before, an end that comes in time. Pure. */
import { addDuration, earlierOf, isDate, type CivilDate } from '../lib/civil-date.ts'
import type { Fault } from '../platform/problems.ts'
import type { Category, PolicyDocument } from '../policy/types.ts'

/** S16: nothing given on our sites is kept for longer, whatever the policy says. */
const WEBSITE_MAX = 'P5Y'
/** A page open for longer than this may show words that no longer hold. */
const SHOWN_MAX_MS = 24 * 60 * 60 * 1000

/** Whether the host is one of the policy's sites, or below one that says so. Host names only, no ports. */
export function isOurSite(host: string, sites: PolicyDocument['sites']): boolean {
  const name = host.toLowerCase()
  return sites.some(site => name === site.host || (site.subdomains === true && name.endsWith(`.${site.host}`)))
}

export type Shown = { readonly version: number; readonly shownAt: Date }

/**
 * What is wrong with the notice the visitor was shown (S11): it must be the policy in force, shown after it was
 * adopted, before now and not long ago. Empty when nothing is.
 */
export function faultsOfNotice(shown: Shown, inForce: { version: number; adoptedAt: Date }, now: Date): Fault[] {
  const at = shown.shownAt.getTime()
  const add = (field: string, code: string) => [{ field: `notice.${field}`, code: `collection.${code}`, clause: 'S11' }]
  if (shown.version !== inForce.version) return add('version', 'notice_outdated')
  if (Number.isNaN(at) || at > now.getTime()) return add('shownAt', 'notice_after_collection')
  if (at < inForce.adoptedAt.getTime()) return add('shownAt', 'notice_before_it_was_published')
  return at < now.getTime() - SHOWN_MAX_MS ? add('shownAt', 'notice_too_long_ago') : []
}

/**
 * The day by which it goes: when the purpose ends, the category's own longest time, and five years at most,
 * whichever comes first. Null when the purpose had ended before it began.
 */
export function eraseByOf(category: Category, today: CivilDate, purposeEndsOn: CivilDate | null): CivilDate | null {
  if (purposeEndsOn !== null && (!isDate(purposeEndsOn) || purposeEndsOn < today)) return null
  const { maximum = WEBSITE_MAX } = category.retention
  const longest = earlierOf(addDuration(today, maximum), addDuration(today, WEBSITE_MAX))
  return purposeEndsOn === null ? longest : earlierOf(longest, purposeEndsOn)
}

/** The relationship a category belongs to; null for what no form on a site may bring. */
export function relationshipOf(category: Category): 'webAccount' | 'application' | null {
  if (!category.sources.includes('website')) return null
  return category.population === 'applicant' ? 'application' : 'webAccount'
}
