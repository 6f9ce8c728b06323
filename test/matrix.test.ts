/**
 * Who may do what, in full: every route of the API for every role, with its own data and with another's, without a key
 * and with one that has ended. The expected answers are written here by hand and not taken from the program: a route
 * without a row fails, and so does a row without a route.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { csv, row } from '../src/intake/delivery.fixture.ts'
import { createApp } from '../src/app.ts'
import * as cookies from '../src/cookies/cookies.ts'
import { reportOf, signed } from '../src/cookies/scan.fixture.ts'
import type { Route } from '../src/platform/route.ts'
import { act } from '../src/platform/world.ts'
import { routes } from '../src/surfaces.ts'
import { client, debtor, type Debtor } from './cast.ts'
import { nextCpr, openHouse, type House, type Json, type Who } from './promises/house.ts'
import { ROOT } from './kit.ts'
import { chosen, loggedIn, SITE, submission } from './visitor.ts'

let house: House
let mine: string
let others: string
let parties: { readonly [kind in 'client' | 'lawyer' | 'authority']: string }
let delivered: string

before(async () => {
  house = await openHouse()
  mine = await client(house.kit, 'Strandby Energi', house.age.recipient)
  others = await client(house.kit, 'Havn Møbler', house.age.recipient)
  const add = async (plural: string) => (await register(plural))['partyId']
  parties = { client: await add('clients'), lawyer: await add('lawyers'), authority: await add('authorities') }
  const report = await house.deliver(
    'Strandby Energi',
    csv([row('M-1', { cpr: nextCpr() }), row('M-2', { principal: '-5' })]),
  )
  delivered = report['importId']
})
after(() => house.close())

const day = (ahead: number) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Copenhagen' }).format(Date.now() + ahead * 86_400_000)
const register = (plural: string): Promise<Json> =>
  house.must(201, 'admin', `POST /v1/${plural}`, { name: `Part ${randomUUID()}`, ageRecipient: house.age.recipient })
const fresh = () => debtor(house.kit, { reference: randomUUID(), cpr: nextCpr() })
const must = (status: number, call: string, body?: unknown) => house.must(status, 'admin', call, body)
const request = async (of: Debtor, kind = 'access'): Promise<string> =>
  (await must(201, 'POST /v1/requests', { subjectId: of.subjectId, kind, channel: 'letter' }))['requestId']
const demandBody = () => ({
  authorityId: parties.authority,
  reference: 'J-1',
  legalBasis: 'Skattekontrolloven § 59',
  fields: ['name'],
  demandedOn: day(0),
  validUntil: day(0),
})
const noticeIn = async (change: string): Promise<string> => {
  const of = await fresh()
  await house.kit.owner(`update notices.notice set ${change} where notice_id = $1`, [of.noticeId])
  return of.noticeId
}
const consent = (of: Debtor) => ({
  state: 'given',
  subjectId: of.subjectId,
  purpose: 'disclosure',
  recipientId: of.clientId,
  text: 'Ja.',
  textVersion: '1',
  language: 'da',
})
const held = { ground: 'court_order', reviewOn: day(60) }
const packed = async () =>
  (await must(201, `POST /v1/cases/${(await fresh()).caseId}/disclosures`, { recipient: { kind: 'creditor' } }))[
    'disclosureId'
  ]

const page = () => `https://www.${SITE}/${randomUUID()}`

/** A row that may be somebody known and has no CPR number: it waits for a person of ours. */
async function review(): Promise<string> {
  const who = { name: `Vent ${randomUUID().slice(0, 8)}`, address: 'Ventevej 1' }
  await quiet()
  const rows = [row(randomUUID(), { ...who, cpr: nextCpr() }), row(randomUUID(), { ...who, cpr: '' })]
  const { importId } = await house.deliver('Strandby Energi', csv(rows))
  const { reviews } = await house.must(200, 'admin', 'GET /v1/reviews')
  return String((reviews as { importId: string; reviewId: string }[]).find(it => it.importId === importId)?.reviewId)
}

/** One import of a client runs at a time. */
async function quiet(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { imports } = await house.must(200, 'admin', 'GET /v1/imports')
    if ((imports as { state: string }[]).every(it => it.state === 'finished')) return
    await wait(20)
  }
}

type Call = { readonly path?: string; readonly body?: unknown; readonly type?: string }
/** Who calls: a role, a client by its party, or the server of one of our sites by its host. */
type Caller = Who | { readonly site: string }
type Expected = {
  /** A admin, O officer, K case worker, U auditor: these are let in and get `ok`; the others get 403. */
  readonly may: string
  readonly ok: number
  /** What a client gets for its own data, and for another client's. Absent: 403. */
  readonly own?: number
  readonly other?: number
  /** What the key of the site called for gets, and that of another site of ours. Absent: 403. */
  readonly site?: number
  readonly otherSite?: number
  readonly isPublic?: true
  /** Makes a call that lacks nothing but the right to make it. Absent: the path has no parameter and no body. */
  readonly make?: (who: Caller) => Promise<Call>
}

const at = (path: string, body?: unknown): Call => ({ path, ...(body !== undefined && { body }) })
const onCase = (rest: string, body?: unknown) => async () => at(`/v1/cases/${(await fresh()).caseId}${rest}`, body)

/** Route, or route#variant, with the answer each role must get. */
const EXPECTED: { readonly [route: string]: Expected } = {
  getPromises: { may: 'AOKU', ok: 200, own: 200, other: 200, site: 200, otherSite: 200, isPublic: true },
  createApiKey: { may: 'A', ok: 201, make: async () => ({ body: { role: 'auditor' } }) },
  'createApiKey#site': {
    may: 'A',
    ok: 201,
    make: async () => ({ body: { role: 'site', site: 'intrum.dk' } }),
  },
  listApiKeys: { may: 'A', ok: 200 },
  revokeApiKey: {
    may: 'A',
    ok: 204,
    make: async () => at(`/v1/api-keys/${(await must(201, 'POST /v1/api-keys', { role: 'auditor' }))['keyId']}/revoke`),
  },
  registerClient: { may: 'AK', ok: 201, make: async () => ({ body: { name: `K ${randomUUID()}` } }) },
  registerLawyer: { may: 'AK', ok: 201, make: async () => ({ body: { name: `L ${randomUUID()}` } }) },
  registerAuthority: { may: 'AK', ok: 201, make: async () => ({ body: { name: `M ${randomUUID()}` } }) },
  listClients: { may: 'AOK', ok: 200 },
  listLawyers: { may: 'AOK', ok: 200 },
  listAuthorities: { may: 'AOK', ok: 200 },
  setClientKey: {
    may: 'AK',
    ok: 204,
    make: async () => at(`/v1/clients/${parties.client}/key`, { ageRecipient: house.age.recipient }),
  },
  setLawyerKey: {
    may: 'AK',
    ok: 204,
    make: async () => at(`/v1/lawyers/${parties.lawyer}/key`, { ageRecipient: house.age.recipient }),
  },
  setAuthorityKey: {
    may: 'AK',
    ok: 204,
    make: async () => at(`/v1/authorities/${parties.authority}/key`, { ageRecipient: house.age.recipient }),
  },
  importPortfolio: {
    may: 'AK',
    ok: 202,
    own: 202,
    other: 403,
    // Our own people name the client; a client delivers for itself and may name nobody.
    make: async who => {
      await quiet()
      return {
        path: `/v1/imports${nameFor(who)}`,
        type: 'text/csv',
        body: csv([row(randomUUID(), { cpr: nextCpr() })]),
      }
    },
  },
  listImports: { may: 'AK', ok: 200, own: 200, other: 200 },
  getImport: { may: 'AK', ok: 200, own: 200, other: 404, make: async () => at(`/v1/imports/${delivered}`) },
  getRejects: { may: 'AK', ok: 200, own: 200, other: 404, make: async () => at(`/v1/imports/${delivered}/rejects`) },
  // It is read to its end, so there is nothing to give up for whoever may ask.
  abandonImport: {
    may: 'AK',
    ok: 404,
    own: 404,
    other: 404,
    make: async () => at(`/v1/imports/${delivered}/abandon`, {}),
  },
  listReviews: { may: 'AK', ok: 200 },
  settleReview: { may: 'AK', ok: 200, make: async () => at(`/v1/reviews/${await review()}/settle`, { as: 'refused' }) },
  findCase: {
    may: 'AK',
    ok: 200,
    own: 200,
    other: 404,
    make: async () => ({ body: { client: 'Strandby Energi', reference: 'M-1' } }),
  },
  showCase: { may: 'AK', ok: 200, own: 200, other: 404, make: onCase('') },
  listCases: { may: 'AK', ok: 200, own: 200, other: 404, make: async () => at(`/v1/clients/${mine}/cases`) },
  closeCase: { may: 'AK', ok: 200, make: onCase('/close', { reason: 'paid' }) },
  assignLawyer: {
    may: 'AK',
    ok: 204,
    make: async () => at(`/v1/cases/${(await fresh()).caseId}/lawyer`, { lawyerId: parties.lawyer }),
  },
  recordDemand: {
    may: 'AOK',
    ok: 201,
    make: async () => at(`/v1/cases/${(await fresh()).caseId}/demands`, demandBody()),
  },
  listDemands: { may: 'AOK', ok: 200, make: onCase('/demands') },
  recordPayment: {
    may: 'AK',
    ok: 201,
    make: onCase('/payments', { payment_date: day(0), payment_amount: '1.00', currency: 'DKK', voucher_number: 'B' }),
  },
  placeHold: { may: 'AK', ok: 204, make: onCase('/holds', { reason: 'claim', reviewOn: day(60) }) },
  liftHold: {
    may: 'AK',
    ok: 204,
    make: async () => {
      const path = `/v1/cases/${(await fresh()).caseId}/holds`
      await must(204, `POST ${path}`, { reason: 'claim', reviewOn: day(60) })
      return at(`${path}/lift`, { reason: 'claim' })
    },
  },
  listHolds: { may: 'AK', ok: 200 },
  disclose: { may: 'AK', ok: 201, make: onCase('/disclosures', { recipient: { kind: 'creditor' } }) },
  'disclose#held': {
    may: 'AO',
    ok: 201,
    make: async () => {
      const path = `/v1/cases/${(await fresh()).caseId}`
      const { demandId } = await must(201, `POST ${path}/demands`, demandBody())
      return at(`${path}/disclosures`, { recipient: { kind: 'authority', demandId }, held })
    },
  },
  listDisclosures: { may: 'AOK', ok: 200, make: onCase('/disclosures') },
  listPackages: { may: 'AK', ok: 200, own: 200, other: 200 },
  fetchPackage: {
    may: 'AK',
    ok: 200,
    own: 200,
    other: 404,
    make: async () => at(`/v1/disclosures/${await packed()}/package`),
  },
  listNotices: { may: 'AOK', ok: 200 },
  sendNotices: { may: 'A', ok: 200, make: async () => ({ body: { limit: 1, leadDays: 0 } }) },
  holdNotice: { may: 'AO', ok: 200, make: async () => at(`/v1/notices/${(await fresh()).noticeId}/hold`, held) },
  releaseNotice: {
    may: 'AO',
    ok: 200,
    make: async () => {
      const { noticeId } = await fresh()
      await must(200, `PUT /v1/notices/${noticeId}/hold`, held)
      return at(`/v1/notices/${noticeId}/hold`)
    },
  },
  returnNotice: {
    may: 'AK',
    ok: 200,
    make: async () => at(`/v1/notices/${await noticeIn(`state = 'sent', channel = 'letter', sent_at = now()`)}/return`),
  },
  deliverNotice: {
    may: 'AK',
    ok: 200,
    make: async () =>
      at(`/v1/notices/${await noticeIn(`state = 'sent', channel = 'letter', sent_at = now()`)}/delivery`),
  },
  requeueNotice: {
    may: 'AK',
    ok: 200,
    make: async () => at(`/v1/notices/${await noticeIn(`state = 'escalated'`)}/requeue`),
  },
  // Who may print is told that there is no such batch; who may not is told that he may not.
  printNotices: { may: 'A', ok: 404, make: async () => at(`/v1/notices/batches/${randomUUID()}/printed`) },
  collect: {
    may: 'AOK',
    ok: 201,
    site: 201,
    otherSite: 400,
    make: async () => ({
      body: {
        site: 'www.intrum.dk',
        category: 'web_contact',
        values: { name: 'Vera Vedel' },
        language: 'da',
        notice: { version: 1, shownAt: new Date().toISOString() },
      },
    }),
  },
  // A site's own server: nobody else has visitors, so an administrator has no site to speak for.
  readSiteSettings: { may: 'A', ok: 404, site: 200, otherSite: 200 },
  recordChoice: { may: 'A', ok: 404, site: 201, otherSite: 409, make: async () => ({ body: await submission(house) }) },
  readReceipt: {
    may: 'A',
    ok: 404,
    site: 200,
    otherSite: 404,
    make: async () => ({ body: { proof: (await chosen(house)).split('.')[4] } }),
  },
  countGuarded: {
    may: 'A',
    ok: 404,
    site: 204,
    otherSite: 204,
    make: async () => ({
      body: { counts: [{ day: day(0), code: 'cookie.not_declared', mode: 'strip', count: 1 }] },
    }),
  },
  linkVisitor: { may: 'A', ok: 404, site: 201, otherSite: 404, make: async () => ({ body: await loggedIn(house) }) },
  unlinkVisitor: {
    may: 'A',
    ok: 404,
    site: 204,
    otherSite: 404,
    make: async () => {
      const { linkId } = await house.must(201, { site: SITE }, 'POST /v1/cookies/links', await loggedIn(house))
      return at(`/v1/cookies/links/${String(linkId)}/end`, {})
    },
  },
  readCookieReport: { may: 'AO', ok: 200 },
  listScans: { may: 'AO', ok: 200 },
  readScan: {
    may: 'AO',
    ok: 200,
    make: async () => {
      const { kit } = house
      const scan = signed(kit.world, reportOf(kit.world))
      await act(kit.world, kit.actor('admin'), ctx => cookies.recordScan(ctx, scan))
      return at(`/v1/cookies/scans/${scan.report.scanId}`)
    },
  },
  listScanPlans: { may: 'AO', ok: 200 },
  planScan: { may: 'AO', ok: 201, make: async () => ({ body: { url: page(), everyHours: 24 } }) },
  unplanScan: {
    may: 'AO',
    ok: 204,
    make: async () => {
      const url = page()
      await must(201, 'POST /v1/cookies/plans', { url, everyHours: 24 })
      return { body: { url } }
    },
  },
  readRegister: {
    may: 'AOKU',
    ok: 200,
    own: 200,
    other: 200,
    site: 200,
    otherSite: 200,
    isPublic: true,
    make: async () => at(`/v1/cookies/register?site=www.${SITE}`),
  },
  findPeople: { may: 'AOK', ok: 200, make: async () => ({ body: { email: 'asta@example.com' } }) },
  sayConsent: { may: 'AOK', ok: 201, make: async () => ({ body: consent(await fresh()) }) },
  withdrawConsent: {
    may: 'AOK',
    ok: 200,
    make: async () =>
      at(`/v1/consents/${(await must(201, 'POST /v1/consents', consent(await fresh())))['consentId']}/withdrawal`),
  },
  listConsents: { may: 'AOK', ok: 200, make: async () => at(`/v1/people/${(await fresh()).subjectId}/consents`) },
  openRequest: {
    may: 'AOK',
    ok: 201,
    make: async () => ({ body: { subjectId: (await fresh()).subjectId, kind: 'objection', channel: 'letter' } }),
  },
  listRequests: { may: 'AOK', ok: 200 },
  showRequest: { may: 'AOK', ok: 200, make: async () => at(`/v1/requests/${await request(await fresh())}`) },
  makeAccessReply: { may: 'AOK', ok: 200, make: async () => at(`/v1/requests/${await request(await fresh())}/reply`) },
  decideRequest: {
    may: 'AOK',
    ok: 200,
    make: async () => {
      const path = `/v1/requests/${await request(await fresh())}`
      await must(200, `POST ${path}/reply`)
      return at(`${path}/decision`, { outcome: 'given', reason: 'replied' })
    },
  },
  recordTold: {
    may: 'AOK',
    ok: 200,
    make: async () => {
      const path = `/v1/requests/${await request(await fresh(), 'objection')}`
      await must(200, `POST ${path}/decision`, { outcome: 'refused', reason: 'legalClaim' })
      return at(`${path}/told`, { channel: 'letter' })
    },
  },
  previewRetention: { may: 'AOU', ok: 200 },
  runRetention: { may: 'AO', ok: 201, make: async () => ({ body: {} }) },
  listCertificates: { may: 'AOU', ok: 200 },
}

const ROLES: readonly (readonly [letter: string, who: Who])[] = [
  ['A', 'admin'],
  ['O', 'officer'],
  ['K', 'caseWorker'],
  ['U', 'auditor'],
]
const byId = (id: string): Route => routes.find(it => it.id === id.split('#')[0]) as Route
const nameFor = (who: Caller) =>
  typeof who !== 'string' && 'client' in who && who.client === mine ? '' : '?client=Strandby%20Energi'

test('every route has its row and every row its route', () => {
  assert.deepEqual(
    Object.keys(EXPECTED).filter(name => !byId(name)),
    [],
    'rows without a route',
  )
  assert.deepEqual(
    routes.map(it => it.id).filter(id => !(id in EXPECTED)),
    [],
    'routes without a row: who may call them?',
  )
})

test('every route that a module lists is mounted, once', async () => {
  const files = globSync('src/*/api.ts', { cwd: ROOT }).filter(file => existsSync(join(ROOT, file)))
  const listed: Route[] = []
  for (const file of files) listed.push(...((await import(join(ROOT, file))) as { routes: readonly Route[] }).routes)
  const names = (of: readonly Route[]) => of.map(it => `${it.method} ${it.path}`).toSorted()
  assert.deepEqual(names(routes), names(listed))
  assert.equal(new Set(names(routes)).size, routes.length)
})

const siteKeys = new Map<string, Promise<Json>>()
/** The key of a site's server. The keyring of the house has none; the header stands for it. */
async function headersOf(who: Caller): Promise<Record<string, string>> {
  if (typeof who === 'string' || !('site' in who)) return {}
  const made = siteKeys.get(who.site) ?? must(201, 'POST /v1/api-keys', { role: 'site', site: who.site })
  siteKeys.set(who.site, made)
  return { authorization: `Bearer ${String((await made)['key'])}` }
}

async function tried(name: string, who: Caller) {
  const { method, path } = byId(name)
  const call = await EXPECTED[name]?.make?.(who)
  const asker = typeof who !== 'string' && 'site' in who ? 'auditor' : who
  return house.ask(asker, `${method.toUpperCase()} ${call?.path ?? path}`, call?.body, {
    headers: await headersOf(who),
    ...(call?.type !== undefined && { type: call.type }),
  })
}

for (const name of Object.keys(EXPECTED)) {
  test(`${name}: each role gets its answer, with its own and with another’s`, async () => {
    const { may, ok, own = 403, other = 403, site = 403, otherSite = 403 } = EXPECTED[name] as Expected
    const wrong: string[] = []
    const expect = async (label: string, who: Caller, status: number) => {
      const answer = await tried(name, who)
      const isRight = answer.status === status && (status !== 403 || answer.body['code'] === 'identity.not_allowed')
      if (!isRight) wrong.push(`${label}: ${answer.status} for ${status} ${answer.text.slice(0, 200)}`)
    }
    for (const [letter, who] of ROLES) await expect(letter, who, may.includes(letter) ? ok : 403)
    await expect('client, own', { client: mine }, own)
    await expect('client, another’s', { client: others }, other)
    await expect('site, own', { site: 'intrum.dk' }, site)
    await expect('site, another’s', { site: 'intrum.com' }, otherSite)
    assert.deepEqual(wrong, [])
  })
}

test('without a key, with a made-up, a revoked or an expired one, nothing but what is public answers', async () => {
  const app = createApp(house.kit.world, { version: '0' })
  const made = async () => house.must(201, 'admin', 'POST /v1/api-keys', { role: 'admin' })
  const [revoked, expired] = [await made(), await made()]
  await house.must(204, 'admin', `POST /v1/api-keys/${String(revoked['keyId'])}/revoke`)
  await house.kit.owner(
    `update identity.api_key set created_at = now() - interval '9 days', expires_at = now() - interval '1 second' where key_id = $1`,
    [expired['keyId']],
  )
  const keys = [undefined, '', 'ind_', `ind_${'A'.repeat(43)}`, 'null', String(revoked['key']), String(expired['key'])]
  for (const { method, path, isPublic, id } of routes) {
    const open = isPublic ? (await EXPECTED[id]?.make?.('auditor'))?.path : undefined
    for (const key of keys) {
      const url = open ?? path.replaceAll(/:[a-zA-Z]+/g, randomUUID())
      const answer = await app.request(url, {
        method: method.toUpperCase(),
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      })
      assert.equal(answer.status, isPublic ? 200 : 401, `${id} with ${String(key).slice(0, 8)}`)
      assert.equal(isPublic ?? false, EXPECTED[id]?.isPublic ?? false, `${id} is public`)
    }
  }
})

test('what a client’s lists name is its own: no id of another client’s case, import or package', async () => {
  const disclosureId = await packed()
  for (const path of ['/v1/imports', '/v1/disclosures', `/v1/clients/${others}/cases`]) {
    const { text, status } = await house.ask({ client: others }, `GET ${path}`)
    assert.equal(status, 200)
    for (const id of [delivered, disclosureId, mine])
      assert.ok(!text.includes(String(id)), `${path} names ${String(id)}`)
  }
})
