/** Banner, placeholder and choice page as HTML: what is asked, what is never asked, and that text stays text. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { renderBanner, renderHead, renderPlaceholder, type View } from './banner.ts'
import { renderChoicePage, type ChoicePage } from './choice-page.ts'
import { fullRegister, necessaryRegister } from './register.fixture.ts'
import { dateText, lifetimeText, textsOf } from './texts.ts'
import type { Choice, Language, Receipt } from './wire.ts'

const view: View = {
  register: fullRegister,
  isStale: false,
  language: 'da',
  choice: null,
  isGpc: false,
  token: 'TOKEN',
  base: '/indsigt',
  back: '/priser',
}
const choice: Choice = { accepted: ['statistics'], chosenAt: 1_790_000_040, proof: 'p'.repeat(22) }
const page: ChoicePage = { ...view, receipt: null, held: [], preselect: null, message: null }
const isAsking = (text: string) => /class="indsigt-banner"/.test(text)
const opensSomething = (text: string) => !/data-tag=""/.test(text)

test('whoever has not chosen is asked, reject before accept, and nothing is ticked', () => {
  const text = renderBanner(view)
  assert.ok(isAsking(text))
  assert.ok(text.indexOf('Afvis alle') < text.indexOf('Accepter alle'))
  assert.doesNotMatch(text, /checked|autofocus|style=|<script|\son\w+=/)
  assert.match(text, /<form class="indsigt-banner" method="post" action="\/indsigt\/choice"/)
  assert.equal(text.match(/name="token" value="TOKEN"/g)?.length, 2)
})

const UNASKED: readonly (readonly [why: string, change: Partial<View>, opens: boolean])[] = [
  ['the choice is made', { choice }, true],
  ['the browser says no (GPC)', { isGpc: true }, true],
  ['the register is too old', { isStale: true }, false],
  ['the register was never known', { register: null }, false],
]
for (const [why, change, opens] of UNASKED)
  test(`nobody is asked when ${why}, and the way to the choice stays`, () => {
    const text = renderBanner({ ...view, ...change })
    assert.ok(!isAsking(text))
    assert.match(text, /href="\/indsigt\/choice\?lang=da"[^>]*>Ændr cookievalg/)
    assert.equal(opensSomething(renderHead({ ...view, ...change })), opens)
  })

test('a site with only necessary cookies shows a small link and no question', () => {
  const text = renderBanner({ ...view, register: necessaryRegister })
  assert.ok(!isAsking(text) && !text.includes('<dialog'))
  assert.match(text, /Om cookies/)
})

test('Cookiebekendtgørelsen § 3: who, why, how long and where is told for every entry, in both languages', () => {
  for (const language of ['da', 'en'] as const) {
    const text = renderBanner({ ...view, language })
    for (const entry of fullRegister.entries)
      for (const told of [
        entry.name,
        entry.setter,
        entry.purpose[language],
        lifetimeText(entry.lifetime, language),
        textsOf(language).kinds[entry.kind],
      ])
        assert.ok(text.includes(told), `${language}: ${entry.name}: ${told}`)
  }
})

test('what is necessary is no box one could clear, and is never swept', () => {
  const text = renderBanner(view)
  assert.doesNotMatch(text, /value="necessary"/)
  assert.match(text, /data-name="login" data-category=""/)
  assert.match(text, /data-name="annonce" data-category="marketing"/)
})

test('a hostile register, path or cookie name stays text', () => {
  const evil = `"'><script>alert(1)</script>`
  const entries = fullRegister.entries.map(it => ({ ...it, name: evil, setter: evil, purpose: { da: evil, en: evil } }))
  const guides = [{ name: evil, url: 'java\nscript:alert(1)' }]
  const register = { ...fullRegister, entries, guides, controller: evil, policyUrl: '//evil.example' }
  const hostile = { ...page, register, back: evil, token: evil, held: [evil] }
  for (const text of [renderBanner(hostile), renderChoicePage(hostile), renderPlaceholder(evil, hostile)]) {
    assert.doesNotMatch(text, /<script>alert/)
    assert.doesNotMatch(text, /(href|src)="(java|\/\/)/)
  }
})

test('the placeholder is a link without script, and gone once its category is accepted', () => {
  assert.match(renderPlaceholder('statistics', view), /dit ja til statistik.*<a href="\/indsigt\/choice/s)
  assert.equal(renderPlaceholder('statistics', { ...view, choice }), '')
  assert.notEqual(renderPlaceholder('marketing', { ...view, choice }), '')
  assert.notEqual(renderPlaceholder('statistics', { ...view, choice, isStale: true }), '')
})

const receipt: Receipt = {
  format: 'indsigt-consent-receipt/1',
  schemaVersion: 'ISO/IEC TS 27560:2023',
  recordId: 'R-1',
  controller: 'Nordlys Energi A/S',
  site: 'localhost',
  language: 'da',
  policyVersion: 4,
  policyUrl: '/policy',
  noticeSha256: 'aa11',
  registerSha256: 'bb22',
  method: 'save',
  isGpc: false,
  givenAt: '2026-11-22T13:05:00.000Z',
  expiresAt: '2027-05-27T13:05:00.000Z',
  withdrawnAt: null,
  purposes: [{ category: 'statistics', title: 'Statistik', state: 'given' }],
  ledgerEntry: 'E-9',
  commitment: 'cc33',
}

test('the receipt is shown whole, in words', () => {
  const text = renderChoicePage({ ...page, choice, receipt })
  for (const told of ['R-1', 'aa11', 'bb22', 'E-9', 'cc33', 'ISO/IEC TS 27560:2023', 'Du sagde ja', 'Version 4'])
    assert.ok(text.includes(told), told)
  assert.match(text, /22\. november 2026 kl\. 14\.05/)
  assert.match(text, /value="withdraw"/)
})

test('a choice that came too late is ticked again, and only that', () => {
  const text = renderChoicePage({ ...page, preselect: ['marketing'], message: 'again' })
  assert.deepEqual(text.match(/value="\w+" checked/g), ['value="marketing" checked'])
})

test('the page says what the browser holds, until when, and what is not on the list', () => {
  const now = new Date('2026-11-22T12:00:00Z')
  const text = renderChoicePage({ ...page, held: ['besog_1', 'ukendt'], now })
  assert.match(text, /data-name="besog_1">/)
  assert.match(text, new RegExp(dateText(new Date('2027-02-20T12:00:00Z'), 'da')))
  assert.match(text, /ukendt.*Står ikke på vores liste/s)
  assert.match(text, /data-name="tema" hidden>/)
})

test('GPC: the page says that the browser answers, and asks nothing', () => {
  const text = renderChoicePage({ ...page, isGpc: true })
  assert.match(text, /Din browser siger nej for dig/)
  assert.doesNotMatch(text, /value="accept"|type="checkbox"/)
})

test('without a register the page is whole, asks nothing and still lets go', () => {
  const text = renderChoicePage({ ...page, register: null, isStale: true, held: ['besog_1'] })
  assert.match(text, /Vi kan ikke hente vores cookieliste/)
  assert.match(text, /value="besog_1"/)
  assert.doesNotMatch(text, /value="accept"/)
})

const LIFETIMES: readonly (readonly [lifetime: string, language: Language, said: string])[] = [
  ['P6M', 'da', '6 måneder'],
  ['P1Y', 'en', '1 year'],
  ['P1DT12H', 'da', '1 dag og 12 timer'],
  ['session', 'en', 'Until you close the browser'],
  ['whatever', 'da', 'whatever'],
]
for (const [lifetime, language, said] of LIFETIMES)
  test(`${lifetime} is said as ${said}`, () => {
    assert.equal(lifetimeText(lifetime, language).replaceAll('\u00a0', ' '), said)
  })

test('both languages have the same sentences, none empty', () => {
  const keys = (value: object, path = ''): string[] =>
    Object.entries(value).flatMap(([key, it]: [string, unknown]) => {
      assert.notEqual(it, '', path + key)
      return it !== null && typeof it === 'object' ? keys(it, `${path}${key}.`) : [path + key]
    })
  assert.deepEqual(keys(textsOf('da')), keys(textsOf('en')))
})
