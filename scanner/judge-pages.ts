/** What is to be said of pages: how they ask, where they point to, and which of them were not seen. Pure. */
import { line } from './evidence.ts'
import { spokenPage, type Hit } from './finding.ts'
import type { PageVisit, Persona, Severity, Sighting } from './report.ts'
import type { Ground } from './judge-storage.ts'

export type Visited = { readonly visits: readonly PageVisit[]; readonly sightings: readonly Sighting[] }

/** Everything there is to say about the pages. */
export function judgePages(visited: Visited, ground: Ground): Hit[] {
  const all = visited.visits.filter(it => it.outcome === 'seen' && ground.map.isOurs(hostOf(it.page)))
  const { seen, blank } = lookedAt(all)
  const dead = deadLinks(visited.visits, ground)
  return [
    ...visited.visits.flatMap(it => notSeen(it, { dead, ground })),
    ...seen.flatMap(it => ofManners(it, { visited, dead, ground })),
    ...blank.map(it => hit(it, ground, { code: 'scan.needs_cookies', clause: 'S10', severity: 'doubt' })),
  ]
}

/**
 * Visits that were looked at. One that shows nothing at all, while another visitor saw the page, may have been too
 * busy to be asked; for a visitor who said no it may be the answer to that, and is a doubt.
 */
function lookedAt(visits: readonly PageVisit[]) {
  const isBlank = (it: PageVisit) =>
    !it.isReadable && !it.choiceControl && it.banner === null && it.guideLinks.length === 0
  const shown = new Set(visits.filter(it => !isBlank(it)).map(it => bare(it.page)))
  const isOdd = (it: PageVisit) => isBlank(it) && shown.has(bare(it.page))
  return {
    seen: visits.filter(it => !isOdd(it)),
    blank: visits.filter(it => isOdd(it) && REFUSERS.includes(it.persona) && (it.status ?? 200) < 400),
  }
}

const REFUSERS: readonly Persona[] = ['reject', 'withdraw', 'gpc', 'thirdPartyBlocked']

type Around = { readonly visited: Visited; readonly dead: ReadonlySet<string>; readonly ground: Ground }
type Said = Pick<Hit, 'code' | 'clause' | 'severity'>

const NOT_SEEN: { readonly [outcome in Exclude<PageVisit['outcome'], 'seen'>]: string } = {
  timedOut: 'scan.page_timeout',
  redirectLoop: 'scan.page_redirects',
  certificate: 'scan.page_certificate',
  loginNeeded: 'scan.page_login',
  tooLarge: 'scan.page_too_large',
  crashed: 'scan.page_crashed',
  unreachable: 'scan.page_unreachable',
  refusedAddress: 'scan.page_refused_address',
}

/** What was not covered is said, so that silence proves something. A dead guide has a finding of its own. */
function notSeen(visit: PageVisit, { dead, ground }: Omit<Around, 'visited'>): Hit[] {
  if (visit.outcome === 'seen' || dead.has(bare(visit.page))) return []
  return [hit(visit, ground, { code: NOT_SEEN[visit.outcome], clause: 'S1', severity: 'note' })]
}

function ofManners(visit: PageVisit, { visited, dead, ground }: Around): Hit[] {
  const say = (code: string, clause: string, severity: Severity) => hit(visit, ground, { code, clause, severity })
  const isAsking = visited.visits.some(it => it.banner !== null && isSameHost(it, visit))
  // Before a choice its banner is the control, so one visitor who found it is enough.
  const hasControl = visited.visits.some(it => it.choiceControl && bare(it.page) === bare(visit.page))
  const isTarget = isGuide(visit, visited.visits, ground)
  const setsHere = visited.sightings.some(it => it.event === 'set' && bare(it.page) === bare(visit.page))
  const setsAtAll = visited.sightings.some(it => hostOf(it.page) === hostOf(visit.page))
  const hasDead = visit.guideLinks.some(link => dead.has(bare(link)))
  return [
    ...(visit.rejectOnFirstLayer === false ? [say('scan.no_reject', 'S1', 'breach')] : []),
    ...(visit.isFair === false ? [say('scan.unfair_banner', 'S1', 'breach')] : []),
    ...(isAsking && !hasControl && !isTarget ? [say('scan.no_choice_control', 'S8', 'breach')] : []),
    ...(setsAtAll && !pointsToGuide(visit, ground) && !isTarget
      ? [say('scan.no_guide', 'S9', setsHere ? 'breach' : 'doubt')]
      : []),
    ...(hasDead && !isTarget ? [say('scan.dead_guide', 'S9', 'breach')] : []),
    ...(visit.isReadable || (visit.status ?? 200) >= 400 ? [] : [say('scan.needs_cookies', 'S10', 'breach')]),
  ]
}

/** A page counts as pointing to the guides when any of its links does. */
function pointsToGuide({ guideLinks }: PageVisit, { register }: Ground): boolean {
  const guides = new Set(register?.guides.map(guide => bare(guide.url)))
  return guideLinks.some(link => guides.has(bare(link)) || GUIDE_WORDS.test(pathOf(link)))
}

// Words in addresses of guides and of cookie pages, which carry them.
const GUIDE_WORDS = /vejled|guide|cookie|browser|help|support|hjaelp|privat|privacy|politik|policy/i

/** The guide itself and the page of the choice need not point to themselves. */
function isGuide(visit: PageVisit, visits: readonly PageVisit[], { register }: Ground): boolean {
  const targets = [...visits.flatMap(it => it.guideLinks), ...(register?.guides.map(guide => guide.url) ?? [])]
  return targets.some(target => bare(target) === bare(visit.page))
}

/** Guides that were asked for and did not answer, or answered that they are gone. */
function deadLinks(visits: readonly PageVisit[], { register }: Ground): ReadonlySet<string> {
  const declared = register?.guides.map(guide => guide.url) ?? []
  const links = new Set([...visits.flatMap(it => it.guideLinks), ...declared].map(bare))
  const gone = visits.filter(it => it.outcome === 'unreachable' || (it.status !== null && it.status >= 400))
  return new Set(gone.map(it => bare(it.page)).filter(page => links.has(page)))
}

function hit(visit: PageVisit, { map }: Ground, said: Said): Hit {
  return {
    ...said,
    kind: 'page',
    name: spokenPage(pathOf(visit.page)),
    host: map.nameOf(hostOf(visit.page)),
    page: visit.page,
    persona: visit.persona,
    evidence: [
      ...line('status', visit.status === null ? undefined : String(visit.status)),
      ...line('banner', visit.banner),
      ...line('bytes', visit.outcome === 'tooLarge' ? String(visit.bytes) : undefined),
    ],
  }
}

const bare = (page: string): string => page.replace(/[?#].*$/s, '').replace(/\/$/, '')
const hostOf = (page: string): string => (URL.canParse(page) ? new URL(page).hostname : '')
const pathOf = (page: string): string => (URL.canParse(page) ? new URL(page).pathname : page)
const isSameHost = (one: PageVisit, other: PageVisit): boolean => hostOf(one.page) === hostOf(other.page)
