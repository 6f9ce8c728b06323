/** What of a case may go to this recipient: record by record, with the reasons where it may not. Pure. */
import type { Decision, Facts, RecipientKind } from '../policy/types.ts'

export type Row = {
  readonly recordId: string
  readonly category: string
  readonly source: string
  readonly eraseBy: string | null
}

/** On what ground the recipient asks, as the database shows it now. */
export type Ground = {
  /** Present creditor or present lawyer of this open case. */
  readonly isOwnCase: boolean
  readonly hasDemand: boolean
  readonly doesDemandCover: boolean
  readonly consentId: string | null
  /** Databeskyttelsesloven section 11(2): told apart by number in a claim, or demanded by an authority. */
  readonly hasCprGround: boolean
}

type Party = { readonly kind: RecipientKind; readonly partyId: string | null }
type Case = { readonly kind: string; readonly clientId: string | null; readonly closedOn: string | null }
type Demand = {
  readonly authorityId: string
  readonly fields: readonly string[]
  readonly demandedOn: string
  readonly validUntil: string
}

/** S21: the claim's present creditor, the case's present lawyer, an authority within its recorded demand. */
export function groundOf(of: {
  readonly recipient: Party
  readonly relationship: Case
  readonly lawyerId: string | null
  readonly demand: Demand | null
  readonly fields: readonly string[] | undefined
  readonly consentId: string | null
  readonly today: string
}): Ground {
  const { recipient, relationship, demand, today } = of
  const isOpenDebt = relationship.kind === 'debtCase' && relationship.closedOn === null
  const present = { creditor: relationship.clientId, lawyer: of.lawyerId, authority: null, other: null }[recipient.kind]
  const hasDemand = recipient.kind === 'authority' && demand !== null && demand.authorityId === recipient.partyId
  const isInTime = demand !== null && demand.demandedOn <= today && today <= demand.validUntil
  const isWithin = (of.fields ?? []).every(field => demand?.fields.includes(field) === true)
  return {
    isOwnCase: isOpenDebt && present !== null && present === recipient.partyId,
    hasDemand,
    doesDemandCover: hasDemand && isInTime && isWithin,
    consentId: of.consentId,
    hasCprGround: recipient.kind === 'authority' ? hasDemand && demand.fields.includes('cpr') : isOpenDebt,
  }
}

/** The facts of one record for the decision; `ended` says that no reason to keep it is left. */
export function factsOf(row: Row, ground: Ground, now: { readonly today: string; readonly hasEnded: boolean }): Facts {
  return {
    workOpen: true,
    ownCase: ground.isOwnCase,
    demandRecorded: ground.hasDemand,
    demandCovers: ground.doesDemandCover,
    consentLive: row.source === 'website' && ground.consentId !== null,
    cprGround: ground.hasCprGround,
    maximumReached: row.eraseBy !== null && row.eraseBy <= now.today,
    reasonEnded: now.hasEnded,
  }
}

export type Refused = { readonly code: string; readonly clause: string }
export type Planned<Of extends Row> = { readonly row: Of; readonly decision: Decision }
export type Plan<Of extends Row> = {
  readonly permitted: readonly Planned<Of>[]
  readonly withheld: readonly Planned<Of>[]
}

/** Splits the records by what the decision says of each. */
export function plan<Of extends Row>(rows: readonly Of[], decide: (row: Of) => Decision): Plan<Of> {
  const planned = rows.map(row => ({ row, decision: decide(row) }))
  return {
    permitted: planned.filter(it => it.decision.outcome === 'permit'),
    withheld: planned.filter(it => it.decision.outcome === 'deny'),
  }
}

/**
 * The fields asked for by name that no record may give although one could, each with the reason. What
 * the person simply has no record of is not among them.
 */
export function unmet<Of extends Row>(
  of: Plan<Of>,
  asked: readonly string[],
  fieldsOf: (category: string) => readonly string[],
): { readonly field: string; readonly code: string; readonly clause: string }[] {
  const all = [...of.permitted, ...of.withheld]
  return asked.flatMap(field => {
    if (of.permitted.some(it => it.decision.allowed.includes(field))) return []
    const holder = all.find(it => fieldsOf(it.row.category).includes(field))
    if (!holder) return []
    const own = holder.decision.refused.find(it => it.field === field)
    const [reason] = holder.decision.reasons
    return [{ field, code: own?.code ?? reason?.code ?? '', clause: own?.clause ?? reason?.clause ?? '' }]
  })
}
