/** Finding a person: an id and cases come back, nothing is opened, and the person can see who looked for them. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { Problem } from '../platform/problems.ts'
import { act, type Ctx } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as people from './people.ts'

let kit: Kit
let asta: Debtor

before(async () => {
  kit = await openKit()
  asta = await debtor(kit, { cpr: '0101659995', reference: 'P-1', email: 'asta@example.dk' })
})
after(() => kit.close())

const doing = <T>(run: (ctx: Ctx) => Promise<T>) => act(kit.world, kit.actor('officer'), run)
const find = (by: people.By) => doing(ctx => people.find(ctx, by))
const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code

test('by CPR number however it is written, by e-mail, and by the client’s reference', async () => {
  for (const by of [
    { cpr: '010165-9995' },
    { cpr: '0101659995' },
    { email: 'asta@example.dk' },
    { clientId: asta.clientId, reference: 'P-1' },
  ]) {
    const found = await find(by)
    assert.deepEqual(
      found.map(it => it.subjectId),
      [asta.subjectId],
      JSON.stringify(Object.keys(by)),
    )
    assert.deepEqual(
      found[0]?.cases.map(it => [it.caseId, it.client]),
      [[asta.caseId, 'Strandby Energi']],
    )
  }
})

test('another client’s reference finds nobody, and a search without result is recorded without its words', async () => {
  assert.deepEqual(await find({ clientId: randomUUID(), reference: 'P-1' }), [])
  assert.deepEqual(await find({ cpr: '0202659996' }), [])
  const rows = await kit.owner(
    `select encode(leaf, 'escape') as text from ledger.pending where encode(leaf, 'escape') like '%people.searched%'`,
  )
  assert.equal(rows.length, 2)
  assert.ok(rows.every(row => !String(row['text']).includes('0202659996') && !String(row['text']).includes('P-1')))
})

test('the person found sees who looked, by which kind of thing', async () => {
  await find({ email: 'asta@example.dk' })
  const entries = await doing(async ctx => {
    await people.find(ctx, { cpr: '0101659995' })
    return subjects.entriesOf(ctx, asta.subjectId)
  })
  const looked = entries.filter(it => it.body?.kind === 'people.found')
  assert.ok(looked.some(it => it.body?.['by'] === 'email' && it.body.actor.role === 'officer'))
})

test('what is no CPR number, e-mail or telephone number is said to be none', async () => {
  for (const by of [{ cpr: '123' }, { email: 'a@b' }, { phone: 'ring' }])
    await assert.rejects(find(by), isProblem('request.invalid'))
})

test('one person is asked for and two are found: nobody is picked', async () => {
  await debtor(kit, { email: 'delt@example.dk', reference: 'P-2' })
  await debtor(kit, { email: 'delt@example.dk', reference: 'P-3' })
  await assert.rejects(
    doing(ctx => people.findOne(ctx, { email: 'delt@example.dk' })),
    isProblem('subjects.several'),
  )
  await assert.rejects(
    doing(ctx => people.findOne(ctx, { email: 'ingen@example.dk' })),
    isProblem('subjects.none'),
  )
})

test('a row that waits to be matched is found, and named as one that may be somebody else', async () => {
  const of = await debtor(kit, { cpr: '0303659997', reference: 'P-4' })
  await kit.owner(
    `insert into intake.review (subject_id, review_id, relationship_id, import_id, client_id, reference_digest,
       content_digest, line, reason, queued_on, review_on)
     select subject_id, gen_random_uuid(), relationship_id, $2, client_id, reference_digest, content_digest, 1,
       'nameDiffers', current_date, current_date + 30
     from work.relationship where relationship_id = $1`,
    [of.caseId, of.importId],
  )
  assert.deepEqual(
    (await find({ cpr: '0303659997' })).map(it => it.isProvisional),
    [true],
  )
  await assert.rejects(
    doing(ctx => people.findOne(ctx, { cpr: '0303659997' })),
    isProblem('subjects.none'),
  )
})

test('clients and auditors find nobody', async () => {
  for (const role of ['client', 'auditor'] as const) {
    const actor = kit.actor(role, 'api', role === 'client' ? asta.clientId : undefined)
    const doing = act(kit.world, actor, ctx => people.find(ctx, { cpr: '0101659995' }))
    await assert.rejects(doing, isProblem('identity.not_allowed'))
  }
})
