/** A person of ours settles rows that wait: nobody is merged, resurrected or overwritten on a guess. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { client } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { act, look } from '../platform/world.ts'
import { commands } from './cli.ts'
import { contentsOf, csv, deliver, row } from './delivery.fixture.ts'
import * as intake from './intake.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

let made = 0
const newClient = () => client(kit, `Klient ${(made += 1)}`)
const settle = (settlement: intake.Settlement) =>
  act(kit.world, kit.actor('caseWorker'), ctx => intake.settle(ctx, settlement))
const waiting = async (clientId: string) =>
  (await look(kit.world, kit.actor('caseWorker'), intake.reviews)).filter(it => it.clientId === clientId)
const one = async (text: string, values: unknown[]) => (await kit.owner(text, values))[0]

test('every circumstance that a row tells waits for a person, sealed under a person of its own', async () => {
  const clientId = await newClient()
  const rows = [
    row('W-1', { cpr: '150515-9002' }),
    row('W-2', { cpr: '120484-9000', co_address: 'Dødsboet v/advokat' }),
    row('W-3', { cpr: '130484-9003', address: 'Adressebeskyttet' }),
    row('W-4', { cpr: '140484-9006', note: 'Brev til værge' }),
    row('W-5', { cpr: '150484-9009', claim_text: 'Psykologsamtaler' }),
    row('W-6', { cpr: '150484-9009' }),
  ]
  const done = await deliver(kit, clientId, csv(rows))
  assert.equal(done.reviewed, 6)
  const reasons = (await waiting(clientId)).toSorted((left, right) => left.line - right.line).map(it => it.reason)
  assert.deepEqual(reasons, [
    'minor',
    'deceased',
    'protected_address',
    'guardian',
    'sensitive_claim',
    'match_in_review',
  ])
  const persons = await one('select count(distinct subject_id)::int as n from work.relationship where client_id = $1', [
    clientId,
  ])
  assert.equal(persons?.['n'], 6)
  const items = await one(
    `select count(*)::int as n from work.item w join intake.review r on r.review_id = w.item_id
     where r.client_id = $1 and w.kind = 'review' and w.closed_at is null`,
    [clientId],
  )
  assert.equal(items?.['n'], 6)
})

test('settled as new, the provisional person and case are real, and the next delivery finds them', async () => {
  const clientId = await newClient()
  const protectedRow = row('Y-1', { cpr: '160484-9001', address: 'Adressebeskyttet' })
  await deliver(kit, clientId, csv([protectedRow]))
  const [review] = await waiting(clientId)
  const settled = await settle({ reviewId: review?.reviewId ?? '', as: 'new' })
  assert.equal(settled.caseId, review?.caseId)
  assert.deepEqual(await waiting(clientId), [])
  const next = await deliver(kit, clientId, csv([{ ...protectedRow, address: 'Nyvej 2' }]))
  assert.equal(next.changed, 1)
})

test('settled as the same, the values move to that person’s case and the provisional ones are gone', async () => {
  const [first, second] = [await newClient(), await newClient()]
  await deliver(kit, first, csv([row('Z-1', { cpr: '170484-9004', name: 'Karl Tvivl', address: 'Tvivlsvej 3' })]))
  const known = await one('select subject_id, relationship_id as id from work.relationship where client_id = $1', [
    first,
  ])
  await deliver(
    kit,
    second,
    csv([row('Z-2', { cpr: '', name: 'Karl Tvivl', address: 'Tvivlsvej 3', principal: '77,00' })]),
  )
  const [review] = await waiting(second)
  assert.equal(review?.reason, 'possible_match')
  await assert.rejects(settle({ reviewId: review?.reviewId ?? '', as: 'same' }), { code: 'usage' })
  const settled = await settle({ reviewId: review?.reviewId ?? '', as: 'same', caseId: String(known?.['id']) })
  const moved = await one('select subject_id from work.relationship where relationship_id = $1', [settled.caseId])
  assert.equal(moved?.['subject_id'], known?.['subject_id'])
  const contents = await contentsOf(kit)
  assert.ok(JSON.stringify(contents['Z-2']).includes('77.00'))
  const left = await one(
    `select count(*)::int as n from subjects.record r where r.relationship_id = $1 and r.erased_at is null`,
    [review?.caseId],
  )
  assert.equal(left?.['n'], 0)
  const notice = await one(
    `select count(*)::int as n from notices.notice where relationship_id = $1 and kind = 'collection'`,
    [settled.caseId],
  )
  assert.equal(notice?.['n'], 1)
  const again = await deliver(
    kit,
    second,
    csv([row('Z-2', { cpr: '', name: 'Karl Tvivl', address: 'Tvivlsvej 3', principal: '66,00' })]),
  )
  assert.equal(again.changed, 1, 'the reference now belongs to that case')
})

test('settled as refused, nothing of it is held, and the same row again is not taken again', async () => {
  const clientId = await newClient()
  const minor = row('Q-1', { cpr: '160515-9005' })
  await deliver(kit, clientId, csv([minor]))
  const [review] = await waiting(clientId)
  await settle({ reviewId: review?.reviewId ?? '', as: 'refused' })
  const living = await one(
    'select count(*)::int as n from subjects.record where relationship_id = $1 and erased_at is null',
    [review?.caseId],
  )
  assert.equal(living?.['n'], 0)
  const again = await deliver(kit, clientId, csv([minor, row('Q-2', { cpr: '180484-9007' })]))
  assert.deepEqual([again.unchanged, again.created, again.reviewed], [1, 1, 0])
  await assert.rejects(settle({ reviewId: review?.reviewId ?? '', as: 'new' }), { code: 'not_found' })
})

test('a restricted person’s case is not overwritten, not even by settling it as the same', async () => {
  const clientId = await newClient()
  const person = row('R-1', { cpr: '190484-9000' })
  await deliver(kit, clientId, csv([person]))
  const known = await one('select subject_id, relationship_id as id from work.relationship where client_id = $1', [
    clientId,
  ])
  await kit.owner('update subjects.record set restricted_at = now() where subject_id = $1', [known?.['subject_id']])
  await deliver(kit, clientId, csv([{ ...person, principal: '1,00' }]))
  const [review] = await waiting(clientId)
  assert.equal(review?.reason, 'restricted')
  const settlement = { reviewId: review?.reviewId ?? '', as: 'same', caseId: String(known?.['id']) } as const
  await assert.rejects(settle(settlement), { code: 'policy.refused' })
  assert.equal((await waiting(clientId)).length, 1, 'it still waits')
  await kit.owner('update subjects.record set restricted_at = null where subject_id = $1', [known?.['subject_id']])
  assert.equal((await settle(settlement)).caseId, known?.['id'])
  assert.ok(JSON.stringify((await contentsOf(kit))['R-1']).includes('"1.00"'))
})

test('a reference that comes with another person’s number waits, and cannot become that person’s case', async () => {
  const clientId = await newClient()
  await deliver(kit, clientId, csv([row('U-1', { cpr: '200484-9002' }), row('U-2', { cpr: '210484-9005' })]))
  await deliver(kit, clientId, csv([row('U-1', { cpr: '210484-9005' })]))
  const [review] = await waiting(clientId)
  assert.equal(review?.reason, 'person_changed')
  await assert.rejects(settle({ reviewId: review?.reviewId ?? '', as: 'new' }), { code: 'intake.reference_taken' })
})

test('a newer row of a reference that waits replaces the older, and a closing takes it back', async () => {
  const clientId = await newClient()
  const first = row('K-1', { cpr: '170515-9008' })
  await deliver(kit, clientId, csv([first]))
  const next = await deliver(kit, clientId, csv([{ ...first, principal: '5,00' }]))
  assert.equal(next.reviewed, 1)
  const [review] = await waiting(clientId)
  const living = await one(
    `select count(*)::int as n, count(distinct category)::int as kinds from subjects.record where relationship_id = $1 and erased_at is null`,
    [review?.caseId],
  )
  assert.equal(living?.['n'], living?.['kinds'])
  const closed = await deliver(kit, clientId, csv([{ ...first, status: 'Lukket', closed_on: '01-11-2026' }]))
  assert.equal(closed.closed, 1)
  assert.deepEqual(await waiting(clientId), [])
})

test('on the command line: import, dry run, list, review and settle answer in lines and in JSON', async context => {
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const folder = mkdtempSync(`${tmpdir()}/indsigt-cli-`)
  context.after(() => rmSync(folder, { recursive: true }))
  await client(kit, 'Linjeklienten')
  writeFileSync(
    `${folder}/f.csv`,
    csv([row('L-1', { cpr: '180515-9000' }), row('L-2', { cpr: '220484-9008' }), row('L-3', { cpr: 'x' })]),
  )
  writeFileSync(
    `${folder}/m.json`,
    JSON.stringify({ columns: [{ header: 'Bemærkning', field: 'ignore' }], decimal: ',' }),
  )
  const run = (name: string, args: string[], options: Record<string, string | boolean> = {}) => {
    const command = commands.find(it => it.name === name)
    assert.ok(command)
    return command.run({
      args,
      options,
      language: 'da',
      cwd: folder,
      env: {},
      world: async () => kit.world,
      actor: surface => kit.actor('admin', surface),
      ask: async () => '',
      input: async () => '',
      progress: () => undefined,
    })
  }
  const dry = await run('import', ['f.csv'], { client: 'linjeklienten', 'dry-run': true, mapping: 'm.json' })
  assert.deepEqual(dry.json, {
    rows: 3,
    created: 1,
    changed: 0,
    closed: 0,
    unchanged: 0,
    reviewed: 1,
    rejected: 1,
    remarks: 0,
    dryRun: true,
  })
  const done = await run('import', ['f.csv'], { client: 'Linjeklienten', mapping: 'm.json', rejects: 'r.csv' })
  assert.equal((done.json as { rejectsFile: string }).rejectsFile, `${folder}/r.csv`)
  assert.ok(
    done.lines.some(line => /afviste +1$/.test(line)),
    done.lines.join('\n'),
  )
  assert.ok((await run('import list', [])).lines.some(line => line.includes('Linjeklienten')))
  const listed = (await run('review list', [])).json as { reviews: { reviewId: string; client: string }[] }
  const review = listed.reviews.find(it => it.client === 'Linjeklienten')
  await assert.rejects(run('review settle', [review?.reviewId ?? '']), { code: 'usage' })
  assert.equal(
    ((await run('review settle', [review?.reviewId ?? ''], { as: 'refused' })).json as { outcome: string }).outcome,
    'refused',
  )
  await assert.rejects(run('import', ['none.csv'], { client: 'Linjeklienten' }), { code: 'file/missing' })
  await assert.rejects(run('import', ['f.csv'], { client: 'Ukendt' }), { code: 'work.client_unknown' })
})

test('a settled row leaves no notice waiting: the real case’s own is due a month after the data came', async () => {
  const [first, second] = [await newClient(), await newClient()]
  await deliver(kit, first, csv([row('N-1', { cpr: '', name: 'Nora Nævnt', address: 'Nævntvej 3' })]))
  await deliver(kit, second, csv([row('N-2', { cpr: '', name: 'Nora Nævnt', address: 'Nævntvej 3' })]))
  await deliver(
    kit,
    second,
    csv([row('N-2', { cpr: '', name: 'Nora Nævnt', address: 'Nævntvej 3' }), row('N-3', { cpr: '160515-9005' })]),
  )
  const known = await one('select relationship_id as id from work.relationship where client_id = $1', [first])
  const noticeOf = (caseId: unknown) =>
    one(`select state, failure, due_on from notices.notice where relationship_id = $1`, [caseId])
  const [same, refused] = (await waiting(second)).toSorted((left, right) => left.line - right.line)
  const before = await noticeOf(same?.caseId)
  await assert.rejects(
    kit.as(
      'api',
      `update notices.notice set state = 'ended', failure = 'notices.not_taken' where relationship_id = $1`,
      [same?.caseId],
    ),
    { constraint: 'notice_ended_settled' },
  )
  const settled = await settle({ reviewId: same?.reviewId ?? '', as: 'same', caseId: String(known?.['id']) })
  await settle({ reviewId: refused?.reviewId ?? '', as: 'refused' })
  assert.deepEqual(await noticeOf(same?.caseId), { ...before, state: 'ended', failure: 'notices.told_by_other' })
  assert.deepEqual((await noticeOf(refused?.caseId))?.['state'], 'ended')
  assert.deepEqual(await noticeOf(settled.caseId), before)
})
