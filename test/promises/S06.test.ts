/**
 * S6: a cookie without a lifetime counts as a session cookie, whatever its name. Here lifetimes are written so that a
 * browser reads none, names promise what the line does not say, a restored browser brings one back, and the server
 * itself tries to remember somebody whose browser forgot.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent, createServer, request as ask, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import * as policy from '../../src/policy/policy.ts'
import { selfSigned } from '../certificate.ts'
import { SHIPPED_POLICY } from '../kit.ts'
import { openHouse, type House } from './house.ts'
import { browse, DOORS, openBrowser, openSite, pageOf, type Website } from './site.ts'

const NAMES = ['PHPSESSID', 'JSESSIONID', 'connect.sid', 'ASP.NET_SessionId', '__cf_bm', 'husk_mig_altid', 'permanent']
const OPEN = 'bare.intrum.dk'
let house: House
let web: Website
let browser: Browser
let bare: Server
before(async () => {
  house = await openHouse()
  await adopt(withNames(NAMES, 'P1M'))
  web = await openSite(house)
  const { key, certificate } = selfSigned([OPEN])
  bare = createServer({ key, cert: certificate }, (request, response) =>
    web.pages.get(request.url ?? '')?.(request, response),
  ).listen(0, '127.0.0.1')
  await new Promise(resolve => bare.once('listening', resolve))
  browser = await openBrowser({ 'www.intrum.dk': web.port, [OPEN]: (bare.address() as AddressInfo).port })
})
after(async () => {
  await browser.close()
  bare.closeAllConnections()
  bare.close()
  await web.close()
  await house.close()
})

/** The shipped policy with these cookies on its list, each with this lifetime. */
function withNames(names: readonly string[], lifetime: string): string {
  const entries = names.map(
    name => `    - name: ${name}
      kind: cookie
      setter: Intrum Danmark
      category: necessary
      purpose: { da: 'Husker, at du er logget ind.', en: 'Remembers that you are logged in.' }
      lifetime: ${lifetime}
      random: true
      attributes: { secure: true, httpOnly: true, sameSite: Lax }`,
  )
  return readFileSync(SHIPPED_POLICY, 'utf8')
    .replace('revision: 1', 'revision: 2')
    .replace('  entries:\n', `  entries:\n${entries.join('\n')}\n`)
}

const adopt = (text: string) => policy.adopt(house.kit.world, house.kit.actor('admin'), Buffer.from(text))
const KEPT = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const reasons = (lines: readonly string[]) =>
  web.site
    .guard({ method: 'GET', host: 'www.intrum.dk', path: '/', query: '', isHttps: true, headers: {} }, lines)
    .stripped.map(it => it.reasons.map(reason => `${reason.clause} ${reason.code}`))
const BOTH = ['S6 cookie.without_lifetime', 'S7 cookie.session_not_used']

const SOON = new Date(Date.now() + 5 * 86_400_000)
const LIVES = ['Max-Age=86400', 'max-age=86400', `Expires=${SOON.toUTCString()}`, 'Max-Age=86400; Priority=High']
/** Endings that look like a lifetime. What Chromium makes of each is asked of Chromium. */
const ENDINGS = [
  LIVES,
  ['', 'Max-Age=', 'Max-Age', 'Max-Age=""', 'Max-Age="86400"', "Max-Age='86400'", 'Max-Age=86400s', 'Max-Age=1e5'],
  ['Max-Age=+86400', 'Max-Age=0x1000', 'Max-Age= 86400', 'Max-Age=86 400', 'Max-Age=86.400', 'Max-Age=86400,'],
  ['Max-Age:86400', 'MaxAge=86400', 'Max_Age=86400', 'Max-Age=-', 'Max-Age=1.5', 'Max-Age=NaN', 'Max-Age=Infinity'],
  ['Max-Age==86400', 'Max-Age\t=86400', 'Max-Age=\t86400', 'Max-Age=99999999999999999999', 'Max-Age=P1M', 'Age=9'],
  ['Expires=', 'Expires', 'Expires=0', 'Expires=-1', 'Expires=soon', 'Expires=86400', 'Expires=Session'],
  ['Expires=2027', 'Expires=31/12/2027', 'Expires=2027-03-01', 'Expires=2027-03-01T00:00:00Z', 'Expires=never'],
  ['Expires=Fri, 32 Dec 2027 00:00:00 GMT', 'Expires=Wed, 31 Feb 2027 00:00:00 GMT', 'Expires=Wed, 09 Jun 2027'],
  ['Expires=Wed, 09 Jun 2027 25:61:61 GMT', 'Expires=Wed 09 Junk 2027 10:18:14', 'Expires=9 juni 2027 10:18:14'],
  [`Expires="${SOON.toUTCString()}"`, `Expires=(${SOON.toUTCString()})`, `Expires:${SOON.toUTCString()}`],
  ['Max-Age=86400; Max-Age=', 'Max-Age=; Max-Age=86400', 'Max-Age=86400; Max-Age=x', 'Max-Age=x; Max-Age=86400'],
  [`Expires=${SOON.toUTCString()}; Expires=x`, `Expires=x; Expires=${SOON.toUTCString()}`, 'Discard', 'Version=1'],
  [`Max-Age=${'0'.repeat(1025)}86400`, `Expires=${' '.repeat(1030)}x`, `Expires=${'x'.repeat(1025)}`],
  ['Max-Age=86400x; Expires=x', 'Comment=Max-Age=86400', 'Path=/;Max-Age=', ' ; ; ;', 'Expires=;Max-Age=""'],
].flat()

test('what Chromium keeps as a session cookie never passes, and what plainly lives on does', async () => {
  const line = (ending: string) => `sprog=da; ${KEPT}; ${ending}`
  const sessions: string[] = []
  web.pages.set('/start', (_, response) => response.end('ok'))
  await browse(browser, { host: OPEN, path: '/start' }, async page => {
    for (const ending of ENDINGS) {
      web.pages.set('/start', (_, response) => response.setHeader('set-cookie', line(ending)).end('ok'))
      await page.context().clearCookies()
      await page.evaluate('fetch("/start")')
      const [kept] = await page.context().cookies()
      if (kept?.expires === -1) sessions.push(ending)
    }
  })
  assert.ok(sessions.length > 25, `only ${sessions.length} of the endings make a session cookie`)
  assert.ok(!sessions.some(it => LIVES.includes(it)))
  for (const door of DOORS) {
    for (const ending of sessions) assert.deepEqual(await web.out([line(ending)], { door }), [], `${door}: ${ending}`)
    for (const ending of LIVES) assert.equal((await web.out([line(ending)], { door })).length, 1, `${door}: ${ending}`)
  }
  for (const ending of sessions) assert.ok(reasons([line(ending)])[0]?.includes(BOTH[0] ?? ''), ending)
})

test('the name decides nothing: each declared name passes with a lifetime and is a session without', async () => {
  for (const name of NAMES) {
    const value = `${name}=x8Qk2; ${KEPT}`
    assert.deepEqual(reasons([value]), [BOTH], name)
    for (const door of DOORS)
      assert.deepEqual(await web.out([value, `${value}; Max-Age=86400`], { door }), [`${value}; Max-Age=86400`], name)
  }
})

test('a cookie that the list calls a session may not outlive the browser either', async () => {
  const allowed = withNames(['kurv'], 'session')
    .replace('kinds: [persistent]', 'kinds: [persistent, session]')
    .replaceAll('unless: [cookiePersistent]', 'unless: [cookiePersistent, cookieNecessary]')
  await adopt(allowed.replace('revision: 2', 'revision: 3'))
  try {
    for (let tries = 0; tries < 40 && reasons([`kurv=1; ${KEPT}`]).length > 0; tries += 1)
      await new Promise(resolve => setTimeout(resolve, 100))
    assert.deepEqual(reasons([`kurv=1; ${KEPT}`]), [])
    assert.deepEqual(reasons([`kurv=1; ${KEPT}; Max-Age=60`]), [['S5 cookie.lives_too_long']])
    web.pages.set('/', (request, response) => {
      if (!request.headers.cookie?.includes('kurv')) response.setHeader('set-cookie', `kurv=1; ${KEPT}`)
      pageOf(web, '')(request, response)
    })
    await browse(browser, {}, async page => {
      const [kept] = await page.context().cookies()
      assert.deepEqual([kept?.name, kept?.expires], ['kurv', -1])
      await page.goto('https://www.intrum.dk/indsigt/choice?lang=da')
      assert.match(await page.locator('li[data-name=kurv]').innerText(), /Til du lukker browseren/)
    })
  } finally {
    await adopt(withNames(NAMES, 'P1M').replace('revision: 2', 'revision: 4'))
  }
})

test('a browser that restores its session brings nothing back: its line is judged like all', async () => {
  for (let tries = 0; tries < 40 && reasons([`kurv=1; ${KEPT}`])[0]?.length !== 3; tries += 1)
    await new Promise(resolve => setTimeout(resolve, 100))
  for (const door of DOORS)
    for (const cookie of [
      'PHPSESSID=x8Qk2',
      'PHPSESSID=x8Qk2; PHPSESSID=y',
      `${await web.visitor('accept')}; PHPSESSID=a`,
    ])
      assert.deepEqual(await web.out([`PHPSESSID=x8Qk2; ${KEPT}`], { door, cookie }), [], cookie)
})

test('no server of ours remembers over the line, the address or the browser what the browser forgot', async () => {
  const accepted = await web.visitor('accept')
  web.pages.set('/', pageOf(web, '<p>Hej</p>'))
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false, servername: 'www.intrum.dk' })
  const sockets = new Set<unknown>()
  const get = (cookie?: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { host: 'www.intrum.dk', 'user-agent': 'one and the same', ...(cookie && { cookie }) }
      const sent = ask({ host: '127.0.0.1', port: web.port, path: '/', agent, headers }, response => {
        let text = ''
        response.on('data', (part: Buffer) => (text += part.toString('utf8')))
        response.on('end', () => resolve(text.replace(/value="1~[^"]+"/g, '')))
      })
      sent.on('error', reject)
      sent.on('socket', socket => sockets.add(socket))
      sent.end()
    })
  try {
    const first = await get()
    const known = await get(accepted)
    assert.notEqual(known, first)
    assert.equal(await get(), first)
    assert.equal(sockets.size, 1, 'all on one line')
  } finally {
    agent.destroy()
  }
})

test('a list that hides a session under another word is not adopted', async () => {
  for (const [text, code] of [
    [withNames(['kurv'], 'session'), 'policy.session_cookie_declared'],
    [withNames(['kurv'], 'P0D'), 'policy.value_invalid'],
    [withNames(['kurv'], 'Session'), 'policy.value_invalid'],
    [withNames(['kurv'], "''"), 'policy.value_invalid'],
    [withNames(['kurv'], 'P1M').replace('kind: cookie', 'kind: sessionStorage'), 'policy.session_cookie_declared'],
  ] as const) {
    const examined = policy.examine(Buffer.from(text))
    const codes = examined.ok ? [] : examined.problems.map(it => it.code)
    assert.ok(codes.includes(code), `${code}: ${codes.join()}`)
    await assert.rejects(adopt(text), { code: 'policy.invalid' })
  }
})
