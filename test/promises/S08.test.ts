/**
 * S8: whoever said no, changed their mind or deleted, is left alone until they choose anew. Here what was deleted is
 * brought back from elsewhere, a withdrawal forgets a hidden place, saying no costs more than saying yes, a refusal
 * wears off, and all sorts of signs that are no choice are taken for a yes.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium, type Browser, type Page } from 'playwright-core'
import { createSite } from '../../sdk/site.ts'
import type { SiteRequest } from '../../sdk/site-types.ts'
import * as policy from '../../src/policy/policy.ts'
import { findBrowser } from '../browser.ts'
import { SHIPPED_POLICY } from '../kit.ts'
import { openHouse, type House } from './house.ts'
import { browse, chance, DOORS, openBrowser, openSite, pageOf, type Website } from './site.ts'

const AT = 'https://www.intrum.dk'
let house: House
let web: Website
let browser: Browser
let revision = 1
before(async () => {
  house = await openHouse()
  await adopt(WIDE)
  web = await openSite(house)
  browser = await openBrowser({ 'www.intrum.dk': web.port, 'sag.intrum.dk': web.port })
})
beforeEach(() => web.pages.clear())
after(async () => {
  await browser.close()
  await web.close()
  await house.close()
})

const entry = (name: string, kind: string, lifetime = 'P3M', more = '') => `    - name: ${name}
      kind: ${kind}
      setter: Intrum Danmark
      category: statistics
      purpose: { da: 'Tæller besøg.', en: 'Counts visits.' }
      lifetime: ${lifetime}
${more}`
const LOOSE = '      attributes: { sameSite: Lax }\n'
/** The shipped policy with something declared in every kind of storage; a tab's storage asks for sessions too. */
const WIDE = readFileSync(SHIPPED_POLICY, 'utf8')
  .replace('kinds: [persistent]', 'kinds: [persistent, session]')
  .replace(
    '  entries:\n',
    `  entries:\n${[
      entry('maaling_*', 'cookie', 'P3M', LOOSE),
      entry('kladde', 'sessionStorage', 'session'),
      entry('taelleko', 'indexedDB'),
      entry('kort-*', 'cache'),
    ].join('')}`,
  )

/** Puts a policy in force; what it says is read back by the site within a second. */
async function adopt(text: string): Promise<void> {
  revision += 1
  await policy.adopt(
    house.kit.world,
    house.kit.actor('admin'),
    Buffer.from(text.replace('revision: 1', `revision: ${revision}`)),
  )
}

const KEPT = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const ASKED = `besoegstal=${chance()}; Max-Age=7776000; ${KEPT}`
/** Counts its own runs. */
const MARKED = `<template data-indsigt="statistics"><script>window.ran = (window.ran || 0) + 1</script></template>`
const ran = (page: Page) => page.evaluate<number>('window.ran || 0')
const jarOf = async (page: Page) => (await page.context().cookies()).map(it => it.name).toSorted()
const STORED = `(async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map(it => it.name), ...await caches.keys()])()`

/** A page whose server tries to set the counting cookie every time, and that has something optional in it. */
const serve = (...paths: string[]) => {
  for (const path of paths)
    web.pages.set(path, (request, response) => {
      response.setHeader('set-cookie', ASKED)
      pageOf(web, MARKED)(request, response)
    })
}
const isGone = '!document.querySelector(".indsigt-banner")?.checkVisibility()'
async function press(page: Page, method: 'accept' | 'reject') {
  await page.locator(`.indsigt-banner [value=${method}]`).click()
  await page.waitForFunction(isGone)
}
const see = async (what: () => Promise<boolean>) => {
  for (let tries = 0; !(await what()); tries += 1) {
    assert.ok(tries < 60, 'it never came to be')
    await pause(100)
  }
}
const request = (cookie: string, headers: SiteRequest['headers'] = {}): SiteRequest => ({
  method: 'GET',
  host: 'www.intrum.dk',
  path: '/',
  query: '',
  isHttps: true,
  headers: { cookie, ...headers },
})

test('what the visitor deleted comes back from nowhere, and whoever chooses next is a stranger', async () => {
  serve('/')
  await browse(browser, {}, async page => {
    const proofs = new Set<string>()
    for (let round = 1; round <= 2; round += 1) {
      await press(page, 'accept')
      await page.reload()
      const jar = await page.context().cookies()
      assert.deepEqual(jar.map(it => it.name).toSorted(), ['besoegstal', 'cookievalg'])
      proofs.add(jar.find(it => it.name === 'cookievalg')?.value.split('.')[4] ?? '')
      assert.deepEqual(await page.evaluate(STORED), [], 'nothing to bring it back from')
      await page.context().clearCookies()
      await page.reload()
      await pause(300)
      assert.deepEqual([await jarOf(page), await ran(page), await page.evaluate(isGone)], [[], 0, false])
      assert.equal(proofs.size, round)
    }
  })
})

test('no file of ours tells one visitor from another by what it is asked with', async () => {
  const accepted = await web.visitor('accept')
  for (const file of ['consent.js', 'gate.js', 'choice.js', 'banner.css', 'choice.css']) {
    const first = await web.send(`GET /indsigt/${file}`)
    const other = await web.send(`GET /indsigt/${file}`, { cookie: accepted, headers: { 'user-agent': 'another' } })
    assert.deepEqual([other.headers.etag, other.text], [first.headers.etag, first.text], file)
    const stamped = await web.send(`GET /indsigt/${file}`, { headers: { 'if-none-match': 'W/"visitor-1"' } })
    assert.deepEqual([stamped.status, stamped.headers.etag], [200, first.headers.etag], file)
  }
  for (const page of ['GET /indsigt/choice', 'GET /indsigt/token']) {
    const { headers } = await web.send(page, { cookie: accepted })
    assert.deepEqual([headers.etag, headers['cache-control']], [undefined, 'no-store'], page)
  }
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script'
  const remove = async (page: Page, name: string) => {
    await page.goto(`${AT}/indsigt/choice?lang=da`)
    await page.getByRole('button', { name: `Fjern ${name}` }).click()
    await page.waitForURL(/said=removed/)
    assert.ok(!(await jarOf(page)).includes(name), 'the page says that it is removed')
  }
  test(`what is removed on our own page is not set again before the visitor chooses anew: ${how}`, async () => {
    serve('/')
    await browse(browser, { javaScriptEnabled }, async page => {
      await page.locator('.indsigt-banner [value=accept]').click()
      await page.waitForTimeout(500)
      await page.goto(AT)
      assert.ok((await jarOf(page)).includes('besoegstal'))
      await remove(page, 'besoegstal')
      await page.goto(AT)
      assert.ok(!(await jarOf(page)).includes('besoegstal'), 'nobody chose anew, and it is set again')
    })
  })

  test(`a cookie that is not on our list can be removed, as the page says: ${how}`, async () => {
    serve('/')
    await browse(browser, { javaScriptEnabled }, async page => {
      const old = { name: 'PHPSESSID', value: 'x', domain: 'www.intrum.dk', path: '/', httpOnly: true, secure: true }
      await page.context().addCookies([old])
      await remove(page, 'PHPSESSID')
    })
  })
}

/** Counting cookies in all places of a browser that a page below /dyb/sti can see. */
function places() {
  const kept = { value: chance(), expires: Math.floor(Date.now() / 1000) + 86_400 }
  const at = (name: string, domain: string, path: string, httpOnly: boolean) => {
    return { name, domain, path, httpOnly, secure: true, sameSite: 'Lax' as const, ...kept }
  }
  return [
    at('besoegstal', 'www.intrum.dk', '/', true),
    at('besoegstal', '.intrum.dk', '/', true),
    at('besoegstal', '.www.intrum.dk', '/', true),
    at('besoegstal', 'www.intrum.dk', '/dyb', true),
    at('besoegstal', '.intrum.dk', '/dyb/sti', true),
    at('maaling_a', 'www.intrum.dk', '/', false),
    at('maaling_b', '.intrum.dk', '/dyb', false),
    at('maaling_c', '.intrum.dk', '/', true),
  ]
}
const FILL = `(async () => { localStorage.setItem('laesevisning', 'stor'); localStorage.setItem('andens', '1')
  sessionStorage.setItem('kladde', 'x'); await caches.open('kort-1')
  await new Promise(done => { const it = indexedDB.open('taelleko')
    it.onsuccess = () => { it.result.close(); done() } }) })()`

test('a withdrawal empties every storage of what is declared: HttpOnly, parent domains, other paths', async () => {
  serve('/dyb/sti')
  await browse(browser, { path: '/dyb/sti' }, async page => {
    await press(page, 'accept')
    await page.waitForFunction('window.ran === 1')
    await page.context().addCookies(places())
    await page.evaluate(FILL)
    assert.equal((await page.evaluate<string[]>(STORED)).length, 5)
    await page.locator('.indsigt-control').click()
    await page.locator('dialog [value=reject]').click()
    await page.waitForFunction('!window.ran')
    await pause(500)
    assert.deepEqual(await page.evaluate(STORED), ['andens'], 'what is not declared is not ours to touch')
    assert.deepEqual(await jarOf(page), ['cookievalg'])
  })
})

test('the same without script: every cookie goes, and one press on our page takes the yes back', async () => {
  serve('/dyb/sti')
  await browse(browser, { path: '/dyb/sti', javaScriptEnabled: false }, async page => {
    await page.locator('.indsigt-banner [value=accept]').click()
    await page.waitForURL('**/dyb/sti')
    await page.context().addCookies(places().filter(it => it.path === '/'))
    await page.locator('.indsigt-control').click()
    await page.locator('[value=withdraw]').click()
    await page.waitForLoadState()
    assert.deepEqual(await jarOf(page), ['cookievalg'])
  })
})

test('an HttpOnly cookie below another path is gone when its page is next seen', async () => {
  serve('/', '/konto/ind')
  await browse(browser, {}, async page => {
    await press(page, 'accept')
    const [hidden] = places()
    await page.context().addCookies([{ ...hidden!, path: '/konto' }])
    await page.locator('.indsigt-control').click()
    await page.locator('dialog [value=reject]').click()
    await page.waitForFunction('!window.ran')
    await page.goto(`${AT}/konto/ind`)
    assert.ok(!(await jarOf(page)).includes('besoegstal'), 'taken back, and the server still receives it')
  })
})

test('a choice taken back on one host holds on the others, and their cookies go when they are seen', async () => {
  serve('/')
  await browse(browser, {}, async page => {
    await press(page, 'accept')
    await page.goto('https://sag.intrum.dk/')
    assert.equal(await page.evaluate(isGone), true)
    const [hidden] = places()
    await page.context().addCookies([{ ...hidden!, domain: 'sag.intrum.dk' }])
    await page.goto(AT)
    await page.locator('.indsigt-control').click()
    await page.locator('dialog [value=reject]').click()
    await page.waitForFunction('!window.ran')
    await page.goto('https://sag.intrum.dk/')
    assert.deepEqual([await ran(page), await page.evaluate(isGone)], [0, true])
    assert.ok(!(await jarOf(page)).includes('besoegstal'), 'the other host keeps what was taken back')
  })
})

/** Presses from an ordinary page to the other answer. */
async function presses(page: Page, method: 'accept' | 'reject' | 'withdraw'): Promise<number> {
  await page.goto(AT)
  const first = page.locator(`.indsigt-banner [value=${method}]`)
  if ((await first.count()) > 0 && (await first.isVisible())) {
    await first.click()
    return 1
  }
  await page.locator('.indsigt-control').click()
  const where = (await page.locator('dialog[open]').count()) > 0 ? 'dialog[open] ' : 'main '
  const button = page.locator(`${where}[value=${method}]`)
  assert.ok(await button.first().isVisible(), method)
  await button.first().click()
  return 2
}

for (const javaScriptEnabled of [true, false])
  test(`no costs no more presses than yes, first and later (script: ${javaScriptEnabled})`, async () => {
    serve('/')
    const settle = async (page: Page, method: 'accept' | 'reject' | 'withdraw') => {
      const count = await presses(page, method)
      await page.waitForTimeout(500)
      return count
    }
    const counts: number[][] = []
    for (const order of [
      ['accept', 'reject', 'accept', 'reject'],
      ['reject', 'accept', 'reject', 'accept'],
    ] as const)
      await browse(browser, { javaScriptEnabled }, async page => {
        const made: number[] = []
        for (const method of order) made.push(await settle(page, method))
        counts.push(made)
        const [value = ''] = (await page.context().cookies()).map(it => it.value).filter(it => it.startsWith('1.'))
        assert.equal(web.site.choice(request(`cookievalg=${value}`))?.accepted.length, order[3] === 'accept' ? 2 : 0)
      })
    assert.deepEqual(counts, [
      [1, 2, 2, 2],
      [1, 2, 2, 2],
    ])
    await browse(browser, { javaScriptEnabled: false }, async page => {
      assert.deepEqual([await settle(page, 'accept'), await settle(page, 'withdraw')], [1, 2])
    })
  })

for (const door of DOORS)
  test(`${door}: after a no or a withdrawal nothing optional is set, whatever is sent along`, async () => {
    const yes = await web.visitor('accept')
    const no = await web.visitor('withdraw', yes)
    for (const cookie of [no, `besoegstal=abc; ${no}`, `${no}; samtykke=ja`, `${no}; cookievalg=all`])
      assert.deepEqual(await web.out([ASKED, `maaling_a=1; Max-Age=60; ${KEPT}`], { door, cookie }), [], cookie)
  })

test('of two choices of one minute the no counts, whichever the browser sends first', async () => {
  const yes = await web.visitor('accept')
  const no = await web.visitor('withdraw', yes)
  for (const cookie of [`${yes}; ${no}`, `${no}; ${yes}`]) assert.deepEqual(await web.out([ASKED], { cookie }), [])
})

test('nothing optional starts after a withdrawal, in this tab, in another and after going back', async () => {
  serve('/', '/to')
  await browse(browser, {}, async page => {
    await press(page, 'accept')
    await page.waitForFunction('window.ran === 1')
    const other = await page.context().newPage()
    await other.goto(`${AT}/to`)
    await other.waitForFunction('window.ran === 1')
    await page.goto(`${AT}/to`)
    await page.locator('.indsigt-control').click()
    await page.locator('dialog [value=reject]').click()
    await page.waitForFunction('!window.ran')
    await page.goBack()
    await pause(300)
    assert.equal(await ran(page), 0)
    await other.evaluate('dispatchEvent(new Event("visibilitychange"))').catch(() => undefined)
    await other.waitForFunction('!window.ran')
    assert.deepEqual(await jarOf(page), ['cookievalg'])
  })
})

test('a refusal is remembered for six months, and an acceptance no longer than that', async () => {
  const [no, yes] = [await web.visitor('reject'), await web.visitor('accept')]
  const moved = { days: 0 }
  const clock = () => new Date(Date.now() + moved.days * 86_400_000)
  const site = createSite({ site: 'intrum.dk', backend: web.backend, refreshMs: 2 ** 30, staleMs: 2 ** 50, clock })
  try {
    await site.ready()
    for (const [days, isKept] of [
      [0, true],
      [31, true],
      [184, true],
      [187, false],
    ] as const) {
      moved.days = days
      assert.deepEqual(site.choice(request(no))?.accepted, isKept ? [] : undefined, `a no after ${days} days`)
      assert.equal(site.choice(request(yes))?.accepted.length, isKept ? 2 : undefined, `a yes after ${days} days`)
      assert.equal(site.banner(request(no)).includes('indsigt-banner'), !isKept, `asked after ${days} days`)
    }
  } finally {
    await site.close()
  }
  const sixMonths = new Date()
  sixMonths.setMonth(sixMonths.getMonth() + 6)
  serve('/')
  await browse(browser, {}, async page => {
    await press(page, 'reject')
    const [kept] = await page.context().cookies()
    assert.ok(kept!.expires * 1000 >= sixMonths.getTime(), 'the browser keeps it for six months')
  })
})

test('a new list leaves a no in force and ends every yes; news about nothing asked wears nobody out', async () => {
  serve('/')
  const contexts = await Promise.all(['reject', 'accept'].map(() => browser.newContext({ ignoreHTTPSErrors: true })))
  const [refusing, accepting] = (await Promise.all(contexts.map(it => it.newPage()))) as [Page, Page]
  try {
    for (const [page, method] of [
      [refusing, 'reject'],
      [accepting, 'accept'],
    ] as const) {
      await page.goto(AT)
      await press(page, method)
    }
    const look = async (page: Page) => {
      await page.goto(AT)
      await pause(200)
      return { isAsked: !(await page.evaluate(isGone)), ran: await ran(page) }
    }
    await adopt(
      WIDE.replace(
        '    - { name: Edge',
        '    - { name: Brave, url: https://support.brave.com/hc }\n    - { name: Edge',
      ),
    )
    await see(async () => (await web.send('GET /indsigt/choice')).text.includes('support.brave.com'))
    assert.deepEqual(await look(accepting), { isAsked: false, ran: 1 })
    await adopt(WIDE.replace('  entries:\n', `  entries:\n${entry('nytal', 'cookie', 'P3M', LOOSE)}`))
    await see(async () => (await web.send('GET /indsigt/choice')).text.includes('nytal'))
    assert.deepEqual(await look(refusing), { isAsked: false, ran: 0 })
    const no = (await refusing.context().cookies()).map(it => `${it.name}=${it.value}`).join('; ')
    assert.ok(!(await web.send('GET /', { cookie: no })).text.includes('indsigt-banner'), 'asked by the server')
    assert.deepEqual(await look(accepting), { isAsked: true, ran: 0 })
    const cookies = await accepting.context().cookies()
    const cookie = cookies.map(it => `${it.name}=${it.value}`).join('; ')
    for (const door of DOORS) assert.deepEqual(await web.out([ASKED], { door, cookie }), [], 'the old yes')
  } finally {
    await Promise.all(contexts.map(it => it.close()))
    await adopt(WIDE)
    await see(async () => !(await web.send('GET /indsigt/choice')).text.includes('nytal'))
  }
})

const NO_CHOICES: readonly (readonly [what: string, headers: Readonly<Record<string, string>>])[] = [
  ['GPC on', { 'sec-gpc': '1' }],
  ['GPC and DNT off', { 'sec-gpc': '0', dnt: '0' }],
  [
    'another tool’s yes',
    { cookie: 'CookieConsent={statistics:true}; OptanonConsent=groups%3DC0002%3A1; euconsent-v2=CPx' },
  ],
  ['a word', { cookie: 'besoegstal=abc; cookievalg=; cookievalg=accept' }],
  ['all bits without a seal', { cookie: 'cookievalg=1.00000000.3.0.aaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaa' }],
  ['a header that says so', { 'x-consent': 'all', 'sec-consent': '1', 'x-cookievalg': '1' }],
]
for (const [what, headers] of NO_CHOICES)
  test(`how a browser is set, or what others wrote, is no yes: ${what}`, async () => {
    serve('/')
    for (const door of DOORS)
      assert.deepEqual((await web.send('GET /?consent=all&method=accept', { door, headers })).cookies.filter(isSet), [])
    assert.equal(web.site.allows(request('', headers), 'statistics'), false)
    assert.equal(web.site.choice(request('', headers)), null)
  })
const isSet = (line: string) => !/Max-Age=0/i.test(line)

test('scrolling, clicking, typing, waiting, leaving and shutting the details are no yes', async () => {
  serve('/', '/to')
  await browse(browser, {}, async page => {
    await page.evaluate('document.body.style.height = "9000px"')
    await page.mouse.wheel(0, 5000)
    await page.locator('h1').click({ force: true })
    await page.keyboard.press('Escape')
    await page.locator('.indsigt-row a').click()
    await page.getByRole('checkbox').first().check()
    await page.keyboard.press('Escape')
    await page.goto(`${AT}/to`)
    await page.goBack()
    await page.reload()
    await pause(500)
    assert.deepEqual([await jarOf(page), await ran(page), await page.evaluate(isGone)], [[], 0, false])
  })
})

test('a choice outlives the browser that made it, a no and a yes alike', async () => {
  serve('/')
  for (const [method, expected] of [
    ['reject', { jar: ['cookievalg'], ran: 0 }],
    ['accept', { jar: ['besoegstal', 'cookievalg'], ran: 1 }],
  ] as const) {
    const profile = mkdtempSync(join(tmpdir(), 'indsigt-profile-'))
    try {
      await inProfile(profile, page => press(page, method))
      await inProfile(profile, async page => {
        await pause(300)
        assert.equal(await page.evaluate(isGone), true, 'asked again after a restart')
        assert.deepEqual({ jar: await jarOf(page), ran: await ran(page) }, expected)
      })
    } finally {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    }
  }
})

/** A browser that keeps its profile in a folder, as people's browsers do; it is closed as people close it. */
async function inProfile(profile: string, look: (page: Page) => Promise<void>): Promise<void> {
  const context = await chromium.launchPersistentContext(profile, await howToLaunch())
  try {
    const page = await context.newPage()
    await page.goto(AT)
    await look(page)
    await pause(500)
  } finally {
    await context.close()
  }
}

async function howToLaunch() {
  const browser = await findBrowser()
  const kept = browser.args.filter(it => it !== '--incognito')
  const args = [...kept, `--host-resolver-rules=MAP www.intrum.dk 127.0.0.1:${web.port}, MAP * ~NOTFOUND`]
  return { executablePath: browser.executablePath, args, ignoreHTTPSErrors: true }
}

test('a choice outlives a restart of Indsigt and of the site, and so does a withdrawal', async () => {
  const yes = await web.visitor('accept')
  const no = await web.visitor('withdraw', yes)
  const { world } = await house.reopen()
  const again = await openSite(house, { world })
  try {
    assert.deepEqual(again.site.choice(request(yes))?.accepted, ['preferences', 'statistics'])
    assert.deepEqual(again.site.choice(request(no))?.accepted, [])
    assert.deepEqual(await again.out([ASKED], { cookie: no }), [])
  } finally {
    await again.close()
  }
})
