/**
 * S24: everybody can see what is registered about them, always. Here something is kept out of the reply: a table or a
 * column nobody thought of, a row not yet matched, a record restricted, held, of a closed case or tampered with;
 * somebody else is let into it; and what the law hides is looked for in what is left.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { csv, row } from '../../src/intake/delivery.fixture.ts'
import { COVERAGE } from '../../src/requests/coverage.ts'
import { client, debtor, type Debtor, type DebtorWish } from '../cast.ts'
import { nextCpr, noRoleMay, openHouse, refusedBy, type House, type Json, type Who } from './house.ts'

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

type Row = { [column: string]: unknown }
const day = (ahead: number) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Copenhagen' }).format(Date.now() + ahead * 86_400_000)
const fresh = (wish: DebtorWish = {}) => debtor(house.kit, { reference: randomUUID(), cpr: nextCpr(), ...wish })
const open = async (of: { subjectId: string }, channel = 'letter'): Promise<string> =>
  (await house.must(201, 'officer', 'POST /v1/requests', { subjectId: of.subjectId, kind: 'access', channel }))[
    'requestId'
  ]
const replyTo = async (of: { subjectId: string }): Promise<Json> =>
  house.must(200, 'officer', `POST /v1/requests/${await open(of)}/reply`)
const demandOf = async (of: Debtor): Promise<string> => {
  const demand = {
    authorityId: tax,
    reference: 'J-77',
    legalBasis: 'Skattekontrolloven § 59',
    fields: ['name'],
    demandedOn: day(0),
    validUntil: day(0),
  }
  return (await house.must(201, 'officer', `POST /v1/cases/${of.caseId}/demands`, demand))['demandId']
}

/** A person of whom there is at least one row in every table about persons, all by the doors people use. */
async function whole(): Promise<Debtor> {
  const cpr = nextCpr()
  const of = await fresh({ name: 'Vigga Helhed', cpr, email: 'vigga@example.com' })
  const at = `/v1/cases/${of.caseId}`
  await house.must(204, 'caseWorker', `POST ${at}/lawyer`, { lawyerId })
  await house.must(201, 'caseWorker', `POST ${at}/payments`, {
    payment_date: day(0),
    payment_amount: '55.00',
    currency: 'DKK',
    voucher_number: 'B-900',
  })
  await house.must(204, 'caseWorker', `POST ${at}/holds`, { reason: 'claim', reviewOn: day(60) })
  const consent = {
    state: 'given',
    subjectId: of.subjectId,
    purpose: 'disclosure',
    recipientId: of.clientId,
    text: 'Ja, giv det videre.',
    textVersion: 'v7',
    language: 'da',
  }
  await house.must(201, 'officer', 'POST /v1/consents', consent)
  await house.must(201, 'admin', `POST ${at}/disclosures`, { recipient: { kind: 'creditor' } })
  await house.must(201, 'admin', `POST ${at}/disclosures`, {
    recipient: { kind: 'authority', demandId: await demandOf(of) },
  })
  const objection = {
    subjectId: of.subjectId,
    kind: 'objection',
    channel: 'phone',
    records: [of.records.contact],
    statement: 'Jeg flyttede i maj.',
  }
  await house.must(201, 'officer', 'POST /v1/requests', objection)
  await house.must(200, 'caseWorker', `GET ${at}`)
  await house.kit.owner(
    `insert into intake.review (subject_id, review_id, relationship_id, import_id, client_id, reference_digest,
      content_digest, line, reason, queued_on, review_on, settled_on, outcome)
     select r.subject_id, gen_random_uuid(), r.relationship_id, $2, r.client_id, r.reference_digest,
       r.content_digest, 1, 'nameDiffers', current_date, current_date + 30, current_date, 'new'
     from work.relationship r where r.relationship_id = $1`,
    [of.caseId, of.importId],
  )
  // A link needs somebody who wrote to the site; here it is the row that counts.
  await house.kit.owner('alter table cookies.link disable trigger link_living')
  await house.kit.owner(
    `insert into cookies.link (subject_id, link_id, site, proof_digest, notice_id)
     select subject_id, gen_random_uuid(), 'intrum.dk', sha256('proof'), notice_id
     from notices.notice where subject_id = $1 limit 1`,
    [of.subjectId],
  )
  await house.kit.owner('alter table cookies.link enable trigger link_living')
  return of
}

/** Columns that are not shown, each with its reason. A column that is neither here nor in the reply fails the test. */
const UNSHOWN: { readonly [column: string]: string } = {
  'intake.review.review_id': 'our number for work of ours',
  'intake.review.import_id': 'the delivery stands with each record it brought',
  'intake.review.client_id': 'the client is shown by name',
  'intake.review.review_on': 'our deadline; what became of it is shown',
  'work.lawyer.lawyer_id': 'the law firm is shown by name',
  'work.lawyer.lawyer_kind': 'constant',
  'work.relationship.client_id': 'the client is shown by name',
  'work.relationship.client_kind': 'constant',
  'work.demand.authority_id': 'the authority is shown by name',
  'work.demand.authority_kind': 'constant',
  'consents.consent.recipient_id': 'the recipient is shown by name',
  'disclosure.disclosure.item_id': 'the work behind it, named in the log',
  'disclosure.disclosure.recipient_id': 'the recipient is shown by name',
  'disclosure.disclosure.creditor_id': 'the recipient is shown by name',
  'disclosure.disclosure.lawyer_id': 'the recipient is shown by name',
  'disclosure.disclosure.notice_kind': 'constant',
  'disclosure.disclosure.consent_purpose': 'constant',
  'notices.notice.recipient_id': 'stands in its disclosure, by name',
  'notices.notice.recipient_kind': 'stands in its disclosure',
  'requests.request.item_id': 'the work behind it, named in the log',
  'subjects.record.import_id': 'the delivery is shown by client and day',
}

/** A value as it must stand in the reply, or null where it says nothing about a person: digests, keys, counters. */
function shownAs(value: unknown): string | null {
  if (value instanceof Date) return value.toISOString().slice(0, 19)
  if (typeof value !== 'string' || value === '') return null
  return value
}

test('every column of every row about a person is in the reply, or it is written down why not', async () => {
  const of = await whole()
  const requestId = await open(of)
  const tables = await house.kit.owner(
    `select distinct format('%I.%I', c.table_schema, c.table_name) as name from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
     where c.column_name = 'subject_id' and t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog',
       'information_schema')`,
  )
  const wanted = new Map<string, string>()
  for (const { name } of tables as { name: string }[]) {
    const covered = COVERAGE[name]
    assert.ok(covered, `${name} is declared nowhere`)
    const shown = name === 'subjects.opening' ? 'and visible_from is not null' : ''
    const rows = await house.kit.owner(`select * from ${name} where subject_id = $1 ${shown}`, [of.subjectId])
    assert.ok(rows.length > 0, `nothing was planted in ${name}`)
    if ('not' in covered.export) continue
    for (const [column, value] of rows.flatMap(it => Object.entries(it))) {
      const text = shownAs(value)
      if (text !== null && !(`${name}.${column}` in UNSHOWN)) wanted.set(`${name}.${column} = ${text}`, text)
    }
  }
  const text = JSON.stringify(await house.must(200, 'officer', `POST /v1/requests/${requestId}/reply`))
  assert.deepEqual(
    [...wanted].filter(([, value]) => !text.includes(value)).map(([what]) => what),
    [],
  )
  const values = [
    'Vigga Helhed',
    'vigga@example.com',
    'Prøvevej 12',
    '2340.50',
    '55.00',
    'B-900',
    'Jeg flyttede i maj.',
    'Ja, giv det videre.',
    'Strandby Energi',
    'Gældsstyrelsen',
    'Advokat Krog',
    'J-77',
    'Skattekontrolloven § 59',
  ]
  for (const value of values) assert.ok(text.includes(value), value)
})

test('a table about persons that nobody declared is found', async () => {
  await house.kit.owner('create table work.gossip (subject_id uuid, said text)')
  const undeclared = await house.kit.owner(
    `select table_schema || '.' || table_name as name from information_schema.columns where column_name = 'subject_id'`,
  )
  assert.deepEqual(
    undeclared.map(it => String(it['name'])).filter(name => !(name in COVERAGE)),
    ['work.gossip'],
  )
  await house.kit.owner('drop table work.gossip')
})

test('by any channel a request is taken, with a month from the day it came, by our own people alone', async () => {
  const of = await fresh()
  for (const channel of ['letter', 'email', 'phone', 'inPerson', 'api']) {
    const receipt = await house.must(201, 'caseWorker', 'POST /v1/requests', {
      subjectId: of.subjectId,
      kind: 'access',
      channel,
      receivedOn: day(-20),
    })
    assert.ok(String(receipt['dueOn']) <= day(11), String(receipt['dueOn']))
  }
  for (const who of ['auditor', { client: of.clientId }] as Who[])
    assert.equal(
      (await house.ask(who, 'POST /v1/requests', { subjectId: of.subjectId, kind: 'access', channel: 'api' })).status,
      403,
    )
})

test('restricted, held, disputed or closed: the person still sees it all', async () => {
  const of = await fresh()
  await house.must(201, 'officer', 'POST /v1/requests', {
    subjectId: of.subjectId,
    kind: 'objection',
    channel: 'letter',
    caseId: of.caseId,
    claim: 'disputed',
  })
  await house.must(204, 'caseWorker', `POST /v1/cases/${of.caseId}/holds`, { reason: 'claim', reviewOn: day(60) })
  await house.must(200, 'caseWorker', `POST /v1/cases/${of.caseId}/close`, { reason: 'recalled' })
  const reply = await replyTo(of)
  const ids = (reply['records'] as Row[]).map(it => it['recordId'])
  for (const id of Object.values(of.records)) assert.ok(ids.includes(id))
})

test('what was asked for is not erased before the answer, though its day has come; then it goes', async () => {
  const of = await fresh()
  const requestId = await open(of)
  await house.kit.owner(
    `update work.relationship set opened_on = current_date - 300, closed_on = current_date - 300,
      close_reason = 'paid' where relationship_id = $1`,
    [of.caseId],
  )
  await house.must(201, 'officer', 'POST /v1/retention/runs', {})
  const reply = await house.must(200, 'officer', `POST /v1/requests/${requestId}/reply`)
  assert.equal((reply['records'] as Row[]).length, 3)
  await house.must(200, 'officer', `POST /v1/requests/${requestId}/decision`, { outcome: 'given', reason: 'replied' })
  await house.must(201, 'officer', 'POST /v1/retention/runs', {})
  const later = await replyTo(of)
  assert.deepEqual([(later['records'] as Row[]).length, (later['erased'] as Row[]).length], [0, 3])
})

test('two persons of one name and address, and two debtors of one claim text, see nothing of each other', async () => {
  const [one, two] = [await fresh({ name: 'Jens Jensen' }), await fresh({ name: 'Jens Jensen' })]
  const text = JSON.stringify(await replyTo(one))
  for (const id of [two.subjectId, two.caseId, two.noticeId, ...Object.values(two.records)])
    assert.ok(!text.includes(id))
})

test('by a file: a row that waits in our queue is in the reply, and of another’s words in it nothing', async () => {
  const cpr = nextCpr()
  const given = { cpr, name: 'Kaja Kø', address: 'Køvej 4', email: 'kaja@example.com' }
  await house.deliver('Strandby Energi', csv([row('Q-1', given)]))
  const report = await house.deliver(
    'Havn Møbler',
    csv([row('Q-2', { ...given, name: 'Helt Anden Person', email: 'anden@example.com', claim_text: 'Andens sofa' })]),
  )
  const { people } = await house.must(200, 'officer', 'POST /v1/people/search', { cpr })
  const person = (people as { subjectId: string; isProvisional: boolean }[]).find(it => !it.isProvisional)
  const reply = await replyTo({ subjectId: String(person?.subjectId) })
  if (report['reviewed'] === 1) {
    assert.equal((reply['unmatched'] as Row[]).length, 1)
    const text = JSON.stringify(reply)
    for (const secret of ['Helt Anden', 'anden@', 'Andens sofa']) assert.ok(!text.includes(secret), secret)
  } else {
    assert.ok(JSON.stringify(reply).includes('Andens sofa'), 'a row that was matched is the person’s own')
  }
})

test('who looked stands in the reply: each reading with its role, its time and its purpose, and no name', async () => {
  const of = await fresh()
  for (const who of ['caseWorker', 'admin'] as const) await house.must(200, who, `GET /v1/cases/${of.caseId}`)
  const log = (await replyTo(of))['log'] as { kind: string; by?: { role: string; id: string }; detail?: Row }[]
  const reads = log.filter(it => it.kind === 'subjects.read')
  assert.deepEqual(
    reads.map(it => it.by?.role ?? '').toSorted((a, b) => a.localeCompare(b)),
    ['admin', 'caseWorker'],
  )
  for (const it of reads)
    assert.match(`${it.by?.id} ${String(it.detail?.['purpose'])}`, /^key:[0-9a-f-]{36} debt_collection$/)
})

test('by SQL no role hides a line of the person’s log, takes one out, or changes what is registered', async () => {
  for (const statement of [
    'update subjects.opening set visible_from = null',
    `update subjects.opening set sealed = '\\x00'`,
    'delete from subjects.opening',
    'update subjects.record set subject_id = gen_random_uuid()',
    `update subjects.record set source = 'internal'`,
    'delete from requests.request',
    `update requests.request set due_on = due_on + 30`,
    `update requests.request set received_on = received_on + 30`,
  ])
    await noRoleMay(house.kit, statement)
  const of = await fresh()
  const late = (received: string, due: string) =>
    house.kit.as(
      'api',
      `insert into requests.request (subject_id, request_id, item_id, kind, channel, received_on, due_on, notice_id)
      select $1, gen_random_uuid(), item_id, 'access', 'letter', ${received}, ${due}, $2 from work.item limit 1`,
      [of.subjectId, of.noticeId],
    )
  await refusedBy(late('current_date', 'current_date + 45'), '23514', 'request_month')
  await refusedBy(late('current_date + 90', 'current_date + 100'), '23514', 'request_received')
})

test('a record that somebody changed in the database stops the reply and is not left out of it', async () => {
  const of = await fresh()
  await house.kit.owner(
    `update subjects.record set ciphertext = overlay(ciphertext placing '\\x00ff' from 20) where record_id = $1`,
    [of.records.claim],
  )
  const answer = await house.ask('officer', `POST /v1/requests/${await open(of)}/reply`)
  assert.equal(answer.body['code'], 'subjects.integrity')
  assert.ok(!answer.text.includes('Asta'))
})

/** A reply with its ids and instants taken out: what an outsider could compare. */
function shape(reply: Json): string {
  return JSON.stringify(reply)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'at')
    .replaceAll(/"[0-9a-f]{64}"/g, '"hash"')
}

test('security A12: a disclosure held under law is nowhere to be inferred: two worlds, one reply', async () => {
  const cpr = nextCpr()
  const [plain, secret] = [
    await fresh({ reference: 'W-1', cpr }),
    await fresh({ reference: 'W-1', cpr, client: 'Havn Møbler' }),
  ]
  const held = { ground: 'databeskyttelsesloven_22_2', reviewOn: day(90) }
  const recipient = { kind: 'authority', demandId: await demandOf(secret) }
  const made = await house.must(201, 'officer', `POST /v1/cases/${secret.caseId}/disclosures`, { recipient, held })
  await house.must(200, 'officer', `PUT /v1/notices/${String(made['noticeId'])}/hold`, { ...held, reviewOn: day(120) })
  await house.must(200, 'admin', `GET /v1/disclosures/${String(made['disclosureId'])}/package`)
  const [one, two] = [await replyTo(plain), await replyTo(secret)]
  assert.equal(shape(two).replaceAll('Havn Møbler', 'Strandby Energi'), shape(one))
  await house.must(200, 'officer', `DELETE /v1/notices/${String(made['noticeId'])}/hold`)
  assert.notEqual(shape(await replyTo(secret)).length, shape(two).length)
})

test('on the command line and after a restart it is the same reply', async () => {
  const of = await whole()
  const ran = await house.cli(['access', '--case', of.caseId])
  assert.equal(ran.code, 0, ran.err)
  const { world } = await house.reopen()
  const answer = await house.askOn(world, 'officer', `POST /v1/requests/${await open(of)}/reply`)
  const parts = (reply: Json) =>
    ['records', 'vouchers', 'holds', 'disclosures', 'consents', 'relationships'].map(part => [
      part,
      (reply[part] as Row[]).length,
    ])
  assert.deepEqual(parts(answer.body), parts(ran.body))
  assert.ok(!ran.err.includes('Vigga') && !house.kit.log.join().includes('Vigga'))
})

test('a reply made while a payment is booked, 15 times, has the payment whole or not at all', async () => {
  for (let round = 0; round < 15; round += 1) {
    const of = await fresh()
    const requestId = await open(of)
    const payment = { payment_date: day(0), payment_amount: '1.00', currency: 'DKK', voucher_number: 'B' }
    const [answer] = await Promise.all([
      wait(round % 4).then(() => house.ask('officer', `POST /v1/requests/${requestId}/reply`)),
      wait(round % 3).then(() => house.must(201, 'caseWorker', `POST /v1/cases/${of.caseId}/payments`, payment)),
    ])
    assert.ok([200, 409].includes(answer.status), answer.text)
    if (answer.status === 409) continue
    const { vouchers, records, log } = answer.body as unknown as {
      vouchers: Row[]
      records: { category: { code: string } }[]
      log: { kind: string }[]
    }
    const counts = [
      vouchers.length,
      records.filter(it => it.category.code === 'accounting_entry').length,
      log.filter(it => it.kind === 'work.payment_entered').length,
    ]
    assert.equal(new Set(counts).size, 1, JSON.stringify(counts))
  }
})
