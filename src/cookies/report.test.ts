/** The officer's report: what is not known is not called good, nobody is seen in a figure, it needs nothing else. */
import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import type { Report } from '../../scanner/report.ts'
import { mintToken } from '../../sdk/choice.ts'
import type { Method } from '../../sdk/wire.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { act, look } from '../platform/world.ts'
import * as cookies from './cookies.ts'
import { commands } from './cli.ts'
import { masked, weeksUntil } from './report.ts'
import { finding, reportOf, signed } from './scan.fixture.ts'

let kit: Kit
before(async () => (kit = await openKit()))
after(() => kit.close())

const report = () => look(kit.world, kit.actor('officer'), cookies.report)
const siteIn = async (site = 'intrum.dk') => {
  const found = (await report()).sites.find(it => it.site === site)
  assert.ok(found)
  return found
}
const scan = (some: Partial<Report> = {}) =>
  act(kit.world, kit.actor('officer'), ctx => cookies.recordScan(ctx, signed(kit.world, reportOf(kit.world, some))))
const headline = async (language: 'da' | 'en' = 'en') =>
  /<h1>([^<]*)<\/h1>/.exec(cookies.renderReport(await report(), language))?.[1]?.replaceAll('\u00a0', ' ')
const choose = async (method: Method, times: number) => {
  const site = { ...kit.actor('site'), site: 'intrum.dk' }
  const { register, key } = await cookies.settings(kit.world, site)
  for (let made = 0; made < times; made += 1) {
    const token = mintToken({ register, key, now: new Date(), language: 'da' })
    const rest = { categories: ['statistics'], origin: null, isGpc: false, previous: null }
    await cookies.record(kit.world, site, { token, method, ...rest })
  }
}

test('a site that was never scanned is said to be that, and none of its list is called kept', async () => {
  const site = await siteIn()
  assert.deepEqual([...new Set(site.entries.map(it => it.verdict))], ['notScanned'])
  assert.equal(await headline(), 'None of the sites has been scanned yet')
  assert.equal(await headline('da'), 'Ingen af webstederne er scannet endnu')
  await scan()
  assert.equal(await headline(), '1 of 2 sites has not been scanned yet')
})

test('the list shows what was promised, the longest that was given, and the worst that a scan says', async () => {
  const { entries } = reportOf(kit.world)
  const [first, second, ...rest] = entries
  assert.ok(first && second)
  const longer = { ...first, verdict: 'broken' as const, givenSeconds: 99_000_000 }
  const { givenSeconds: _, ...unseen } = second
  await scan({ entries: [longer, { ...unseen, seen: 0, verdict: 'notSeen' }, ...rest] })
  // Another host of the site where all is well takes nothing of that away.
  await scan({ coverage: { ...reportOf(kit.world).coverage, pages: ['https://min.intrum.dk/'] }, entries: [first] })
  const rows = (await siteIn()).entries
  assert.deepEqual(
    rows.slice(0, 3).map(it => [it.verdict, it.givenSeconds]),
    [
      ['broken', 99_000_000],
      ['notSeen', undefined],
      ['kept', rest[0]?.givenSeconds],
    ],
  )
  const page = cookies.renderReport(await report(), 'en')
  assert.match(page, /1,146\u00a0days/)
  assert.match(page, />12\u00a0months</)
})

test('what stands is what the latest whole scans found and what came since; notes are not told', async () => {
  const hosts = { ...reportOf(kit.world).coverage, pages: ['https://min.intrum.dk/'] }
  await scan({ coverage: hosts, findings: [finding('S5', 'cookie.lives_too_long')] })
  await scan({
    findings: [
      finding('S9', 'scan.dead_guide', { severity: 'doubt' }),
      finding('S1', 'scan.note', { severity: 'note' }),
    ],
  })
  const part = { ...reportOf(kit.world).coverage, personas: [] }
  await scan({ coverage: part, findings: [finding('S1', 'cookie.not_declared')] })
  const codes = async () => (await siteIn()).findings.map(it => it.code)
  assert.deepEqual(await codes(), ['cookie.not_declared', 'cookie.lives_too_long', 'scan.dead_guide'])
  assert.equal(await headline(), '2 breaches of the cookie policy stand on one site')
  await scan()
  assert.deepEqual(await codes(), ['cookie.lives_too_long'])
  assert.equal(await headline('da'), '1 brud på cookiepolitikken står åbent på ét websted')
  await scan({ coverage: hosts })
  assert.deepEqual(await codes(), [])
})

test('a count under five is never shown, not as zero and not by subtraction', async () => {
  assert.deepEqual([0, 1, 4, 5].map(masked), ['<5', '<5', '<5', 5])
  await choose('accept', 6)
  await choose('save', 5)
  await choose('reject', 4)
  const { choices } = await siteIn()
  assert.deepEqual(
    choices.methods.map(it => [it.method, it.choices]),
    [
      ['accept', 6],
      ['reject', '<5'],
      ['save', 5],
      ['withdraw', '<5'],
    ],
  )
  assert.deepEqual([choices.total, choices.isAtLeast], [11, true])
  assert.deepEqual(
    choices.accepted.map(it => [it.category, it.choices]),
    [
      ['preferences', 6],
      ['statistics', 11],
    ],
  )
})

test('the guards’ counts stand by promise and week, what was only explained apart', async () => {
  const { weeks } = await report()
  const add = (week: string | undefined, mode: string, count: number) =>
    kit.owner(`insert into cookies.guard_count values ('intrum.dk', $1, 'cookie.session_not_used', 'S7', $2, $3)`, [
      week,
      mode,
      count,
    ])
  await add(weeks[0], 'strip', 3)
  await add(weeks[11], 'strip', 9)
  await add(weeks[11], 'explain', 2)
  const [line] = (await siteIn()).guard
  assert.deepEqual(line, {
    clause: 'S7',
    stripped: [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
    explained: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  })
  assert.deepEqual(weeksUntil('2026-11-22').slice(-2), ['2026-11-09', '2026-11-16'])
  assert.equal(weeksUntil('2026-11-23').at(-1), '2026-11-23')
})

test('the page runs nothing and fetches nothing, and hostile words from a scan stay words', async () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
  const words = { da: evil, en: evil }
  await scan({
    findings: [finding('S1', 'cookie.not_declared', { name: evil, host: evil, text: words, remedy: words })],
  })
  const data = await report()
  for (const language of ['da', 'en'] as const) {
    const page = cookies.renderReport(data, language)
    assert.doesNotMatch(page, /<script|<img|<link|<[^>]*\ssrc=|url\(|@import|<[^>]*\son[a-z]+=/i)
    assert.match(page, new RegExp(`<html lang="${language}">`))
    assert.equal(page.match(/<style>/g)?.length, 1)
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(match => match[1])
    assert.equal(new Set(ids).size, ids.length, 'every id stands once')
    for (const [, names = ''] of page.matchAll(/aria-labelledby="([^"]*)"/g))
      for (const name of names.split(' ')) assert.ok(ids.includes(name), name)
  }
})

test('every figure that is drawn stands in a table too', async () => {
  const data = await report()
  const page = cookies.renderReport(data, 'en')
  const drawings = page.match(/role="img"/g)?.length ?? 0
  const drawn = data.sites.flatMap(site => [...(site.scans.length > 0 ? ['scans', 'drift'] : []), ...site.guard])
  assert.equal(drawings, drawn.length)
  for (const site of data.sites)
    for (const { finishedAt, breaches } of site.scans.slice(0, 3))
      assert.ok(
        Number.isInteger(breaches) && Date.parse(finishedAt) > 0 && page.includes(`id="${site.site}-scan-table"`),
      )
  assert.match(page, /id="intrum\.dk-weeks"/)
})

test('every command of cookies has its words in both languages', () => {
  const names = commands.map(it => it.name)
  for (const name of [
    'scan',
    'cookies report',
    'cookies scans',
    'cookies schedule',
    'cookies unschedule',
    'cookies register',
  ])
    assert.ok(names.includes(name), name)
  for (const { summary } of commands) assert.ok(summary.da && summary.en && summary.da !== summary.en)
})
