/** Which pages are kept from who said no to cookies: by what others saw of the same page. Pure. */
import type { PageVisit, Persona, Severity } from './report.ts'
import { bareOf } from './site.ts'

export type Denied = { readonly visit: PageVisit; readonly severity: Severity }

const REFUSERS: readonly Persona[] = ['reject', 'withdraw', 'gpc']
const KEEPERS: readonly Persona[] = ['accept', 'fresh', 'return', 'english', 'phone']
/** A page with so many words is there to be read, whatever else others get. */
const WORDS_ENOUGH = 20

/**
 * Visits of refusers who were shown clearly less than a visitor whose cookies were kept: fewer than twenty words and
 * not half of the other's, or a wall where the other met none. A page that is short, or covered, for everybody is not
 * kept from anybody. One that showed nothing at all may have been too busy to be asked, and is a doubt.
 */
export function deniedVisits(visits: readonly PageVisit[]): Denied[] {
  const answered = visits.filter(it => (it.status ?? 200) < 400)
  return [...Map.groupBy(answered, it => bareOf(it.page)).values()].flatMap(ofPage)
}

function ofPage(visits: readonly PageVisit[]): Denied[] {
  const kept = visits.filter(it => KEEPERS.includes(it.persona))
  const isOpen = kept.some(it => it.isReadable)
  return REFUSERS.flatMap((persona): Denied[] => {
    // The last visit is the one after the answer.
    const visit = visits.findLast(it => it.persona === persona)
    if (visit === undefined) return []
    // What a banner says is text too: pages that ask are held against pages that ask.
    const alike = kept.filter(it => (it.banner === null) === (visit.banner === null))
    const most = Math.max(0, ...alike.map(it => it.words))
    const isFew = visit.words < WORDS_ENOUGH && visit.words * 2 < most
    if (!isFew && !(isOpen && isWalled(visit))) return []
    return [{ visit, severity: visit.words === 0 ? 'doubt' : 'breach' }]
  })
}

/** A banner that still asks may lie over the page; the wall is what lies there after the answer. */
function isWalled({ isReadable, banner }: PageVisit): boolean {
  return !isReadable && banner === null
}
