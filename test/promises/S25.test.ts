/**
 * S25: one may object to any registration; the record is restricted at once and used for nothing but storage, access
 * and legal claims until it is decided. Here objections are bounced, and restrictions are read past, sent past, taken
 * in past, lifted by hand, raced and forgotten by a restart.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { csv, row } from '../../src/intake/delivery.fixture.ts'
import { client, debtor, type Debtor } from '../cast.ts'
import { nextCpr, noRoleMay, openHouse, refusedBy, type Answer, type House, type Json, type Who } from './house.ts'

let house: House
let tax: string
let lawyerId: string
before(async () => {
  house = await openHouse()
  for (const name of ['Strandby Energi', 'Havn Møbler']) await client(house.kit, name, house.age.recipient)
  const party = (kind: string, name: string) =>
    house.must(201, 'admin', `POST /v1/${kind}`, { name, ageRecipient: house.age.recipient })
  tax = (await party('authorities', 'Gældsstyrelsen'))['partyId']
  lawyerId = (await party('lawyers', 'Advokat Krog'))['partyId']
})
after(() => house.close())

type Row = { [name: string]: unknown }
const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Copenhagen' }).format(new Date())
const fresh = () => debtor(house.kit, { reference: randomUUID(), cpr: nextCpr() })
const object = (of: { subjectId: string }, more: object = {}): Promise<Json> =>
  house.must(201, 'officer', 'POST /v1/requests', {
    subjectId: of.subjectId,
    kind: 'objection',
    channel: 'letter',
    ...more,
  })
const decide = (requestId: unknown, outcome: string, reason: string) =>
  house.must(200, 'officer', `POST /v1/requests/${String(requestId)}/decision`, { outcome, reason })
const tell = (requestId: unknown) =>
  house.must(200, 'officer', `POST /v1/requests/${String(requestId)}/told`, { channel: 'letter' })
const disclose = (of: Debtor, recipient: object = { kind: 'creditor' }, more: object = {}): Promise<Answer> =>
  house.ask('caseWorker', `POST /v1/cases/${of.caseId}/disclosures`, { recipient, ...more })
const pay = (of: Debtor) =>
  house.must(201, 'caseWorker', `POST /v1/cases/${of.caseId}/payments`, {
    payment_date: today,
    payment_amount: '1.00',
    currency: 'DKK',
    voucher_number: 'B',
  })
const restrictedOf = async (of: { subjectId: string }) =>
  (
    await house.kit.owner(
      `select record_id from subjects.record where subject_id = $1 and restricted_at is not null
        and erased_at is null order by 1`,
      [of.subjectId],
    )
  ).map(it => String(it['record_id']))
const refusedByObjection = (answer: Answer) =>
  assert.deepEqual([answer.status, answer.body['clause']], [403, 'S25'], answer.text)

test('an objection stops reading, disclosing and fetching what was packed before, in the very same act', async () => {
  const of = await fresh()
  const demand = {
    authorityId: tax,
    reference: 'J-1',
    legalBasis: 'Skattekontrolloven § 59',
    fields: ['name'],
    demandedOn: today,
    validUntil: today,
  }
  const { demandId } = await house.must(201, 'officer', `POST /v1/cases/${of.caseId}/demands`, demand)
  await house.must(204, 'caseWorker', `POST /v1/cases/${of.caseId}/lawyer`, { lawyerId })
  const packed = (await disclose(of)).body['disclosureId']
  assert.equal((await object(of))['restricted'], 3)
  refusedByObjection(await house.ask('caseWorker', `GET /v1/cases/${of.caseId}`))
  refusedByObjection(await disclose(of))
  refusedByObjection(await disclose(of, { kind: 'lawyer' }))
  refusedByObjection(await disclose(of, { kind: 'authority', demandId }))
  refusedByObjection(await house.ask({ client: of.clientId }, `GET /v1/disclosures/${String(packed)}/package`))
})

test('it can be raised against each single record, and stops that one alone', async () => {
  for (const kind of ['identity', 'contact', 'claim'] as const) {
    const of = await fresh()
    await object(of, { records: [of.records[kind]] })
    assert.deepEqual(await restrictedOf(of), [of.records[kind]])
    const file = await house.must(200, 'caseWorker', `GET /v1/cases/${of.caseId}`)
    assert.deepEqual(
      (file['withheld'] as Row[]).map(it => [it['recordId'], it['clause']]),
      [[of.records[kind], 'S25']],
    )
    const sent = await disclose(of)
    assert.equal(sent.status, 201, sent.text)
    assert.deepEqual(
      (sent.body['withheld'] as Row[]).map(it => it['recordId']),
      [of.records[kind]],
    )
  }
})

test('none is bounced: wordless or long, to a voucher, a closed case, a website record or an erased one', async () => {
  const of = await fresh()
  const { recordId } = await pay(of)
  for (const more of [
    {},
    { statement: '' },
    { statement: 'æ🦊 '.repeat(5000) },
    { records: [String(recordId)] },
    { receivedOn: `${Number(today.slice(0, 4)) - 1}-12-31` },
    { channel: 'phone', caseId: of.caseId, claim: 'disputed' },
  ])
    await object(of, more)
  assert.ok((await restrictedOf(of)).includes(String(recordId)))
  const closed = await fresh()
  await house.must(200, 'caseWorker', `POST /v1/cases/${closed.caseId}/close`, { reason: 'paid' })
  assert.equal((await object(closed))['restricted'], 3)
  await house.kit.as('worker', `select subjects.erase($1, $2, 'S19.test')`, [closed.subjectId, [closed.records.claim]])
  await object(closed, { records: [closed.records.claim] })
  const given = {
    site: 'www.intrum.dk',
    category: 'web_contact',
    values: { name: 'Vera Vedel', email: 'vera@example.com' },
    language: 'da',
    notice: { version: 1, shownAt: new Date().toISOString() },
  }
  const visitor = await house.must(201, 'officer', 'POST /v1/collections', given)
  assert.equal((await object({ subjectId: String(visitor['subjectId']) }))['restricted'], 1)
})

test('an objection reaches nobody else’s record, and no client or auditor raises one to freeze a case', async () => {
  const [of, other] = [await fresh(), await fresh()]
  const stolen = {
    subjectId: of.subjectId,
    kind: 'objection',
    channel: 'letter',
    records: [of.records.claim, other.records.claim],
  }
  assert.equal((await house.ask('officer', 'POST /v1/requests', stolen)).status, 404)
  assert.deepEqual([await restrictedOf(of), await restrictedOf(other)], [[], []])
  for (const who of ['auditor', { client: of.clientId }] as Who[])
    assert.equal((await house.ask(who, 'POST /v1/requests', { ...stolen, records: undefined })).status, 403)
})

test('twenty objections to one record are twenty, and one decided frees nothing that another holds', async () => {
  const of = await fresh()
  const receipts = await Promise.all(Array.from({ length: 20 }, () => object(of, { records: [of.records.claim] })))
  assert.equal(new Set(receipts.map(it => it['requestId'])).size, 20)
  for (const receipt of receipts.slice(0, 19)) {
    await decide(receipt['requestId'], 'refused', 'legalClaim')
    await tell(receipt['requestId'])
    assert.deepEqual(await restrictedOf(of), [of.records.claim])
  }
  await decide(receipts[19]?.['requestId'], 'refused', 'legalClaim')
  assert.deepEqual(await restrictedOf(of), [of.records.claim], 'freed before the person was told')
  await tell(receipts[19]?.['requestId'])
  assert.deepEqual(await restrictedOf(of), [])
})

test('a decision has its reason, its month and its one chance', async () => {
  const of = await fresh()
  const { requestId, dueOn } = await object(of)
  const next = new Date(`${today}T12:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 31)
  assert.ok(String(dueOn) <= next.toISOString().slice(0, 10))
  const attempt = (body: object) => house.ask('officer', `POST /v1/requests/${String(requestId)}/decision`, body)
  assert.equal((await attempt({ outcome: 'refused' })).status, 400)
  for (const [outcome, reason] of [
    ['refused', ''],
    ['refused', 'because'],
    ['refused', 'personPrevails'],
    ['upheld', 'legalClaim'],
    ['given', 'replied'],
  ])
    assert.equal((await attempt({ outcome, reason })).status, 422, reason)
  await decide(requestId, 'upheld', 'personPrevails')
  assert.equal((await attempt({ outcome: 'refused', reason: 'legalClaim' })).status, 409)
})

test('upheld, what the law keeps stays restricted for good, and whoever got the rest is named to be told', async () => {
  const of = await fresh()
  const { recordId } = await pay(of)
  assert.equal((await disclose(of)).status, 201)
  const { requestId } = await object(of)
  const decided = await decide(requestId, 'upheld', 'personPrevails')
  assert.equal(decided['outcome'], 'partly')
  assert.deepEqual(decided['tell'], [{ recipientId: of.clientId, name: 'Strandby Energi' }])
  await tell(requestId)
  assert.deepEqual(await restrictedOf(of), [recordId])
})

test('by a file: a new row neither overwrites what was objected to nor brings it back unrestricted', async () => {
  const who = { cpr: nextCpr(), name: 'Oda Objekt', address: 'Nejvej 3', email: 'oda@example.com' }
  await house.deliver('Strandby Energi', csv([row('NEJ-1', who)]))
  const { people } = await house.must(200, 'officer', 'POST /v1/people/search', { cpr: who.cpr })
  const [person] = people as unknown as { subjectId: string; cases: { caseId: string }[] }[]
  await object({ subjectId: String(person?.subjectId) })
  const before = await house.kit.owner(
    'select record_id, ciphertext from subjects.record where subject_id = $1 and erased_at is null order by 1',
    [person?.subjectId],
  )
  await house.deliver('Strandby Energi', csv([row('NEJ-1', { ...who, principal: '9.999,00', address: 'Nyvej 8' })]))
  const kept = await house.kit.owner(
    `select record_id, ciphertext from subjects.record where subject_id = $1 and record_id = any($2)
      and erased_at is null order by 1`,
    [person?.subjectId, before.map(it => it['record_id'])],
  )
  assert.deepEqual(kept, before)
  const loose = await house.kit.owner(
    `select n.category from subjects.record n join subjects.record o on o.subject_id = n.subject_id
      and o.relationship_id = n.relationship_id and o.category = n.category
     where n.subject_id = $1 and n.restricted_at is null and n.erased_at is null and o.restricted_at is not null`,
    [person?.subjectId],
  )
  assert.deepEqual(loose, [], 'the same kind of data is in use again')
  const caseId = String(person?.cases[0]?.caseId)
  refusedByObjection(await house.ask('caseWorker', `GET /v1/cases/${caseId}`))
})

test('by SQL no role lifts a restriction while an objection stands, nor takes the objection away', async () => {
  const of = await fresh()
  const { requestId } = await object(of)
  const lift = () =>
    house.kit.as('api', 'update subjects.record set restricted_at = null where record_id = $1', [of.records.claim])
  await refusedBy(lift(), '23514', 'restriction_stands')
  for (const statement of [
    'delete from requests.objected',
    'delete from requests.request',
    `update requests.request set kind = 'access'`,
    'update requests.objected set record_id = gen_random_uuid()',
  ])
    await noRoleMay(house.kit, statement)
  await noRoleMay(house.kit, 'update subjects.record set restricted_at = null', '42501', [
    'worker',
    'import',
    'integrator',
    'public',
  ])
  const answered = () =>
    house.kit.as('api', `update requests.request set answered_at = now(), outcome = 'refused' where request_id = $1`, [
      requestId,
    ])
  await refusedBy(answered(), '23514', 'request_reasoned')
  await house.kit.as(
    'api',
    `update requests.request set answered_at = now(), outcome = 'refused', reason = 'legalClaim' where request_id = $1`,
    [requestId],
  )
  await house.kit.as('api', `update requests.objected set outcome = 'toRelease' where request_id = $1`, [requestId])
  await refusedBy(lift(), '23514', 'restriction_stands')
})

test('by SQL a restricted record is in no disclosure, whoever it is for', async () => {
  const of = await fresh()
  await object(of, { records: [of.records.claim] })
  const send = (records: string) => {
    const [item, notice] = [randomUUID(), randomUUID()]
    return house.kit.transaction('api', [
      [
        `insert into work.item (item_id, kind, subject_id, opened_by) values ('${item}', 'disclosure',
          '${of.subjectId}', 'x')`,
      ],
      [
        `insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state, recipient_id,
          recipient_kind, fields)
        values ('${of.subjectId}', '${notice}', 'disclosure', '${of.caseId}',
          (now() at time zone 'Europe/Copenhagen')::date, 'queued', '${of.clientId}', 'creditor', '{name,principal}')`,
      ],
      [
        `insert into disclosure.disclosure (subject_id, disclosure_id, relationship_id, item_id, recipient_kind,
          recipient_id, creditor_id, has_website_values, notice_id, fields, record_ids, content_sha256)
        values ('${of.subjectId}', gen_random_uuid(), '${of.caseId}', '${item}', 'creditor', '${of.clientId}',
          '${of.clientId}', false, '${notice}', '{name}', '${records}', sha256('x'))`,
      ],
    ])
  }
  await refusedBy(send(`{${of.records.claim}}`), '23514', 'disclosure_records_free')
  await refusedBy(send(`{${of.records.identity},${of.records.claim}}`), '23514', 'disclosure_records_free')
  await send(`{${of.records.identity}}`)
})

test('on the command line an objection restricts at once, and what follows is refused with the clause', async () => {
  const of = await fresh()
  const ran = await house.cli(['object', '--case', of.caseId, '--no-statement'])
  assert.deepEqual([ran.code, ran.body['restricted']], [0, 3], ran.err)
  for (const words of [
    ['disclose', of.caseId, '--to', 'creditor'],
    ['case', 'show', of.caseId],
  ]) {
    const { code, body } = await house.cli(words)
    assert.deepEqual([code, (body['problem'] as unknown as Row)?.['clause']], [1, 'S25'], JSON.stringify(body))
  }
})

test('after a restart the restriction stands', async () => {
  const of = await fresh()
  await object(of)
  const { world } = await house.reopen()
  refusedByObjection(await house.askOn(world, 'caseWorker', `GET /v1/cases/${of.caseId}`))
  refusedByObjection(
    await house.askOn(world, 'caseWorker', `POST /v1/cases/${of.caseId}/disclosures`, {
      recipient: { kind: 'creditor' },
    }),
  )
})

const appendedAt = async (of: Debtor): Promise<Map<string, string>> => {
  const { requestId } = await house.must(201, 'officer', 'POST /v1/requests', {
    subjectId: of.subjectId,
    kind: 'access',
    channel: 'letter',
  })
  const reply = await house.must(200, 'officer', `POST /v1/requests/${String(requestId)}/reply`)
  const log = (reply['log'] as { entryId: string; kind: string; detail?: Row }[]).filter(
    it => it.detail?.['requestKind'] !== 'access',
  )
  const rows = await house.kit.owner(
    `select entry_id, appended_at::text as at from (select entry_id,
      appended_at from ledger.pending union all select entry_id,
      appended_at from ledger.entry) e where entry_id = any($1::uuid[])`,
    [log.map(it => it.entryId)],
  )
  return new Map(log.map(it => [it.kind, String(rows.find(found => found['entry_id'] === it.entryId)?.['at'])]))
}

test('objected to while it is read and disclosed, 20 times: nothing is used after the objection', async () => {
  for (let round = 0; round < 20; round += 1) {
    const of = await fresh()
    const [read, sent] = await Promise.all([
      wait(round % 7).then(() => house.ask('caseWorker', `GET /v1/cases/${of.caseId}`)),
      wait(round % 5).then(() => disclose(of)),
      wait(round % 3).then(() => object(of, round % 2 ? { caseId: of.caseId, claim: 'disputed' } : {})),
    ])
    const at = await appendedAt(of)
    const objected = String(at.get('request.opened'))
    assert.equal(at.has('disclosure.made'), sent.status === 201, sent.text)
    assert.equal(at.has('subjects.read'), read.status === 200, read.text)
    if (sent.status === 201) assert.ok(String(at.get('disclosure.made')) < objected, 'disclosed after the objection')
    else refusedByObjection(sent)
  }
})

test('raised while the client’s file comes in, 10 times: what was objected to stays restricted', async () => {
  for (let round = 0; round < 10; round += 1) {
    const who = {
      cpr: nextCpr(),
      name: `Race Person ${round}`,
      address: `Racevej ${round}`,
      email: `race${round}@example.com`,
    }
    await house.deliver('Havn Møbler', csv([row(`RACE-${round}`, who)]))
    const { people } = await house.must(200, 'officer', 'POST /v1/people/search', { cpr: who.cpr })
    const [person] = people as unknown as { subjectId: string; cases: { caseId: string }[] }[]
    const [subjectId, caseId] = [String(person?.subjectId), person?.cases[0]?.caseId]
    const [receipt] = await Promise.all([
      wait((round % 5) * 4).then(() => object({ subjectId }, round % 2 ? { caseId: String(caseId) } : {})),
      house.deliver('Havn Møbler', csv([row(`RACE-${round}`, { ...who, principal: '1,00' })])),
    ])
    const stuck = await house.kit.owner(
      `select record_id from subjects.record where subject_id = $1 and record_id = any($2)
        and erased_at is null and restricted_at is null`,
      [subjectId, receipt['records']],
    )
    assert.deepEqual(stuck, [])
    const free = await house.kit.owner(
      `select record_id, category from subjects.record where subject_id = $1 and source = 'client'
        and erased_at is null and restricted_at is null`,
      [subjectId],
    )
    assert.deepEqual(free, [], 'the file brought it back in use')
  }
})
