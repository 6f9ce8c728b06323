/** What is to be said of pages: how they ask, where they point to, and which of them were not seen. Pure. */
import { line } from './evidence.ts'
import { spokenPage, type Hit } from './finding.ts'
import { deadLinks, guideHits } from './judge-guides.ts'
import { deniedVisits } from './judge-denied.ts'
import type { GuideCheck, PageVisit, Severity, Sighting } from './report.ts'
import { bareOf, hostOf } from './site.ts'
import type { Ground } from './judge-storage.ts'

export type Visited = {
  readonly visits: readonly PageVisit[]
  readonly sightings: readonly Sighting[]
  readonly guides: readonly GuideCheck[]
}

/** Everything there is to say about the pages. */
export function judgePages(visited: Visited, ground: Ground): Hit[] {
  const all = visited.visits.filter(it => it.outcome === 'seen' && ground.map.isOurs(hostOf(it.page)))
  const seen = all.filter(it => !isOdd(it, all))
  const dead = deadLinks(visited, ground)
  return [
    ...visited.visits.flatMap(it => notSeen(it, { dead, ground })),
    ...seen.flatMap(it => ofManners(it, { visited, dead, ground })),
    ...deniedVisits(all).map(({ visit, severity }) =>
      hit(visit, ground, { code: 'scan.needs_cookies', clause: 'S10', severity }),
    ),
    ...guideHits(visited, ground),
  ]
}

/** Shows nothing at all, while another visitor saw the page: it may have been too busy to be asked. */
function isOdd(visit: PageVisit, all: readonly PageVisit[]): boolean {
  return isBlank(visit) && all.some(it => !isBlank(it) && bareOf(it.page) === bareOf(visit.page))
}

function isBlank({ words, choiceControl, banner, guideLinks }: PageVisit): boolean {
  return words === 0 && !choiceControl && banner === null && guideLinks.length === 0
}

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
  if (visit.outcome === 'seen' || dead.has(bareOf(visit.page))) return []
  return [hit(visit, ground, { code: NOT_SEEN[visit.outcome], clause: 'S1', severity: 'note' })]
}

function ofManners(visit: PageVisit, { visited, dead, ground }: Around): Hit[] {
  const say = (code: string, clause: string, severity: Severity) => hit(visit, ground, { code, clause, severity })
  const isAsking = visited.visits.some(it => it.banner !== null && isSameHost(it, visit))
  // Before a choice its banner is the control, so one visitor who found it is enough.
  const hasControl = visited.visits.some(it => it.choiceControl && bareOf(it.page) === bareOf(visit.page))
  const isTarget = isGuide(visit, visited.visits, ground)
  const setsHere = visited.sightings.some(it => it.event === 'set' && bareOf(it.page) === bareOf(visit.page))
  const setsAtAll = visited.sightings.some(it => hostOf(it.page) === hostOf(visit.page))
  const hasDead = visit.guideLinks.some(link => dead.has(bareOf(link)))
  return [
    ...(visit.rejectOnFirstLayer === false ? [say('scan.no_reject', 'S1', 'breach')] : []),
    ...(visit.isFair === false ? [say('scan.unfair_banner', 'S1', 'breach')] : []),
    ...(isAsking && !hasControl && !isTarget ? [say('scan.no_choice_control', 'S8', 'breach')] : []),
    ...(setsAtAll && !pointsToGuide(visit, ground) && !isTarget
      ? [say('scan.no_guide', 'S9', setsHere ? 'breach' : 'doubt')]
      : []),
    ...(hasDead && !isTarget ? [say('scan.dead_guide', 'S9', 'breach')] : []),
  ]
}

/** Our own banner names the guides, and so does the page of the choice; else any link of the page that looks so. */
function pointsToGuide({ banner, guideLinks }: PageVisit, { register }: Ground): boolean {
  const guides = new Set(register?.guides.map(guide => bareOf(guide.url)))
  return banner === OURS || guideLinks.some(link => guides.has(bareOf(link)) || GUIDE_WORDS.test(pathOf(link)))
}

/** What the scanner calls the banner of this system. */
const OURS = 'indsigt'
// Words in addresses of guides and of cookie pages, which carry them; and our own page of the choice.
const GUIDE_WORDS = /vejled|guide|cookie|browser|help|support|hjaelp|privat|privacy|politik|policy|\/indsigt\/choice$/i

/** The guide itself and the page of the choice need not point to themselves. */
function isGuide(visit: PageVisit, visits: readonly PageVisit[], { register }: Ground): boolean {
  const targets = [...visits.flatMap(it => it.guideLinks), ...(register?.guides.map(guide => guide.url) ?? [])]
  return targets.some(target => bareOf(target) === bareOf(visit.page))
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

const pathOf = (page: string): string => (URL.canParse(page) ? new URL(page).pathname : page)
const isSameHost = (one: PageVisit, other: PageVisit): boolean => hostOf(one.page) === hostOf(other.page)
