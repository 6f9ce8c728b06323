/** What stands guard while files come in: an objection, the client's other files, and what the ledger keeps of them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { client } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { sql } from '../lib/sql.ts'
import { look } from '../platform/world.ts'
import { csv, deliver, fileOf, row } from './delivery.fixture.ts'
import * as intake from './intake.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

let made = 0
const newClient = () => client(kit, `Klient ${(made += 1)}`)
const one = async (text: string, values: unknown[]) => (await kit.owner(text, values))[0]

test('by SQL the importing role cannot put a free record in the place of a restricted one', async () => {
  const clientId = await newClient()
  await deliver(kit, clientId, csv([row('S-1', { cpr: '220484-9008' })]))
  const record = await one(
    `select r.* from subjects.record r join work.relationship l using (subject_id, relationship_id)
     where l.client_id = $1 and r.category = 'debt_claim'`,
    [clientId],
  )
  await kit.owner('update subjects.record set restricted_at = now() where record_id = $1', [record?.['record_id']])
  const columns = `subject_id, record_id, relationship_id, category, is_accounting, source, host, purpose,
    policy_version, collected_at, notice_id, import_id, supersedes, key_generation, wrapped_key, ciphertext`
  await assert.rejects(
    kit.as(
      'import',
      `insert into subjects.record (${columns}) select ${columns
        .replace(' record_id', ' gen_random_uuid()')
        .replace('supersedes', 'record_id')} from subjects.record where record_id = $1`,
      [record?.['record_id']],
    ),
    { code: '23514', constraint: 'record_replaces_free' },
  )
})

test('while a file is taken in, an objection waits for the batch or stops it', async () => {
  const clientId = await newClient()
  await deliver(kit, clientId, csv([row('K-1', { cpr: '230484-9000' })]))
  const person = await one('select subject_id as id from work.relationship where client_id = $1', [clientId])
  let isDone = false
  const importing = await kit.world.pools.api.write(async tx => {
    // The objection has begun: it has the records, and has not said yet which it restricts.
    await tx.run(sql`select 1 from subjects.record where subject_id = ${String(person?.['id'])} for update`)
    const delivery = deliver(kit, clientId, csv([row('K-1', { cpr: '230484-9000', principal: '9,00' })])).then(it => {
      isDone = true
      return it
    })
    await new Promise(resolve => setTimeout(resolve, 400))
    assert.equal(isDone, false, 'the batch did not wait')
    await tx.run(sql`
      update subjects.record set restricted_at = now() where subject_id = ${String(person?.['id'])}`)
    return { delivery }
  })
  const done = await importing.delivery
  assert.deepEqual([done.changed, done.reviewed], [0, 1])
})

test('an import given up lets the client’s other files in, and says what it took', async () => {
  const clientId = await newClient()
  const file = csv(Array.from({ length: 5 }, (_, index) => row(`A-${index}`, { cpr: '', name: `Anne A${index}` })))
  const broken = intake.deliver(kit.world, kit.actor('admin', 'import'), fileOf(file), {
    clientId,
    batchRows: 2,
    progress: (_, rows) => {
      if (rows >= 2) throw new Error('killed')
    },
  })
  await assert.rejects(broken, /killed/)
  const next = csv([row('A-9', { cpr: '', name: 'Niels Næste' })])
  await assert.rejects(deliver(kit, clientId, next), { code: 'intake.running' })
  const [unfinished] = (await look(kit.world, kit.actor('admin', 'import'), intake.list)).filter(
    it => it.clientId === clientId,
  )
  const importId = unfinished?.importId ?? ''
  const other = kit.actor('client', 'import', await newClient())
  await assert.rejects(intake.abandon(kit.world, other, importId), { code: 'not_found' })
  await intake.abandon(kit.world, kit.actor('admin', 'import'), importId)
  const report = await look(kit.world, kit.actor('admin', 'import'), from => intake.reportOf(from, importId))
  assert.deepEqual([report.state, report.rows, report.created], ['abandoned', 2, 2])
  assert.equal((await deliver(kit, clientId, next)).created, 1)
  await assert.rejects(deliver(kit, clientId, file), { code: 'intake.abandoned' })
  await assert.rejects(intake.abandon(kit.world, kit.actor('admin', 'import'), importId), { code: 'not_found' })
})

test('the ledger does not hold the file’s plain digest, by which a short file could be found', async () => {
  const clientId = await newClient()
  const file = csv([row('H-1', { cpr: '', name: 'Hanne Hash' })])
  await deliver(kit, clientId, file)
  const leaves = await kit.owner('select leaf from ledger.pending union all select leaf from ledger.entry')
  const text = leaves.map(it => (it['leaf'] as Buffer).toString('utf8')).join('\n')
  assert.ok(text.includes('intake.import_begun'))
  assert.ok(!text.includes(createHash('sha256').update(file).digest('hex')))
})
