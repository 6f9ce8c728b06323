/** Every SQL statement of the policy module. */
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'
import type { Tx } from '../platform/database.ts'

export type VersionRow = {
  version: number
  policyId: string
  sha256: Buffer
  document: string
  adoptedAt: Date
  adoptedBy: string
}

export const findCurrent = (tx: Tx) =>
  tx.maybe<VersionRow>(sql`
    select version, policy_id as "policyId", sha256, document, adopted_at as "adoptedAt", adopted_by as "adoptedBy"
    from policy.version order by version desc limit 1`)

export const insertVersion = (
  ctx: Ctx,
  { version, policyId, sha256, document }: Pick<VersionRow, 'version' | 'policyId' | 'sha256' | 'document'>,
) =>
  ctx.tx.run(sql`
    insert into policy.version (version, policy_id, sha256, document, adopted_by)
    values (${version}, ${policyId}, ${sha256}, ${document}, ${ctx.actor.id})`)

export type NewCategory = {
  readonly code: string
  readonly isAccounting: boolean
  readonly population: string
  /** Version of the policy that first named it. */
  readonly version: number
}

export const insertCategory = (ctx: Ctx, { code, isAccounting, population, version }: NewCategory) =>
  ctx.tx.run(sql`
    insert into policy.category (code, is_accounting, population, first_version)
    values (${code}, ${isAccounting}, ${population}, ${version}) on conflict (code) do nothing`)

export const findCategories = (ctx: Ctx) =>
  ctx.tx.many<{ code: string; isAccounting: boolean }>(sql`
    select code, is_accounting as "isAccounting" from policy.category`)

export const insertPurpose = (ctx: Ctx, code: string, version: number) =>
  ctx.tx.run(sql`
    insert into policy.purpose (code, first_version) values (${code}, ${version}) on conflict (code) do nothing`)

export const insertRefusal = (tx: Tx, rule: string, clause: string, role: string) =>
  tx.run(sql`insert into policy.refusal (rule, clause, actor_role) values (${rule}, ${clause}, ${role})`)

export const countRefusals = (look: Look) =>
  look.tx.many<{ clause: string; rule: string; count: number }>(sql`
    select clause, rule, count(*)::int as count from policy.refusal group by clause, rule order by clause, rule`)
