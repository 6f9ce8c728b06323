/** The report as SARIF 2.1.0 (OASIS), which code hosts read: rules, results and fingerprints. Pure. */
import type { Finding, Severity, SignedReport } from './report.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
const LEVELS: { readonly [severity in Severity]: string } = { breach: 'error', doubt: 'warning', note: 'note' }

/** One run: each code is a rule, each finding a result placed on the pages it was seen on. */
export function formatSarif(signed: SignedReport, language: 'da' | 'en'): string {
  const { report } = signed
  const codes = [...new Set(report.findings.map(finding => finding.code))].toSorted()
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Indsigt',
            semanticVersion: report.tool.replace(/^\D*/, '') || '0.0.0',
            language,
            rules: codes.map(code => ruleOf(code, report.findings, language)),
          },
        },
        automationDetails: { id: `indsigt-scan/${report.site}/`, guid: report.scanId },
        invocations: [
          {
            executionSuccessful: true,
            startTimeUtc: report.startedAt,
            endTimeUtc: report.finishedAt,
            toolExecutionNotifications: report.coverage.notReached.map(({ page, why }) => ({
              level: 'note',
              message: { text: `${page}: ${why}` },
              descriptor: { id: 'coverage' },
            })),
          },
        ],
        results: report.findings.map(finding => resultOf(finding, codes, language)),
        columnKind: 'utf16CodeUnits',
        properties: { registerSha256: report.registerSha256, signed: signed.signature !== null },
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function ruleOf(code: string, findings: readonly Finding[], language: 'da' | 'en') {
  const finding = findings.find(it => it.code === code)
  return {
    id: code,
    shortDescription: { text: finding?.text[language] ?? code },
    help: { text: finding?.remedy[language] ?? code },
    properties: { clause: finding?.clause ?? '', tags: ['privacy', finding?.clause ?? ''] },
  }
}

function resultOf(finding: Finding, codes: readonly string[], language: 'da' | 'en') {
  const { id, code, clause, severity, kind, name, host, pages, personas, phases, evidence } = finding
  const places = pages.length > 0 ? pages : [`https://${host}/`]
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: LEVELS[severity],
    // A level other than 'none' goes with this kind alone (3.27.9).
    kind: 'fail',
    message: { text: `${kind} ${name} (${host}): ${finding.text[language]} ${finding.remedy[language]}` },
    locations: places.slice(0, 10).map(uri => ({
      physicalLocation: { artifactLocation: { uri: encodeURI(uri) } },
      logicalLocations: [{ name, fullyQualifiedName: `${host}/${kind}/${name}` }],
    })),
    partialFingerprints: { 'indsigtFinding/v1': id },
    properties: { clause, kind, name, host, personas, phases, evidence },
  }
}
