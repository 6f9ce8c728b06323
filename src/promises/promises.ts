/** The promises module's face: the evidence board, as it was last measured; read by the public role alone. */
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import { look, type World } from '../platform/world.ts'
import type { Clause } from '../policy/types.ts'
import type { Board, ClauseState } from './board.ts'
import { doorsOf } from './clause-doors.ts'
import { figuresOf, type Measures } from './clause-figures.ts'
import { measured, READER } from './measured.ts'
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
  const measures = measuresOf([...row.figures, ...answersOf(world)], row)
  const { entries, signedAt } = await look(world, READER, ledger.status)
  const { version, sha256, adoptedAt } = inForce
  return {
    measuredAt: row.measuredAt.toISOString(),
    policy: { version, sha256, adoptedAt: adoptedAt.toISOString() },
    ledger: { entries, signedAt: signedAt?.toISOString() ?? null },
    sections: Object.entries(document.sections).map(([code, title]) => ({ code, title })),
    clauses: document.clauses.map(clause => stateOf(clause, measures)),
  }
}

const answers = new WeakMap<World, { given: number; withCookie: number }>()

/** Counts an answer of this server, and whether its headers set a cookie that nobody had asked for (S10). */
export function countAnswer(world: World, headers: Headers): void {
  const counted = answers.get(world) ?? { given: 0, withCookie: 0 }
  counted.given += 1
  if (headers.has('set-cookie')) counted.withCookie += 1
  answers.set(world, counted)
}

function answersOf(world: World): FigureRow[] {
  const { given, withCookie } = answers.get(world) ?? { given: 0, withCookie: 0 }
  return [
    { figure: 'answers.given', whole: given, day: null },
    { figure: 'answers.withCookie', whole: withCookie, day: null },
  ]
}

type Counts = Pick<MeasuredRow, 'refused' | 'rejected'>

function measuresOf(rows: readonly FigureRow[], { refused, rejected }: Counts): Measures {
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
  }
}

function stateOf(clause: Clause, measures: Measures): ClauseState {
  const { doors, why } = doorsOf(clause.id)
  const { id, section, text, rule, law } = clause
  const enforced = doors.map(({ where, what }) => ({ where, what }))
  const isBuilt = doors.length > 0
  const figures = isBuilt ? figuresOf(id, measures) : []
  return { id, section, text, rule, law, state: isBuilt ? 'kept' : 'notBuilt', enforced, figures, ...(why && { why }) }
}
