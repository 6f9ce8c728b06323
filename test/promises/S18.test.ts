/** S18: besides visitors we hold data about four kinds of people, and no fifth, each for its own work only. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Problem } from '../../src/platform/problems.ts'
import { act, type World } from '../../src/platform/world.ts'
import * as notices from '../../src/notices/notices.ts'
import * as policy from '../../src/policy/policy.ts'
import * as subjects from '../../src/subjects/subjects.ts'
import * as work from '../../src/work/work.ts'
import {
  assertForbidden,
  collected,
  copyOf,
  csv,
  debtCase,
  debtorLine,
  form,
  openDoors,
  problemOf,
  rowOf,
  sqlState,
  stock,
  type Doors,
} from './doors.ts'

let doors: Doors
let strandby: string
let havn: string
let asta: { caseId: string; subjectId: string }
/** The same person works for us. */
let job: { relationshipId: string; recordId: string }

before(async () => {
  doors = await openDoors()
  strandby = await doors.party('clients', 'Strandby Energi')
  havn = await doors.party('clients', 'Havn Møbler')
  asta = await debtCase(doors, 'Strandby Energi', { reference: 'S18-1' })
  job = await hired(asta.subjectId)
})
after(() => doors.close())

const CATEGORY = 'insert into policy.category (code, is_accounting, population, first_version)'
const SALARY = 'Løntrin 17, rådgiver'

function hired(subjectId: string) {
  return act(doors.kit.world, doors.kit.actor('admin'), async ctx => {
    const relationshipId = await work.openRelationship(ctx, { subjectId, kind: 'employment' })
    const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
    const noticeId = await notices.recordShown(ctx, { subjectId, language: 'da', shownAt: ctx.now })
    const values = { name: 'Asta Prøvebjerg', employment: SALARY }
    const record = { subjectId, relationshipId, category: 'employee', source: 'person', noticeId, values } as const
    const [recordId] = (await subjects.hold(ctx, warrant, [record], {
      roleAllowed: true,
      workOpen: true,
      noticeGiven: true,
    })) as [string]
    await subjects.enter(ctx, [{ subjectId, kind: 'employment.entered' }])
    return { relationshipId, recordId }
  })
}

test('with plain SQL no role makes a category of people that the policy has not got', async () => {
  for (const surface of ['api', 'worker', 'import'] as const) {
    for (const category of [
      'guarantor',
      'spouse',
      'guardian',
      'estate',
      'neighbour',
      'reference',
      'visitor',
      'EMPLOYEE',
      '',
    ]) {
      const attack = doors.kit.as(surface, copyOf(job.recordId, { category: `'${category}'` }))
      await assert.rejects(attack, sqlState('23503', 'record_category_fkey'), `${surface} ${category}`)
    }
    const lie = doors.kit.as(surface, copyOf(job.recordId, { is_accounting: 'true', voucher_id: 'gen_random_uuid()' }))
    await assert.rejects(lie, sqlState('23503'))
  }
  const grown = `${CATEGORY} values ('spouse', false, 'debtor', 1)`
  await assertForbidden(doors.kit, grown, ['worker', 'import', 'integrator', 'public'])
  await assertForbidden(doors.kit, `update policy.category set population = 'website' where code = 'employee'`)
  await assertForbidden(doors.kit, `delete from policy.category`)
})

test('there are five kinds of relationship, and a person of none of them has no records', async () => {
  const insert = `insert into work.relationship (subject_id, relationship_id, kind, opened_on, review_on)
    values ($1, $2, $3, current_date, current_date + 300)`
  for (const kind of ['guarantee', 'marriage', 'guardianship', 'visit', ''])
    for (const surface of ['api', 'worker', 'import'] as const)
      await assert.rejects(
        doors.kit.as(surface, insert, [asta.subjectId, randomUUID(), kind]),
        sqlState('23514', 'relationship_kind_check'),
      )
  await assert.rejects(
    doors.kit.as('api', copyOf(job.recordId, { relationship_id: 'gen_random_uuid()' })),
    sqlState('23503'),
  )
  await assertForbidden(doors.kit, `update work.relationship set kind = 'debtCase'`)
})

test('even a category slipped into the closed list by somebody’s SQL opens no door of the program', async () => {
  await doors.kit.owner(`set session_replication_role = replica; ${CATEGORY} values ('guarantor', false, 'debtor', 1)`)
  const before = await stock(doors.kit)
  const answer = await doors.call('POST', '/v1/collections', form(doors.kit, { category: 'guarantor' }))
  assert.equal(problemOf(answer).code, 'policy.category_unknown')
  const attack = doors.act(async ctx => {
    const warrant = await work.warrant(ctx, { kind: 'case', id: asta.caseId })
    const record = {
      ...asta,
      relationshipId: asta.caseId,
      category: 'guarantor',
      source: 'client',
      values: { name: 'Bo' },
    } as const
    await subjects.hold(ctx, warrant, [record], {
      roleAllowed: true,
      workOpen: true,
      noticeGiven: true,
      caseKnown: true,
      debtOutstanding: true,
    })
  })
  await assert.rejects(attack, (error: unknown) => error instanceof Problem && error.code === 'policy.refused')
  assert.equal(await stock(doors.kit), before)
})

test('what somebody earns with us is not seen by whoever collects that person’s debt, at any door', async () => {
  const shown = await doors.call('GET', `/v1/cases/${asta.caseId}`)
  assert.equal(shown.status, 200)
  assert.ok(!shown.text.includes('Løntrin'))
  assert.equal((await doors.call('GET', `/v1/cases/${job.relationshipId}`)).status, 404)
  const spawned = await doors.cli(['case', 'show', asta.caseId])
  assert.equal(spawned.code, 0, spawned.err)
  assert.ok(!spawned.out.includes('Løntrin'))
  const made = await doors.call('POST', `/v1/cases/${asta.caseId}/disclosures`, { recipient: { kind: 'creditor' } })
  assert.equal(made.status, 201, made.text)
  assert.ok(!JSON.stringify(made.body['fields']).includes('employment'))
  const [row] = await doors.kit.owner('select record_ids from disclosure.disclosure where disclosure_id = $1', [
    made.body['disclosureId'],
  ])
  assert.ok(!JSON.stringify(row).includes(job.recordId))
  const named = await doors.call('POST', `/v1/cases/${asta.caseId}/disclosures`, {
    recipient: { kind: 'creditor' },
    fields: ['employment'],
  })
  assert.ok(named.status >= 400 && named.status < 500, named.text)
})

test('the wall stands in the vault itself: no other purpose reads the employment, now or later', async () => {
  const read = (world: World, ref: { kind: 'case' | 'job'; id: string }, purpose?: string) =>
    act(world, doors.kit.actor('admin'), async ctx => {
      policy.requireTask(ctx, 'workCase')
      const warrant = await work.warrant(ctx, ref, purpose)
      const factsOf = () => ({ roleAllowed: true, workOpen: true, cprGround: true, consentLive: true })
      const found = await subjects.open(ctx, warrant, {
        subjectId: asta.subjectId,
        verb: 'read',
        factsOf,
        records: [job.recordId],
      })
      await subjects.enter(ctx, [{ subjectId: asta.subjectId, kind: 'subjects.read' }])
      return found
    })
  const isRefused = (error: unknown) => error instanceof Problem && error.refusal.clause === 'S18'
  const { world } = doors.kit
  for (const purpose of ['debt_collection', 'bookkeeping', 'service', 'client_relations', 'recruitment'])
    await assert.rejects(read(world, { kind: 'case', id: job.relationshipId }, purpose), isRefused, purpose)
  const jobId = await doors.act(async ctx => {
    policy.requireTask(ctx, 'importPortfolio')
    const id = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
    await subjects.enter(ctx, [{ subjectId: asta.subjectId, kind: 'test.opened' }])
    return id
  })
  for (const purpose of ['intake', 'marketing', 'administration'])
    await assert.rejects(read(world, { kind: 'job', id: jobId }, purpose), isRefused, purpose)
  await assert.rejects(
    doors.afterRestart(again => read(again, { kind: 'case', id: job.relationshipId }, 'debt_collection')),
    isRefused,
  )
  const own = await read(world, { kind: 'case', id: job.relationshipId })
  assert.equal(own.opened[0]?.values['employment'], SALARY, 'the employment itself may read it')
})

test('an employee’s record called a debtor’s in the database itself is shown to nobody', async () => {
  const other = await debtCase(doors, 'Strandby Energi', { reference: 'S18-2', cpr: '1107744882' })
  const { recordId } = await hired(other.subjectId)
  await doors.kit.owner(
    `update subjects.record set category = 'debtor_contact', relationship_id = $2 where record_id = $1`,
    [recordId, other.caseId],
  )
  assert.equal(problemOf(await doors.call('GET', `/v1/cases/${other.caseId}`)).code, 'subjects.integrity')
  const spawned = await doors.cli(['case', 'show', other.caseId])
  assert.equal(problemOf(spawned).code, 'subjects.integrity')
  assert.ok(!spawned.out.includes('Løntrin'))
})

test('a form brings no employee and no debtor, and a client brings no fifth kind of people', async () => {
  const before = await stock(doors.kit)
  for (const category of ['employee', 'debtor_identity', 'client_contact', 'guarantor', 'spouse'])
    assert.equal(
      problemOf(await doors.call('POST', '/v1/collections', form(doors.kit, { category }))).code,
      'policy.category_unknown',
    )
  assert.equal(await stock(doors.kit), before)
  const lines = [
    debtorLine('S18-3', { name: 'Dødsboet efter Bo Prøve', cpr: '0707614285' }),
    debtorLine('S18-4', { name: 'Bo Prøve v/ værge Ib Prøve', cpr: '2506924015' }),
    debtorLine('S18-5', { cpr: '', note: 'adressebeskyttelse', name: 'Cille Prøve' }),
  ]
  const done = await doors.deliver('Strandby Energi', csv(...lines))
  assert.deepEqual([done['created'], done['reviewed']], [0, 3], JSON.stringify(done))
})

test('a client sees its own cases as ids and dates, another’s not at all, and others nothing', async () => {
  const own = await doors.keyFor('client', strandby)
  const stranger = await doors.keyFor('client', havn)
  const path = `/v1/cases/${asta.caseId}`
  const seen = await doors.call('GET', path, undefined, own)
  assert.equal(seen.status, 200)
  assert.ok(!seen.text.includes('Asta'))
  assert.equal((await doors.call('GET', path, undefined, stranger)).status, 404)
  assert.equal((await doors.call('GET', `/v1/clients/${strandby}/cases`, undefined, stranger)).status, 404)
  assert.equal(
    (await doors.call('POST', '/v1/cases/search', { client: 'Strandby Energi', reference: 'S18-1' }, stranger)).status,
    404,
  )
  for (const as of ['auditor', 'officer'] as const) {
    const answer = await doors.call('GET', path, undefined, as)
    assert.equal(answer.status, 403, as)
    assert.ok(!answer.text.includes('Asta'))
  }
  for (const key of ['', 'ind_x', `ind_${'a'.repeat(43)}`])
    assert.equal((await doors.call('GET', path, undefined, { key })).status, 401)
})

test('the public pages and the integrator read no person’s rows, and nobody changes whose a row is', async () => {
  for (const table of [
    'subjects.subject',
    'subjects.record',
    'subjects.lookup',
    'subjects.opening',
    'work.relationship',
    'notices.notice',
  ])
    await assertForbidden(doors.kit, `select * from ${table}`, ['integrator', 'public'])
  for (const table of ['subjects.record', 'subjects.lookup', 'work.relationship', 'notices.notice', 'subjects.opening'])
    await assertForbidden(doors.kit, `update ${table} set subject_id = gen_random_uuid()`)
  const stranger = await collected(doors)
  const swap = `update subjects.record r set ciphertext = o.ciphertext, wrapped_key = o.wrapped_key
    from subjects.record o
    where r.record_id = '${stranger.recordId}' and o.record_id = '${job.recordId}'`
  await assertForbidden(doors.kit, swap)
  assert.notEqual(await rowOf(doors.kit, stranger.recordId), null)
})
