/** The routes of requests: take one, see them, decide one with its reason, and note that the person was told. */
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

const decided = z.object({
  requestId: z.uuid(),
  outcome,
  reason: z.string(),
  records: z.array(
    z.object({
      recordId: z.uuid(),
      category: z.string(),
      outcome: z.enum(['erased', 'stopped', 'toRelease', 'released', 'kept']),
      code: z.string(),
      clause: z.string(),
      article: z.string(),
      until: z.iso.date().nullable(),
      text: z.object({ da: z.string(), en: z.string() }),
    }),
  ),
  tell: z.array(z.object({ recipientId: z.uuid(), name: z.string() })),
})

export const routes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/requests',
    id: 'openRequest',
    summary: { da: 'Tag imod en anmodning; en indsigelse begrænser straks.', en: 'Take a request; an objection restricts at once.' },
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
  route({
    method: 'post',
    path: '/v1/requests/:requestId/decision',
    id: 'decideRequest',
    summary: { da: 'Afgør en anmodning med en grund.', en: 'Decide a request, with a reason.' },
    tasks: ['answerRequest'],
    body: z.strictObject({ outcome, reason: z.string().max(64), records: z.array(z.uuid()).max(1_000).optional() }),
    response: decided,
    handle: async ({ world, actor, params, body: { records, ...decision } }) => ({
      body: await act(world, actor, ctx =>
        requests.decide(ctx, String(params['requestId']), { ...decision, ...(records && { records }) }),
      ),
    }),
  }),
  route({
    method: 'post',
    path: '/v1/requests/:requestId/told',
    id: 'recordTold',
    summary: { da: 'Personen har fået svaret; begrænsninger ophæves nu.', en: 'The person was told; restrictions are lifted now.' },
    tasks: ['answerRequest'],
    body: z.strictObject({ channel: z.enum(['email', 'letter', 'hand']) }),
    response: z.object({ released: z.array(z.uuid()) }),
    handle: async ({ world, actor, params, body }) => ({
      body: { released: await act(world, actor, ctx => requests.told(ctx, String(params['requestId']), body.channel)) },
    }),
  }),
]

/** Leaves out what was not said, so that absent stays absent. */
function defined({ receivedOn, caseId, records, statement, claim, ...rest }: z.infer<typeof newRequest>): requests.Taken {
  return {
    ...rest,
    ...(receivedOn && { receivedOn }),
    ...(caseId && { caseId }),
    ...(records && { records }),
    ...(statement && { statement }),
    ...(claim && { claim }),
  }
}
