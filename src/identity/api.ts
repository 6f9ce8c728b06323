/** API keys over the API: made, listed and revoked by an administrator. */
import { z } from 'zod'
import { route, type Route } from '../platform/route.ts'
import { act, look } from '../platform/world.ts'
import * as identity from './identity.ts'

const keyView = z.strictObject({
  keyId: z.uuid(),
  role: z.enum(identity.KEY_ROLES),
  partyId: z.uuid().nullable(),
  site: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().nullable(),
})

const createKey = route({
  method: 'post',
  path: '/v1/api-keys',
  id: 'createApiKey',
  summary: { da: 'Lav en API-nøgle; den vises kun denne ene gang.', en: 'Make an API key; it is shown this once.' },
  tasks: ['createKey'],
  isIdempotent: true,
  status: 201,
  body: z.strictObject({
    role: z.enum(identity.KEY_ROLES),
    partyId: z.uuid().optional(),
    site: z.string().max(253).optional(),
    days: z.int().min(1).max(identity.DAYS_MOST).optional(),
  }),
  response: z.strictObject({ keyId: z.uuid(), key: z.string(), expiresAt: z.iso.datetime() }),
  handle: async ({ world, actor, body }) => {
    const { role, partyId = null, site = null, days = identity.DAYS_DEFAULT } = body
    const made = await act(world, actor, ctx => identity.createKey(ctx, { role, partyId, site, days }))
    return { body: { ...made, expiresAt: made.expiresAt.toISOString() }, resultId: made.keyId }
  },
})

const listKeys = route({
  method: 'get',
  path: '/v1/api-keys',
  id: 'listApiKeys',
  summary: { da: 'Alle API-nøgler, uden selve nøglerne.', en: 'All API keys, without the keys themselves.' },
  tasks: ['createKey'],
  response: z.strictObject({ keys: z.array(keyView) }),
  handle: async ({ world, actor }) => {
    const rows = await look(world, actor, identity.keys)
    return { body: { keys: rows.map(viewOf) } }
  },
})

const revokeKey = route({
  method: 'post',
  path: '/v1/api-keys/:keyId/revoke',
  id: 'revokeApiKey',
  summary: { da: 'Spær en API-nøgle med det samme.', en: 'End an API key at once.' },
  tasks: ['createKey'],
  status: 204,
  handle: async ({ world, actor, params }) => {
    await act(world, actor, ctx => identity.revokeKey(ctx, params['keyId'] ?? ''))
    return {}
  },
})

/** A key as the API shows it. */
function viewOf(row: identity.KeyRow) {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }
}

export const routes: readonly Route[] = [createKey, listKeys, revokeKey]
