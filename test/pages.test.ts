/** The public pages in a real browser: phone and desktop, light and dark, without script, without cookies. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { serve, type ServerType } from '@hono/node-server'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { createApp } from '../src/app.ts'
import { launchBrowser } from './browser.ts'
import { debtor } from './cast.ts'
import { openKit, type Kit } from './kit.ts'

const PAGES = [
  '/',
  '/en',
  '/policy',
  '/en/policy',
  '/promises',
  '/en/promises',
  '/promises?vis=notbuilt',
  '/problems',
  '/cookies',
  '/en/cookies',
]
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let kit: Kit
let server: ServerType
let browser: Browser
let origin = ''

before(async () => {
  kit = await openKit()
  await debtor(kit)
  const app = createApp(kit.world, { version: 'test' })
  await new Promise<void>(resolve => {
    server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
      origin = `http://127.0.0.1:${port}`
      resolve()
    })
  })
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await new Promise(resolve => server.close(resolve))
  await kit.close()
})

/** Opens a page and closes it again; says what the browser complained of and what it asked for. */
async function visit<T>(path: string, options: BrowserContextOptions, look: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext(options)
  try {
    const page = await context.newPage()
    const complaints: string[] = []
    const asked: string[] = []
    page.on('console', message => complaints.push(message.text()))
    page.on('request', request => asked.push(request.url()))
    await page.goto(origin + path)
    return await look(Object.assign(page, { complaints, asked }))
  } finally {
    await context.close()
  }
}

type Page = Awaited<ReturnType<Awaited<ReturnType<Browser['newContext']>>['newPage']>> & {
  readonly complaints: string[]
  readonly asked: string[]
}

type Axe = { readonly violations: readonly { id: string; nodes: readonly { html: string }[] }[] }

const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

const SCREENS = [
  { name: 'desktop', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'phone in the dark', viewport: { width: 320, height: 700 }, colorScheme: 'dark' },
] as const

for (const { name, ...screen } of SCREENS) {
  test(`every page is accessible and fits: ${name}`, async () => {
    for (const path of PAGES) {
      await visit(path, { ...screen, bypassCSP: true }, async page => {
        await page.evaluate('document.querySelectorAll("details").forEach(it => { it.open = true })')
        await page.evaluate(axe)
        const found = await page.evaluate<Axe>('axe.run()')
        assert.deepEqual(
          found.violations.map(it => `${it.id}: ${it.nodes[0]?.html ?? ''}`),
          [],
          path,
        )
        assert.equal(await page.evaluate(OVERFLOW), 0, `${path} scrolls sideways`)
      })
    }
  })
}

test('S10: every page is whole without script and without cookies, under its own strict policy', async () => {
  for (const path of PAGES) {
    await visit(path, { javaScriptEnabled: false }, async page => {
      assert.ok((await page.locator('h1').innerText()).length > 0, path)
      assert.deepEqual(page.complaints, [], path)
      assert.ok(page.asked.length <= 3, `${path} asks for ${page.asked.length} things`)
      assert.ok(
        page.asked.every(it => it.startsWith(origin)),
        `${path} asks elsewhere`,
      )
      assert.deepEqual(await page.context().cookies(), [])
    })
  }
})

const FOCUSED = `(() => {
  const it = document.activeElement
  const { outlineStyle, boxShadow, backgroundColor } = getComputedStyle(it)
  const isSeen = outlineStyle !== 'none' || boxShadow !== 'none' || backgroundColor !== 'rgba(0, 0, 0, 0)'
  return [it.tagName, isSeen, Math.round(it.getBoundingClientRect().top + scrollY), it.textContent].join(' ')
})()`

test('the whole board is reached with the keyboard, and what has the focus is seen', async () => {
  await visit('/promises', { viewport: { width: 1280, height: 900 }, bypassCSP: true }, async page => {
    const links = await page.locator('a[href], summary').count()
    const seen = new Set<string>()
    for (let stop = 0; stop < links; stop += 1) {
      await page.keyboard.press('Tab')
      const place = String(await page.evaluate(FOCUSED))
      assert.match(place, /^(A|SUMMARY) true /, place)
      seen.add(place)
    }
    assert.ok(seen.size >= links * 0.9, `${seen.size} of ${links}`)
  })
})
