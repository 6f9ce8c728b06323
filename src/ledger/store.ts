/** Every SQL statement of the ledger. */
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'
import type { Tx } from '../platform/database.ts'

export const insertPending = (ctx: Ctx, entryId: string, leaf: Buffer) =>
  ctx.tx.run(sql`insert into ledger.pending (entry_id, leaf) values (${entryId}, ${leaf})`)

export const insertPendingMany = (ctx: Ctx, entryIds: readonly string[], leaves: readonly Buffer[]) =>
  ctx.tx.run(sql`
    insert into ledger.pending (entry_id, leaf)
    select l.entry_id, decode(l.leaf, 'base64')
    from jsonb_to_recordset(${asJson(entryIds, leaves)}::jsonb) as l (entry_id uuid, leaf text)`)

const asJson = (entryIds: readonly string[], leaves: readonly Buffer[]): string =>
  JSON.stringify(entryIds.map((id, index) => ({ entry_id: id, leaf: leaves[index]?.toString('base64') })))

/** Target of a binary COPY for many leaves at once. */
export const PENDING_COLUMNS = 'ledger.pending (entry_id, leaf)'

/** Held by the one transaction that integrates or signs. */
export const lockIntegration = (tx: Tx) => tx.run(sql`select pg_advisory_xact_lock(7231002)`)

export const integrate = (tx: Tx, batch: number) =>
  tx.many<{ log_position: number; log_leaf: Buffer }>(sql`select * from ledger.integrate(${batch})`)

export const insertCheckpoint = (tx: Tx, size: number, root: Buffer, note: string) =>
  tx.run(
    sql`insert into ledger.checkpoint (size, root, note) values (${size}, ${root}, ${note}) on conflict do nothing`,
  )

export const findSize = (tx: Tx) =>
  tx.one<{ size: number }>(sql`select coalesce(max(position) + 1, 0)::bigint as size from ledger.entry`)

export const findLeaves = (tx: Tx, from: number, limit: number) =>
  tx.many<{ position: number; entry_id: string; leaf: Buffer }>(
    sql`select position, entry_id, leaf from ledger.entry where position >= ${from} order by position limit ${limit}`,
  )

export const findWaiting = (tx: Tx) => tx.one<{ count: number }>(sql`select count(*)::int as count from ledger.pending`)

export const findWhetherWaiting = (tx: Tx) =>
  tx.one<{ waits: boolean }>(sql`select exists (select from ledger.pending) as waits`)

export const findWaitingLeaves = (tx: Tx, after: string, limit: number) =>
  tx.many<{ entry_id: string; leaf: Buffer }>(
    sql`select entry_id, leaf from ledger.pending where entry_id > ${after}::uuid order by entry_id limit ${limit}`,
  )

export const findLatestCheckpoint = (look: Look) =>
  look.tx.maybe<{ size: number; signed_at: Date; note: string }>(
    sql`select size, signed_at, note from ledger.checkpoint order by size desc limit 1`,
  )

/** Every leaf's place and bytes, entry by entry, waiting ones last without a place. */
export const leafOf = (tx: Tx, entryIds: readonly string[]) =>
  tx.many<{ entry_id: string; position: number | null; leaf: Buffer }>(sql`
    select entry_id, position, leaf from ledger.entry where entry_id = any(${entryIds}::uuid[])
    union all
    select entry_id, null::bigint, leaf from ledger.pending where entry_id = any(${entryIds}::uuid[])`)
