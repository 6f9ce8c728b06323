/** A client's file, end to end on a real database: what is taken, what is refused, and what another file changes. */
import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { client } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { Problem } from '../platform/problems.ts'
import { act } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import { bytesOf, contentsOf, countsOf, csv, deliver, fileOf, row } from './delivery.fixture.ts'
import { generateNext, generatePortfolio } from './generate.ts'
import * as intake from './intake.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

let made = 0
const newClient = () => client(kit, `Klient ${(made += 1)}`)
const sums = ({ created, changed, closed, unchanged, reviewed, rejected }: intake.Sums) => ({
  created,
  changed,
  closed,
  unchanged,
  reviewed,
  rejected,
})
const none = { created: 0, changed: 0, closed: 0, unchanged: 0, reviewed: 0, rejected: 0 }

test('every row of a dirty portfolio is a record, a review or a reject; sums reconcile to the last line', async () => {
  for (const [encoding, delimiter] of [
    ['utf-8', ';'],
    ['windows-1252', ';'],
    ['utf-8', ','],
    ['windows-1252', '\t'],
  ] as const) {
    const clientId = await newClient()
    const bytes = await bytesOf(generatePortfolio({ rows: 400, seed: made, dirt: 0.3, delimiter, encoding }), encoding)
    const done = await deliver(kit, clientId, bytes, { batchRows: 150 })
    const { created, changed, closed, unchanged, reviewed, rejected } = done
    assert.equal(created + changed + closed + unchanged + reviewed + rejected, done.rows)
    // A stray quote in a row of two physical lines costs each of them.
    assert.ok(done.rows >= 400 && done.rows <= 403, String(done.rows))
    assert.ok(created > 150 && reviewed > 5 && rejected > 40, JSON.stringify(sums(done)))
    const cases = await kit.owner('select count(*)::int as n from work.relationship where client_id = $1', [clientId])
    assert.equal(cases[0]?.['n'], created + reviewed)
    const lines = await kit.owner(
      'select count(distinct line)::int as n from intake.reject where import_id = $1 and not is_remark',
      [done.importId],
    )
    assert.equal(lines[0]?.['n'], rejected)
    const notices = await kit.owner(
      `select count(*)::int as n, count(distinct n.relationship_id)::int as cases from notices.notice n
       join work.relationship r using (subject_id, relationship_id) where r.client_id = $1 and n.state = 'queued'`,
      [clientId],
    )
    assert.deepEqual(notices[0], { n: created + reviewed, cases: created + reviewed })
  }
})

test('what the file says is what is held, in its normal form, and nothing else', async () => {
  const clientId = await newClient()
  const text = csv([
    row('N-1', { name: 'Ærø Ødegård', cpr: '70583-9011', principal: '1.234,56', phone: '20 00 12 34', note: '=1+1' }),
  ])
  await deliver(kit, clientId, Buffer.from(text, 'latin1'))
  const held = (await contentsOf(kit))['N-1']
  assert.deepEqual(held, [
    [
      'debt_claim',
      {
        reference: 'N-1',
        currency: 'DKK',
        invoice_number: 'F1',
        due_date: '2026-03-01',
        claim_text: 'Strøm',
        principal: '1234.56',
      },
    ],
    ['debt_note', { note: '=1+1' }],
    [
      'debtor_contact',
      {
        address: 'Prøvevej 12',
        postcode: '2500',
        city: 'Valby',
        country: 'DK',
        email: 'asta@example.com',
        phone: '+4520001234',
      },
    ],
    ['debtor_identity', { name: 'Ærø Ødegård', cpr: '0705839011' }],
  ])
  const [found] = await kit.owner('select limitation_on::text from work.relationship where client_id = $1', [clientId])
  assert.equal(found?.['limitation_on'], '2029-03-01')
})

test('the same file again changes nothing at all, and its reject file is the same to the byte', async () => {
  const clientId = await newClient()
  const bytes = await bytesOf(generatePortfolio({ rows: 120, seed: 77, dirt: 0.2 }))
  const first = await deliver(kit, clientId, bytes)
  const rejects = await readFile(first.rejectsFile)
  const before = await countsOf(kit)
  const second = await deliver(kit, clientId, bytes)
  assert.deepEqual(await countsOf(kit), before)
  assert.equal(second.isRepeat, true)
  assert.deepEqual(sums(second), sums(first))
  assert.deepEqual(await readFile(second.rejectsFile), rejects)
  assert.equal((await stat(second.rejectsFile)).mode & 0o777, 0o600)
})

test('next month: unchanged rows stay, changed ones replace what they said, closed ones start the clock', async () => {
  const clientId = await newClient()
  const options = { rows: 300, seed: 9 }
  await deliver(kit, clientId, await bytesOf(generatePortfolio(options)))
  const next = await deliver(kit, clientId, await bytesOf(generateNext(options)))
  assert.ok(
    next.changed > 60 && next.closed > 15 && next.created > 10 && next.unchanged > 100,
    JSON.stringify(sums(next)),
  )
  assert.equal(next.rejected, 0)
  const [living] = await kit.owner(
    `select count(*)::int as n from (
       select 1 from subjects.record r
       join work.relationship c using (subject_id, relationship_id)
       where c.client_id = $1 and r.erased_at is null
       group by r.relationship_id, r.category having count(*) > 1) twice`,
    [clientId],
  )
  assert.equal(living?.['n'], 0, 'no case holds two versions of one thing')
  const [gone] = await kit.owner(
    `select count(distinct r.relationship_id)::int as n from subjects.record r
     join work.relationship c using (subject_id, relationship_id)
     where c.client_id = $1 and r.erase_reason = 'S19.superseded'`,
    [clientId],
  )
  assert.equal(gone?.['n'], next.changed)
  const closed = await kit.owner(
    'select close_reason from work.relationship where client_id = $1 and closed_on is not null',
    [clientId],
  )
  assert.ok(closed.length > 10)
  const again = await deliver(kit, clientId, `${(await bytesOf(generateNext(options))).toString('utf8')}\r\n`)
  assert.deepEqual(
    { changed: again.changed, created: again.created, reviewed: again.reviewed },
    { changed: 0, created: 0, reviewed: 0 },
  )
})

test('a closed row of a case we do not have holds nothing', async () => {
  const clientId = await newClient()
  const before = await countsOf(kit)
  const done = await deliver(kit, clientId, csv([row('C-1', { status: 'Lukket', closed_on: '01-10-2026' })]))
  assert.deepEqual(sums(done), { ...none, closed: 1 })
  const now = await countsOf(kit)
  assert.equal(now['subjects.subject'], before['subjects.subject'])
  assert.equal(now['work.relationship'], before['work.relationship'])
})

test('one CPR number is one person, in a file and across clients; a row without one is never merged', async () => {
  const [one, two] = [await newClient(), await newClient()]
  const cpr = '120483-9005'
  const person = { cpr, name: 'Bo Enkelt', address: 'Ensvej 1' }
  const first = await deliver(
    kit,
    one,
    csv([row('P-1', person), row('P-2', person), row('P-3', { ...person, cpr: '' })]),
  )
  assert.deepEqual(sums(first), { ...none, created: 2, reviewed: 1 })
  const second = await deliver(kit, two, csv([row('P-1', { cpr })]))
  assert.deepEqual(sums(second), { ...none, created: 1 })
  const matched = await act(kit.world, kit.actor('caseWorker'), async ctx => {
    const ids = await subjects.find(ctx, 'cpr', '1204839005')
    await subjects.enter(
      ctx,
      ids.map(subjectId => ({ subjectId, kind: 'subjects.read' })),
    )
    ctx.tally.permits += 1
    return ids
  })
  assert.equal(matched.length, 1)
  const cases = await kit.owner('select client_id from work.relationship where subject_id = $1', [matched[0]])
  assert.equal(cases.length, 3)
  const reason = await kit.owner('select reason from intake.review where client_id = $1', [one])
  assert.deepEqual(reason, [{ reason: 'possible_match' }])
})

test('a reference stands once in a file: the second row is rejected with its line', async () => {
  const clientId = await newClient()
  const done = await deliver(
    kit,
    clientId,
    csv([row('D-1', { cpr: '130483-9008' }), row('d -1', { cpr: '140483-9002' })]),
  )
  assert.deepEqual(sums(done), { ...none, created: 1, rejected: 1 })
  const text = await readFile(done.rejectsFile, 'utf8')
  assert.match(text, /^\uFEFFlinje;kolonne;kode;fejl;error;/)
  assert.match(text, /\r\n3;reference;reference_repeated;Sagsnummeret står/)
})

test('the reject file names line, column, reason, remedy and clause, and holds no value of the file', async () => {
  const clientId = await newClient()
  const secret = {
    name: 'Hemmelig Navnesen',
    address: 'Skjultvej 99',
    cpr: '300299-9001',
    note: 'Betalte med 4571 0000 0000 0001',
  }
  const done = await deliver(kit, clientId, csv([row('=cmd|calc', secret), row('V-2', { principal: '-5' })]))
  const text = await readFile(done.rejectsFile, 'utf8')
  for (const value of ['Hemmelig', 'Skjultvej', '300299', '4571', 'cmd']) assert.ok(!text.includes(value), value)
  assert.match(text, /\r\n2;cpr;cpr_date;[^\r]+;S20;ja\/yes\r\n/)
  assert.match(text, /\r\n2;note;card_in_text;[^\r]+;S13;ja\/yes\r\n/)
  assert.match(text, /\r\n3;principal;balance_negative;/)
})

test('a file that cannot be taken is refused before anything is written, with line and reason', async () => {
  const clientId = await newClient()
  const before = await countsOf(kit)
  const attempts: [string, string | Buffer][] = [
    ['file_empty', ''],
    ['file_spreadsheet', Buffer.from('504b030414000600', 'hex')],
    ['file_binary', Buffer.from('a;b\n\0;1\n')],
    [
      'encoding_mixed',
      Buffer.concat([Buffer.from('Sagsnr;Navn;Hovedstol\nø;æ;1\n'), Buffer.from([0xf8, 0x3b, 0x31, 0x0a])]),
    ],
    ['csv_one_column', 'Sagsnr\n1\n'],
    ['columns_no_header', '070583-9003;Asta;100,00\n'],
    ['columns_missing', 'Sagsnr;Navn\n1;Asta\n'],
    ['columns_duplicate', 'Sagsnr;Navn;Beløb;Hovedstol\n1;A;1;1\n'],
    ['csv_header', '"Sagsnr;Navn;Hovedstol\n1;A;1\n'],
  ]
  for (const [code, content] of attempts)
    await assert.rejects(deliver(kit, clientId, content), (error: unknown) => {
      assert.ok(error instanceof Problem, String(error))
      assert.equal(error.code, 'intake.file_refused')
      assert.equal(error.refusal.faults?.[0]?.code, code)
      assert.ok(error.refusal.faults?.[0]?.text?.da)
      return true
    })
  assert.deepEqual(await countsOf(kit), before)
})

test('a file that is cut off loses the line it was cut in, names it, and keeps the others', async () => {
  const clientId = await newClient()
  const whole = csv([row('T-1', { cpr: '150483-9004' }), row('T-2', { cpr: '160483-9007' })])
  const done = await deliver(kit, clientId, whole.slice(0, whole.lastIndexOf('Prøvevej')))
  assert.deepEqual(sums(done), { ...none, created: 1, rejected: 1 })
  assert.match(await readFile(done.rejectsFile, 'utf8'), /\r\n3;;csv_columns_few;/)
})

test('a dry run says what would happen and writes nothing', async () => {
  const clientId = await newClient()
  const bytes = await bytesOf(generatePortfolio({ rows: 150, seed: 55, dirt: 0.2 }))
  const before = await countsOf(kit)
  const would = await intake.rehearse(kit.world, kit.actor('admin', 'import'), fileOf(bytes), {
    clientId,
    batchRows: 40,
  })
  assert.deepEqual(await countsOf(kit), before)
  const did = await deliver(kit, clientId, bytes)
  assert.deepEqual(sums(would), sums(did))
  assert.equal(would.remarks, did.remarks)
})

test('nothing personal of a delivery stands in clear in any table', async () => {
  const clientId = await newClient()
  const marks = {
    name: 'Kanarie Fuglesang',
    address: 'Kanarievej 17',
    email: 'kanarie@example.com',
    claim_text: 'Kanariefrø',
    note: 'Kanarienote',
  }
  await deliver(kit, clientId, csv([row('KANARIE-1', { ...marks, cpr: '170483-9000' })]))
  const tables = await kit.owner(
    `select format('%I.%I', schemaname, tablename) as t from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  for (const { t } of tables) {
    const [hit] = await kit.owner(
      `select count(*)::int as n from ${String(t)} x where x::text ~* 'kanarie|1704839000|170483-9000'`,
    )
    assert.equal(hit?.['n'], 0, String(t))
  }
})

test('a person in the file gets one entry a batch in the ledger and in the own log', async () => {
  const clientId = await newClient()
  const cpr = '180483-9003'
  const done = await deliver(kit, clientId, csv([row('E-1', { cpr }), row('E-2', { cpr })]))
  const [one] = await kit.owner('select subject_id from work.relationship where client_id = $1 limit 1', [clientId])
  const subjectId = String(one?.['subject_id'])
  const entries = await act(kit.world, kit.actor('caseWorker'), async ctx => {
    const found = await subjects.entriesOf(ctx, subjectId)
    await subjects.enter(ctx, [{ subjectId, kind: 'subjects.read' }])
    ctx.tally.permits += 1
    return found
  })
  assert.equal(entries.length, 1)
  const body = entries[0]?.body
  assert.ok(body)
  assert.equal(body.kind, 'intake.received')
  assert.equal(body['import'], done.importId)
  assert.equal((body['opened'] as string[]).length, 2)
})

test('the importing role may end what it has just replaced and nothing else', async () => {
  const [record] = await kit.owner(
    `select subject_id, record_id from subjects.record where erased_at is null and source = 'client' limit 1`,
  )
  const { subject_id: person, record_id: id } = record as { subject_id: string; record_id: string }
  const [answer] = await kit.as('import', 'select subjects.supersede(array[$1::uuid], array[$2::uuid]) as n', [
    person,
    id,
  ])
  assert.equal(answer?.['n'], 0)
  await assert.rejects(kit.as('import', `select subjects.erase($1, array[$2::uuid], 'S19.x')`, [person, id]), {
    code: '42501',
  })
  await assert.rejects(kit.as('worker', 'select subjects.supersede(array[$1::uuid], array[$2::uuid])', [person, id]), {
    code: '42501',
  })
})
