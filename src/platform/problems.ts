/** The one class that carries a refusal of the catalogue to a page, the API or a terminal. */
import { CATALOGUE, type Code } from './problem-catalogue.ts'
import type { Bilingual } from './problem-entry.ts'

export { CATALOGUE, type Code } from './problem-catalogue.ts'
export type { Bilingual } from './problem-entry.ts'

/** One thing wrong: a field or column, a stable code and, where there is one, the clause behind it. */
export type Fault = {
  readonly field?: string
  readonly line?: number
  readonly code: string
  readonly clause?: string
  readonly text?: Bilingual
}

export type Refusal = {
  /** Code of the deciding rule, e.g. 'disclosure.recipient_not_listed'. */
  readonly rule?: string
  readonly clause?: string
  readonly article?: string
  readonly detail?: Bilingual
  readonly faults?: readonly Fault[]
  /** Whole seconds until another try makes sense. */
  readonly retryAfterSeconds?: number
}

/**
 * A refusal that the caller may understand and mend. It never carries a value somebody typed: only
 * names of fields, codes, clauses and our own sentences.
 */
export class Problem extends Error {
  readonly code: Code
  readonly refusal: Refusal

  constructor(code: Code, refusal: Refusal = {}) {
    super(`${code}${refusal.rule ? ` (${refusal.rule})` : ''}`)
    this.name = 'Problem'
    this.code = code
    this.refusal = refusal
  }
}

/** HTTP status of a problem. */
export function statusOf(problem: Problem): number {
  return CATALOGUE[problem.code].status
}

/** RFC 9457 problem details, with the clause that refuses and what to do instead. */
export function toJson(problem: Problem, language: 'da' | 'en', instance?: string): Record<string, unknown> {
  const { title, remedy, status } = CATALOGUE[problem.code]
  const { detail, faults, rule, clause, article } = problem.refusal
  return {
    type: `/problems#${problem.code}`,
    title: title[language],
    status,
    code: problem.code,
    ...(detail && { detail: detail[language] }),
    remedy: remedy[language],
    ...(rule && { rule }),
    ...(clause && { clause }),
    ...(article && { article }),
    ...(faults && { faults: faults.map(fault => ({ ...fault, ...(fault.text && { text: fault.text[language] }) })) }),
    ...(instance && { instance }),
  }
}

/** The same refusal as a few plain lines for a terminal. */
export function toLines(problem: Problem, language: 'da' | 'en'): string[] {
  const { title, remedy } = CATALOGUE[problem.code]
  const { detail, faults = [], rule, clause, article } = problem.refusal
  const because = [rule, clause, article].filter(part => part).join(', ')
  return [
    `${title[language]}${because ? ` (${because})` : ''}`,
    ...(detail ? [detail[language]] : []),
    ...faults.map(fault => `  ${faultLine(fault, language)}`),
    remedy[language],
  ]
}

function faultLine(fault: Fault, language: 'da' | 'en'): string {
  const place = [
    fault.line === undefined ? '' : `${language === 'da' ? 'linje' : 'line'} ${fault.line}`,
    fault.field ?? '',
  ].filter(part => part)
  const clause = fault.clause ? ` (${fault.clause})` : ''
  return `${place.join(', ')}: ${fault.text ? fault.text[language] : fault.code}${clause}`
}
