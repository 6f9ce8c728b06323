/** S3: a browser is tied to a person only by the site that met them, when they were told; and it comes loose. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test, { after, before } from 'node:test'
import { mintToken, writeChoice } from '../../sdk/choice.ts'
import type { SiteSettings } from '../../sdk/wire.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { act, look, type Actor, type Ctx } from '../platform/world.ts'
import * as requests from '../requests/requests.ts'
import * as cookies from './cookies.ts'
import { collect } from './links.fixture.ts'

let kit: Kit
let site: Actor
let settings: SiteSettings
before(async () => {
  kit = await openKit()
  site = { ...kit.actor('site'), site: 'intrum.dk' }
  settings = await cookies.settings(kit.world, site)
})
after(() => kit.close())

const doing = <T>(run: (ctx: Ctx) => Promise<T>, actor = site) => act(kit.world, actor, run)
const seal = () => ({ register: settings.register, key: settings.key, now: new Date() })

/** A visitor's cookie after pressing this button. */
async function visitor(method: 'accept' | 'reject' = 'accept', previous: string | null = null): Promise<string> {
  const token = mintToken({ ...seal(), language: 'da' })
  const submission = { token, method, categories: [], origin: null, isGpc: false, previous }
  return (await cookies.record(kit.world, site, submission)).cookie.value
}

const shown = () => ({ version: kit.world.rules!.version, shownAt: new Date(Date.now() - 1) })
type Wish = { subjectId: string; visitor: string; notice?: { version: number; shownAt: Date } }
async function link({ subjectId, visitor, notice = shown() }: Wish, actor = site): Promise<cookies.Linked> {
  const of = await cookies.published(kit.world, actor)
  return doing(ctx => cookies.link(ctx, of, { subjectId, visitor, language: 'da', notice }), actor)
}
const linksOf = (subjectId: string) => look(kit.world, site, it => cookies.linksOf(it, subjectId))
const person = () => collect(kit, site)

test('S3: a log-in with a browser that said yes is linked, told of and entered', async () => {
  const { subjectId } = await person()
  const made = await link({ subjectId, visitor: await visitor() })
  const [found] = await linksOf(subjectId)
  assert.deepEqual([found?.linkId, found?.endedAt, found?.accepted], [made.linkId, null, ['preferences', 'statistics']])
  const [notice] = await kit.owner('select channel, state from notices.notice where notice_id = $1', [made.noticeId])
  assert.deepEqual(notice, { channel: 'site', state: 'delivered' })
  assert.equal((await link({ subjectId, visitor: await visitor() })).isNew, true)
})

test('the same browser of the same person is linked once', async () => {
  const { subjectId } = await person()
  const value = await visitor()
  const [one, two] = [await link({ subjectId, visitor: value }), await link({ subjectId, visitor: value })]
  assert.deepEqual([two.linkId, two.isNew], [one.linkId, false])
})

test('S3: what was never chosen, refused, forged or replaced links nobody', async () => {
  const { subjectId } = await person()
  const old = await visitor()
  await visitor('accept', old)
  const forged = writeChoice(
    { accepted: ['statistics'], chosenAt: Math.floor(Date.now() / 1000), proof: 'A'.repeat(22) },
    { ...seal(), key: Buffer.alloc(32, 1).toString('base64url') },
  )
  const unknown = writeChoice(
    { accepted: ['statistics'], chosenAt: Math.floor(Date.now() / 1000), proof: 'B'.repeat(22) },
    seal(),
  )
  for (const value of ['', 'junk', forged, unknown, old, await visitor('reject')])
    await assert.rejects(link({ subjectId, visitor: value }), { code: 'cookies.visitor_unfit' }, value)
  assert.deepEqual(await linksOf(subjectId), [])
})

test('S3: a person who was not told, or whom the site never met, is not linked', async () => {
  const { subjectId } = await person()
  const value = await visitor()
  const { version } = kit.world.rules!
  for (const notice of [
    { version: version + 1, shownAt: new Date() },
    { version, shownAt: new Date(Date.now() + 3_600_000) },
    { version, shownAt: new Date('2020-01-01') },
  ])
    await assert.rejects(link({ subjectId, visitor: value, notice }), { code: 'request.invalid' })
  await assert.rejects(link({ subjectId: randomUUID(), visitor: value }), { code: 'not_found' })
  const other = { ...site, site: 'intrum.com' }
  await assert.rejects(link({ subjectId, visitor: value }, other), { code: 'not_found' })
})

test('S3: no role but the site’s links, and plain SQL cannot link without a notice or for good', async () => {
  const { subjectId } = await person()
  const value = await visitor()
  const of = await cookies.published(kit.world, site)
  for (const role of ['caseWorker', 'client', 'auditor', 'officer'] as const)
    await assert.rejects(
      doing(
        ctx => cookies.link(ctx, of, { subjectId, visitor: value, language: 'da', notice: shown() }),
        kit.actor(role),
      ),
      { code: 'identity.not_allowed' },
    )
  const insert = `insert into cookies.link (subject_id, link_id, site, proof_digest, notice_id)
    values ($1, gen_random_uuid(), 'intrum.dk', sha256('x'), gen_random_uuid())`
  await assert.rejects(kit.as('api', insert, [subjectId]), { constraint: 'link_notice_fkey' })
  await assert.rejects(kit.as('api', 'delete from cookies.link'), { code: '42501' })
  await assert.rejects(kit.as('api', 'update cookies.link set linked_at = now()'), { code: '42501' })
})

test('a link that ended is not tied again, not even by SQL', async () => {
  const { subjectId } = await person()
  const { linkId } = await link({ subjectId, visitor: await visitor() })
  await doing(ctx => cookies.unlink(ctx, 'intrum.dk', linkId))
  await assert.rejects(
    kit.as(
      'api',
      "update cookies.link set proof_digest = sha256('x'), ended_at = null, ended_by = null where link_id = $1",
      [linkId],
    ),
    { constraint: 'link_one_way' },
  )
  await assert.rejects(
    doing(ctx => cookies.unlink(ctx, 'intrum.dk', linkId)),
    { code: 'not_found' },
  )
})

test('GDPR 7(3): who chooses again is loose from what the browser was before', async () => {
  const { subjectId } = await person()
  const first = await visitor()
  await link({ subjectId, visitor: first })
  await visitor('reject', first)
  const [found] = await linksOf(subjectId)
  assert.equal(found?.endedBy, 'visitor')
  const [row] = await kit.owner('select proof_digest from cookies.link where link_id = $1', [found?.linkId])
  assert.equal(row?.['proof_digest'], null)
})

test('S25: an objection ends every link of the person and nobody else’s', async () => {
  const [one, two] = [await person(), await person()]
  await link({ subjectId: one.subjectId, visitor: await visitor() })
  await link({ subjectId: two.subjectId, visitor: await visitor() })
  const objection = { subjectId: one.subjectId, channel: 'email', statement: 'Jeg vil ikke genkendes.' } as const
  await doing(ctx => requests.object(ctx, objection), kit.actor('caseWorker'))
  assert.deepEqual(
    [(await linksOf(one.subjectId))[0]?.endedBy, (await linksOf(two.subjectId))[0]?.endedBy],
    ['objection', null],
  )
})

test('Art. 17: who is forgotten is loose from every browser, whoever forgets them', async () => {
  const { subjectId } = await person()
  await link({ subjectId, visitor: await visitor() })
  await kit.owner('update subjects.subject set wrapped_key = null, erased_at = now() where subject_id = $1', [
    subjectId,
  ])
  const [found] = await linksOf(subjectId)
  assert.equal(found?.endedBy, 'erasure')
})
