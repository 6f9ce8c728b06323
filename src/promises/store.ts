/** Every SQL statement of the promise board: the one row of figures, and having it measured. */
import { sql } from '../lib/sql.ts'
import type { Tx } from '../platform/database.ts'
import type { Look } from '../platform/world.ts'

export type FigureRow = { readonly figure: string; readonly whole: number | null; readonly day: string | null }

export type MeasuredRow = {
  readonly measuredAt: Date
  /** Every count and date of the board, by name. */
  readonly figures: readonly FigureRow[]
  /** How often each clause said no. */
  readonly refused: { readonly [clause: string]: number }
  /** How many faults the import found, by clause. */
  readonly rejected: { readonly [clause: string]: number }
}

/** What was last measured. */
export const findMeasured = (look: Look) =>
  look.tx.maybe<MeasuredRow>(sql`
    select measured_at as "measuredAt", figures, refused, rejected from promises.measured`)

/** Measures everything in one snapshot, inside the database. */
export const measure = async (tx: Tx) => void (await tx.run(sql`select promises.measure()`))
