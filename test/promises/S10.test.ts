/**
 * S10: without cookies certain pages work less well, and none stops working: reading, asking, objecting and choosing
 * need none. Here the browser keeps nothing, runs nothing, loads half of it or hides the question; Indsigt is down or
 * long silent; and nothing optional may open because of it, nor anything needed close.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Report } from '../../scanner/report.ts'
import { httpBackend } from '../../sdk/client.ts'
import { attach, tools } from '../../sdk/node.ts'
import type { Site } from '../../sdk/site-types.ts'
import { createSite } from '../../sdk/site.ts'
import type { Backend } from '../../sdk/wire.ts'
import { debtor } from '../cast.ts'
import { selfSigned } from '../certificate.ts'
import { openInstallation, type Installation, type Server as Running } from '../installation.ts'
import { nextCpr, openHouse, type House } from './house.ts'
import { chance, DOORS, openBrowser, openSite, OWN_PAGE, pageOf, type Website } from './site.ts'

const AT = 'https://www.intrum.dk'
let house: House
let web: Website
let browser: Browser
/** A site whose line to Indsigt a test may cut. */
let lame: { server: Server; site: Site; line: { isCut: boolean } }
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  lame = await openLame()
  const { port } = lame.server.address() as AddressInfo
  browser = await openBrowser({ 'www.intrum.dk': web.port, 'lam.intrum.dk': port })
})
beforeEach(() => {
  web.pages.clear()
  web.asked.length = 0
  web.pages.set('/', page)
  web.pages.set('/to', page)
})
after(async () => {
  await browser.close()
  lame.server.closeAllConnections()
  lame.server.close()
  await lame.site.close()
  await web.close()
  await house.close()
})

const STALE_MS = 1_200
async function openLame(): Promise<typeof lame> {
  const line = { isCut: false }
  const away = httpBackend({ url: 'http://127.0.0.1:1', key: web.key })
  const now = (): Backend => (line.isCut ? away : web.backend)
  const backend: Backend = {
    settings: () => now().settings(),
    record: submission => now().record(submission),
    receipt: proof => now().receipt(proof),
    count: counts => now().count(counts),
  }
  const site = createSite({ site: 'intrum.dk', backend, mode: 'strip', refreshMs: 200, staleMs: STALE_MS })
  await site.ready()
  const { key, certificate } = selfSigned(['lam.intrum.dk'])
  const server = attach(
    createServer({ key, cert: certificate }, (request, response) => {
      const page = tools(site, request)
      response.setHeader('set-cookie', [ASKED, NEEDED])
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(whole(page.head('da'), page.banner('da')))
    }),
    site,
  ).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  return { server, site, line }
}

const KEPT = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const NEEDED = `sprog=da; Max-Age=31536000; ${KEPT}`
const ASKED = `besoegstal=${chance()}; Max-Age=7776000; ${KEPT}`
const BODY = `<p id="tekst">Her kan du læse om din sag.</p><a id="videre" href="/to">Videre</a>
<template data-indsigt="statistics"><script>window.ran = (window.ran || 0) + 1</script></template>
<template data-indsigt="preferences" data-title="Kort over Havnen"><iframe src="/kort"></iframe></template>`
const whole = (head: string, banner: string) =>
  `<!doctype html><html lang="da"><head><title>Din sag</title><link rel="icon" href="data:,">${head}</head>
<body>${banner}<main><h1>Din sag</h1>${BODY}</main></body></html>`
const page: Parameters<Website['pages']['set']>[1] = (request, response) => {
  response.setHeader('set-cookie', [ASKED])
  pageOf(web, BODY)(request, response)
}

type Wish = BrowserContextOptions & {
  readonly own?: Browser
  readonly at?: string
  readonly cookies?: 'refused'
  readonly block?: RegExp
}

/** Opens the site's page and tells how often the top frame went anywhere. */
async function visit(wish: Wish, look: (page: Page, went: string[]) => Promise<void>): Promise<void> {
  const { own = browser, at = AT, cookies, block, ...options } = wish
  const context = await own.newContext({ ignoreHTTPSErrors: true, ...options })
  try {
    const page = await context.newPage()
    const went: string[] = []
    page.on('framenavigated', frame => frame === page.mainFrame() && went.push(new URL(frame.url()).pathname))
    if (cookies === 'refused') await refuseCookies(page)
    if (block) await page.route(block, route => route.abort())
    await page.goto(at)
    await look(page, went)
  } finally {
    await context.close()
  }
}

/** The browser keeps no cookie: none is taken from any answer, none is sent, and scripts can write none. */
async function refuseCookies(page: Page): Promise<void> {
  const wire = await page.context().newCDPSession(page)
  await wire.send('Emulation.setDocumentCookieDisabled', { disabled: true })
  await page.route('**/*', async route => {
    const asked = route.request()
    const { pathname, search } = new URL(asked.url())
    const own = asked.method() === 'POST' ? { ...OWN_PAGE, accept: asked.headers()['accept'] ?? '*/*' } : {}
    const body = asked.postData() ?? undefined
    const reply = await web.send(`${asked.method()} ${pathname}${search}`, { headers: own, ...(body && { body }) })
    const kept = Object.entries(reply.headers).filter(
      ([name]) => !/^(set-cookie|content-length|transfer-enc)/.test(name),
    )
    const headers = Object.fromEntries(kept.map(([name, value]) => [name, String(value)]))
    await route.fulfill({ status: reply.status, headers, body: reply.text })
  })
}

const ran = (page: Page) => page.evaluate<number>('window.ran || 0')
const isShut = async (page: Page) => (await ran(page)) === 0 && (await page.locator('iframe').count()) === 0
/** The text can be read and the link be pressed: nothing lies over either. */
async function assertReadable(page: Page): Promise<void> {
  assert.ok(await page.locator('#tekst').isVisible())
  await page.locator('#videre').click({ timeout: 3000 })
  await page.waitForURL('**/to')
  assert.ok(await page.locator('#tekst').isVisible())
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script'
  test(`a no that the browser will not keep is not asked for in a circle: ${how}`, async () => {
    await visit({ cookies: 'refused', javaScriptEnabled }, async (page, went) => {
      await page.locator('.indsigt-banner [value=reject]').click()
      await page.waitForTimeout(1000)
      assert.deepEqual(went, javaScriptEnabled ? ['/'] : ['/', '/'])
      assert.deepEqual(await page.context().cookies(), [])
      await assertReadable(page)
      if (javaScriptEnabled) assert.ok(await isShut(page))
    })
  })

  test(`the page of the choice goes round in no circle either: ${how}`, async () => {
    await visit({ at: `${AT}/indsigt/choice?lang=da`, cookies: 'refused', javaScriptEnabled }, async (page, went) => {
      for (const method of ['reject', 'accept', 'save']) {
        await page.locator(`.indsigt-row [value=${method}]`).first().click()
        await page.waitForTimeout(600)
        assert.ok(await page.locator('h1').isVisible(), method)
      }
      assert.ok(went.length <= 4, went.join())
      assert.deepEqual(await page.context().cookies(), [])
    })
  })
}

test('whoever said no in a browser that keeps nothing is not asked on, nor told it is kept', async () => {
  await visit({ cookies: 'refused' }, async page => {
    await page.locator('.indsigt-banner [value=reject]').click()
    await page.waitForTimeout(800)
    assert.equal(await page.locator('.indsigt-banner').isVisible(), false, 'the no is not taken')
    assert.doesNotMatch(await page.locator('.indsigt-control').innerText(), /gemt/, 'nothing is kept')
  })
})

test('a yes that the browser will not keep opens nothing, and says that it could not be kept', async () => {
  await visit({ cookies: 'refused' }, async page => {
    await page.locator('.indsigt-banner [value=accept]').click()
    await page.locator('.indsigt-banner [role=alert]').waitFor({ state: 'visible', timeout: 5000 })
    assert.ok(await isShut(page))
    assert.deepEqual(
      web.asked.filter(it => it.includes('/kort')),
      [],
    )
  })
})

test('in the place of what waits for a yes stands a word about it, and nothing of it is fetched', async () => {
  for (const method of ['reject', undefined] as const)
    await visit({}, async page => {
      if (method) await page.locator(`.indsigt-banner [value=${method}]`).click()
      const hold = page.locator('.indsigt-hold')
      assert.match(await hold.innerText(), /Kort over Havnen/)
      assert.ok(await hold.getByRole('button').isVisible())
      assert.ok(await isShut(page))
      assert.deepEqual(
        web.asked.filter(it => it.includes('/kort')),
        [],
      )
      await assertReadable(page)
    })
})

test('one press in that place opens it, and only its own kind', async () => {
  web.pages.set('/kort', (_, response) => response.end('kort'))
  await visit({}, async page => {
    await page.locator('.indsigt-hold').getByRole('button').click()
    await page.locator('iframe').waitFor()
    assert.equal(await ran(page), 0)
  })
})

test('a blocker that stops our script opens nothing, and the form still takes the answer', async () => {
  for (const block of [/consent\.js/, /\/indsigt\/.*\.(js|css)/])
    await visit({ block }, async page => {
      assert.ok(await isShut(page))
      await page.locator('.indsigt-banner [value=reject]').click()
      await page.waitForLoadState()
      assert.deepEqual(
        (await page.context().cookies()).map(it => it.name),
        ['cookievalg'],
      )
      assert.equal(await page.locator('.indsigt-banner').count(), 0)
      await assertReadable(page)
    })
})

for (const [what, style] of [
  ['hidden', '.indsigt-banner { display: none !important }'],
  ['gone with all of ours', '.indsigt, [class*=indsigt] { display: none !important }'],
] as const)
  test(`a question that a blocker has ${what} is no yes`, async () => {
    await visit({}, async page => {
      await page.addStyleTag({ content: style })
      await page.evaluate('document.querySelector(".indsigt-banner").remove()')
      await pause(400)
      assert.ok(await isShut(page))
      await assertReadable(page)
      assert.deepEqual([await isShut(page), await page.context().cookies()], [true, []])
    })
  })

test('while Indsigt is away nothing that waits for a yes opens, and all the rest is read', async () => {
  const [name = '', value = ''] = (await web.visitor('accept')).split('=')
  const yes = { name, value, domain: '.intrum.dk', path: '/' }
  lame.line.isCut = true
  try {
    await pause(STALE_MS + 400)
    for (const cookies of [[], [yes]])
      await visit({ at: 'https://lam.intrum.dk/' }, async page => {
        await page.context().addCookies(cookies)
        await page.reload()
        await pause(300)
        assert.ok(await isShut(page), cookies.length > 0 ? 'with an old yes' : 'with none')
        const jar = (await page.context().cookies()).map(it => it.name).toSorted()
        assert.deepEqual(jar, [...cookies.map(it => it.name), 'sprog'], 'what is needed is set, and nothing else')
        await page.locator('.indsigt-control').click()
        await page.waitForURL('**/indsigt/choice**')
        assert.ok(await page.getByText('Vi kan ikke hente vores cookieliste lige nu').isVisible())
        await page.goto('https://lam.intrum.dk/')
        await assertReadable(page)
      })
  } finally {
    lame.line.isCut = false
  }
})

test('when Indsigt goes away between question and answer, the page says so and nothing has changed', async () => {
  await pause(600)
  for (const javaScriptEnabled of [true, false])
    try {
      await visit({ at: 'https://lam.intrum.dk/', javaScriptEnabled }, async page => {
        lame.line.isCut = true
        await page.locator('.indsigt-banner [value=accept]').click()
        const told = page.getByText('Dit valg kunne ikke gemmes').locator('visible=true')
        await told.first().waitFor({ timeout: 5000 })
        assert.deepEqual(
          (await page.context().cookies()).map(it => it.name),
          ['sprog'],
        )
      })
    } finally {
      lame.line.isCut = false
      await pause(600)
    }
})

test('a site that never reached Indsigt serves its pages, sets nothing and opens nothing', async () => {
  const backend = httpBackend({ url: 'http://127.0.0.1:1', key: web.key })
  const site = createSite({ site: 'intrum.dk', backend, mode: 'strip' })
  try {
    await site.ready()
    const headers = { cookie: await web.visitor('accept') }
    const request = { method: 'GET', host: 'www.intrum.dk', path: '/', query: '', isHttps: true, headers }
    assert.deepEqual(site.guard(request, [NEEDED, ASKED]).keep, [])
    assert.deepEqual([site.allows(request, 'statistics'), site.allows(request, 'necessary')], [false, false])
    assert.match(site.head(request, 'da'), /data-tag=""/)
    assert.ok(!site.banner(request, 'da').includes('value="accept"'), 'nothing is asked that cannot be kept')
    const shown = await site.handle({ ...request, path: '/indsigt/choice' })
    assert.equal(shown?.status, 200)
  } finally {
    await site.close()
  }
})

const KINDS = ['access', 'objection', 'erasure'] as const
test('access, objection and erasure are asked for without a cookie, and no answer brings one', async () => {
  const of = await debtor(house.kit, { reference: randomUUID(), cpr: nextCpr() })
  for (const headers of [{}, { cookie: 'cookievalg=1.x; sprog=da; PHPSESSID=1' }, { 'sec-gpc': '1' }])
    for (const kind of KINDS) {
      const wish = { subjectId: of.subjectId, kind, channel: 'letter' }
      const answer = await fetch(`${web.indsigt}/v1/requests`, {
        method: 'POST',
        headers: {
          ...headers,
          authorization: `Bearer ${await house.key('officer')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(wish),
      })
      assert.deepEqual([answer.status, answer.headers.getSetCookie()], [201, []], `${kind}: ${await answer.text()}`)
    }
})

test('no cookie stands in for a key, whatever it is called', async () => {
  const key = await house.key('admin')
  for (const name of ['authorization', 'Authorization', 'session', 'token', 'key', 'cookievalg'])
    for (const cookie of [`${name}=${key}`, `${name}=Bearer ${key}`]) {
      const answer = await fetch(`${web.indsigt}/v1/requests`, { headers: { cookie } })
      assert.deepEqual([answer.status, answer.headers.getSetCookie()], [401, []], name)
    }
})

test('no address of ours sets a cookie unasked, and every page says the same to whoever refuses all', async () => {
  const described = (await (await fetch(`${web.indsigt}/openapi.json`)).json()) as { paths: Record<string, object> }
  const readable = Object.entries(described.paths).filter(([, verbs]) => 'get' in verbs)
  const paths = readable.map(([path]) => path.replace(/\{[^}]+\}/g, randomUUID()))
  const pages = ['/', '/en', '/policy', '/en/policy', '/promises', '/problems', '/cookies', '/en/cookies', '/nix']
  const authorization = `Bearer ${await house.key('officer')}`
  assert.ok(paths.length > 20)
  for (const path of [...paths, ...pages, '/indsigt/choice', '/indsigt/token', '/indsigt/consent.js', '/healthz'])
    for (const headers of [{}, { accept: 'text/html' }, { authorization }]) {
      const answer = await fetch(web.indsigt + path, { headers: headers as Record<string, string> })
      assert.deepEqual(answer.headers.getSetCookie(), [], path)
    }
})

for (const door of DOORS)
  test(`${door}: without a cookie, with a no and with a withdrawn yes the same page is served whole`, async () => {
    const bodies = []
    const no = await web.visitor('reject')
    for (const cookie of [undefined, no, await web.visitor('withdraw', no)]) {
      const { status, text } = await web.send('GET /', { door, ...(cookie && { cookie }) })
      bodies.push([status, /<main>.*<\/main>/s.exec(text)?.[0]])
    }
    assert.deepEqual(bodies[1], bodies[0])
    assert.deepEqual(bodies[2], bodies[0])
  })

let installed: Installation | undefined
let running: Running | undefined
after(() => installed?.close())

test('our own pages keep our own policy: the scanner finds no breach in them', async () => {
  installed = openInstallation('s10')
  running = await installed.serve()
  const { address } = running
  const urls = ['/cookies', '/', '/policy', '/promises'].map(path => address + path)
  const how = ['--site', 'intrum.dk', '--allow', '127.0.0.1', '--dwell', '2', '--pages', '4', '--no-store']
  const { code, out, err } = await installed.cli(['scan', ...urls, ...how])
  assert.ok(out.startsWith('{'), err)
  const { report } = JSON.parse(out) as { report: Report }
  const told = report.findings
    .filter(it => it.severity !== 'note')
    .map(it => [it.severity, it.code, it.name, it.personas])
  assert.deepEqual(told, [])
  assert.deepEqual(
    urls.filter(url => !report.coverage.pages.includes(url)),
    [],
  )
  assert.deepEqual([code, report.coverage.notReached, report.coverage.personas.length], [0, [], 9])
})

test('our own host is used with neither cookies nor script, the page of the choice too', async () => {
  const address = running?.address ?? assert.fail('it did not start')
  const own = await openBrowser({ '127.0.0.1': Number(new URL(address).port) })
  try {
    await useOwnHost(own, address)
  } finally {
    await own.close()
  }
})

async function useOwnHost(own: Browser, address: string): Promise<void> {
  for (const path of ['/', '/policy', '/promises', '/cookies'])
    await visit({ own, at: address + path, javaScriptEnabled: false }, async page => {
      assert.ok(await page.locator('h1').isVisible(), path)
      assert.deepEqual(await page.context().cookies(), [], path)
    })
  await visit({ own, at: `${address}/cookies`, javaScriptEnabled: false }, async (page, went) => {
    await page.locator('main [value=reject]').first().click()
    await page.waitForLoadState()
    await page.context().clearCookies()
    await page.reload()
    assert.ok(await page.locator('h1').isVisible())
    assert.ok(went.length <= 3, went.join())
  })
}
