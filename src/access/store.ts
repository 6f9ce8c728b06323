/** The one statement of the access module. */
import { sql } from '../lib/sql.ts'
import type { Ctx } from '../platform/world.ts'

/** How the transaction reads: 'repeatable read' is one instant. */
export const findIsolation = (ctx: Ctx) =>
  ctx.tx.one<{ isolation: string }>(sql`select current_setting('transaction_isolation') as isolation`)
