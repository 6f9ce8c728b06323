/** The worker on a real queue: jobs run by their role alone, faults leave no data, the ledger keeps its beat. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { getConstructionPlans } from 'pg-boss'
import { openKit, ROOT, type Kit } from '../test/kit.ts'
import * as identity from './identity/identity.ts'
import { roleConfig } from './platform/credentials.ts'
import type { Job } from './platform/job.ts'
import { act } from './platform/world.ts'
import { jobs } from './surfaces.ts'
import { startWorker, type Worker } from './worker.ts'

let kit: Kit
let worker: Worker
let isFaulty = true
const ran: string[] = []
const good: Job = { name: 'test.good', every: '0 0 1 1 *', run: async () => void ran.push('good') }
const bad: Job = {
  name: 'test.bad',
  every: '0 0 1 1 *',
  run: async () => {
    ran.push('bad')
    if (isFaulty) throw new Error('the value 2512484916 of Ærlig Andersen')
  },
}

before(async () => {
  kit = await openKit()
  worker = startWorker(kit.world, { connection: connection(), jobs: [good, bad], beatSeconds: 0.2, pollSeconds: 0.5 })
})
after(async () => {
  await worker.stop()
  await kit.close()
})

const connection = () => roleConfig(kit.world.stateFolder, 'worker', { ...kit.cluster, database: kit.database })

async function until(isSo: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isSo()) return
    await sleep(50)
  }
  assert.fail(`${what} did not happen; the log says ${kit.log.join('\n')}`)
}

test('the queue in the migration is, to the letter, the one the installed package asks for', () => {
  const plan = getConstructionPlans('jobs')
  const body = plan.slice(plan.indexOf('CREATE SCHEMA'), plan.lastIndexOf('COMMIT;')).trimEnd()
  const migration = readFileSync(join(ROOT, 'migrations/0016_jobs.sql'), 'utf8')
  assert.ok(body.length > 10_000)
  assert.equal(migration.split('\n-- ----\n')[1], body)
})

test('a job runs, and the queue holds its name and nothing else', async () => {
  await worker.runNow('test.good')
  await until(() => ran.includes('good'), 'the job')
  await until(async () => {
    const rows = await kit.owner(`select state::text, data, output from jobs.job where name = 'test.good'`)
    return rows.some(row => row['state'] === 'completed' && row['data'] === null && row['output'] === null)
  }, 'its end')
})

test('a failing job is tried again, and neither queue nor log keeps what it threw', async () => {
  await worker.runNow('test.bad')
  await until(
    async () => (await kit.owner(`select 1 from jobs.job where name = 'test.bad' and state = 'retry'`)).length > 0,
    'the retry',
  )
  const kept = JSON.stringify(await kit.owner(`select * from jobs.job where name = 'test.bad'`))
  for (const value of ['2512484916', 'Andersen']) assert.ok(!kept.includes(value) && !kit.log.join('').includes(value))
  isFaulty = false
  await kit.owner(`update jobs.job set start_after = now() where name = 'test.bad'`)
  await until(
    async () => (await kit.owner(`select 1 from jobs.job where name = 'test.bad' and state = 'completed'`)).length > 0,
    'the end',
  )
})

test('an entry gets its place in the log on the next beat, under a signed length', async () => {
  await act(kit.world, kit.actor('admin'), ctx => identity.createKey(ctx, { role: 'auditor' }))
  await until(async () => (await kit.owner('select 1 from ledger.pending')).length === 0, 'the integration')
  await until(async () => {
    const [row] = await kit.owner(
      'select max(size)::int as size, (select count(*)::int from ledger.entry) as entries from ledger.checkpoint',
    )
    return row?.['size'] === row?.['entries']
  }, 'the signing')
})

test('when the database throws everybody out, beat and queue go on afterwards', async () => {
  await kit.owner(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  const before = ran.length
  await until(
    () =>
      worker.runNow('test.good').then(
        () => true,
        () => false,
      ),
    'the request',
  )
  await until(() => ran.length > before, 'the job')
  await act(kit.world, kit.actor('admin'), ctx => identity.createKey(ctx, { role: 'auditor' }))
  await until(async () => (await kit.owner('select 1 from ledger.pending')).length === 0, 'the integration')
})

test('the worker’s role runs the queue and can neither change nor drop it', async () => {
  for (const statement of [
    'drop table jobs.job_common',
    'alter table jobs.queue add column x int',
    'create table jobs.x (i int)',
    `select jobs.create_queue('x', '{"policy":"standard","partition":true}')`,
  ]) {
    await assert.rejects(kit.as('worker', statement), { code: '42501' }, statement)
  }
  await assert.rejects(kit.as('public', 'select 1 from jobs.job'), { code: '42501' })
  await assert.rejects(kit.as('api', 'delete from jobs.job'), { code: '42501' })
})

test('keys of repeated calls are forgotten after a day by the worker, and not before', async () => {
  const insert = (age: string, key: string) =>
    kit.owner(
      `insert into platform.idempotency values ('a', 'r', decode(repeat($2, 16), 'hex'), decode(repeat('00', 32), 'hex'), 201, null, now() - $1::interval)`,
      [age, key],
    )
  await insert('25 hours', 'aa')
  await insert('23 hours', 'bb')
  await worker.runNow('platform.forget-keys')
  await until(async () => (await kit.owner('select 1 from platform.idempotency')).length === 1, 'the forgetting')
})

test('every scheduled job has a name of its own and a time the queue understands', async () => {
  assert.equal(new Set(jobs.map(job => job.name)).size, jobs.length)
  const known = await kit.owner('select name, cron, timezone from jobs.schedule order by name')
  assert.deepEqual(
    known.map(row => row['name']),
    ['platform.forget-keys', 'test.bad', 'test.good'],
  )
  assert.ok(known.every(row => row['timezone'] === 'Europe/Copenhagen'))
})
