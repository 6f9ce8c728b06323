/**
 * The decision said slowly: one plain pass over the rules as they are written, without tables.
 * Not used to answer anybody; the tests and the bench hold the tables of `decide` against it.
 */
import { DEFAULT_RULE, VALUE_VERBS } from './compile.ts'
import type { Decision, Facts, Obligation, PolicyDocument, Question, Reason, Rule } from './types.ts'

/** The same answer as `decide`, worked out rule by rule from the document. */
export function decidePlainly(document: PolicyDocument, question: Question, facts: Facts): Decision {
  const forbids: Reason[] = []
  const permits: Rule[] = []
  const fieldForbids: Rule[] = []
  let governing: Rule | undefined
  let nearest: Rule | undefined
  for (const rule of document.rules) {
    if (!rule.verbs.includes(question.verb)) continue
    if (governing === undefined || (governing.effect === 'forbid' && rule.effect === 'permit')) governing = rule
    if (!concerns(rule, question)) continue
    if (rule.effect === 'permit' && nearest === undefined) nearest = rule
    if (!factsHold(rule, facts)) continue
    if (rule.effect === 'permit') permits.push(rule)
    else if (rule.fields === undefined) forbids.push(reasonOf(rule))
    else fieldForbids.push(rule)
  }
  const clause = governing?.clause ?? ''
  const article = governing?.article ?? 'GDPR 5(1)(a)'
  if (!codesKnown(document, question)) return deny(question, [noPermit(clause, article)])
  if (forbids.length > 0) return deny(question, forbids)
  const wrong = misfit(document, question)
  if (wrong !== undefined) return deny(question, [wrong])
  if (permits.length > 0) return permit({ document, question, fieldForbids, clause }, permits)
  const near = nearest?.clause ?? document.categories[question.category]?.clause ?? clause
  return deny(question, [noPermit(near, nearest?.article ?? article)])
}

const NONE: readonly never[] = []

function noPermit(clause: string, article: string): Reason {
  return refusal('policy.no_permit', clause, article)
}

function refusal(code: string, clause: string, article: string): Reason {
  return { rule: DEFAULT_RULE, effect: 'forbid', code, clause, article }
}

function codesKnown(document: PolicyDocument, question: Question): boolean {
  const known = (list: object, code: string) => code === '' || Object.hasOwn(list, code)
  return (
    known(document.purposes, question.purpose) &&
    known(document.categories, question.category) &&
    known(document.channels, question.channel)
  )
}

function concerns(rule: Rule, question: Question): boolean {
  return (
    among(rule.sources, question.source) &&
    among(rule.categories, question.category) &&
    among(rule.purposes, question.purpose) &&
    among(rule.recipients, question.recipient) &&
    among(rule.channels, question.channel)
  )
}

function among(list: readonly string[] | undefined, value: string): boolean {
  return list === undefined || list.includes(value)
}

function factsHold(rule: Rule, facts: Facts): boolean {
  for (const fact of rule.when ?? NONE) if (facts[fact] !== true) return false
  for (const fact of rule.unless ?? NONE) if (facts[fact] === true) return false
  return true
}

function misfit(document: PolicyDocument, question: Question): Reason | undefined {
  const category = document.categories[question.category]
  if (category === undefined) return undefined
  if (question.source === '' || !category.sources.includes(question.source))
    return refusal('policy.source_not_accepted', category.clause, 'GDPR 5(1)(a)')
  const purpose = document.purposes[question.purpose]
  if (!VALUE_VERBS.includes(question.verb) || purpose?.fields[question.category] !== undefined) return undefined
  return refusal('policy.category_not_needed', purpose?.clause ?? category.clause, 'GDPR 5(1)(b)')
}

type Weighed = { document: PolicyDocument; question: Question; fieldForbids: readonly Rule[]; clause: string }

function permit(weighed: Weighed, permits: readonly Rule[]): Decision {
  const { question } = weighed
  const allowed: string[] = []
  const refused: { field: string; code: string; clause: string }[] = []
  const refusals: Reason[] = []
  for (const field of question.fields) {
    const refusal = refusalOf(weighed, field)
    if (refusal === undefined) {
      allowed.push(field)
      continue
    }
    refused.push({ field, code: refusal.code, clause: refusal.clause })
    if (!refusals.some(one => one.rule === refusal.rule && one.code === refusal.code)) refusals.push(refusal)
  }
  if (question.fields.length > 0 && allowed.length === 0)
    return { outcome: 'deny', allowed, refused, reasons: refusals, obligations: [] }
  return { outcome: 'permit', allowed, refused, reasons: permits.map(reasonOf), obligations: obligationsOf(permits) }
}

function refusalOf({ document, question, fieldForbids, clause }: Weighed, field: string): Reason | undefined {
  const rule = fieldForbids.find(one => one.fields?.includes(field) === true)
  if (rule !== undefined) return reasonOf(rule)
  const category = document.categories[question.category]
  const listed = category?.fields.includes(field) === true
  if (!listed) return refusal('policy.field_not_listed', category?.clause ?? clause, 'GDPR 5(1)(c)')
  const purpose = document.purposes[question.purpose]
  if (!VALUE_VERBS.includes(question.verb)) return undefined
  if (purpose?.fields[question.category]?.includes(field) === true) return undefined
  return refusal('policy.field_not_needed', purpose?.clause ?? '', 'GDPR 5(1)(b)')
}

function obligationsOf(permits: readonly Rule[]): Obligation[] {
  const duties: Obligation[] = []
  for (const rule of permits) {
    for (const kind of rule.oblige ?? []) {
      if (!duties.some(duty => duty.kind === kind)) duties.push({ kind, clause: rule.clause, rule: rule.id })
    }
  }
  return duties
}

function reasonOf(rule: Rule): Reason {
  const { id, effect, code, clause, article } = rule
  return { rule: id, effect, code, clause, article }
}

function deny(question: Question, reasons: readonly Reason[]): Decision {
  const first = reasons[0] as Reason
  const refused = question.fields.map(field => ({ field, code: first.code, clause: first.clause }))
  return { outcome: 'deny', allowed: [], refused, reasons, obligations: [] }
}
