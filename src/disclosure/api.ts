/** Disclosures over the API. A client's key sees and fetches its own packages; any other is not there. */
import { z } from 'zod'
import { isId } from '../lib/id.ts'
import * as notices from '../notices/notices.ts'
import { Problem } from '../platform/problems.ts'
import { route, type ApiCall, type Route } from '../platform/route.ts'
import { act, look } from '../platform/world.ts'
import * as disclosure from './disclosure.ts'

const made = z.strictObject({
  disclosureId: z.uuid(),
  noticeId: z.uuid(),
  recipientId: z.uuid(),
  fields: z.array(z.string()),
  contentSha256: z.string(),
  expiresAt: z.iso.datetime(),
  withheld: z.array(z.strictObject({ recordId: z.uuid(), category: z.string(), code: z.string(), clause: z.string() })),
})

const packageView = z.strictObject({
  disclosureId: z.uuid(),
  caseId: z.uuid(),
  disclosedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  fetchedAt: z.iso.datetime().nullable(),
})
const disclosureView = packageView.extend({
  recipientKind: z.enum(['creditor', 'lawyer', 'authority']),
  recipientId: z.uuid(),
  demandId: z.uuid().nullable(),
  noticeId: z.uuid(),
  fields: z.array(z.string()),
  contentSha256: z.string(),
})

const disclose = route({
  method: 'post',
  path: '/v1/cases/:caseId/disclosures',
  id: 'disclose',
  summary: {
    da: 'Videregiv en sag til dens kreditor, dens advokat eller en myndighed; personen får besked.',
    en: 'Disclose a case to its creditor, its lawyer or an authority; the person is told.',
  },
  tasks: ['disclose', 'holdNotice'],
  isIdempotent: true,
  body: z.strictObject({
    recipient: z.strictObject({
      kind: z.enum(['creditor', 'lawyer', 'authority', 'other']),
      partyId: z.uuid().optional(),
      demandId: z.uuid().optional(),
    }),
    fields: z.array(z.string().max(64)).min(1).max(64).optional(),
    days: z.int().min(1).max(disclosure.DAYS.most).optional(),
    held: z.strictObject({ ground: z.enum(notices.HOLD_GROUNDS), reviewOn: z.iso.date() }).optional(),
  }),
  response: made,
  status: 201,
  handle: async ({ world, actor, params, body }) => {
    const caseId = idIn(params, 'caseId')
    const result = await act(world, actor, ctx => disclosure.disclose(ctx, { caseId, ...body }))
    return { body: { ...result, expiresAt: result.expiresAt.toISOString() }, resultId: result.disclosureId }
  },
})

const listOfCase = route({
  method: 'get',
  path: '/v1/cases/:caseId/disclosures',
  id: 'listDisclosures',
  summary: { da: 'Sagens videregivelser.', en: 'The case’s disclosures.' },
  tasks: ['disclose', 'holdNotice'],
  response: z.strictObject({ disclosures: z.array(disclosureView) }),
  handle: async ({ world, actor, params }) => {
    const rows = await look(world, actor, from => disclosure.list(from, idIn(params, 'caseId')))
    return { body: { disclosures: rows.map(viewOf) } }
  },
})

const listOwn = route({
  method: 'get',
  path: '/v1/disclosures',
  id: 'listPackages',
  summary: { da: 'Pakker til klienten, som nøglen er til.', en: 'Packages for the client whose key this is.' },
  tasks: ['fetchPackage'],
  response: z.strictObject({ packages: z.array(packageView) }),
  handle: async ({ world, actor }) => {
    const { partyId } = actor
    const rows = partyId === undefined ? [] : await look(world, actor, from => disclosure.packagesOf(from, partyId))
    return { body: { packages: rows.map(packageOf) } }
  },
})

const fetchPackage = route({
  method: 'get',
  path: '/v1/disclosures/:disclosureId/package',
  id: 'fetchPackage',
  summary: { da: 'Hent en pakke, krypteret til modtageren.', en: 'Fetch a package, encrypted to its recipient.' },
  tasks: ['fetchPackage'],
  responseType: 'application/octet-stream',
  handle: async ({ world, actor, params }) => {
    const { bytes } = await act(world, actor, ctx => disclosure.fetchPackage(ctx, idIn(params, 'disclosureId')))
    return { bytes }
  },
})

export const routes: readonly Route[] = [disclose, listOfCase, listOwn, fetchPackage]

/** A package as its recipient sees it. */
function packageOf({ disclosureId, caseId, disclosedAt, expiresAt, fetchedAt }: disclosure.ListRow) {
  return {
    disclosureId,
    caseId,
    disclosedAt: disclosedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    fetchedAt: fetchedAt?.toISOString() ?? null,
  }
}

/** A disclosure as our own people see it. */
function viewOf(row: disclosure.ListRow) {
  const { recipientKind, recipientId, demandId, noticeId, fields, contentSha256 } = row
  const more = { recipientKind, recipientId, demandId, noticeId, fields }
  return { ...packageOf(row), ...more, contentSha256: contentSha256.toString('hex') }
}

function idIn(params: ApiCall['params'], name: string): string {
  const id = params[name]
  if (!isId(id)) throw new Problem('not_found')
  return id
}
