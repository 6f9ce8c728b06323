/** The report as JUnit XML, which every build server shows: a case for each entry and for each promise. Pure. */
import { evidenceWords } from './evidence-words.ts'
import type { EntryResult, Finding, SignedReport } from './report.ts'

/** The promises about cookies; each has its case, also when nothing was found. */
const CLAUSES = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10']

type Case = {
  readonly suite: string
  readonly name: string
  readonly findings: readonly Finding[]
  readonly skipped?: string
}

/** Breaches fail a case; doubts and notes are told in it. An entry that was never met is skipped, not passed. */
export function formatJunit({ report }: SignedReport, language: 'da' | 'en'): string {
  const seconds = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000
  const entries = report.entries.map(result => entryCase(result, report.findings))
  const found = new Set(report.findings.map(finding => finding.clause).filter(clause => clause !== ''))
  const clauses = [...new Set([...CLAUSES, ...found])].map(clause => ({
    suite: `${report.site} clauses`,
    name: clause,
    findings: report.findings.filter(finding => finding.clause === clause),
  }))
  const suites = [
    suite(`${report.site} register`, entries, language),
    suite(`${report.site} clauses`, clauses, language),
  ]
  const failures = [...entries, ...clauses].filter(isFailed).length
  const total = entries.length + clauses.length
  const head = `<testsuites name="indsigt scan" tests="${total}" failures="${failures}" errors="0" time="${seconds}">`
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, '</testsuites>', ''].join('\n')
}

function entryCase({ entry, verdict }: EntryResult, findings: readonly Finding[]): Case {
  const mine = findings.filter(it => it.name === entry.name && it.kind === entry.kind)
  const name = `${entry.kind} ${entry.name}`
  return { suite: entry.site, name, findings: mine, ...(verdict === 'notSeen' && { skipped: 'scan.not_seen' }) }
}

function suite(name: string, cases: readonly Case[], language: 'da' | 'en'): string {
  const failures = cases.filter(isFailed).length
  const skipped = cases.filter(isSkipped).length
  const lines = cases.map(it => caseLines(it, language))
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`
  return [`  <testsuite name="${xml(name)}" ${counts}>`, ...lines, '  </testsuite>'].join('\n')
}

function caseLines(it: Case, language: 'da' | 'en'): string {
  const opening = `    <testcase classname="${xml(it.suite)}" name="${xml(it.name)}"`
  const breaches = it.findings.filter(finding => finding.severity === 'breach')
  const others = it.findings.filter(finding => finding.severity !== 'breach')
  const [first] = breaches
  const body = [
    ...(isSkipped(it) ? [`      <skipped message="${xml(it.skipped ?? '')}"/>`] : []),
    ...(first
      ? [
          `      <failure type="${xml(first.code)}" message="${xml(first.text[language])}">`,
          xml(breaches.map(finding => findingText(finding, language)).join('\n\n')),
          '      </failure>',
        ]
      : []),
    ...(others.length > 0
      ? [`      <system-out>${xml(others.map(finding => findingText(finding, language)).join('\n\n'))}</system-out>`]
      : []),
  ]
  return body.length === 0 ? `${opening}/>` : [`${opening}>`, ...body, '    </testcase>'].join('\n')
}

function findingText(finding: Finding, language: 'da' | 'en'): string {
  const { code, clause, kind, name, host, pages } = finding
  const evidence = finding.evidence.map(line => evidenceWords(line, language))
  return [
    `${code} (${clause}) ${kind} ${name} @ ${host}`,
    finding.text[language],
    ...evidence.map(({ label, text }) => `  ${label}: ${text}`),
    ...pages.slice(0, 5).map(page => `  ${page}`),
    finding.remedy[language],
  ].join('\n')
}

const isFailed = ({ findings }: Case): boolean => findings.some(finding => finding.severity === 'breach')
const isSkipped = (it: Case): boolean => it.skipped !== undefined && !isFailed(it)

/** Characters that XML 1.0 does not have are left out; the five that mean something are written as entities. */
function xml(text: string): string {
  const kept = text.toWellFormed().replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
  return kept.replace(/[&<>"']/g, character => ENTITIES[character] ?? character)
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
