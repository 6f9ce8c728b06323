/** One scan from order to signed report: the child looks, the judge judges, whoever has a key signs. */
import { createHash } from 'node:crypto'
import { withDiff } from '../../scanner/diff.ts'
import { reportBytes } from '../../scanner/format-json.ts'
import { judge } from '../../scanner/judge.ts'
import type { Message, Report, ScanRequest, SignedReport, Step } from '../../scanner/report.ts'
import { runBrowserChild, type ChildEnd } from '../platform/browser-child.ts'
import { Problem } from '../platform/problems.ts'
import { readMessage } from './scan-message.ts'

/** What a scan is asked for; the browser and the way out are found by the scan itself. */
export type ScanOrder = Omit<ScanRequest, 'proxy' | 'browser'> & {
  /** Hosts, addresses and ranges that may be visited although they are not public. */
  readonly allow: readonly string[]
}

export type ScanManner = {
  /** Signs the SHA-256 of the report's bytes; null: nobody stands by it. */
  readonly sign: Sign | null
  /** The former report; the new one tells what came and what went. */
  readonly against?: Report
  /** Told of each page as it is begun. */
  readonly onProgress?: (message: Extract<Message, { type: 'progress' | 'page' }>) => void
}

export type Sign = (digest: Buffer) => { readonly by: string; readonly publicKey: string; readonly value: string }

export const SCAN_DEFAULTS = { pagesMax: 10, dwellMs: 16_500, pageLimitMs: 30_000, scanLimitMs: 300_000 } as const

/**
 * Scans and judges. A scan that was cut short says so under what it did not reach. Throws `scan.no_browser` and
 * `scan.browser_failed`; whatever a site does is a finding and never an error.
 */
export async function scan(order: ScanOrder, { sign, against, onProgress }: ScanManner): Promise<SignedReport> {
  const messages: Message[] = []
  const { allow, ...request } = order
  const end = await runBrowserChild({
    input: request,
    allow,
    ports: portsOf(order.urls),
    names: namesOf(order.script),
    limitMs: order.scanLimitMs,
    onLine: line => {
      const message = readMessage(line)
      if (message === null) return
      messages.push(message)
      if (message.type === 'progress' || message.type === 'page') onProgress?.(message)
    },
  })
  if (!messages.some(it => it.type === 'page' || it.type === 'done')) throw new Problem('scan.browser_failed')
  const report = reportOf(messages, { ...request, proxy: '', browser: '' }, end)
  const whole = against ? withDiff(report, against) : report
  const digest = createHash('sha256').update(reportBytes(whole)).digest()
  return { report: whole, signature: sign?.(digest) ?? null }
}

/** The entries of a list with commas, as `--allow` and INDSIGT_SCAN_ALLOW have it. */
export function allowedIn(list: string | undefined): readonly string[] {
  return (list ?? '').split(',').flatMap(entry => entry.trim() || [])
}

function reportOf(messages: readonly Message[], request: ScanRequest, end: ChildEnd): Report {
  const judged = judge(messages, request, end.startedAt)
  const { coverage } = judged
  const cut = end.outcome === 'ended' ? [] : request.urls.slice(0, 1).map(page => ({ page, why: end.outcome }))
  return {
    format: 'indsigt-scan/1',
    scanId: end.runId,
    tool: `indsigt ${end.version}`,
    startedAt: end.startedAt.toISOString(),
    finishedAt: end.finishedAt.toISOString(),
    diff: null,
    ...judged,
    coverage: { ...coverage, notReached: [...coverage.notReached, ...cut] },
  }
}

/** A site on a port of its own is reached there, and nothing else is. */
function portsOf(urls: readonly string[]): number[] {
  return urls.flatMap(url => (URL.canParse(url) && new URL(url).port !== '' ? [Number(new URL(url).port)] : []))
}

/** The environment variables that a log-in script names, e.g. '$SCAN_PASSWORD'. */
function namesOf(script: readonly Step[]): string[] {
  return script.flatMap(step =>
    step.do === 'fill' && /^\$[A-Z_][A-Z0-9_]*$/.test(step.value) ? step.value.slice(1) : [],
  )
}
