/**
 * S22: whoever passes on data about a person tells that person, always. Here disclosures are made without telling: by
 * leaving the notice out, by wearing it out, putting it off, hiding it, holding it for ever, cutting the line in the
 * middle, asking twice, forgetting the person, and rewriting what was written down.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import * as notices from '../../src/notices/notices.ts'
import * as promises from '../../src/promises/promises.ts'
import { client, debtor, type Debtor, type DebtorWish } from '../cast.ts'
import { integrate, nextCpr, noRoleMay, openHouse, refusedBy, type Answer, type House, type Who } from './house.ts'

let house: House
let tax: string

before(async () => {
  house = await openHouse()
  await client(house.kit, 'Strandby Energi', house.age.recipient)
  await client(house.kit, 'Uden Nøgle', null)
  const party = { name: 'Gældsstyrelsen', ageRecipient: house.age.recipient }
  tax = (await house.must(201, 'admin', 'POST /v1/authorities', party))['partyId']
})
after(() => house.close())

type Row = { [column: string]: unknown }
const fresh = (wish: DebtorWish = {}) => debtor(house.kit, { reference: randomUUID(), cpr: nextCpr(), ...wish })
const disclose = (of: Debtor, body: object = {}, headers: Record<string, string> = {}, who: Who = 'admin') =>
  house.ask(who, `POST /v1/cases/${of.caseId}/disclosures`, { recipient: { kind: 'creditor' }, ...body }, { headers })
const noticesOf = (of: Debtor): Promise<Row[]> =>
  house.kit.owner(`select * from notices.notice where subject_id = $1 and kind = 'disclosure'`, [of.subjectId])
const disclosuresOf = (of: Debtor): Promise<Row[]> =>
  house.kit.owner('select * from disclosure.disclosure where subject_id = $1', [of.subjectId])
const day = (ahead: number) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Copenhagen' }).format(Date.now() + ahead * 86_400_000)
const stateOf = async (id: unknown) =>
  (await house.kit.owner('select state from notices.notice where notice_id = $1', [id]))[0]?.['state']

async function demandOf(of: Debtor): Promise<string> {
  const demand = {
    authorityId: tax,
    reference: 'J-1',
    legalBasis: 'Skattekontrolloven § 59',
    fields: ['name'],
    demandedOn: day(0),
    validUntil: day(0),
  }
  return (await house.must(201, 'officer', `POST /v1/cases/${of.caseId}/demands`, demand))['demandId']
}

const held = async (of: Debtor, reviewOn = day(90)): Promise<Answer> =>
  disclose(
    of,
    { recipient: { kind: 'authority', demandId: await demandOf(of) }, held: { ground: 'court_order', reviewOn } },
    {},
    'officer',
  )

test('every way out tells: one notice each, of the same recipient and all its fields, due the same day', async () => {
  const of = await fresh()
  await disclose(of)
  await disclose(of, { fields: ['name'] })
  await disclose(of, { recipient: { kind: 'authority', demandId: await demandOf(of) } })
  const ran = await house.cli(['disclose', of.caseId, '--to', 'creditor'])
  assert.equal(ran.code, 0, ran.err)
  const [made, told] = [await disclosuresOf(of), await noticesOf(of)]
  assert.deepEqual([made.length, told.length], [4, 4])
  for (const it of made) {
    const notice = told.find(row => row['notice_id'] === it['notice_id'])
    assert.deepEqual(
      [notice?.['recipient_id'], notice?.['fields'], notice?.['due_on']],
      [it['recipient_id'], it['fields'], day(0)],
    )
  }
})

test('a disclosure that is aborted tells nobody of anything', async () => {
  const of = await fresh({ client: 'Uden Nøgle' })
  await house.kit.owner('update work.party set age_recipient = null where party_id = $1', [of.clientId])
  const before = await noticesOf(of)
  assert.equal((await disclose(of)).body['code'], 'disclosure.no_key')
  assert.equal((await disclose(of, { recipient: { kind: 'other' } })).status, 403)
  assert.equal((await disclose(of, { fields: ['nonsense'] })).status, 400)
  assert.deepEqual(await noticesOf(of), before)
})

test('the same order sent again, one after the other or ten at once, discloses and tells once', async () => {
  const of = await fresh()
  // Whose order it is counts too, so it is the same person of ours that sends it again.
  const authorization = `Bearer ${await house.key('admin')}`
  const key = { authorization, 'idempotency-key': randomUUID() }
  const first = await disclose(of, {}, key)
  const second = await disclose(of, {}, key)
  assert.deepEqual([first.status, second.body['id']], [201, first.body['disclosureId']], second.text)
  const storm = { authorization, 'idempotency-key': randomUUID() }
  const answers = await Promise.all(Array.from({ length: 10 }, () => disclose(of, {}, storm)))
  for (const answer of answers) assert.ok([200, 201, 409].includes(answer.status), answer.text)
  assert.equal((await noticesOf(of)).length, 2)
  assert.equal((await noticesOf(of)).length, (await disclosuresOf(of)).length)
})

test('a line cut in the middle of a disclosure, 30 times at 30 moments, leaves both or neither', async () => {
  for (let round = 0; round < 30; round += 1) {
    const of = await fresh()
    const [answer] = await Promise.all([
      disclose(of),
      wait(round * 2).then(() =>
        house.kit.owner(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1
            and application_name = 'indsigt api' and state <> 'idle'`,
          [house.kit.database],
        ),
      ),
    ])
    const [made, told] = [await disclosuresOf(of), await noticesOf(of)]
    assert.equal(made.length, told.length, `round ${round}: ${answer.text}`)
    if (answer.status === 201) assert.equal(made.length, 1, 'what was answered as done is not there')
  }
})

test('by SQL a disclosure without its own notice is taken from no role', async () => {
  const of = await fresh()
  const namesake = await fresh()
  const made = await house.must(201, 'admin', `POST /v1/cases/${namesake.caseId}/disclosures`, {
    recipient: { kind: 'creditor' },
  })
  const row = (
    notice: string,
  ) => `insert into disclosure.disclosure (subject_id, disclosure_id, relationship_id, item_id, recipient_kind,
    recipient_id, creditor_id, has_website_values, notice_id, fields, record_ids, content_sha256)
    select '${of.subjectId}', gen_random_uuid(), '${of.caseId}', item_id, 'creditor', '${of.clientId}',
      '${of.clientId}', false, ${notice},
    '{name}', '{${of.records.identity}}', sha256('x') from work.item where kind = 'job' limit 1`
  const { kit } = house
  await refusedBy(kit.as('api', row('null')), '23502')
  await refusedBy(kit.as('api', row(`'${randomUUID()}'`)), '23503', 'disclosure_notice_fkey')
  await refusedBy(kit.as('api', row(`'${of.noticeId}'`)), '23503', 'disclosure_notice_fkey')
  await refusedBy(kit.as('api', row(`'${String(made['noticeId'])}'`)), '23503', 'disclosure_notice_fkey')
  await noRoleMay(kit, row('gen_random_uuid()'), '42501', ['worker', 'import', 'integrator', 'public'])
})

test('by SQL no role takes a notice away, changes what it tells, or ties its disclosure to another', async () => {
  for (const statement of [
    'delete from notices.notice',
    'truncate notices.notice cascade',
    `update notices.notice set fields = '{name}'`,
    'update notices.notice set recipient_id = null',
    'update notices.notice set subject_id = gen_random_uuid()',
    `update notices.notice set kind = 'collection'`,
    'update disclosure.disclosure set notice_id = gen_random_uuid()',
    'delete from disclosure.disclosure',
    'alter table disclosure.disclosure disable trigger all',
    'set session_replication_role = replica',
  ])
    await noRoleMay(house.kit, statement)
})

test('by SQL a notice is not put off, made for a later day, hidden, or held without a law and a date', async () => {
  const of = await fresh()
  const { noticeId } = await house.must(201, 'admin', `POST /v1/cases/${of.caseId}/disclosures`, {
    recipient: { kind: 'creditor' },
  })
  const set = (text: string) =>
    house.kit.as('api', `update notices.notice set ${text} where notice_id = $1`, [noticeId])
  await refusedBy(set('due_on = due_on + 1'), '23514', 'notice_in_time')
  await refusedBy(set(`due_on = 'infinity'`), '23514', 'notice_in_time')
  await refusedBy(set('visible_from = null'), '23514', 'notice_seen_unless_held')
  await refusedBy(set(`visible_from = now() + interval '10 years'`), '23514', 'notice_seen_unless_held')
  await refusedBy(set(`state = 'held', visible_from = null`), '23514', 'notice_held_reviewed')
  const hold = (ground: string, review: string) =>
    set(
      `state = 'held', visible_from = null, held_by = 'x', held_on = current_date, held_ground = '${ground}',
        held_review_on = ${review}`,
    )
  await refusedBy(hold('because', 'current_date + 30'), '23514', 'notice_held_ground')
  await refusedBy(hold('court_order', 'current_date + 400'), '23514', 'notice_held_within_year')
  await refusedBy(set(`state = 'sent'`), '23514', 'notice_sent')
  const late = (surface: 'api' | 'worker' | 'import', values: string) =>
    house.kit.as(
      surface,
      `insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state, recipient_id,
        recipient_kind, fields, created_at)
      values ('${of.subjectId}', gen_random_uuid(), 'disclosure', '${of.caseId}', ${values.split('|')[0]}, 'queued',
        '${of.clientId}', 'creditor', '{name}', ${values.split('|')[1]})`,
    )
  for (const surface of ['api', 'worker', 'import'] as const) {
    await refusedBy(late(surface, 'current_date + 60|now()'), '23514', 'notice_in_time')
    await refusedBy(late(surface, `current_date + 60|now() + interval '60 days'`), '23514', 'notice_made_now')
  }
  assert.equal(await stateOf(noticeId), 'queued')
})

test('only an officer holds a notice back, under a named law, to an authority, for a year at most', async () => {
  const of = await fresh()
  const { noticeId } = await house.must(201, 'admin', `POST /v1/cases/${of.caseId}/disclosures`, {
    recipient: { kind: 'creditor' },
  })
  const hold = (who: Who, body: object) => house.ask(who, `PUT /v1/notices/${String(noticeId)}/hold`, body)
  const terms = { ground: 'court_order', reviewOn: day(90) }
  for (const who of ['caseWorker', 'auditor', { client: of.clientId }] as Who[])
    assert.equal((await hold(who, terms)).status, 403)
  assert.equal((await hold('officer', { ...terms, ground: 'inconvenient' })).status, 400)
  for (const reviewOn of [day(-1), day(0), day(400)])
    assert.equal((await hold('officer', { ...terms, reviewOn })).status, 422)
  const creditor = await disclose(of, { held: terms }, {}, 'officer')
  assert.deepEqual([creditor.status, creditor.body['clause']], [400, 'S22'])
  const byWorker = await disclose(
    of,
    { recipient: { kind: 'authority', demandId: await demandOf(of) }, held: terms },
    {},
    'caseWorker',
  )
  assert.equal(byWorker.status, 403)
  await house.kit.owner(
    `update notices.notice set state = 'sent', channel = 'letter', sent_at = now() where notice_id = $1`,
    [noticeId],
  )
  assert.equal((await hold('officer', terms)).status, 409)
})

test('a notice held past its review stands on the public board as a broken promise', async () => {
  const of = await fresh()
  const made = await held(of)
  assert.equal(made.status, 201, made.text)
  const clauseNow = async () => {
    await promises.measure(house.kit.world)
    const board = await house.must(200, 'auditor', 'GET /v1/promises')
    return (board['clauses'] as { id: string; state: string }[]).find(it => it.id === 'S22')?.state
  }
  assert.notEqual(await clauseNow(), 'broken')
  await house.kit.owner(
    'update notices.notice set held_on = current_date - 91, held_review_on = current_date - 1 where notice_id = $1',
    [made.body['noticeId']],
  )
  assert.equal(await clauseNow(), 'broken')
  await house.must(200, 'officer', `DELETE /v1/notices/${String(made.body['noticeId'])}/hold`)
  assert.notEqual(await clauseNow(), 'broken')
})

const send = () => notices.send(house.kit.world, house.kit.actor('system', 'worker'), { mail: null })
const lettersOf = (batchId: string | null) =>
  batchId === null
    ? []
    : readdirSync(join(house.kit.world.dispatchFolder, 'letters', batchId)).filter(name => name.includes('.html'))

test('what cannot be delivered is never let go: no address, a letter returned, nothing left to try', async () => {
  const of = await fresh()
  const { noticeId } = await house.must(201, 'admin', `POST /v1/cases/${of.caseId}/disclosures`, {
    recipient: { kind: 'creditor' },
  })
  await house.kit.owner('update notices.notice set try_after = null')
  const first = await send()
  await house.must(200, 'admin', `POST /v1/notices/batches/${String(first.batchId)}/printed`)
  assert.equal(await stateOf(noticeId), 'sent')
  await house.must(200, 'caseWorker', `POST /v1/notices/${String(noticeId)}/return`)
  assert.equal(await stateOf(noticeId), 'returned')
  await send()
  assert.ok(['escalated', 'returned'].includes(String(await stateOf(noticeId))))
  for (let tries = 0; tries < 4; tries += 1) await send()
  assert.equal(await stateOf(noticeId), 'escalated')
  const listed = await house.must(200, 'caseWorker', 'GET /v1/notices?state=escalated')
  assert.ok(JSON.stringify(listed).includes(String(noticeId)), 'nobody of ours is told that it is stuck')
})

test('four senders at once and a restart between them write one letter to a person', async () => {
  await house.kit.owner(`update notices.notice set state = 'escalated' where state in ('queued', 'returned')`)
  const people = await Promise.all(Array.from({ length: 12 }, () => fresh()))
  for (const each of people) assert.equal((await disclose(each)).status, 201)
  const again = await house.reopen()
  const worker = house.kit.actor('system', 'worker')
  const runs = await Promise.all([
    send(),
    send(),
    ...[1, 2].map(() => notices.send(again.world, worker, { mail: null })),
  ])
  const files = runs.flatMap(run => lettersOf(run.batchId))
  const due = await house.kit.owner(`select notice_id from notices.notice where batch_id = any($1::uuid[])`, [
    runs.map(run => run.batchId).filter(Boolean),
  ])
  assert.equal(new Set(files).size, files.length)
  assert.equal(files.length, due.length)
  assert.ok(files.length >= people.length, `${files.length} letters to ${people.length} persons`)
  assert.equal((await send()).written, 0)
})

test('a namesake is told nothing of what was disclosed about another', async () => {
  const [one, two] = [await fresh({ name: 'Jens Jensen' }), await fresh({ name: 'Jens Jensen' })]
  assert.equal((await disclose(one)).status, 201)
  assert.deepEqual([(await noticesOf(one)).length, (await noticesOf(two)).length], [1, 0])
})

test('a person is not forgotten while somebody has still to tell them, whatever became of the notice', async () => {
  for (const state of ['queued', 'returned', 'escalated', 'held']) {
    const of = await fresh()
    const made = state === 'held' ? await held(of) : await disclose(of)
    assert.equal(made.status, 201, made.text)
    await house.kit.owner(
      `update notices.notice set state = 'sent', channel = 'letter', sent_at = now() where subject_id = $1
        and kind = 'collection'`,
      [of.subjectId],
    )
    if (state !== 'held')
      await house.kit.owner('update notices.notice set state = $2 where notice_id = $1', [made.body['noticeId'], state])
    await house.kit.owner(
      `update work.relationship set closed_on = current_date, close_reason = 'paid' where relationship_id = $1`,
      [of.caseId],
    )
    await house.kit.as('worker', `select subjects.erase($1, $2, 'S19.test')`, [of.subjectId, Object.values(of.records)])
    const [answer] = await house.kit.as('worker', 'select subjects.forget($1) as gone', [of.subjectId])
    assert.equal(answer?.['gone'], false, `forgotten with a notice that is ${state}`)
  }
})

test('who rewrites the ledger of a disclosure, as owner of the whole database, is named by verify', async () => {
  const of = await fresh()
  assert.equal((await disclose(of)).status, 201)
  await integrate(house.kit.world)
  assert.equal((await house.cli(['verify'])).code, 0)
  const [opening] = await house.kit.owner(
    `select e.position, e.leaf from ledger.entry e
      join subjects.opening o using (entry_id) where o.subject_id = $1 order by 1 desc limit 1`,
    [of.subjectId],
  )
  const { position, leaf } = opening as { position: number; leaf: Buffer }
  const forged = Buffer.from(leaf)
  forged[forged.length - 1]! ^= 1
  await house.kit.owner('update ledger.entry set leaf = $2 where position = $1', [position, forged])
  const ran = await house.cli(['verify'])
  assert.equal(ran.code, 1, ran.out)
  assert.ok(ran.out.includes(String(position)), ran.out)
  await house.kit.owner('update ledger.entry set leaf = $2 where position = $1', [position, leaf])
})
