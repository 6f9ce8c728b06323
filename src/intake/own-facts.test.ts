/**
 * A2: what a client is told depends on its own file alone. Two worlds, one delivery: in the one nobody is known, in
 * the other its persons are known through another client, restricted, or erased. All that is told must be equal.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { client } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { Problem } from '../platform/problems.ts'
import type { ApiAnswer } from '../platform/route.ts'
import { act, look } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { routes as caseRoutes } from '../cases/api.ts'
import * as intake from './intake.ts'
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

test('settling what waits shows the client neither another case nor another id, day or state', async context => {
  const [calm, moved] = [await openKit(), await openKit()]
  context.after(() => Promise.all([calm.close(), moved.close()]))
  const other = await client(moved, 'En anden klient')
  const known = { cpr: '', name: 'Ens Navn', address: 'Ensvej 1' }
  await deliver(moved, other, csv([row('O-8', known)]))
  for (const kit of [calm, moved]) await deliver(kit, await client(kit, 'Klienten'), csv([row('M-8', known)]))
  const clientId = await client(moved, 'Klienten')
  const before = await casesToldTo(moved, clientId, ['M-8'])
  const [review] = await reviewsOf(moved)
  const [target] = await moved.owner('select relationship_id as id from work.relationship where client_id = $1', [
    other,
  ])
  await act(moved.world, moved.actor('caseWorker'), ctx =>
    intake.settle(ctx, { reviewId: String(review?.reviewId), as: 'same', caseId: String(target?.['id']) }),
  )
  assert.deepEqual(await casesToldTo(moved, clientId, ['M-8']), before)
  const bare = async (kit: Kit) => bareCases(await casesToldTo(kit, await client(kit, 'Klienten'), ['M-8']))
  assert.deepEqual(await bare(moved), await bare(calm))
  for (const kit of [calm, moved])
    await deliver(
      kit,
      await client(kit, 'Klienten'),
      csv([row('M-8', { ...known, status: 'Lukket', closed_on: '01-11-2026' })]),
    )
  assert.deepEqual(await bare(moved), await bare(calm))
  assert.equal((await bare(moved)).cases[0]?.['state'], 'closed')
})

test('refused, a row looks to its client as it did; paid, the client is told so', async context => {
  const kit = await openKit()
  context.after(() => kit.close())
  const clientId = await client(kit, 'Klienten')
  await deliver(kit, clientId, csv([row('B-1', { cpr: '160515-9005' }), row('B-2', { cpr: CPRS[0] ?? '' })]))
  const before = await casesToldTo(kit, clientId, ['B-1', 'B-2'])
  const [review] = await reviewsOf(kit)
  await act(kit.world, kit.actor('caseWorker'), ctx =>
    intake.settle(ctx, { reviewId: String(review?.reviewId), as: 'refused' }),
  )
  assert.deepEqual(await casesToldTo(kit, clientId, ['B-1', 'B-2']), before)
  await closeAll(kit, '1204839005', 'paid')
  const after = await casesToldTo(kit, clientId, ['B-1', 'B-2'])
  assert.deepEqual(
    after.cases.map(it => String(it['state'])).toSorted((a, b) => a.localeCompare(b)),
    ['closed', 'open'],
  )
})

const reviewsOf = async (kit: Kit) => look(kit.world, kit.actor('caseWorker'), intake.reviews)

/** All that a client can read of its cases: the list, and each by its reference and its id. */
async function casesToldTo(kit: Kit, partyId: string, references: readonly string[]) {
  const list = (await call(kit, 'listCases', partyId, { partyId })).body as { cases: { [name: string]: unknown }[] }
  const found: unknown[] = []
  for (const reference of references) {
    const body = { client: 'Klienten', reference }
    const { caseId } = (await call(kit, 'findCase', partyId, {}, {}, undefined, body)).body as { caseId: string }
    assert.ok(
      list.cases.some(it => it['caseId'] === caseId),
      `${reference} is found under another id than listed`,
    )
    found.push((await call(kit, 'showCase', partyId, { caseId })).body)
  }
  return { cases: list.cases, found }
}

function bareCases(told: Awaited<ReturnType<typeof casesToldTo>>) {
  const bare = (view: object) => ({ ...view, caseId: '', clientId: '' }) as { [name: string]: unknown }
  const order = (left: object, right: object) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1)
  return { cases: told.cases.map(bare).toSorted(order), found: told.found.map(it => bare(it as object)) }
}

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
  const references = CPRS.map((_, index) => `M-${index}`)
  const cases = bareCases(await casesToldTo(kit, clientId, [...references, 'M-8']))
  return { report: bare(report), rejects, list: list.imports.map(bare), status: begun.status, cases }
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
  body?: unknown,
) {
  const route = [...routes, ...caseRoutes].find(it => it.id === id)
  assert.ok(route)
  const actor = kit.actor('client', 'api', partyId)
  return route.handle({ world: kit.world, actor, params, body, query, request, language: 'da' })
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

async function closeAll(kit: Kit, cpr: string, reason: 'ended' | 'paid' = 'ended') {
  const cases = await kit.owner('select relationship_id as id from work.relationship where subject_id = $1', [
    await personOf(kit, cpr),
  ])
  await act(kit.world, kit.actor('caseWorker'), async ctx => {
    for (const { id } of cases) await work.close(ctx, String(id), reason)
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
