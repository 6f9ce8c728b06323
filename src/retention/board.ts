/** The figures of retention: what is due and kept, what is to come, and what runs have to show. Nothing is opened. */
import { addMonths } from '../lib/civil-date.ts'
import * as policy from '../policy/policy.ts'
import { civilDate, type Ctx, type Look } from '../platform/world.ts'
import { certificateOf, type Certificate } from './certificate.ts'
import * as figures from './figures.ts'
import type { Keep } from './plan.ts'
import { forecast, type DueCount, type KeptCount, type Month } from './preview.ts'
import * as store from './store.ts'

export type Preview = {
  readonly asOf: string
  readonly policyVersion: number
  readonly dueTotal: number
  readonly due: readonly DueCount[]
  readonly kept: readonly KeptCount[]
  /** Open relationships whose reason nobody has looked at in time. */
  readonly unreviewed: { readonly count: number; readonly relationships: readonly figures.Unreviewed[] }
  readonly months: readonly Month[]
}

/** What would go today and why, what is kept by law, holds and requests, and what goes in the coming months. */
export async function preview(
  look: Look,
  options: { readonly months?: number; readonly limit?: number } = {},
): Promise<Preview> {
  const { months = 24, limit = 100 } = options
  const compiled = policy.current(look)
  const until = addMonths(`${look.today.slice(0, 7)}-01`, months)
  const span = { until, version: compiled.version, fromCollection: anchoredToCollection(look) }
  const slices = [
    ...(await figures.groupDated(look, span)),
    ...(await figures.groupOpen(look, span)),
    ...(await figures.groupUnclocked(look, span)),
  ]
  const ahead = forecast(slices, keeper(look), { today: look.today, months })
  const clauseOf = (category: string) => compiled.document.categories[category]?.retention.clause ?? ''
  const unreviewed = await figures.findUnreviewed(look, limit)
  return {
    asOf: look.today,
    policyVersion: compiled.version,
    dueTotal: ahead.due.reduce((sum, it) => sum + it.records, 0),
    due: ahead.due,
    kept: (await figures.countKept(look)).map(it => ({ ...it, clause: clauseOf(it.category) })),
    unreviewed: { count: unreviewed.count, relationships: unreviewed.rows },
    months: ahead.months,
  }
}

/** The certificates of finished runs, newest first. */
export const certificates = async (look: Look, limit = 100): Promise<Certificate[]> =>
  certified(look, await store.findRuns(look, limit))

/** The certificates of these runs, as far as they are finished. */
export async function certified(from: Ctx | Look, runs: readonly store.RunRow[]): Promise<Certificate[]> {
  const ids = runs.map(run => run.runId)
  const counts = await store.sumTally(from, ids)
  const persons = await store.sumForgotten(from, ids)
  return runs.flatMap(run => {
    if (!run.finishedAt) return []
    const finished = { ...run, finishedAt: run.finishedAt, sweptOn: run.sweptAt && civilDate(run.sweptAt) }
    const forgotten = persons.find(it => it.runId === run.runId)?.persons ?? 0
    return [
      certificateOf(
        finished,
        counts.filter(it => it.runId === run.runId),
        forgotten,
      ),
    ]
  })
}

/** The policy's own answer to how long, for the day of this act or look. */
export const keeper = (from: Ctx | Look): Keep => {
  const compiled = policy.current(from)
  return asked => policy.keepUntil(asked, compiled, from.today)
}

/** Categories whose time runs from the day of collection, whatever becomes of the relationship. */
export function anchoredToCollection(from: Ctx | Look): string[] {
  const { categories } = policy.current(from).document
  return Object.keys(categories).filter(code => categories[code]?.retention.anchor === 'collected')
}
