/**
 * A2: what a client is told depends on its own file alone. Two worlds, one delivery: in the one nobody is known, in
 * the other its persons are known through another client, restricted, or erased. All that is told must be equal.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { Problem } from '../platform/problems.ts'
import type { ApiAnswer, ApiCall } from '../platform/route.ts'
import { act } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { routes } from './api.ts'
import { csv, deliver, row } from './delivery.fixture.ts'

const CPRS = ['120483-9005', '130483-9008', '140483-9002', '150483-9004']
const FILE = csv([
  ...CPRS.map((cpr, index) => row(`M-${index}`, { cpr, name: 'Ens Navn', address: 'Ensvej 1' })),
  row('M-8', { cpr: '', name: 'Ens Navn', address: 'Ensvej 1' }),
  row('M-9', { cpr: 'forkert' }),
])
const NEXT = csv([
  ...CPRS.map((cpr, index) => row(`M-${index}`, { cpr, name: 'Ens Navn', address: 'Ensvej 1', principal: '99,00' })),
  row('M-8', { cpr: '', name: 'Ens Navn', address: 'Ensvej 1', status: 'Lukket', closed_on: '01-11-2026' }),
])

test('a client learns the same from rejects, counts and API whether or not its persons are known', async context => {
  const [empty, known] = [await openKit(), await openKit()]
  context.after(() => Promise.all([empty.close(), known.close()]))
  const other = await client(known, 'En anden klient')
  await deliver(
    known,
    other,
    csv(CPRS.map((cpr, index) => row(`O-${index}`, { cpr, name: 'Ens Navn', address: 'Ensvej 1' }))),
  )
  await restrictAll(known, '1304839008')
  await eraseAll(known, '1404839002')
  const told = await Promise.all([empty, known].map(kit => whatIsTold(kit)))
  assert.deepEqual(told[1], told[0])
  const [counted] = await known.owner('select count(*)::int as n from intake.review where settled_on is null')
  assert.ok((counted?.['n'] as number) > 0, 'in the other world somebody of ours must look')
})

test('month after month a client cannot see that its person objected, was erased or closed by us', async context => {
  const [calm, moved] = [await openKit(), await openKit()]
  context.after(() => Promise.all([calm.close(), moved.close()]))
  for (const kit of [calm, moved]) await deliver(kit, await client(kit, 'Klienten'), FILE)
  await restrictAll(moved, '1304839008')
  await eraseAll(moved, '1404839002')
  await closeAll(moved, '1504839004')
  const told = await Promise.all([calm, moved].map(kit => whatIsTold(kit, NEXT)))
  assert.deepEqual(told[1], told[0])
  const reasons = await moved.owner(
    'select reason, count(*)::int as n from intake.review where settled_on is null group by reason order by reason',
  )
  assert.deepEqual(reasons, [
    { reason: 'case_closed', n: 2 },
    { reason: 'restricted', n: 1 },
  ])
  const [overwritten] = await moved.owner(
    'select count(*)::int as n from subjects.record where restricted_at is not null and erased_at is not null',
  )
  assert.equal(overwritten?.['n'], 0, 'what is restricted stays as it was')
})

test('a client sees its own imports alone, and no queue of ours', async context => {
  const kit = await openKit()
  context.after(() => kit.close())
  const [one, two] = [await client(kit, 'Den ene'), await client(kit, 'Den anden')]
  const done = await deliver(kit, one, FILE)
  await assert.rejects(call(kit, 'getImport', two, { importId: done.importId }), { code: 'not_found' })
  await assert.rejects(call(kit, 'getRejects', two, { importId: done.importId }), { code: 'not_found' })
  assert.deepEqual((await call(kit, 'listImports', two)).body, { imports: [] })
  const task = routes.find(it => it.id === 'listReviews')?.tasks
  assert.deepEqual(task, ['settleReview'])
  await assert.rejects(call(kit, 'listReviews', one), { code: 'identity.not_allowed' })
  await assert.rejects(call(kit, 'importPortfolio', one, {}, { client: 'Den anden' }), { code: 'identity.not_allowed' })
})

async function whatIsTold(kit: Kit, file = FILE) {
  const clientId = await client(kit, 'Klienten')
  const begun = await send(kit, clientId, file)
  const { importId } = begun.body as { importId: string }
  const report = await finished(kit, clientId, importId)
  const again = await send(kit, clientId, file)
  assert.deepEqual(again.body, begun.body)
  const rejects = Buffer.from((await call(kit, 'getRejects', clientId, { importId })).bytes ?? []).toString('hex')
  const list = (await call(kit, 'listImports', clientId)).body as { imports: object[] }
  const bare = (view: object) => ({ ...view, importId: '', receivedAt: '' })
  return { report: bare(report), rejects, list: list.imports.map(bare), status: begun.status }
}

/** Sends a file; while the same one is still ending, the answer is that it runs. */
async function send(kit: Kit, clientId: string, file: string): Promise<ApiAnswer> {
  for (;;) {
    const request = new Request('http://localhost/v1/imports', { method: 'POST', body: file })
    try {
      return await call(kit, 'importPortfolio', clientId, {}, {}, request)
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'intake.running')) throw error
    }
  }
}

async function finished(kit: Kit, clientId: string, importId: string): Promise<object> {
  for (;;) {
    const { body } = await call(kit, 'getImport', clientId, { importId })
    if ((body as { state: string }).state === 'finished') return body as object
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

async function call(
  kit: Kit,
  id: string,
  partyId: string,
  params = {},
  query: object = {},
  request = new Request('http://localhost/'),
) {
  const route = routes.find(it => it.id === id)
  assert.ok(route)
  const actor = kit.actor('client', 'api', partyId)
  return route.handle({ world: kit.world, actor, params, body: undefined, query, request, language: 'da' } as ApiCall)
}

async function personOf(kit: Kit, cpr: string): Promise<string> {
  return act(kit.world, kit.actor('caseWorker'), async ctx => {
    const [subjectId = ''] = await subjects.find(ctx, 'cpr', cpr)
    await subjects.enter(ctx, [{ subjectId, kind: 'subjects.read' }])
    ctx.tally.permits += 1
    return subjectId
  })
}

async function restrictAll(kit: Kit, cpr: string) {
  await kit.owner('update subjects.record set restricted_at = now() where subject_id = $1', [await personOf(kit, cpr)])
}

async function closeAll(kit: Kit, cpr: string) {
  const cases = await kit.owner('select relationship_id as id from work.relationship where subject_id = $1', [
    await personOf(kit, cpr),
  ])
  await act(kit.world, kit.actor('caseWorker'), async ctx => {
    for (const { id } of cases) await work.close(ctx, String(id), 'paid')
    await subjects.enter(ctx, [{ subjectId: await personOf(kit, cpr), kind: 'work.case_closed' }])
    ctx.tally.permits += 1
  })
}

async function eraseAll(kit: Kit, cpr: string) {
  const subjectId = await personOf(kit, cpr)
  await closeAll(kit, cpr)
  const records = await kit.owner('select record_id from subjects.record where subject_id = $1', [subjectId])
  await kit.as('worker', `select subjects.erase($1, $2::uuid[], 'S19.reasonEnded')`, [
    subjectId,
    records.map(it => it['record_id']),
  ])
}
