/** S19: it is kept as long as there is a business reason that somebody has looked at; when the reason ends, it goes. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays } from '../../src/lib/civil-date.ts'
import { civilDate } from '../../src/platform/world.ts'
import {
  assertForbidden,
  assertRefusedBy,
  csv,
  debtCase,
  debtorLine,
  openDoors,
  sqlState,
  type Doors,
} from './doors.ts'

let doors: Doors
let count = 0

before(async () => {
  doors = await openDoors()
  await doors.party('clients', 'Strandby Energi')
})
after(() => doors.close())

/** Numbers of ten digits that all begin on the first of January, as those without modulus 11 do. */
const nextCpr = () => `0101650${String(100 + (count += 1))}`
const newCase = () =>
  debtCase(doors, 'Strandby Energi', {
    cpr: nextCpr(),
    name: `Asta Prøve ${'abcdefghijklmnopqrstuvwxyz'[count]}`,
    address: `Vej ${count}`,
  })
const close = (caseId: string, reason = 'paid') => doors.call('POST', `/v1/cases/${caseId}/close`, { reason })
const run = async () => {
  const done = await doors.call('POST', '/v1/retention/runs', {})
  assert.equal(done.status, 201, done.text)
}
const today = () => civilDate(new Date())

async function alive(caseId: string): Promise<string[]> {
  const rows = await doors.kit.owner(
    'select category from subjects.record where relationship_id = $1 and erased_at is null order by 1',
    [caseId],
  )
  return rows.map(row => String(row['category']))
}

/** Lets time pass for one case: everything about it happened so much earlier. */
async function wait(caseId: string, by: string): Promise<void> {
  await doors.kit.owner(
    `update work.relationship set opened_on = (opened_on - $2::interval)::date,
     closed_on = (closed_on - $2::interval)::date, review_on = (review_on - $2::interval)::date,
     limitation_on = (limitation_on - $2::interval)::date where relationship_id = $1`,
    [caseId, by],
  )
  await doors.kit.owner(
    `update subjects.record set collected_at = collected_at - $2::interval,
     erase_by = (erase_by - $2::interval)::date where relationship_id = $1`,
    [caseId, by],
  )
}

test('a hold has a listed reason, an owner, and a day within twelve months to be looked at again', async () => {
  const { caseId, subjectId } = await newCase()
  for (const body of [
    { reason: 'may be useful', reviewOn: addDays(today(), 30) },
    { reason: 'claim' },
    { reason: 'claim', reviewOn: 'never' },
    { reason: 'claim', reviewOn: today() },
    { reason: 'claim', reviewOn: addDays(today(), -1) },
    { reason: 'claim', reviewOn: addDays(today(), 400) },
    { reason: 'claim', reviewOn: '9999-12-31' },
  ])
    assert.equal((await doors.call('POST', `/v1/cases/${caseId}/holds`, body)).status, 400, JSON.stringify(body))
  assertRefusedBy(
    'S19',
    await doors.call('POST', `/v1/cases/${caseId}/holds`, { reason: 'claim', reviewOn: addDays(today(), 400) }),
  )
  const shell = await doors.cli(['hold', 'add', caseId, '--reason', 'claim', '--review', '2099-01-01'])
  assert.ok(shell.code === 1 || shell.code === 2, shell.out)
  const insert = (owner: string, reason: string, placed: string, review: string) =>
    `insert into work.hold (subject_id, hold_id, relationship_id, reason, owner_id, placed_on, review_on)
     values ('${subjectId}', gen_random_uuid(), '${caseId}', ${reason}, ${owner}, ${placed}, ${review})`
  for (const surface of ['api', 'import'] as const) {
    const attack = (...row: [string, string, string, string]) => doors.kit.as(surface, insert(...row))
    await assert.rejects(attack(`'x'`, `'claim'`, 'current_date', 'null'), sqlState('23502'))
    await assert.rejects(attack('null', `'claim'`, 'current_date', 'current_date + 30'), sqlState('23502'))
    await assert.rejects(
      attack(`'x'`, `'useful'`, 'current_date', 'current_date + 30'),
      sqlState('23514', 'hold_reason_check'),
    )
    for (const review of ['current_date', 'current_date + 367', `'infinity'`])
      await assert.rejects(attack(`'x'`, `'claim'`, 'current_date', review), sqlState('23514', 'hold_reviewed'), review)
    await assert.rejects(
      attack(`'x'`, `'claim'`, 'current_date + 3000', 'current_date + 3030'),
      sqlState('23514', 'hold_from_now'),
    )
  }
  assert.equal((await doors.kit.owner('select 1 from work.hold')).length, 0)
})

test('a hold once placed is not stretched past its year', async () => {
  const { caseId } = await newCase()
  assert.equal(
    (await doors.call('POST', `/v1/cases/${caseId}/holds`, { reason: 'claim', reviewOn: addDays(today(), 30) })).status,
    204,
  )
  const stretch = `update work.hold set review_on = placed_on + 367 where relationship_id = '${caseId}'`
  await assert.rejects(doors.kit.as('api', stretch), sqlState('23514', 'hold_reviewed'))
  await assertForbidden(doors.kit, `update work.hold set placed_on = current_date + 300`)
  await assertForbidden(doors.kit, stretch, ['worker', 'import', 'integrator', 'public'])
  await assertForbidden(doors.kit, `update work.hold set owner_id = 'nobody'`)
})

test('a closed case gives its records a day within six months, and on that day they are gone', async () => {
  const { caseId } = await newCase()
  assert.equal((await close(caseId)).status, 200)
  await run()
  assert.equal((await alive(caseId)).length, 3)
  await wait(caseId, '5 months')
  await run()
  assert.equal((await alive(caseId)).length, 3)
  await wait(caseId, '1 month 3 days')
  await run()
  assert.deepEqual(await alive(caseId), [])
})

test('what is closed is not used any more, and a reason that ended does not come back', async () => {
  const { caseId, subjectId, reference } = await newCase()
  await close(caseId)
  await run()
  assertRefusedBy('S12', await doors.call('GET', `/v1/cases/${caseId}`))
  const disclosed = await doors.call('POST', `/v1/cases/${caseId}/disclosures`, { recipient: { kind: 'creditor' } })
  assert.ok(disclosed.status >= 400 && disclosed.status < 500, disclosed.text)
  assertRefusedBy('S12', await close(caseId, 'recalled'))
  const days = () =>
    doors.kit.owner(
      'select min(erase_by) as first, max(erase_by) as last from subjects.record where relationship_id = $1',
      [caseId],
    )
  const before = await days()
  // The role may write these columns; the day that was given does not follow.
  const change = (set: string) =>
    doors.kit.as('api', `update work.relationship set ${set} where subject_id = '${subjectId}'`)
  await change(`closed_on = current_date + 2000`).catch(() => undefined)
  await change('closed_on = null, close_reason = null').catch(() => undefined)
  await run()
  assert.deepEqual(await days(), before)
  const again = await doors.deliver('Strandby Energi', csv(debtorLine(reference, { text: 'Nyt krav', cpr: '' })))
  assert.equal(again['created'], 0, 'a closed case is not opened again by the next file')
})

test('a claim that is time-barred is closed by itself, and goes', async () => {
  const { caseId } = await newCase()
  await doors.kit.owner(`update work.relationship set limitation_on = current_date - 1 where relationship_id = $1`, [
    caseId,
  ])
  await run()
  const [row] = await doors.kit.owner('select close_reason from work.relationship where relationship_id = $1', [caseId])
  assert.equal(row?.['close_reason'], 'timeBarred')
  await wait(caseId, '6 months 3 days')
  await run()
  assert.deepEqual(await alive(caseId), [])
})

test('a case that nobody looks at again is closed as of its day of review, and goes', async () => {
  const { caseId } = await newCase()
  await doors.kit.owner('update work.relationship set limitation_on = null where relationship_id = $1', [caseId])
  await wait(caseId, '13 months 5 days')
  await run()
  const [row] = await doors.kit.owner(
    'select close_reason, closed_on = review_on as "onItsDay" from work.relationship where relationship_id = $1',
    [caseId],
  )
  assert.deepEqual(row, { close_reason: 'ended', onItsDay: true })
  await wait(caseId, '6 months')
  await run()
  assert.deepEqual(await alive(caseId), [])
})

test('nobody sets a case to be looked at again in ten years', async () => {
  const { caseId } = await newCase()
  const set = (day: string) => `update work.relationship set review_on = ${day} where relationship_id = '${caseId}'`
  for (const surface of ['api', 'import'] as const)
    for (const day of ['opened_on + 3661', `'infinity'`, `'9999-12-31'`])
      await assert.rejects(doors.kit.as(surface, set(day)), sqlState('23514', 'relationship_reviewed'))
  await assertForbidden(doors.kit, set('current_date + 1'), ['worker', 'integrator', 'public'])
})

test('one reason does not keep the whole file: the voucher stays, everything else of the case goes', async () => {
  const { caseId } = await newCase()
  const paid = { payment_date: today(), payment_amount: '10.00', currency: 'DKK', voucher_number: 'B-1' }
  assert.equal((await doors.call('POST', `/v1/cases/${caseId}/payments`, paid)).status, 201)
  await close(caseId)
  await run()
  await wait(caseId, '6 months 3 days')
  const done = await doors.cli(['retention', 'run'])
  assert.equal(done.code, 0, done.err)
  assert.deepEqual(await alive(caseId), ['accounting_entry'])
})

test('a hold keeps what it is placed on until it is looked at or lifted, and not a day longer', async () => {
  const kept = await newCase()
  const lifted = await newCase()
  for (const { caseId } of [kept, lifted]) {
    assert.equal(
      (await doors.call('POST', `/v1/cases/${caseId}/holds`, { reason: 'claim', reviewOn: addDays(today(), 200) }))
        .status,
      204,
    )
    await close(caseId)
    await run()
    await wait(caseId, '6 months 3 days')
  }
  const erase = `select subjects.erase('${kept.subjectId}',
    (select array_agg(record_id) from subjects.record where relationship_id = '${kept.caseId}'), 'x')`
  for (const surface of ['api', 'worker'] as const)
    await assert.rejects(doors.kit.as(surface, erase), sqlState('IN019'))
  assert.equal((await doors.call('POST', `/v1/cases/${lifted.caseId}/holds/lift`, { reason: 'claim' })).status, 204)
  await run()
  assert.deepEqual([(await alive(kept.caseId)).length, (await alive(lifted.caseId)).length], [3, 0])
  await doors.kit.owner(
    `update work.hold set placed_on = current_date - 201, review_on = current_date - 1 where relationship_id = $1`,
    [kept.caseId],
  )
  await run()
  assert.deepEqual(await alive(kept.caseId), [], 'a hold past its review keeps nothing')
})

test('a client that reports a case paid or called back ends its reason by the file itself', async () => {
  const { caseId, reference } = await newCase()
  const done = await doors.cli([
    'import',
    doors.file('closed.csv', csv(debtorLine(reference, { amount: '0', status: 'betalt' }))),
    '--client',
    'Strandby Energi',
  ])
  assert.deepEqual([done.code, done.body['closed']], [0, 1], done.out + done.err)
  await run()
  await wait(caseId, '6 months 3 days')
  await run()
  assert.deepEqual(await alive(caseId), [])
})

test('two runs at the same moment erase the same once, and what they did is in the ledger', async () => {
  const { caseId, subjectId } = await newCase()
  await close(caseId)
  await run()
  await wait(caseId, '6 months 3 days')
  const runs = await Promise.all([1, 2].map(() => doors.call('POST', '/v1/retention/runs', {})))
  assert.ok(
    runs.every(it => it.status === 201 || it.status === 409),
    runs.map(it => it.text).join(),
  )
  assert.deepEqual(await alive(caseId), [])
  const entries = await doors.kit.owner('select 1 from subjects.opening where subject_id = $1', [subjectId])
  assert.ok(entries.length > 0)
  const verified = await doors.cli(['verify'])
  assert.equal(verified.code, 0, verified.out)
})

test('a policy with a category that is kept without a review, an anchor or a word of why is not adopted', async () => {
  const [row] = await doors.kit.owner('select document from policy.version')
  const text = String(row?.['document']).replace('revision: 1', 'revision: 2')
  const lines = ['      review: P12M\n', '      anchor: caseClosed\n', '      clause: S19\n']
  const start = text.indexOf('    retention: &debtor\n')
  for (const line of lines) {
    const at = text.indexOf(line, start)
    const changed = text.slice(0, at) + text.slice(at + line.length)
    const checked = await doors.cli(['policy', 'check', doors.file('weaker.yaml', changed)])
    assert.equal(checked.code, 1, `${line}: ${checked.out}`)
  }
})
