/** What the officer's report says, from what is declared, promised, counted and found: figures and no person. Pure. */
import type { EntryResult, Finding, Report } from '../../scanner/report.ts'
import type { Entry, Method, Register, Text } from '../../sdk/wire.ts'
import { addDays, partsOf } from '../lib/civil-date.ts'
import type { AcceptedCount, GuardWeek, MethodCount, ScanFigures } from './figures.ts'
import type { PlanRow } from './store.ts'

/** A count of people's choices. Fewer than five are not told, so that nobody is seen in a figure. */
export type Count = number | '<5'

export type CookieReport = {
  readonly format: 'indsigt-cookie-report/1'
  readonly madeAt: string
  readonly controller: string
  readonly policy: { readonly version: number; readonly sha256: string }
  /** The rule of each clause that a finding or a count is told under. */
  readonly rules: { readonly [clause: string]: Text }
  /** Mondays of the weeks that the guards' figures cover, oldest first. */
  readonly weeks: readonly string[]
  readonly sites: readonly SiteReport[]
}

export type SiteReport = {
  readonly site: string
  readonly registerSha256: string
  readonly entries: readonly EntryRow[]
  readonly choices: ChoiceFigures
  /** Newest first. */
  readonly scans: readonly ScanLine[]
  /** Breaches and doubts that stand: of the latest whole scan of each host, and of what was scanned since. */
  readonly findings: readonly FindingLine[]
  readonly guard: readonly GuardLine[]
  readonly plans: readonly PlanLine[]
}

export type EntryRow = {
  readonly entry: Entry
  readonly category: Text
  /** Longest that a browser kept it at the latest scan, in seconds; null: a session; undefined: not seen kept. */
  readonly givenSeconds?: number | null
  readonly verdict: EntryResult['verdict'] | 'notScanned'
}

export type ChoiceFigures = {
  readonly total: number
  /** A count under five is left out of the total, so that it cannot be worked out. */
  readonly isAtLeast: boolean
  readonly methods: readonly { readonly method: Method; readonly choices: Count }[]
  readonly accepted: readonly { readonly category: string; readonly title: Text; readonly choices: Count }[]
}

export type ScanLine = Omit<ScanFigures, 'startedAt' | 'finishedAt' | 'site'> & { readonly finishedAt: string }

export type FindingLine = Pick<
  Finding,
  'id' | 'clause' | 'code' | 'severity' | 'kind' | 'name' | 'host' | 'text' | 'remedy'
>

export type GuardLine = {
  readonly clause: string
  /** One count for each week of the report. */
  readonly stripped: readonly number[]
  readonly explained: readonly number[]
}

export type PlanLine = Omit<PlanRow, 'site' | 'nextAt'> & { readonly nextAt: string }

/** What was read for the report, in one snapshot. */
export type Ground = {
  readonly registers: readonly { readonly register: Register; readonly sha256: string }[]
  readonly methods: readonly MethodCount[]
  readonly accepted: readonly AcceptedCount[]
  readonly guard: readonly GuardWeek[]
  readonly weeks: readonly string[]
  readonly scans: readonly ScanFigures[]
  /** Reports of the scans that count now. */
  readonly counted: readonly Report[]
  readonly plans: readonly PlanRow[]
}

const WEEKS = 12
const FEW = 5
const METHODS: readonly Method[] = ['accept', 'reject', 'save', 'withdraw']

/** The Mondays of the last twelve weeks, this one too, oldest first. `today` is a civil date. */
export function weeksUntil(today: string): readonly string[] {
  const [year, month, day] = partsOf(today)
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7
  const monday = addDays(today, -weekday)
  return Array.from({ length: WEEKS }, (_, index) => addDays(monday, (index - WEEKS + 1) * 7))
}

/** The part of each site of ours, in the order of the registers. */
export function sitesOf(ground: Ground): readonly SiteReport[] {
  return ground.registers.map(({ register, sha256 }) => {
    const { site } = register
    const counted = ground.counted.filter(it => it.site === site)
    return {
      site,
      registerSha256: sha256,
      entries: register.entries.map(entry => entryRow(entry, register, counted)),
      choices: choicesOf(register, ground),
      scans: ground.scans.filter(it => it.site === site).map(scanLine),
      findings: findingsOf(counted),
      guard: guardOf(site, ground),
      plans: ground.plans.filter(it => it.site === site).map(planLine),
    }
  })
}

/** Fewer than five become '<5', none too: whoever sees the figure before and after learns nothing. */
export function masked(count: number): Count {
  return count < FEW ? '<5' : count
}

function entryRow(entry: Entry, register: Register, counted: readonly Report[]): EntryRow {
  const category = register.categories.find(it => it.code === entry.category)?.title ?? { da: '', en: '' }
  const isSame = (it: EntryResult) =>
    it.entry.kind === entry.kind && it.entry.name === entry.name && it.entry.site === entry.site
  const results = counted.flatMap(report => report.entries.filter(isSame))
  const given = results.flatMap(it => (it.givenSeconds === undefined ? [] : [it.givenSeconds]))
  return { entry, category, ...(given.length > 0 && { givenSeconds: longest(given) }), verdict: verdictOf(results) }
}

/** The worst that a scan says of it. */
function verdictOf(results: readonly EntryResult[]): EntryRow['verdict'] {
  const verdicts = new Set(results.map(it => it.verdict))
  return (['broken', 'kept', 'notSeen'] as const).find(it => verdicts.has(it)) ?? 'notScanned'
}

function longest(given: readonly (number | null)[]): number | null {
  const seconds = given.filter(it => it !== null)
  return seconds.length > 0 ? Math.max(...seconds) : null
}

function choicesOf(register: Register, { methods, accepted }: Ground): ChoiceFigures {
  const mine = methods.filter(it => it.site === register.site)
  const of = (method: Method) => mine.find(it => it.method === method)?.choices ?? 0
  const shown = METHODS.filter(method => of(method) >= FEW)
  const yes = accepted.filter(it => it.site === register.site && shown.includes(it.method))
  const sum = (counts: readonly { readonly choices: number }[]) => counts.reduce((all, it) => all + it.choices, 0)
  return {
    total: shown.reduce((all, method) => all + of(method), 0),
    isAtLeast: shown.length < METHODS.length,
    methods: METHODS.map(method => ({ method, choices: masked(of(method)) })),
    accepted: register.categories
      .filter(it => !it.isNecessary)
      .map(({ code, title }) => ({
        category: code,
        title,
        choices: masked(sum(yes.filter(it => it.category === code))),
      })),
  }
}

function scanLine({ scanId, hosts, isWhole, finishedAt, breaches, doubts, added, gone }: ScanFigures): ScanLine {
  return { scanId, hosts, isWhole, finishedAt: finishedAt.toISOString(), breaches, doubts, added, gone }
}

function planLine({ url, everyHours, nextAt, failure }: PlanRow): PlanLine {
  return { url, everyHours, nextAt: nextAt.toISOString(), failure }
}

function findingsOf(counted: readonly Report[]): readonly FindingLine[] {
  const all = counted.flatMap(it => it.findings).filter(it => it.severity !== 'note')
  const once = [...new Map(all.map(it => [it.id, it])).values()]
  const lines = once.map(({ id, clause, code, severity, kind, name, host, text, remedy }) => ({
    id,
    clause,
    code,
    severity,
    kind,
    name,
    host,
    text,
    remedy,
  }))
  const rank = (it: FindingLine) => (it.severity === 'breach' ? 0 : 100) + Number(/\d+/.exec(it.clause)?.[0] ?? 99)
  return lines.toSorted((one, other) => rank(one) - rank(other))
}

function guardOf(site: string, { guard, weeks }: Ground): readonly GuardLine[] {
  const mine = Map.groupBy(
    guard.filter(it => it.site === site),
    it => it.clause,
  )
  const clauses = [...mine].toSorted(([one], [other]) => Number(one.slice(1)) - Number(other.slice(1)))
  return clauses.map(([clause, rows]) => {
    const at = (week: string) => rows.find(it => it.week === week)
    return {
      clause,
      stripped: weeks.map(week => at(week)?.stripped ?? 0),
      explained: weeks.map(week => at(week)?.explained ?? 0),
    }
  })
}
