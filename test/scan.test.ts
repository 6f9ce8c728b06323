/**
 * The scanner against the trap site: every behaviour is found under its codes, and nothing is said of what is in
 * order. The whole way is gone: a browser in a child of its own, the outbound door, the judge.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { spoken } from '../scanner/finding.ts'
import { PERSONAS, type Finding, type Report } from '../scanner/report.ts'
import { matchesName } from '../sdk/register.ts'
import type { Register } from '../sdk/wire.ts'
import { scan, SCAN_DEFAULTS } from '../src/cookies/scan.ts'
import { registersOf } from './trap-site/register.ts'
import { openTrapSite, type TrapSite } from './trap-site/server.ts'
import { MUST_NOT, TRUTH } from './trap-site/truth.ts'

let site: TrapSite
const findings: Finding[] = []
const reports: Report[] = []

/** Each page by its own address where a page is the trap. */
const hostile = TRUTH.filter(it => it.host === 'hostile.localhost').map(it => it.name)

before(
  async () => {
    site = await openTrapSite()
    const registers = registersOf(site.port)
    const { trap, good, clean, unfair } = site.hosts
    await look([`${trap}/`], registers.trap)
    await look([`${good}/`], registers.good)
    await look([`${clean}/`], registers.clean)
    await look([`${unfair}/`], registers.unfair)
    await lookAtHostile()
  },
  { timeout: 900_000 },
)
after(() => site.close())

async function look(urls: readonly string[], register: Register | null): Promise<void> {
  const order = { urls, register, as: null, personas: PERSONAS, script: [], ...SCAN_DEFAULTS, pagesMax: 14 }
  const { report } = await scan({ ...order, allow: ['*.localhost'] }, { sign: null })
  findings.push(...report.findings)
  reports.push(report)
}

async function lookAtHostile(): Promise<void> {
  const urls = [...hostile.map(path => site.hosts.hostile + path), `${site.hosts.broken}/`]
  const order = { urls, register: null, as: null, personas: ['fresh'] as const, script: [], ...SCAN_DEFAULTS }
  const limits = { pagesMax: urls.length, pageLimitMs: 8000, dwellMs: 1000 }
  const { report } = await scan({ ...order, ...limits, allow: ['*.localhost'] }, { sign: null })
  findings.push(...report.findings)
  reports.push(report)
}

const bare = (host: string) => host.replace(/^\./, '')
const isNamed = (pattern: string, name: string) => matchesName(pattern, name) || name === spoken(pattern)

for (const { id, kind, name, host, codes } of TRUTH.filter(it => it.codes.length > 0))
  test(`found: ${id}`, () => {
    const mine = findings.filter(it => it.kind === kind && bare(it.host) === bare(host) && isNamed(name, it.name))
    const missing = codes.filter(code => !mine.some(it => it.code === code))
    assert.deepEqual(missing, [], `only ${mine.map(it => it.code).join(', ') || 'nothing'}`)
  })

test('nothing is mislabelled, and no breach is found on a site that is in order', () => {
  const wrong = MUST_NOT.flatMap(({ name, host, codes }) =>
    findings
      .filter(it => bare(it.host) === bare(host) && (name === '*' || isNamed(name, it.name)))
      .filter(it => (codes.includes('*') ? it.severity === 'breach' : codes.includes(it.code)))
      .map(it => `${it.code} ${it.kind} ${it.name} ${it.host}: ${it.evidence.join(', ')}`),
  )
  assert.deepEqual(wrong, [])
})

test('a scan says what it covered, and how long it took', t => {
  for (const { site, coverage, startedAt, finishedAt } of reports) {
    const seconds = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)
    t.diagnostic(`${site}: ${coverage.pages.length} pages, ${coverage.personas.length} visitors, ${seconds} s`)
    assert.ok(coverage.pages.length + coverage.notReached.length > 0)
  }
})

test('no report holds a value of the trap: no address, number or digest of a person', () => {
  const text = JSON.stringify(reports)
  for (const secret of ['asta@example.dk', 'asta%40example.dk', '010165-9995', '4111111111111111', '+4520123456'])
    assert.equal(text.includes(secret), false, secret)
})
