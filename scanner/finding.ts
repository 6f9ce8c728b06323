/** Observations into findings: what belongs together becomes one, with a key that stays from scan to scan. Pure. */
import { createHash } from 'node:crypto'
import { personalDataIn } from '../sdk/personal.ts'
import type { Register } from '../sdk/wire.ts'
import { textsOf } from './finding-texts.ts'
import type { Finding, Persona, Phase, Severity } from './report.ts'

/** One observation before it is merged. `page`, `persona` and `phase` are absent for what concerns the whole site. */
export type Hit = {
  readonly code: string
  readonly clause: string
  readonly severity: Severity
  readonly kind: Finding['kind']
  readonly name: string
  readonly host: string
  readonly page?: string
  readonly persona?: Persona
  readonly phase?: Phase
  /** Facts as 'key=value', without any value a browser held. */
  readonly evidence: readonly string[]
}

const EVIDENCE_MAX = 16
const PAGES_MAX = 50
const FINDINGS_MAX = 2000
const WEIGHT: { readonly [severity in Severity]: number } = { breach: 0, doubt: 1, note: 2 }

/** The findings that these observations come to: the gravest first, then by clause, code and name. */
export function findingsOf(hits: readonly Hit[], register: Register | null): Finding[] {
  const groups = Map.groupBy(hits, hit => findingId(hit))
  return [...groups]
    .map(([id, group]) => findingOf(id, group, register))
    .toSorted(gravestFirst)
    .slice(0, FINDINGS_MAX)
}

/** The key of a finding: the same fault on the same site has it in every scan. 16 hex characters. */
export function findingId({ code, kind, name, host }: Pick<Hit, 'code' | 'kind' | 'name' | 'host'>): string {
  return createHash('sha256').update([code, kind, name, host].join('\n')).digest('hex').slice(0, 16)
}

/**
 * A name or address as it may stand in a report. One that itself holds personal data is named by its length alone,
 * since a report is kept and sent on (S3).
 */
export function spoken(text: string): string {
  const whole = printable(text)
  const short = whole.length > 300 ? `${whole.slice(0, 297)}…` : whole
  const kind = whoIsIn(text)
  return kind === undefined ? short : `(${kind}, ${text.length})`
}

/** Text without control characters and without signs that turn the direction of what stands after them. */
export function printable(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '\u00b7')
}

/** Origin and path of a page, without query; a path that holds personal data is left out. */
export function spokenPage(page: string): string {
  const bare = printable(page).replace(/[?#].*$/s, '')
  const [, origin = '', path = bare] = /^([a-z][a-z0-9+.-]*:\/\/[^/]*)(.*)$/is.exec(bare) ?? []
  return origin + (path === '' ? '' : path.split('/').map(decodedOrMasked).join('/'))
}

function decodedOrMasked(segment: string): string {
  return whoIsIn(segment) === undefined ? segment.slice(0, 200) : '…'
}

// What looks like a name or a digest is mostly the name of a page or a file; these say who somebody is.
const SAYS_WHO = new Set<string>(['email', 'cpr', 'card', 'phone'])

function whoIsIn(text: string): string | undefined {
  return personalDataIn(text, { isRandom: true }).find(hit => SAYS_WHO.has(hit.kind))?.kind
}

function findingOf(id: string, group: readonly Hit[], register: Register | null): Finding {
  const [first] = group.toSorted((left, right) => WEIGHT[left.severity] - WEIGHT[right.severity])
  if (first === undefined) throw new Error('a finding has an observation')
  const { code, clause, severity, kind, name, host } = first
  return {
    id,
    code,
    clause,
    severity,
    kind,
    name,
    host,
    pages: unique(group.map(hit => hit.page)).slice(0, PAGES_MAX),
    personas: unique(group.map(hit => hit.persona)),
    phases: unique(group.map(hit => hit.phase)),
    evidence: unique(group.flatMap(hit => hit.evidence)).slice(0, EVIDENCE_MAX),
    ...textsOf(code, kind, register),
  }
}

function gravestFirst(left: Finding, right: Finding): number {
  const clause = (it: Finding) => Number(/\d+/.exec(it.clause)?.[0] ?? 99)
  return (
    WEIGHT[left.severity] - WEIGHT[right.severity] ||
    clause(left) - clause(right) ||
    compare(left.code, right.code) ||
    compare(left.name, right.name) ||
    compare(left.host, right.host)
  )
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

function unique<T>(values: readonly (T | undefined)[]): T[] {
  return [...new Set(values.filter(value => value !== undefined))]
}
