/** The route by which the server of one of our sites hands over what a visitor typed. */
import { z } from 'zod'
import { route, type Route } from '../platform/route.ts'
import { act } from '../platform/world.ts'
import * as collection from './collection.ts'
import { FREE_TEXT_MAX } from './values.ts'

const body = z.strictObject({
  site: z.string().max(253),
  category: z.string().max(64),
  values: z.record(z.string().max(64), z.string().max(FREE_TEXT_MAX)),
  language: z.enum(['da', 'en']),
  notice: z.strictObject({ version: z.number().int().positive(), shownAt: z.iso.datetime() }),
  consentId: z.uuid().optional(),
  subjectId: z.uuid().optional(),
  purposeEndsOn: z.iso.date().optional(),
})

const response = z.object({
  subjectId: z.uuid(),
  relationshipId: z.uuid(),
  recordId: z.uuid(),
  noticeId: z.uuid(),
  eraseBy: z.iso.date(),
})

export const routes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/collections',
    id: 'collect',
    summary: {
      da: 'Tag imod det, en besøgende har givet os på en side.',
      en: 'Take in what a visitor gave us on a site.',
    },
    tasks: ['collect'],
    body,
    response,
    status: 201,
    isIdempotent: true,
    handle: async ({ world, actor, body }) => {
      const collected = await act(world, actor, ctx => collection.collect(ctx, given(body)))
      return { body: collected, resultId: collected.recordId }
    },
  }),
]

function given({
  notice,
  consentId,
  subjectId,
  purposeEndsOn,
  ...rest
}: z.infer<typeof body>): collection.NewCollection {
  return {
    ...rest,
    notice: { version: notice.version, shownAt: new Date(notice.shownAt) },
    ...(consentId && { consentId }),
    ...(subjectId && { subjectId }),
    ...(purposeEndsOn && { purposeEndsOn }),
  }
}
