/** The board on a real database: counts by the public role alone, small figures hidden, breaches shown. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { openKit, ROOT, type Kit } from '../../test/kit.ts'
import { allDoors, doorsOf } from './clause-doors.ts'
import * as promises from './promises.ts'

let kit: Kit
before(async () => (kit = await openKit()))
after(() => kit.close())

const clauseOf = async (id: string) => {
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
  for (const id of ['S1', 'S5', 'S9', 'S17']) {
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
  assert.ok((await kit.as('public', 'select * from promises.figures()')).length > 20)
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
  for (const surface of ['worker', 'import', 'integrator', 'api'] as const) {
    await assert.rejects(kit.as(surface, 'select * from promises.figures()'), { code: '42501' }, surface)
  }
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
