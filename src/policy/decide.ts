/** The decision: default deny, forbid beats permit, fields only as far as the purpose needs them. Pure. */
import {
  builtIn,
  type Cell,
  type CompiledPolicy,
  type FieldPlan,
  type Test,
  type Verdict,
  type VerbTable,
} from './compile.ts'
import type { Decision, Fact, Facts, Obligation, Question, Reason } from './types.ts'

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
  const cell = table.cells[purpose.offset + category.offset + source.offset + recipient.offset + channel.offset] as Cell
  const verdict = verdictOf(cell, facts)
  if (verdict.outcome === 'forbidden') return deny(question, verdict.reasons)
  const plan = (compiled.tables.plans[category.index] as readonly FieldPlan[])[purpose.index] as FieldPlan
  if (category.index > 0) {
    if (((table.accepted[category.index] ?? 0) & (1 << source.index)) === 0)
      return deny(question, [plan.sourceNotAccepted])
    if (table.usesValues && !plan.listed) return deny(question, [plan.categoryNotNeeded])
  }
  if (verdict.outcome === 'nothing') {
    return deny(question, [cell.nothing ?? table.nothing[category.index] ?? table.unknown])
  }
  return permit({ question, table, plan }, verdict)
}

type Found = { readonly question: Question; readonly table: VerbTable; readonly plan: FieldPlan }

const NONE: readonly never[] = Object.freeze([])
const KNOWN_MAX = 1024
const UNKNOWN_VERB = builtIn('policy.no_permit', '', 'GDPR 5(1)(a)')

function verdictOf(cell: Cell, facts: Facts): Verdict {
  const wanted = cell.facts
  let held = 0
  for (let bit = 0; bit < wanted.length; bit += 1) if (facts[wanted[bit] as Fact] === true) held |= 1 << bit
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
      if (!refusals.some(one => one.code === refusal.code && one.rule === refusal.rule)) refusals.push(refusal)
    }
  }
  if (allowed.length === 0) return { outcome: 'deny', allowed: NONE, refused, reasons: refusals, obligations: NONE }
  return { outcome: 'permit', allowed, refused, reasons, obligations }
}

// Verbs that use no values (erase, restrict …) concern the whole record, so only the category limits them.
function allAllowed({ question, table, plan }: Found, verdict: Verdict): boolean {
  if (question.fields.length === 0) return true
  if (verdict.refused !== undefined) return false
  const within = table.usesValues ? plan.allowed : plan.categoryFields
  for (const field of question.fields) if (!within.has(field)) return false
  return true
}

function refusalOf({ table, plan }: Found, verdict: Verdict, field: string): Reason | undefined {
  const ruled = verdict.refused?.get(field)
  if (ruled !== undefined) return ruled
  if (!plan.categoryFields.has(field)) return plan.notListed.clause === '' ? table.fieldUnknown : plan.notListed
  return table.usesValues && !plan.allowed.has(field) ? plan.notNeeded : undefined
}

function deny(question: Question, reasons: readonly Reason[]): Decision {
  const first = reasons[0] as Reason
  const refused = question.fields.map(field => ({ field, code: first.code, clause: first.clause }))
  return { outcome: 'deny', allowed: NONE, refused, reasons, obligations: NONE }
}
