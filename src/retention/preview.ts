/** What is due today, what is kept and why, and how many go in each of the coming months. Pure. */
import { addMonths, formatDate } from '../lib/civil-date.ts'
import { plan, type Held, type Keep } from './plan.ts'

export type DueCount = {
  readonly clause: string
  readonly reason: string
  readonly category: string
  readonly records: number
}
export type KeptCount = {
  readonly keptBy: 'floor' | 'hold' | 'request'
  readonly reason: string
  readonly clause: string
  readonly category: string
  readonly records: number
  /** The furthest day of what keeps them, where it has one. */
  readonly until: string | null
}
export type Month = {
  readonly month: string
  readonly records: number
  readonly byClause: { readonly [clause: string]: number }
}

export type Forecast = { readonly due: readonly DueCount[]; readonly months: readonly Month[] }

/** Adds up groups of records that the solver answers alike. The first month is the one `today` lies in. */
export function forecast(
  slices: readonly (Held & { records: number })[],
  keep: Keep,
  of: { today: string; months: number },
): Forecast {
  const due = new Map<string, DueCount>()
  const months = new Map(monthsFrom(of.today, of.months).map(month => [month, new Map<string, number>()]))
  for (const slice of slices) {
    const { due: isDue, earliest, clause, code } = plan(slice, keep, of.today)
    if (isDue) {
      const key = `${clause} ${code} ${slice.category}`
      const records = (due.get(key)?.records ?? 0) + slice.records
      due.set(key, { clause, reason: code, category: slice.category, records })
    } else if (earliest !== null) {
      const month = months.get(earliest.slice(0, 7))
      month?.set(clause, (month.get(clause) ?? 0) + slice.records)
    }
  }
  return {
    due: [...due.values()].toSorted((a, b) => b.records - a.records || (a.reason < b.reason ? -1 : 1)),
    months: [...months].map(([month, clauses]) => ({
      month,
      records: sum(clauses.values()),
      byClause: Object.fromEntries(clauses),
    })),
  }
}

/** 'YYYY-MM' of so many months from the one a day lies in. */
export function monthsFrom(today: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addMonths(`${today.slice(0, 7)}-01`, index).slice(0, 7))
}

/** One bar a month for a terminal; the longest fills `width` columns and nothing that is there looks like nothing. */
export function chart(months: readonly Month[], width: number): string[] {
  const most = Math.max(1, ...months.map(it => it.records))
  const digits = String(most).length
  return months.map(({ month, records }) => {
    const bar = '█'.repeat(records === 0 ? 0 : Math.max(1, Math.round((records / most) * width)))
    return `${month}  ${String(records).padStart(digits)}  ${bar}`.trimEnd()
  })
}

/** What keeps records, in words, with its day. */
export function keptSentence(kept: KeptCount, language: 'da' | 'en'): string {
  const day = kept.until === null ? '' : formatDate(kept.until, language)
  return KEPT[kept.keptBy][language](day)
}

const KEPT = {
  floor: {
    da: (day: string) => `Bogføringsloven, senest til og med ${day}`,
    en: (day: string) => `Bookkeeping Act, at the latest through ${day}`,
  },
  hold: {
    da: (day: string) => `på hold, ses efter senest den ${day}`,
    en: (day: string) => `on hold, reviewed by ${day}`,
  },
  request: { da: () => 'personen har en åben anmodning', en: () => 'the person has an open request' },
} as const

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
