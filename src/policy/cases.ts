/** Policy cases: decisions written down beforehand, as data, and held against the compiled policy. */
import { z } from 'zod'
import type { CompiledPolicy } from './compile.ts'
import { decide } from './decide.ts'
import { FACTS, type Decision, type Facts, type PolicyDocument, type Question, type Text } from './types.ts'

const caseSchema = z.strictObject({
  description: z.string().min(10).max(300),
  question: z.strictObject({
    verb: z.string(),
    purpose: z.string().default(''),
    category: z.string().default(''),
    source: z.enum(['', 'website', 'client', 'person', 'authority', 'internal']).default(''),
    recipient: z.enum(['', 'creditor', 'lawyer', 'authority', 'other']).default(''),
    channel: z.string().default(''),
    fields: z.array(z.string()).default([]),
  }),
  /** The facts that hold; all others do not. */
  facts: z.array(z.enum(FACTS)).default([]),
  expect: z.strictObject({
    outcome: z.enum(['permit', 'deny']),
    allowed: z.array(z.string()).optional(),
    codes: z.array(z.string()).optional(),
    clauses: z.array(z.string()).optional(),
    refused: z.record(z.string(), z.string()).optional(),
    obligations: z.array(z.string()).optional(),
  }),
})
const fileSchema = z.strictObject({ clause: z.string().regex(/^[A-Z][0-9]{1,3}$/), cases: z.array(caseSchema).min(1) })

export type PolicyCase = z.infer<typeof caseSchema> & { readonly clause: string; readonly file: string }
export type CaseProblem = {
  readonly file: string
  readonly code: 'policy.case_unreadable'
  readonly path: string
  readonly message: Text
}
export type CaseResult = {
  readonly policyCase: PolicyCase
  readonly passed: boolean
  readonly differences: readonly string[]
}
export type CaseFile = { readonly name: string; readonly text: string }

/** Reads case files given as text. A file that cannot be read is a problem, and its cases are not counted. */
export function loadCases(files: readonly CaseFile[]): { cases: PolicyCase[]; problems: CaseProblem[] } {
  const cases: PolicyCase[] = []
  const problems: CaseProblem[] = []
  for (const file of files) {
    const read = fileSchema.safeParse(parsed(file.text))
    if (!read.success) problems.push(unreadable(file.name, read.error.issues[0]?.path.join('.') ?? ''))
    else cases.push(...read.data.cases.map(one => ({ ...one, clause: read.data.clause, file: file.name })))
  }
  return { cases, problems }
}

/** Asks the policy every case and compares outcome, fields, codes, clauses and obligations as far as stated. */
export function runCases(compiled: CompiledPolicy, cases: readonly PolicyCase[]): CaseResult[] {
  return cases.map(policyCase => {
    const decision = decide(compiled, questionOf(policyCase), factsOf(policyCase))
    const differences = compare(policyCase, decision)
    return { policyCase, passed: differences.length === 0, differences }
  })
}

/** Clauses that no passing case tries: a policy with any of these may not be published. */
export function clausesWithoutCase(document: PolicyDocument, results: readonly CaseResult[]): string[] {
  const tried = new Set(results.filter(result => result.passed).map(result => result.policyCase.clause))
  return document.clauses.map(clause => clause.id).filter(id => !tried.has(id))
}

/** The question of a case. */
export function questionOf(policyCase: PolicyCase): Question {
  return policyCase.question as Question
}

/** The facts of a case: those listed hold. */
export function factsOf(policyCase: PolicyCase): Facts {
  return Object.fromEntries(policyCase.facts.map(fact => [fact, true]))
}

function compare({ expect }: PolicyCase, decision: Decision): string[] {
  const found: string[] = []
  const differ = (name: string, wanted: readonly string[] | undefined, got: readonly string[]) => {
    if (wanted !== undefined && [...wanted].sort().join() !== [...got].sort().join())
      found.push(`${name}: expected [${wanted.join(', ')}], got [${got.join(', ')}]`)
  }
  const unique = (values: readonly string[]) => [...new Set(values)]
  differ('outcome', [expect.outcome], [decision.outcome])
  differ('allowed', expect.allowed, decision.allowed)
  differ('codes', expect.codes, unique(decision.reasons.map(reason => reason.code)))
  differ('clauses', expect.clauses, unique(decision.reasons.map(reason => reason.clause)))
  differ(
    'obligations',
    expect.obligations,
    decision.obligations.map(obligation => obligation.kind),
  )
  const refused = expect.refused && Object.entries(expect.refused).map(([field, code]) => `${field} ${code}`)
  differ(
    'refused',
    refused,
    decision.refused.map(one => `${one.field} ${one.code}`),
  )
  return found
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreadable(file: string, path: string): CaseProblem {
  const message = {
    da: `Filen ${file} kan ikke læses som sager${path === '' ? '' : ` ved ${path}`}.`,
    en: `The file ${file} cannot be read as cases${path === '' ? '' : ` at ${path}`}.`,
  }
  return { file, code: 'policy.case_unreadable', path, message }
}
