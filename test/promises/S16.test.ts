/** S16: what we were given on our sites goes when its purpose ends, and after five years at the very latest. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDuration } from '../../src/lib/civil-date.ts'
import { civilDate } from '../../src/platform/world.ts'
import {
  assertForbidden,
  assertRefusedBy,
  collected,
  copyOf,
  form,
  openDoors,
  rowOf,
  sqlState,
  type Doors,
} from './doors.ts'

let doors: Doors
before(async () => {
  doors = await openDoors()
})
after(() => doors.close())

const today = () => civilDate(new Date())
const writers = ['api', 'worker', 'import'] as const
const run = () => doors.call('POST', '/v1/retention/runs', {})

/** Moves a record into the past, as time itself would have done. */
const age = (recordId: string, by: string) =>
  doors.kit.owner(
    `update subjects.record set collected_at = collected_at - $2::interval,
     erase_by = (erase_by - $2::interval)::date where record_id = $1`,
    [recordId, by],
  )
const isErased = async (recordId: string) => {
  const row = await rowOf(doors.kit, recordId)
  assert.equal(row['erased_at'] === null, row['ciphertext'] !== null, 'a tombstone holds no bytes')
  return row['erased_at'] !== null && row['wrapped_key'] === null
}

test('a form is given its last day: when the purpose ends, else five years on, and never a later one', async () => {
  assert.equal((await collected(doors)).eraseBy, addDuration(today(), 'P5Y'))
  const soon = addDuration(today(), 'P1M')
  assert.equal((await collected(doors, { purposeEndsOn: soon })).eraseBy, soon)
  assert.equal((await collected(doors, { purposeEndsOn: '2099-01-01' })).eraseBy, addDuration(today(), 'P5Y'))
  const past = await doors.call('POST', '/v1/collections', form(doors.kit, { purposeEndsOn: '2020-01-01' }))
  assertRefusedBy('S16', past)
  for (const purposeEndsOn of ['never', '9999-99-99', '2027-02-30', 5])
    assert.equal((await doors.call('POST', '/v1/collections', form(doors.kit, { purposeEndsOn }))).status, 400)
  for (const more of [{ eraseBy: '2099-01-01' }, { collectedAt: '2090-01-01T00:00:00Z' }])
    assert.equal((await doors.call('POST', '/v1/collections', form(doors.kit, more))).status, 400)
})

test('with plain SQL no role keeps a site record without a last day, or one day past its five years', async () => {
  const { recordId } = await collected(doors)
  for (const surface of writers) {
    const attack = (changes: { [column: string]: string }) => doors.kit.as(surface, copyOf(recordId, changes))
    for (const erase_by of ['null', 'erase_by + 1', `'infinity'`, `'9999-12-31'`])
      await assert.rejects(
        attack({ erase_by }),
        sqlState('23514', 'record_website_five_years'),
        `${surface} ${erase_by}`,
      )
  }
})

test('29 February counts to 28 February, and a day is a day in Denmark, not in London or in the program', async () => {
  const { recordId } = await collected(doors)
  const attack = (collected_at: string, erase_by: string) =>
    doors.kit.as('api', copyOf(recordId, { collected_at: `'${collected_at}'`, erase_by: `'${erase_by}'` }))
  await assert.rejects(attack('2024-02-29T12:00:00Z', '2029-03-01'), sqlState('23514', 'record_website_five_years'))
  await attack('2024-02-29T12:00:00Z', '2029-02-28')
  await attack('2025-06-30T21:59:59Z', '2030-06-30')
  await assert.rejects(attack('2025-06-30T21:59:59Z', '2030-07-01'), sqlState('23514', 'record_website_five_years'))
  await attack('2025-06-30T22:00:00Z', '2030-07-01')
})

test('nobody makes the five years longer by saying that the data is collected tomorrow or in ten years', async () => {
  const { recordId } = await collected(doors)
  for (const surface of writers)
    for (const [ahead, last] of [
      ['10 years', '14 years'],
      ['1 day', '5 years'],
    ] as const) {
      const changes = { collected_at: `now() + interval '${ahead}'`, erase_by: `(now() + interval '${last}')::date` }
      await assert.rejects(
        doors.kit.as(surface, copyOf(recordId, changes)),
        sqlState('23514', 'record_collected_by_now'),
      )
    }
})

test('nobody calls site data something else to escape the five years', async () => {
  const { recordId } = await collected(doors)
  for (const surface of writers) {
    const attack = (changes: { [column: string]: string }) => doors.kit.as(surface, copyOf(recordId, changes))
    await assert.rejects(attack({ source: `'person'` }), sqlState('23514', 'record_website_host'))
    await assert.rejects(attack({ host: `''` }), sqlState('23514', 'record_website_host'))
    await assert.rejects(attack({ is_accounting: 'true' }), sqlState('23514', 'record_accounting_has_voucher'))
    const voucher = { is_accounting: 'true', voucher_id: 'gen_random_uuid()' }
    await assert.rejects(attack(voucher), sqlState('23503'), 'an exemption for a category that is no bookkeeping')
  }
})

test('the day may come nearer and never moves away, whoever asks', async () => {
  const { recordId, subjectId, eraseBy } = await collected(doors)
  await assertForbidden(doors.kit, `update subjects.record set erase_by = '2099-01-01' where record_id = '${recordId}'`)
  await assertForbidden(doors.kit, `update subjects.record set erase_by = null where record_id = '${recordId}'`)
  const move = 'select subjects.bring_forward(array[$1]::uuid[], array[$2]::uuid[], array[$3]::date[]) as moved'
  for (const surface of writers)
    for (const day of ['2099-01-01', 'infinity', null]) {
      const [answer] = await doors.kit.as(surface, move, [subjectId, recordId, day])
      assert.equal(answer?.['moved'], 0)
    }
  assert.equal((await rowOf(doors.kit, recordId))['erase_by'], eraseBy)
  const [nearer] = await doors.kit.as('worker', move, [subjectId, recordId, addDuration(today(), 'P1Y')])
  assert.equal(nearer?.['moved'], 1)
})

test('coming back, logging in or giving the same again does not restart the clock of what is held', async () => {
  const first = await collected(doors)
  await age(first.recordId, '4 years')
  const before = (await rowOf(doors.kit, first.recordId))['erase_by']
  await collected(doors, { subjectId: first.subjectId })
  await doors.call('GET', `/v1/people/${first.subjectId}/consents`)
  await doors.call('POST', '/v1/people/search', { email: 'klara@example.dk' })
  await run()
  assert.equal((await rowOf(doors.kit, first.recordId))['erase_by'], before)
})

test('on its day it is erased, key and text; the day before it is not', async () => {
  const due = await collected(doors)
  const later = await collected(doors)
  await age(due.recordId, '5 years')
  await age(later.recordId, '5 years')
  await doors.kit.owner(
    `update subjects.record set collected_at = collected_at + $2::interval, erase_by = erase_by + 1
     where record_id = $1`,
    [later.recordId, '1 day'],
  )
  const done = await run()
  assert.equal(done.status, 201, done.text)
  assert.deepEqual([await isErased(due.recordId), await isErased(later.recordId)], [true, false])
  const rows = await doors.kit.owner('select 1 from subjects.lookup where record_id = $1', [due.recordId])
  assert.equal(rows.length, 0, 'nobody is found by what is gone')
})

test('at five years even a hold and an open request keep nothing; the command line erases the same', async () => {
  const { recordId, subjectId, relationshipId } = await collected(doors)
  const objected = { subjectId, kind: 'objection', channel: 'letter', statement: 'Jeg gør indsigelse.' }
  assert.equal((await doors.call('POST', '/v1/requests', objected)).status, 201)
  await doors.kit.as(
    'api',
    `insert into work.hold (subject_id, hold_id, relationship_id, reason, owner_id, placed_on, review_on)
     values ($1, gen_random_uuid(), $2, 'claim', 'x', current_date, current_date + 300)`,
    [subjectId, relationshipId],
  )
  await age(recordId, '5 years')
  const done = await doors.cli(['retention', 'run'])
  assert.equal(done.code, 0, done.err)
  assert.equal(await isErased(recordId), true)
})

test('what a restored copy brings back is erased again, and opens for nobody before that', async () => {
  const { recordId, subjectId } = await collected(doors)
  const copy = await rowOf(doors.kit, recordId)
  await age(recordId, '5 years')
  await run()
  assert.equal(await isErased(recordId), true)
  await doors.kit.owner(
    `update subjects.record set wrapped_key = $2, ciphertext = $3, erased_at = null, erase_reason = null,
     collected_at = $4, erase_by = $5 where record_id = $1`,
    [recordId, copy['wrapped_key'], copy['ciphertext'], copy['collected_at'], copy['erase_by']],
  )
  assert.equal(await isErased(recordId), false)
  const replayed = await doors.cli(['retention', 'replay'])
  assert.equal(replayed.code, 0, replayed.err)
  assert.equal(await isErased(recordId), true)
  const asked = await doors.call('POST', '/v1/requests', { subjectId, kind: 'access', channel: 'letter' })
  const reply = await doors.call('POST', `/v1/requests/${String(asked.body['requestId'])}/reply`)
  assert.ok(!reply.text.includes('klara@example.dk'), reply.text)
})

test('no role brings an erased record back, or empties one past the narrow door', async () => {
  const { recordId, subjectId } = await collected(doors)
  const of = `where record_id = '${recordId}'`
  for (const change of ['erased_at = null', 'erased_at = now()', 'wrapped_key = null', `erase_reason = 'x'`])
    await assertForbidden(doors.kit, `update subjects.record set ${change} ${of}`)
  await assertForbidden(doors.kit, `delete from subjects.record ${of}`)
  await assertForbidden(doors.kit, 'truncate subjects.record cascade')
  const erase = `select subjects.erase('${subjectId}', array['${recordId}']::uuid[], 'x')`
  await assertForbidden(doors.kit, erase, ['import', 'integrator', 'public'])
})

test('a policy that promises longer than five years for site data cannot be adopted', async () => {
  const [row] = await doors.kit.owner('select document from policy.version')
  const text = String(row?.['document']).replace('revision: 1', 'revision: 2')
  const longer = text.replace('maximum: P5Y\n      anchor: collected', 'maximum: P6Y\n      anchor: collected')
  const anchored = text.replace(
    'maximum: P5Y\n      anchor: collected',
    'maximum: P5Y\n      anchor: relationshipEnded',
  )
  for (const [name, changed] of [
    ['longer', longer],
    ['anchored', anchored],
  ] as const) {
    assert.notEqual(changed, text)
    const adopted = await doors.cli(['policy', 'adopt', doors.file(`${name}.yaml`, changed)])
    assert.equal(adopted.code, 1, `${name}: ${adopted.out}`)
    assert.match(adopted.out, /policy\.website_(too_long|without_maximum)/)
  }
})
