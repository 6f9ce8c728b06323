/** What the API and the command line show of imports and reviews; amounts of rows, codes and days, never a value. */
import { z } from 'zod'
import type { ClientReport, Report, Review, Sums } from './intake.ts'

export const clientReportView = z.strictObject({
  importId: z.uuid(),
  state: z.enum(['finished', 'unfinished', 'abandoned']),
  receivedAt: z.iso.datetime(),
  rows: z.int().nullable(),
  accepted: z.int().nullable(),
  rejected: z.int().nullable(),
  remarks: z.int().nullable(),
})

export const reportView = z.strictObject({
  importId: z.uuid(),
  clientId: z.uuid(),
  client: z.string(),
  state: z.enum(['finished', 'unfinished', 'abandoned']),
  receivedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  rows: z.int(),
  created: z.int(),
  changed: z.int(),
  closed: z.int(),
  unchanged: z.int(),
  reviewed: z.int(),
  rejected: z.int(),
  remarks: z.int(),
})

export const reviewView = z.strictObject({
  reviewId: z.uuid(),
  client: z.string(),
  clientId: z.uuid(),
  importId: z.uuid(),
  caseId: z.uuid(),
  line: z.int(),
  reason: z.string(),
  queuedOn: z.iso.date(),
  reviewOn: z.iso.date(),
})

/** A report as JSON. */
export function shownReport(report: Report) {
  const { importId, clientId, client, state, receivedAt, finishedAt } = report
  const { rows, created, changed, closed, unchanged, reviewed, rejected, remarks } = report
  return {
    importId,
    clientId,
    client,
    state,
    receivedAt: receivedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    rows,
    created,
    changed,
    closed,
    unchanged,
    reviewed,
    rejected,
    remarks,
  }
}

/** What the client sees of it, as JSON. */
export function shownToClient(report: ClientReport) {
  return { ...report, receivedAt: report.receivedAt.toISOString() }
}

/** The sums as a few lines for a terminal. */
export function sumLines(sums: Sums, language: 'da' | 'en'): string[] {
  const words = WORDS[language]
  const number = new Intl.NumberFormat(language === 'da' ? 'da-DK' : 'en-GB')
  const width = Math.max(...Object.values(words).map(word => word.length))
  const of = (name: keyof Sums) => `  ${words[name].padEnd(width)}  ${number.format(sums[name]).padStart(10)}`
  return (['created', 'changed', 'closed', 'unchanged', 'reviewed', 'rejected', 'rows', 'remarks'] as const).map(of)
}

/** One review as a line. */
export function reviewLine({ reviewId, client, line, reason, reviewOn }: Review): string {
  return `${reviewId}  ${reviewOn}  ${reason.padEnd(18)}  ${client}, ${line}`
}

const WORDS: { readonly [language in 'da' | 'en']: { readonly [name in keyof Sums]: string } } = {
  da: {
    rows: 'rækker i alt',
    created: 'nye sager',
    changed: 'ændrede',
    closed: 'lukkede',
    unchanged: 'uændrede',
    reviewed: 'til gennemsyn hos os',
    rejected: 'afviste',
    remarks: 'taget med bemærkning',
  },
  en: {
    rows: 'rows in all',
    created: 'new cases',
    changed: 'changed',
    closed: 'closed',
    unchanged: 'unchanged',
    reviewed: 'for review by us',
    rejected: 'rejected',
    remarks: 'taken with a remark',
  },
}
