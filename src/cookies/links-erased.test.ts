/** Links and erasure under attack: every door that erases, acts that cross it, plain SQL, and a restored copy. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { mintToken } from '../../sdk/choice.ts'
import type { SiteSettings } from '../../sdk/wire.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import * as decisions from '../decisions/decisions.ts'
import { sql } from '../lib/sql.ts'
import { act, type Actor } from '../platform/world.ts'
import * as requests from '../requests/requests.ts'
import * as retention from '../retention/retention.ts'
import * as subjects from '../subjects/subjects.ts'
import * as cookies from './cookies.ts'
import { collect } from './links.fixture.ts'

let kit: Kit
let site: Actor
let job: Actor
let settings: SiteSettings
before(async () => {
  kit = await openKit()
  site = { ...kit.actor('site'), site: 'intrum.dk' }
  job = kit.actor('system', 'worker')
  settings = await cookies.settings(kit.world, site)
})
after(() => kit.close())

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function visitor(method: 'accept' | 'withdraw' = 'accept', previous: string | null = null): Promise<string> {
  const token = mintToken({ register: settings.register, key: settings.key, now: new Date(), language: 'da' })
  const submission = { token, method, categories: [], origin: null, isGpc: false, previous }
  return (await cookies.record(kit.world, site, submission)).cookie.value
}

async function link(subjectId: string, cookie: string): Promise<cookies.Linked> {
  const of = await cookies.published(kit.world, site)
  const notice = { version: kit.world.rules!.version, shownAt: new Date(Date.now() - 1) }
  return act(kit.world, site, ctx => cookies.link(ctx, of, { subjectId, visitor: cookie, language: 'da', notice }))
}

type Tied = { readonly subjectId: string; readonly recordId: string; readonly linkId: string; readonly cookie: string }
async function tied(): Promise<Tied> {
  const { subjectId, recordId } = await collect(kit, site)
  const cookie = await visitor()
  return { subjectId, recordId, cookie, linkId: (await link(subjectId, cookie)).linkId }
}

/** Something more that the same person gave, on this host. */
async function given(subjectId: string, host: string): Promise<string> {
  const columns = `relationship_id, category, is_accounting, source, purpose, policy_version, collected_at, erase_by,
    notice_id, key_generation, wrapped_key, ciphertext`
  const [row] = await kit.owner(
    `insert into subjects.record (subject_id, record_id, host, ${columns})
     select subject_id, gen_random_uuid(), $2, ${columns} from subjects.record
     where subject_id = $1 and source = 'website' limit 1 returning record_id`,
    [subjectId, host],
  )
  return String(row?.['record_id'])
}

async function endOf(linkId: string): Promise<string | null> {
  const [row] = await kit.owner('select ended_by, proof_digest from cookies.link where link_id = $1', [linkId])
  assert.equal(row?.['ended_by'] === null, row?.['proof_digest'] !== null)
  return row?.['ended_by'] as string | null
}

/** What the person's log says; reading it is an act of its own, here that of a request for access. */
const logOf = (subjectId: string) =>
  act(kit.world, kit.actor('officer'), async ctx => {
    await requests.take(ctx, { subjectId, kind: 'access', channel: 'email' })
    return (await subjects.entriesOf(ctx, subjectId)).map(it => it.body)
  })

const ERASE = `select subjects.erase($1, $2, 'erasure.upheld')`
const DOORS: { readonly [door: string]: (subjectId: string, recordId: string) => Promise<unknown> } = {
  'the clerk’s': (subjectId, recordId) => kit.as('api', ERASE, [subjectId, [recordId]]),
  'the worker’s': (subjectId, recordId) => kit.as('worker', ERASE, [subjectId, [recordId]]),
  'the owner’s own SQL': (subjectId, recordId) =>
    kit.owner(
      `update subjects.record set wrapped_key = null, ciphertext = null, erased_at = now(), erase_reason = 'x'
       where subject_id = $1 and record_id = $2`,
      [subjectId, recordId],
    ),
  'retention’s own run': async (subjectId, recordId) => {
    const due = `update subjects.record set erase_by = (now() at time zone 'Europe/Copenhagen')::date
      where subject_id = $1 and record_id = $2`
    await kit.owner(due, [subjectId, recordId])
    await retention.run(kit.world, job)
  },
}
for (const [door, erase] of Object.entries(DOORS))
  test(`Art. 17: a link goes with the last that the person gave the site, not before, by ${door} door`, async () => {
    const { subjectId, recordId, linkId } = await tied()
    const other = await tied()
    const second = await given(subjectId, 'intrum.dk')
    await given(subjectId, 'intrum.com')
    await given(subjectId, 'notintrum.dk')
    await erase(subjectId, recordId)
    assert.equal(await endOf(linkId), null, 'something is left that was given to this site')
    await erase(subjectId, second)
    assert.equal(await endOf(linkId), 'erasure', 'what was given to other sites keeps nothing')
    assert.equal(await endOf(other.linkId), null, 'and nobody else’s')
  })

test('an erasure that is upheld says in the person’s log that the browser came loose', async () => {
  const { subjectId, linkId } = await tied()
  const clerk = kit.actor('officer')
  const { requestId } = await act(kit.world, clerk, ctx =>
    requests.take(ctx, { subjectId, kind: 'erasure', channel: 'email' }),
  )
  const decision = { outcome: 'upheld', reason: 'noLongerNeeded' } as const
  await act(kit.world, clerk, ctx => decisions.decide(ctx, requestId, decision))
  const said = (await logOf(subjectId)).filter(body => body?.kind === 'cookies.unlinked')
  assert.deepEqual(
    said.map(body => [body?.['linkId'], body?.['by']]),
    [[linkId, 'erasure']],
  )
})

/** Erases in a transaction that stays open while `meanwhile` begins, and until it has had time to run into it. */
async function erasing(of: Pick<Tied, 'subjectId' | 'recordId'>, meanwhile: () => Promise<unknown>) {
  let crossing: Promise<unknown> = Promise.resolve()
  await kit.world.pools.worker.write(async tx => {
    await tx.run(sql`select subjects.erase(${of.subjectId}, ${[of.recordId]}::uuid[], 'erasure.upheld')`)
    crossing = meanwhile()
    crossing.catch(() => undefined)
    await wait(200)
  })
  return crossing
}

test('a link that loses the race to an erasure is told that the person is not known', async () => {
  const { subjectId, recordId } = await collect(kit, site)
  const cookie = await visitor()
  const racing = erasing({ subjectId, recordId }, () => link(subjectId, cookie))
  await assert.rejects(racing, { code: 'not_found' })
  const [left] = await kit.owner('select count(*)::int as n from cookies.link where subject_id = $1', [subjectId])
  assert.equal(left?.['n'], 0)
})

test('a link by SQL that loses it is refused by name, and so is one with nothing of that site', async () => {
  const lost = await tied()
  const insert = (site: string) =>
    kit.world.pools.api.write(tx =>
      tx.run(sql`
        insert into cookies.link (subject_id, link_id, site, proof_digest, notice_id)
        select subject_id, gen_random_uuid(), ${site}, sha256('y'), notice_id
        from cookies.link where link_id = ${lost.linkId}`),
    )
  const refused = { code: 'database.refused', refusal: { clause: 'S3', rule: 'link_known' } }
  await assert.rejects(insert('intrum.com'), refused)
  await assert.rejects(
    erasing(lost, () => insert('intrum.dk')),
    refused,
  )
  assert.equal(await endOf(lost.linkId), 'erasure')
})

test('two erasures that cross leave no link to either', async () => {
  const { subjectId, recordId, linkId } = await tied()
  const second = await given(subjectId, 'www.intrum.dk')
  await erasing({ subjectId, recordId }, () => kit.as('api', ERASE, [subjectId, [second]]))
  assert.equal(await endOf(linkId), 'erasure')
})

test('the site’s word that crosses an erasure finds the link ended already', async () => {
  const of = await tied()
  const unlink = () => act(kit.world, site, ctx => cookies.unlink(ctx, 'intrum.dk', of.linkId))
  await assert.rejects(erasing(of, unlink), { code: 'not_found' })
  assert.equal(await endOf(of.linkId), 'erasure')
})

const SAYS: { readonly [who: string]: (of: Tied) => Promise<unknown> } = {
  'the site’s word': of => act(kit.world, site, ctx => cookies.unlink(ctx, 'intrum.dk', of.linkId)),
  'an objection': ({ subjectId }) =>
    act(kit.world, kit.actor('caseWorker'), ctx =>
      requests.object(ctx, { subjectId, channel: 'email', statement: 'Nej.' }),
    ),
  'a link': async of => link(of.subjectId, await visitor()),
}
for (const [who, says] of Object.entries(SAYS)) {
  test(`${who} and a forgetting never wait for each other`, async () => {
    const of = await tied()
    const forgetting = `begin; select from subjects.subject where subject_id = '${of.subjectId}' for update;
      select pg_sleep(0.3);
      update subjects.subject set wrapped_key = null, erased_at = now() where subject_id = '${of.subjectId}'; commit`
    const forgotten = kit.owner(forgetting).catch((error: unknown) => error)
    await wait(100)
    const said = await says(of).catch((error: unknown) => error as { code?: string })
    assert.ok(!((await forgotten) instanceof Error), 'the forgetting was not stopped')
    assert.notEqual((said as { code?: string } | undefined)?.code, 'database.conflict')
    assert.notEqual(await endOf(of.linkId), null)
  })

  test(`${who}, choices and erasures of one person at once come to an end, and to one end`, async () => {
    for (let round = 0; round < 6; round += 1) {
      const of = await tied()
      const cookie = await visitor()
      await link(of.subjectId, cookie)
      const settled = await Promise.allSettled([
        says(of),
        visitor('withdraw', of.cookie),
        visitor('withdraw', cookie),
        kit.as('worker', ERASE, [of.subjectId, [of.recordId]]),
      ])
      for (const it of settled)
        if (it.status === 'rejected') assert.equal((it.reason as { code?: string }).code, 'not_found')
      assert.notEqual(await endOf(of.linkId), null)
      const [left] = await kit.owner(
        'select count(*)::int as n from cookies.link where subject_id = $1 and ended_at is null',
        [of.subjectId],
      )
      assert.equal(left?.['n'], 0, 'nothing is tied to what is gone')
    }
  })
}

/** The copy of before: these links stand as they stood. */
async function restore(links: readonly Tied[], digests: readonly unknown[]): Promise<void> {
  await kit.owner('alter table cookies.link disable trigger link_one_way')
  for (const [index, { linkId }] of links.entries())
    await kit.owner('update cookies.link set proof_digest = $2, ended_at = null, ended_by = null where link_id = $1', [
      linkId,
      digests[index],
    ])
  await kit.owner('alter table cookies.link enable trigger link_one_way')
  await kit.owner('delete from subjects.journal')
}

test('what came loose, by whatever door, is loose again after a restore and for the same reason', async () => {
  const [chosen, objecting, told, standing] = [await tied(), await tied(), await tied(), await tied()]
  const links = [chosen, objecting, told]
  const digests: unknown[] = []
  for (const { linkId } of links)
    digests.push(
      (await kit.owner('select proof_digest from cookies.link where link_id = $1', [linkId]))[0]?.['proof_digest'],
    )
  await visitor('withdraw', chosen.cookie)
  await SAYS['an objection']?.(objecting)
  await SAYS['the site’s word']?.(told)
  await retention.journal(kit.world, job)
  await restore(links, digests)
  const result = await retention.replay(kit.world, job)
  assert.equal(result.unlinkedAgain, 3)
  assert.deepEqual(await Promise.all(links.map(it => endOf(it.linkId))), ['visitor', 'objection', 'site'])
  assert.equal(await endOf(standing.linkId), null, 'what stood, stands')
  assert.ok((await logOf(told.subjectId)).some(body => body?.kind === 'cookies.unlinked_again'))
  assert.equal((await retention.replay(kit.world, job)).unlinkedAgain, 0)
})

test('the journal names no person beside an ended link, and not when a visitor chose', async () => {
  const { subjectId, linkId, cookie } = await tied()
  await kit.owner('alter table cookies.link disable trigger link_one_way')
  await kit.owner("update cookies.link set linked_at = linked_at - interval '9 days' where link_id = $1", [linkId])
  await kit.owner('alter table cookies.link enable trigger link_one_way')
  await visitor('withdraw', cookie)
  await retention.journal(kit.world, job)
  const lines = readFileSync(join(kit.world.stateFolder, 'journal', 'erasures'), 'utf8').split('\n')
  const [line] = lines.filter(it => it.includes(linkId))
  assert.ok(line && !line.includes(subjectId))
  assert.deepEqual(Object.keys(JSON.parse(line) as object), ['at', 'unlinked', 'by'])
  assert.equal(Date.parse((JSON.parse(line) as { at: string }).at) % 3_600_000, 0, line)
  for (const surface of ['api', 'import', 'public'] as const)
    await assert.rejects(kit.as(surface, `select * from retention.unlink_again('{}', '{}')`), { code: '42501' })
})
