/** The routes of decisions: decide a request with its reason, and note that the person was told. */
import { z } from 'zod'
import { route, type Route } from '../platform/route.ts'
import { act } from '../platform/world.ts'
import * as decisions from './decisions.ts'

const outcome = z.enum(['given', 'upheld', 'refused', 'partly'])

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
    path: '/v1/requests/:requestId/decision',
    id: 'decideRequest',
    summary: { da: 'Afgør en anmodning med en grund.', en: 'Decide a request, with a reason.' },
    tasks: ['answerRequest'],
    body: z.strictObject({ outcome, reason: z.string().max(64), records: z.array(z.uuid()).max(1_000).optional() }),
    response: decided,
    handle: async ({ world, actor, params, body: { records, ...decision } }) => ({
      body: await act(world, actor, ctx =>
        decisions.decide(ctx, String(params['requestId']), { ...decision, ...(records && { records }) }),
      ),
    }),
  }),
  route({
    method: 'post',
    path: '/v1/requests/:requestId/told',
    id: 'recordTold',
    summary: {
      da: 'Personen har fået svaret; begrænsninger ophæves nu.',
      en: 'The person was told; restrictions are lifted now.',
    },
    tasks: ['answerRequest'],
    body: z.strictObject({ channel: z.enum(['email', 'letter', 'hand']) }),
    response: z.object({ released: z.array(z.uuid()) }),
    handle: async ({ world, actor, params, body }) => ({
      body: {
        released: await act(world, actor, ctx => decisions.told(ctx, String(params['requestId']), body.channel)),
      },
    }),
  }),
]
