/** Every SQL statement of the promise board: counts and dates, read by the public role through narrow functions. */
import { sql } from '../lib/sql.ts'
import type { Look } from '../platform/world.ts'

/** Every count and date of the board, by name. */
export const findFigures = (look: Look) =>
  look.tx.many<{ figure: string; whole: number | null; day: string | null }>(sql`
    select figure, whole, day from promises.figures()`)

/** How often each clause said no. */
export const findRefusals = (look: Look) =>
  look.tx.many<{ clause: string; refused: number }>(sql`select clause, refused from promises.refusals()`)

/** How many faults the import found, by clause. */
export const findRejects = (look: Look) =>
  look.tx.many<{ clause: string; refused: number }>(sql`select clause, refused from promises.rejects()`)
