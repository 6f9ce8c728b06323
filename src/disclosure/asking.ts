/**
 * A part of the face: who asks for what, and on what ground, as the database shows it at this moment.
 * What decides is locked first, so that it stays as it was seen until the act ends.
 */
import * as consents from '../consents/consents.ts'
import type { HoldTerms } from '../notices/notices.ts'
import { Problem, type Fault } from '../platform/problems.ts'
import type { Ctx } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import type { Facts, Question, Reason, RecipientKind, Source } from '../policy/types.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { factsOf, groundOf, type Ground } from './plan.ts'

export type Wanted = {
  readonly caseId: string
  readonly recipient: {
    readonly kind: RecipientKind
    /** Absent: the case's creditor or lawyer, or the authority that the demand is of. */
    readonly partyId?: string | undefined
    readonly demandId?: string | undefined
  }
  /** Field codes; absent: all that this recipient may have (for an authority: what its demand covers). */
  readonly fields?: readonly string[] | undefined
  /** Days the package can be fetched. */
  readonly days?: number | undefined
  /** The law forbids telling yet (authorities only): task `holdNotice`. */
  readonly held?: HoldTerms | undefined
}

export type Asked = {
  readonly relationship: work.RelationshipRow
  readonly subjectId: string
  readonly kind: RecipientKind
  readonly partyId: string | null
  readonly demandId: string | null
  readonly fields: readonly string[] | undefined
  /** Fields that somebody named; a demand's own scope is not. */
  readonly named: readonly string[]
  readonly held: HoldTerms | undefined
  readonly ground: Ground
  readonly factsOf: (row: subjects.RecordRow) => Facts
}

/** Locks what decides and establishes the ground on which the recipient asks. */
export async function askedFor(ctx: Ctx, { caseId, recipient, fields, held }: Wanted): Promise<Asked> {
  const { subjectId, kind: relation } = await work.relationship(ctx, caseId)
  if (relation !== 'debtCase') throw new Problem('not_found')
  // Records before the case, as an objection locks them: the other way round each would wait for the other.
  await subjects.lockForUse(ctx, subjectId)
  const relationship = await work.lockRelationship(ctx, caseId)
  if (held && recipient.kind !== 'authority')
    throw wrong({ field: 'held', code: 'disclosure.held_authority_only', clause: 'S22' })
  const { document } = policy.current(ctx)
  const unknown = (fields ?? []).filter(field => !Object.hasOwn(document.fields, field))
  if (unknown.length > 0 || fields?.length === 0) throw wrong({ field: 'fields', code: 'field.unknown' })
  const demands = (await work.demands(ctx, subjectId)).filter(it => it.relationshipId === caseId)
  const demand = demands.find(it => it.demandId === recipient.demandId) ?? null
  const lawyerId = (await work.lawyerOf(ctx, relationship))?.partyId ?? null
  const usual = {
    creditor: relationship.clientId,
    lawyer: lawyerId,
    authority: demand?.authorityId ?? null,
    other: null,
  }
  const partyId = recipient.partyId ?? usual[recipient.kind]
  const consent = partyId && (await consents.live(ctx, { subjectId, purpose: 'disclosure', recipientId: partyId }))
  const scope = fields ?? (recipient.kind === 'authority' ? demand?.fields : undefined)
  const ground = groundOf({
    recipient: { kind: recipient.kind, partyId },
    relationship,
    lawyerId,
    demand,
    fields: scope,
    consentId: consent ? consent.consentId : null,
    today: ctx.today,
  })
  const factsOf = await factsFor(ctx, subjectId, ground)
  const demandId = ground.hasDemand ? (demand?.demandId ?? null) : null
  const { kind } = recipient
  return { relationship, subjectId, kind, partyId, demandId, fields: scope, named: fields ?? [], held, ground, factsOf }
}

async function factsFor(ctx: Ctx, subjectId: string, ground: Ground) {
  const relationships = new Map((await work.relationships(ctx, subjectId)).map(row => [row.relationshipId, row]))
  const vouchers = new Map((await work.vouchers(ctx, subjectId)).map(row => [row.voucherId, row]))
  const compiled = policy.current(ctx)
  return (row: subjects.RecordRow): Facts => {
    const of = relationships.get(row.relationshipId)
    const isKnown = Object.hasOwn(compiled.document.categories, row.category)
    const question = {
      category: row.category,
      collectedOn: row.collectedOn,
      caseClosedOn: of?.closedOn ?? undefined,
      limitationOn: of?.limitationOn ?? undefined,
      financialYearEndsOn: vouchers.get(row.voucherId ?? '')?.financialYearEndsOn,
    }
    const hasEnded = !isKnown || policy.keepUntil(question, compiled, ctx.today).due
    const restricted = row.restrictedAt !== null
    // The role's task was required first. The notice is of this very act: without it the act cannot commit.
    return {
      ...factsOf(row, ground, { today: ctx.today, hasEnded }),
      roleAllowed: true,
      restricted,
      noticeQueued: true,
    }
  }
}

/** S21 before all else: whoever is not on the list is refused whatever the records say. */
export function requireRecipient(ctx: Ctx, { kind, ground }: Pick<Asked, 'kind' | 'ground'>): readonly Reason[] {
  const claim = { category: 'debt_claim', source: 'client', channel: '', fields: [] } as const
  const facts = { ...factsOf({ recordId: '', eraseBy: null, ...claim }, ground, { today: ctx.today, hasEnded: false }) }
  const question: Question = { verb: 'disclose', purpose: 'disclosure', recipient: kind, ...claim }
  return policy.require(ctx, question, { ...facts, roleAllowed: true, noticeQueued: true }).reasons
}

/** The case's own records, and what the person gave on our sites: a consent may reach that, nothing else does. */
export async function candidates(ctx: Ctx, asked: Asked): Promise<subjects.RecordRow[]> {
  const { document } = policy.current(ctx)
  const isAskedFor = (row: subjects.RecordRow) =>
    asked.fields === undefined || asked.fields.some(field => document.categories[row.category]?.fields.includes(field))
  const rows = (await subjects.rowsOf(ctx, asked.subjectId)).filter(row => row.erasedAt === null)
  const own = rows.filter(row => row.relationshipId === asked.relationship.relationshipId || row.source === 'website')
  return own.filter(isAskedFor)
}

/** What is asked of the policy about one record. */
export function questionFor(ctx: Ctx, asked: Pick<Asked, 'kind' | 'fields'>, row: subjects.RecordRow): Question {
  const known = policy.current(ctx).document.categories[row.category]?.fields ?? []
  const fields = asked.fields === undefined ? known : asked.fields.filter(field => known.includes(field))
  const { category, source } = row
  return {
    verb: 'disclose',
    purpose: 'disclosure',
    category,
    source: source as Source,
    recipient: asked.kind,
    channel: '',
    fields,
  }
}

function wrong(fault: Fault): Problem {
  return new Problem('request.invalid', { faults: [fault], ...(fault.clause && { clause: fault.clause }) })
}
