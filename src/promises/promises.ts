/** The promises module's face: the evidence board of this moment, measured by the public role alone. */
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import { look, type Actor, type World } from '../platform/world.ts'
import type { Clause } from '../policy/types.ts'
import type { Board, ClauseState } from './board.ts'
import { doorsOf } from './clause-doors.ts'
import { figuresOf, type Measures } from './clause-figures.ts'
import * as store from './store.ts'

export { select, statusOf, summarise, type Board, type ClauseState } from './board.ts'
export { renderStart } from './start.ts'

const READER: Actor = { id: 'public', role: 'auditor', surface: 'public' }

/** Measures everything in one snapshot. Throws `policy.not_adopted` and what the database throws. */
export async function board(world: World): Promise<Board> {
  const inForce = await policy.inForce(world)
  if (!inForce) throw new Problem('policy.not_adopted')
  const { document } = policy.current({ world })
  return look(world, READER, async from => {
    const measures = measuresOf(
      [...(await store.findFigures(from)), ...answersOf(world)],
      new Map((await store.findRefusals(from)).map(row => [row.clause, row.refused])),
      new Map((await store.findRejects(from)).map(row => [row.clause, row.refused])),
    )
    const { entries, signedAt } = await ledger.status(from)
    const { version, sha256, adoptedAt } = inForce
    return {
      measuredAt: from.now.toISOString(),
      policy: { version, sha256, adoptedAt: adoptedAt.toISOString() },
      ledger: { entries, signedAt: signedAt?.toISOString() ?? null },
      sections: Object.entries(document.sections).map(([code, title]) => ({ code, title })),
      clauses: document.clauses.map(clause => stateOf(clause, measures)),
    }
  })
}

const answers = new WeakMap<World, { given: number; withCookie: number }>()

/** Counts an answer of this server, and whether its headers set a cookie (S10). */
export function countAnswer(world: World, headers: Headers): void {
  const counted = answers.get(world) ?? { given: 0, withCookie: 0 }
  counted.given += 1
  if (headers.has('set-cookie')) counted.withCookie += 1
  answers.set(world, counted)
}

type Row = { readonly figure: string; readonly whole: number | null; readonly day: string | null }

function answersOf(world: World): Row[] {
  const { given, withCookie } = answers.get(world) ?? { given: 0, withCookie: 0 }
  return [
    { figure: 'answers.given', whole: given, day: null },
    { figure: 'answers.withCookie', whole: withCookie, day: null },
  ]
}

type Counts = ReadonlyMap<string, number>

function measuresOf(rows: readonly Row[], refused: Counts, rejects: Counts): Measures {
  const found = new Map(rows.map(row => [row.figure, row]))
  const row = (name: string): Row => {
    const known = found.get(name)
    if (!known) throw new Error(`no figure ${name} is measured`)
    return known
  }
  return {
    whole: name => row(name).whole,
    day: name => row(name).day,
    refused: clause => refused.get(clause) ?? 0,
    rejected: clause => rejects.get(clause) ?? 0,
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
