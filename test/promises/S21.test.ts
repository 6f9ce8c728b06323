/**
 * S21: what we know of a debtor may go to that claim's creditor, to the case's lawyer, or on demand to an authority,
 * and to nobody else. Here everybody else tries: by the API, the command line, a file of their own and plain SQL, after
 * a restart and in between, and the ground on which somebody asks is taken away while they ask.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Decrypter } from 'age-encryption'
import { csv, row } from '../../src/intake/delivery.fixture.ts'
import { client, debtor, type Debtor } from '../cast.ts'
import { nextCpr, noRoleMay, openHouse, refusedBy, type House, type Who } from './house.ts'

let house: House
let asta: Debtor
let bo: Debtor
let strandby: Who
let havn: Who
let lawyer: string
let other: string
let tax: string
let court: string

before(async () => {
  house = await openHouse()
  for (const name of ['Strandby Energi', 'Havn Møbler']) await client(house.kit, name, house.age.recipient)
  asta = await debtor(house.kit, { reference: 'A-1', cpr: nextCpr() })
  bo = await debtor(house.kit, { reference: 'B-1', client: 'Havn Møbler', cpr: nextCpr() })
  strandby = { client: asta.clientId }
  havn = { client: bo.clientId }
  lawyer = await party('lawyers', 'Advokat Krog')
  other = await party('lawyers', 'Advokat Holm')
  tax = await party('authorities', 'Gældsstyrelsen')
  court = await party('authorities', 'Fogedretten')
})
after(() => house.close())

const party = async (kind: 'lawyers' | 'authorities' | 'clients', name: string): Promise<string> =>
  (await house.must(201, 'admin', `POST /v1/${kind}`, { name, ageRecipient: house.age.recipient }))['partyId']
type Recipient = { kind: string; partyId?: string; demandId?: string }
const disclose = (of: Debtor, recipient: Recipient, more: object = {}, who: Who = 'caseWorker') =>
  house.ask(who, `POST /v1/cases/${of.caseId}/disclosures`, { recipient, ...more })
const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Copenhagen' }).format(new Date())
const demandOf = async (of: Debtor, authorityId = tax, fields = ['name', 'principal']): Promise<string> =>
  (
    await house.must(201, 'officer', `POST /v1/cases/${of.caseId}/demands`, {
      authorityId,
      reference: 'J-77',
      legalBasis: 'Skattekontrolloven § 59',
      fields,
      demandedOn: today,
      validUntil: today,
    })
  )['demandId']
const assign = (of: Debtor, lawyerId: string) =>
  house.must(204, 'caseWorker', `POST /v1/cases/${of.caseId}/lawyer`, { lawyerId })
const fresh = (name = 'Strandby Energi') => debtor(house.kit, { reference: randomUUID(), client: name, cpr: nextCpr() })
const sent = async (of: Debtor) =>
  (await house.kit.owner('select recipient_id from disclosure.disclosure where subject_id = $1', [of.subjectId])).length

async function refused(of: Debtor, recipient: Recipient, more: object = {}): Promise<void> {
  const before = await sent(of)
  const answer = await disclose(of, recipient, more)
  assert.deepEqual([answer.status, answer.body['clause']], [403, 'S21'], answer.text)
  assert.equal(await sent(of), before, 'something left all the same')
}

test('creditor, lawyer and a demanding authority get it: what follows fails for its own reason', async () => {
  const of = await fresh()
  await assign(of, lawyer)
  const demandId = await demandOf(of)
  assert.equal((await disclose(of, { kind: 'creditor' })).status, 201)
  assert.equal((await disclose(of, { kind: 'lawyer' })).status, 201)
  assert.deepEqual((await disclose(of, { kind: 'authority', demandId })).body['fields'], ['name', 'principal'])
})

test('a creditor asking about another creditor’s debtor is refused, under whatever title it comes', async () => {
  for (const kind of ['creditor', 'lawyer', 'authority', 'other']) await refused(asta, { kind, partyId: bo.clientId })
})

test('a bureau, a tracing agent, a buyer or a group company is no recipient, registered or not', async () => {
  const bureau = await party('clients', 'RKI Experian')
  for (const partyId of [bureau, randomUUID()])
    for (const kind of ['other', 'creditor', 'lawyer', 'authority']) await refused(asta, { kind, partyId })
})

test('a law firm that is not on the case, and one that no longer is, gets nothing', async () => {
  const of = await fresh()
  await refused(of, { kind: 'lawyer' })
  await refused(of, { kind: 'lawyer', partyId: lawyer })
  await assign(of, lawyer)
  assert.equal((await disclose(of, { kind: 'lawyer' })).status, 201)
  await assign(of, other)
  await refused(of, { kind: 'lawyer', partyId: lawyer })
  assert.equal((await disclose(of, { kind: 'lawyer' })).body['recipientId'], other)
})

test('an authority without a demand, or with another’s, or another case’s, gets nothing', async () => {
  const [of, next] = [await fresh(), await fresh()]
  const demandId = await demandOf(of)
  await refused(of, { kind: 'authority' })
  await refused(of, { kind: 'authority', partyId: tax })
  await refused(of, { kind: 'authority', partyId: court, demandId })
  await refused(of, { kind: 'creditor', partyId: tax, demandId })
  await refused(next, { kind: 'authority', partyId: tax, demandId })
  await refused(of, { kind: 'authority', partyId: tax, demandId: randomUUID() })
})

test('a demand opens the fields it names and on its own days, and no others', async () => {
  const of = await fresh()
  const demandId = await demandOf(of, tax, ['name'])
  await refused(of, { kind: 'authority', demandId }, { fields: ['name', 'cpr'] })
  await refused(of, { kind: 'authority', demandId }, { fields: ['principal'] })
  for (const [from, until] of [
    [-9, -1],
    [1, 9],
  ]) {
    await house.kit.owner(
      'update work.demand set demanded_on = $2::date + $3::int, valid_until = $2::date + $4::int where demand_id = $1',
      [demandId, today, from, until],
    )
    await refused(of, { kind: 'authority', demandId })
  }
})

test('nobody demands but a registered authority, with its right, its case and its days written down', async () => {
  const demand = {
    authorityId: tax,
    reference: 'J-1',
    legalBasis: 'Retsplejeloven § 804',
    fields: ['name'],
    demandedOn: today,
    validUntil: today,
  }
  const attempts: [object, number][] = [
    [{ authorityId: asta.clientId }, 404],
    [{ authorityId: lawyer }, 404],
    [{ authorityId: randomUUID() }, 404],
    [{ reference: '' }, 400],
    [{ legalBasis: ' ' }, 400],
    [{ fields: [] }, 400],
    [{ fields: ['application_text'] }, 400],
    [{ fields: ['payment_card'] }, 400],
    [{ fields: ['note'] }, 400],
    [{ validUntil: '2099-01-01' }, 400],
    [{ demandedOn: '2099-01-01' }, 400],
    [{ legalBasis: 'Vedr. 110772-9001' }, 400],
  ]
  for (const [wish, status] of attempts) {
    const answer = await house.ask('officer', `POST /v1/cases/${asta.caseId}/demands`, { ...demand, ...wish })
    assert.equal(answer.status, status, `${JSON.stringify(wish)} ${answer.text}`)
  }
})

test('fields that belong to no claim go to nobody, even when they are asked for by name', async () => {
  for (const field of ['note', 'application_text', 'employment', 'payment_card', 'contact_role']) {
    const answer = await disclose(bo, { kind: 'creditor' }, { fields: [field] })
    assert.ok([403, 409].includes(answer.status), `${field}: ${answer.text}`)
  }
})

test('a client’s key reaches its own packages and nobody else’s, and discloses nothing itself', async () => {
  const { disclosureId } = await house.must(201, 'admin', `POST /v1/cases/${asta.caseId}/disclosures`, {
    recipient: { kind: 'creditor' },
  })
  for (const [method, path, status] of [
    ['GET', `/v1/disclosures/${disclosureId}/package`, 404],
    ['GET', `/v1/cases/${asta.caseId}`, 404],
    ['GET', `/v1/clients/${asta.clientId}/cases`, 404],
    ['GET', `/v1/cases/${asta.caseId}/disclosures`, 403],
    ['POST', `/v1/cases/${asta.caseId}/disclosures`, 403],
  ] as const)
    assert.equal((await house.ask(havn, `${method} ${path}`, method === 'POST' ? {} : undefined)).status, status, path)
  const search = { client: 'Strandby Energi', reference: 'A-1' }
  assert.equal((await house.ask(havn, 'POST /v1/cases/search', search)).status, 404)
  const listed = await house.must(200, havn, 'GET /v1/disclosures')
  assert.ok(!JSON.stringify(listed).includes(String(disclosureId)))
  assert.equal((await house.ask(strandby, `GET /v1/disclosures/${disclosureId}/package`)).status, 200)
})

test('a former creditor fetches nothing of a case that was assigned, not even what was packed before', async () => {
  const of = await fresh()
  const { disclosureId } = await house.must(201, 'admin', `POST /v1/cases/${of.caseId}/disclosures`, {
    recipient: { kind: 'creditor' },
  })
  assert.equal((await house.ask(strandby, `GET /v1/disclosures/${disclosureId}/package`)).status, 200)
  await house.must(200, 'caseWorker', `POST /v1/cases/${of.caseId}/close`, { reason: 'assigned' })
  await refused(of, { kind: 'creditor' })
  await refused(of, { kind: 'creditor', partyId: asta.clientId })
  const late = await house.ask(strandby, `GET /v1/disclosures/${disclosureId}/package`)
  assert.deepEqual([late.status, late.body['clause']], [403, 'S21'], late.text)
})

test('by a file: who delivers a case about another’s debtor gets back its own claim and nothing more', async () => {
  const cpr = nextCpr()
  const given = {
    cpr,
    name: 'Fælles Debitor',
    address: 'Hemmelig Allé 9',
    email: 'faelles@example.com',
    claim_text: 'Strøm i maj',
  }
  await house.deliver('Strandby Energi', csv([row('F-1', given)]))
  await house.deliver(
    'Havn Møbler',
    csv([row('F-1', { cpr, name: 'Fælles Debitor', address: 'Andenvej 1', principal: '10,00', claim_text: 'Sofa' })]),
  )
  const { caseId } = await house.must(200, 'admin', 'POST /v1/cases/search', {
    client: 'Havn Møbler',
    reference: 'F-1',
  })
  const { disclosureId } = await house.must(201, 'admin', `POST /v1/cases/${String(caseId)}/disclosures`, {
    recipient: { kind: 'creditor' },
  })
  const key = await house.key(havn)
  const { createApp } = await import('../../src/app.ts')
  const response = await createApp(house.kit.world, { version: '0' }).request(
    `/v1/disclosures/${disclosureId}/package`,
    {
      headers: { authorization: `Bearer ${key}` },
    },
  )
  const decrypter = new Decrypter()
  decrypter.addIdentity(house.age.identity)
  const text = await decrypter.decrypt(new Uint8Array(await response.arrayBuffer()), 'text')
  assert.ok(text.includes('Sofa') && text.includes('Andenvej'))
  for (const secret of ['Hemmelig Allé', 'faelles@', 'Strøm i maj', '2340.50', 'Strandby'])
    assert.ok(!text.includes(secret), secret)
})

test('by a file: another client’s reference opens a case of one’s own and takes over nobody’s', async () => {
  const before = await house.kit.owner(
    'select client_id, content_digest from work.relationship where relationship_id = $1',
    [asta.caseId],
  )
  await house.deliver(
    'Havn Møbler',
    csv([row('A-1', { cpr: nextCpr(), name: 'Overtaget', status: 'Lukket', closed_on: '01-10-2026' })]),
  )
  const now = await house.kit.owner(
    'select client_id, content_digest from work.relationship where relationship_id = $1',
    [asta.caseId],
  )
  assert.deepEqual(now, before)
})

test('on the command line the same strangers are refused with exit code 1 and the clause', async () => {
  const attempts = [
    ['--to', 'creditor', '--party', 'Havn Møbler'],
    ['--to', 'other', '--party', 'Et Inkassobureau'],
    ['--to', 'lawyer', '--party', 'Advokat Krog'],
    ['--to', 'authority', '--party', 'Gældsstyrelsen'],
  ]
  const ran = await Promise.all(attempts.map(words => house.cli(['disclose', asta.caseId, ...words])))
  for (const { code, body, err } of ran) {
    const problem = body['problem'] as unknown as { clause?: string }
    assert.deepEqual([code, problem?.clause], [1, 'S21'], JSON.stringify(body) + err)
  }
})

test('by SQL no role changes who the creditor, the lawyer or the authority of a case is', async () => {
  const { kit } = house
  for (const statement of [
    `update work.relationship set client_id = '${bo.clientId}'`,
    `update work.lawyer set lawyer_id = '${other}'`,
    `update work.demand set authority_id = '${court}'`,
    `update work.demand set fields = '{cpr}', valid_until = 'infinity'`,
    `update work.party set kind = 'authority'`,
    'delete from work.demand',
    `update disclosure.disclosure set recipient_id = '${bo.clientId}'`,
    'drop trigger guard on disclosure.disclosure',
    'alter table disclosure.disclosure drop constraint disclosure_one_ground',
    'create or replace function disclosure.guard() returns trigger language sql as $$ select null $$',
  ])
    await noRoleMay(kit, statement)
  const demand = `insert into work.demand (subject_id, demand_id, relationship_id, authority_id, sealed_reference,
    legal_basis, fields, demanded_on, valid_until)
    values ('${asta.subjectId}', gen_random_uuid(), '${asta.caseId}', '${tax}', '\\x00', 'x', '{name}', now(), now())`
  await noRoleMay(kit, demand, '42501', ['worker', 'import', 'integrator', 'public'])
})

test('by SQL a demand is written for no party but an authority, a lawyer’s place for none but a law firm', async () => {
  const { kit } = house
  const demand = (authority: string) =>
    kit.as(
      'api',
      `insert into work.demand (subject_id, demand_id, relationship_id, authority_id, sealed_reference, legal_basis,
        fields, demanded_on, valid_until)
    values ($1, gen_random_uuid(), $2, $3, '\\x00', 'x', '{name}', now(), now())`,
      [asta.subjectId, asta.caseId, authority],
    )
  const place = (id: string) =>
    kit.as(
      'api',
      'insert into work.lawyer (subject_id, relationship_id, lawyer_id, assigned_on) values ($1, $2, $3, now())',
      [asta.subjectId, asta.caseId, id],
    )
  for (const id of [bo.clientId, lawyer]) await refusedBy(demand(id), '23503', 'demand_of_authority')
  for (const id of [bo.clientId, tax]) await refusedBy(place(id), '23503', 'lawyer_is_law_firm')
  const case_ = kit.as(
    'api',
    `insert into work.relationship (subject_id, relationship_id, kind, client_id, reference_digest, opened_on,
      review_on)
    values ($1, gen_random_uuid(), 'debtCase', $2, decode(md5('x'), 'hex'), now(), now())`,
    [asta.subjectId, tax],
  )
  await refusedBy(case_, '23503', 'case_of_client')
})

test('after a restart the refused are still refused, and a package opens to its own recipient alone', async () => {
  const of = await fresh()
  const { disclosureId } = await house.must(201, 'admin', `POST /v1/cases/${of.caseId}/disclosures`, {
    recipient: { kind: 'creditor' },
  })
  const { world } = await house.reopen()
  const strange = await house.askOn(world, 'caseWorker', `POST /v1/cases/${of.caseId}/disclosures`, {
    recipient: { kind: 'creditor', partyId: bo.clientId },
  })
  assert.deepEqual([strange.status, strange.body['clause']], [403, 'S21'])
  assert.equal((await house.askOn(world, havn, `GET /v1/disclosures/${disclosureId}/package`)).status, 404)
  assert.equal((await house.askOn(world, strandby, `GET /v1/disclosures/${disclosureId}/package`)).status, 200)
})

const ROUNDS = 20

/** Two calls at once, each beginning before the other in turn; `late` varies how far apart they are. */
async function both<A, B>(round: number, one: () => Promise<A>, two: () => Promise<B>): Promise<[A, B]> {
  const late = Math.floor(round / 2) % 10
  return Promise.all([wait(round % 2 ? late : 0).then(one), wait(round % 2 ? 0 : late).then(two)])
}

const appendedAt = async (kind: string, of: Debtor): Promise<string | null> => {
  const { requestId } = await house.must(201, 'officer', 'POST /v1/requests', {
    subjectId: of.subjectId,
    kind: 'access',
    channel: 'letter',
  })
  const reply = await house.must(200, 'officer', `POST /v1/requests/${String(requestId)}/reply`)
  const entry = (reply['log'] as { entryId: string; kind: string }[]).find(it => it.kind === kind)
  if (!entry) return null
  const [found] = await house.kit.owner(
    `select appended_at::text from (select entry_id, appended_at from ledger.pending union all select entry_id,
      appended_at from ledger.entry) e where entry_id = $1`,
    [entry.entryId],
  )
  return String(found?.['appended_at'])
}

test(`a lawyer replaced while he is sent the case, ${ROUNDS} times: nothing goes to him afterwards`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const of = await fresh()
    await assign(of, lawyer)
    const [given] = await both(
      round,
      () => disclose(of, { kind: 'lawyer', partyId: lawyer }),
      () => assign(of, other),
    )
    assert.ok(given.status === 201 || (given.status === 403 && given.body['clause'] === 'S21'), given.text)
    const rows = await house.kit.owner(
      `select d.recipient_id from disclosure.disclosure d join work.lawyer l using (subject_id, relationship_id,
        lawyer_id) where d.subject_id = $1`,
      [of.subjectId],
    )
    assert.equal(rows.length, given.status === 201 ? 1 : 0)
    await refused(of, { kind: 'lawyer', partyId: lawyer })
  }
})

test(`a case assigned away during a fetch, ${ROUNDS} times: no bytes leave after the closing`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const of = await fresh()
    const { disclosureId } = await house.must(201, 'admin', `POST /v1/cases/${of.caseId}/disclosures`, {
      recipient: { kind: 'creditor' },
    })
    const [fetched] = await both(
      round,
      () => house.ask(strandby, `GET /v1/disclosures/${disclosureId}/package`),
      () => house.must(200, 'caseWorker', `POST /v1/cases/${of.caseId}/close`, { reason: 'assigned' }),
    )
    assert.ok([200, 403].includes(fetched.status), fetched.text)
    const [left, ended] = [await appendedAt('disclosure.fetched', of), await appendedAt('work.case_closed', of)]
    assert.equal(left !== null, fetched.status === 200)
    if (left !== null) assert.ok(left < String(ended), `fetched ${left}, closed ${String(ended)}`)
  }
})
