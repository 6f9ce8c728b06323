/**
 * S9: the guides to the browsers are pointed to wherever we ask or tell, and no cookie is set from a site that does
 * not. Here they are looked for without script, without cookies, after a no, behind the banner, in the other language;
 * and dead, forged and missing ones are put in their place.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import type { Finding } from '../../scanner/report.ts'
import { attach } from '../../sdk/node.ts'
import { createSite } from '../../sdk/site.ts'
import type { Register } from '../../sdk/wire.ts'
import { scan } from '../../src/cookies/scan.ts'
import * as policy from '../../src/policy/policy.ts'
import { SHIPPED_POLICY } from '../kit.ts'
import { openHouse, type House } from './house.ts'
import { browse, chance, openBrowser, openSite, pageOf, type Website } from './site.ts'

let house: House
let web: Website
let browser: Browser
let near: Server
let guides: Register['guides']
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  guides = web.settings.register.guides
  browser = await openBrowser({ 'www.intrum.dk': web.port })
  near = attach(
    createServer((request, response) => {
      const page = web.pages.get(request.url?.split('?')[0] ?? '')
      if (page) page(request, response)
      else response.writeHead(404).end('not found')
    }),
    web.site,
  ).listen(0, '127.0.0.1')
  await new Promise(resolve => near.once('listening', resolve))
})
beforeEach(() => web.pages.clear())
after(async () => {
  await browser.close()
  near.closeAllConnections()
  near.close()
  await web.close()
  await house.close()
})

const LANGUAGES = {
  da: 'Slet og styr cookies i din browser',
  en: 'Delete and control cookies in your browser',
} as const
const KEPT = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const NEEDED = `sprog=da; Max-Age=31536000; ${KEPT}`
const ASKED = `besoegstal=${chance()}; Max-Age=7776000; ${KEPT}`

/** Every guide once, by its name, as a plain link. */
function assertGuides(html: string, where: string): void {
  for (const { name, url } of guides) {
    const links = html.match(/<a\s[^>]*>[^<]*<\/a>/g)?.filter(link => link.includes(`href="${url}"`)) ?? []
    assert.deepEqual(links.length, 1, `${where}: ${name}`)
    assert.ok(links[0]?.includes(`>${name}</a>`), `${where}: ${links[0]}`)
  }
}

test('the guides are at least two, each once, by https and with a name of its own', () => {
  assert.ok(guides.length >= 2)
  assert.equal(new Set(guides.map(it => it.name)).size, guides.length)
  assert.equal(new Set(guides.map(it => it.url.replace(/[?#].*$/, ''))).size, guides.length)
  for (const { url } of guides) {
    const { protocol, hostname, username, href } = new URL(url)
    assert.deepEqual([protocol, username, href], ['https:', '', url])
    assert.match(hostname, /^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
  }
})

for (const language of ['da', 'en'] as const)
  test(`${language}: whoever chose nothing, no or yes, or lets the browser speak, is shown the guides`, async () => {
    const visitors = [undefined, await web.visitor('reject'), await web.visitor('accept'), 'cookievalg=junk']
    for (const cookie of visitors)
      for (const headers of [{}, { 'sec-gpc': '1' }, { 'accept-language': 'de' }]) {
        const { status, text } = await web.send(`GET /indsigt/choice?lang=${language}`, {
          headers,
          ...(cookie !== undefined && { cookie }),
        })
        assert.equal(status, 200)
        assert.match(text, new RegExp(`<html lang="${language}">`))
        assert.ok(text.includes(LANGUAGES[language]))
        assertGuides(text, `${String(cookie)} ${JSON.stringify(headers)}`)
      }
    const prefix = language === 'da' ? '' : '/en'
    for (const page of ['/policy', '/cookies'])
      assertGuides(await (await fetch(`${web.indsigt}${prefix}${page}`)).text(), prefix + page)
  })

const VISITORS: readonly (readonly [who: string, options: BrowserContextOptions])[] = [
  ['without script', { javaScriptEnabled: false }],
  ['on a phone', { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }],
  ['with script', {}],
]
for (const [who, options] of VISITORS)
  test(`two presses from any page, no cookie and no yes, and the guide is open: ${who}`, async () => {
    for (const language of ['da', 'en'] as const) {
      web.pages.set('/', (request, response) => pageOf(web, '<p>Hej</p>')(request, response))
      await browse(browser, { ...options, locale: language }, async page => {
        const way = await page
          .locator('.indsigt a[href*="/indsigt/choice"]')
          .evaluateAll(all => all.map(it => it.textContent))
        assert.ok(way.length >= 2, 'one in the question and one that stays')
        await page.goto(`https://www.intrum.dk/indsigt/choice?lang=${language}`)
        assert.deepEqual(await page.context().cookies(), [])
        for (const { name, url } of guides) {
          const link = page.getByRole('link', { name, exact: true })
          await link.scrollIntoViewIfNeeded()
          await page.route(`${url}**`, route => route.fulfill({ body: 'the guide', contentType: 'text/plain' }))
          await link.click({ timeout: 3000 })
          await page.waitForURL(`${url}**`)
          await page.goBack()
        }
        assert.deepEqual(await page.context().cookies(), [])
      })
    }
  })

test('the guide is not told where its reader came from, and opens where its reader is', async () => {
  const { text, headers } = await web.send('GET /indsigt/choice')
  for (const { url } of guides) {
    const link = text.match(/<a\s[^>]*>/g)?.find(it => it.includes(url)) ?? ''
    assert.match(link, /rel="noreferrer"/)
    assert.ok(!link.includes('target='), link)
  }
  assert.equal(headers['referrer-policy'], 'same-origin')
})

test('the page that asks points the way, and goes on doing so after every answer', async () => {
  const yes = await web.visitor('accept')
  web.pages.set('/', pageOf(web, ''))
  for (const cookie of [undefined, await web.visitor('reject'), yes, await web.visitor('withdraw', yes)])
    for (const door of ['server', 'proxy'] as const)
      for (const headers of [{}, { 'sec-gpc': '1' }]) {
        const { text } = await web.send('GET /', { door, headers, ...(cookie !== undefined && { cookie }) })
        assert.match(text, /<a class="indsigt-control" href="\/indsigt\/choice\?lang=da"/)
      }
})

const BAD = [
  ['none at all', /( {2}browserGuides:)\n(?: {4}- .*\n)+/, '$1 []\n', 'policy.no_browser_guides'],
  ['plain http', 'https://support.google.com', 'http://support.google.com', 'policy.value_invalid'],
  ['a script', 'https://support.google.com/chrome/answer/95647', "'javascript:alert(1)'", 'policy.value_invalid'],
  ['a quotation mark', 'answer/95647', 'answer/95647"onclick=x', 'policy.value_invalid'],
  ['a path of nowhere', 'https://support.google.com/chrome/answer/95647', '/vejledning', 'policy.value_invalid'],
  ['no address', 'url: https://support.google.com/chrome/answer/95647', "url: ''", 'policy.value_invalid'],
  ['no name', 'name: Chrome', "name: ''", 'policy.value_invalid'],
] as const
for (const [what, from, to, code] of BAD)
  test(`a policy whose guides are wrong is not adopted: ${what}`, async () => {
    const text = readFileSync(SHIPPED_POLICY, 'utf8').replace('revision: 1', 'revision: 2').replace(from, to)
    const examined = policy.examine(Buffer.from(text))
    assert.ok(!examined.ok && examined.problems.some(it => it.code === code), JSON.stringify(examined))
    const adopting = policy.adopt(house.kit.world, house.kit.actor('admin'), Buffer.from(text))
    await assert.rejects(adopting, { code: 'policy.invalid' })
  })

test('without a guide in its register a site sets nothing, the needed and the agreed neither', async () => {
  const settings = async () => ({
    ...(await web.backend.settings()),
    register: { ...web.settings.register, guides: [] },
  })
  const site = createSite({ site: 'intrum.dk', backend: { ...web.backend, settings }, mode: 'strip' })
  try {
    await site.ready()
    for (const cookie of ['', await web.visitor('accept')]) {
      const request = { method: 'GET', host: 'intrum.dk', path: '/', query: '', isHttps: true, headers: { cookie } }
      const { keep, stripped } = site.guard(request, [NEEDED, ASKED])
      assert.deepEqual(keep, [])
      for (const { reasons } of stripped) assert.ok(reasons.some(it => it.code === 'cookie.no_guide_offered'))
    }
  } finally {
    await site.close()
  }
})

const WORDS =
  '<p>Her kan du se dine sager, betale det, du skylder, og gøre indsigelse imod et krav, du ikke er enig i.</p>'
const bare = (body: string) =>
  `<!doctype html><html lang="da"><title>Sag</title><link rel="icon" href="data:,"><body>${WORDS}${body}</body></html>`
const SETS = '<script>document.cookie = "sprog=da;path=/;max-age=86400;samesite=lax"</script>'

async function scanned(register: Register, pagesMax = 1): Promise<readonly Finding[]> {
  const { port } = near.address() as AddressInfo
  const personas = ['fresh'] as const
  const limits = { pagesMax, dwellMs: 1000, pageLimitMs: 15_000, scanLimitMs: 60_000 }
  const allow = ['127.0.0.1', 'localhost', '*.localhost']
  const order = { urls: [`http://127.0.0.1:${port}/`], as: 'intrum.dk', personas, script: [], allow, ...limits }
  const { report } = await scan({ ...order, register }, { sign: null })
  // What lies outside could not be reached from here, and is told as a note.
  return report.findings.filter(it => it.clause === 'S9' && it.severity !== 'note')
}
const serve = (path: string, html: string) =>
  web.pages.set(path, (_, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end(html))

test('the scanner finds the page that sets something and points nowhere, and not the one that points', async () => {
  serve('/', bare(SETS))
  assert.deepEqual(
    (await scanned(web.settings.register)).map(it => `${it.severity} ${it.code}`),
    ['breach scan.no_guide'],
  )
  web.pages.set('/', pageOf(web, WORDS + SETS))
  assert.deepEqual(await scanned(web.settings.register), [])
})

test('the scanner finds a guide of our own that is gone', async () => {
  serve('/', bare(`${SETS}<a href="/cookies/vejledning">Sådan sletter du cookies</a>`))
  const found = await scanned(web.settings.register, 2)
  assert.ok(
    found.some(it => it.code === 'scan.dead_guide' && it.severity === 'breach'),
    JSON.stringify(found),
  )
})

test('the scanner finds a dead guide of the list on another host, which every page of the site points to', async () => {
  const { port } = near.address() as AddressInfo
  const url = `http://vejledning.localhost:${port}/doed`
  serve('/', bare(`${SETS}<a href="${url}">Firefox</a> <a href="/indsigt/choice">Cookies</a>`))
  const found = await scanned({ ...web.settings.register, guides: [{ name: 'Firefox', url }] })
  assert.ok(
    found.some(it => it.code === 'scan.dead_guide'),
    JSON.stringify(found),
  )
})
