/** The report as one JSON document, in the exact bytes that are signed. Pure. */
import type { Report, SignedReport } from './report.ts'

/** The bytes a signature stands for: the report alone, without spaces, keys in the order of the contract. */
export function reportBytes(report: Report): Buffer {
  return Buffer.from(JSON.stringify(report), 'utf8')
}

/** The signed report for a file or a pipe. */
export function formatJson(signed: SignedReport): string {
  return `${JSON.stringify(signed, null, 2)}\n`
}
