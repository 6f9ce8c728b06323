/** The board on a real database: counts by the public role alone, small figures hidden, breaches shown. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { openKit, ROOT, type Kit } from '../../test/kit.ts'
import { SURFACES } from '../platform/credentials.ts'
import { allDoors, doorsOf } from './clause-doors.ts'
import { jobs } from './jobs.ts'
import * as promises from './promises.ts'

const measureJob = jobs[0]!
let kit: Kit
before(async () => (kit = await openKit()))
after(() => kit.close())

/** A clause as it is right now: what the worker does every minute is done first. */
const clauseOf = async (id: string) => {
  await promises.measure(kit.world)
  const found = (await promises.board(kit.world)).clauses.find(it => it.id === id)
  assert.ok(found)
  return found
}

test('every clause of the policy is on the board, in its order, and none is broken on an empty database', async () => {
  const board = await promises.board(kit.world)
  assert.deepEqual(
    board.clauses.map(it => it.id),
    Array.from({ length: 25 }, (_, index) => `S${index + 1}`),
  )
  const summary = promises.summarise(board)
  assert.equal(summary.broken, 0)
  assert.equal(summary.total, 25)
  assert.equal(
    board.clauses.some(it => it.lastTried !== undefined),
    false,
    'nothing is claimed that was not tried',
  )
})

test('what has no door is said to be not built, with the reason', async () => {
  for (const id of ['S17']) {
    const clause = await clauseOf(id)
    assert.equal(promises.statusOf(clause), 'notBuilt')
    assert.ok(clause.why && clause.figures.length === 0 && clause.enforced.length === 0)
  }
  assert.equal(doorsOf('S99').doors.length, 0)
})

test('every constraint the board names exists in the database, and every file in the checkout', async () => {
  const constraints = await kit.owner('select conname as name from pg_constraint')
  const functions = await kit.owner(
    `select n.nspname || '.' || p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace`,
  )
  const known = new Set([...constraints, ...functions].map(row => row['name']))
  for (const door of allDoors()) {
    assert.ok(door.inDatabase || door.inCode, door.what.en)
    if (door.inDatabase) assert.ok(known.has(door.inDatabase), `${door.inDatabase} is not in the database`)
    if (door.inCode) assert.ok(existsSync(join(ROOT, door.inCode)), `${door.inCode} is not in the checkout`)
  }
})

test('the public role reads the counts and none of the tables behind them', async () => {
  await promises.measure(kit.world)
  const [row] = await kit.as('public', 'select figures from promises.measured')
  assert.ok(((row?.['figures'] ?? []) as unknown[]).length > 20)
  for (const table of [
    'subjects.record',
    'notices.notice',
    'disclosure.disclosure',
    'policy.refusal',
    'intake.reject',
    'requests.request',
  ]) {
    await assert.rejects(kit.as('public', `select count(*) from ${table}`), { code: '42501' }, table)
  }
  for (const surface of SURFACES) {
    await assert.rejects(kit.as(surface, 'select * from promises.figures()'), { code: '42501' }, surface)
    await assert.rejects(kit.as(surface, `update promises.measured set figures = '[]'`), { code: '42501' }, surface)
    const write = `insert into promises.measured (figures, refused, rejected) values ('[]', '{}', '{}')`
    await assert.rejects(kit.as(surface, write), { code: '42501' }, surface)
    if (surface === 'worker') continue
    await assert.rejects(kit.as(surface, 'select promises.measure()'), { code: '42501' }, surface)
  }
})

test('a page never counts for itself: what changed since the measuring is not on it, and it says so', async () => {
  await promises.measure(kit.world)
  const before = await promises.board(kit.world)
  await kit.as('api', `insert into policy.refusal (rule, clause, actor_role) values ('x', 'S18', 'admin')`)
  const after = await promises.board(kit.world)
  assert.deepEqual(after.clauses, before.clauses)
  assert.equal(after.measuredAt, before.measuredAt)
  const [row] = await kit.owner('select measured_at from promises.measured')
  assert.equal(after.measuredAt, ((row ?? {})['measured_at'] as Date).toISOString())
  await measureJob.run(kit.world)
  assert.notDeepEqual((await promises.board(kit.world)).clauses, before.clauses)
})

test('without a worker whoever asks has it measured, once for all who ask at the same time', async () => {
  await kit.owner(`update promises.measured set measured_at = now() - interval '1 hour'`)
  const boards = await Promise.all(Array.from({ length: 12 }, () => promises.board(kit.world)))
  const ages = boards.map(it => Date.now() - Date.parse(it.measuredAt))
  assert.ok(Math.max(...ages) < 60_000, String(ages))
  assert.equal(new Set(boards.map(it => it.measuredAt)).size, 1)
})

test('when measuring takes too long the old figures are shown with their instant, and measured once', async () => {
  await kit.owner(`update promises.measured set measured_at = now() - interval '1 hour'`)
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  let measurings = 0
  const write = async <T>(work: Parameters<typeof kit.world.pools.worker.write<T>>[0]) => {
    measurings += 1
    await held
    return kit.world.pools.worker.write(work)
  }
  const slow = { ...kit.world, pools: { ...kit.world.pools, worker: { ...kit.world.pools.worker, write } } }
  const [one] = await Promise.all([promises.board(slow), promises.board(slow)])
  assert.ok(Date.now() - Date.parse(one.measuredAt) > 3_000_000)
  await promises.board(slow)
  assert.equal(measurings, 1)
  await kit.owner('delete from promises.measured')
  letGo()
  assert.ok(Date.now() - Date.parse((await promises.board(slow)).measuredAt) < 60_000)
})

test('S24: the median time to an answer is on the board once there is an answer', async () => {
  const days = async () => (await clauseOf('S24')).figures.find(it => it.label.en === 'days to an answer, the median')
  assert.equal(await days(), undefined)
  const [person] = await kit.owner(
    `insert into subjects.subject (subject_id, key_generation, wrapped_key)
     values (gen_random_uuid(), 1, decode(repeat('00', 40), 'hex')) returning subject_id`,
  )
  for (const took of [2, 9, 20])
    await kit.owner(
      `with item as (
         insert into work.item (subject_id, item_id, kind, opened_by) values ($1, gen_random_uuid(), 'request', 'x')
         returning item_id
       ), notice as (
         insert into notices.notice (subject_id, notice_id, kind, due_on, state)
         values ($1, gen_random_uuid(), 'decision', current_date, 'queued') returning notice_id
       )
       insert into requests.request (subject_id, request_id, item_id, kind, channel, received_on, due_on, notice_id,
         answered_at, outcome, reason)
       select $1, gen_random_uuid(), item_id, 'access', 'letter',
         (now() at time zone 'Europe/Copenhagen')::date - $2::int,
         (now() at time zone 'Europe/Copenhagen')::date, notice_id, now(), 'given', 'replied'
       from item, notice`,
      [person?.['subject_id'], took],
    )
  assert.equal((await days())?.value, '9')
})

test('a figure that must be zero and is not breaks its promise', async () => {
  const person = '11111111-1111-4111-8111-111111111111'
  await kit.owner(
    `insert into subjects.subject (subject_id, key_generation, wrapped_key) values ($1, 1, decode(repeat('00', 40), 'hex'))`,
    [person],
  )
  await kit.owner(
    `insert into notices.notice (subject_id, notice_id, kind, due_on, state)
     select $1, gen_random_uuid(), 'collection', current_date - 3, 'queued' from generate_series(1, 2)`,
    [person],
  )
  const clause = await clauseOf('S20')
  assert.equal(promises.statusOf(clause), 'broken')
  assert.equal(clause.figures.find(it => it.label.en === 'notices past their time')?.value, '2')
  await kit.owner(`update notices.notice set due_on = current_date + 3`)
  assert.equal(promises.statusOf(await clauseOf('S20')), 'kept')
})

test('fewer than five held notices look alike, whether there are four or none', async () => {
  const held = async () => (await clauseOf('S22')).figures.find(it => it.label.en === 'notices held')?.value
  assert.equal(await held(), '<5')
  const [person] = await kit.owner('select subject_id from subjects.subject limit 1')
  const [party] = await kit.owner(
    `insert into work.party (kind, name, name_key) values ('authority', 'Styrelsen', 'styrelsen') returning party_id`,
  )
  const hold = (count: number) =>
    kit.owner(
      `insert into notices.notice (subject_id, notice_id, kind, due_on, state, held_ground, held_by, held_on,
         held_review_on, visible_from, recipient_id, recipient_kind, fields)
       select $1, gen_random_uuid(), 'disclosure', current_date, 'held', 'court_order', 'x', current_date,
         current_date + 30, null, $3, 'authority', '{name}'
       from generate_series(1, $2::int)`,
      [person?.['subject_id'], count, party?.['party_id']],
    )
  await hold(4)
  assert.equal(await held(), '<5')
  await hold(1)
  assert.equal(await held(), '5')
  assert.equal((await clauseOf('S21')).figures.find(it => it.label.en === 'disclosed to an authority')?.value, '<5')
})

test('a refusal is counted by its clause and says nothing about whom', async () => {
  const refused = async () => (await clauseOf('S21')).figures.find(it => it.label.en === 'times refused')?.value
  assert.equal(await refused(), '0')
  await kit.as('api', `insert into policy.refusal (rule, clause, actor_role) values ('x', 'S21', 'admin')`)
  assert.equal(await refused(), '1')
})

const hosts = ['www.intrum.dk', 'intrum.com'] as const
type Scanned = {
  readonly host: string
  readonly daysAgo?: number
  readonly isWhole?: boolean
  readonly breach?: string
}
/** A scan as the database keeps it; what makes one is in src/cookies. */
const scanned = async ({ host, daysAgo = 0, isWhole = true, breach }: Scanned) => {
  await kit.owner(
    `insert into cookies.register (sha256, site, policy_version, document)
     values (sha256('{}'), 'x', 1, '{}') on conflict do nothing`,
  )
  const [scan] = await kit.owner(
    `insert into cookies.scan (scan_id, site, hosts, register_sha256, is_whole, started_at, finished_at, report,
       signature, breaches, doubts)
     select gen_random_uuid(), $1, array[$1], sha256('{}'), $2, t, t, '', decode(repeat('00', 64), 'hex'), 0, 0
     from (select clock_timestamp() - $3::int * interval '1 day') it (t) returning scan_id`,
    [host, isWhole, daysAgo],
  )
  if (breach !== undefined)
    await kit.owner(`insert into cookies.finding values ($1, 'f', $2, 'scan.x', 'breach')`, [scan?.['scan_id'], breach])
}
const found = async (id: string) =>
  (await clauseOf(id)).figures.find(it => it.label.en === 'breaches found by the latest scans')?.value
const statusOf = async (id: string) => promises.statusOf(await clauseOf(id))

test('a cookie promise is not called kept, nor a zero shown, before somebody has looked at every site', async () => {
  for (const id of ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9']) {
    const clause = await clauseOf(id)
    assert.equal(promises.statusOf(clause), 'notMeasured', id)
    assert.match(clause.why?.da ?? '', /^Ikke scannet endnu: intrum\.dk, intrum\.com\./)
    assert.ok(clause.enforced.length > 0, id)
    assert.equal(await found(id), undefined)
  }
  assert.equal(await statusOf('S10'), 'kept')
})

test('a scan that saw only a part of a site, or a site the policy does not name, is no proof', async () => {
  await scanned({ host: hosts[0], isWhole: false })
  await scanned({ host: 'elsewhere.example' })
  assert.equal(await statusOf('S1'), 'notMeasured')
  await scanned({ host: hosts[0] })
  assert.match((await clauseOf('S1')).why?.en ?? '', /^Not scanned yet: intrum\.com\./)
  await scanned({ host: hosts[1] })
  assert.equal(await statusOf('S1'), 'kept')
  assert.equal(await found('S1'), '0')
})

test('a finding breaks its own sentence the same minute, until the whole of that host is seen without it', async () => {
  await scanned({ host: hosts[1], breach: 'S5', isWhole: false })
  assert.deepEqual([await statusOf('S5'), await found('S5'), await statusOf('S1')], ['broken', '1', 'kept'])
  // Neither a look at another host nor a look at a part makes it whole.
  await scanned({ host: hosts[0] })
  await scanned({ host: hosts[1], isWhole: false })
  assert.equal(await statusOf('S5'), 'broken')
  await scanned({ host: hosts[1] })
  assert.equal(await statusOf('S5'), 'kept')
})

test('a scan of more than a month ago shows nothing of today, but its findings still stand', async () => {
  await kit.owner('delete from cookies.scan')
  await scanned({ host: hosts[0] })
  await scanned({ host: hosts[1], daysAgo: 32, breach: 'S7' })
  assert.equal(await statusOf('S7'), 'broken')
  const clause = await clauseOf('S1')
  assert.equal(promises.statusOf(clause), 'notMeasured')
  assert.match(clause.why?.en ?? '', /more than 31 days old: intrum\.com/)
  await scanned({ host: hosts[1], daysAgo: 31 })
  assert.deepEqual([await statusOf('S1'), await statusOf('S7')], ['kept', 'kept'])
})

test('what the guards took out is counted beside its sentence for thirty days', async () => {
  const taken = async () => (await clauseOf('S7')).figures.find(it => it.label.en.startsWith('taken out'))?.value
  const day = (ago: number, mode = 'strip', count = 2) =>
    kit.owner(
      `insert into cookies.guard_count
       values ('intrum.dk', (now() at time zone 'Europe/Copenhagen')::date - $1::int, 'cookie.x', 'S7', $2, $3)`,
      [ago, mode, count],
    )
  for (const ago of [0, 29, 30]) await day(ago)
  await day(0, 'explain', 7)
  assert.equal(await taken(), '4')
})
