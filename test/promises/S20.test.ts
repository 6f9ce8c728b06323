/** S20: from our clients we receive details of persons with outstanding debt to them, and of nobody else. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDuration } from '../../src/lib/civil-date.ts'
import { civilDate } from '../../src/platform/world.ts'
import {
  assertForbidden,
  collected,
  copyOf,
  csv,
  debtCase,
  debtorLine,
  openDoors,
  problemOf,
  rowOf,
  sqlState,
  stock,
  type Body,
  type Doors,
} from './doors.ts'

let doors: Doors
let strandby: string
let havn: string
let count = 100

before(async () => {
  doors = await openDoors()
  strandby = await doors.party('clients', 'Strandby Energi')
  havn = await doors.party('clients', 'Havn Møbler')
})
after(() => doors.close())

const nextCpr = () => `0101650${String((count += 1))}`
const deliver = (...lines: string[]) => doors.deliver('Strandby Energi', csv(...lines))

/** What became of a delivery; every line is counted exactly once. */
function sums(done: Body, lines: number): string {
  const { created, changed, closed, unchanged, reviewed, rejected, rows } = done as { [name: string]: number }
  const kinds = [created, changed, closed, unchanged, reviewed, rejected].map(Number)
  assert.deepEqual([rows, kinds.reduce((sum, it) => sum + it, 0)], [lines, lines], JSON.stringify(done))
  return `${created} new, ${reviewed} to look at, ${rejected} refused`
}

async function codesOf(done: Body): Promise<string[]> {
  const rows = await doors.kit.owner(
    'select line, code, clause from intake.reject where import_id = $1 and not is_remark order by line',
    [done['importId']],
  )
  assert.ok(
    rows.every(row => /^S\d+$/.test(String(row['clause']))),
    JSON.stringify(rows),
  )
  return rows.map(row => String(row['code']))
}

test('a row without outstanding debt is refused, in whatever form nothing is written, and leaves nothing', async () => {
  const amounts = [
    '0',
    '0,00',
    '-100,00',
    '100,00-',
    '(100,00)',
    '',
    'betalt',
    '0.00 kr',
    '−5',
    '1e9',
    'NaN',
    '99999999999,00',
    '=1+1',
  ]
  const before = await stock(doors.kit)
  const done = await deliver(...amounts.map((amount, at) => debtorLine(`S20-0-${at}`, { amount, cpr: nextCpr() })))
  assert.equal(sums(done, amounts.length), `0 new, 0 to look at, ${amounts.length} refused`)
  assert.equal(await stock(doors.kit), before)
  assert.ok((await codesOf(done)).includes('balance_zero'))
})

test('a claim that says it is paid and still wants money is refused rather than believed either way', async () => {
  const done = await deliver(debtorLine('S20-1', { status: 'betalt', cpr: nextCpr() }))
  assert.equal(sums(done, 1), '0 new, 0 to look at, 1 refused')
})

test('who is dead, a minor, under guardianship, protected or impossibly old waits for a person of ours', async () => {
  const lines = [
    debtorLine('S20-2-1', { name: 'Boet efter Ib Prøve', cpr: nextCpr() }),
    debtorLine('S20-2-2', { cpr: '0101155003' }),
    debtorLine('S20-2-3', { name: 'Ib Prøve, under værgemål', cpr: nextCpr() }),
    debtorLine('S20-2-4', { note: 'Hemmelig adresse', cpr: nextCpr() }),
    debtorLine('S20-2-5', { cpr: '0101655003' }),
  ]
  const before = (await doors.kit.owner('select 1 from intake.review')).length
  const done = await deliver(...lines)
  assert.equal(sums(done, 5), '0 new, 5 to look at, 0 refused')
  assert.equal((await doors.kit.owner('select 1 from intake.review')).length, before + 5)
})

test('a broken number, date, letter or line is named and refused, and no line is lost', async () => {
  const lines = [
    debtorLine('S20-3-1', { cpr: '3002651234' }),
    debtorLine('S20-3-2', { cpr: '010165-xxxx' }),
    debtorLine('S20-3-3', { cpr: '10165123' }),
    debtorLine('S20-3-4', { cpr: nextCpr(), due: '31-02-2026' }),
    debtorLine('S20-3-5', { cpr: nextCpr(), due: '01-01-2099' }),
    debtorLine('S20-3-6', { cpr: nextCpr(), name: 'SÃ¸ren PrÃ¸ve' }),
    debtorLine('S20-3-7', { cpr: nextCpr(), name: '' }),
    debtorLine('S20-3-8', { cpr: nextCpr(), name: 'N.N.' }),
    debtorLine('', { cpr: nextCpr() }),
    debtorLine('S20-3-9', { cpr: '', address: '' }),
    `${debtorLine('S20-3-10', { cpr: nextCpr() })};en;celle;for;meget`,
    'S20-3-11;kun;tre',
  ]
  const before = await stock(doors.kit)
  const done = await deliver(...lines)
  assert.equal(sums(done, lines.length), `0 new, 0 to look at, ${lines.length} refused`)
  assert.equal(await stock(doors.kit), before)
  const rejects = await doors.call('GET', `/v1/imports/${String(done['importId'])}/rejects`)
  for (let line = 2; line < lines.length + 2; line += 1)
    assert.match(rejects.text, new RegExp(`^\\uFEFF?${line};`, 'm'), `line ${line}`)
})

test('a spreadsheet’s missing zero is put back only where it is certain, and old letters are read right', async () => {
  const header = 'Sagsnr;Navn;CPR;Adresse;Postnr;By;Hovedstol'
  const text = `${header}\r\nS20-4;Søren Ærø;70761-4285;Åvej 1;2500;Valby;1.234,56\r\n`
  const done = await doors.deliver('Strandby Energi', Buffer.from(text, 'latin1'))
  assert.equal(sums(done, 1), '1 new, 0 to look at, 0 refused')
  const found = await doors.call('POST', '/v1/people/search', { cpr: '070761-4285' })
  const [person] = found.body['people'] as { cases: { caseId: string }[] }[]
  const shown = await doors.call('GET', `/v1/cases/${person?.cases[0]?.caseId}`)
  for (const part of ['Søren Ærø', 'Åvej 1', '1234.56']) assert.ok(shown.text.includes(part), `${part}: ${shown.text}`)
})

test('two persons of one name are two, and what looks like one without a number waits', async () => {
  const one = await debtCase(doors, 'Strandby Energi', {
    cpr: nextCpr(),
    name: 'Anders Tvilling',
    address: 'Ens Vej 1',
  })
  const two = await debtCase(doors, 'Strandby Energi', {
    cpr: nextCpr(),
    name: 'Anders Tvilling',
    address: 'Ens Vej 2',
  })
  assert.notEqual(one.subjectId, two.subjectId)
  const third = await deliver(debtorLine('S20-5', { cpr: '', name: 'Tvilling, Anders', address: 'Ens vej 1' }))
  assert.equal(sums(third, 1), '0 new, 1 to look at, 0 refused')
})

test('a known case with another person’s number is not silently given to that person', async () => {
  const { reference, subjectId, caseId } = await debtCase(doors, 'Strandby Energi', {
    cpr: nextCpr(),
    name: 'Bente Før',
  })
  const done = await deliver(debtorLine(reference, { cpr: nextCpr(), name: 'Carl Efter' }))
  assert.equal(sums(done, 1), '0 new, 1 to look at, 0 refused')
  const [row] = await doors.kit.owner('select subject_id from work.relationship where relationship_id = $1', [caseId])
  assert.equal(row?.['subject_id'], subjectId)
  assert.ok(!(await doors.call('GET', `/v1/cases/${caseId}`)).text.includes('Carl Efter'))
})

test('each new case has one notice, due a month after receipt, and its data says where it is from', async () => {
  const { caseId, subjectId } = await debtCase(doors, 'Strandby Energi', { cpr: nextCpr() })
  const notices = await doors.kit.owner('select kind, due_on, state from notices.notice where relationship_id = $1', [
    caseId,
  ])
  assert.deepEqual(notices, [
    { kind: 'collection', due_on: addDuration(civilDate(new Date()), 'P1M'), state: 'queued' },
  ])
  const records = await doors.kit.owner('select source, import_id from subjects.record where relationship_id = $1', [
    caseId,
  ])
  assert.ok(records.every(row => row['source'] === 'client' && row['import_id'] !== null))
  const second = `insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state)
    values ($1, gen_random_uuid(), 'collection', $2, current_date, 'queued')`
  await assert.rejects(doors.kit.as('import', second, [subjectId, caseId]), sqlState('23505', 'notice_one_for_case'))
})

test('the same file again, at once or later, by API or command line, changes nothing', async () => {
  const text = csv(debtorLine('S20-6-1', { cpr: nextCpr() }), debtorLine('S20-6-2', { cpr: nextCpr() }))
  const answers = await Promise.all(
    [1, 2, 3].map(() => doors.send('/v1/imports?client=Strandby%20Energi', text, 'text/csv')),
  )
  for (const answer of answers)
    assert.ok(answer.status === 202 || problemOf(answer).code === 'intake.running', answer.text)
  const done = await doors.deliver('Strandby Energi', text)
  assert.equal(done['created'], 2)
  const before = await stock(doors.kit)
  const again = await doors.cli(['import', doors.file('again.csv', text), '--client', 'Strandby Energi'])
  assert.deepEqual([again.code, again.body['isRepeat']], [0, true], again.err)
  const saved = await deliver(
    debtorLine('S20-6-1', { cpr: `0101650${count - 1}` }),
    debtorLine('S20-6-3', { amount: '0' }),
  )
  assert.deepEqual([saved['unchanged'], saved['rejected']], [1, 1], JSON.stringify(saved))
  assert.equal(await stock(doors.kit), before)
})

test('a row twice in one file is taken once, and the second is named', async () => {
  const line = debtorLine('S20-7', { cpr: nextCpr() })
  const done = await deliver(line, line, line.replace('S20-7', 's20 - 7'))
  assert.equal(sums(done, 3), '1 new, 0 to look at, 2 refused')
  assert.deepEqual(new Set(await codesOf(done)), new Set(['reference_repeated']))
})

test('a trial run writes nothing at all', async () => {
  const before = await stock(doors.kit)
  const file = doors.file('trial.csv', csv(debtorLine('S20-8', { cpr: nextCpr() })))
  const done = await doors.cli(['import', file, '--client', 'Strandby Energi', '--dry-run'])
  assert.deepEqual([done.code, done.body['created']], [0, 1], done.err)
  assert.equal(await stock(doors.kit), before)
  assert.equal((await doors.kit.owner('select 1 from intake.import where lines_total is null')).length, 0)
})

test('a client delivers for itself alone, and learns from its report nothing of what we know already', async () => {
  const key = await doors.keyFor('client', havn)
  const forOther = await doors.send('/v1/imports?client=Strandby%20Energi', csv(debtorLine('S20-9')), 'text/csv', key)
  assert.equal(forOther.status, 403, forOther.text)
  const known = { cpr: nextCpr(), name: 'Dorte Kendt' }
  await debtCase(doors, 'Strandby Energi', known)
  const report = async (line: string) => {
    const begun = await doors.send('/v1/imports', csv(line), 'text/csv', key)
    assert.equal(begun.status, 202, begun.text)
    await doors.deliver('Havn Møbler', csv(line))
    const { importId, receivedAt, ...told } = (
      await doors.call('GET', `/v1/imports/${String(begun.body['importId'])}`, undefined, key)
    ).body
    assert.ok(importId && receivedAt)
    return told
  }
  assert.deepEqual(
    await report(debtorLine('H-1', known)),
    await report(debtorLine('H-2', { cpr: nextCpr(), name: 'Egon Ukendt' })),
  )
  const imports = await doors.kit.owner('select import_id from intake.import where client_id = $1 limit 1', [strandby])
  assert.equal(
    (await doors.call('GET', `/v1/imports/${String(imports[0]?.['import_id'])}`, undefined, key)).status,
    404,
  )
  assert.equal((await doors.call('GET', '/v1/reviews', undefined, key)).status, 403)
})

test('with plain SQL a client’s record says from which delivery, and a batch must add up', async () => {
  const { caseId } = await debtCase(doors, 'Strandby Energi', { cpr: nextCpr() })
  const [record] = await doors.kit.owner('select record_id from subjects.record where relationship_id = $1 limit 1', [
    caseId,
  ])
  const id = String(record?.['record_id'])
  for (const surface of ['api', 'worker', 'import'] as const) {
    await assert.rejects(
      doors.kit.as(surface, copyOf(id, { import_id: 'null' })),
      sqlState('23514', 'record_client_has_source'),
    )
    await assert.rejects(doors.kit.as(surface, copyOf(id, { import_id: 'gen_random_uuid()' })), sqlState('23503'))
    await assert.rejects(doors.kit.as(surface, copyOf(id, { source: `'bought'` })), sqlState('23514'))
    await assert.rejects(
      doors.kit.as(surface, copyOf(id, { notice_id: 'null' })),
      sqlState('23514', 'record_known_or_consented'),
    )
  }
  const batch = `insert into intake.batch
    (import_id, ordinal, rows_first, rows_last, created, changed, closed, unchanged, reviewed, rejected)
    select import_id, 99, 1, 10, 1, 1, 1, 1, 1, 1 from intake.import limit 1`
  await assert.rejects(doors.kit.as('import', batch), sqlState('23514', 'batch_reconciles'))
  for (const table of ['intake.batch', 'intake.reject']) await assertForbidden(doors.kit, `delete from ${table}`)
  await assertForbidden(doors.kit, `update subjects.record set import_id = null where record_id = '${id}'`)
  await assertForbidden(doors.kit, `update intake.import set client_id = '${havn}'`)
})

test('a case is a client’s, once by each reference, and cannot be moved to another person or client', async () => {
  const { caseId, subjectId } = await debtCase(doors, 'Strandby Energi', { cpr: nextCpr() })
  const insert = (client: string, digest: string) => `insert into work.relationship
    (subject_id, relationship_id, kind, client_id, reference_digest, opened_on, review_on)
    select subject_id, gen_random_uuid(), 'debtCase', ${client}, ${digest}, opened_on, review_on
    from work.relationship where relationship_id = '${caseId}'`
  for (const surface of ['api', 'import', 'worker'] as const) {
    await assert.rejects(
      doors.kit.as(surface, insert('null', 'reference_digest')),
      sqlState('23514', 'debt_case_has_client'),
    )
    await assert.rejects(doors.kit.as(surface, insert('client_id', 'null')), sqlState('23514', 'debt_case_has_client'))
    await assert.rejects(
      doors.kit.as(surface, insert('client_id', 'reference_digest')),
      sqlState('23505', 'relationship_by_reference'),
    )
  }
  await assertForbidden(
    doors.kit,
    `update work.relationship set client_id = '${havn}' where subject_id = '${subjectId}'`,
  )
})

test('a file whose header, columns or letters cannot be read is refused before a row of it is taken', async () => {
  const before = await stock(doors.kit)
  for (const [text, what] of [
    ['', 'nothing'],
    ['\u0000\u0001\u0002', 'no text'],
    ['PK\u0003\u0004 xlsx', 'a spreadsheet'],
    ['Sagsnr;Navn\r\nS;B\r\n', 'no amount'],
    [`${debtorLine('S20-10')}\r\n`, 'no header'],
    ['Sagsnr;Navn;Navn;Hovedstol\r\n1;A;B;3\r\n', 'a name twice'],
  ] as const) {
    const answer = await doors.send('/v1/imports?client=Strandby%20Energi', text, 'text/csv')
    assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status} ${answer.text}`)
    assert.ok(!answer.text.includes('Asta'), what)
  }
  assert.equal(await stock(doors.kit), before)
  const stranger = await collected(doors)
  assert.equal((await rowOf(doors.kit, stranger.recordId))['source'], 'website')
})
