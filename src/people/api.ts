/** The route by which our people find a person. A search carries a number, so it is a POST and never an address. */
import { z } from 'zod'
import { route, type Route } from '../platform/route.ts'
import { act } from '../platform/world.ts'
import * as people from './people.ts'

const body = z.union([
  z.strictObject({ cpr: z.string().max(40) }),
  z.strictObject({ email: z.string().max(254) }),
  z.strictObject({ phone: z.string().max(40) }),
  z.strictObject({ clientId: z.uuid(), reference: z.string().max(200) }),
])

const found = z.object({
  subjectId: z.uuid(),
  isProvisional: z.boolean(),
  cases: z.array(
    z.object({
      caseId: z.uuid(),
      kind: z.string(),
      client: z.string().nullable(),
      openedOn: z.iso.date(),
      closedOn: z.iso.date().nullable(),
    }),
  ),
})

export const routes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/people/search',
    id: 'findPeople',
    summary: { da: 'Find en person på et nummer eller en adresse.', en: 'Find a person by a number or address.' },
    tasks: ['takeRequest'],
    body,
    response: z.object({ people: z.array(found) }),
    handle: async ({ world, actor, body }) => ({
      body: { people: await act(world, actor, ctx => people.find(ctx, body)) },
    }),
  }),
]
