/** Links and counts under attack: acts that cross one another, keys below a site, plain SQL, the log beside them. */
import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { mintToken } from '../../sdk/choice.ts'
import type { Recorded, SiteSettings } from '../../sdk/wire.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { act, look, type Actor, type Ctx } from '../platform/world.ts'
import * as requests from '../requests/requests.ts'
import { routes } from './api.ts'
import * as cookies from './cookies.ts'
import { collect } from './links.fixture.ts'

let kit: Kit
let site: Actor
let settings: SiteSettings
let shownAt: Date
before(async () => {
  kit = await openKit()
  site = { ...kit.actor('site'), site: 'intrum.dk' }
  settings = await cookies.settings(kit.world, site)
  shownAt = new Date()
  await wait(20)
})
after(() => kit.close())

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const linksOf = (subjectId: string) => look(kit.world, site, it => cookies.linksOf(it, subjectId))

function choose(method: 'accept' | 'withdraw', previous: string | null = null): Promise<Recorded> {
  const token = mintToken({ register: settings.register, key: settings.key, now: new Date(), language: 'da' })
  return cookies.record(kit.world, site, { token, method, categories: [], origin: null, isGpc: false, previous })
}

async function link(subjectId: string, visitor: string, meanwhile: () => Promise<unknown> = async () => undefined) {
  const of = await cookies.published(kit.world, site)
  const notice = { version: kit.world.rules!.version, shownAt }
  return act(kit.world, site, async (ctx: Ctx) => {
    const made = await cookies.link(ctx, of, { subjectId, visitor, language: 'da', notice })
    await meanwhile()
    return made
  })
}

/** Lets another act run into the link before it is written. */
async function crossed(subjectId: string, visitor: string, other: () => Promise<unknown>): Promise<void> {
  let crossing: Promise<unknown> = Promise.resolve()
  await link(subjectId, visitor, async () => {
    crossing = other()
    crossing.catch(() => undefined)
    await wait(200)
  })
  await crossing
}

test('GDPR 7(3): a withdrawal that crosses a link ends it', async () => {
  const { subjectId } = await collect(kit, site)
  const { value } = (await choose('accept')).cookie
  await crossed(subjectId, value, () => choose('withdraw', value))
  assert.deepEqual(
    (await linksOf(subjectId)).map(it => it.endedBy),
    ['visitor'],
  )
})

test('Art. 17: an erasure that crosses a link ends it', async () => {
  const { subjectId } = await collect(kit, site)
  const { value } = (await choose('accept')).cookie
  const forget = 'update subjects.subject set wrapped_key = null, erased_at = now() where subject_id = $1'
  await crossed(subjectId, value, () => kit.owner(forget, [subjectId]))
  assert.deepEqual(
    (await linksOf(subjectId)).map(it => it.endedBy),
    ['erasure'],
  )
  const insert = `insert into cookies.link (subject_id, link_id, site, proof_digest, notice_id)
    select subject_id, gen_random_uuid(), 'intrum.dk', sha256('x'), notice_id from notices.notice
    where subject_id = $1 limit 1`
  await assert.rejects(kit.as('api', insert, [subjectId]), { constraint: 'link_living' })
})

test('S25: an objection that crosses a link ends it', async () => {
  const { subjectId } = await collect(kit, site)
  const { value } = (await choose('accept')).cookie
  const objection = { subjectId, channel: 'email', statement: 'Jeg vil ikke genkendes.' } as const
  await crossed(subjectId, value, () => act(kit.world, kit.actor('caseWorker'), ctx => requests.object(ctx, objection)))
  assert.deepEqual(
    (await linksOf(subjectId)).map(it => it.endedBy),
    ['objection'],
  )
})

test('the time a link ended by a new choice is not the time of that choice in the log', async () => {
  const { subjectId } = await collect(kit, site)
  const { value } = (await choose('accept')).cookie
  await link(subjectId, value)
  await kit.owner('alter table cookies.link disable trigger link_one_way')
  await kit.owner("update cookies.link set linked_at = linked_at - interval '9 days'")
  await kit.owner('alter table cookies.link enable trigger link_one_way')
  const { receipt } = await choose('withdraw', value)
  const [found] = await linksOf(subjectId)
  const ended = found?.endedAt?.getTime() ?? 0
  assert.ok(ended !== Date.parse(receipt.givenAt) && ended % 3_600_000 === 0, found?.endedAt?.toISOString())
})

test('what was counted stays counted, and what the guard says by itself is counted too', async () => {
  for (const code of ['policy.no_permit', 'cookie.register_unknown'])
    await cookies.count(kit.world, site, [{ day: '2026-11-22', code, mode: 'strip', count: 7 }])
  await assert.rejects(kit.as('api', 'update cookies.guard_count set count = 1'), { constraint: 'count_one_way' })
  await kit.as('api', 'update cookies.guard_count set count = count + 1')
})

test('a key for a host below the site ends what it tied', async () => {
  const { subjectId } = await collect(kit, site)
  const { linkId } = await link(subjectId, (await choose('accept')).cookie.value)
  const end = routes.find(it => it.id === 'unlinkVisitor')
  const actor: Actor = { ...site, site: 'www.intrum.dk' }
  const call = { world: kit.world, actor, params: { linkId } } as unknown as Parameters<
    NonNullable<typeof end>['handle']
  >[0]
  await end?.handle(call)
  assert.equal((await linksOf(subjectId))[0]?.endedBy, 'site')
})
