/** The banner in a real Chromium: fair, reachable, readable at first paint, and shifting nothing. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../test/browser.ts'
import { axe, visitor, type Visit } from './browser.fixture.ts'
import { startSite, type TestSite } from './site.fixture.ts'

let site: TestSite
let fresh: TestSite['settings']
let browser: Browser
const visit = <T>(how: Visit, look: (page: Page) => Promise<T>) => visitor({ browser, site })(how, look)

const HELD =
  '<template data-indsigt="statistics" data-title="Kort over Havnen"><p>Kort</p></template>' +
  '{hold}<template data-indsigt="statistics"><p>Tal</p></template>'

before(async () => {
  site = await startSite()
  fresh = { ...site.settings, body: HELD }
  browser = await launchBrowser()
})
beforeEach(() => void Object.assign(site.settings, fresh))
after(async () => {
  await browser.close()
  await site.close()
})

const LOOKS = `(button => { const { width, height, top } = button.getBoundingClientRect()
  const it = getComputedStyle(button)
  return [width, height, top, it.color, it.backgroundColor, it.borderColor,
    it.borderWidth, it.fontSize, it.fontWeight, it.opacity] })`

const SCREENS = [
  { name: 'desktop, light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'desktop, dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: 'phone, light', viewport: { width: 320, height: 640 }, colorScheme: 'light' },
  { name: 'phone, dark', viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
] as const

for (const { name, ...screen } of SCREENS) {
  test(`EDPB 2023: reject is accept in size, colour and row, and comes first: ${name}`, async () => {
    await visit(screen, async page => {
      for (const layer of ['.indsigt-banner', 'dialog']) {
        if (layer === 'dialog') await page.locator('.indsigt-row a').click()
        const [reject, accept] = await Promise.all(
          ['reject', 'accept'].map(it =>
            page.evaluate<unknown[]>(`${LOOKS}(document.querySelector('${layer} [value=${it}]'))`),
          ),
        )
        assert.deepEqual(reject, accept)
        assert.ok(Number(reject?.[1]) >= 44, `${String(reject?.[1])} px high`)
      }
    })
  })

  for (const language of ['da', 'en'])
    test(`axe finds nothing, best practice included: ${name}, ${language}`, async () => {
      const check = async (page: Page, where: string) => {
        await page.evaluate('document.querySelectorAll("details").forEach(it => { it.open = true })')
        await page.evaluate(axe)
        const found = await page.evaluate<string[]>(
          'axe.run().then(it => it.violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" | ")))',
        )
        assert.deepEqual(found, [], where)
        const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
        assert.equal(wide, 0, `${where} scrolls sideways`)
      }
      await visit({ ...screen, path: `/?lang=${language}`, bypassCSP: true }, async page => {
        await check(page, 'layer 1')
        await page.locator('.indsigt-row a').click()
        await check(page, 'dialog')
        await page.locator('dialog [value=accept]').click()
        await page.locator('.indsigt-control').waitFor()
        await check(page, 'after the choice')
        await page.goto(`${site.origin}/indsigt/choice?lang=${language}&said=saved`)
        await check(page, 'choice page')
      })
      await visit({ ...screen, path: `/indsigt/choice?lang=${language}`, bypassCSP: true }, async page =>
        check(page, 'choice page, nothing chosen'),
      )
    })
}

const WATCH = `window.shifts = 0; window.atPaint = null
new PerformanceObserver(list => { for (const it of list.getEntries()) shifts += it.value })
  .observe({ type: 'layout-shift', buffered: true })
const frame = () => { 
  if (!performance.getEntriesByName('first-contentful-paint').length)
    return requestAnimationFrame(frame)
  const box = document.querySelector('.indsigt-banner')?.getBoundingClientRect()
  atPaint = box && { inView: box.top >= 0 && box.bottom <= innerHeight && box.height > 50,
    after: performance.now() - performance.getEntriesByName('first-contentful-paint')[0].startTime } }
requestAnimationFrame(frame)`

test('the banner is in the first paint, and neither it, a placeholder nor a choice shifts anything', async () => {
  site.settings.body = '{hold}<template data-indsigt="statistics"><p>Tal</p></template><p>Under tallene</p>'
  for (const { name: _, ...screen } of SCREENS)
    await visit({ ...screen, init: WATCH }, async page => {
      await page.waitForTimeout(300)
      const atPaint = await page.evaluate<{ inView: boolean; after: number } | null>('window.atPaint')
      assert.equal(atPaint?.inView, true)
      await page.locator('.indsigt-banner [value=reject]').click()
      await page.waitForTimeout(200)
      assert.equal(await page.evaluate('window.shifts'), 0)
    })
})

const FOCUSED = '(document.activeElement.textContent || document.activeElement.tagName).trim()'

test('keyboard: reject is the first stop, nothing is trapped, Esc gives the focus back', async () => {
  await visit({ viewport: { width: 1280, height: 800 } }, async page => {
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'BODY')
    const stops: unknown[] = []
    for (let stop = 0; stop < 4; stop += 1) {
      await page.keyboard.press('Tab')
      stops.push(await page.evaluate(FOCUSED))
    }
    assert.deepEqual(stops, ['Afvis alle', 'Accepter alle', 'Se alle 9 og vælg selv', 'Se hver dag'])
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate('document.querySelector("dialog").matches(":modal")'), true)
    for (let stop = 0; stop < 30; stop += 1) {
      await page.keyboard.press('Tab')
      assert.ok(
        await page.evaluate('document.activeElement === document.body || !!document.activeElement.closest("dialog")'),
      )
    }
    await page.keyboard.press('Escape')
    assert.equal(await page.evaluate('document.querySelector("dialog").open'), false)
    assert.equal(await page.evaluate(FOCUSED), 'Se alle 9 og vælg selv')
  })
})

test('Enter in the details saves what is ticked, and never accepts more', async () => {
  await visit({}, async page => {
    await page.locator('.indsigt-row a').click()
    await page.getByRole('checkbox', { name: 'Indstillinger' }).check()
    await page.keyboard.press('Enter')
    await page.locator('.indsigt-control').waitFor()
    assert.deepEqual(await page.evaluate('indsigt.choice()'), ['preferences'])
  })
})

test('400 %: at 320 × 256 both buttons are in view and nothing scrolls sideways', async () => {
  await visit({ viewport: { width: 320, height: 256 } }, async page => {
    for (const method of ['reject', 'accept']) {
      const box = await page.locator(`.indsigt-banner [value=${method}]`).boundingBox()
      assert.ok(box && box.y >= 0 && box.y + box.height <= 256, JSON.stringify(box))
    }
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
  })
})

test('forced colours keep the edges of banner and buttons, and paper shows no banner', async () => {
  await visit({ forcedColors: 'active' }, async page => {
    const width = `getComputedStyle(document.querySelector('.indsigt-banner [value=reject]')).borderTopWidth`
    assert.equal(await page.evaluate(width), '1px')
    await page.emulateMedia({ media: 'print' })
    assert.equal(await page.evaluate('document.querySelector("section.indsigt").checkVisibility()'), false)
  })
})

test('nothing moves: neither animation nor transition, whoever asks for less motion or not', async () => {
  await visit({}, async page => {
    const moving =
      '[...document.querySelectorAll(".indsigt, .indsigt *")].filter(it => getComputedStyle(it).animationName !== "none" || getComputedStyle(it).transitionDuration !== "0s").length'
    assert.equal(await page.evaluate(moving), 0)
  })
})

test('the gate alone opens what was accepted and leads to the choice page otherwise', async () => {
  site.settings.script = 'gate'
  await visit({}, async page => {
    assert.equal(await page.evaluate('window.dataLayer'), undefined)
    await page.locator('.indsigt-hold button').first().click()
    await page.waitForURL('**/indsigt/choice')
    await page.getByRole('button', { name: 'Accepter alle' }).click()
    await page.waitForURL(/said=saved/)
    assert.ok(await page.getByText('Dit svar er gemt').isVisible())
    await page.goto(site.origin)
    await page.getByText('Tal', { exact: true }).waitFor()
    assert.equal(await page.locator('.indsigt-hold').count(), 0)
  })
})
