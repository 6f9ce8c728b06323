/** Every SQL statement of the promise board: counts and dates, read by the public role through narrow functions. */
import { sql } from '../lib/sql.ts'
import type { Look } from '../platform/world.ts'

export const findFigures = (look: Look) =>
  look.tx.many<{ figure: string; whole: number | null; day: string | null }>(sql`
    select figure, whole, day from promises.figures()`)

export const findRefusals = (look: Look) =>
  look.tx.many<{ clause: string; refused: number }>(sql`select clause, refused from promises.refusals()`)

export const findRejects = (look: Look) =>
  look.tx.many<{ clause: string; refused: number }>(sql`select clause, refused from promises.rejects()`)
