/**
 * S1, the yes itself: a choice counts only when a visitor of this site made it on a page that showed the notice in
 * force. Here choices are forged: on the site's own path, on the API, in the cookie, with SQL, and after a restart.
 */
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { mintToken, newProof, writeChoice } from '../../sdk/choice.ts'
import { consentTag, noticeOf, sha256OfNotice, sha256OfRegister } from '../../sdk/register.ts'
import type { Register, SiteSettings } from '../../sdk/wire.ts'
import { noRoleMay, openHouse, refusedBy, type Asking, type House, type Who } from './house.ts'
import { chance, DOORS, openSite, OWN_PAGE, type Sent, type Website } from './site.ts'

let house: House
let web: Website
let other: SiteSettings
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  other = (await house.must(200, { site: 'intrum.com' }, 'GET /v1/cookies/settings')) as SiteSettings
})
after(async () => {
  await web.close()
  await house.close()
})

const KEPT = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const ASKED = `besoegstal=${chance()}; Max-Age=7776000; ${KEPT}`
const UNLISTED = `_ga=GA1.2.${chance()}; Max-Age=7776000; ${KEPT}`
const names = (lines: readonly string[]) => lines.map(line => line.split('=')[0])
const choices = async () => Number((await house.kit.owner('select count(*) as n from cookies.choice'))[0]?.['n'])
const seal = (some: Partial<{ register: Register; key: string; now: Date }> = {}) => ({
  register: web.settings.register,
  key: web.settings.key,
  now: new Date(),
  ...some,
})
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)

/** A token as somebody with this key would write it, field by field. */
function written(
  some: Partial<Record<'site' | 'register' | 'notice' | 'language' | 'key', string>> & { at?: Date } = {},
) {
  const { register, key } = web.settings
  const fresh = {
    site: register.site,
    register: sha256OfRegister(register).slice(0, 16),
    notice: sha256OfNotice(noticeOf(register, 'da')).slice(0, 16),
    language: 'da',
    key,
  }
  const of = { ...fresh, ...some }
  const minute = Math.floor((some.at ?? new Date()).getTime() / 60_000).toString(36)
  const signed = ['1', of.site, of.register, of.notice, of.language, minute, newProof()].join('~')
  const mac = createHmac('sha256', Buffer.from(of.key, 'base64url')).update(`token\n${signed}`).digest('base64url')
  return `${signed}~${mac}`
}
const altered = (): Register => {
  const { register } = web.settings
  return { ...register, entries: register.entries.filter(it => it.category !== 'statistics') }
}
const KEY = Buffer.alloc(32, 3).toString('base64url')
const swap = (token: string, one: number, value: string) => token.split('~').with(one, value).join('~')

/** Tokens that no page of this site was given, or that are good no more. */
const TOKENS: { readonly [what: string]: () => string | Promise<string> } = {
  none: () => '',
  junk: () => 'junk',
  'cut short': async () => (await web.token()).slice(0, -1),
  'a seal of another length': async () => `${await web.token()}A`,
  'another letter of the seal': async () => (await web.token()).replace(/.$/, it => (it === 'A' ? 'B' : 'A')),
  'another language under the same seal': async () => swap(await web.token(), 4, 'en'),
  'another minute under the same seal': async () => swap(await web.token(), 5, 'zzzzz'),
  'another number under the same seal': async () => swap(await web.token(), 6, newProof()),
  'another site under the same seal': async () => swap(await web.token(), 1, 'intrum.com'),
  'two fields swapped': async () => {
    const token = await web.token()
    return swap(swap(token, 2, token.split('~')[3] ?? ''), 3, token.split('~')[2] ?? '')
  },
  'sealed with a key of one’s own': () => mintToken({ ...seal({ key: KEY }), language: 'da' }),
  'of the other site, with its key': () => mintToken({ ...seal(), ...other, now: new Date(), language: 'da' }),
  'of the other site, with our key': () => written({ site: 'intrum.com' }),
  'for this site, with the key of the other': () => written({ key: other.key }),
  'of yesterday': () => written({ at: ago(86_400) }),
  'older than two hours': () => written({ at: ago(7_400) }),
  'of tomorrow': () => written({ at: ago(-86_400) }),
  'for another list': () => mintToken({ ...seal({ register: altered() }), language: 'da' }),
  'for another notice': () => written({ notice: '0'.repeat(16) }),
  'for the notice in the other language': () => written({ language: 'en' }),
  'for another register': () => written({ register: '0'.repeat(16) }),
  'with the seal of a choice': async () => (await web.visitor('accept')).slice('cookievalg='.length),
  'of ten thousand letters': () => `1~${'a'.repeat(10_000)}`,
  'with a line break': async () => `${await web.token()}\n`,
}
for (const [what, make] of Object.entries(TOKENS))
  test(`a yes with a token nobody was given is no yes: ${what}`, async () => {
    const token = await make()
    const before = await choices()
    for (const method of ['accept', 'save'] as const) {
      const reply = await web.choose({ token, method, category: 'statistics' })
      assert.deepEqual([reply.status, names(reply.cookies)], [reply.status === 413 ? 413 : 409, []])
      const page = await web.choose({ token, method, category: 'statistics' }, { headers: { accept: 'text/html' } })
      assert.deepEqual(names(page.cookies), [])
      await refusedByApi({ ...submission(token), method })
    }
    assert.equal(await choices(), before)
  })

const submission = (token: string) =>
  ({ token, method: 'accept', categories: [], origin: null, isGpc: false, previous: null }) as object
const record = (body: unknown, who: Who = { site: 'intrum.dk' }, how?: Asking) =>
  house.ask(who, 'POST /v1/cookies/choices', body, how)

async function refusedByApi(body: unknown, who?: Who, how?: Asking): Promise<void> {
  const answer = await record(body, who, how)
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}: ${answer.text}`)
  assert.ok(!answer.text.includes('cookievalg'))
}

const FORM = OWN_PAGE['content-type']
/** Senders that are not our own page: what they post, with a good token, is not taken. */
const STRANGERS: readonly (readonly [what: string, headers: Record<string, string>, sent?: Sent])[] = [
  ['another origin', { origin: 'https://evil.example' }],
  ['another origin that begins like ours', { origin: 'https://www.intrum.dk.evil.example' }],
  ['another origin that ends like ours', { origin: 'https://evil-intrum.dk' }],
  ['ours in the user’s place', { origin: 'https://www.intrum.dk@evil.example' }],
  ['ours with a path', { origin: 'https://www.intrum.dk/' }],
  ['ours without TLS', { origin: 'http://www.intrum.dk' }],
  ['the other site of the house', { origin: 'https://www.intrum.com' }],
  ['a sister host', { origin: 'https://maal.intrum.dk', 'sec-fetch-site': 'same-site' }],
  ['another port', { origin: 'https://www.intrum.dk:8443' }],
  ['null', { origin: 'null' }],
  ['null, from our own page', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
  ['no origin, across sites', { 'sec-fetch-site': 'cross-site' }],
  ['no origin, from nowhere', { 'sec-fetch-site': 'none' }],
  ['nothing said', {}],
  ['ours, but the browser says across', { origin: 'https://www.intrum.dk', 'sec-fetch-site': 'cross-site' }],
  ['two origins', { origin: 'https://www.intrum.dk, https://evil.example' }],
  ['a rebound name', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }, { host: 'evil.example' }],
]
for (const [what, said, sent] of STRANGERS)
  test(`a yes that another page posts is not taken: ${what}`, async () => {
    const before = await choices()
    const headers = { 'content-type': FORM, ...said }
    const body = new URLSearchParams({ token: await web.token(), method: 'accept' }).toString()
    for (const accept of ['application/json', 'text/html']) {
      const reply = await web.send('POST /indsigt/choice', { ...sent, body, headers: { ...headers, accept } })
      assert.deepEqual([names(reply.cookies), reply.headers['access-control-allow-origin']], [[], undefined])
    }
    assert.equal(await choices(), before)
  })

test('what is no form of ours is not taken: another method, type, size or place of the fields', async () => {
  const before = await choices()
  const good = async () => new URLSearchParams({ token: await web.token(), method: 'accept' }).toString()
  for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x', ''])
    assert.equal((await web.choose({}, { body: await good(), headers: { 'content-type': type } })).status, 415, type)
  assert.equal((await web.choose({}, { body: `${await good()}&x=${'y'.repeat(9_000)}` })).status, 413)
  for (const call of ['GET', 'PUT', 'PATCH', 'DELETE'])
    assert.deepEqual((await web.send(`${call} /indsigt/choice?${await good()}`)).cookies, [])
  assert.deepEqual((await web.choose({}, { body: '' })).cookies, [])
  const inQuery = await web.send(`POST /indsigt/choice?${await good()}`, { body: 'method=accept', headers: OWN_PAGE })
  assert.deepEqual(inQuery.cookies, [])
  for (const method of ['all', 'ACCEPT', '__proto__', 'constructor', 'toString', '', 'accept\0'])
    assert.equal((await web.choose({ token: await web.token(), method })).status, 400, method)
  for (const category of ['marketing', '__proto__', 'constructor', 'necessary', 'Statistics', 'statistics\n', '*'])
    assert.deepEqual((await web.choose({ token: await web.token(), method: 'save', category })).cookies, [], category)
  assert.equal(await choices(), before)
})

test('the visitor, the clock and the verdict are ours: what a form adds about them changes nothing', async () => {
  const subjectId = randomUUID()
  const added = {
    givenAt: '2020-01-01',
    chosenAt: '1',
    now: '1',
    subjectId,
    proof: 'A'.repeat(22),
    accepted: 'statistics',
  }
  const more = { ...added, isGpc: 'false', site: 'intrum.com', registerSha256: '0', lasts_seconds: '99999999' }
  const reply = await web.choose({ token: await web.token(), method: 'reject', category: 'statistics', ...more })
  assert.equal(reply.status, 200, reply.text)
  const { accepted, receipt } = JSON.parse(reply.text)
  assert.deepEqual(accepted, [])
  assert.ok(Math.abs(Date.parse(receipt.givenAt) - Date.now()) < 60_000)
  assert.ok(!reply.text.includes(subjectId) && !reply.cookies.join().includes('A'.repeat(22)))
  const rows = await house.kit.owner('select to_jsonb(c)::text as row from cookies.choice c')
  assert.ok(rows.every(({ row }) => !String(row).includes(subjectId)))
})

test('a token is good once: again, from another browser, at once or by the other door it is refused', async () => {
  const token = await web.token()
  const before = await choices()
  const ways = Array.from({ length: 12 }, (_, at) =>
    at % 2 === 0 ? web.choose({ token, method: 'accept' }) : record(submission(token)),
  )
  const all = await Promise.all(ways)
  assert.equal(all.filter(it => it.status === 200 || it.status === 201).length, 1)
  for (const door of DOORS) assert.equal((await web.choose({ token, method: 'accept' }, { door })).status, 409)
  await refusedByApi(submission(token))
  assert.equal(await choices(), before + 1)
  const { world } = await house.reopen()
  const again = await house.askOn(world, { site: 'intrum.dk' }, 'POST /v1/cookies/choices', submission(token))
  assert.equal(again.status >= 400, true, 'spent before the restart, and spent after it')
  assert.equal(await choices(), before + 1)
})

test('POST /v1/cookies/choices takes nothing but a submission of its own site’s server', async () => {
  const before = await choices()
  for (const who of ['admin', 'officer', 'caseWorker', 'auditor', { site: 'intrum.com' }] as const)
    await refusedByApi(submission(await web.token()), who)
  for (const some of [
    { givenAt: '2020-01-01T00:00:00Z' },
    { subjectId: randomUUID() },
    { accepted: ['statistics'] },
    { proof: 'A'.repeat(22) },
    { site: 'intrum.dk' },
    { method: 'ACCEPT' },
    { method: '__proto__' },
    { method: 'save', categories: ['unknown'] },
    { method: 'save', categories: ['constructor'] },
    { method: 'save', categories: ['__proto__'] },
    { method: 'save', categories: 'statistics' },
    { categories: Array.from({ length: 51 }, () => 'statistics') },
    { origin: 'https://evil.example' },
    { origin: 'https://www.intrum.dk.evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'https://www.intrum.com' },
    { origin: 'https://www.intrum.dk@evil.example' },
    { origin: 'javascript:alert(1)//www.intrum.dk' },
    { isGpc: 'false' },
    { previous: 'x'.repeat(201) },
    { token: ['x'] },
  ])
    await refusedByApi({ ...submission(await web.token()), ...some })
  const good = JSON.stringify(submission(await web.token()))
  await refusedByApi(good.replace('{', '{"__proto__":{"isGpc":false},'))
  await refusedByApi(good.replace('{', '{"constructor":{"prototype":{}},'))
  await refusedByApi(good, undefined, { type: 'text/plain' })
  await refusedByApi(good, undefined, { headers: { authorization: 'Bearer nobody' } })
  await refusedByApi('{', undefined)
  assert.equal(await choices(), before)
})

test('a choice cookie that was forged, altered, borrowed or outlived opens nothing, and is swept away', async () => {
  const good = (await web.visitor('accept')).slice('cookievalg='.length)
  const refused = (await web.visitor('reject')).slice('cookievalg='.length)
  const [version, tag, mask, minute, proof, mac] = good.split('.') as [string, string, string, string, string, string]
  const chosenAt = Math.floor(Date.now() / 1000)
  const choice = (accepted: string[], at: number) => ({ accepted, chosenAt: at, proof: newProof() })
  const { choiceSeconds } = web.settings.register
  const forged = {
    junk: 'all',
    empty: '',
    'no seal': good.slice(0, -17),
    'another seal': [version, tag, mask, minute, proof, 'A'.repeat(16)].join('.'),
    'a no turned into a yes': refused.split('.').with(2, mask).join('.'),
    'a later minute': [version, tag, mask, 'zzzzzz', proof, mac].join('.'),
    'another proof': [version, tag, mask, minute, newProof(), mac].join('.'),
    'another tag': [version, '00000000', mask, minute, proof, mac].join('.'),
    'more bits': [version, tag, 'zz', minute, proof, mac].join('.'),
    'another version': [2, tag, mask, minute, proof, mac].join('.'),
    'a key of one’s own': writeChoice(choice(['statistics'], chosenAt), seal({ key: KEY })),
    'the key of the other site': writeChoice(choice(['statistics'], chosenAt), seal({ key: other.key })),
    'another list': writeChoice(choice(['preferences'], chosenAt), seal({ register: altered() })),
    outlived: writeChoice(choice(['statistics'], chosenAt - choiceSeconds - 120), seal()),
    'of tomorrow': writeChoice(choice(['statistics'], chosenAt + 86_400), seal()),
    quoted: `"${good}"`,
    encoded: encodeURIComponent(good).replaceAll('.', '%2E'),
    doubled: `${good}.${good}`,
  }
  for (const [what, value] of Object.entries(forged))
    for (const door of DOORS)
      assert.deepEqual(names(await web.out([ASKED], { door, cookie: `cookievalg=${value}` })), [], what)
  const page = await web.send('GET /indsigt/choice', { cookie: `cookievalg=${forged['a no turned into a yes']}` })
  assert.ok(page.cookies.some(it => it.startsWith('cookievalg=;') && it.includes('Max-Age=0')))
  assert.equal(consentTag(web.settings.register), tag)
  const later = writeChoice(choice([], chosenAt + 60), seal())
  for (const cookie of [`cookievalg=${good}; cookievalg=${later}`, `cookievalg=${later}; cookievalg=${good}`])
    assert.deepEqual(await web.out([ASKED], { cookie }), [], 'the newest choice counts')
})

test('a form leads back to this host alone, and carries no line of its own into the head', async () => {
  for (const back of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/..//evil.example',
    '/.//evil.example',
    '/a/../..//evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/\tevil',
    '/\r\nSet-Cookie: besoegstal=1',
    '/%0d%0aSet-Cookie:besoegstal=1',
    '/\u2028evil',
    'https://www.intrum.dk@evil.example/',
    'https://www.intrum.com/',
    ' //evil.example',
    '/'.repeat(2_100),
  ]) {
    const headers = { accept: 'text/html', referer: 'https://evil.example/' }
    const reply = await web.choose({ token: await web.token(), method: 'accept', back }, { headers })
    const at = new URL(reply.headers.location ?? '/', 'https://www.intrum.dk')
    assert.deepEqual([reply.status, at.origin], [303, 'https://www.intrum.dk'], back)
    assert.ok(
      names(reply.cookies).every(it => it === 'cookievalg' || reply.cookies.join().includes('Max-Age=0')),
      back,
    )
    assert.ok(!reply.cookies.some(it => it.startsWith('besoegstal=1')), back)
  }
})

test('no role backdates a choice, changes one, takes one away or spends a token anew', async () => {
  await web.visitor('accept')
  const columns = 'choice_id, proof_digest, site, notice_sha256, register_sha256, method, accepted, refused, is_gpc'
  const copy = (extra: string, values: string, said = 'method, accepted, refused') =>
    `insert into cookies.choice (${columns}, lasts_seconds, entry_id, salt${extra})
     select gen_random_uuid(), sha256(gen_random_uuid()::text::bytea), site, notice_sha256, register_sha256, ${said},
       is_gpc, lasts_seconds, gen_random_uuid(), salt${values} from cookies.choice limit 1`
  await noRoleMay(house.kit, copy(', given_at', `, now() - interval '1 year'`))
  await noRoleMay(house.kit, copy(', replaced_at', ', now()'))
  await noRoleMay(house.kit, copy('', ''), '42501', ['worker', 'import', 'integrator', 'public'])
  for (const set of [
    `accepted = '{statistics}'`,
    `refused = '{}'`,
    `given_at = now()`,
    `method = 'accept'`,
    `lasts_seconds = 34560000`,
    `proof_digest = sha256('x')`,
    `notice_sha256 = sha256('x')`,
    `site = 'intrum.com'`,
    `is_gpc = false`,
    `entry_id = gen_random_uuid()`,
    `salt = sha256('x')`,
  ])
    await noRoleMay(house.kit, `update cookies.choice set ${set}`)
  for (const table of ['choice', 'spent_token', 'register', 'notice', 'link', 'guard_count'])
    for (const verb of ['delete from', 'truncate']) await noRoleMay(house.kit, `${verb} cookies.${table}`)
  for (const table of ['register', 'notice']) await noRoleMay(house.kit, `update cookies.${table} set document = '{}'`)
  await noRoleMay(house.kit, `update cookies.spent_token set expires_at = now()`)
  const api = (said: string) => house.kit.as('api', copy('', '', said))
  await refusedBy(api(`'reject', '{statistics}', '{}'`), '23514', 'choice_refuses_all')
  await refusedBy(api(`'withdraw', '{statistics}', '{}'`), '23514', 'choice_refuses_all')
  await refusedBy(api(`'save', '{statistics}', '{statistics}'`), '23514', 'choice_disjoint')
  await refusedBy(api(`'all', '{statistics}', '{}'`), '23514')
  await house.kit.as('api', 'update cookies.choice set replaced_at = now() where replaced_at is null')
  for (const value of ['null', `now() + interval '1 year'`])
    await refusedBy(house.kit.as('api', `update cookies.choice set replaced_at = ${value}`), '23514', 'choice_one_way')
})

test('after a restart the same yes still counts, and the same forgeries still do not', async () => {
  const cookie = await web.visitor('accept')
  const { world } = await house.reopen()
  const again = await openSite(house, { world })
  try {
    assert.deepEqual(await again.out([ASKED], { cookie }), [ASKED])
    assert.deepEqual(await again.out([ASKED, UNLISTED], { cookie: `${cookie.slice(0, -1)}_` }), [])
    assert.equal((await again.choose({ token: written({ key: KEY }), method: 'accept' })).status, 409)
  } finally {
    await again.close()
  }
})
