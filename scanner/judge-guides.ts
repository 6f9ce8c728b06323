/** What is to be said of the browser guides: dead when their server says so, unchecked when nobody answered. Pure. */
import { line } from './evidence.ts'
import { spoken, type Hit } from './finding.ts'
import type { Ground } from './judge-storage.ts'
import type { GuideCheck, PageVisit } from './report.ts'
import { bareOf, hostOf } from './site.ts'

type Seen = { readonly visits: readonly PageVisit[]; readonly guides: readonly GuideCheck[] }

/** The register's guides that are gone, a breach, and those that could not be asked after, a note. */
export function guideHits({ guides }: Seen, { register }: Ground): Hit[] {
  return (register?.guides ?? []).flatMap(({ name, url }): Hit[] => {
    const status = guides.find(it => it.url === url)?.status ?? null
    if (status !== null && !isGone(status)) return []
    const said = status === null ? UNCHECKED : DEAD
    const evidence = line('status', status === null ? undefined : String(status))
    return [{ ...said, kind: 'register', name: spoken(name), host: hostOf(url), evidence }]
  })
}

/** Addresses of guides, the register's and those that pages link to, whose server said that there is nothing. */
export function deadLinks({ visits, guides }: Seen, { register }: Ground): ReadonlySet<string> {
  const declared = register?.guides.map(guide => guide.url) ?? []
  const links = new Set([...visits.flatMap(it => it.guideLinks), ...declared].map(bareOf))
  // A visit that did not reach the server may still have a status: that of the one way out.
  const answered = visits.filter(it => it.outcome !== 'unreachable' && it.outcome !== 'refusedAddress')
  const gone = [
    ...answered.filter(it => isGone(it.status)).map(it => bareOf(it.page)),
    ...guides.filter(it => isGone(it.status)).map(it => bareOf(it.url)),
  ]
  return new Set(gone.filter(page => links.has(page)))
}

const DEAD = { code: 'scan.dead_guide', clause: 'S9', severity: 'breach' } as const
const UNCHECKED = { code: 'scan.guide_unchecked', clause: 'S9', severity: 'note' } as const

/** Not there, gone for good, or a server that cannot; a refusal (403) is no word on the guide. */
function isGone(status: number | null): boolean {
  return status !== null && (status === 404 || status === 410 || (status >= 500 && status <= 599))
}
