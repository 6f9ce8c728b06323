/** The decision: default deny, forbid beats permit, fields only as far as the purpose needs them. Pure. */
import { builtIn, type Cell, type CompiledPolicy, type Slot, type Test, type Verdict, type VerbTable } from './compile.ts'
import type { Decision, Facts, Obligation, Question, Reason } from './types.ts'

/**
 * Answers one question from the tables. Deny when no rule permits, when a rule forbids, when a code is unknown,
 * or when fields were asked for and none may be used. `allowed` is always a subset of the fields asked for.
 */
export function decide(compiled: CompiledPolicy, question: Question, facts: Facts): Decision {
  const table = compiled.tables.verbs.get(question.verb)
  if (table === undefined) return deny(question, [UNKNOWN_VERB])
  const purpose = table.purposes.get(question.purpose)
  const category = table.categories.get(question.category)
  const source = table.sources.get(question.source)
  const recipient = table.recipients.get(question.recipient)
  const channel = table.channels.get(question.channel)
  if (!purpose || !category || !source || !recipient || !channel) return deny(question, [table.unknown])
  const cell = table.cells[
    purpose.offset + category.offset + source.offset + recipient.offset + channel.offset
  ] as Cell
  const verdict = verdictOf(cell, facts)
  if (verdict.outcome === 'forbidden') return deny(question, verdict.reasons)
  const wrong = misfit({ compiled, question, table, purpose, category, source })
  if (wrong !== undefined) return deny(question, [wrong])
  if (verdict.outcome === 'nothing') return deny(question, [nothingPermits(compiled, table, cell, question)])
  return permit({ compiled, question, table, purpose, category }, verdict)
}

type Found = {
  readonly compiled: CompiledPolicy
  readonly question: Question
  readonly table: VerbTable
  readonly purpose: Slot
  readonly category: Slot
}

const NONE: readonly never[] = Object.freeze([])
const KNOWN_MAX = 1024
const UNKNOWN_VERB = builtIn('policy.no_permit', '', 'GDPR 5(1)(a)')

function verdictOf(cell: Cell, facts: Facts): Verdict {
  const wanted = cell.facts
  let held = 0
  for (let bit = 0; bit < wanted.length; bit += 1) if (facts[wanted[bit]!] === true) held |= 1 << bit
  const known = cell.known.get(held)
  if (known !== undefined) return known
  const verdict = judge(cell, held)
  if (cell.known.size < KNOWN_MAX) cell.known.set(held, verdict)
  return verdict
}

function judge(cell: Cell, held: number): Verdict {
  const holds = (test: Test) => (held & test.need) === test.need && (held & test.ban) === 0
  const forbids = cell.forbids.filter(holds)
  if (forbids.length > 0) return verdict('forbidden', forbids)
  const permits = cell.permits.filter(holds)
  if (permits.length === 0) return verdict('nothing', permits)
  const refused = new Map<string, Reason>()
  for (const test of cell.fieldForbids.filter(holds)) {
    for (const field of test.fields) if (!refused.has(field)) refused.set(field, test.reason)
  }
  return { ...verdict('permit', permits), refused: refused.size > 0 ? refused : undefined }
}

function verdict(outcome: Verdict['outcome'], tests: readonly Test[]): Verdict {
  const obligations: Obligation[] = []
  for (const obligation of outcome === 'permit' ? tests.flatMap(test => test.obligations) : []) {
    if (!obligations.some(one => one.kind === obligation.kind)) obligations.push(obligation)
  }
  const reasons = Object.freeze(tests.map(test => test.reason))
  return { outcome, reasons, obligations: Object.freeze(obligations), refused: undefined }
}

// A value from a source the category does not accept, or a category the purpose has no business with.
function misfit(found: Found & { readonly source: Slot }): Reason | undefined {
  const { compiled, table, question, category, purpose, source } = found
  if (question.category === '') return undefined
  if (((table.accepted[category.index] ?? 0) & (1 << source.index)) === 0) {
    return builtIn('policy.source_not_accepted', clauseOfCategory(compiled, question), 'GDPR 5(1)(a)')
  }
  if (!table.usesValues || compiled.tables.plans[category.index]?.[purpose.index] !== undefined) return undefined
  const clause = compiled.document.purposes[question.purpose]?.clause ?? clauseOfCategory(compiled, question)
  return builtIn('policy.category_not_needed', clause, 'GDPR 5(1)(b)')
}

function clauseOfCategory(compiled: CompiledPolicy, question: Question): string {
  return compiled.document.categories[question.category]?.clause ?? ''
}

function nothingPermits(compiled: CompiledPolicy, table: VerbTable, cell: Cell, question: Question): Reason {
  const nearest = cell.permits[0]?.reason
  if (nearest !== undefined) return builtIn('policy.no_permit', nearest.clause, nearest.article)
  const clause = clauseOfCategory(compiled, question)
  return clause === '' ? table.unknown : builtIn('policy.no_permit', clause, table.unknown.article)
}

function permit(found: Found, verdict: Verdict): Decision {
  const { question } = found
  const { reasons, obligations } = verdict
  const asked = question.fields
  if (allAllowed(found, verdict)) return { outcome: 'permit', allowed: asked, refused: NONE, reasons, obligations }
  const refusals: Reason[] = []
  const allowed: string[] = []
  const refused: { field: string; code: string; clause: string }[] = []
  for (const field of asked) {
    const refusal = refusalOf(found, verdict, field)
    if (refusal === undefined) allowed.push(field)
    else {
      refused.push({ field, code: refusal.code, clause: refusal.clause })
      if (!refusals.includes(refusal)) refusals.push(refusal)
    }
  }
  if (allowed.length === 0) return { outcome: 'deny', allowed: NONE, refused, reasons: refusals, obligations: NONE }
  return { outcome: 'permit', allowed, refused, reasons, obligations }
}

function allAllowed(found: Found, verdict: Verdict): boolean {
  const { question, compiled, category, purpose, table } = found
  if (question.fields.length === 0) return true
  if (verdict.refused !== undefined || !table.usesValues) return false
  const plan = compiled.tables.plans[category.index]?.[purpose.index]
  if (plan === undefined) return false
  for (const field of question.fields) if (!plan.allowed.has(field)) return false
  return true
}

function refusalOf(found: Found, verdict: Verdict, field: string): Reason | undefined {
  const { compiled, question, category, purpose, table } = found
  const ruled = verdict.refused?.get(field)
  if (ruled !== undefined) return ruled
  const plan = compiled.tables.plans[category.index]?.[purpose.index]
  if (plan !== undefined && table.usesValues) {
    if (!plan.categoryFields.has(field)) return plan.notListed
    return plan.allowed.has(field) ? undefined : plan.notNeeded
  }
  const own = compiled.document.categories[question.category]
  if (own?.fields.includes(field) === true) return undefined
  return builtIn('policy.field_not_listed', own?.clause ?? table.unknown.clause, 'GDPR 5(1)(c)')
}

function deny(question: Question, reasons: readonly Reason[]): Decision {
  const first = reasons[0] as Reason
  const refused = question.fields.map(field => ({ field, code: first.code, clause: first.clause }))
  return { outcome: 'deny', allowed: NONE, refused, reasons, obligations: NONE }
}
