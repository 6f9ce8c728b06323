/** Imports and reviews over the API. A client sees of its own deliveries what its own files say, and nothing else. */
import { z } from 'zod'
import { Problem } from '../platform/problems.ts'
import { route, type ApiAnswer, type ApiCall, type Route } from '../platform/route.ts'
import { spool, type Source } from '../platform/spool.ts'
import { act, look, type Actor, type World } from '../platform/world.ts'
import * as intake from './intake.ts'
import { clientReportView, reportView, reviewView, shownReport, shownToClient } from './views.ts'

/** 512 MiB: about a million and a half rows. */
export const FILE_MOST = 512 * 1024 * 1024

const deliver = route({
  method: 'post',
  path: '/v1/imports',
  id: 'importPortfolio',
  summary: {
    da: 'Send en portefølje som CSV. Svaret kommer, når filen kan læses; rækkerne tages ind bagefter.',
    en: 'Send a portfolio as CSV. The answer comes once the file can be read; its rows are taken in afterwards.',
  },
  tasks: ['importPortfolio'],
  bodyType: 'text/csv',
  status: 202,
  query: z.strictObject({ client: z.string().min(1).max(200).optional() }),
  response: z.strictObject({ importId: z.uuid() }),
  handle: async ({ world, actor, query, request }) => {
    const clientId = await clientOf(world, actor, query.client)
    if (!request.body) throw new Problem('intake.file_refused')
    const source = await spool(world.stateFolder, request.body, FILE_MOST)
    const importId = await begun(world, actor, source, clientId)
    return { body: { importId }, resultId: importId }
  },
})

const list = route({
  method: 'get',
  path: '/v1/imports',
  id: 'listImports',
  summary: { da: 'De nyeste importer.', en: 'The newest imports.' },
  tasks: ['importPortfolio'],
  response: z.strictObject({ imports: z.array(z.union([reportView, clientReportView])) }),
  handle: async ({ world, actor }) => {
    const reports = await look(world, actor, intake.list)
    return { body: { imports: reports.map(report => viewFor(actor, report)) } }
  },
})

const one = route({
  method: 'get',
  path: '/v1/imports/:importId',
  id: 'getImport',
  summary: { da: 'Én import og hvad den blev til.', en: 'One import and what became of it.' },
  tasks: ['importPortfolio'],
  response: z.union([reportView, clientReportView]),
  handle: async ({ world, actor, params }) => {
    const report = await look(world, actor, from => intake.reportOf(from, idOf(params, 'importId')))
    return { body: viewFor(actor, report) }
  },
})

const abandon = route({
  method: 'post',
  path: '/v1/imports/:importId/abandon',
  id: 'abandonImport',
  summary: {
    da: 'Opgiv en import, der ikke er læst til ende: det, der er taget ind, bliver, og andre filer kan komme.',
    en: 'Give up an import that was not read to its end: what was taken stays, and other files may come.',
  },
  tasks: ['importPortfolio'],
  response: z.union([reportView, clientReportView]),
  handle: async ({ world, actor, params }) => {
    const importId = idOf(params, 'importId')
    await intake.abandon(world, intake.onImport(actor), importId)
    const report = await look(world, actor, from => intake.reportOf(from, importId))
    return { body: viewFor(actor, report) }
  },
})

const rejects = route({
  method: 'get',
  path: '/v1/imports/:importId/rejects',
  id: 'getRejects',
  summary: {
    da: 'Afviste linjer som CSV: linje, kolonne, grund og hvad der skal gøres.',
    en: 'Rejected lines as CSV: line, column, reason and what to do.',
  },
  tasks: ['importPortfolio'],
  responseType: 'text/csv; charset=utf-8',
  handle: async ({ world, actor, params }): Promise<ApiAnswer> => {
    const importId = idOf(params, 'importId')
    const report = await look(world, actor, from => intake.reportOf(from, importId))
    // Half a list would be taken for all of it.
    if (report.state === 'unfinished') throw new Problem('intake.running', { retryAfterSeconds: 10 })
    const pieces: Buffer[] = []
    for await (const text of intake.rejectTexts(world, actor, importId)) pieces.push(Buffer.from(text, 'utf8'))
    return { bytes: Buffer.concat(pieces) }
  },
})

const reviews = route({
  method: 'get',
  path: '/v1/reviews',
  id: 'listReviews',
  summary: { da: 'Rækker, der venter på et menneske hos os.', en: 'Rows that wait for a person of ours.' },
  tasks: ['settleReview'],
  response: z.strictObject({ reviews: z.array(reviewView) }),
  handle: async ({ world, actor }) => ({ body: { reviews: await look(world, actor, intake.reviews) } }),
})

const settle = route({
  method: 'post',
  path: '/v1/reviews/:reviewId/settle',
  id: 'settleReview',
  summary: {
    da: 'Afgør en række: samme person som i en sag, en ny person, eller ikke taget ind.',
    en: 'Settle a row: the same person as in a case, a new person, or not taken.',
  },
  tasks: ['settleReview'],
  body: z.strictObject({ as: z.enum(['same', 'new', 'refused']), caseId: z.uuid().optional() }),
  response: z.strictObject({
    reviewId: z.uuid(),
    outcome: z.enum(['same', 'new', 'refused']),
    caseId: z.uuid().nullable(),
  }),
  handle: async ({ world, actor, params, body }) => {
    const { as, caseId } = body
    const reviewId = idOf(params, 'reviewId')
    return { body: await act(world, actor, ctx => intake.settle(ctx, { reviewId, as, caseId })) }
  },
})

export const routes: readonly Route[] = [deliver, list, one, abandon, rejects, reviews, settle]

function viewFor(actor: Actor, report: intake.Report) {
  return actor.role === 'client' ? shownToClient(intake.clientReport(report)) : shownReport(report)
}

function idOf(params: ApiCall['params'], name: string): string {
  const parsed = z.uuid().safeParse(params[name])
  if (!parsed.success) throw new Problem('not_found')
  return parsed.data
}

/** A client imports for itself; our own people name the client. */
async function clientOf(world: World, actor: Actor, name: string | undefined): Promise<string> {
  if (actor.role === 'client') {
    if (name !== undefined || actor.partyId === undefined) throw new Problem('identity.not_allowed')
    return actor.partyId
  }
  if (name === undefined) throw new Problem('request.invalid', { faults: [{ field: 'client', code: 'required' }] })
  return intake.clientByName(world, actor, name)
}

/** Starts the import and answers with its id; the rest goes on behind, and the file is gone when it ends. */
function begun(world: World, actor: Actor, source: Source, clientId: string): Promise<string> {
  return new Promise((resolve, reject) => {
    inTurn(world, () => intake.deliver(world, actor, source, { clientId, begun: resolve }))
      .catch((error: unknown) => {
        const code = error instanceof Problem ? error.code : 'fault'
        world.log('error', 'intake.import_stopped', { code })
        reject(error instanceof Error ? error : new Error('fault'))
      })
      .finally(() => void source.close())
  })
}

const AT_ONCE = 2
const turns = new WeakMap<World, { running: number; readonly waiting: (() => void)[] }>()

/** Each import holds a connection for its lock, so a process runs few at once and the others wait their turn. */
async function inTurn<T>(world: World, whole: () => Promise<T>): Promise<T> {
  const turn = turns.get(world) ?? { running: 0, waiting: [] }
  turns.set(world, turn)
  if (turn.running >= AT_ONCE) await new Promise<void>(resolve => turn.waiting.push(resolve))
  else turn.running += 1
  try {
    return await whole()
  } finally {
    const next = turn.waiting.shift()
    if (next) next()
    else turn.running -= 1
  }
}
