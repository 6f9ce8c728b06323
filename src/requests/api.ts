/** The routes of requests: take one and see them with their days. */
import { z } from 'zod'
import { route, type Route } from '../platform/route.ts'
import { act, look } from '../platform/world.ts'
import * as requests from './requests.ts'

const kind = z.enum(['access', 'objection', 'erasure'])
const channel = z.enum(['api', 'letter', 'email', 'phone', 'inPerson'])
const outcome = z.enum(['given', 'upheld', 'refused', 'partly'])

const newRequest = z.strictObject({
  subjectId: z.uuid(),
  kind,
  channel,
  receivedOn: z.iso.date().optional(),
  caseId: z.uuid().optional(),
  records: z.array(z.uuid()).max(1_000).optional(),
  statement: z.string().max(20_000).optional(),
  claim: z.literal('disputed').optional(),
})

const receipt = z.object({
  requestId: z.uuid(),
  subjectId: z.uuid(),
  kind,
  receivedOn: z.iso.date(),
  dueOn: z.iso.date(),
  records: z.array(z.uuid()),
  restricted: z.number().int(),
})

const shown = z.object({
  requestId: z.uuid(),
  subjectId: z.uuid(),
  kind,
  channel,
  receivedOn: z.iso.date(),
  dueOn: z.iso.date(),
  answeredAt: z.iso.datetime().nullable(),
  outcome: outcome.nullable(),
  reason: z.string().nullable(),
})

export const routes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/requests',
    id: 'openRequest',
    summary: {
      da: 'Tag imod en anmodning; en indsigelse begrænser straks.',
      en: 'Take a request; an objection restricts at once.',
    },
    tasks: ['takeRequest'],
    body: newRequest,
    response: receipt,
    status: 201,
    isIdempotent: true,
    handle: async ({ world, actor, body }) => {
      const made = await act(world, actor, ctx => requests.take(ctx, defined(body)))
      return { body: made, resultId: made.requestId }
    },
  }),
  route({
    method: 'get',
    path: '/v1/requests',
    id: 'listRequests',
    summary: { da: 'Anmodninger med frist, de åbne først.', en: 'Requests with their day, the open ones first.' },
    tasks: ['takeRequest'],
    query: z.strictObject({ state: z.enum(['open', 'all']).optional() }),
    response: z.object({ requests: z.array(shown) }),
    handle: async ({ world, actor, query }) => {
      const rows = await look(world, actor, l => requests.list(l, query.state ?? 'open'))
      return { body: { requests: rows.map(requests.shown) } }
    },
  }),
  route({
    method: 'get',
    path: '/v1/requests/:requestId',
    id: 'showRequest',
    summary: { da: 'Én anmodning.', en: 'One request.' },
    tasks: ['takeRequest'],
    response: shown,
    handle: async ({ world, actor, params }) => ({
      body: requests.shown(await look(world, actor, l => requests.request(l, String(params['requestId'])))),
    }),
  }),
]

/** Leaves out what was not said, so that absent stays absent. */
function defined({
  receivedOn,
  caseId,
  records,
  statement,
  claim,
  ...rest
}: z.infer<typeof newRequest>): requests.Taken {
  return {
    ...rest,
    ...(receivedOn && { receivedOn }),
    ...(caseId && { caseId }),
    ...(records && { records }),
    ...(statement && { statement }),
    ...(claim && { claim }),
  }
}
