/**
 * S3: a cookie does not in itself say who you are, and it is tied to you only when you were told. Here personal data is
 * put into cookies in every wrapping, and browsers are tied to persons by strangers, clerks, forgers and SQL; then what
 * was tied is looked for in the access reply, and must come loose by objection, choice, erasure and restore.
 */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { newProof, writeChoice } from '../../sdk/choice.ts'
import { tools } from '../../sdk/node.ts'
import { form } from './doors.ts'
import { noRoleMay, openHouse, refusedBy, type House, type Json, type Who } from './house.ts'
import { chance, DOORS, openSite, type Door, type Website } from './site.ts'

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

const END = 'Max-Age=7776000; Path=/; Secure; HttpOnly; SameSite=Lax'
const line = (value: string, name = 'besoegstal') => `${name}=${value}; ${END}`
const out = (lines: string | readonly string[], door: Door = 'server') => web.out([lines].flat(), { door, cookie: yes })
const b64 = (data: Uint8Array | string) => Buffer.from(data).toString('base64')
const digest = (algorithm: string, text: string) => createHash(algorithm).update(text)

/** What says who somebody is. All of it is invented. */
const PERSONAL: { readonly [what: string]: string } = {
  'e-mail': 'asta@example.dk',
  'e-mail with a tag': 'asta+spor@mail.example.dk',
  'e-mail in capitals': 'ASTA@EXAMPLE.DK',
  'e-mail written out': 'asta(at)example.dk',
  'CPR with a hyphen': '010165-9995',
  'CPR without': '0101659995',
  'CPR after a word': 'cpr:2705651239',
  telephone: '+4520123456',
  'telephone abroad': '+46701234567',
  'telephone after a word': 'tlf=20123456',
  card: '4571736000000075',
  'card in groups': '4571-7360-0000-0075',
  name: 'Asta_Prjvebjerg',
  'name after a word': 'navn=asta',
  'name as JSON': '{"fornavn":"Asta"}',
}
/** What it is wrapped in. */
const WRAPS: { readonly [how: string]: (text: string) => string } = {
  plain: text => text,
  prefixed: text => `v1|${text}|x`,
  percent: text => Array.from(text, it => `%${it.charCodeAt(0).toString(16)}`).join(''),
  'percent, twice': text => encodeURIComponent(encodeURIComponent(text)),
  base64: text => b64(text).replaceAll('=', ''),
  base64url: text => Buffer.from(text).toString('base64url'),
  'base64, padded and escaped': text => encodeURIComponent(b64(text)),
  'base64, twice': text => b64(b64(text)).replaceAll('=', ''),
  hex: text => Buffer.from(text).toString('hex'),
  'hex in capitals': text => Buffer.from(text).toString('hex').toUpperCase(),
  gzip: text => b64(gzipSync(text)).replaceAll('=', ''),
  deflate: text => b64(deflateSync(text)).replaceAll('=', ''),
  JSON: text => encodeURIComponent(JSON.stringify({ u: text })),
  JWT: text => `${b64('{"alg":"none"}')}.${b64(JSON.stringify({ sub: text }))}.`.replaceAll('=', ''),
}
for (const [how, wrap] of Object.entries(WRAPS))
  test(`no cookie says who somebody is, also not as ${how}`, async () => {
    for (const [what, text] of Object.entries(PERSONAL))
      for (const door of DOORS) assert.deepEqual(await out(line(wrap(text)), door), [], `${what}, ${door}`)
  })

test('nor does a needed cookie, its name, an attribute, or one without a name', async () => {
  const mail = PERSONAL['e-mail'] ?? ''
  for (const bad of [line(mail, 'sprog'), line('1', `besoegstal_${mail}`), line(mail, ''), line('1', mail)])
    assert.deepEqual(await out(bad), [], bad)
})

test('what one cookie may not say, several may not say together', async () => {
  const mail = 'asta.prover@example.dk'
  const [one, two] = [mail.slice(0, 8), mail.slice(8)]
  for (const lines of [
    [line(one, 'besoegstal.0'), line(two, 'besoegstal.1')],
    [line(one), line(two)],
    [line('010165'), line('9995', 'besoegstal1')],
    [line(b64(mail).slice(0, 9)), line(b64(mail).slice(9), 'besoegstal2')],
  ])
    assert.equal((await out(lines)).length < 2, true, lines.join(' | '))
})

/** What the site's server knows of the person who is signed in. */
const KNOWN = [
  'asta@example.dk',
  'K-88213',
  '010165-9995',
  '20 12 34 56',
  'Hemmelig!Kode9',
  'Asta Prøvebjerg',
  '1965-01-01',
]

async function outKnowing(value: string): Promise<readonly string[]> {
  web.pages.set('/kendt', (request, response) => {
    tools(web.site, request).remember(...KNOWN)
    response.setHeader('set-cookie', line(value))
    response.end()
  })
  return (await web.send('GET /kendt', { cookie: yes })).cookies
}

test('what the site knows of the signed-in person stands in no cookie, wrapped or not', async () => {
  assert.equal((await outKnowing(chance())).length, 1, 'chance is let through')
  for (const known of [
    'K-88213',
    'k-88213',
    'K88213',
    '20123456',
    'Hemmelig!Kode9',
    'AstaPr%C3%B8vebjerg',
    '1965-01-01',
  ])
    for (const wrap of ['plain', 'base64', 'hex', 'percent', 'gzip'])
      assert.deepEqual(await outKnowing((WRAPS[wrap] as (text: string) => string)(known)), [], `${known} as ${wrap}`)
})

test('a digest of the person is the person: of mail, number and name, in every usual form, whole or cut', async () => {
  for (const known of [
    'asta@example.dk',
    'ASTA@EXAMPLE.DK',
    '0101659995',
    '010165-9995',
    '20123456',
    '4520123456',
    'K-88213',
  ])
    for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512'])
      for (const text of [
        digest(algorithm, known).digest('hex'),
        digest(algorithm, known).digest('hex').toUpperCase(),
        digest(algorithm, known).digest('base64'),
        digest(algorithm, known).digest('base64url'),
        digest(algorithm, known).digest('hex').slice(0, 16),
        `u.${digest(algorithm, known).digest('hex')}`,
      ])
        assert.deepEqual(await outKnowing(text), [], `${algorithm} of ${known}: ${text}`)
})

// ---- the link

type Person = { readonly subjectId: string; readonly recordId: string; readonly relationshipId: string }
const SITE: Who = { site: 'intrum.dk' }
const person = async (some: object = {}) =>
  (await house.must(201, SITE, 'POST /v1/collections', form(house.kit, { ...some }))) as Person
const shown = (milliseconds = -1) => ({
  version: house.kit.world.rules?.version,
  shownAt: new Date(Date.now() + milliseconds).toISOString(),
})
const value = (cookie: string) => cookie.slice('cookievalg='.length)

/** The cookie of somebody who said yes on the controller's other website. */
async function choiceOnTheOtherSite(): Promise<string> {
  const other = await openSite(house, { name: 'intrum.com' })
  try {
    return await other.visitor('accept')
  } finally {
    await other.close()
  }
}
const wish = (subjectId: string, visitor: string, some: object = {}) => ({
  subjectId,
  visitor,
  language: 'da',
  notice: shown(),
  ...some,
})
const link = (subjectId: string, visitor: string, some?: object, who: Who = SITE) =>
  house.ask(who, 'POST /v1/cookies/links', wish(subjectId, visitor, some))
const linkRows = (subjectId: string) =>
  house.kit.owner('select * from cookies.link where subject_id = $1', [subjectId]) as Promise<Row[]>
type Row = { link_id: string; proof_digest: Buffer | null; ended_by: string | null; notice_id: string }

async function linked(): Promise<Person & { cookie: string; linkId: string }> {
  const of = await person()
  const cookie = await web.visitor('accept')
  const made = await link(of.subjectId, value(cookie))
  assert.equal(made.status, 201, made.text)
  return { ...of, cookie, linkId: String(made.body['linkId']) }
}
const replyOf = async (subjectId: string): Promise<Json> => {
  const wish = { subjectId, kind: 'access', channel: 'email' }
  const { requestId } = await house.must(201, 'officer', 'POST /v1/requests', wish)
  return house.must(200, 'officer', `POST /v1/requests/${String(requestId)}/reply`)
}
async function isLoose(subjectId: string, by: string): Promise<void> {
  for (const row of await linkRows(subjectId)) assert.deepEqual([row.proof_digest, row.ended_by], [null, by])
}

test('what the SDK hands the site’s server for linking is what Indsigt links by', async () => {
  const { subjectId } = await person()
  let told: string | null = null
  web.pages.set('/login', (request, response) => {
    told = tools(web.site, request).visitor()
    response.end()
  })
  await web.send('GET /login', { cookie: await web.visitor('accept') })
  assert.ok(told, 'a visitor who said yes is known to the server')
  assert.equal((await link(subjectId, told)).status, 201)
})

test('a browser without a yes, or with one forged, replaced, borrowed or outlived, is tied to nobody', async () => {
  const { subjectId } = await person()
  const { register, key } = web.settings
  const made = (some: object, at = Math.floor(Date.now() / 1000)) =>
    writeChoice(
      { accepted: ['statistics'], chosenAt: at, proof: newProof() },
      { register, key, now: new Date(), ...some },
    )
  const old = await web.visitor('accept')
  await web.visitor('reject', old)
  const foreign = await choiceOnTheOtherSite()
  for (const [what, visitor] of Object.entries({
    nothing: '',
    junk: 'junk',
    'an id of one’s own': randomUUID(),
    refused: value(await web.visitor('reject')),
    replaced: value(old),
    'sealed, never made': made({}),
    'sealed with another key': made({ key: Buffer.alloc(32, 1).toString('base64url') }),
    outlived: made({}, Math.floor(Date.now() / 1000) - register.choiceSeconds - 60),
    'of the other site': value(foreign),
    altered: value(await web.visitor('accept')).replace(/.$/, it => (it === 'A' ? 'B' : 'A')),
  })) {
    const answer = await link(subjectId, visitor)
    assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.text}`)
  }
  assert.deepEqual(await linkRows(subjectId), [])
})

test('nobody is tied who was not told, was told too late, or was never met by this site', async () => {
  const { subjectId } = await person()
  const visitor = value(await web.visitor('accept'))
  const version = Number(house.kit.world.rules?.version)
  for (const notice of [
    undefined,
    null,
    {},
    { version: version + 1, shownAt: shown().shownAt },
    shown(3_600_000),
    { version, shownAt: '2020-01-01T00:00:00Z' },
    { version, shownAt: 'now' },
    { ...shown(), noticeId: randomUUID() },
  ]) {
    const answer = await link(subjectId, visitor, { notice })
    assert.equal(answer.status >= 400 && answer.status < 500, true, `${JSON.stringify(notice)}: ${answer.text}`)
  }
  for (const some of [{ linkId: randomUUID() }, { linkedAt: '2020-01-01' }, { site: 'intrum.com' }, { language: 'xx' }])
    assert.equal((await link(subjectId, visitor, some)).status, 400, JSON.stringify(some))
  assert.equal((await link(randomUUID(), visitor)).status, 404)
  assert.equal((await link(subjectId, visitor, {}, { site: 'intrum.com' })).status, 404)
  for (const who of ['officer', 'caseWorker', 'auditor'] as const)
    assert.equal((await link(subjectId, visitor, {}, who)).status, 403, who)
  assert.ok((await link(subjectId, visitor, {}, 'admin')).status >= 400)
  assert.deepEqual(await linkRows(subjectId), [])
})

test('a browser cannot tie itself: the site’s paths know of no person, and no answer carries one', async () => {
  const { subjectId, cookie } = await linked()
  const fields = { token: await web.token(), method: 'save', category: 'statistics', subjectId, person: subjectId }
  const reply = await web.choose(fields, { headers: { 'x-subject-id': subjectId } })
  assert.equal(reply.status, 200)
  const page = await web.send(`GET /indsigt/choice?subjectId=${subjectId}`, { cookie })
  assert.ok(!reply.text.includes(subjectId) && !page.text.includes(subjectId))
  assert.equal((await linkRows(subjectId)).length, 1)
})

test('who is tied is told so at once, sees it in the log and in the access reply, with what was accepted', async () => {
  const { subjectId, linkId } = await linked()
  const [row] = await linkRows(subjectId)
  const [notice] = await house.kit.owner('select state from notices.notice where notice_id = $1', [row?.notice_id])
  assert.equal(notice?.['state'], 'delivered')
  const reply = await replyOf(subjectId)
  const found = (reply['cookies'].links as Json[]).find(it => it['linkId'] === linkId)
  assert.equal(found?.['site'], 'intrum.dk')
  assert.deepEqual(
    ((found?.['accepted'] ?? []) as Json[]).map(it => it['code']),
    ['preferences', 'statistics'],
  )
  assert.match(JSON.stringify(reply['log']), /cookies\.linked/)
  assert.deepEqual((await replyOf((await person()).subjectId))['cookies'].links, [], 'and nobody else’s')
})

test('a new choice, an objection and the site’s word each untie, and the reply says so', async () => {
  const chosen = await linked()
  await web.visitor('withdraw', chosen.cookie)
  await isLoose(chosen.subjectId, 'visitor')
  const objecting = await linked()
  const objection = { subjectId: objecting.subjectId, kind: 'objection', channel: 'email', statement: 'Nej tak.' }
  await house.must(201, 'officer', 'POST /v1/requests', objection)
  await isLoose(objecting.subjectId, 'objection')
  const told = await linked()
  const end = `POST /v1/cookies/links/${told.linkId}/end`
  assert.equal((await house.ask({ site: 'intrum.com' }, end)).status, 404)
  await house.must(204, SITE, end)
  await isLoose(told.subjectId, 'site')
  for (const [of, by] of [
    [chosen, 'visitor'],
    [objecting, 'objection'],
    [told, 'site'],
  ] as const) {
    const [found] = (await replyOf(of.subjectId))['cookies'].links as Json[]
    assert.equal(found?.['endedBy'], by, 'that it was stays in the reply')
  }
  assert.equal((await link(chosen.subjectId, value(chosen.cookie))).status >= 400, true, 'the old browser id is dead')
})

test('an erasure that is upheld unties as well: the browser’s id does not outlive what it was tied to', async () => {
  const { subjectId } = await linked()
  const wish = { subjectId, kind: 'erasure', channel: 'email' }
  const { requestId } = await house.must(201, 'officer', 'POST /v1/requests', wish)
  const decision = { outcome: 'upheld', reason: 'noLongerNeeded' }
  await house.must(200, 'officer', `POST /v1/requests/${String(requestId)}/decision`, decision)
  const [left] = await house.kit.owner(
    'select count(*) as n from subjects.record where subject_id = $1 and source = $2 and erased_at is null',
    [subjectId, 'website'],
  )
  assert.equal(Number(left?.['n']), 0)
  for (const row of await linkRows(subjectId)) assert.deepEqual([row.proof_digest, row.ended_by], [null, 'erasure'])
})

test('who is forgotten is loose from every browser', async () => {
  const { subjectId } = await linked()
  const forget = 'update subjects.subject set wrapped_key = null, erased_at = now() where subject_id = $1'
  await house.kit.owner(forget, [subjectId])
  await isLoose(subjectId, 'erasure')
  const insert = `insert into cookies.link (subject_id, link_id, site, proof_digest, notice_id)
    select subject_id, gen_random_uuid(), site, sha256('again'), notice_id from cookies.link where subject_id = $1`
  await assert.rejects(house.kit.as('api', insert, [subjectId]), 'somebody forgotten is not tied by SQL')
})

test('no role ties, re-ties, moves, backdates or hides a link with plain SQL', async () => {
  const { subjectId, linkId } = await linked()
  const other = await linked()
  const of = `where link_id = '${linkId}'`
  for (const set of [
    `subject_id = '${other.subjectId}'`,
    `linked_at = now() - interval '1 year'`,
    `site = 'intrum.com'`,
    'notice_id = gen_random_uuid()',
    'link_id = gen_random_uuid()',
  ])
    await noRoleMay(house.kit, `update cookies.link set ${set} ${of}`)
  await noRoleMay(house.kit, `delete from cookies.link ${of}`)
  const api = (text: string, values?: unknown[]) => house.kit.as('api', text, values)
  await refusedBy(api(`update cookies.link set proof_digest = sha256('x') ${of}`), '23514', 'link_one_way')
  const insert = (notice: string, extra = '', more = '') =>
    `insert into cookies.link (subject_id, link_id, site, proof_digest, notice_id${extra})
     values ('${subjectId}', gen_random_uuid(), 'intrum.dk', sha256('y'), ${notice}${more})`
  await noRoleMay(house.kit, insert(`gen_random_uuid()`, ', linked_at', `, now() - interval '1 year'`))
  await noRoleMay(house.kit, insert('gen_random_uuid()'), '42501', ['worker', 'import', 'integrator', 'public'])
  await refusedBy(api(insert('gen_random_uuid()')), '23503', 'link_notice_fkey')
  const [notice] = await linkRows(other.subjectId)
  await refusedBy(api(insert(`'${notice?.notice_id}'`)), '23503', 'link_notice_fkey')
  await refusedBy(api(insert('null')), '23502')
  await house.must(204, SITE, `POST /v1/cookies/links/${linkId}/end`)
  const again = `update cookies.link set proof_digest = sha256('x'), ended_at = null, ended_by = null ${of}`
  await refusedBy(api(again), '23514', 'link_one_way')
  for (const role of ['integrator', 'public', 'import'] as const)
    await refusedBy(house.kit.as(role, 'select * from cookies.link'), '42501')
})

test('after a restart the link stands as it stood; a restored copy does not tie again what came loose', async () => {
  const { subjectId, cookie } = await linked()
  const { world } = await house.reopen()
  const again = await house.askOn(world, SITE, 'POST /v1/cookies/links', wish(subjectId, value(cookie)))
  assert.deepEqual([again.status, again.body['isNew']], [201, false])
  const copy = await linkRows(subjectId)
  await house.must(201, 'officer', 'POST /v1/requests', {
    subjectId,
    kind: 'objection',
    channel: 'email',
    statement: 'Nej.',
  })
  await isLoose(subjectId, 'objection')
  await house.kit.owner('alter table cookies.link disable trigger link_one_way')
  await house.kit.owner(
    'update cookies.link set proof_digest = $2, ended_at = null, ended_by = null where link_id = $1',
    [copy[0]?.link_id, copy[0]?.proof_digest],
  )
  await house.kit.owner('alter table cookies.link enable trigger link_one_way')
  const replayed = await house.cli(['retention', 'replay'])
  assert.equal(replayed.code, 0, replayed.err)
  for (const row of await linkRows(subjectId)) assert.equal(row.proof_digest, null, 'tied again by the copy')
})

test('neither the log nor the ledger says which visitor is which person', async () => {
  const { cookie, subjectId } = await linked()
  const proof = value(cookie).split('.')[4] ?? ''
  const hex = digest('sha256', proof).digest('hex')
  const leaves = await house.kit.owner('select leaf from ledger.pending')
  const said = [...house.kit.log, ...leaves.map(it => (it['leaf'] as Buffer).toString('latin1'))].join('\n')
  for (const secret of [proof, hex, 'asta@example.dk', 'klara@example.dk']) assert.ok(!said.includes(secret), secret)
  const receipts = await house.must(200, SITE, 'POST /v1/cookies/receipts', { proof })
  assert.ok(!JSON.stringify(receipts).includes(subjectId))
})
