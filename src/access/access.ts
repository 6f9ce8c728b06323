/**
 * The face of access: the complete reply to a person (S24, Art. 15), from one instant, over every module. What is
 * held by law leaves no trace in it, and nobody else's data is in it.
 */
import * as decisions from '../decisions/decisions.ts'
import * as consents from '../consents/consents.ts'
import * as cookies from '../cookies/cookies.ts'
import * as disclosure from '../disclosure/disclosure.ts'
import * as intake from '../intake/intake.ts'
import * as notices from '../notices/notices.ts'
import * as policy from '../policy/policy.ts'
import { civilDate, type Ctx } from '../platform/world.ts'
import type { Warrant } from '../platform/warrant.ts'
import * as requests from '../requests/requests.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { compose, type Delivery, type Kept, type Reply, type Unmatched } from './reply.ts'
import * as store from './store.ts'
import { isEntryVisible, ownPart, visibleOf } from './visible.ts'

export type { Reply } from './reply.ts'

/**
 * The reply to an open access request; it closes nothing. Call it, and `give`, with `actOnSnapshot`, so that it is
 * of one instant. Throws `not_found`, `requests.answered`, `subjects.integrity`.
 */
export async function reply(ctx: Ctx, requestId: string): Promise<Reply> {
  // EDPB 01/2022: a reply put together from several instants may never have been true.
  if ((await store.findIsolation(ctx)).isolation !== 'repeatable read') throw new Error('a reply is of one instant')
  const request = await requests.lockOpen(ctx, requestId)
  policy.requireTask(ctx, 'answerRequest')
  const { subjectId } = request
  const warrant = await work.warrant(ctx, { kind: 'request', id: request.itemId })
  const rows = await subjects.rowsOf(ctx, subjectId)
  const { opened } = await subjects.open(ctx, warrant, { subjectId, verb: 'access', factsOf: factsOf(ctx) })
  const relationships = await work.relationships(ctx, subjectId)
  const vouchers = await work.vouchers(ctx, subjectId)
  const shown = await visible(ctx, subjectId, relationships)
  const unmatched = await unmatchedOf(ctx, subjectId, opened)
  const gathered = {
    madeAt: ctx.now,
    request,
    policy: policy.current(ctx),
    opened,
    rows,
    kept: keptOf(ctx, { rows, relationships, vouchers, holds: shown.holds }),
    deliveries: await deliveriesOf(ctx, rows),
    relationships,
    lawyers: await work.lawyersOf(ctx, subjectId),
    vouchers,
    ...shown,
    disclosures: await disclosure.toldOf(ctx, subjectId),
    consents: await consents.withTexts(ctx, subjectId),
    links: await cookies.linksOf(ctx, subjectId),
    requests: await requests.of(ctx, subjectId),
    objected: await requests.objected(ctx, subjectId),
    reasons: requests.reasonText,
    unmatched,
    reviews: (await intake.reviewsOf(ctx, [subjectId])).map(reviewOf),
  }
  const names = await namesOf(ctx, gathered)
  await enter(ctx, warrant, requestId, opened)
  return compose({ ...gathered, names })
}

/** Makes the reply and closes the request as answered, in one act. */
export async function give(ctx: Ctx, requestId: string): Promise<Reply> {
  const made = await reply(ctx, requestId)
  await decisions.decide(ctx, requestId, { outcome: 'given', reason: 'replied' })
  return made
}

const factsOf = (ctx: Ctx) => () => ({ roleAllowed: policy.may(ctx.actor.role, 'answerRequest'), workOpen: true })

/** Notices, demands, holds and log entries as the person may see them today. */
async function visible(ctx: Ctx, subjectId: string, relationships: readonly work.RelationshipRow[]) {
  const made = []
  for (const it of relationships) made.push(...(await disclosure.list(ctx, it.relationshipId)))
  const all = {
    notices: await notices.statusOf(ctx, subjectId),
    demands: await work.demands(ctx, subjectId),
    holds: await work.holds(ctx, subjectId),
    now: ctx.now,
    today: ctx.today,
    workOf: new Map(made.map(it => [it.noticeId, [it.disclosureId]])),
  }
  const shown = visibleOf(all)
  const entries = (await subjects.entriesOf(ctx, subjectId)).filter(it => isEntryVisible(it, shown.secrets, ctx.now))
  const demands = []
  for (const { demandId } of shown.demands) {
    const demand = all.demands.find(it => it.demandId === demandId)
    if (!demand) continue
    const reference = await subjects.unsealText(ctx, subjectId, demandId, demand.sealedReference)
    demands.push({ ...demand, reference })
  }
  return { notices: shown.notices, holds: shown.holds, demands, entries }
}

type Held = {
  readonly rows: readonly subjects.RecordRow[]
  readonly relationships: readonly work.RelationshipRow[]
  readonly vouchers: readonly work.VoucherRow[]
  readonly holds: readonly work.HoldRow[]
}

/** For each record the day by which it goes and the reason in words. Nothing that the person may not know counts. */
function keptOf(ctx: Ctx, { rows, relationships, vouchers, holds }: Held): Map<string, Kept> {
  const kept = new Map<string, Kept>()
  for (const row of rows.filter(it => it.erasedAt === null)) {
    const relationship = relationships.find(it => it.relationshipId === row.relationshipId)
    const voucher = vouchers.find(it => it.voucherId === row.voucherId)
    const hold = holds.find(it => it.relationshipId === row.relationshipId && it.liftedOn === null)
    const { category, collectedOn } = row
    const answer = policy.keepUntil(
      {
        category,
        collectedOn,
        caseClosedOn: relationship?.closedOn ?? undefined,
        limitationOn: relationship?.limitationOn ?? undefined,
        financialYearEndsOn: voucher?.financialYearEndsOn,
        reviewOn: relationship?.reviewOn,
        hold,
      },
      policy.current(ctx),
      ctx.today,
    )
    const until =
      row.eraseBy !== null && (answer.latest === null || row.eraseBy < answer.latest) ? row.eraseBy : answer.latest
    kept.set(row.recordId, { until, code: answer.code, clause: answer.clause, sentence: answer.sentence })
  }
  return kept
}

async function deliveriesOf(ctx: Ctx, rows: readonly subjects.RecordRow[]): Promise<Delivery[]> {
  const ids = [...new Set(rows.flatMap(row => row.importId ?? []))]
  const found = await intake.deliveries(ctx, ids)
  const names = await partyNames(
    ctx,
    found.map(it => it.clientId),
  )
  return found.map(({ importId, clientId, receivedAt }) => ({
    importId,
    client: names.get(clientId) ?? '',
    receivedOn: civilDate(receivedAt),
  }))
}

/**
 * Rows in our review queue with this person's CPR number. They are a provisional person's, so each is opened
 * under a request of its own; of their fields only what is surely this person's own is shown (Art. 15(4)).
 */
async function unmatchedOf(ctx: Ctx, subjectId: string, opened: readonly subjects.Opened[]): Promise<Unmatched[]> {
  const own = opened.map(it => it.values)
  const numbers = [...new Set(own.flatMap(values => values['cpr'] ?? []))]
  const found = await subjects.findMany(ctx, 'cpr', numbers)
  const others = [...new Set([...found.values()].flat())].filter(id => id !== subjectId)
  const waiting = (await intake.reviewsOf(ctx, others)).filter(it => it.settledOn === null)
  const deliveries = new Map(
    (
      await intake.deliveries(
        ctx,
        waiting.map(it => it.importId),
      )
    ).map(it => [it.importId, it]),
  )
  const names = await partyNames(
    ctx,
    waiting.map(it => it.clientId),
  )
  const unmatched: Unmatched[] = []
  for (const row of waiting) {
    const receivedAt = deliveries.get(row.importId)?.receivedAt
    const receivedOn = receivedAt ? civilDate(receivedAt) : row.queuedOn
    const part = ownPart(await valuesOf(ctx, row.subjectId), own)
    unmatched.push({
      client: names.get(row.clientId) ?? '',
      receivedOn,
      reason: row.reason,
      reviewOn: row.reviewOn,
      ...part,
    })
  }
  return unmatched
}

async function valuesOf(ctx: Ctx, subjectId: string) {
  const itemId = await work.openItem(ctx, { kind: 'request', subjectId, relationshipId: null })
  const warrant = await work.warrant(ctx, { kind: 'request', id: itemId })
  const { opened } = await subjects.open(ctx, warrant, { subjectId, verb: 'access', factsOf: factsOf(ctx) })
  const detail = { purpose: warrant.purpose, work: warrant.work, records: opened.map(it => it.row.recordId) }
  await subjects.enter(ctx, [{ subjectId, kind: 'subjects.read', detail }])
  await work.closeItem(ctx, itemId)
  return opened.map(it => it.values)
}

type Review = Awaited<ReturnType<typeof intake.reviewsOf>>[number]
const reviewOf = ({ queuedOn, reason, settledOn, outcome }: Review) => ({ queuedOn, reason, settledOn, outcome })

type Named = {
  readonly relationships: readonly work.RelationshipRow[]
  readonly disclosures: readonly disclosure.ListRow[]
  readonly consents: readonly consents.Consent[]
}

const namesOf = (ctx: Ctx, { relationships, disclosures, consents }: Named) =>
  partyNames(ctx, [
    ...relationships.flatMap(it => it.clientId ?? []),
    ...disclosures.map(it => it.recipientId),
    ...consents.flatMap(it => it.recipientId ?? []),
  ])

async function partyNames(ctx: Ctx, ids: readonly string[]): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const id of new Set(ids)) names.set(id, (await work.party(ctx, id))?.name ?? '')
  return names
}

async function enter(ctx: Ctx, warrant: Warrant, requestId: string, opened: readonly subjects.Opened[]): Promise<void> {
  const records = opened.map(it => it.row.recordId)
  const fields = [...new Set(opened.flatMap(it => Object.keys(it.values)))]
  const detail = { requestId, purpose: warrant.purpose, records, fields }
  await subjects.enter(ctx, [{ subjectId: warrant.subjectId ?? '', kind: 'access.replied', detail }])
}
