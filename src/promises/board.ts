/**
 * The evidence board: what is known about each promise, and what may be said about it. Pure.
 * Whoever measures fills in the board; what the page is allowed to claim is decided here.
 */
import type { Text } from '../policy/types.ts'

/** From worst to least; this is also the order in which they are named. */
export const STATUSES = ['broken', 'deviation', 'kept', 'notMeasured', 'notBuilt'] as const
export type ClauseStatus = (typeof STATUSES)[number]

/** Where a promise is kept, from the hardest door to the softest. */
export type EnforcedWhere = 'database' | 'policy' | 'vault' | 'import' | 'guard' | 'site' | 'page' | 'ledger' | 'worker'

export type Figure = {
  readonly label: Text
  /** A whole number ('1388'), a day, an instant, or text that reads alike in both languages. */
  readonly value: string
  /** The promise is broken when the value is anything but '0'. */
  readonly mustBeZero?: boolean
  /** The value against its limit, in the unit of the label; above it the promise is broken. */
  readonly limit?: { readonly now: number; readonly most: number }
}

/** The latest attempt of ours to break the promise; `at` is an instant. */
export type Attempt = { readonly at: string; readonly attempts: number; readonly stopped: number }

export type ClauseState = {
  readonly id: string
  readonly section: string
  /** Words between « and » are the ones the rule measures. */
  readonly text: Text
  readonly rule: Text
  readonly law: readonly string[]
  readonly state: ClauseStatus
  readonly enforced: readonly { readonly where: EnforcedWhere; readonly what: Text }[]
  readonly figures: readonly Figure[]
  /** Absent: not tried in this way. `null`: would be tried here, but has not been yet. */
  readonly lastTried?: Attempt | null
  /** Why it is broken, deviates, is not measured or not built: one or two sentences. */
  readonly why?: Text
}

export type Board = {
  /** Instant at which the figures of the clauses were read, all in one snapshot. */
  readonly measuredAt: string
  readonly policy: { readonly version: number | string; readonly sha256: string; readonly adoptedAt: string }
  readonly ledger: { readonly entries: number; readonly signedAt: string | null }
  readonly sections: readonly { readonly code: string; readonly title: Text }[]
  readonly clauses: readonly ClauseState[]
}

/** How many promises there are and how many in each state; the states add up to the total. */
export type Summary = { readonly [status in ClauseStatus]: number } & { readonly total: number }

/**
 * What may be claimed of a promise. A figure over its limit or an attempt that got through is a breach whatever the
 * measurer says; 'kept' needs a place that enforces it ('notBuilt' without) and evidence ('notMeasured' without).
 * A declared deviation stays one: it has been explained, not overlooked.
 */
export function statusOf(clause: ClauseState): ClauseStatus {
  if (clause.state === 'broken' || clause.state === 'deviation') return clause.state
  if (isBreached(clause)) return 'broken'
  if (clause.state !== 'kept') return clause.state
  if (clause.enforced.length === 0) return 'notBuilt'
  return clause.figures.length === 0 && !clause.lastTried ? 'notMeasured' : 'kept'
}

/** Counts the promises by what may be claimed of them. */
export function summarise(board: Pick<Board, 'clauses'>): Summary {
  const counts = { broken: 0, deviation: 0, kept: 0, notMeasured: 0, notBuilt: 0, total: board.clauses.length }
  for (const clause of board.clauses) counts[statusOf(clause)] += 1
  return counts
}

/** Which promises to show: all, those wanting attention, those not built, or one section's. */
export type Selection = { readonly name: string; readonly clauses: readonly ClauseState[] }

/**
 * The promises a view asks for by name: 'attention', 'notbuilt' or a section's code.
 * Any other name shows all, under the name ''.
 */
export function select(board: Board, name: string): Selection {
  const clauses = board.clauses.filter(clause => belongs(clause, name))
  const known = name === 'attention' || name === 'notbuilt' || board.sections.some(section => section.code === name)
  return known ? { name, clauses } : { name: '', clauses: board.clauses }
}

/** True when a figure is one that must be zero and is not, or is over its limit. */
export function isBreach(figure: Figure): boolean {
  if (figure.mustBeZero && figure.value !== '0') return true
  return figure.limit !== undefined && figure.limit.now > figure.limit.most
}

function isBreached(clause: ClauseState): boolean {
  const tried = clause.lastTried
  return clause.figures.some(isBreach) || (!!tried && tried.stopped < tried.attempts)
}

function belongs(clause: ClauseState, name: string): boolean {
  const status = statusOf(clause)
  if (name === 'attention') return status === 'broken' || status === 'deviation' || status === 'notMeasured'
  if (name === 'notbuilt') return status === 'notBuilt'
  return clause.section === name
}
