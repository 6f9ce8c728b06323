/** The routes of consents: say yes or no, withdraw as easily, and see what was said. */
import { z } from 'zod'
import { route, type Route } from '../platform/route.ts'
import { act } from '../platform/world.ts'
import * as consents from './consents.ts'

const body = z.strictObject({
  state: z.enum(['given', 'refused']),
  subjectId: z.uuid(),
  purpose: z.string().max(64),
  channel: z.string().max(64).optional(),
  recipientId: z.uuid().optional(),
  text: z.string().max(10_000),
  textVersion: z.string().max(64),
  language: z.enum(['da', 'en']),
  validUntil: z.iso.date().optional(),
})

const shown = z.object({
  consentId: z.uuid(),
  subjectId: z.uuid(),
  purpose: z.string(),
  channel: z.string(),
  recipientId: z.uuid().nullable(),
  textVersion: z.string(),
  textSha256: z.string(),
  language: z.enum(['da', 'en']),
  policyVersion: z.number().int(),
  givenAt: z.iso.datetime(),
  validUntil: z.iso.date().nullable(),
  state: z.enum(['given', 'refused', 'withdrawn', 'expired']),
})
const events = z.array(z.object({ state: shown.shape.state, at: z.iso.datetime() }))

export const routes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/consents',
    id: 'sayConsent',
    summary: { da: 'Registrér et ja eller et nej.', en: 'Record a yes or a no.' },
    tasks: ['takeConsent'],
    body,
    response: shown,
    status: 201,
    isIdempotent: true,
    handle: async ({ world, actor, body: { state, ...said } }) => {
      const say = state === 'given' ? consents.give : consents.refuse
      const consent = await act(world, actor, ctx => say(ctx, defined(said)))
      return { body: consent, resultId: consent.consentId }
    },
  }),
  route({
    method: 'post',
    path: '/v1/consents/:consentId/withdrawal',
    id: 'withdrawConsent',
    summary: { da: 'Træk et samtykke tilbage.', en: 'Withdraw a consent.' },
    tasks: ['takeConsent'],
    response: z.object({ withdrawn: z.array(z.uuid()) }),
    handle: async ({ world, actor, params }) => {
      const withdrawn = await act(world, actor, ctx => consents.withdrawOne(ctx, String(params['consentId'])))
      return { body: { withdrawn } }
    },
  }),
  route({
    method: 'get',
    path: '/v1/people/:subjectId/consents',
    id: 'listConsents',
    summary: { da: 'Hvad en person har sagt ja og nej til.', en: 'What a person said yes and no to.' },
    tasks: ['takeConsent'],
    response: z.object({ consents: z.array(shown.extend({ events })) }),
    handle: async ({ world, actor, params }) => ({
      body: { consents: await act(world, actor, ctx => consents.read(ctx, String(params['subjectId']))) },
    }),
  }),
]

/** Leaves out what was not said, so that absent stays absent. */
function defined(said: Omit<z.infer<typeof body>, 'state'>): consents.NewConsent {
  const { channel, recipientId, validUntil, ...rest } = said
  return {
    ...rest,
    ...(channel && { channel }),
    ...(recipientId && { recipientId }),
    ...(validUntil && { validUntil }),
  }
}
