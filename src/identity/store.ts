/** Every SQL statement of the identity module. */
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'
import type { Pool } from '../platform/database.ts'

export type KeyRole = 'admin' | 'officer' | 'caseWorker' | 'client' | 'site' | 'auditor'

export type KeyRow = {
  keyId: string
  role: KeyRole
  partyId: string | null
  /** Host of the site, for role `site`. */
  site: string | null
  createdAt: Date
  expiresAt: Date
  revokedAt: Date | null
}

export type NewKeyRow = {
  readonly keyId: string
  readonly role: KeyRole
  readonly partyId: string | null
  readonly site: string | null
  readonly digest: Buffer
  readonly days: number
}

/** The database counts the days, so a key can never be made to last longer than it allows. */
export const insertKey = (ctx: Ctx, key: NewKeyRow) =>
  ctx.tx.one<{ expiresAt: Date }>(sql`
    insert into identity.api_key (key_id, role, party_id, site, digest, expires_at)
    values (${key.keyId}, ${key.role}, ${key.partyId}, ${key.site}, ${key.digest},
      now() + ${key.days} * interval '1 day')
    returning expires_at as "expiresAt"`)

/** Unknown, expired and revoked are one and the same answer: nothing. */
export const findLiving = (pool: Pool, digests: readonly Buffer[]) =>
  pool.ask<Pick<KeyRow, 'keyId' | 'role' | 'partyId' | 'site'> & { readonly digest: Buffer }>(sql`
    select digest, key_id as "keyId", role, party_id as "partyId", site from identity.api_key
    where digest = any(${digests}::bytea[]) and revoked_at is null and expires_at > now()`)

/** Ends a key; 0 when there is none to end. */
export const revoke = (ctx: Ctx, keyId: string) =>
  ctx.tx.run(sql`update identity.api_key set revoked_at = now() where key_id = ${keyId} and revoked_at is null`)

/** Every key ever made, without digests, oldest first. */
export const findKeys = (from: Ctx | Look) =>
  from.tx.many<KeyRow>(sql`
    select key_id as "keyId", role, party_id as "partyId", site, created_at as "createdAt",
      expires_at as "expiresAt", revoked_at as "revokedAt"
    from identity.api_key order by created_at, key_id`)
