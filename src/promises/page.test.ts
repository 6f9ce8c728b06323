/** The board as a page: what the figures say stands there in words, in both languages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Company } from '../ui/ui.ts'
import { summarise } from './board.ts'
import { renderPromises } from './page.ts'
import { boardOf, clause, figure } from './sample.test-data.ts'
import { renderStart } from './start.ts'

const company: Company = {
  name: 'Prøve A/S',
  officerEmail: 'raad@proeve.example',
  timeZone: 'Europe/Copenhagen',
  complaint: { name: 'T', address: 'A', phone: '1', url: 'https://tilsyn.example/', text: { da: 'k', en: 'c' } },
}
const many = Array.from({ length: 25 }, (_, index) => clause(`S${index + 1}`, index > 12 ? { section: 'b' } : {}))
const unbuilt = { state: 'notBuilt', enforced: [], figures: [] } as const
const languages = ['da', 'en'] as const

test('every promise stands on the board once, with sentence, rule and tile, in both languages', () => {
  for (const language of languages) {
    const page = renderPromises(boardOf(many), language, { company })
    for (const item of many) {
      assert.equal(page.split(`id="${item.id}"`).length, 2, item.id)
      assert.ok(page.includes(`class="tile ok" href="#${item.id}"`))
      assert.ok(page.includes(item.rule[language]))
      assert.ok(
        page.includes(`${item.id} ${language === 'da' ? 'med <mark>målte ord' : 'with <mark>measured words'}</mark>.`),
      )
    }
  }
})

test('a promise that is not built says so, has a neutral tile and claims no rule that runs', () => {
  const why = { da: 'Ingen hjemmeside er koblet på.', en: 'No website is connected.' }
  const page = renderPromises(boardOf([clause('S1', { ...unbuilt, why }), clause('S2')]), 'da', { company })
  assert.match(page, /Ikke bygget endnu:<\/strong> Ingen hjemmeside er koblet på\./)
  assert.match(page, /class="tile open" href="#S1"/)
  assert.match(page, /Reglen, når den er bygget/)
  assert.match(page, /class="clause unmeasured" id="S1"/)
  assert.match(page, /<b class="ok">1<\/b>\u00a0løfte holdes, <b class="open">1<\/b>\u00a0er ikke bygget endnu\./)
})

test('a broken promise comes first and says which figure broke it', () => {
  const broken = clause('S2', { section: 'b', figures: [figure('3', { mustBeZero: true })] })
  const page = renderPromises(boardOf([clause('S1'), broken]), 'da', { company })
  assert.ok(page.indexOf('id="S2"') < page.indexOf('id="S1"'))
  assert.match(page, /<h1[^>]*>\s*<b class="bad">1<\/b>\u00a0løfte er brudt/)
  assert.match(page, /<title>Løfter: 1\u00a0løfte er brudt/)
  assert.match(page, /<div class="bad">\s*<dt>videregivelser <small>\(skal være 0\)/)
  assert.match(page, /Løfte 2 står øverst/)
})

test('zero broken promises is said and not left out', () => {
  const page = renderPromises(boardOf(many), 'en', { company })
  assert.match(page, /<b>0<\/b>\s*broken/)
  assert.match(page, /<b>25<\/b>\s*kept/)
})

test('a view shows its own promises, and the tiles still reach the rest', () => {
  const page = renderPromises(boardOf([clause('S1'), clause('S2', unbuilt)]), 'en', { company, show: 'notbuilt' })
  assert.ok(!page.includes('id="S1"'))
  assert.ok(page.includes('id="S2"'))
  assert.match(page, /href="\/en\/promises#S1"/)
  assert.match(page, /href="\/en\/promises\?vis=notbuilt" aria-current="page"/)
  assert.match(page, /hreflang="da" href="\/promises\?vis=notbuilt"/)
})

test('a view without promises says why that is fine', () => {
  const page = renderPromises(boardOf(many), 'da', { company, show: 'attention' })
  assert.match(page, /class="empty".*Ingen løfter er brudt/s)
})

test('a name typed into the address never reaches the page', () => {
  assert.doesNotMatch(renderPromises(boardOf(many), 'da', { company, show: '"><b>x' }), /<b>x|&quot;&gt;/)
})

test('an attempt never made is called that, and one that got through is red', () => {
  const at = '2026-11-22T01:14:00Z'
  const page = renderPromises(
    boardOf([clause('S1', { lastTried: null }), clause('S2', { lastTried: { at, attempts: 41, stopped: 40 } })]),
    'da',
    { company },
  )
  assert.match(page, /Ikke prøvet her endnu/)
  assert.match(page, /40 af 41 stoppet, 22\.\u00a0november\u00a02026 kl\.\u00a002\.14/)
  assert.match(page, /class="tile bad" href="#S2"/)
})

test('an unsigned log is not called signed', () => {
  const board = boardOf(many)
  assert.match(renderPromises(board, 'da', { company }), /Protokol med 1\.284\.907 poster, ikke underskrevet endnu/)
  const signed = { ...board, ledger: { entries: 2, signedAt: '2026-11-23T08:47:00Z' } }
  assert.match(renderPromises(signed, 'da', { company }), /2 poster, underskrevet 23\./)
})

test('hostile words on a board stay words, and no page carries script or inline style', () => {
  const evil = { da: '<img src=x onerror=alert(1)>"', en: '<script>alert(1)</script>' }
  const nasty = clause('S1', {
    text: evil,
    rule: evil,
    why: evil,
    law: [evil.da],
    state: 'deviation',
    figures: [{ label: evil, value: evil.da }],
  })
  for (const language of languages) {
    const start = renderStart({ company, policy: boardOf([]).policy, summary: summarise(boardOf(many)) }, language)
    for (const page of [renderPromises(boardOf([nasty]), language, { company }), start])
      assert.doesNotMatch(page, /<script|<img|<style|\sstyle=|<[^>]*\son[a-z]+=/i)
  }
})

test('the start page leads to policy, promises and API, and repeats the truth of the board', () => {
  const summary = summarise(boardOf([clause('S1'), clause('S2', unbuilt)]))
  const page = renderStart({ company, policy: boardOf([]).policy, summary }, 'en')
  for (const path of ['/en/policy', '/en/promises', '/openapi.json']) assert.ok(page.includes(`href="${path}"`), path)
  assert.match(page, /1\u00a0promise is kept, 1\u00a0is not built yet\./)
  assert.match(renderStart({ company, policy: boardOf([]).policy, summary }, 'da'), /href="\/policy"/)
})

test('the page with 25 promises weighs at most 40 kB', () => {
  assert.ok(Buffer.byteLength(renderPromises(boardOf(many), 'da', { company })) <= 40_960)
})
