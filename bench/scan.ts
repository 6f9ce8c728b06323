/**
 * A scan of four pages by all visitors, as `indsigt scan` does it when nothing else is said: how long it takes, how
 * much of the trap site's truth about those pages it finds, and what it says of a site without cookies.
 */
import { pathToFileURL } from 'node:url'
import { spoken } from '../scanner/finding.ts'
import { PERSONAS, type Finding, type Report } from '../scanner/report.ts'
import { matchesName } from '../sdk/register.ts'
import type { Register } from '../sdk/wire.ts'
import { scan, SCAN_DEFAULTS } from '../src/cookies/scan.ts'
import { registersOf } from '../test/trap-site/register.ts'
import { openTrapSite } from '../test/trap-site/server.ts'
import { TRUTH, type Truth } from '../test/trap-site/truth.ts'

const PAGES = 4
const LIMIT_SECONDS = 30

/** Prints one table; the last lines are the figures against their limits. */
export async function run(): Promise<void> {
  const site = await openTrapSite()
  try {
    const registers = registersOf(site.port)
    const trap = await look(`${site.hosts.trap}/`, registers.trap)
    const clean = await look(`${site.hosts.clean}/`, registers.clean)
    console.table([rowOf('trap site', trap), rowOf('site without cookies', clean)])
    const covered = new Set(trap.coverage.pages.map(it => new URL(it).pathname))
    const truths = TRUTH.filter(it => it.codes.length > 0 && isOn(it, covered))
    const missed = truths.filter(it => !isFound(it, trap.findings))
    for (const it of missed) console.log(`not found: ${it.id} (${it.codes.join(', ')})`)
    const { pages, notReached } = trap.coverage
    if (pages.length !== PAGES) console.log(`covered ${pages.length} pages, not reached: ${notReached.length}`)
    console.log(
      `scan: ${truths.length - missed.length} of ${truths.length} behaviours of those pages found (limit all)`,
    )
    console.log(`scan: ${breaches(clean).length} false alarms on a site without cookies (limit 0)`)
    console.log(`scan: ${secondsOf(trap).toFixed(1)} s for ${pages.length} pages (limit ${LIMIT_SECONDS} s)`)
  } finally {
    await site.close()
  }
}

async function look(url: string, register: Register): Promise<Report> {
  const order = { urls: [url], register, as: null, personas: PERSONAS, script: [], ...SCAN_DEFAULTS, pagesMax: PAGES }
  return (await scan({ ...order, allow: ['*.localhost'] }, { sign: null })).report
}

function isOn({ page }: Truth, paths: ReadonlySet<string>): boolean {
  const slash = page.indexOf('/')
  return page.slice(0, slash) === 'trap' && paths.has(page.slice(slash))
}

function isFound({ kind, name, host, codes }: Truth, findings: readonly Finding[]): boolean {
  const bare = (it: string) => it.replace(/^\./, '')
  const mine = findings.filter(
    it => it.kind === kind && bare(it.host) === bare(host) && (matchesName(name, it.name) || it.name === spoken(name)),
  )
  return codes.every(code => mine.some(it => it.code === code))
}

const breaches = ({ findings }: Report) => findings.filter(it => it.severity === 'breach')
const secondsOf = ({ startedAt, finishedAt }: Report) => (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000

function rowOf(name: string, report: Report) {
  const { pages, personas } = report.coverage
  return {
    scan: `${name}, ${report.browser}`,
    pages: pages.length,
    visitors: personas.length,
    seconds: Number(secondsOf(report).toFixed(1)),
    findings: report.findings.length,
    breaches: breaches(report).length,
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await run()
