/** The report in its four forms: each is well formed, whatever hostile names a site makes up. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { withDiff } from './diff.ts'
import { formatHtml } from './format-html.ts'
import { formatJson, reportBytes } from './format-json.ts'
import { formatJunit } from './format-junit.ts'
import { formatSarif } from './format-sarif.ts'
import { api, page, reportOf, request, sighting } from './messages.fixture.ts'
import type { SignedReport } from './report.ts'

const EVIL = `<script>alert(1)</script>"'&]]>\u0000\u0007`
const report = reportOf([
  page(),
  page({ isFair: false, page: 'https://fjordby.test/b' }),
  page({ outcome: 'timedOut', page: 'https://fjordby.test/langsom' }),
  sighting('sprog'),
  sighting(EVIL, { reason: EVIL, initiator: `https://fjordby.test/${EVIL}`, stack: [EVIL] }),
  sighting('besog_1', { persona: 'reject', phase: 'rejected' }),
  request(),
  api(),
])
const unsigned: SignedReport = { report, signature: null }
const clean: SignedReport = { report: reportOf([page()]), signature: null }

for (const language of ['da', 'en'] as const)
  test(`HTML (${language}): no script, nothing fetched, no markup of the site’s making`, () => {
    const html = formatHtml(unsigned, language)
    assert.doesNotMatch(html, /<script|<img|<link|<iframe|\bsrc=|@import|url\(|\son[a-z]+=/i)
    assert.match(html, /&#60;script&#62;/)
    assert.match(html, new RegExp(`<html lang="${language}">`))
    assert.doesNotMatch(html, /undefined|\[object|NaN/)
    assert.doesNotMatch(html, /<h\d[^>]*>\s*<\/h/, 'an empty heading')
    assert.doesNotMatch(html, /class="scroll">/, 'a part to scroll that no key reaches')
    assert.ok(html.includes(language === 'da' ? 'Løfter holdes ikke.' : 'Promises are not kept.'))
    assert.ok(formatHtml(clean, language).includes(language === 'da' ? 'er som lovet' : 'is as promised'))
    assertWellFormed(html.replace('<!doctype html>', ''))
  })

test('JUnit: well formed, a case for each entry and each promise, a breach fails its case', () => {
  const xml = formatJunit(unsigned, 'en')
  assertWellFormed(xml)
  const names = [...xml.matchAll(/<testcase classname="[^"]*" name="([^"]*)"/g)].map(match => match[1])
  for (const clause of ['S1', 'S5', 'S10', 'cookie sprog', 'localStorage visning']) assert.ok(names.includes(clause))
  assert.equal(xml.match(/<testcase /g)?.length, Number(/tests="(\d+)"/.exec(xml)?.[1]))
  assert.equal(xml.match(/<failure /g)?.length, Number(/failures="(\d+)"/.exec(xml)?.[1]))
  assert.match(xml, /name="S8">\s*<failure type="scan.after_refusal"/)
  assert.match(xml, /name="cookie aldrig">\s*<skipped/)
  assert.match(formatJunit(clean, 'da'), /failures="0"/)
})

test('SARIF 2.1.0: every result names a rule, a level, a place and a fingerprint', () => {
  const log = JSON.parse(formatSarif(unsigned, 'en')) as Sarif
  assert.equal(log.version, '2.1.0')
  const [run] = log.runs
  assert.ok(run)
  const ids = run.tool.driver.rules.map(rule => rule.id)
  assert.equal(new Set(ids).size, ids.length)
  assert.equal(run.results.length, report.findings.length)
  for (const result of run.results) {
    assert.equal(ids[result.ruleIndex], result.ruleId)
    assert.ok(['error', 'warning', 'note'].includes(result.level))
    // The standard: a level other than "none" goes with the kind "fail" alone.
    assert.equal(result.kind, 'fail')
    assert.ok(result.message.text.length > 0)
    assert.match(result.partialFingerprints['indsigtFinding/v1'] ?? '', /^[0-9a-f]{16}$/)
    assert.ok(result.locations.length > 0)
    for (const { physicalLocation } of result.locations) assert.ok(URL.canParse(physicalLocation.artifactLocation.uri))
  }
  assert.match(log.$schema, /sarif-schema-2\.1\.0\.json$/)
})

test('JSON: reads back as it was, and the bytes to sign are those of the report alone', () => {
  const back = JSON.parse(formatJson(unsigned)) as SignedReport
  assert.deepEqual(back, unsigned)
  assert.deepEqual(reportBytes(back.report), reportBytes(report))
})

test('a report against the former one tells what came and what went', () => {
  const former = reportOf([page(), sighting('_gammel'), request()])
  const next = withDiff(reportOf([page(), sighting('_ny'), request()]), former)
  const codeOf = (id: string, all = [...former.findings, ...next.findings]) => all.find(it => it.id === id)?.name
  assert.deepEqual([...new Set(next.diff?.added.map(id => codeOf(id)))], ['_ny'])
  assert.deepEqual([...new Set(next.diff?.gone.map(id => codeOf(id)))], ['_gammel'])
  assert.equal(next.diff?.against, former.scanId)
  assert.match(formatHtml({ report: next, signature: null }, 'en'), /Since the last scan: 1 new, 1 gone/)
})

type Sarif = {
  readonly $schema: string
  readonly version: string
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
    readonly results: readonly {
      readonly ruleId: string
      readonly ruleIndex: number
      readonly level: string
      readonly kind: string
      readonly message: { readonly text: string }
      readonly partialFingerprints: { readonly [name: string]: string }
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } }
      }[]
    }[]
  }[]
}

const VOID = /^(meta|br|hr|link|img|input)$/

/** Every element is closed in the order in which it was opened, and nothing that must be an entity stands bare. */
function assertWellFormed(markup: string): void {
  const open: string[] = []
  const text = markup.replace(/<\?xml[^>]*\?>/, '').replace(/<style>[^]*?<\/style>/, '')
  assert.doesNotMatch(text, /[^\t\n\r\u0020-\uFFFD]/)
  const rest = text.replace(
    /<(\/?)([a-z][\w-]*)((?:\s[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/gi,
    (_, closing, name, _attributes, self) => {
      if (closing) assert.equal(open.pop(), name)
      else if (!self && !VOID.test(name as string)) open.push(name as string)
      return ''
    },
  )
  assert.deepEqual(open, [])
  assert.doesNotMatch(rest, /<|&(?!#\d+;|[a-z]+;)/)
}
