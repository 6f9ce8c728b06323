/** What a person may know of today: what is held by law leaves no trace in the reply, nor in its gaps. Pure. */
import type { NoticeRow } from '../notices/notices.ts'
import type { Body } from '../subjects/subjects.ts'
import type { DemandRow, HoldRow } from '../work/work.ts'

export type Known = {
  readonly notices: readonly NoticeRow[]
  readonly demands: readonly DemandRow[]
  readonly holds: readonly HoldRow[]
  readonly now: Date
  /** 'YYYY-MM-DD' */
  readonly today: string
  /** Ids of disclosures and their work by the notice that tells of them. */
  readonly workOf: ReadonlyMap<string, readonly string[]>
}

/**
 * Splits what stands into what the person may see. A demand shows when a disclosure under it was told, or when it
 * ran out unused; never while one is held. A hold for an authority shows with a visible demand of its case.
 */
export function visibleOf(known: Known) {
  const shown = (notice: NoticeRow) => notice.visibleFrom !== null && notice.visibleFrom <= known.now
  const notices = known.notices.filter(shown)
  const hiddenNotices = known.notices.filter(notice => !shown(notice))
  const isTold = (demand: DemandRow) =>
    notices.some(it => it.demandId === demand.demandId) || demand.validUntil < known.today
  const isHeld = (demand: DemandRow) => hiddenNotices.some(it => it.demandId === demand.demandId)
  const demands = known.demands.filter(demand => isTold(demand) && !isHeld(demand))
  const hiddenDemands = known.demands.filter(demand => !demands.includes(demand))
  const holds = known.holds.filter(
    hold => hold.reason !== 'authority' || demands.some(it => it.relationshipId === hold.relationshipId),
  )
  const hidden = [
    ...hiddenNotices.flatMap(it => [it.noticeId, ...(known.workOf.get(it.noticeId) ?? [])]),
    ...hiddenDemands.map(it => it.demandId),
    ...known.holds.filter(it => !holds.includes(it)).map(it => it.holdId),
  ]
  const told = [
    ...notices.flatMap(it => [it.noticeId, ...(known.workOf.get(it.noticeId) ?? [])]),
    ...demands.map(it => it.demandId),
  ]
  const isHoldHidden = holds.length < known.holds.length
  const secrets: Secrets = { ids: new Set(hidden), told: new Set(told), hold: isHoldHidden }
  return { notices, demands, holds, secrets }
}

export type Secrets = {
  /** Of what is hidden today: no entry that the person sees names one of them. */
  readonly ids: ReadonlySet<string>
  /** Of what the person was told, or may be: an entry kept back with one of them need not be so any longer. */
  readonly told: ReadonlySet<string>
  /** Whether an authority’s hold is hidden: then no entry may speak of one. */
  readonly hold: boolean
}

export type EntryRow = { readonly visibleFrom: Date | null; readonly body: Body | null }

/**
 * Whether the person may see an entry now: its day has come, and it names nothing that is hidden. One without a day
 * was kept back with what it is about, so it shows with that, and never by itself.
 */
export function isEntryVisible(entry: EntryRow, secrets: Secrets, now: Date): boolean {
  if (entry.visibleFrom !== null && entry.visibleFrom > now) return false
  if (entry.body === null) return entry.visibleFrom !== null
  if (secrets.hold && entry.body['reason'] === 'authority') return false
  const text = JSON.stringify(entry.body)
  const names = (ids: ReadonlySet<string>) => [...ids].some(id => text.includes(id))
  return !names(secrets.ids) && (entry.visibleFrom !== null || names(secrets.told))
}

export type Values = { readonly [field: string]: string }

/** Of a row that may be somebody else's: only values that are surely the asking person's own (Art. 15(4)). */
export function ownPart(row: readonly Values[], own: readonly Values[]): { values: Values; withheld: string[] } {
  const pairs = row.flatMap(values => Object.entries(values))
  const isOwn = ([field, value]: readonly [string, string]) => own.some(values => values[field] === value)
  const values = Object.fromEntries(pairs.filter(isOwn))
  const withheld = [...new Set(pairs.filter(pair => !isOwn(pair)).map(([field]) => field))]
  return { values, withheld: withheld.toSorted() }
}
