/** The promises module's face: the evidence board, as it was last measured; read by the public role alone. */
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import { civilDate, look, type World } from '../platform/world.ts'
import type { Clause, PolicyDocument } from '../policy/types.ts'
import type { Board, ClauseState } from './board.ts'
import { doorsOf } from './clause-doors.ts'
import { figuresOf, type Measures } from './clause-figures.ts'
import { measured, READER } from './measured.ts'
import { unseen, type SiteScans } from './site-scans.ts'
import type { FigureRow, MeasuredRow } from './store.ts'

export { select, statusOf, summarise, type Board, type ClauseState } from './board.ts'
export { measure } from './measured.ts'
export { renderStart } from './start.ts'

/**
 * What was last measured, beside the policy and the ledger of this moment. Throws `policy.not_adopted`, `request.slow`
 * and what the database throws.
 */
export async function board(world: World): Promise<Board> {
  const inForce = await policy.inForce(world)
  if (!inForce) throw new Problem('policy.not_adopted')
  const { document } = policy.current({ world })
  const row = await measured(world)
  const scans = scansOf(document, row.figures)
  const measures = measuresOf([...row.figures, ...answersOf(world)], { ...row, scans })
  const today = civilDate(row.measuredAt)
  const { entries, signedAt } = await look(world, READER, ledger.status)
  const { version, sha256, adoptedAt } = inForce
  return {
    measuredAt: row.measuredAt.toISOString(),
    policy: { version, sha256, adoptedAt: adoptedAt.toISOString() },
    ledger: { entries, signedAt: signedAt?.toISOString() ?? null },
    sections: Object.entries(document.sections).map(([code, title]) => ({ code, title })),
    clauses: document.clauses.map(clause => stateOf(clause, measures, today)),
  }
}

const answers = new WeakMap<World, { given: number; withCookie: number }>()

/** Counts an answer of this server, with the cookies it set that nobody had asked for (S10). */
export function countAnswer(world: World, unasked: readonly string[]): void {
  const counted = answers.get(world) ?? { given: 0, withCookie: 0 }
  counted.given += 1
  if (unasked.length > 0) counted.withCookie += 1
  answers.set(world, counted)
}

function answersOf(world: World): FigureRow[] {
  const { given, withCookie } = answers.get(world) ?? { given: 0, withCookie: 0 }
  return [
    { figure: 'answers.given', whole: given, day: null },
    { figure: 'answers.withCookie', whole: withCookie, day: null },
  ]
}

/** Figures of scans are named by host: 'scanned@www.example.dk' is a day, 'scan.S1@www.example.dk' a count. */
function scansOf(document: PolicyDocument, rows: readonly FigureRow[]): SiteScans[] {
  const told = rows.flatMap(row => {
    const [, name, host = ''] = /^(scanned|scan\.S\d+)@(.+)$/.exec(row.figure) ?? []
    return name === undefined ? [] : [{ ...row, name, site: policy.siteOf(document, host)?.host }]
  })
  return document.sites.map(({ host: site }) => {
    const mine = told.filter(row => row.site === site)
    const days = mine.flatMap(row => (row.name === 'scanned' && row.day !== null ? [row.day] : []))
    const byClause = Map.groupBy(
      mine.filter(row => row.name !== 'scanned'),
      row => row.name.slice('scan.'.length),
    )
    const sumOf = (all: readonly FigureRow[]) => all.reduce((sum, row) => sum + (row.whole ?? 0), 0)
    const breaches = Object.fromEntries([...byClause].map(([clause, all]) => [clause, sumOf(all)] as const))
    return { site, scannedOn: days.toSorted()[0] ?? null, breaches }
  })
}

type Counts = Pick<MeasuredRow, 'refused' | 'rejected'> & Pick<Measures, 'scans'>

function measuresOf(rows: readonly FigureRow[], { refused, rejected, scans }: Counts): Measures {
  const found = new Map(rows.map(row => [row.figure, row]))
  const row = (name: string): FigureRow => {
    const known = found.get(name)
    if (!known) throw new Error(`no figure ${name} is measured`)
    return known
  }
  return {
    whole: name => row(name).whole,
    day: name => row(name).day,
    refused: clause => refused[clause] ?? 0,
    rejected: clause => rejected[clause] ?? 0,
    scans,
  }
}

function stateOf(clause: Clause, measures: Measures, today: string): ClauseState {
  const { doors, why } = doorsOf(clause.id)
  const { id, section, text, rule, law } = clause
  const about = { id, section, text, rule, law, enforced: doors.map(({ where, what }) => ({ where, what })) }
  if (doors.length === 0) return { ...about, state: 'notBuilt', figures: [], ...(why && { why }) }
  const figures = figuresOf(id, measures)
  const missing = unseen(id, measures.scans, today)
  return missing ? { ...about, state: 'notMeasured', figures, why: missing } : { ...about, state: 'kept', figures }
}
