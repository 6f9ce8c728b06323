/** One report against a former one: which findings came, which went. Pure. */
import type { Finding, Report } from './report.ts'

/** The report with its difference: ids of findings that are new, and of those that are gone. */
export function withDiff(report: Report, former: Report): Report {
  const before = new Set(former.findings.map(counted))
  const now = new Set(report.findings.map(counted))
  return {
    ...report,
    diff: {
      against: former.scanId,
      added: report.findings.map(counted).filter(id => !before.has(id)),
      gone: former.findings.map(counted).filter(id => !now.has(id)),
    },
  }
}

const counted = (finding: Finding): string => finding.id
