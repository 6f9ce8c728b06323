/** What a run has to show for itself: counts and two dates, and nobody. Pure. */
import { addDays } from '../lib/civil-date.ts'
import type { DueCount } from './preview.ts'

/** How long copies outside the tables can live: backups and the write-ahead log are gone by then. */
export const COPIES_DAYS = 35

export type Certificate = {
  readonly format: 'indsigt-erasure/1'
  /** Id of the run. */
  readonly certificate: string
  readonly policyVersion: number
  readonly startedAt: string
  readonly finishedAt: string
  readonly records: number
  /** Persons whose own key was destroyed too. */
  readonly personsForgotten: number
  readonly erased: readonly DueCount[]
  /** From this instant the bytes are in no table file here; null while the files await rewriting. */
  readonly unreadableHereSince: string | null
  /** By this day the last copy (backup, log) is gone; null with it. */
  readonly lastCopyGoneBy: string | null
}

export type Finished = {
  readonly runId: string
  readonly policyVersion: number
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly sweptAt: Date | null
  /** The civil day of `sweptAt` in Denmark. */
  readonly sweptOn: string | null
}

/** Writes the certificate of a finished run. */
export function certificateOf(run: Finished, erased: readonly DueCount[], personsForgotten: number): Certificate {
  return {
    format: 'indsigt-erasure/1',
    certificate: run.runId,
    policyVersion: run.policyVersion,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt.toISOString(),
    records: erased.reduce((sum, it) => sum + it.records, 0),
    personsForgotten,
    erased: erased.map(({ clause, reason, category, records }) => ({ clause, reason, category, records })),
    unreadableHereSince: run.sweptAt?.toISOString() ?? null,
    lastCopyGoneBy: run.sweptOn === null ? null : addDays(run.sweptOn, COPIES_DAYS),
  }
}

/** Records by clause, for the ledger: 'S19' -> 1204. */
export function byClause(erased: readonly DueCount[]): Record<string, number> {
  const totals: Record<string, number> = {}
  for (const { clause, records } of erased) totals[clause] = (totals[clause] ?? 0) + records
  return totals
}
