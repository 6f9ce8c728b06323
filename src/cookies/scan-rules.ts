/** What a scan's report must be to count, and what may be said of it. Pure. */
import type { PageVisit, Persona, Report } from '../../scanner/report.ts'
import type { FindingRow } from './store.ts'

/** What a page may have answered; any other reason is that the scan itself was cut short. */
const OF_PAGES: { readonly [outcome in Exclude<PageVisit['outcome'], 'seen'>]: true } = {
  timedOut: true,
  redirectLoop: true,
  certificate: true,
  loginNeeded: true,
  tooLarge: true,
  crashed: true,
  unreachable: true,
  refusedAddress: true,
}

const HOSTS_MAX = 50
const FORMAT = 'indsigt-scan/1'

/** The hosts that were visited, without ports, in order of name; those that never answered too. At most 50. */
export function hostsOf({ coverage }: Pick<Report, 'coverage'>): readonly string[] {
  const pages = [...coverage.pages, ...coverage.notReached.map(it => it.page)]
  const hosts = pages.flatMap(page => (URL.canParse(page) ? [new URL(page).hostname] : []))
  return [...new Set(hosts)]
    .filter(host => host !== '')
    .toSorted()
    .slice(0, HOSTS_MAX)
}

/**
 * Whether each of these visitors saw at least one page, and the scan came to its end. One that met a closed door, sent
 * only some visitors or was cut short may show a fault, but never that there is none.
 */
export function isWhole({ coverage }: Pick<Report, 'coverage'>, visitors: readonly Persona[]): boolean {
  const seen = new Set(coverage.personas.filter(it => it.pages > 0).map(it => it.persona))
  const isEnded = coverage.notReached.every(({ why }) => Object.hasOwn(OF_PAGES, why))
  return isEnded && visitors.every(visitor => seen.has(visitor))
}

/** The findings as they are counted, each once. */
export function countedOf({ findings }: Pick<Report, 'findings'>): readonly FindingRow[] {
  const rows = findings.map(({ id, clause, code, severity }) => ({ id, clause, code, severity }))
  return [...new Map(rows.map(row => [row.id, row])).values()]
}

/** The report in exactly these bytes, or null when they are none of this format. */
export function readReport(bytes: Uint8Array): Report | null {
  try {
    const read: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isReport(read) ? read : null
  } catch {
    return null
  }
}

function isReport(read: unknown): read is Report {
  if (typeof read !== 'object' || read === null) return false
  const { format, findings, entries, coverage } = read as { [name in keyof Report]?: unknown }
  return format === FORMAT && Array.isArray(findings) && Array.isArray(entries) && typeof coverage === 'object'
}

/**
 * The address of a page to scan as it is kept: origin and path. Null for anything but http and https, and for an
 * address with a name, a query or a fragment in it, where something about a person may stand.
 */
export function pageOf(url: string): { readonly url: string; readonly host: string } | null {
  if (!URL.canParse(url)) return null
  const { protocol, username, password, search, hash, href, hostname } = new URL(url)
  const isPlain = username === '' && password === '' && search === '' && hash === '' && !/[?#]/.test(href)
  if (!/^https?:$/.test(protocol) || !isPlain || href.length > URL_MAX) return null
  return { url: href, host: hostname }
}

const URL_MAX = 2000
