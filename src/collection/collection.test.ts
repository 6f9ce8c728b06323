/** S11–S16: what a form on our sites gives us is told or agreed to first, needed, clean, and gone in time. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import * as cases from '../cases/cases.ts'
import * as consents from '../consents/consents.ts'
import { addDuration } from '../lib/civil-date.ts'
import { Problem } from '../platform/problems.ts'
import { act, civilDate, type Actor, type Ctx } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import * as collection from './collection.ts'
import { faultsOfShown } from '../notices/notices.ts'
import { eraseByOf } from './terms.ts'

let kit: Kit
let version: number

before(async () => {
  kit = await openKit()
  version = kit.world.rules!.version
})
after(() => kit.close())

const doing = <T>(run: (ctx: Ctx) => Promise<T>) => act(kit.world, kit.actor('caseWorker'), run)
const isState = (code: string) => (error: unknown) => (error as { code?: string }).code === code
/** The site shows the notice after it was adopted and before the values come. */
const shownNow = () => new Date(Date.now() - 1)
const given = (more: Partial<collection.NewCollection> = {}): collection.NewCollection => ({
  site: 'www.intrum.dk',
  category: 'web_contact',
  values: { name: 'Klara Prøve', email: 'klara@example.dk', phone: '20 12 34 56' },
  language: 'da',
  notice: { version, shownAt: shownNow() },
  ...more,
})
const collect = (more: Partial<collection.NewCollection> = {}) => {
  const form = given(more)
  return doing(ctx => collection.collect(ctx, form))
}
const refusedFor = (field: string, clause: string) => (error: unknown) =>
  error instanceof Problem && error.refusal.faults?.some(it => it.field === field && it.clause === clause) === true
const rowOf = async (id: string) => (await kit.owner('select * from subjects.record where record_id = $1', [id]))[0]!

test('a form on our site becomes a record with site, purpose, notice and last day', async () => {
  const made = await collect()
  const row = await rowOf(made.recordId)
  assert.deepEqual(
    [row['source'], row['host'], row['purpose'], row['notice_id']],
    ['website', 'www.intrum.dk', 'service', made.noticeId],
  )
  assert.equal(made.eraseBy, addDuration(civilDate(new Date()), 'P5Y'))
  const [notice] = await kit.owner('select kind, state, channel from notices.notice where notice_id = $1', [
    made.noticeId,
  ])
  assert.deepEqual(notice, { kind: 'collection', state: 'delivered', channel: 'site' })
})

test('S11: without a notice in force, seen before, nothing is taken', async () => {
  const shownAt = shownNow()
  await assert.rejects(collect({ notice: { version: version + 1, shownAt } }), refusedFor('notice.version', 'S11'))
  await assert.rejects(
    collect({ notice: { version, shownAt: new Date(Date.now() + 60_000) } }),
    refusedFor('notice.shownAt', 'S11'),
  )
  await assert.rejects(
    collect({ notice: { version, shownAt: new Date(Date.now() - 3_600_000) } }),
    refusedFor('notice.shownAt', 'S11'),
  )
  await assert.rejects(collect({ notice: { version, shownAt: new Date(NaN) } }), refusedFor('notice.shownAt', 'S11'))
})

test('S15: only our own sites may say that it was given on our sites', async () => {
  for (const site of ['intrum.dk.evil.example', 'evilintrum.dk', 'a/.intrum.dk', 'example.dk', ''])
    await assert.rejects(collect({ site }), refusedFor('site', 'S15'), site)
})

const ofSite = (site: string) => ({ ...kit.actor('site'), site })
const collectAs = (actor: Actor, more: Partial<collection.NewCollection> = {}) => {
  const form = given(more)
  return act(kit.world, actor, ctx => collection.collect(ctx, form))
}

test('S15: a site’s key collects for its own site alone', async () => {
  const taken: [own: string, site: string][] = [
    ['intrum.dk', 'intrum.dk'],
    ['intrum.dk', 'WWW.intrum.dk'],
    ['www.intrum.dk', 'www.intrum.dk'],
  ]
  for (const [own, site] of taken)
    assert.equal((await rowOf((await collectAs(ofSite(own), { site })).recordId))['host'], site.toLowerCase())
  const refused: [own: string, site: string][] = [
    ['intrum.dk', 'intrum.com'],
    ['intrum.dk', 'www.intrum.com'],
    ['www.intrum.dk', 'intrum.dk'],
    ['www.intrum.dk', 'blog.intrum.dk'],
  ]
  const isNotYours = (error: unknown) =>
    error instanceof Problem && error.refusal.faults?.[0]?.code === 'collection.site_not_yours'
  for (const [own, site] of refused) {
    await assert.rejects(collectAs(ofSite(own), { site }), refusedFor('site', 'S15'), `${own} ${site}`)
    await assert.rejects(collectAs(ofSite(own), { site }), isNotYours, `${own} ${site}`)
  }
  await assert.rejects(collectAs(kit.actor('site')), isNotYours)
})

test('S15: a site’s key adds to nobody it has not met, and cannot tell them from nobody', async () => {
  const server = ofSite('intrum.dk')
  const isUnknown = (error: unknown) =>
    error instanceof Problem && error.code === 'not_found' && Object.keys(error.refusal).length === 0
  const ofClient = await debtor(kit)
  const elsewhere = await collect({ site: 'www.intrum.com' })
  for (const subjectId of [ofClient.subjectId, elsewhere.subjectId, randomUUID()])
    await assert.rejects(collectAs(server, { subjectId }), isUnknown)
  const met = await collectAs(server)
  assert.equal((await collectAs(server, { subjectId: met.subjectId })).subjectId, met.subjectId)
  await assert.rejects(
    collectAs(ofSite('blog.intrum.dk'), { site: 'blog.intrum.dk', subjectId: met.subjectId }),
    isUnknown,
  )
  assert.ok(await collect({ subjectId: elsewhere.subjectId }), 'our own people may')
  await kit.owner(
    `update subjects.record set wrapped_key = null, ciphertext = null, erased_at = now(), erase_reason = 'S16'
     where subject_id = $1`,
    [met.subjectId],
  )
  await assert.rejects(collectAs(server, { subjectId: met.subjectId }), isUnknown, 'what it had given is gone')
})

test('a site’s key reads no case, no history and no consent', async () => {
  const of = await debtor(kit)
  const met = await collectAs(ofSite('intrum.dk'))
  const attacks: ((ctx: Ctx) => Promise<unknown>)[] = [
    ctx => cases.show(ctx, of.caseId),
    ctx => cases.show(ctx, met.relationshipId),
    ctx => cases.close(ctx, { caseId: of.caseId, reason: 'paid' }),
    ctx =>
      consents.give(ctx, {
        subjectId: met.subjectId,
        purpose: 'service',
        text: 'Ja.',
        textVersion: '1',
        language: 'da',
      }),
    ctx => consents.withdraw(ctx, { subjectId: of.subjectId, purpose: 'service' }),
  ]
  for (const attack of attacks)
    await assert.rejects(
      act(kit.world, ofSite('intrum.dk'), attack),
      error => error instanceof Problem && error.code === 'identity.not_allowed',
    )
})

test('S13, S14: a field that the purpose does not need, or that no form may ask for, refuses the whole', async () => {
  await assert.rejects(
    collect({ values: { name: 'Klara', note: 'tynd' } }),
    error => error instanceof Problem && error.refusal.clause === 'S14',
  )
  await assert.rejects(collect({ values: { name: 'Klara', born: '1990-01-01' } }), refusedFor('born', 'S13'))
  await assert.rejects(collect({ values: { name: 'Klara', payment_card: 'tok_8fA2kQ:4242' } }), Problem)
})

test('S13: a card number or its secret is in no field, dressed up or not, and a token is taken', async () => {
  const dirty: [string, string][] = [
    ['name', '4571 0000 0000 0001'],
    ['name', 'Klara 4571-0000-0000-0001'],
    ['fax', '4571000000000001'],
    ['email', '4571000000000001@example.dk'],
    ['delivery_address', 'Vej 1, cvv 123'],
    ['billing_address', '４５７１ ００００ ００００ ０００１'],
  ]
  for (const [field, text] of dirty)
    await assert.rejects(collect({ values: { [field]: text } }), refusedFor(field, 'S13'), `${field}: ${text}`)
  await assert.rejects(
    collect({ category: 'web_payment', values: { name: 'K', payment_card: '4571000000000001' } }),
    refusedFor('payment_card', 'S13'),
  )
  const paid = { name: 'Klara', billing_address: 'Vej 1', payment_card: 'tok_8fA2kQ:4242' }
  assert.ok(await collect({ category: 'web_payment', values: paid }))
})

test('S13: a CPR number is in no other field, and in its own only with a consent that lives', async () => {
  for (const field of ['name', 'title', 'delivery_address', 'email'])
    await assert.rejects(collect({ values: { [field]: '010165-9995' } }), refusedFor(field, 'S13'), field)
  const cpr = { values: { name: 'Klara', cpr: '010165-9995' } }
  await assert.rejects(collect(cpr), error => error instanceof Problem && error.refusal.rule === 'cpr.no_ground')
  const { subjectId } = await collect()
  const say = () =>
    doing(ctx =>
      consents.give(ctx, { subjectId, purpose: 'service', text: 'Ja til CPR.', textVersion: '1', language: 'da' }),
    )
  const { consentId } = await say()
  const made = await collect({ ...cpr, subjectId, consentId })
  assert.equal((await rowOf(made.recordId))['consent_id'], consentId)
  await doing(ctx => consents.withdraw(ctx, { subjectId, purpose: 'service' }))
  await assert.rejects(collect({ ...cpr, subjectId, consentId }), refusedFor('consentId', 'S11'))
  const other = await collect()
  const fresh = await say()
  await assert.rejects(
    collect({ ...cpr, subjectId: other.subjectId, consentId: fresh.consentId }),
    refusedFor('consentId', 'S11'),
  )
  await assert.rejects(collect({ ...cpr, consentId: fresh.consentId }), refusedFor('consentId', 'S11'))
})

test('nobody is merged on a guess: the same e-mail twice is two persons, and an id that is ours is one', async () => {
  const [one, two] = [await collect(), await collect()]
  assert.notEqual(one.subjectId, two.subjectId)
  const again = await collect({ subjectId: one.subjectId })
  assert.deepEqual([again.subjectId, again.relationshipId], [one.subjectId, one.relationshipId])
  await assert.rejects(
    collect({ subjectId: randomUUID() }),
    error => error instanceof Problem && error.code === 'not_found',
  )
})

test('an application is volunteered and belongs to a relationship of its own', async () => {
  const made = await collect({
    category: 'application',
    values: { name: 'Klara', application_text: 'Jeg søger stillingen.' },
  })
  assert.equal((await rowOf(made.recordId))['purpose'], 'recruitment')
  assert.equal(made.eraseBy, addDuration(civilDate(new Date()), 'P3Y'))
})

test('no debt and no employee comes in through a form', async () => {
  for (const category of ['debt_claim', 'debtor_identity', 'employee', 'accounting_entry', 'constructor'])
    await assert.rejects(
      collect({ category }),
      error => error instanceof Problem && error.code === 'policy.category_unknown',
    )
})

test('S16: it goes when the purpose ends, and after five years at the latest, 29 February included', () => {
  const category = {
    sources: ['website'],
    population: 'website',
    retention: { maximum: 'P5Y', anchor: 'collected' },
  } as never
  const cases: [string, string | null, string | null][] = [
    ['2026-11-22', null, '2031-11-22'],
    ['2028-02-29', null, '2033-02-28'],
    ['2026-11-22', '2026-12-01', '2026-12-01'],
    ['2026-11-22', '2040-01-01', '2031-11-22'],
    ['2026-11-22', '2026-11-21', null],
    ['2026-11-22', '2026-02-30', null],
  ]
  for (const [today, ends, by] of cases) assert.equal(eraseByOf(category, today, ends), by)
  const long = {
    sources: ['website'],
    population: 'website',
    retention: { maximum: 'P9Y', anchor: 'collected' },
  } as never
  assert.equal(eraseByOf(long, '2026-11-22', null), '2031-11-22')
})

test('a notice counts from its publication to now, and for a day', () => {
  const now = new Date('2026-11-22T12:00:00Z')
  const inForce = { version: 3, adoptedAt: new Date('2026-11-01T00:00:00Z') }
  const cases: [number, string, number][] = [
    [3, '2026-11-22T11:59:59Z', 0],
    [3, '2026-11-22T12:00:00Z', 0],
    [3, '2026-11-22T12:00:00.001Z', 1],
    [3, '2026-11-21T11:59:59Z', 1],
    [2, '2026-11-22T11:59:59Z', 1],
  ]
  for (const [version, at, faults] of cases)
    assert.equal(faultsOfShown({ version, shownAt: new Date(at) }, inForce, now).length, faults, at)
})

test('S15: what was given on the site goes to no creditor without a consent', async () => {
  const of = await debtor(kit)
  const made = await collect({ subjectId: of.subjectId })
  const disclose = doing(async ctx => {
    const itemId = await work.openItem(ctx, { kind: 'disclosure', subjectId: of.subjectId, relationshipId: null })
    const warrant = await work.warrant(ctx, { kind: 'disclosure', id: itemId })
    const factsOf = () => ({ roleAllowed: true, workOpen: true, ownCase: true, noticeQueued: true })
    const wish = {
      subjectId: of.subjectId,
      verb: 'disclose',
      recipient: 'creditor',
      records: [made.recordId],
      factsOf,
    } as const
    return subjects.open(ctx, warrant, wish)
  })
  await assert.rejects(disclose, error => error instanceof Problem && error.refusal.clause === 'S15')
})

test('not even with plain SQL is a website record kept past five years, without notice or without a site', async () => {
  const { recordId } = await collect()
  const copy = (
    changes: string,
  ) => `insert into subjects.record (subject_id, record_id, relationship_id, category, source, host, purpose,
      policy_version, collected_at, erase_by, notice_id, key_generation, wrapped_key, ciphertext)
    select subject_id, gen_random_uuid(), relationship_id, category, source, ${changes}, key_generation,
      wrapped_key, ciphertext
    from subjects.record where record_id = '${recordId}'`
  const rest = 'purpose, policy_version, collected_at'
  for (const changes of [
    `host, ${rest}, erase_by + 1, notice_id`,
    `host, ${rest}, erase_by, null`,
    `'', ${rest}, erase_by, notice_id`,
    `host, ${rest}, null, notice_id`,
  ])
    await assert.rejects(kit.as('api', copy(changes)), isState('23514'), changes)
})

test('a client or an auditor collects nothing', async () => {
  const of = await debtor(kit)
  for (const role of ['client', 'auditor'] as const) {
    const actor = kit.actor(role, 'api', role === 'client' ? of.clientId : undefined)
    await assert.rejects(
      act(kit.world, actor, ctx => collection.collect(ctx, given())),
      error => error instanceof Problem && error.code === 'identity.not_allowed',
    )
  }
})
