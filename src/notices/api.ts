/** The routes of notices: what is due, sending it, holding it back under law, and what became of it. */
import { z } from 'zod'
import { environment } from '../platform/environment.ts'
import { Problem } from '../platform/problems.ts'
import { route, type ApiCall, type Route } from '../platform/route.ts'
import { act, look, type Ctx } from '../platform/world.ts'
import * as notices from './notices.ts'

const shown = z.object({
  noticeId: z.uuid(),
  kind: z.enum(['collection', 'disclosure', 'decision']),
  state: z.enum(notices.STATES),
  dueOn: z.iso.date(),
  channel: z.string().nullable(),
  language: z.enum(['da', 'en']),
  sentAt: z.iso.datetime().nullable(),
  attempts: z.number().int(),
  failure: z.string().nullable(),
  batchId: z.uuid().nullable(),
  heldReviewOn: z.iso.date().nullable(),
})
const named = z.object({ noticeId: z.uuid() })

export const routes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/notices',
    id: 'listNotices',
    summary: { da: 'Beskeder efter id, højst 200.', en: 'Notices by id, 200 at most.' },
    tasks: ['workCase', 'holdNotice', 'sendNotices'],
    query: z.strictObject({
      due: z.enum(['true', 'false']).optional(),
      state: z.enum(notices.STATES).optional(),
      after: z.uuid().optional(),
    }),
    response: z.object({ notices: z.array(shown) }),
    handle: async ({ world, actor, query: { due, state, after } }) => {
      const rows = await look(world, actor, it =>
        due === 'true'
          ? notices.due(it, after)
          : notices.list(it, { ...(state && { state }), ...(after && { after }) }),
      )
      return { body: { notices: rows.map(notices.summaryOf) } }
    },
  }),
  route({
    method: 'post',
    path: '/v1/notices/sendings',
    id: 'sendNotices',
    summary: { da: 'Send en portion af det, der skal sendes.', en: 'Send one batch of what is due.' },
    tasks: ['sendNotices'],
    body: z.strictObject({
      limit: z.number().int().min(1).max(notices.BATCH_MAX).optional(),
      leadDays: z.number().int().min(0).max(366).optional(),
    }),
    response: z.object({
      mailed: z.number().int(),
      written: z.number().int(),
      returned: z.number().int(),
      later: z.number().int(),
      escalated: z.number().int(),
      batchId: z.uuid().nullable(),
    }),
    handle: async ({ world, actor, body: { limit, leadDays } }) => {
      const settings = notices.settingsFrom(environment())
      if (!settings.ok) {
        throw new Problem('notices.settings', { faults: [{ field: settings.variable, code: 'notices.settings' }] })
      }
      const options = { mail: settings.mail, ...(limit && { limit }), ...(leadDays !== undefined && { leadDays }) }
      return { body: await notices.send(world, actor, options) }
    },
  }),
  route({
    method: 'put',
    path: '/v1/notices/:noticeId/hold',
    id: 'holdNotice',
    summary: { da: 'Hold en besked tilbage efter en lov.', en: 'Hold a notice back under a law.' },
    tasks: ['holdNotice'],
    body: z.strictObject({ ground: z.enum(notices.HOLD_GROUNDS), reviewOn: z.iso.date() }),
    response: named,
    handle: async ({ world, actor, params, body }) => {
      const noticeId = idOf(params)
      await act(world, actor, ctx => notices.hold(ctx, noticeId, body))
      return { body: { noticeId } }
    },
  }),
  route({
    method: 'delete',
    path: '/v1/notices/:noticeId/hold',
    id: 'releaseNotice',
    summary: { da: 'Slip en tilbageholdt besked fri.', en: 'Release a notice held back.' },
    tasks: ['holdNotice'],
    response: named,
    handle: call => one(call, notices.release),
  }),
  route({
    method: 'post',
    path: '/v1/notices/:noticeId/return',
    id: 'returnNotice',
    summary: { da: 'Beskeden kom retur.', en: 'The notice came back.' },
    tasks: ['workCase'],
    response: named,
    handle: call => one(call, notices.recordReturn),
  }),
  route({
    method: 'post',
    path: '/v1/notices/:noticeId/delivery',
    id: 'deliverNotice',
    summary: { da: 'Beskeden nåede frem.', en: 'The notice arrived.' },
    tasks: ['workCase'],
    response: named,
    handle: call => one(call, notices.recordDelivery),
  }),
  route({
    method: 'post',
    path: '/v1/notices/:noticeId/requeue',
    id: 'requeueNotice',
    summary: { da: 'Send en eskaleret besked igen.', en: 'Send an escalated notice again.' },
    tasks: ['workCase'],
    response: named,
    handle: call => one(call, notices.requeue),
  }),
  route({
    method: 'post',
    path: '/v1/notices/batches/:batchId/printed',
    id: 'printNotices',
    summary: {
      da: 'En bunke breve er trykt og sendt: filerne slettes.',
      en: 'A batch of letters is printed and posted: its files are erased.',
    },
    tasks: ['sendNotices'],
    response: z.object({ batchId: z.uuid(), letters: z.number().int() }),
    handle: async ({ world, actor, params }) => {
      const batchId = z.uuid().safeParse(params['batchId'])
      if (!batchId.success) throw new Problem('not_found')
      return { body: { batchId: batchId.data, letters: await notices.printed(world, actor, batchId.data) } }
    },
  }),
]

type Bare = Pick<ApiCall, 'world' | 'actor' | 'params'>

async function one({ world, actor, params }: Bare, verb: (ctx: Ctx, noticeId: string) => Promise<void>) {
  const noticeId = idOf(params)
  await act(world, actor, ctx => verb(ctx, noticeId))
  return { body: { noticeId } }
}

function idOf(params: ApiCall['params']): string {
  const id = z.uuid().safeParse(params['noticeId'])
  if (!id.success) throw new Problem('not_found')
  return id.data
}
