/**
 * S4: there are two kinds of cookies, and each cookie is of exactly one. Here the site's server sends what can be read
 * both ways; what goes out must be read the same way by us and by a real browser, and what is a deletion stays one.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { openHouse, type House } from './house.ts'
import { browse, chance, DOORS, openBrowser, openSite, outOfBytes, type Website } from './site.ts'

let house: House
let web: Website
let browser: Browser
let yes: string
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  browser = await openBrowser({ 'www.intrum.dk': web.port })
  yes = await web.visitor('accept')
})
after(async () => {
  await browser.close()
  await web.close()
  await house.close()
})

const SAFE = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const date = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString()
const PAIR = `besoegstal=${chance()}`
const DAY = 86_400

/** Ends of a line, and whether the one kind we use can be read from it without doubt. */
const KINDS: readonly (readonly [what: string, end: string, kind: 'persistent' | 'deletion' | 'refused'])[] = [
  ['Max-Age alone', 'Max-Age=86400', 'persistent'],
  ['Expires alone', `Expires=${date(DAY)}`, 'persistent'],
  ['both, agreeing', `Max-Age=${DAY}; Expires=${date(DAY)}`, 'persistent'],
  ['capitals', 'MAX-AGE=86400', 'persistent'],
  ['blanks about the sign', 'Max-Age = 86400', 'persistent'],
  ['neither', '', 'refused'],
  ['both, contradicting', `Max-Age=${DAY}; Expires=${date(30 * DAY)}`, 'refused'],
  ['Max-Age in force, Expires past', `Max-Age=${DAY}; Expires=${date(-DAY)}`, 'refused'],
  ['Max-Age zero, Expires ahead', `Max-Age=0; Expires=${date(DAY)}`, 'refused'],
  ['Max-Age negative, Expires ahead', `Max-Age=-1; Expires=${date(DAY)}`, 'refused'],
  ['two of Max-Age', 'Max-Age=86400; Max-Age=60', 'refused'],
  ['two of Max-Age, the last empty', 'Max-Age=86400; Max-Age=', 'refused'],
  ['two of Expires', `Expires=${date(DAY)}; Expires=${date(2 * DAY)}`, 'refused'],
  ['Max-Age empty', 'Max-Age=', 'refused'],
  ['Max-Age without a sign', 'Max-Age', 'refused'],
  ['Max-Age a word', 'Max-Age=session', 'refused'],
  ['Max-Age with a fraction', 'Max-Age=86400.5', 'refused'],
  ['Max-Age with a plus', 'Max-Age=+86400', 'refused'],
  ['Max-Age in hex', 'Max-Age=0x15180', 'refused'],
  ['Max-Age quoted', 'Max-Age="86400"', 'refused'],
  ['Max-Age with a unit', 'Max-Age=86400s', 'refused'],
  ['Max-Age of twenty digits', 'Max-Age=99999999999999999999', 'refused'],
  ['Max-Age in other digits', 'Max-Age=８６４００', 'refused'],
  ['Expires unreadable', 'Expires=tomorrow', 'refused'],
  ['Expires empty', 'Expires=', 'refused'],
  ['Expires a number', `Expires=${Math.floor(Date.now() / 1000) + DAY}`, 'refused'],
  ['Expires zero', 'Expires=0', 'refused'],
  ['Expires as ISO', `Expires=${new Date(Date.now() + DAY * 1000).toISOString()}`, 'refused'],
  ['Expires on a day that is not', 'Expires=Wed, 31 Feb 2027 12:00:00 GMT', 'refused'],
  ['Expires in Danish', 'Expires=ons, 01 maj 2027 12:00:00 GMT', 'refused'],
  ['Expires quoted', `Expires="${date(DAY)}"`, 'refused'],
  ['Expire, misspelt', `Expire=${date(DAY)}`, 'refused'],
  ['MaxAge, misspelt', 'MaxAge=86400', 'refused'],
  ['Max-Age behind a comma', `Path=/, Max-Age=86400`, 'refused'],
  ['Max-Age in the path', 'Path=/ Max-Age=86400', 'refused'],
  ['Max-Age zero', 'Max-Age=0', 'deletion'],
  ['Max-Age negative', 'Max-Age=-86400', 'deletion'],
  ['Expires past', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'deletion'],
  ['both past', 'Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'deletion'],
]

for (const [what, end, kind] of KINDS)
  test(`a cookie is of one kind, or it is not set: ${what}`, async () => {
    const line = `${PAIR}; ${end}${end && '; '}${SAFE}`
    const bytes = `HTTP/1.1 200 OK\r\nSet-Cookie: ${Buffer.from(line).toString('latin1')}\r\nContent-Length: 0\r\n\r\n`
    const expected = kind === 'refused' ? 0 : 1
    assert.equal((await outOfBytes(web, bytes, { cookie: yes })).cookies.length, expected, 'proxy')
    if (/^[\x20-\x7e]*$/.test(line)) assert.equal((await web.out([line], { cookie: yes })).length, expected, 'server')
    // Without a yes a deletion still passes, and nothing else does.
    const none = (await outOfBytes(web, bytes)).cookies.length
    assert.equal(none, kind === 'deletion' ? 1 : 0, 'without a yes')
  })

test('in a browser, everything that went out has the kind we read, and what deletes leaves nothing', async () => {
  const lines = KINDS.filter(([, end]) => /^[\x20-\x7e]*$/.test(end)).map(([, end]) => `${PAIR}; ${end}; ${SAFE}`)
  for (const [at, line] of lines.entries()) {
    web.pages.set('/slags', (_, response) => response.setHeader('set-cookie', line).end('ok'))
    const context = await browser.newContext({ ignoreHTTPSErrors: true, extraHTTPHeaders: { cookie: yes } })
    const page = await context.newPage()
    await page.goto('https://www.intrum.dk/slags')
    const found = (await context.cookies()).filter(it => it.name === 'besoegstal')
    const kind = KINDS.filter(([, end]) => /^[\x20-\x7e]*$/.test(end))[at]?.[2]
    assert.equal(found.length, kind === 'persistent' ? 1 : 0, line)
    for (const { expires } of found) assert.ok(expires > Date.now() / 1000, `${line}: a session in the browser`)
    await context.close()
  }
})

test('a name with a prefix is of its kind only when it keeps that promise; a partition needs Secure', async () => {
  for (const name of ['__Host-besoegstal', '__Secure-besoegstal', '__host-besoegstal', '__Http-besoegstal'])
    for (const door of DOORS)
      assert.deepEqual(await web.out([`${name}=1; Max-Age=60; ${SAFE}`], { door, cookie: yes }), [], name)
  for (const end of [
    'Path=/; HttpOnly; SameSite=None; Partitioned',
    'Path=/; HttpOnly; SameSite=Lax; Partitioned',
    'Path=/; Secure; HttpOnly; SameSite=None; Partitioned',
    'Path=/; Secure; HttpOnly',
    'Path=/; Secure; SameSite=Lax',
    'Path=/; HttpOnly; SameSite=Lax',
  ])
    assert.deepEqual(await web.out([`${PAIR}; Max-Age=60; ${end}`], { cookie: yes }), [], end)
  assert.equal((await web.out([`${PAIR}; Max-Age=60; ${SAFE}; Partitioned`], { cookie: yes })).length, 1)
})

test('a line that deletes in doubt may as well set, and is refused; deleting another’s is harmless', async () => {
  for (const end of [
    'Max-Age=0; Max-Age=9999',
    'Max-Age=-0.5',
    'Max-Age=0x0',
    'Expires=Thu, 01 Jan 1970',
    'Max-Age="0"',
  ])
    for (const door of DOORS) assert.deepEqual(await web.out([`_ga=1; ${end}; ${SAFE}`], { door }), [], end)
  const all = await web.out([`_ga=; Max-Age=0; Path=/`, `_ga=x; Max-Age=0; Path=/; Domain=intrum.dk`])
  assert.equal(all.length, 2)
  await browse(browser, { path: '/out' }, async page => assert.deepEqual(await page.context().cookies(), []))
})

test('every cookie of the list has exactly one kind and a lifetime to fit, in the register that sites get', () => {
  const { entries, kinds } = web.settings.register
  assert.deepEqual(kinds, ['persistent'])
  for (const { name, lifetime, lifetimeSeconds } of entries)
    assert.equal(lifetime === 'session', lifetimeSeconds === null, name)
  assert.ok(entries.every(it => it.lifetimeSeconds !== null))
})

test('a policy with a cookie of both kinds, of no kind, or without the rule that asks for it, is refused', async () => {
  const [row] = await house.kit.owner('select document from policy.version')
  const text = String(row?.['document']).replace('revision: 1', 'revision: 2')
  const twice = '    - name: sprog\n      kind: cookie\n      setter: X\n      category: necessary\n'
  for (const [what, weak] of [
    [
      'both kinds',
      text.replace('  entries:\n', `  entries:\n${twice}      purpose: { da: X, en: X }\n      lifetime: session\n`),
    ],
    ['no lifetime', text.replace('      lifetime: P12M\n      values: [da, en]\n', '      values: [da, en]\n')],
    ['no rule', text.replace('id: s4-kind\n    clause: S4', 'id: s4-kind\n    clause: S5')],
  ] as const) {
    assert.notEqual(weak, text, what)
    const file = join(house.kit.folder, 'weak.yaml')
    writeFileSync(file, weak)
    assert.equal((await house.cli(['policy', what === 'no rule' ? 'adopt' : 'check', file])).code, 1, what)
  }
})
