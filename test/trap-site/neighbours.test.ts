/**
 * The sites beside the trap: the good, the clean, the unfair and the hostile one; and the truth file as a whole.
 * Goal: a scan can be blamed for what it says of them. Method: each is met by a browser or a plain request.
 */
import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Place } from './behaviour.ts'
import { STREAM_BYTES } from './hostile.ts'
import { launch } from './launch.ts'
import { registersOf } from './register.ts'
import { type TrapSite, openTrapSite } from './server.ts'
import { BEHAVIOURS, MUST_NOT, TRUTH } from './truth.ts'

let site: TrapSite
let browser: Browser

before(async () => {
  site = await openTrapSite()
  browser = await launch()
})
after(async () => {
  await browser.close()
  await site.close()
})

/** Opens a place in a browser that knows nothing yet, and looks. */
async function meet<T>(place: Place, look: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ locale: 'da-DK' })
  try {
    const page = await context.newPage()
    await page.goto(site.address(place))
    return await look(page)
  } finally {
    await context.close()
  }
}

const namesOf = async (page: Page) => (await page.context().cookies()).map(it => it.name).sort()
const press = async (page: Page, name: string) => {
  await page.getByRole('button', { name }).click()
  await page.waitForLoadState('load')
}

test('the truth names at least seventy behaviours, each once', () => {
  assert.ok(TRUTH.length >= 70, String(TRUTH.length))
  assert.equal(new Set(TRUTH.map(it => it.id)).size, TRUTH.length)
  const findings = TRUTH.map(it => `${it.kind} ${it.name} ${it.host}`)
  assert.deepEqual(
    findings.filter((it, index) => findings.indexOf(it) !== index),
    [],
  )
  for (const { id, isTrap, codes } of TRUTH) assert.equal(codes.length > 0, isTrap, id)
})

test('nothing is both demanded and forbidden of a scan', () => {
  for (const { id, name, host, codes } of TRUTH) {
    const forbidden = MUST_NOT.filter(it => it.host === host && (it.name === '*' || it.name === name))
    for (const code of forbidden.flatMap(it => it.codes)) assert.ok(code !== '*' || codes.length === 0, id)
    assert.deepEqual(
      forbidden.flatMap(it => it.codes.filter(code => codes.includes(code))),
      [],
      id,
    )
  }
})

test('what is called undeclared is in no register, and what breaks its declaration is in one', () => {
  const declared = Object.values(registersOf(site.port)).flatMap(it => it.entries.map(entry => entry.name))
  const asDeclared = ['cookie.lives_too_long', 'cookie.unprotected', 'scan.before_consent', 'scan.not_removed']
  for (const { name, codes } of TRUTH) {
    if (codes.includes('cookie.not_declared')) assert.ok(!declared.includes(name), name)
    if (codes.some(it => asDeclared.includes(it))) assert.ok(declared.includes(name), name)
  }
  const { rules } = registersOf(site.port).trap
  const known = new Set(rules.map(it => it.code))
  const asked = new Set(TRUTH.flatMap(it => it.codes).filter(it => it.startsWith('cookie.')))
  assert.deepEqual(
    [...asked].filter(it => !known.has(it)),
    [],
  )
})

test('the clean site leaves nothing behind', async () => {
  for (const place of ['clean/', 'clean/om'] as const)
    await meet(place, async page => {
      assert.deepEqual(await namesOf(page), [])
      assert.equal(await page.evaluate('localStorage.length + sessionStorage.length'), 0)
    })
})

test('the good site sets nothing before a choice, what it declared after a yes, and takes it back', async () => {
  await meet('good/', async page => {
    assert.deepEqual(await namesOf(page), [])
    await press(page, 'Accepter alle')
    assert.deepEqual(await namesOf(page), ['cookievalg', 'g_taeller'])
    for (const it of await page.context().cookies()) {
      const declared = registersOf(site.port).good.entries.find(entry => entry.name === it.name)
      assert.ok(it.expires - Date.now() / 1000 <= (declared?.lifetimeSeconds ?? 0), it.name)
      assert.equal(it.sameSite, declared?.sameSite)
    }
    await page.getByRole('link', { name: 'Ændr cookievalg' }).click()
    await press(page, 'Træk dit ja tilbage')
    assert.deepEqual(await namesOf(page), ['cookievalg'])
    const guide = registersOf(site.port).good.guides[0]?.url ?? ''
    assert.equal((await page.goto(guide))?.status(), 200)
  })
  await meet('good/om', async page => {
    await press(page, 'Afvis')
    assert.deepEqual(await namesOf(page), ['cookievalg'])
  })
})

test('reject_hidden and reject_grey: no is out of sight, or smaller than yes', async () => {
  await meet('unfair/gemt', async page => {
    assert.equal(await page.getByRole('button', { name: 'Afvis' }).isVisible(), false)
    await page.getByRole('button', { name: 'Indstillinger' }).click()
    assert.equal(await page.getByRole('button', { name: 'Afvis' }).isVisible(), true)
  })
  await meet('unfair/graa', async page => {
    const areas = await Promise.all(
      ['Accepter alle', 'Afvis'].map(async name => {
        const box = await page.getByRole('button', { name }).boundingBox()
        return box ? box.width * box.height : 0
      }),
    )
    assert.ok((areas[0] ?? 0) > 5 * (areas[1] ?? 0), areas.join(' '))
  })
})

test('no_guide, dead_guide, no_control: what should be pointed to is missing', async () => {
  const links = (page: Page) => page.locator('footer a').allTextContents()
  await meet('unfair/uden-vejledning', async page => {
    assert.equal(await page.locator('a').count(), 0)
    assert.deepEqual(await namesOf(page), ['u_guideless'])
  })
  await meet('unfair/uden-knap', async page => assert.deepEqual(await links(page), ['Vejledning til din browser']))
  await meet('unfair/doed-vejledning', async page => {
    const target = await page.locator('footer a').first().getAttribute('href')
    assert.equal((await page.goto(new URL(target ?? '', page.url()).href))?.status(), 404)
  })
})

test('needs_cookies: there is nothing to read after a no', async () => {
  const text = (page: Page) => page.evaluate('document.body.innerText.trim()')
  await meet('unfair/tom', async page => {
    await press(page, 'Afvis')
    assert.equal(await text(page), '')
  })
  await meet('unfair/tom', async page => {
    await press(page, 'Accepter alle')
    assert.match(String(await text(page)), /priser/)
  })
})

test('cookie_wall: the text is covered until the visitor says yes', async () => {
  const top = (page: Page) => page.evaluate('document.elementFromPoint(innerWidth / 2, innerHeight / 2).className')
  await meet('unfair/mur', async page => {
    assert.equal(await top(page), 'mur')
    await press(page, 'Afvis')
    assert.equal(await top(page), 'mur')
  })
  await meet('unfair/mur', async page => {
    await press(page, 'Accepter alle')
    assert.notEqual(await top(page), 'mur')
  })
})

const REFUSALS: readonly (readonly [Place, RegExp])[] = [
  ['hostile/rundt', /ERR_TOO_MANY_REDIRECTS/],
  ['hostile/afbrudt', /ERR_EMPTY_RESPONSE/],
  ['broken/', /ERR_CERT_AUTHORITY_INVALID/],
]

for (const [place, reason] of REFUSALS)
  test(`${place}: the browser gives up with ${reason.source}`, async () => {
    await assert.rejects(
      meet(place, () => Promise.resolve()),
      reason,
    )
  })

test('crash: the tab falls over', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const crashed = page.waitForEvent('crash', { timeout: 20_000 })
  await page.goto(site.address('hostile/styrt'), { waitUntil: 'commit' })
  await crashed
  await context.close()
})

test('freeze: the page never comes to rest', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await assert.rejects(page.goto(site.address('hostile/fryser'), { timeout: 1500 }), /Timeout/)
  await context.close()
})

test('dialogues, reloads and windows: they come again and again', async () => {
  await meet('hostile/dialoger', async page => {
    for (let times = 0; times < 3; times += 1) await (await page.waitForEvent('dialog')).dismiss()
  })
  await meet('hostile/genindlaes', async page => {
    for (let times = 0; times < 3; times += 1) await page.waitForEvent('load')
  })
})

/** A request without a browser; resolves to null when nothing came within the time. */
function ask(path: string, limitMs = 700): Promise<IncomingMessage | null> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: site.port, path, headers: { host: `hostile.localhost:${site.port}` } }
    const request = get(options, resolve).on('error', error => (request.destroyed ? undefined : reject(error)))
    request.setTimeout(limitMs, () => {
      resolve(null)
      request.destroy()
    })
  })
}

test('hang, login and private: no answer, a question for a password, a way into the private net', async () => {
  assert.equal(await ask('/haenger'), null)
  assert.equal((await ask('/login'))?.statusCode, 401)
  assert.match((await ask('/indad'))?.headers.location ?? '', /^http:\/\/169\.254\./)
})

test('drip: the page comes byte by byte and does not end', async () => {
  const response = await ask('/drypper', 5000)
  assert.ok(response)
  const chunks: number[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk.length))
  await new Promise(resolve => setTimeout(resolve, 2300))
  assert.ok(chunks.length >= 2 && chunks.every(it => it === 1), chunks.join(' '))
  assert.equal(response.complete, false)
  response.destroy()
})

test('stream: 100 MB come, at the pace of the reader', async () => {
  const response = await ask('/stroem', 20_000)
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length
  assert.ok(bytes >= STREAM_BYTES, String(bytes))
})

test('every page of every behaviour answers', async () => {
  const pages = [...new Set(BEHAVIOURS.map(it => it.page))].filter(it => /^(trap|unfair)/.test(it))
  for (const page of pages) {
    const { hostname } = new URL(site.address(page))
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const path = page.slice(page.indexOf('/'))
      const options = { host: '127.0.0.1', port: site.port, path, headers: { host: `${hostname}:${site.port}` } }
      get(options, response => resolve(response.resume().statusCode)).on('error', reject)
    })
    assert.equal(status, page === 'trap/tilbud' ? 302 : 200, page)
  }
})
