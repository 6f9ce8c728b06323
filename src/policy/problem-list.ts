/** What can be wrong with a policy file: code, message and remedy in both languages. Values, never thrown. */
import type { Text } from './types.ts'

export type PolicyProblem = {
  /** Stable machine code, e.g. 'policy.clause_without_rule'. */
  readonly code: string
  /** Line and column in the file, counted from 1; 0 when the place is the whole file. */
  readonly line: number
  readonly column: number
  /** Where in the document, e.g. 'rules.3.clause'. */
  readonly path: string
  readonly message: Text
  readonly remedy: Text
}

export type Path = readonly (string | number)[]
export type Place = { readonly line: number; readonly column: number }
/** Finds the line and column of a path; the nearest written ancestor when the path itself is absent. */
export type Locate = (path: Path) => Place

/** Receives what a check found. */
export type Report = (found: Pick<PolicyProblem, 'code' | 'message' | 'remedy'> & { readonly path: Path }) => void

/** Builds one problem. `locate` gives its place; without it the place is 0:0. */
export function policyProblem(at: {
  readonly code: string
  readonly path: Path
  readonly message: Text
  readonly remedy: Text
  readonly locate?: Locate | undefined
}): PolicyProblem {
  const place = at.locate?.(at.path) ?? { line: 0, column: 0 }
  return { code: at.code, ...place, path: at.path.join('.'), message: at.message, remedy: at.remedy }
}

/** One problem as one line: '12:5 policy.code (path): message Remedy'. */
export function formatProblem(problem: PolicyProblem, language: 'da' | 'en'): string {
  const at = problem.path === '' ? '' : ` (${problem.path})`
  const { line, column, code, message, remedy } = problem
  return `${line}:${column} ${code}${at}: ${message[language]} ${remedy[language]}`
}
