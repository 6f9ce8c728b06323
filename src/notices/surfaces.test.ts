/**
 * The commands and routes of notices. Goal: the two say and do the same, show no personal data and take none as an
 * argument. Method: both are run against one database, over one notice's whole life.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import test, { after, before } from 'node:test'
import { debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { addDays } from '../lib/civil-date.ts'
import type { Outcome } from '../platform/command.ts'
import { civilDate } from '../platform/world.ts'
import { routes } from './api.ts'
import { commands } from './cli.ts'
import { jobs } from './jobs.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

type Options = Record<string, string | boolean>

async function run(name: string, args: readonly string[] = [], options: Options = {}): Promise<Outcome> {
  const command = commands.find(it => it.name === name)
  assert.ok(command, name)
  return command.run({
    args,
    options,
    language: 'da',
    cwd: kit.folder,
    env: {},
    world: () => Promise.resolve(kit.world),
    actor: surface => kit.actor('admin', surface),
    ask: () => Promise.reject(new Error('nothing is asked')),
    input: () => Promise.reject(new Error('nothing is read')),
    progress: () => undefined,
  })
}

async function call(
  id: string,
  given: { params?: Record<string, string>; body?: unknown; query?: unknown } = {},
): Promise<unknown> {
  const route = routes.find(it => it.id === id)
  assert.ok(route, id)
  const { params = {}, body = {}, query = {} } = given
  const parsed = { body: route.body?.parse(body), query: route.query?.parse(query) }
  const request = new Request('http://localhost/')
  const answer = await route.handle({
    world: kit.world,
    actor: kit.actor('admin'),
    params,
    ...parsed,
    request,
    language: 'da',
  })
  route.response?.parse(answer.body)
  return answer.body
}

test('a notice lives its whole life by command line and by API, and both say the same', async () => {
  const { noticeId } = await debtor(kit, { name: 'Frida Prøvebjerg' })
  const listed = async () => ((await call('listNotices')) as { notices: { state: string }[] }).notices[0]?.state
  const params = { noticeId }
  const reviewOn = addDays(civilDate(new Date()), 30)
  await run('notices hold', [noticeId], { ground: 'court_order', review: reviewOn })
  assert.equal(await listed(), 'held')
  await call('releaseNotice', { params })
  await call('holdNotice', { params, body: { ground: 'hvidvaskloven_38', reviewOn } })
  await run('notices release', [noticeId])
  assert.deepEqual((await run('notices list', [], { due: true })).json, { notices: [] })
  const sent = (await run('notices send', [], { ahead: '40' })).json as {
    written: number
    batchId: string
    folder: string
  }
  assert.deepEqual([sent.written, existsSync(sent.folder)], [1, true])
  await call('printNotices', { params: { batchId: sent.batchId } })
  assert.deepEqual([await listed(), existsSync(sent.folder)], ['sent', false])
  await run('notices returned', [noticeId])
  assert.equal(((await call('sendNotices', { body: { leadDays: 40 } })) as { escalated: number }).escalated, 1)
  const shown = await run('notices list', [], { state: 'escalated' })
  assert.match(shown.lines.join(), new RegExp(`${noticeId}.*notices\\.returned`))
  assert.ok(!/Prøvebjerg|Valby/.test(JSON.stringify(shown)))
  await call('requeueNotice', { params })
  const again = (await call('sendNotices', { body: { leadDays: 40 } })) as { batchId: string }
  await run('notices printed', [again.batchId])
  await run('notices delivered', [noticeId])
  assert.equal(await listed(), 'delivered')
})

const WRONG: readonly [name: string, args: readonly string[], options: Options][] = [
  ['notices hold', ['x'], {}],
  ['notices hold', ['0b0b0b0b-0000-4000-8000-000000000001'], { ground: 'because' }],
  ['notices list', [], { state: 'lost' }],
  ['notices send', [], { limit: '0' }],
  ['notices send', [], { limit: '201' }],
  ['notices send', [], { ahead: '-1' }],
  ['notices printed', ['../../etc'], {}],
]

for (const [name, args, options] of WRONG)
  test(`wrong use is told and changes nothing: ${name} ${args.join(' ')} ${JSON.stringify(options)}`, async () => {
    await assert.rejects(run(name, args, options), { code: 'usage' })
  })

test('the jobs send and escalate', async () => {
  const { noticeId } = await debtor(kit)
  const late = await debtor(kit)
  await kit.owner('update notices.notice set due_on = current_date where notice_id = $1', [noticeId])
  await kit.owner(
    "update notices.notice set due_on = current_date - 9, try_after = now() + interval '1 day' where notice_id = $1",
    [late.noticeId],
  )
  for (const job of jobs) await job.run(kit.world)
  const rows = await kit.owner(
    'select state, batch_id is not null as written from notices.notice where notice_id = any($1) order by state',
    [[noticeId, late.noticeId]],
  )
  assert.deepEqual(rows, [
    { state: 'escalated', written: false },
    { state: 'queued', written: true },
  ])
})
