/** Imports that are cut short, run twice at once, or lose the database: each ends as an undisturbed one. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { client } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { Problem } from '../platform/problems.ts'
import type { Source } from '../platform/spool.ts'
import { bytesOf, contentsOf, countsOf, csv, deliver, fileOf, row } from './delivery.fixture.ts'
import { generatePortfolio } from './generate.ts'
import type { ChildOrder } from './import-child.fixture.ts'
import * as intake from './intake.ts'

test('killed at any moment and started again, an import ends exactly as an undisturbed one', async context => {
  const bytes = await bytesOf(generatePortfolio({ rows: 700, seed: 21, dirt: 0.15 }))
  const [calm, killed] = [await openKit(), await openKit()]
  context.after(() => Promise.all([calm.close(), killed.close()]))
  await deliver(calm, await client(calm), bytes, { batchRows: 50 })
  const clientId = await client(killed)
  const file = join(killed.folder, 'portfolio.csv')
  writeFileSync(file, bytes)
  let kills = 0
  for (let attempt = 0; attempt < 6; attempt++) {
    const order = { folder: killed.folder, ...killed.cluster, database: killed.database, file, clientId, batchRows: 50 }
    if (await runAndKill(order, { afterLines: 1 + attempt, laterMs: attempt * 3 })) kills += 1
  }
  assert.ok(kills >= 4, `killed ${kills} times`)
  const done = await deliver(killed, clientId, bytes, { batchRows: 50 })
  assert.equal(done.state, 'finished')
  // A cluster kept for a killed process's transaction to end sees the same in both.
  assert.deepEqual(await countsOf(killed), await countsOf(calm))
  const sums = `select ordinal, rows_first, rows_last, created, changed, closed, unchanged, reviewed, rejected
     from intake.batch order by ordinal`
  assert.deepEqual(await killed.owner(sums), await calm.owner(sums))
  assert.deepEqual(await contentsOf(killed), await contentsOf(calm))
  assert.deepEqual(rejectsOf(killed, done.importId), await onlyRejects(calm))
})

test('two imports of one client at a time: one runs, the other is refused and does nothing', async context => {
  const kit = await openKit()
  context.after(() => kit.close())
  const clientId = await client(kit)
  const one = await bytesOf(generatePortfolio({ rows: 300, seed: 1 }))
  const two = await bytesOf(generatePortfolio({ rows: 300, seed: 2 }))
  const results = await Promise.allSettled([
    deliver(kit, clientId, one, { batchRows: 20 }),
    deliver(kit, clientId, two, { batchRows: 20 }),
    deliver(kit, clientId, one, { batchRows: 20 }),
  ])
  const refused = results.filter(it => it.status === 'rejected').map(it => (it.reason as Problem).code)
  assert.deepEqual(refused, ['intake.running', 'intake.running'])
  const imports = await kit.owner('select count(*)::int as n from intake.import')
  assert.equal(imports[0]?.['n'], 1)
})

test('an unfinished import comes before another file of that client, and the refusal says how', async context => {
  const kit = await openKit()
  context.after(() => kit.close())
  const clientId = await client(kit)
  const bytes = await bytesOf(generatePortfolio({ rows: 200, seed: 3 }))
  await assert.rejects(
    intake.deliver(kit.world, kit.actor('admin', 'import'), breaking(bytes), { clientId, batchRows: 10 }),
  )
  await assert.rejects(deliver(kit, clientId, csv([row('X-1')])), (error: unknown) => {
    assert.ok(error instanceof Problem && error.code === 'intake.running')
    assert.match(error.refusal.detail?.en ?? '', /Send that file again and it goes on/)
    return true
  })
  assert.equal((await deliver(kit, clientId, bytes, { batchRows: 10 })).rows, 200)
  assert.equal((await deliver(kit, clientId, csv([row('X-1')]))).created, 1)
})

test('two clients deliver the same stranger at the same moment: one person, never two', async context => {
  const kit = await openKit()
  context.after(() => kit.close())
  const clients = [await client(kit, 'Første'), await client(kit, 'Anden'), await client(kit, 'Tredje')]
  const people = Array.from(
    { length: 60 },
    (_, index) => `${String(1 + (index % 28)).padStart(2, '0')}0${2 + (index % 7)}85-9${String(100 + index)}`,
  )
  const file = csv(people.map((cpr, index) => row(`S-${index}`, { cpr, name: `Fremmed ${'abcdefghij'[index % 10]}` })))
  const done = await Promise.all(clients.map(clientId => deliver(kit, clientId, file, { batchRows: 7 })))
  assert.deepEqual(
    done.map(it => it.created + it.reviewed),
    [60, 60, 60],
  )
  const [found] = await kit.owner(
    `select count(distinct subject_id)::int as persons, count(distinct digest)::int as numbers
     from subjects.lookup where field = 'cpr'`,
  )
  assert.equal(found?.['persons'], found?.['numbers'])
  assert.equal(found?.['persons'], 60)
})

test('the database goes away in the middle: a clear refusal, and the same call goes on later', async context => {
  const kit = await openKit()
  context.after(() => kit.close())
  const clientId = await client(kit)
  const bytes = await bytesOf(generatePortfolio({ rows: 400, seed: 5 }))
  let batches = 0
  const progress = () => {
    batches += 1
    if (batches === 3)
      void kit.owner(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and usename = 'indsigt_import'`,
      )
  }
  await assert.rejects(
    intake.deliver(kit.world, kit.actor('admin', 'import'), fileOf(bytes), { clientId, batchRows: 10, progress }),
    (error: unknown) => error instanceof Problem && error.code === 'database.away',
  )
  const done = await onceBack(() => deliver(kit, clientId, bytes, { batchRows: 10 }))
  assert.equal(done.rows, 400)
  assert.equal(done.created + done.closed + done.reviewed, 400)
})

test('a file that changes while it is read is not finished as if it had not', async context => {
  const kit = await openKit()
  context.after(() => kit.close())
  const clientId = await client(kit)
  const first = Buffer.from(csv([row('A-1', { principal: '1000,00' })]))
  const other = Buffer.from(csv([row('A-1', { principal: '9000,00' })]))
  let reads = 0
  const source: Source = {
    size: first.length,
    // The third reading is the one that takes rows in; before it come encoding and header.
    read: async function* () {
      yield (reads += 1) > 2 ? other : first
    },
    close: async () => undefined,
  }
  await assert.rejects(
    intake.deliver(kit.world, kit.actor('admin', 'import'), source, { clientId }),
    (error: unknown) => error instanceof Problem && error.code === 'intake.file_changed',
  )
  const [row1] = await kit.owner('select finished_at from intake.import')
  assert.equal(row1?.['finished_at'], null)
})

async function onlyRejects(kit: Kit): Promise<Buffer> {
  const [found] = await kit.owner('select import_id from intake.import')
  return rejectsOf(kit, String(found?.['import_id']))
}

const rejectsOf = (kit: Kit, importId: string) =>
  readFileSync(join(kit.world.dispatchFolder, 'rejects', `${importId}.csv`))

/** Gives out the file's start twice, as examining needs, and breaks off in the third reading. */
function breaking(bytes: Buffer): Source {
  let reads = 0
  const read = async function* () {
    reads += 1
    yield bytes.subarray(0, bytes.length / 2)
    if (reads > 2) throw new Error('the disk broke')
    yield bytes.subarray(bytes.length / 2)
  }
  return { size: bytes.length, read, close: async () => undefined }
}

/** The same call again while connections that are gone are still being noticed. */
async function onceBack<T>(whole: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await whole()
    } catch (error) {
      const isPassing = error instanceof Problem && ['database.away', 'intake.running'].includes(error.code)
      if (!isPassing || attempt > 5) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

/** True when the child was killed before it had ended by itself. */
function runAndKill(
  order: ChildOrder,
  when: { readonly afterLines: number; readonly laterMs: number },
): Promise<boolean> {
  const script = join(import.meta.dirname, 'import-child.fixture.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let lines = 0
  child.stdout.on('data', (chunk: Buffer) => {
    lines += chunk.toString().split('\n').length - 1
    if (lines >= when.afterLines) setTimeout(() => child.kill('SIGKILL'), when.laterMs)
  })
  return new Promise(resolve => child.on('close', (_, signal) => resolve(signal === 'SIGKILL')))
}
