/** The terms of a collection on a site: an end that comes in time. Pure. */
import { addDuration, earlierOf, isDate, type CivilDate } from '../lib/civil-date.ts'
import type { Category } from '../policy/types.ts'

/** S16: nothing given on our sites is kept for longer, whatever the policy says. */
const WEBSITE_MAX = 'P5Y'

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
