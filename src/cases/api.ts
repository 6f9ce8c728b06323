/** Cases over the API. A client's key sees ids, states and dates of its own cases; any other case is not there. */
import { z } from 'zod'
import { isId } from '../lib/id.ts'
import { Problem } from '../platform/problems.ts'
import { route, type ApiCall, type Route } from '../platform/route.ts'
import { act, look, type Actor } from '../platform/world.ts'
import * as work from '../work/work.ts'
import * as cases from './cases.ts'

const date = z.iso.date()
const caseView = z.strictObject({
  caseId: z.uuid(),
  clientId: z.uuid(),
  state: z.enum(['open', 'closed']),
  openedOn: date,
  limitationOn: date.nullable(),
  disputedOn: date.nullable(),
  closedOn: date.nullable(),
  closeReason: z.string().nullable(),
  reviewOn: date,
})
/** What the client itself may know of it: what its own files and our settlements with it say. */
const clientCaseView = caseView.pick({ caseId: true, clientId: true, state: true, openedOn: true, closedOn: true })
const recordView = z.strictObject({ recordId: z.uuid(), category: z.string(), source: z.string(), collectedOn: date })
const caseFile = caseView.extend({
  records: z.array(recordView.extend({ values: z.record(z.string(), z.string()) })),
  withheld: z.array(recordView.extend({ code: z.string(), clause: z.string() })),
})
const holdReason = z.enum(['dispute', 'claim', 'authority'])

const showCase = route({
  method: 'get',
  path: '/v1/cases/:caseId',
  id: 'showCase',
  summary: { da: 'Læs en åben sag; læsningen føres i protokollen.', en: 'Read an open case; the reading is entered.' },
  tasks: ['workCase', 'importPortfolio'],
  response: z.union([caseFile, clientCaseView]),
  handle: async call => {
    const caseId = idIn(call.params, 'caseId')
    if (call.actor.role !== 'client') return { body: await act(call.world, call.actor, ctx => cases.show(ctx, caseId)) }
    const own = call.actor.partyId ?? ''
    requireOwn(call.actor, own)
    return { body: await look(call.world, call.actor, from => cases.viewShown(from, own, caseId)) }
  },
})

const listCases = route({
  method: 'get',
  path: '/v1/clients/:partyId/cases',
  id: 'listCases',
  summary: { da: 'En klients sager: numre, tilstand og datoer.', en: 'A client’s cases: ids, states and dates.' },
  tasks: ['workCase', 'importPortfolio'],
  query: z.strictObject({ after: z.uuid().optional() }),
  response: z.strictObject({ cases: z.array(z.union([caseView, clientCaseView])), next: z.uuid().nullable() }),
  handle: async ({ world, actor, params, query }) => {
    const partyId = idIn(params, 'partyId')
    requireOwn(actor, partyId)
    const rows = await look(world, actor, async from => {
      if ((await work.party(from, partyId))?.kind !== 'client') throw new Problem('not_found')
      return actor.role === 'client'
        ? cases.listShown(from, partyId, query.after)
        : cases.list(from, partyId, query.after)
    })
    return { body: { cases: rows, next: rows.length === 500 ? rows.at(-1)?.caseId : null } }
  },
})

const searchCase = route({
  method: 'post',
  path: '/v1/cases/search',
  id: 'findCase',
  summary: {
    da: 'Find en sag på klient og klientens sagsnummer.',
    en: 'Find a case by client and the client’s reference.',
  },
  tasks: ['workCase', 'importPortfolio'],
  body: z.strictObject({ client: z.string().min(1).max(200), reference: z.string().min(1).max(200) }),
  response: z.strictObject({ caseId: z.uuid() }),
  handle: async ({ world, actor, body }) => {
    const caseId = await look(world, actor, async from => {
      const { partyId } = await work.partyOfKind(from, 'client', body.client).catch(hideFrom(actor))
      requireOwn(actor, partyId)
      return cases.find(from, partyId, body.reference)
    })
    return { body: { caseId } }
  },
})

const closeCase = route({
  method: 'post',
  path: '/v1/cases/:caseId/close',
  id: 'closeCase',
  summary: { da: 'Luk en sag; fristen for sletning begynder.', en: 'Close a case; its time to erasure begins.' },
  tasks: ['workCase'],
  isIdempotent: true,
  body: z.strictObject({
    reason: z.enum(['paid', 'recalled', 'assigned', 'timeBarred', 'notOwed']),
    date: date.optional(),
  }),
  response: caseView,
  handle: async ({ world, actor, params, body }) => {
    const closing = { caseId: idIn(params, 'caseId'), reason: body.reason, closedOn: body.date }
    const closed = await act(world, actor, ctx => cases.close(ctx, closing))
    return { body: closed, resultId: closed.caseId }
  },
})

const assignLawyer = route({
  method: 'post',
  path: '/v1/cases/:caseId/lawyer',
  id: 'assignLawyer',
  summary: { da: 'Giv sagen en advokat.', en: 'Give the case a lawyer.' },
  tasks: ['workCase'],
  body: z.strictObject({ lawyerId: z.uuid() }),
  status: 204,
  handle: async ({ world, actor, params, body }) => {
    await act(world, actor, ctx => cases.assignLawyer(ctx, idIn(params, 'caseId'), body.lawyerId))
    return { status: 204 }
  },
})

const addDemand = route({
  method: 'post',
  path: '/v1/cases/:caseId/demands',
  id: 'recordDemand',
  summary: { da: 'Registrér en myndigheds forlangende.', en: 'Record an authority’s demand.' },
  tasks: ['registerDemand'],
  isIdempotent: true,
  body: z.strictObject({
    authorityId: z.uuid(),
    reference: z.string().max(400),
    legalBasis: z.string().max(400),
    fields: z.array(z.string().max(64)).max(64),
    demandedOn: date,
    validUntil: date,
  }),
  response: z.strictObject({ demandId: z.uuid() }),
  status: 201,
  handle: async ({ world, actor, params, body }) => {
    const demandId = await act(world, actor, ctx => cases.recordDemand(ctx, idIn(params, 'caseId'), body))
    return { body: { demandId }, resultId: demandId }
  },
})

const listDemands = route({
  method: 'get',
  path: '/v1/cases/:caseId/demands',
  id: 'listDemands',
  summary: { da: 'Sagens registrerede forlangender.', en: 'The case’s recorded demands.' },
  tasks: ['registerDemand'],
  handle: async ({ world, actor, params }) => ({
    body: { demands: await look(world, actor, from => cases.demandsOf(from, idIn(params, 'caseId'))) },
  }),
})

const addPayment = route({
  method: 'post',
  path: '/v1/cases/:caseId/payments',
  id: 'recordPayment',
  summary: { da: 'Bogfør en betaling med sit bilag.', en: 'Enter a payment with its voucher.' },
  tasks: ['registerPayment'],
  isIdempotent: true,
  // The keys are field codes of the policy, as in the values of a case.
  body: z.strictObject(
    Object.fromEntries(cases.PAYMENT_FIELDS.map(field => [field, z.string().max(400).optional()])) as {
      [field in (typeof cases.PAYMENT_FIELDS)[number]]: z.ZodOptional<z.ZodString>
    },
  ),
  response: z.strictObject({ voucherId: z.uuid(), recordId: z.uuid(), financialYearEndsOn: date, floorUntil: date }),
  status: 201,
  handle: async ({ world, actor, params, body }) => {
    const payment = await act(world, actor, ctx => cases.recordPayment(ctx, idIn(params, 'caseId'), body))
    return { body: payment, resultId: payment.voucherId }
  },
})

const addHold = route({
  method: 'post',
  path: '/v1/cases/:caseId/holds',
  id: 'placeHold',
  summary: { da: 'Sæt en grund til ikke at slette endnu.', en: 'Place a reason not to erase yet.' },
  tasks: ['workCase'],
  body: z.strictObject({ reason: holdReason, reviewOn: date }),
  status: 204,
  handle: async ({ world, actor, params, body }) => {
    await act(world, actor, ctx => cases.hold(ctx, { caseId: idIn(params, 'caseId'), ...body }))
    return { status: 204 }
  },
})

const liftHold = route({
  method: 'post',
  path: '/v1/cases/:caseId/holds/lift',
  id: 'liftHold',
  summary: { da: 'Ophæv en grund til ikke at slette.', en: 'Lift a reason not to erase.' },
  tasks: ['workCase'],
  body: z.strictObject({ reason: holdReason }),
  status: 204,
  handle: async ({ world, actor, params, body }) => {
    await act(world, actor, ctx => cases.liftHold(ctx, idIn(params, 'caseId'), body.reason))
    return { status: 204 }
  },
})

const listHolds = route({
  method: 'get',
  path: '/v1/holds',
  id: 'listHolds',
  summary: {
    da: 'Grunde, der står, de første til eftersyn først.',
    en: 'Reasons that stand, the first to be reviewed first.',
  },
  tasks: ['workCase'],
  handle: async ({ world, actor }) => ({ body: { holds: await look(world, actor, cases.holds) } }),
})

export const routes: readonly Route[] = [
  searchCase,
  showCase,
  listCases,
  closeCase,
  assignLawyer,
  addDemand,
  listDemands,
  addPayment,
  addHold,
  liftHold,
  listHolds,
]

function idIn(params: ApiCall['params'], name: string): string {
  const id = params[name]
  if (!isId(id)) throw new Problem('not_found')
  return id
}

/** To a client's key what is not its own does not exist. */
function requireOwn(actor: Actor, partyId: string): void {
  if (actor.role === 'client' && actor.partyId !== partyId) throw new Problem('not_found')
}

/** Nor does a client's key learn which other clients there are. */
function hideFrom(actor: Actor) {
  return (error: unknown): never => {
    throw actor.role === 'client' ? new Problem('not_found') : error
  }
}
