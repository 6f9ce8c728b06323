/**
 * S7: no session cookies, on any of our sites. Here frameworks, balancers and firewalls send theirs under their own
 * names, scripts write them in the page, stores for one tab stand in for them, and our own server tries too. That we
 * use none is what this policy says: with another policy in force the same guard lets a declared one through.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { attach } from '../../sdk/node.ts'
import { scan } from '../../src/cookies/scan.ts'
import * as policy from '../../src/policy/policy.ts'
import { SHIPPED_POLICY } from '../kit.ts'
import { openHouse, type House } from './house.ts'
import { browse, DOORS, openBrowser, openSite, outOfBytes, pageOf, type Website } from './site.ts'

let house: House
let web: Website
let browser: Browser
let near: Server
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  browser = await openBrowser({ 'www.intrum.dk': web.port })
  near = attach(
    createServer((request, response) => {
      const page = web.pages.get(request.url?.split('?')[0] ?? '')
      if (page) page(request, response)
      else response.writeHead(404).end()
    }),
    web.site,
  ).listen(0, '127.0.0.1')
  await new Promise(resolve => near.once('listening', resolve))
})
after(async () => {
  await browser.close()
  near.closeAllConnections()
  near.close()
  await web.close()
  await house.close()
})

/** As the makers of servers, frameworks, balancers, firewalls and shops send them. */
const FAMOUS = [
  'PHPSESSID=r2t5uvjq435r4q7ib3vtdjq120; path=/',
  'PHPSESSID=r2t5uvjq435r4q7ib3vtdjq120; path=/; secure; HttpOnly; SameSite=Lax',
  'JSESSIONID=5A3F1C0E7B; Path=/app; Secure; HttpOnly',
  'JSESSIONID=5A3F1C0E7B.node1; Path=/; HttpOnly; SameSite=Strict; Secure',
  'connect.sid=s%3Ax8Qk2.abc; Path=/; HttpOnly',
  'ASP.NET_SessionId=w2x4; path=/; HttpOnly; SameSite=Lax; Secure',
  '.AspNetCore.Session=CfDJ8; path=/; samesite=lax; httponly; secure',
  '.AspNetCore.Antiforgery.x=CfDJ8; path=/; samesite=strict; httponly',
  'csrftoken=abc; Path=/; SameSite=Lax; Secure',
  'XSRF-TOKEN=abc; path=/; secure; samesite=lax',
  'laravel_session=eyJpdiI6; path=/; httponly; samesite=lax; secure',
  '_rails_session=abc; path=/; HttpOnly; SameSite=Lax; Secure',
  'AWSALB=x; Path=/',
  'AWSALBTGCORS=x; Path=/; SameSite=None; Secure',
  'BIGipServerpool_www=1677787402.36895.0000; path=/; Httponly; Secure',
  'TS0123abcd=01ab; Path=/; Secure; HTTPOnly',
  '__cf_bm=abc-1; path=/; domain=.intrum.dk; HttpOnly; Secure; SameSite=None',
  'incap_ses_1=abc; path=/; Domain=.intrum.dk; Secure; SameSite=None',
  'ARRAffinity=abc; Path=/; HttpOnly; Secure; Domain=www.intrum.dk',
  'SERVERID=web1; path=/',
  'wordpress_test_cookie=WP%20Cookie%20check; path=/; secure',
  'frontend=abc; path=/; HttpOnly; Secure; SameSite=Lax',
  '__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax',
  '__Secure-next-auth.session-token=abc; Path=/; Secure; HttpOnly; SameSite=Lax',
  'sessionid=abc; Secure; HttpOnly; SameSite=Lax; Partitioned; Path=/',
] as const
const KEPT = 'Path=/; Secure; HttpOnly; SameSite=Lax'
/** Declared, necessary or agreed to, and yet a session. */
const OURS = [
  `sprog=da; ${KEPT}`,
  `sprog=da; ${KEPT}; Max-Age=`,
  `sprog=da; ${KEPT}; Max-Age=""`,
  `sprog=da; ${KEPT}; Expires=0`,
  `sprog=da; ${KEPT}; Domain=intrum.dk`,
  `besoegstal=x8Qk2; ${KEPT}`,
  'cookievalg=1; Path=/; Secure; SameSite=Lax',
]

const see = async (what: () => boolean | Promise<boolean>) => {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await what()) return
    await pause(100)
  }
  assert.fail('it never came to be')
}

for (const door of DOORS)
  test(`${door}: no server, balancer or firewall brings a session cookie out, not even after a yes`, async () => {
    for (const cookie of [undefined, await web.visitor('accept'), await web.visitor('reject')])
      for (const line of [...FAMOUS, ...OURS]) {
        const how = { door, ...(cookie !== undefined && { cookie }) }
        assert.deepEqual(await web.out([line], how), [], line)
      }
    const headers = { cookie: FAMOUS.map(line => line.split(';')[0]).join('; ') }
    assert.deepEqual(await web.out([...FAMOUS, ...OURS], { door, headers }), [], 'sent along again')
  })

test('the site behind keeps working: status, body and other headers stay when its session cookie goes', async () => {
  for (const line of FAMOUS) {
    const bytes = `HTTP/1.1 200 OK\r\nX-Kept: yes\r\nSet-Cookie: ${line}\r\nContent-Length: 3\r\n\r\nHej`
    const { status, text, headers, cookies } = await outOfBytes(web, bytes)
    assert.deepEqual([status, text, headers['x-kept'], cookies], [200, 'Hej', 'yes', []], line)
  }
})

test('every listed site is held to it, and so is a browser that meets them', async () => {
  const other = await openSite(house, { name: 'intrum.com' })
  try {
    for (const host of ['intrum.com', 'www.intrum.com', 'a.b.intrum.com'])
      assert.deepEqual(await other.out([...FAMOUS, ...OURS], { host }), [], host)
  } finally {
    await other.close()
  }
  web.pages.set('/', (request, response) => {
    response.setHeader('set-cookie', [...FAMOUS, ...OURS])
    pageOf(web, '<p>Hej</p>')(request, response)
  })
  await browse(browser, {}, async page => {
    assert.deepEqual(await page.context().cookies(), [])
    await page.locator('.indsigt-banner [value=accept]').click()
    await page.locator('.indsigt-banner').waitFor({ state: 'hidden' })
    await page.reload()
    await page.goto('https://www.intrum.dk/indsigt/choice')
    await page.locator('.indsigt-control, [value=withdraw]').first().waitFor()
    await page.locator('[value=withdraw]').first().click()
    await page.waitForLoadState()
    const jar = await page.context().cookies()
    assert.deepEqual(
      jar.map(it => [it.name, it.expires > Date.now() / 1000 + 86_400]),
      [['cookievalg', true]],
    )
    assert.deepEqual(await page.evaluate('Object.keys(sessionStorage)'), [], 'our own scripts keep nothing for the tab')
  })
})

test('what the guard took out is counted under S7, with no word of whose it was', async () => {
  const before = await counted()
  for (let at = 0; at < 3; at += 1) await web.out([FAMOUS[0], OURS[0] ?? ''])
  const apart = await openSite(house)
  await apart.out([FAMOUS[0]])
  await apart.close()
  await see(async () => (await counted()) > before)
})

async function counted(): Promise<number> {
  const rows = await house.kit.owner(
    `select coalesce(sum(count), 0)::int as n from cookies.guard_count
     where clause = 'S7' and code = 'cookie.session_not_used' and site = 'intrum.dk'`,
  )
  return Number(rows[0]?.['n'])
}

test('our own server sends none: no page, no API answer, no refusal', async () => {
  const junk = { cookie: 'PHPSESSID=1; connect.sid=2; cookievalg=junk' }
  for (const path of ['/', '/en', '/policy', '/promises', '/problems', '/cookies', '/en/cookies', '/indsigt/choice'])
    for (const headers of [{}, junk, { ...junk, 'sec-gpc': '1' }]) {
      const answer = await fetch(web.indsigt + path, { headers })
      const lines = answer.headers.getSetCookie().filter(line => !/^cookievalg=;.*Max-Age=0/.test(line))
      assert.deepEqual([answer.status, lines], [200, []], path)
    }
  for (const path of ['/v1/cookies/register?site=intrum.dk', '/v1/none', '/none', '/v1/requests', '/openapi.json']) {
    const answer = await fetch(web.indsigt + path, { headers: junk })
    assert.deepEqual(answer.headers.getSetCookie(), [], path)
  }
})

const BY_SCRIPT = `<script>
  document.cookie = 'PHPSESSID=r2t5uvjq435r4q7ib3vtdjq120;path=/'
  document.cookie = 'sprog=da;path=/;samesite=lax'
  document.cookie = 'tom=1;path=/;max-age='
  sessionStorage.setItem('kurv', '3')
</script><p>Her kan du se dine sager, betale det, du skylder, og gøre indsigelse imod et krav.</p>`

test('what a script writes for the session is found by the scanner, under S7 and by name', async () => {
  web.pages.set('/', (request, response) => {
    response.setHeader('set-cookie', FAMOUS)
    pageOf(web, BY_SCRIPT)(request, response)
  })
  const { report } = await scanned(['fresh', 'reject'])
  const found = report.findings.filter(it => it.code === 'cookie.session_not_used')
  assert.deepEqual(
    found.map(it => `${it.clause} ${it.severity} ${it.kind} ${it.name}`).toSorted(),
    ['S7 breach cookie PHPSESSID', 'S7 breach cookie sprog', 'S7 breach cookie tom', 'S7 breach sessionStorage kurv'],
    'and nothing of what the guard had taken out of the answers',
  )
})

function scanned(personas: readonly ('fresh' | 'reject' | 'accept')[]) {
  const { port } = near.address() as AddressInfo
  const limits = { pagesMax: 1, dwellMs: 1500, pageLimitMs: 20_000, scanLimitMs: 60_000 }
  const order = { urls: [`http://127.0.0.1:${port}/`], as: 'intrum.dk', personas, script: [], allow: ['127.0.0.1'] }
  return scan({ ...order, ...limits, register: web.settings.register }, { sign: null })
}

test('a script marked with a category writes nothing for the session before its yes', async () => {
  const marked = `<template data-indsigt="statistics">${BY_SCRIPT}</template>`
  web.pages.set('/', pageOf(web, marked))
  await browse(browser, {}, async page => {
    await pause(300)
    assert.deepEqual(await page.evaluate('[document.cookie, sessionStorage.length]'), ['', 0])
    await page.locator('.indsigt-banner [value=reject]').click()
    await page.locator('.indsigt-banner').waitFor({ state: 'hidden' })
    await page.reload()
    await pause(300)
    const [jar, stored] = await page.evaluate<[string, number]>('[document.cookie, sessionStorage.length]')
    assert.ok(!jar.includes('PHPSESSID') && stored === 0, jar)
  })
})

const KURV = `    - name: kurv
      kind: cookie
      setter: Intrum Danmark
      category: necessary
      purpose: { da: 'Husker, hvad du er i gang med.', en: 'Remembers what you are doing.' }
      lifetime: session
      attributes: { secure: true, httpOnly: true, sameSite: Lax }
`
const shipped = readFileSync(SHIPPED_POLICY, 'utf8')
/** Another policy: session cookies are used, when they are necessary and on the list. */
const ALLOWING = shipped
  .replace('revision: 1', 'revision: 2')
  .replace('kinds: [persistent]', 'kinds: [persistent, session]')
  .replaceAll('unless: [cookiePersistent]', 'unless: [cookiePersistent, cookieNecessary]')
  .replace('  entries:\n', `  entries:\n${KURV}`)

test('it is the policy that says so: another one lets its declared session cookie through', async () => {
  const line = `kurv=1; ${KEPT}`
  const passes = async () => (await web.out([line])).length === 1
  assert.equal(await passes(), false)
  await adopt(ALLOWING)
  await see(passes)
  assert.deepEqual(await web.out([line, ...FAMOUS, OURS[5] ?? ''], { door: 'proxy' }), [line], 'the listed one alone')
  assert.deepEqual(await web.out([OURS[5] ?? ''], { cookie: await web.visitor('accept') }), [], 'not necessary')
  await adopt(shipped.replace('revision: 1', 'revision: 3'))
  await see(async () => !(await passes()))
  assert.deepEqual(await web.out([line, ...FAMOUS], { door: 'proxy' }), [])
})

/** In another world than the one that answers the site, as another process does it. */
async function adopt(text: string): Promise<void> {
  const { world } = await house.reopen()
  await policy.adopt(world, house.kit.actor('admin'), Buffer.from(text))
}

test('a policy that declares a session cookie and promises to use none is not adopted', async () => {
  const contradicting = shipped.replace('revision: 1', 'revision: 4').replace('  entries:\n', `  entries:\n${KURV}`)
  const file = join(house.kit.folder, 'contradicting.yaml')
  writeFileSync(file, contradicting)
  const { code, out, err } = await house.cli(['policy', 'adopt', file])
  assert.notEqual(code, 0)
  assert.match(out + err, /policy\.session_cookie_declared/)
})

test('after a restart, with the same keys and database, the guard is as strict', async () => {
  const { world } = await house.reopen()
  const again = await openSite(house, { world })
  try {
    for (const door of DOORS) assert.deepEqual(await again.out([...FAMOUS, ...OURS], { door }), [])
  } finally {
    await again.close()
  }
})
