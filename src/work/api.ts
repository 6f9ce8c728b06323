/** The parties over the API: clients with their keys, law firms and authorities. */
import { z } from 'zod'
import { isId } from '../lib/id.ts'
import { Problem } from '../platform/problems.ts'
import { route, type Route } from '../platform/route.ts'
import { act, look } from '../platform/world.ts'
import { partyCvr, partyName } from './party.ts'
import * as work from './work.ts'

const view = z.strictObject({
  partyId: z.uuid(),
  name: z.string(),
  cvr: z.string().nullable(),
  ageRecipient: z.string().nullable(),
  registeredAt: z.iso.datetime(),
})

const newParty = z.strictObject({
  name: partyName,
  cvr: partyCvr,
  ageRecipient: z.string().max(4_000).optional(),
})

const NAMES = {
  client: { plural: 'clients', id: 'Client', da: 'klient', en: 'client', one: 'a client' },
  lawyer: { plural: 'lawyers', id: 'Lawyer', da: 'advokat', en: 'law firm', one: 'a law firm' },
  authority: { plural: 'authorities', id: 'Authority', da: 'myndighed', en: 'authority', one: 'an authority' },
} as const

export const routes: readonly Route[] = (['client', 'lawyer', 'authority'] as const).flatMap(kind => [
  register(kind),
  list(kind),
  setKey(kind),
])

function register(kind: work.PartyKind): Route {
  const { plural, id, da, one } = NAMES[kind]
  return route({
    method: 'post',
    path: `/v1/${plural}`,
    id: `register${id}`,
    summary: { da: `Registrér en ${da}.`, en: `Register ${one}.` },
    tasks: ['registerParty'],
    body: newParty,
    response: view,
    status: 201,
    isIdempotent: true,
    handle: async ({ world, actor, body }) => {
      const ageRecipient = body.ageRecipient === undefined ? null : await work.checkedKey(body.ageRecipient)
      const party = { kind, name: body.name, cvr: body.cvr, ageRecipient }
      const row = await act(world, actor, ctx => work.register(ctx, party))
      return { body: viewOf(row), resultId: row.partyId }
    },
  })
}

function list(kind: work.PartyKind): Route {
  const { plural, id, da, en } = NAMES[kind]
  return route({
    method: 'get',
    path: `/v1/${plural}`,
    id: `list${id}s`.replace('ys', 'ies'),
    summary: { da: `Hver registreret ${da}.`, en: `Every registered ${en}.` },
    tasks: ['registerParty', 'registerDemand'],
    response: z.strictObject({ [plural]: z.array(view) }),
    handle: async ({ world, actor }) => {
      const rows = await look(world, actor, from => work.parties(from, kind))
      return { body: { [plural]: rows.map(viewOf) } }
    },
  })
}

function setKey(kind: work.PartyKind): Route {
  const { plural, id, da, one } = NAMES[kind]
  return route({
    method: 'put',
    path: `/v1/${plural}/:partyId/key`,
    id: `set${id}Key`,
    summary: { da: `Giv en ${da} en ny age-nøgle.`, en: `Give ${one} a new age key.` },
    tasks: ['registerParty'],
    body: z.strictObject({ ageRecipient: z.string().max(4_000) }),
    status: 204,
    handle: async ({ world, actor, params, body }) => {
      const { partyId } = params
      const key = await work.checkedKey(body.ageRecipient)
      await act(world, actor, async ctx => {
        const party = isId(partyId) ? await work.party(ctx, partyId) : undefined
        if (party?.kind !== kind) throw new Problem('not_found')
        await work.setKey(ctx, party.partyId, key)
      })
      return { status: 204 }
    },
  })
}

function viewOf({ partyId, name, cvr, ageRecipient, registeredAt }: work.PartyRow) {
  return { partyId, name, cvr, ageRecipient, registeredAt: registeredAt.toISOString() }
}
