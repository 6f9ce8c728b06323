/** The identity module's face: API keys. A key is shown once; the database knows its digest alone. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import type { Actor, Ctx, Look, World } from '../platform/world.ts'
import * as work from '../work/work.ts'
import * as store from './store.ts'

export type { KeyRole, KeyRow } from './store.ts'

export const KEY_ROLES = [
  'admin',
  'officer',
  'caseWorker',
  'client',
  'auditor',
] as const satisfies readonly store.KeyRole[]

/** Longest life of a key in days, and that of one whose life was not named. */
export const DAYS_MOST = 366
export const DAYS_DEFAULT = 90

export type NewKey = { readonly role: store.KeyRole; readonly partyId?: string | null; readonly days?: number }
export type MadeKey = { readonly keyId: string; readonly key: string; readonly expiresAt: Date }

/**
 * Makes an API key: `ind_` and 32 random bytes in base64url. A client's key names the client, and no
 * other key does. Throws `identity.not_allowed` and `request.invalid` (days 1–366, client).
 */
export async function createKey(ctx: Ctx, { role, partyId = null, days = DAYS_DEFAULT }: NewKey): Promise<MadeKey> {
  policy.requireTask(ctx, 'createKey')
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MOST) throw wrong('days', 'identity.days', DAYS_TEXT)
  if ((role === 'client') !== (partyId !== null)) throw wrong('client', 'identity.client', CLIENT_TEXT)
  if (partyId !== null && (await work.party(ctx, partyId))?.kind !== 'client')
    throw wrong('client', 'identity.client', CLIENT_TEXT)
  const keyId = randomUUID()
  const key = `ind_${randomBytes(32).toString('base64url')}`
  const { expiresAt } = await store.insertKey(ctx, { keyId, role, partyId, digest: digestOf(key), days })
  await ledger.appendSystem(ctx, 'identity.key_created', { key: keyId, keyRole: role, party: partyId, days })
  return { keyId, key, expiresAt }
}

/** Ends a key at once. Throws `not_found` for one that is unknown or already revoked. */
export async function revokeKey(ctx: Ctx, keyId: string): Promise<void> {
  policy.requireTask(ctx, 'createKey')
  if (!isId(keyId) || (await store.revoke(ctx, keyId)) === 0) throw new Problem('not_found')
  await ledger.appendSystem(ctx, 'identity.key_revoked', { key: keyId })
}

/** All keys ever made, without the keys themselves, oldest first. */
export const keys = (from: Ctx | Look) => store.findKeys(from)

/**
 * Whose key this is, or null. A malformed, unknown, expired or revoked key costs the same single
 * question to the database and gives the same answer; the digest is looked up, so no comparison leaks the key.
 */
export async function authenticate(world: World, key: string): Promise<Actor | null> {
  const row = await world.pools.api.read(tx => store.findLiving(tx, digestOf(key)))
  if (!row) return null
  return { id: `key:${row.keyId}`, role: row.role, surface: 'api', ...(row.partyId && { partyId: row.partyId }) }
}

/** Whether an id can be one of ours; PostgreSQL would refuse any other text as a fault. */
function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

const DAYS_TEXT = {
  da: `Et helt antal dage fra 1 til ${DAYS_MOST}.`,
  en: `A whole number of days from 1 to ${DAYS_MOST}.`,
}
const CLIENT_TEXT = {
  da: 'En klientnøgle skal nævne klienten, og ingen anden nøgle må.',
  en: 'A client’s key must name the client, and no other key may.',
}

function wrong(field: string, code: string, text: { readonly da: string; readonly en: string }): Problem {
  return new Problem('request.invalid', { faults: [{ field, code, text }] })
}
