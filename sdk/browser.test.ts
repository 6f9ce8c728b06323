/** The banner in a real Chromium, attacked first: what runs, what is written, what is left, and who can reach it. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../test/browser.ts'
import { settled, visitor, type Visit } from './browser.fixture.ts'
import { fullRegister } from './register.fixture.ts'
import { startSite, type TestSite } from './site.fixture.ts'

const SCRIPTS =
  '<template data-indsigt="statistics"><script src="/one.js"></script><script src="/two.js"></script></template>' +
  '<template data-indsigt="marketing"><script src="/ad.js"></script></template>' +
  '<template data-indsigt="statistics"><script src="/three.js"></script></template>' +
  '<template data-indsigt="statistics" data-title="Kort over Havnen"><iframe src="/frame" title="Kort"></iframe></template>'

let site: TestSite
let fresh: TestSite['settings']
let browser: Browser

before(async () => {
  site = await startSite()
  fresh = { ...site.settings, body: SCRIPTS }
  browser = await launchBrowser()
})
beforeEach(() => {
  Object.assign(site.settings, fresh)
  site.asked.length = 0
})
after(async () => {
  await browser.close()
  await site.close()
})

const visit = <T>(how: Visit, look: (page: Page) => Promise<T>) => visitor({ browser, site })(how, look)

const press = (page: Page, method: string) => page.locator(`.indsigt-banner [value=${method}]`).click()
const ran = (page: Page) => page.evaluate<string[]>('window.ran ?? []')

const isHidden = '!document.querySelector(".indsigt-banner")?.checkVisibility()'
const pause = (page: Page) => page.waitForTimeout(300)
const EVERYTHING = `(async () => [document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map(it => it.name), ...await caches.keys()].filter(Boolean))()`

test('S1: before a choice nothing is written, nothing marked is asked for, and nothing leaves the site', async () => {
  await visit({}, async page => {
    const all: string[] = []
    page.on('request', request => all.push(request.url()))
    await page.reload()
    await pause(page)
    assert.deepEqual(await page.evaluate(EVERYTHING), [])
    assert.deepEqual(await page.context().cookies(), [])
    assert.deepEqual(await ran(page), [])
    assert.ok(all.every(url => url.startsWith(site.origin)))
    assert.ok(!site.asked.some(it => /one|ad\.js|frame|token/.test(it)), site.asked.join(', '))
  })
})

test('accepted content starts without a reload, scripts in the order of the document', async () => {
  await visit({}, async page => {
    await page.evaluate('window.same = true')
    await press(page, 'accept')
    await settled(page, 'window.ran?.length === 4 && document.querySelector("iframe")')
    assert.deepEqual(await ran(page), ['/one.js', '/two.js', '/ad.js', '/three.js'])
    assert.equal(await page.evaluate('window.same'), true)
    assert.equal(await page.locator('[role=status]').innerText(), '– dit valg er gemt')
    assert.equal(await page.evaluate('document.activeElement.className'), 'indsigt-control')
    await page.reload()
    await settled(page, 'window.ran?.length === 4')
    assert.equal(await page.locator('.indsigt-banner').count(), 0)
  })
})

test('refused scripts never run, not on the next page either, and a template that comes later stays shut', async () => {
  await visit({}, async page => {
    await press(page, 'reject')
    await settled(page, isHidden)
    await page.reload()
    await page.evaluate('document.querySelector("main").append(document.querySelector("template").cloneNode(true))')
    await pause(page)
    assert.deepEqual(await ran(page), [])
  })
})

test('only the saved category starts, and a template that comes later starts by itself', async () => {
  await visit({}, async page => {
    await page.locator('.indsigt-row a').click()
    await page.getByRole('checkbox', { name: 'Markedsføring' }).check()
    await page.locator('dialog [value=save]').click()
    await settled(page, 'window.ran?.length === 1')
    await page.evaluate('document.querySelector("template[data-indsigt=statistics]").dataset.indsigt = "marketing"')
    await page.evaluate('document.body.append(document.createElement("i"))')
    await settled(page, 'window.ran?.length === 3')
    assert.deepEqual(await ran(page), ['/ad.js', '/one.js', '/two.js'])
    assert.deepEqual(await page.evaluate('indsigt.choice()'), ['marketing'])
  })
})

const CONSENTS =
  'dataLayer.map(it => [it[1], it[2].analytics_storage, it[2].ad_user_data, it[2].functionality_storage])'

test('Consent Mode: denied at the start, then exactly what was accepted', async () => {
  await visit({}, async page => {
    assert.deepEqual((await page.evaluate<string[][]>(CONSENTS))[0], ['default', 'denied', 'denied', 'denied'])
    await page.locator('.indsigt-hold button').click()
    await settled(page, isHidden)
    assert.deepEqual((await page.evaluate<string[][]>(CONSENTS)).at(-1), ['update', 'granted', 'denied', 'denied'])
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'IFRAME')
    assert.equal(await page.locator('.indsigt-hold').count(), 0)
  })
})

test('whoever listens hears of the choice', async () => {
  const init = 'document.addEventListener("indsigt:choice", it => (window.heard ??= []).push(it.detail.length))'
  await visit({ init }, async page => {
    await press(page, 'accept')
    await settled(page, isHidden)
    assert.deepEqual(await page.evaluate('heard'), [0, 3])
  })
})

const FORGED: readonly (readonly [what: string, cookie: (good: string) => string[]])[] = [
  ['of another list', good => [good.replace(/^1\.\w{8}/, '1.00000000')]],
  ['too long a mask', good => [good.replace(/^(1\.\w{8}\.)\w+/, '$1zz')]],
  ['without a seal', good => [good.slice(0, -17)]],
  ['of version 2', good => [good.replace(/^1/, '2')]],
  ['empty', () => ['']],
  ['a word', () => ['all']],
]
for (const [what, cookie] of FORGED)
  test(`a choice cookie ${what} opens nothing on a cached page`, async () => {
    const good = await visit({}, async page => {
      await press(page, 'accept')
      await settled(page, isHidden)
      return (await page.context().cookies())[0]?.value ?? ''
    })
    site.settings.isCached = true
    await visit({}, async page => {
      for (const value of cookie(good))
        await page.context().addCookies([{ name: 'cookievalg', value, url: site.origin }])
      await page.reload()
      await pause(page)
      assert.deepEqual(await ran(page), [])
      assert.equal(await page.evaluate(isHidden), false)
      await page.context().addCookies([{ name: 'cookievalg', value: good, url: site.origin }])
      await page.reload()
      await settled(page, 'window.ran?.length === 4')
      assert.equal(await page.evaluate(isHidden), true)
    })
  })

for (const [what, change] of [
  ['too old', { isStale: true }],
  ['unknown', { register: null }],
] as const)
  test(`a register that is ${what} opens nothing, even for somebody who accepted everything`, async () => {
    await visit({}, async page => {
      await press(page, 'accept')
      await settled(page, isHidden)
      Object.assign(site.settings, change)
      await page.reload()
      await pause(page)
      assert.deepEqual(await ran(page), [])
      assert.ok(await page.locator('.indsigt-control').isVisible())
    })
  })

const GPC = 'Object.defineProperty(navigator, "globalPrivacyControl", { value: true })'

test('GPC is a refusal on a cached page too: no banner, nothing opens, whatever the cookie says', async () => {
  site.settings.isCached = true
  await visit({ init: GPC }, async page => {
    await pause(page)
    assert.equal(await page.evaluate(isHidden), true)
    await page.evaluate('document.cookie = "cookievalg=1.00000000.7.abc." + "p".repeat(22) + "." + "m".repeat(16)')
    await page.reload()
    await pause(page)
    assert.deepEqual(await ran(page), [])
  })
})

test('when the backend is down the banner stays with a sentence, and nothing starts or is written', async () => {
  site.settings.isDown = true
  await visit({ mayComplain: 'yes' }, async page => {
    await press(page, 'accept')
    await page.locator('.indsigt-banner [role=alert]').waitFor({ state: 'visible' })
    assert.match(await page.locator('.indsigt-banner [role=alert]').innerText(), /kunne ikke gemmes/)
    assert.deepEqual(await ran(page), [])
    assert.deepEqual(await page.context().cookies(), [])
    site.settings.isDown = false
    await press(page, 'reject')
    await settled(page, isHidden)
  })
})

test('a page without a token fetches one; a page made from another list is not agreed to', async () => {
  site.settings.isCached = true
  await visit({}, async page => {
    const entries = fullRegister.entries.slice(0, -1)
    site.settings.register = { ...fullRegister, entries }
    await press(page, 'accept')
    await page.waitForURL('**/indsigt/choice')
    assert.deepEqual(await page.context().cookies(), [])
    site.settings.register = fullRegister
  })
  await visit({}, async page => {
    await press(page, 'accept')
    await settled(page, isHidden)
  })
})

const FILL = `(async () => { localStorage.tema = 'm'; localStorage.andet = '1'; sessionStorage['udkast-1'] = 'x'
  document.cookie = 'besog_a=1;path=/'; document.cookie = 'besog_b=1;path=/dyb/sti'
  document.cookie = 'annonce=1'
  document.cookie = 'login2=1;path=/'
  await caches.open('annonce-1')
  await new Promise(done => { const it = indexedDB.open('taelleko')
    it.onsuccess = () => { it.result.close(); done() } }) })()`

test('S8: withdrawal removes what is declared in every storage, spares the rest, reloads once', async () => {
  await visit({ path: '/dyb/sti' }, async page => {
    await press(page, 'accept')
    await settled(page, 'window.ran?.length === 4')
    await page.evaluate(FILL)
    await page.evaluate('addEventListener("pagehide", () => { localStorage.tema = "again" })')
    let loads = 0
    page.on('load', () => (loads += 1))
    await page.locator('.indsigt-control').click()
    await page.locator('dialog [value=reject]').click()
    await page.waitForEvent('load')
    await pause(page)
    assert.equal(loads, 1)
    assert.deepEqual(await ran(page), [])
    const left = (await page.evaluate<string[]>(EVERYTHING)).join(' ')
    assert.match(left, /login2=1/)
    assert.match(left, /andet/)
    assert.doesNotMatch(left, /tema|udkast|besog|annonce|taelleko/)
  })
})

test('a withdrawal in another tab ends what runs here', async () => {
  await visit({}, async page => {
    await press(page, 'accept')
    await settled(page, 'window.ran?.length === 4')
    await page.context().clearCookies()
    await page.evaluate('dispatchEvent(new Event("pageshow"))').catch(() => {})
    await settled(page, '!window.ran')
    assert.equal(await page.evaluate(isHidden), false)
  })
})

test('without script: a real form keeps the choice, and leads back to the page', async () => {
  await visit({ javaScriptEnabled: false, path: '/priser' }, async page => {
    await press(page, 'reject')
    await page.waitForURL('**/priser')
    assert.match((await page.context().cookies())[0]?.value ?? '', /^1\.\w{8}\.0\./)
    assert.equal(await page.locator('.indsigt-banner').count(), 0)
    await page.locator('.indsigt-control').click()
    await page.getByRole('checkbox', { name: 'Statistik' }).check()
    await page.locator('[value=save]').click()
    await page.locator('.indsigt-control').click()
    assert.equal(await page.getByRole('checkbox', { name: 'Statistik' }).isChecked(), true)
    assert.equal(await page.getByRole('checkbox', { name: 'Markedsføring' }).isChecked(), false)
    assert.ok(await page.getByText('Uden JavaScript').isVisible())
  })
})

test('the choice page finds what a script left, says until when, and removes it', async () => {
  await visit({ path: '/indsigt/choice' }, async page => {
    assert.ok(await page.getByText('Vi fandt ikke noget fra os').isVisible())
    await page.evaluate(FILL)
    await page.evaluate('document.cookie = "besog_a=1;path=/;max-age=864000"')
    await page.reload()
    await page.getByRole('button', { name: 'Fjern tema' }).waitFor()
    const end = new Date(Date.now() + 864_000_000).toLocaleDateString('da', { dateStyle: 'long' })
    assert.match(await page.locator('li[data-name=besog_a]').innerText(), new RegExp(`Senest til ${end}`))
    await page.getByRole('button', { name: 'Fjern tema' }).click()
    await page.waitForURL(/said=removed/)
    assert.equal(await page.evaluate('localStorage.tema'), undefined)
    await page.getByRole('button', { name: 'Fjern alt' }).click()
    await pause(page)
    assert.doesNotMatch((await page.evaluate<string[]>(EVERYTHING)).join(' '), /udkast|taelleko|annonce-1|besog_a/)
  })
})

test('S8: after a removal, what the yes taken back with it allowed is gone from the storages as well', async () => {
  await visit({ path: '/indsigt/choice' }, async page => {
    await page.evaluate(FILL)
    await page.goto(`${site.origin}/indsigt/choice?said=removed`)
    await pause(page)
    const left = (await page.evaluate<string[]>(EVERYTHING)).join(' ')
    assert.match(left, /login2=1.*andet/)
    assert.doesNotMatch(left, /tema|udkast|besog_a|annonce|taelleko/)
    await page.evaluate(FILL)
    await page.goto(`${site.origin}/indsigt/choice?said=saved`)
    await page.getByRole('button', { name: 'Fjern tema' }).waitFor()
  })
})
