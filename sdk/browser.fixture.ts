/** A real Chromium for the tests of the banner, watched for complaints. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { TestSite } from './site.fixture.ts'

/** The text of axe-core, to be evaluated in a page. */
export const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** How a page is visited; `init` runs before anything of the page. */
export type Visit = BrowserContextOptions & {
  readonly path?: string
  readonly init?: string
  readonly mayComplain?: 'yes'
}

/**
 * Opens a page, looks, and closes it. The browser may complain of nothing, least of all of the page's content policy.
 */
export function visitor({ browser, site }: { readonly browser: Browser; readonly site: TestSite }) {
  return async <T>(
    { path = '/', init, mayComplain, ...options }: Visit,
    look: (page: Page) => Promise<T>,
  ): Promise<T> => {
    const context = await browser.newContext(options)
    try {
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', message => complaints.push(message.text()))
      page.on('pageerror', error => complaints.push(error.message))
      if (options.javaScriptEnabled !== false)
        await page.addInitScript(
          `window.violations = []; document.addEventListener('securitypolicyviolation', it => violations.push(it.violatedDirective)); ${init ?? ''}`,
        )
      await page.goto(site.origin + path)
      const seen = await look(page)
      if (options.javaScriptEnabled !== false && !options.bypassCSP)
        assert.deepEqual(await page.evaluate('window.violations'), [])
      if (!mayComplain) assert.deepEqual(complaints, [])
      return seen
    } finally {
      await context.close()
    }
  }
}

/** Waits until the expression holds; asked from outside, as the page's own policy forbids to evaluate strings. */
export async function settled(page: Page, what: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await page.evaluate(`Boolean(${what})`).catch(() => false)) return
    await page.waitForTimeout(50)
  }
  assert.fail(`never: ${what}`)
}
