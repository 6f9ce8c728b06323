/** Retention over the API: what is due and when, a run, and its certificates. */
import { z } from 'zod'
import { route, type Route } from '../platform/route.ts'
import { look } from '../platform/world.ts'
import * as retention from './retention.ts'

const count = z.int().nonnegative()
const dueCount = z.strictObject({ clause: z.string(), reason: z.string(), category: z.string(), records: count })
const certificate = z.strictObject({
  format: z.literal('indsigt-erasure/1'),
  certificate: z.uuid(),
  policyVersion: z.int(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  records: count,
  personsForgotten: count,
  erased: z.array(dueCount),
  unreadableHereSince: z.iso.datetime().nullable(),
  lastCopyGoneBy: z.iso.date().nullable(),
})
const previewed = z.strictObject({
  asOf: z.iso.date(),
  policyVersion: z.int(),
  dueTotal: count,
  due: z.array(dueCount),
  kept: z.array(
    z.strictObject({
      keptBy: z.enum(['floor', 'hold', 'request']),
      reason: z.string(),
      clause: z.string(),
      category: z.string(),
      records: count,
      until: z.iso.date().nullable(),
    }),
  ),
  unreviewed: z.strictObject({
    count,
    relationships: z.array(
      z.strictObject({ relationshipId: z.uuid(), kind: z.string(), reviewOn: z.iso.date(), records: count }),
    ),
  }),
  months: z.array(z.strictObject({ month: z.string(), records: count, byClause: z.record(z.string(), count) })),
})

export const routes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/retention/preview',
    id: 'previewRetention',
    summary: {
      da: 'Hvad der skal slettes i dag og i de kommende måneder',
      en: 'What is to be erased today and in the coming months',
    },
    tasks: ['runRetention', 'verifyLedger'],
    query: z.strictObject({
      months: z.coerce.number().int().min(1).max(120).default(24),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
    response: previewed,
    handle: async call => ({ body: await look(call.world, call.actor, it => retention.preview(it, call.query)) }),
  }),
  route({
    method: 'post',
    path: '/v1/retention/runs',
    id: 'runRetention',
    summary: { da: 'Slet det, der skal slettes nu', en: 'Erase what is due now' },
    tasks: ['runRetention'],
    body: z.strictObject({ limit: z.int().min(1).max(1_000_000).optional() }),
    response: z.strictObject({ certificate, erasedHere: count }),
    status: 201,
    isIdempotent: true,
    handle: async call => {
      const { limit } = call.body
      const body = await retention.run(call.world, call.actor, limit === undefined ? {} : { limit })
      return { body, resultId: body.certificate.certificate }
    },
  }),
  route({
    method: 'get',
    path: '/v1/retention/certificates',
    id: 'listCertificates',
    summary: { da: 'Slettecertifikater, nyeste først', en: 'Certificates of erasure, newest first' },
    tasks: ['runRetention', 'verifyLedger'],
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }),
    response: z.strictObject({ certificates: z.array(certificate) }),
    handle: async call => ({
      body: { certificates: await look(call.world, call.actor, it => retention.certificates(it, call.query.limit)) },
    }),
  }),
]
