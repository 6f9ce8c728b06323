/** S24: the reply is whole, of one instant, of one person, and what is held by law leaves no trace in it. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import type { z } from 'zod'
import { client, debtor, type Debtor, type DebtorWish } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import * as cases from '../cases/cases.ts'
import * as consents from '../consents/consents.ts'
import * as decisions from '../decisions/decisions.ts'
import * as disclosure from '../disclosure/disclosure.ts'
import { addDuration } from '../lib/civil-date.ts'
import { Problem } from '../platform/problems.ts'
import { act, actOnSnapshot, civilDate, type Ctx } from '../platform/world.ts'
import { COVERAGE } from '../requests/coverage.ts'
import * as requests from '../requests/requests.ts'
import * as work from '../work/work.ts'
import * as access from './access.ts'
import { replySchema } from './schema.ts'
import { isEntryVisible } from './visible.ts'

type Document = z.infer<typeof replySchema>

let kit: Kit
let key: string
let lawyerId: string
let authorityId: string

before(async () => {
  kit = await openKit()
  key = await identityToRecipient(await generateX25519Identity())
  const party = (kind: work.PartyKind, name: string) =>
    act(
      kit.world,
      kit.actor('admin'),
      async ctx => (await work.register(ctx, { kind, name, ageRecipient: key })).partyId,
    )
  lawyerId = await party('lawyer', 'Advokat Prøve')
  authorityId = await party('authority', 'Skattestyrelsen')
})
after(() => kit.close())

const doing = <T>(run: (ctx: Ctx) => Promise<T>) => act(kit.world, kit.actor('admin'), run)
const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code
const openAccess = (of: { subjectId: string }) =>
  doing(ctx => requests.open(ctx, { subjectId: of.subjectId, kind: 'access', channel: 'letter' }))

async function person(wish: DebtorWish = {}): Promise<Debtor> {
  await client(kit, wish.client ?? 'Strandby Energi', key)
  return debtor(kit, { reference: randomUUID(), cpr: nextCpr(), ...wish })
}

/** Made up, and each another. */
let born = 0
const nextCpr = () => `0101${String(10 + born++).padStart(2, '0')}0${String(1000 + born).slice(1)}`

async function replyTo(of: { subjectId: string }): Promise<Document> {
  const { requestId } = await openAccess(of)
  const reply = await actOnSnapshot(kit.world, kit.actor('officer'), ctx => access.give(ctx, requestId))
  return JSON.parse(JSON.stringify(reply)) as Document
}

const demandOf = (of: Debtor) =>
  doing(ctx =>
    cases.recordDemand(ctx, of.caseId, {
      authorityId,
      reference: 'J-2026-77',
      legalBasis: 'Skattekontrolloven § 59',
      fields: ['name', 'principal'],
      demandedOn: ctx.today,
      validUntil: ctx.today,
    }),
  )
const disclose = (of: Debtor, recipient: disclosure.Wanted['recipient'], held?: disclosure.Wanted['held']) =>
  doing(ctx => disclosure.disclose(ctx, { caseId: of.caseId, recipient, ...(held && { held }) }))
const heldFor = () =>
  ({ ground: 'databeskyttelsesloven_22_2', reviewOn: addDuration(civilDate(new Date()), 'P3M') }) as const
const later = (ctx: Ctx) => addDuration(ctx.today, 'P3M')

/** A row in the review queue: a provisional person with records and an unsettled review. */
async function waiting(wish: DebtorWish): Promise<Debtor> {
  const of = await person(wish)
  await kit.owner(
    `insert into intake.review (subject_id, review_id, relationship_id, import_id, client_id, reference_digest,
       content_digest, line, reason, queued_on, review_on)
     select r.subject_id, gen_random_uuid(), r.relationship_id, $2, r.client_id, r.reference_digest, r.content_digest,
       1, 'nameDiffers', current_date, current_date + 30
     from work.relationship r where r.relationship_id = $1`,
    [of.caseId, of.importId],
  )
  return of
}

/** One row of this person in every table about persons. */
async function whole(): Promise<Debtor> {
  const of = await waiting({ name: 'Vigga Helhed', email: 'vigga@example.dk' })
  await doing(ctx => cases.assignLawyer(ctx, of.caseId, lawyerId))
  await doing(ctx =>
    cases.recordPayment(ctx, of.caseId, {
      payment_date: ctx.today,
      payment_amount: '55.00',
      currency: 'DKK',
      voucher_number: 'B-900',
    }),
  )
  await doing(ctx => cases.hold(ctx, { caseId: of.caseId, reason: 'claim', reviewOn: later(ctx) }))
  const demandId = await demandOf(of)
  await disclose(of, { kind: 'creditor' })
  await disclose(of, { kind: 'authority', demandId })
  await doing(ctx =>
    consents.give(ctx, {
      subjectId: of.subjectId,
      purpose: 'marketing',
      channel: 'email',
      text: 'Ja tak til nyheder.',
      textVersion: '1',
      language: 'da',
    }),
  )
  const objection = {
    subjectId: of.subjectId,
    channel: 'email',
    records: [of.records.contact],
    statement: 'Det er ikke min adresse.',
  } as const
  await doing(ctx => requests.object(ctx, objection))
  // A link needs somebody who wrote to the site; here it is the row that counts.
  await kit.owner('alter table cookies.link disable trigger link_living')
  await kit.owner(
    `insert into cookies.link (subject_id, link_id, site, proof_digest, notice_id)
     select subject_id, gen_random_uuid(), 'intrum.dk', sha256('proof'), notice_id
     from notices.notice where subject_id = $1 limit 1`,
    [of.subjectId],
  )
  await kit.owner('alter table cookies.link enable trigger link_living')
  return of
}

/** Where a table keeps the number of its own by which it is looked for in the reply. */
const ID_OF: Record<string, string> = {
  'subjects.subject': 'subject_id',
  'subjects.record': 'record_id',
  'subjects.opening': 'entry_id',
  'work.relationship': 'relationship_id',
  'work.lawyer': `(select name from work.party p where p.party_id = lawyer_id)`,
  'work.demand': 'demand_id',
  'work.voucher': 'voucher_id',
  'work.hold': 'hold_id',
  'intake.review': 'reason',
  'notices.notice': 'notice_id',
  'consents.consent': 'consent_id',
  'consents.event': 'consent_id',
  'disclosure.disclosure': 'disclosure_id',
  'disclosure.package': 'disclosure_id',
  'cookies.link': 'link_id',
  'requests.request': 'request_id',
  'requests.objected': 'record_id',
}

test('Art. 15: one row planted in every table about persons, and each of them is in the reply', async () => {
  const of = await whole()
  const { requestId } = await openAccess(of)
  const exported = Object.entries(COVERAGE)
    .filter(([, it]) => 'as' in it.export)
    .map(([table]) => table)
  assert.deepEqual(exported.toSorted(), Object.keys(ID_OF).toSorted())
  // Entries hidden for good reason are left out: the demand’s own is not the person’s to see.
  const planted: [string, string][] = []
  for (const table of exported) {
    const shown = table === 'subjects.opening' ? 'and visible_from is not null' : ''
    const rows = await kit.owner(`select ${ID_OF[table]} as id from ${table} where subject_id = $1 ${shown}`, [
      of.subjectId,
    ])
    assert.ok(rows.length > 0, `nothing planted in ${table}`)
    planted.push(...rows.map((row): [string, string] => [table, String(row['id'])]))
  }
  const reply = await actOnSnapshot(kit.world, kit.actor('officer'), ctx => access.reply(ctx, requestId))
  const text = JSON.stringify(reply)
  for (const [table, id] of planted) assert.ok(text.includes(id), `${table} ${id} is missing`)
  for (const value of [
    'Vigga Helhed',
    'vigga@example.dk',
    '2340.50',
    'Prøvevej 12',
    '55.00',
    'B-900',
    'J-2026-77',
    'Det er ikke min adresse.',
    'Ja tak til nyheder.',
    'Strandby Energi',
    'Advokat Prøve',
    'Skattestyrelsen',
    'dt@datatilsynet.dk',
  ])
    assert.ok(text.includes(value), `${value} is missing`)
})

test('every table that the coverage exports names a part of the published document', async () => {
  const parts = new Set(Object.keys(replySchema.shape))
  for (const [table, { export: how }] of Object.entries(COVERAGE))
    if ('as' in how)
      for (const part of how.as.split(', ')) assert.ok(parts.has(part.split(/[[.]/)[0]!), `${table}: ${part}`)
})

test('the reply is the published document, and each record says where from, why, how long and who got it', async () => {
  const of = await whole()
  const reply = await replyTo(of)
  const parsed = replySchema.safeParse(reply)
  assert.equal(parsed.error, undefined)
  const record = reply.records.find(it => it.recordId === of.records.identity)
  assert.deepEqual([record?.source.kind, record?.source.client], ['client', 'Strandby Energi'])
  assert.match(String(record?.source.receivedOn), /^\d{4}-\d\d-\d\d$/)
  assert.equal(record?.purpose.basis, 'GDPR 6(1)(f)')
  assert.ok(Number(record?.kept?.sentence.da.length) > 20)
  assert.deepEqual(new Set(record?.recipients.map(it => it.name)), new Set(['Skattestyrelsen', 'Strandby Energi']))
  const contact = reply.records.find(it => it.recordId === of.records.contact)
  assert.ok(contact?.restrictedAt, 'a restricted record is still in the reply')
  const accounting = reply.records.find(it => it.category.code === 'accounting_entry')
  assert.equal(accounting?.kept?.clause, 'S23')
  assert.ok(String(reply.vouchers[0]?.floorUntil) >= '2031-12-31')
})

test('two persons of one name see nothing of each other', async () => {
  const one = await person({ name: 'Anders Tvilling', email: 'en@example.dk' })
  const two = await person({ name: 'Anders Tvilling', email: 'to@example.dk', client: 'Fjordens Fiber' })
  const reply = JSON.stringify(await replyTo(one))
  for (const id of [
    two.subjectId,
    two.caseId,
    two.noticeId,
    ...Object.values(two.records),
    'to@example.dk',
    'Fjordens Fiber',
  ])
    assert.ok(!reply.includes(id))
})

test('security A12: a held disclosure, its demand and its hold leave no trace: two worlds, one reply', async () => {
  const plain = await person({ name: 'Karla Prøve' })
  const secret = await person({ name: 'Karla Prøve' })
  const demandId = await demandOf(secret)
  const terms = { ground: 'databeskyttelsesloven_22_2', reviewOn: addDuration(civilDate(new Date()), 'P3M') } as const
  await disclose(secret, { kind: 'authority', demandId }, terms)
  await doing(ctx => cases.hold(ctx, { caseId: secret.caseId, reason: 'authority', reviewOn: later(ctx) }))
  const [one, other] = [await replyTo(plain), await replyTo(secret)].map(plainText)
  assert.equal(other, one)
  assert.ok(!one!.includes('Skattestyrelsen'))
})

test('when the hold ends, the disclosure is in the reply like any other', async () => {
  const of = await person()
  const terms = { ground: 'databeskyttelsesloven_22_2', reviewOn: addDuration(civilDate(new Date()), 'P3M') } as const
  const demandId = await demandOf(of)
  const { noticeId } = await disclose(of, { kind: 'authority', demandId }, terms)
  const { release } = await import('../notices/notices.ts')
  await doing(ctx => release(ctx, noticeId))
  const reply = await replyTo(of)
  assert.deepEqual(
    reply.disclosures.map(it => it.recipient.name),
    ['Skattestyrelsen'],
  )
  assert.deepEqual(
    reply.demands.map(it => it.reference),
    ['J-2026-77'],
  )
})

test('what was kept back in the log with a disclosure shows with it: made, fetched and the demand itself', async () => {
  const of = await person()
  const kinds = async () => {
    const about = /^(disclosure|work\.demand|notices\.held)/
    return (await replyTo(of)).log.map(it => it.kind).filter(kind => about.test(kind))
  }
  const demandId = await demandOf(of)
  assert.deepEqual(await kinds(), [], 'a demand under which nothing was told')
  const { noticeId, disclosureId } = await disclose(of, { kind: 'authority', demandId }, heldFor())
  await doing(ctx => disclosure.fetchPackage(ctx, disclosureId))
  assert.deepEqual(await kinds(), [], 'held')
  const { release } = await import('../notices/notices.ts')
  await doing(ctx => release(ctx, noticeId))
  const shown = await kinds()
  for (const kind of ['work.demand_recorded', 'disclosure.made', 'disclosure.fetched'])
    assert.equal(shown.filter(it => it === kind).length, 1, kind)
})

test('a demand under which somebody was told openly is in the log', async () => {
  const of = await person()
  await disclose(of, { kind: 'authority', demandId: await demandOf(of) })
  assert.ok((await replyTo(of)).log.some(it => it.kind === 'work.demand_recorded'))
})

test('an entry kept back stays so while one more secret of its kind is held, or when it cannot be read', () => {
  const now = new Date()
  const secrets = { ids: new Set(['held']), told: new Set(['told']), hold: false }
  const entry = (body: object | null) => ({ visibleFrom: null, body: body as never })
  assert.equal(isEntryVisible(entry({ kind: 'x', notice: 'told' }), secrets, now), true)
  assert.equal(isEntryVisible(entry({ kind: 'x', notice: 'told', demand: 'held' }), secrets, now), false)
  assert.equal(isEntryVisible(entry({ kind: 'x' }), secrets, now), false)
  assert.equal(isEntryVisible(entry(null), secrets, now), false)
})

test('a row not yet matched with the person’s CPR number is in the reply, without what may be another’s', async () => {
  const of = await person({ name: 'Signe Egen', cpr: '0101659995', email: 'signe@example.dk' })
  await waiting({ name: 'Torben Fremmed', cpr: '0101659995', email: 'torben@example.dk', client: 'Fjordens Fiber' })
  const reply = await replyTo(of)
  assert.equal(reply.unmatched.length, 1)
  const [row] = reply.unmatched
  assert.equal(row?.client, 'Fjordens Fiber')
  assert.equal(row?.values.cpr, '0101659995')
  assert.ok(row?.withheld.includes('name') && row?.withheld.includes('email'))
  assert.ok(!JSON.stringify(reply).includes('Torben'))
})

test('another settled person with the same CPR number is nobody’s business', async () => {
  const of = await person({ cpr: '0202659996' })
  const twin = await person({ cpr: '0202659996', name: 'Fejl Nummer' })
  const reply = JSON.stringify(await replyTo(of))
  assert.ok(!reply.includes(twin.subjectId) && !reply.includes('Fejl Nummer'))
})

test('what was erased stands as a tombstone: what kind, when and why, nothing of what it said', async () => {
  const of = await person({ email: 'borte@example.dk' })
  const erasure = await doing(ctx =>
    requests.open(ctx, { subjectId: of.subjectId, kind: 'erasure', channel: 'letter', records: [of.records.contact] }),
  )
  await doing(ctx => decisions.decide(ctx, erasure.requestId, { outcome: 'upheld', reason: 'noLongerNeeded' }))
  const reply = await replyTo(of)
  assert.deepEqual(
    reply.erased.map(it => [it.recordId, it.category.code, it.reason]),
    [[of.records.contact, 'debtor_contact', 'erasure.upheld']],
  )
  assert.ok(!JSON.stringify(reply).includes('borte@example.dk'))
})

test('C-579/21: who looked stands in the reply by role and number, with when and why', async () => {
  const of = await person()
  await act(kit.world, kit.actor('caseWorker'), ctx => cases.show(ctx, of.caseId))
  const reply = await replyTo(of)
  const looked = reply.log.filter(it => it.by?.role === 'caseWorker' && it.detail?.purpose === 'debt_collection')
  assert.equal(looked.length, 1)
})

test('the reply is itself in the person’s log, and closes the request', async () => {
  const of = await person()
  await replyTo(of)
  const second = await replyTo(of)
  assert.equal(second.log.filter(it => it.kind === 'access.replied').length, 1)
  assert.deepEqual(second.requests.map(it => String(it.outcome)).toSorted(), ['given', 'null'])
})

test('nobody says that a reply was given before one was made for that very request', async () => {
  const of = await person()
  await replyTo(of)
  const { requestId } = await openAccess(of)
  const say = () => doing(ctx => decisions.decide(ctx, requestId, { outcome: 'given', reason: 'replied' }))
  await assert.rejects(say(), isProblem('requests.outcome'))
  const [row] = await kit.owner('select answered_at from requests.request where request_id = $1', [requestId])
  assert.equal(row?.['answered_at'], null)
  await actOnSnapshot(kit.world, kit.actor('officer'), ctx => access.reply(ctx, requestId))
  assert.equal((await say()).outcome, 'given')
})

test('a reply from several instants is not made', async () => {
  const { requestId } = await openAccess(await person())
  await assert.rejects(
    doing(ctx => access.reply(ctx, requestId)),
    /one instant/,
  )
})

test('no reply without an open access request, and none by a client or an auditor', async () => {
  const of = await person()
  const { requestId } = await openAccess(of)
  for (const role of ['client', 'auditor'] as const) {
    const actor = kit.actor(role, 'api', role === 'client' ? of.clientId : undefined)
    await assert.rejects(
      actOnSnapshot(kit.world, actor, ctx => access.reply(ctx, requestId)),
      isProblem('identity.not_allowed'),
    )
  }
  await actOnSnapshot(kit.world, kit.actor('officer'), ctx => access.give(ctx, requestId))
  await assert.rejects(
    actOnSnapshot(kit.world, kit.actor('officer'), ctx => access.reply(ctx, requestId)),
    isProblem('requests.answered'),
  )
  await assert.rejects(
    actOnSnapshot(kit.world, kit.actor('officer'), ctx => access.reply(ctx, randomUUID())),
    isProblem('not_found'),
  )
})

test('a record changed from outside stops the reply rather than being left out', async () => {
  const of = await person()
  await kit.owner(`update subjects.record set source = 'person' where record_id = $1`, [of.records.claim])
  const { requestId } = await openAccess(of)
  await assert.rejects(
    actOnSnapshot(kit.world, kit.actor('officer'), ctx => access.reply(ctx, requestId)),
    isProblem('subjects.integrity'),
  )
})

/** What is random or a clock’s in a reply, made equal. */
function plainText(reply: Document): string {
  return JSON.stringify(reply, null, 1)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '#')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '@')
    .replace(/0101\d{6}/g, 'cpr')
}
