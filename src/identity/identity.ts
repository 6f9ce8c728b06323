/** The identity module's face: API keys. A key is shown once; the database knows its digest alone. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { gather } from '../platform/gather.ts'
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
  'site',
  'auditor',
] as const satisfies readonly store.KeyRole[]

/** Longest life of a key in days, and that of one whose life was not named. */
export const DAYS_MOST = 366
export const DAYS_DEFAULT = 90

export type NewKey = {
  readonly role: store.KeyRole
  readonly partyId?: string | null
  /** Host of one of the policy's sites, for role `site`. */
  readonly site?: string | null
  readonly days?: number
}
export type MadeKey = { readonly keyId: string; readonly key: string; readonly expiresAt: Date }

/**
 * Makes an API key: `ind_` and 32 random bytes in base64url. A client's key names the client and a site's key
 * the site, and no other key does. Throws `identity.not_allowed` and `request.invalid` (days 1–366, client, site).
 */
export async function createKey(ctx: Ctx, wish: NewKey): Promise<MadeKey> {
  const { role, partyId = null, days = DAYS_DEFAULT } = wish
  policy.requireTask(ctx, 'createKey')
  if (!Number.isInteger(days) || days < 1 || days > DAYS_MOST) throw wrong('days', 'identity.days', DAYS_TEXT)
  if ((role === 'client') !== (partyId !== null)) throw wrong('client', 'identity.client', CLIENT_TEXT)
  if (partyId !== null && (await work.party(ctx, partyId))?.kind !== 'client')
    throw wrong('client', 'identity.client', CLIENT_TEXT)
  const site = siteOf(ctx, wish)
  const keyId = randomUUID()
  const key = `ind_${randomBytes(32).toString('base64url')}`
  const { expiresAt } = await store.insertKey(ctx, { keyId, role, partyId, site, digest: digestOf(key), days })
  await ledger.appendSystem(ctx, 'identity.key_created', { key: keyId, keyRole: role, party: partyId, site, days })
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
 * Whose key this is, or null. A malformed, unknown, expired or revoked key costs the same question to the database
 * and gives the same answer; the digest is looked up, so no comparison leaks the key. Calls that come together are
 * asked together, each by a question put after it came: nothing is remembered, a revoked key ends at once.
 */
export async function authenticate(world: World, key: string): Promise<Actor | null> {
  const known =
    lookUps.get(world) ?? gather((digests: readonly Buffer[]) => lookUpAll(world, digests), ROUND_MOST, LANES)
  lookUps.set(world, known)
  const found = await known(digestOf(key))
  if (found.outcome === 'failed') throw found.error
  return found.actor
}

type Found =
  { readonly outcome: 'asked'; readonly actor: Actor | null } | { readonly outcome: 'failed'; readonly error: unknown }

const lookUps = new WeakMap<World, (digest: Buffer) => Promise<Found>>()
const ROUND_MOST = 500
const LANES = 2

/** No digest can be at fault for a question that fails, so a round is not tried again one by one. */
async function lookUpAll(world: World, digests: readonly Buffer[]): Promise<readonly Found[]> {
  try {
    const rows = await store.findLiving(world.pools.api, digests)
    const actors = new Map(rows.map(row => [row.digest.toString('hex'), actorOf(row)]))
    return digests.map(digest => ({ outcome: 'asked', actor: actors.get(digest.toString('hex')) ?? null }))
  } catch (error) {
    return digests.map(() => ({ outcome: 'failed', error }))
  }
}

function actorOf({ keyId, role, partyId, site }: Omit<store.KeyRow, 'createdAt' | 'expiresAt' | 'revokedAt'>): Actor {
  return { id: `key:${keyId}`, role, surface: 'api', ...(partyId && { partyId }), ...(site && { site }) }
}

/** The host a site's key is for, in lower case; null for any other key, which may name none. */
function siteOf(ctx: Ctx, { role, site = null }: NewKey): string | null {
  const isFit = site === null ? role !== 'site' : role === 'site' && isOurs(ctx, site)
  if (!isFit) throw wrong('site', 'identity.site', SITE_TEXT)
  return site?.toLowerCase() ?? null
}

function isOurs(ctx: Ctx, site: string): boolean {
  // A part of a site has no key of its own: it would open all of it.
  return policy.siteOf(policy.current(ctx).document, site)?.host === site.toLowerCase()
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
const SITE_TEXT = {
  da: 'En nøgle til et websted skal nævne et af politikkens websteder, og ingen anden nøgle må.',
  en: 'A site’s key must name one of the policy’s sites, and no other key may.',
}

function wrong(field: string, code: string, text: { readonly da: string; readonly en: string }): Problem {
  return new Problem('request.invalid', { faults: [{ field, code, text }] })
}
