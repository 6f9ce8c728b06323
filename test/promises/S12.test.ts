/** S12: we ask for data for a named product, service or information, and use it for that and nothing else. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Problem } from '../../src/platform/problems.ts'
import type { Warrant } from '../../src/platform/warrant.ts'
import { act, type Ctx, type World } from '../../src/platform/world.ts'
import * as policy from '../../src/policy/policy.ts'
import * as subjects from '../../src/subjects/subjects.ts'
import * as work from '../../src/work/work.ts'
import {
  assertForbidden,
  assertRefusedBy,
  collected,
  copyOf,
  debtCase,
  form,
  openDoors,
  problemOf,
  sqlState,
  stock,
  type Doors,
} from './doors.ts'

let doors: Doors
let asta: { caseId: string; subjectId: string }
/** What the same person gave on the site. */
let given: { relationshipId: string; recordId: string }

before(async () => {
  doors = await openDoors()
  await doors.party('clients', 'Strandby Energi')
  asta = await debtCase(doors, 'Strandby Energi', { reference: 'S12-1' })
  const values = { name: 'Asta Prøvebjerg', delivery_address: 'Hemmelig Vej 3', phone: '20 12 34 56' }
  given = await collected(doors, { subjectId: asta.subjectId, values })
})
after(() => doors.close())

const SECRET = 'Hemmelig Vej 3'
const facts = { roleAllowed: true, workOpen: true, cprGround: true }
const refusedBy = (clause: string) => (error: unknown) => error instanceof Problem && error.refusal.clause === clause

/** Reads a person's records under the warrant of this work, as a door of ours that asks for any purpose would. */
async function read(ctx: Ctx, ref: { kind: 'case' | 'job'; id: string }, purpose?: string) {
  policy.requireTask(ctx, 'workCase')
  const warrant = await work.warrant(ctx, ref, purpose)
  const found = await subjects.open(ctx, warrant, { subjectId: asta.subjectId, verb: 'read', factsOf: () => facts })
  await subjects.enter(ctx, [{ subjectId: asta.subjectId, kind: 'subjects.read' }])
  return found
}

test('a form cannot name its own purpose: what it is for follows from the category', async () => {
  for (const wish of [{ purpose: 'misc' }, { purpose: 'marketing' }, { purposes: ['service', 'marketing'] }])
    assert.equal((await doors.call('POST', '/v1/collections', form(doors.kit, wish))).status, 400)
  const [row] = await doors.kit.owner('select purpose from subjects.record where record_id = $1', [given.recordId])
  assert.equal(row?.['purpose'], 'service')
})

test('a consent for a purpose that the policy does not have is not taken', async () => {
  for (const purpose of ['misc', '', 'everything', '__proto__', 'constructor']) {
    const said = { state: 'given', subjectId: asta.subjectId, purpose, text: 'Ja', textVersion: '1', language: 'da' }
    assertRefusedBy('S12', await doors.call('POST', '/v1/consents', said), purpose)
  }
})

test('with plain SQL no role writes a record for a purpose that nobody adopted, or turns one to another', async () => {
  for (const surface of ['api', 'worker', 'import'] as const) {
    const attack = (purpose: string) => doors.kit.as(surface, copyOf(given.recordId, { purpose: `'${purpose}'` }))
    await assert.rejects(attack('misc'), sqlState('23503', 'record_purpose_fkey'))
    await assert.rejects(attack(''), sqlState('23503', 'record_purpose_fkey'))
  }
  const of = `where record_id = '${given.recordId}'`
  await assertForbidden(doors.kit, `update subjects.record set purpose = 'marketing' ${of}`)
  await assertForbidden(doors.kit, `update policy.purpose set code = 'misc' where code = 'service'`)
  await assertForbidden(doors.kit, `delete from policy.purpose where code = 'service'`)
  const grown = `insert into policy.purpose (code, first_version) values ('misc', 1)`
  await assertForbidden(doors.kit, grown, ['worker', 'import', 'integrator', 'public'])
})

test('what was given on the site is not shown to whoever collects a debt of the same person', async () => {
  const shown = await doors.call('GET', `/v1/cases/${asta.caseId}`)
  assert.equal(shown.status, 200)
  assert.ok(!shown.text.includes(SECRET), shown.text)
  assert.equal((await doors.call('GET', `/v1/cases/${given.relationshipId}`)).status, 404)
  const spawned = await doors.cli(['case', 'show', asta.caseId])
  assert.equal(spawned.code, 0, spawned.err)
  assert.ok(!spawned.out.includes(SECRET))
  const asDoor = (world: World, purpose: string) =>
    act(world, doors.kit.actor('caseWorker'), ctx => read(ctx, { kind: 'case', id: given.relationshipId }, purpose))
  await assert.rejects(asDoor(doors.kit.world, 'debt_collection'), refusedBy('S12'))
  await assert.rejects(
    doors.afterRestart(world => asDoor(world, 'debt_collection')),
    refusedBy('S12'),
  )
  const own = await asDoor(doors.kit.world, 'service')
  assert.equal(own.opened[0]?.values['delivery_address'], SECRET, 'the service it was given for may read it')
})

test('work serves the purposes that the policy lets it serve, and no work serves one that is unknown', async () => {
  const as = (purpose: string) =>
    doors
      .act(ctx => read(ctx, { kind: 'case', id: asta.caseId }, purpose))
      .then(
        () => assert.fail(`${purpose} was served`),
        (error: unknown) => (error as Problem).refusal.rule,
      )
  for (const purpose of ['misc', 'marketing', 'rights', 'intake', 'retention', '__proto__', 'constructor'])
    assert.equal(await as(purpose), 'work.no_item', purpose)
})

test('a warrant is good in its own act and for its own person; a copy or a forgery opens nothing', async () => {
  const other = await collected(doors)
  const kept: Warrant[] = []
  await doors.act(async ctx => {
    await read(ctx, { kind: 'case', id: given.relationshipId })
    kept.push(await work.warrant(ctx, { kind: 'case', id: given.relationshipId }))
  })
  const [old] = kept
  assert.ok(old)
  const attack = (warrant: Warrant, subjectId = asta.subjectId) =>
    doors.act(ctx => subjects.open(ctx, warrant, { subjectId, verb: 'read', factsOf: () => facts }))
  await assert.rejects(attack(old), /warrant/)
  await assert.rejects(attack({ ...old }), /warrant/)
  await assert.rejects(attack({ purpose: 'rights', work: old.work, subjectId: null, relationshipId: null }), /warrant/)
  const crossed = doors.act(async ctx => {
    const warrant = await work.warrant(ctx, { kind: 'case', id: other.relationshipId })
    return subjects.open(ctx, warrant, { subjectId: asta.subjectId, verb: 'read', factsOf: () => facts })
  })
  await assert.rejects(crossed, /somebody else/)
})

test('nothing is read for work that is closed, at any door, and the refusal is counted by its clause', async () => {
  const { caseId } = await debtCase(doors, 'Strandby Energi', { reference: 'S12-2', cpr: '0101659987' })
  assert.equal((await doors.call('POST', `/v1/cases/${caseId}/close`, { reason: 'recalled' })).status, 200)
  const count = async () =>
    (await doors.kit.owner(`select count(*)::int as n from policy.refusal where clause = 'S12'`))[0]?.['n'] as number
  const before = await count()
  assertRefusedBy('S12', await doors.call('GET', `/v1/cases/${caseId}`))
  assertRefusedBy('S12', await doors.cli(['case', 'show', caseId]))
  assertRefusedBy('S12', await doors.call('POST', `/v1/cases/${caseId}/payments`, payment))
  assert.ok((await count()) >= before + 3)
})
const payment = { payment_date: '2026-03-01', payment_amount: '10.00', currency: 'DKK', voucher_number: 'B-1' }

test('a record whose purpose was turned in the database itself opens for nobody, now or after a restart', async () => {
  const { recordId, subjectId } = await collected(doors)
  const request = { subjectId, kind: 'access', channel: 'letter' }
  const requestId = String((await doors.call('POST', '/v1/requests', request)).body['requestId'])
  const reply = () => doors.call('POST', `/v1/requests/${requestId}/reply`, undefined)
  assert.equal((await reply()).status, 200)
  await doors.kit.owner(`update subjects.record set purpose = 'marketing' where record_id = $1`, [recordId])
  assert.equal(problemOf(await reply()).code, 'subjects.integrity')
  const spawned = await doors.cli(['access', '--request', requestId])
  assert.equal(problemOf(spawned).code, 'subjects.integrity')
  assert.ok(!spawned.out.includes('Klara'))
})

test('a policy with a purpose without fields, or with a field that nobody has, is not adopted', async () => {
  const [row] = await doors.kit.owner('select document from policy.version')
  const document = String(row?.['document']).replace('revision: 1', 'revision: 2')
  const misc = document.replace(
    '  marketing:\n    text: {',
    '  misc:\n    basis: GDPR 6(1)(f)\n    work: [case]\n    clause: S12\n    text: {',
  )
  const unserved = document.replaceAll('payment_card', 'payment_card, shoe_size')
  for (const [name, text] of [
    ['misc', misc],
    ['shoe', unserved],
  ] as const) {
    assert.notEqual(text, document, name)
    const before = await stock(doors.kit)
    const adopted = await doors.cli(['policy', 'adopt', doors.file(`${name}.yaml`, text)])
    assert.equal(adopted.code, 1, `${name}: ${adopted.out}`)
    assert.equal(await stock(doors.kit), before)
  }
  assert.equal((await doors.kit.owner('select version from policy.version')).length, 1)
})

test('work of another person, or work that is not there, gives nothing and says no more than that', async () => {
  for (const id of [randomUUID(), given.recordId, asta.subjectId, 'x', `${asta.caseId}%20`]) {
    const answer = await doors.call('GET', `/v1/cases/${id}`)
    assert.equal(answer.status, 404, id)
  }
})
