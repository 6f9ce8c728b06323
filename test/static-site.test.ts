/**
 * A static page of one of our sites, with the two lines that `indsigt-cookies snippet` prints, in a real browser: its
 * visitor's choice is kept by our own host, for the whole site.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { serve, type ServerType } from '@hono/node-server'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { createApp } from '../src/app.ts'
import * as identity from '../src/identity/identity.ts'
import { act } from '../src/platform/world.ts'
import { launchBrowser } from './browser.ts'
import { selfSigned } from './certificate.ts'
import { openKit, ROOT, type Kit } from './kit.ts'

let kit: Kit
let ours: ServerType
let pages: Server
let browser: Browser
const at = { ours: '', page: '' }

before(async () => {
  kit = await openKit()
  const { key, certificate } = selfSigned(['privacy.intrum.dk', 'www.intrum.dk'])
  const app = createApp(kit.world, { version: 'test', scheme: 'https' })
  await new Promise<void>(resolve => {
    const serverOptions = { key, cert: certificate }
    ours = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0, createServer, serverOptions }, ({ port }) => {
      at.ours = `https://privacy.intrum.dk:${port}`
      resolve()
    })
  })
  const html = page(await snippet(kit))
  pages = createServer({ key, cert: certificate }, (request, response) => {
    response.setHeader('content-type', request.url === '/teller.js' ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(request.url === '/teller.js' ? 'document.title = "talt"' : html)
  })
  await new Promise<void>(resolve => void pages.listen(0, '127.0.0.1', resolve))
  at.page = `https://www.intrum.dk:${(pages.address() as AddressInfo).port}/`
  browser = await launchBrowser(['--host-resolver-rules=MAP *.intrum.dk 127.0.0.1', '--ignore-certificate-errors'])
})
after(async () => {
  await browser.close()
  await new Promise(resolve => ours.close(resolve))
  await new Promise(resolve => pages.close(resolve))
  await kit.close()
})

/** What the package's command prints, asked over plain loopback as a developer would. */
async function snippet(of: Kit): Promise<{ head: string; body: string }> {
  const made = await act(of.world, of.actor('admin'), ctx =>
    identity.createKey(ctx, { role: 'site', site: 'intrum.dk' }),
  )
  const app = createApp(of.world, { version: 'test' })
  const { server, url } = await new Promise<{ server: ServerType; url: string }>(resolve => {
    const server: ServerType = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve({ server, url: `http://127.0.0.1:${port}` }),
    )
  })
  const args = [join(ROOT, 'sdk/cli.ts'), 'snippet', '--indsigt', url, '--site', 'intrum.dk', '--at', at.ours]
  const child = spawn(process.execPath, args, { env: { ...process.env, INDSIGT_SITE_KEY: made.key } })
  let out = ''
  child.stdout.on('data', chunk => (out += String(chunk)))
  assert.equal(await new Promise(resolve => child.on('close', resolve)), 0)
  await new Promise(resolve => server.close(resolve))
  const [, head = '', body = ''] = /<!-- head -->([^]*)<!-- body -->([^]*)/.exec(out) ?? []
  assert.ok(head.includes('consent.js') && body.includes('<form'))
  return { head, body }
}

const page = ({ head, body }: { head: string; body: string }) =>
  `<!doctype html><html lang="da"><head><meta charset="utf-8"><title>Stille</title>${head}</head><body>${body}
  <h1>Strandby</h1><template data-indsigt="statistics"><script src="/teller.js"></script></template></body></html>`

async function visit(
  options: Parameters<Browser['newContext']>[0],
  use: (page: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'da-DK', ...options })
  try {
    const opened = await context.newPage()
    await opened.goto(at.page)
    await use(opened, context)
  } finally {
    await context.close()
  }
}
/** The gate has looked at the page, and what waits behind it is still marked and unopened. */
async function isShut(opened: Page): Promise<void> {
  await opened.waitForFunction('window.indsigt')
  assert.equal(await opened.locator('template[data-indsigt]').count(), 1)
  assert.equal(await opened.title(), 'Stille')
}
const choices = async (context: BrowserContext) =>
  (await context.cookies()).filter(it => it.name === 'cookievalg').map(it => [it.domain, it.secure, it.httpOnly])

test('S1: before a choice a static page stores nothing and starts nothing', () =>
  visit({}, async (opened, context) => {
    await isShut(opened)
    assert.deepEqual(await context.cookies(), [])
  }))

test('a yes on a static page is kept by our host for the whole site, and starts what waited, without a reload', () =>
  visit({}, async (opened, context) => {
    await opened.getByRole('button', { name: 'Accepter alle' }).first().click()
    await opened.waitForFunction('document.title === "talt"')
    assert.deepEqual(await choices(context), [['.intrum.dk', true, false]])
    await opened.goto(at.page)
    await opened.waitForFunction('document.title === "talt"')
  }))

test('a no is as short, and holds on the next page', () =>
  visit({}, async (opened, context) => {
    await opened.getByRole('button', { name: 'Afvis alle' }).first().click()
    await opened.waitForFunction('document.cookie.includes("cookievalg=1.")')
    assert.deepEqual(await choices(context), [['.intrum.dk', true, false]])
    await opened.goto(at.page)
    await isShut(opened)
    assert.equal(await opened.getByRole('button', { name: 'Accepter alle' }).count(), 0)
  }))

test('without script the form leads to our own page, the same answer is ticked, and it comes back', () =>
  visit({ javaScriptEnabled: false }, async (opened, context) => {
    await opened.getByRole('button', { name: 'Accepter alle' }).first().click()
    assert.ok(opened.url().startsWith(at.ours))
    assert.deepEqual(await choices(context), [])
    await opened.getByRole('button', { name: 'Accepter alle' }).first().click()
    assert.deepEqual(await choices(context), [['.intrum.dk', true, false]])
    assert.equal(opened.url(), at.page)
  }))
