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

/** Number of the newest version, null before the first. */
export const findNewest = (tx: Tx) =>
  tx.one<{ version: number | null }>(sql`select max(version) as version from policy.version`)

/** Every version's fingerprint in hex, and whether its text gives it. */
export const findVersions = (look: Look) =>
  look.tx.many<{ version: number; sha256: string; isOfText: boolean }>(sql`
    select version, encode(sha256, 'hex') as sha256, sha256 = sha256(convert_to(document, 'UTF8')) as "isOfText"
    from policy.version order by version`)

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
