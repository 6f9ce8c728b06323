/** The shipped policy and its cases, read from the repository for tests and benches. */
import { readdirSync, readFileSync } from 'node:fs'
import type { CaseFile } from './cases.ts'
import { compile, type CompiledPolicy } from './compile.ts'
import { parse, type ParsedPolicy } from './parse.ts'

const FOLDER = new URL('../../policies/intrum/', import.meta.url)

/** The text of policies/intrum/policy.yaml. */
export function shippedText(): string {
  return readFileSync(new URL('policy.yaml', FOLDER), 'utf8')
}

/** The shipped policy, read; throws when it cannot be. */
export function shippedPolicy(): ParsedPolicy {
  const result = parse(readFileSync(new URL('policy.yaml', FOLDER)))
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.policy
}

/** The shipped policy, compiled. */
export function shippedCompiled(): CompiledPolicy {
  const { document, sha256 } = shippedPolicy()
  return compile(document, sha256)
}

/** The shipped case files. */
export function shippedCaseFiles(): CaseFile[] {
  const folder = new URL('cases/', FOLDER)
  const names = readdirSync(folder).filter(name => name.endsWith('.json'))
  return names.map(name => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
}
