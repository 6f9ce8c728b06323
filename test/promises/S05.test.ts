/**
 * S5: a permanent cookie lives no longer than the list says, and never beyond twelve months. Here the site's server,
 * the choice, the policy and SQL reach for longer lives, and settings are used for something else.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { writeChoice } from '../../sdk/choice.ts'
import { openHouse, refusedBy, type House } from './house.ts'
import { browse, chance, DOORS, openBrowser, openSite, type Website } from './site.ts'

let house: House
let web: Website
let yes: string
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  yes = await web.visitor('accept')
})
after(async () => {
  await web.close()
  await house.close()
})

const SAFE = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const DAY = 86_400
/** P3M and P12M with months of 31 days, P6M likewise: what the register says. */
const [VISIT, LANGUAGE, CHOICE] = [93 * DAY, 372 * DAY, 186 * DAY]
const counting = (end: string) => `besoegstal=${chance()}; ${end}; ${SAFE}`
const language = (end: string, value = 'da') => `sprog=${value}; ${end}; ${SAFE}`
const date = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString()

test('each cookie may live to the second that the list says, and not one longer', async () => {
  const { entries } = web.settings.register
  const of = (name: string) => entries.find(it => it.name === name)?.lifetimeSeconds
  assert.deepEqual([of('besoegstal'), of('sprog'), of('cookievalg')], [VISIT, LANGUAGE, CHOICE])
  for (const door of DOORS)
    for (const [make, most] of [
      [counting, VISIT],
      [language, LANGUAGE],
    ] as const) {
      assert.equal((await web.out([make(`Max-Age=${most}`)], { door, cookie: yes })).length, 1)
      for (const seconds of [most + 1, most * 2, 34_560_000, 999_999_999_999])
        assert.deepEqual(await web.out([make(`Max-Age=${seconds}`)], { door, cookie: yes }), [], String(seconds))
      assert.equal((await web.out([make(`Expires=${date(most - 60)}`)], { door, cookie: yes })).length, 1)
      for (const seconds of [most + 60, most + DAY, 10 * 366 * DAY])
        assert.deepEqual(await web.out([make(`Expires=${date(seconds)}`)], { door, cookie: yes }), [], String(seconds))
    }
})

test('no spelling of forever is a lifetime', async () => {
  for (const end of [
    'Expires=Fri, 31 Dec 9999 23:59:59 GMT',
    'Expires=Fri, 31-Dec-99 23:59:59 GMT',
    'Expires=Tue, 19 Jan 2038 03:14:07 GMT',
    'Expires=Fri, 31 Dec 99999 23:59:59 GMT',
    'Max-Age=2147483647',
    'Max-Age=9223372036854775807',
    'Max-Age=99999999999999999999',
    'Max-Age=Infinity',
    'Max-Age=1e3',
    `Max-Age=60; Max-Age=2147483647`,
    `Max-Age=2147483647; Expires=${date(60)}`,
    `Expires=${date(60)}; Max-Age=2147483647`,
    `Max-Age=bad; Expires=Fri, 31 Dec 9999 23:59:59 GMT`,
    'max-age=2147483647;;;',
  ])
    for (const door of DOORS)
      for (const line of [counting(end), language(end)])
        assert.deepEqual(await web.out([line], { door, cookie: yes }), [], line)
})

test('what an entry of the list may live is not lent to a cookie off the list, nor to a host off it', async () => {
  for (const [line, how] of [
    [`besoegstal2=1; Max-Age=60; ${SAFE}`, {}],
    [`Sprog=da; Max-Age=60; ${SAFE}`, {}],
    [counting('Max-Age=60'), { host: 'evil.example' }],
  ] as const)
    assert.deepEqual(await web.out([line], { cookie: yes, ...how }), [], line)
})

test('a cookie for settings holds settings: another value in it is another purpose, and refused', async () => {
  for (const value of [chance(), 'da-1234567890', 'da.visitor', 'DA', '42', 'da|en', 'undefined'])
    for (const door of DOORS) assert.deepEqual(await web.out([language('Max-Age=60', value)], { door }), [], value)
  const drifted = await web.out([`cookievalg=${chance()}; Max-Age=60; Path=/; Secure; SameSite=Lax`])
  assert.deepEqual(drifted, [], 'the name of the choice is no place for a number of one’s own')
})

test('visiting does not lengthen a choice: no answer sets it again, and its time runs from its making', async () => {
  web.pages.set('/igen', (_, response) => response.end('ok'))
  for (const path of ['/igen', '/indsigt/choice', '/indsigt/token', '/indsigt/consent.js', '/indsigt/banner.css'])
    for (const cookie of [yes, await web.visitor('reject')])
      assert.deepEqual((await web.send(`GET ${path}`, { cookie })).cookies, [], path)
  const { register, key } = web.settings
  const made = (age: number) => {
    const chosenAt = Math.floor(Date.now() / 1000) - age
    const choice = { accepted: ['statistics'], chosenAt, proof: yes.split('.')[4] ?? '' }
    return `cookievalg=${writeChoice(choice, { register, key, now: new Date() })}`
  }
  assert.equal((await web.out([counting('Max-Age=60')], { cookie: made(CHOICE - 120) })).length, 1)
  assert.deepEqual(await web.out([counting('Max-Age=60')], { cookie: made(CHOICE + 120) }), [], 'outlived')
})

test('the choice is set for as long as the list says, however it was asked for', async () => {
  for (const more of [{}, { maxAge: '99999999' }, { 'Max-Age': '2147483647' }, { lastsSeconds: '34560000' }]) {
    const reply = await web.choose({ token: await web.token(), method: 'accept', ...more })
    const line = reply.cookies.find(it => it.startsWith('cookievalg=1.')) ?? ''
    assert.match(line, new RegExp(`; Max-Age=${CHOICE};`))
    assert.ok(!/expires/i.test(line) && line.endsWith('; Secure; SameSite=Lax'), line)
  }
})

test('the database keeps no choice for longer than a browser would, and forgets one whose time is over', async () => {
  const [receipt] = await house.kit.owner('select * from cookies.choice order by given_at desc limit 1')
  assert.equal(receipt?.['lasts_seconds'], CHOICE)
  const insert = (seconds: string) =>
    `insert into cookies.choice (choice_id, proof_digest, site, notice_sha256, register_sha256, method, accepted,
       refused, is_gpc, lasts_seconds, entry_id, salt)
     select gen_random_uuid(), sha256(gen_random_uuid()::text::bytea), site, notice_sha256, register_sha256, method,
       accepted, refused, is_gpc, ${seconds}, gen_random_uuid(), salt from cookies.choice limit 1`
  for (const seconds of ['34560001', '2147483647', '0', '-1'])
    await refusedBy(house.kit.as('api', insert(seconds)), '23514')
  await house.kit
    .owner(`update cookies.choice set given_at = now() - interval '400 days' where choice_id = $1`, [
      receipt?.['choice_id'],
    ])
    .catch(() => undefined)
  for (const role of ['worker', 'api'] as const)
    await refusedBy(house.kit.as(role, `delete from cookies.choice`), '42501')
  const before = await house.kit.owner('select count(*)::int as n from cookies.choice where replaced_at is null')
  await house.kit.as('worker', 'select cookies.erase_choices(1000000)')
  const after = await house.kit.owner('select count(*)::int as n from cookies.choice where replaced_at is null')
  const young = await house.kit.owner(
    `select count(*)::int as n from cookies.choice where given_at > now() - interval '1 day' and replaced_at is null`,
  )
  assert.ok(Number(after[0]?.['n']) <= Number(before[0]?.['n']))
  assert.equal(young[0]?.['n'], after[0]?.['n'], 'what is still in force is not erased, what is outlived is')
})

test('in a browser, nothing the site sends is remembered beyond its time on the list', async () => {
  const browser = await openBrowser({ 'www.intrum.dk': web.port })
  try {
    web.pages.set('/laenge', (_, response) => {
      response.setHeader('set-cookie', [
        language('Max-Age=2147483647'),
        language(`Max-Age=${LANGUAGE}`),
        counting('Max-Age=60'),
      ])
      response.end('ok')
    })
    await browse(browser, { path: '/laenge' }, async page => {
      const found = await page.context().cookies()
      assert.deepEqual(
        found.map(it => it.name),
        ['sprog'],
      )
      assert.ok((found[0]?.expires ?? 0) <= Date.now() / 1000 + LANGUAGE + 60)
    })
  } finally {
    await browser.close()
  }
})

test('a policy whose cookies outlive its own longest time, or whose longest time has no rule, is refused', async () => {
  const [row] = await house.kit.owner('select document from policy.version')
  const text = String(row?.['document']).replace('revision: 1', 'revision: 2')
  for (const [what, weak] of [
    [
      'thirteen months',
      text.replace('lifetime: P12M\n      values: [da, en]', 'lifetime: P13M\n      values: [da, en]'),
    ],
    ['the shortest maximum', text.replace('lifetimeMax: P12M', 'lifetimeMax: P1M')],
    ['no maximum', text.replace('  lifetimeMax: P12M\n', '')],
    ['no rule', text.replace('id: s5-lifetime\n    clause: S5', 'id: s5-lifetime\n    clause: S6')],
  ] as const) {
    assert.notEqual(weak, text, what)
    const file = join(house.kit.folder, 'weak.yaml')
    writeFileSync(file, weak)
    assert.equal((await house.cli(['policy', what === 'no rule' ? 'adopt' : 'check', file])).code, 1, what)
  }
})
