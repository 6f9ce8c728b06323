/** The route of the access reply: one document, made from one instant. */
import { route, type Route } from '../platform/route.ts'
import { actOnSnapshot } from '../platform/world.ts'
import * as access from './access.ts'
import { replySchema } from './schema.ts'

export const routes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/requests/:requestId/reply',
    id: 'makeAccessReply',
    summary: {
      da: 'Det fulde svar på en anmodning om indsigt. Personen ser, at det blev lavet.',
      en: 'The complete reply to an access request. The person can see that it was made.',
    },
    tasks: ['answerRequest'],
    response: replySchema,
    handle: async ({ world, actor, params }) => ({
      body: await actOnSnapshot(world, actor, ctx => access.reply(ctx, String(params['requestId']))),
    }),
  }),
]
