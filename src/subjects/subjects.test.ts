/** The vault: what is changed from outside cannot be read, what is erased is gone, what is read is recorded. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import * as ledger from '../ledger/ledger.ts'
import { Problem } from '../platform/problems.ts'
import { act, look } from '../platform/world.ts'
import * as work from '../work/work.ts'
import * as subjects from './subjects.ts'

let kit: Kit
let asta: Debtor

before(async () => {
  kit = await openKit()
  asta = await debtor(kit)
})
after(() => kit.close())

const read = (of: Debtor, options: { fields?: string[] } = {}) =>
  act(kit.world, kit.actor('caseWorker'), async ctx => {
    const warrant = await work.warrant(ctx, { kind: 'case', id: of.caseId })
    const factsOf = () => ({ workOpen: true, roleAllowed: true, noticeGiven: true })
    const result = await subjects.open(ctx, warrant, { subjectId: of.subjectId, verb: 'read', factsOf, ...options })
    await subjects.enter(ctx, [
      { subjectId: of.subjectId, kind: 'subjects.read', detail: { purpose: warrant.purpose } },
    ])
    return result.opened
  })

const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code

test('a case worker on an open case reads what collecting the debt needs', async () => {
  const values = Object.assign({}, ...(await read(asta)).map(it => it.values)) as Record<string, string>
  assert.equal(values['name'], 'Asta Prøvebjerg')
  assert.equal(values['principal'], '2340.50')
})

test('a purpose cannot be made up: a warrant of another act or of nobody is refused', async () => {
  const forged = {
    purpose: 'rights',
    work: { kind: 'request', id: asta.caseId },
    subjectId: asta.subjectId,
    relationshipId: null,
  } as const
  const doing = act(kit.world, kit.actor('caseWorker'), ctx =>
    subjects.open(ctx, forged, { subjectId: asta.subjectId, verb: 'read', factsOf: () => ({ workOpen: true }) }),
  )
  await assert.rejects(doing, /warrant/)
})

test('a warrant for one person opens nobody else', async () => {
  const bo = await debtor(kit, { name: 'Bo Eksempel', cpr: '0202659996', reference: 'R-2' })
  const doing = act(kit.world, kit.actor('caseWorker'), async ctx => {
    const warrant = await work.warrant(ctx, { kind: 'case', id: asta.caseId })
    return subjects.open(ctx, warrant, { subjectId: bo.subjectId, verb: 'read', factsOf: () => ({ workOpen: true }) })
  })
  await assert.rejects(doing, /somebody else/)
})

test('a closed case gives no purpose', async () => {
  const closed = await debtor(kit, { reference: 'R-3' })
  await kit.owner(
    `update work.relationship set closed_on = current_date, close_reason = 'paid' where relationship_id = $1`,
    [closed.caseId],
  )
  await assert.rejects(read(closed), isProblem('work.no_item'))
})

test('every column that decides a rule is bound to the text: change one and the record cannot be read', async () => {
  const of = await debtor(kit, { reference: 'R-4' })
  const changes = [
    `category = 'debt_note'`,
    `source = 'person'`,
    `purpose = 'debt_collection'`,
    `collected_at = collected_at - interval '1 day'`,
    `wrapped_key = (select wrapped_key from subjects.record where record_id = '${asta.records.identity}')`,
    `ciphertext = (select ciphertext from subjects.record where record_id = '${asta.records.identity}')`,
    `ciphertext = set_byte(ciphertext, 20, get_byte(ciphertext, 20) # 1)`,
    `ciphertext = set_byte(ciphertext, length(ciphertext) - 1, get_byte(ciphertext, length(ciphertext) - 1) # 1)`,
    `ciphertext = ciphertext || substring(ciphertext for 64)`,
  ]
  for (const change of changes) {
    await kit.owner(
      'create table kept as select * from subjects.record where record_id = $1'.replace(
        '$1',
        `'${of.records.identity}'`,
      ),
    )
    await kit.owner(`update subjects.record set ${change} where record_id = $1`, [of.records.identity])
    await assert.rejects(read(of), isProblem('subjects.integrity'), change)
    await kit.owner(`update subjects.record r set category = k.category, source = k.source, purpose = k.purpose,
      collected_at = k.collected_at, wrapped_key = k.wrapped_key, ciphertext = k.ciphertext
      from kept k where r.record_id = k.record_id`)
    await kit.owner('drop table kept')
  }
  assert.equal((await read(of)).length, 3)
})

test('a value given another provenance in the database is refused, not read under the other’s rules', async () => {
  const [row] = await kit.owner(`select source from subjects.record where record_id = $1`, [asta.records.contact])
  assert.equal(row?.['source'], 'client')
  await kit.owner(`update subjects.record set source = 'person' where record_id = $1`, [asta.records.contact])
  await assert.rejects(read(asta), isProblem('subjects.integrity'))
  await kit.owner(`update subjects.record set source = 'client' where record_id = $1`, [asta.records.contact])
})

test('a person is found by a keyed digest and by nothing that can be read in the database', async () => {
  const found = await act(kit.world, kit.actor('admin'), async ctx => {
    const ids = await subjects.find(ctx, 'cpr', '0101659995')
    await work.register(ctx, { kind: 'client', name: 'Fundet' })
    return ids
  })
  assert.ok(found.includes(asta.subjectId))
  const digests = await kit.owner('select digest from subjects.lookup')
  assert.ok(digests.length > 0)
  assert.ok(digests.every(row => (row['digest'] as Buffer).length === 16))
})

test('erasing destroys key and text, takes the digests and leaves a tombstone that says nothing', async () => {
  const of = await debtor(kit, { reference: 'R-5', cpr: '0303659997' })
  const erased = await act(kit.world, kit.actor('system', 'worker'), async ctx => {
    const job = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
    const warrant = await work.warrant(ctx, { kind: 'job', id: job }, 'retention')
    const rows = await subjects.rowsOf(ctx, of.subjectId)
    const facts = () => ({ workOpen: true, reasonEnded: true, floorPassed: true, roleAllowed: true })
    const count = await subjects.erase(ctx, warrant, rows, { reason: 'S19.case_closed', facts })
    await subjects.enter(ctx, [{ subjectId: of.subjectId, kind: 'subjects.erased', detail: { count } }])
    return count
  })
  assert.equal(erased, 3)
  const rows = await kit.owner('select * from subjects.record where subject_id = $1', [of.subjectId])
  assert.ok(rows.every(row => row['ciphertext'] === null && row['wrapped_key'] === null && row['erased_at'] !== null))
  assert.deepEqual(await kit.owner('select 1 from subjects.lookup where subject_id = $1', [of.subjectId]), [])
})

test('no role may read keys it does not need, change a record or delete one', async () => {
  const statements = [
    'delete from subjects.record',
    'delete from subjects.subject',
    'delete from subjects.opening',
    'update subjects.subject set wrapped_key = null',
    'update subjects.record set wrapped_key = null',
    `update subjects.record set source = 'client'`,
    'update subjects.record set erased_at = now()',
    'truncate subjects.record',
    'alter table subjects.record disable trigger all',
    'drop table subjects.record',
  ]
  for (const surface of ['api', 'worker', 'import', 'integrator', 'public'] as const) {
    for (const statement of statements) {
      await assert.rejects(kit.as(surface, statement), { code: '42501' }, `${surface}: ${statement}`)
    }
  }
  for (const surface of ['integrator', 'public'] as const) {
    await assert.rejects(kit.as(surface, 'select * from subjects.record'), { code: '42501' })
  }
})

test('a reading is in the ledger and in the person’s own log; a changed opening is named', async () => {
  const entries = await act(kit.world, kit.actor('caseWorker'), async ctx => {
    const rows = await subjects.entriesOf(ctx, asta.subjectId)
    await work.warrant(ctx, { kind: 'case', id: asta.caseId })
    const warrant = await work.warrant(ctx, { kind: 'case', id: asta.caseId })
    await subjects.open(ctx, warrant, {
      subjectId: asta.subjectId,
      verb: 'read',
      factsOf: () => ({ workOpen: true, roleAllowed: true, noticeGiven: true }),
    })
    await subjects.enter(ctx, [{ subjectId: asta.subjectId, kind: 'subjects.read' }])
    return rows
  })
  assert.ok(entries.some(entry => entry.body?.kind === 'subjects.read'))
  await ledger.openIntegrator(kit.world)()
  const report = () => look(kit.world, kit.actor('admin'), subjects.verifyOpenings)
  assert.deepEqual((await report()).findings, [])
  const [first] = await kit.owner('select entry_id from subjects.opening limit 1')
  await kit.owner(
    'update subjects.opening set sealed = set_byte(sealed, 15, get_byte(sealed, 15) # 1) where entry_id = $1',
    [first?.['entry_id']],
  )
  assert.deepEqual((await report()).findings, [{ kind: 'opening', entryId: first?.['entry_id'], fault: 'changed' }])
})

test('an opening that was taken away, or hidden from the person, is named', async () => {
  const of = await debtor(kit, { reference: 'R-6', cpr: '0404659998' })
  await read(of)
  const report = async () => {
    const { findings } = await look(kit.world, kit.actor('admin'), subjects.verifyOpenings)
    return findings.filter(it => it.entryId === hidden || it.entryId === taken).map(it => `${it.entryId} ${it.fault}`)
  }
  const rows = await kit.owner('select entry_id from subjects.opening where subject_id = $1 order by entry_id', [
    of.subjectId,
  ])
  const [hidden, taken] = rows.map(row => row['entry_id'] as string)
  assert.deepEqual(await report(), [])
  for (const moment of ['null', `'infinity'`, `visible_from - interval '1 day'`]) {
    await kit.owner('create table kept as select * from subjects.opening')
    await kit.owner(`update subjects.opening set visible_from = ${moment} where entry_id = $1`, [hidden])
    assert.deepEqual(await report(), [`${hidden} changed`], moment)
    await kit.owner(
      'update subjects.opening o set visible_from = k.visible_from from kept k where k.entry_id = o.entry_id',
    )
    await kit.owner('drop table kept')
  }
  await kit.owner('create table kept as select * from subjects.opening where entry_id = $1'.replace('$1', `'${taken}'`))
  await kit.owner('delete from subjects.opening where entry_id = $1', [taken])
  assert.deepEqual(await report(), [`${taken} gone`])
  await ledger.openIntegrator(kit.world)()
  assert.deepEqual(await report(), [`${taken} gone`])
  await kit.owner('insert into subjects.opening select * from kept')
  await kit.owner('drop table kept')
  assert.deepEqual(await report(), [])
})

test('an entry that is kept from the person for now verifies, and says nothing of that in what it tells', async () => {
  const of = await debtor(kit, { reference: 'R-7', cpr: '0505659999' })
  const told = await act(kit.world, kit.actor('caseWorker'), async ctx => {
    const warrant = await work.warrant(ctx, { kind: 'case', id: of.caseId })
    const factsOf = () => ({ workOpen: true, roleAllowed: true, noticeGiven: true })
    await subjects.open(ctx, warrant, { subjectId: of.subjectId, verb: 'read', factsOf })
    await subjects.enter(ctx, [{ subjectId: of.subjectId, kind: 'test.kept_secret', visibleFrom: null }])
    return subjects.entriesOf(ctx, of.subjectId)
  })
  const secret = told.find(it => it.body?.kind === 'test.kept_secret')
  assert.equal(secret?.visibleFrom, null)
  assert.equal(secret?.body && 'visibleFrom' in secret.body, false)
  const { findings } = await look(kit.world, kit.actor('admin'), subjects.verifyOpenings)
  assert.deepEqual(
    findings.filter(it => it.entryId === secret?.entryId),
    [],
  )
  await kit.owner('update subjects.opening set visible_from = now() where entry_id = $1', [secret?.entryId])
  const after = await look(kit.world, kit.actor('admin'), subjects.verifyOpenings)
  assert.ok(after.findings.some(it => it.entryId === secret?.entryId && it.fault === 'changed'))
})

test('leaves of one person share nothing: no run of eight bytes comes twice, no CPR can be tried on them', async () => {
  const rows = await kit.owner(`select leaf from ledger.entry where get_byte(leaf, 1) = 0`)
  const runs = new Set<string>()
  for (const row of rows) {
    const leaf = (row['leaf'] as Buffer).subarray(2)
    for (let at = 0; at + 8 <= leaf.length; at += 1) {
      const run = leaf.subarray(at, at + 8).toString('hex')
      assert.ok(!runs.has(run))
      runs.add(run)
    }
  }
  assert.ok(rows.length >= 3)
})
