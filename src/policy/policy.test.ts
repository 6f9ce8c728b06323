/** The policy in force is one and the same for every process, and it is the one whose adoption is in the ledger. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { openKit, SHIPPED_POLICY, type Kit } from '../../test/kit.ts'
import * as ledger from '../ledger/ledger.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, type World } from '../platform/world.ts'
import * as policy from './policy.ts'

let kit: Kit
const shipped = readFileSync(SHIPPED_POLICY, 'utf8')
const revised = (revision: number) => Buffer.from(shipped.replace('revision: 1', `revision: ${revision}`))

before(async () => {
  kit = await openKit()
})
after(() => kit.close())

/** Another process on the same database: it knows what it knew when it was started. */
const another = (): World => ({ ...kit.world })

const deed = (world: World) =>
  act(world, kit.actor('admin'), async ctx => {
    policy.requireTask(ctx, 'registerParty')
    await ledger.appendSystem(ctx, 'test.happened', {})
    return policy.current(ctx).version
  })

const findings = async () =>
  (
    await look(kit.world, kit.actor('admin'), async at =>
      policy.verifyAdoptions(at, (await ledger.auditSystem(at, 'policy.adopted')).bodies),
    )
  ).map(it => it.version)

test('once one process has adopted a policy, the next act of every other decides by it', async () => {
  const other = another()
  assert.equal(await deed(other), 1)
  await policy.adopt(kit.world, kit.actor('admin'), revised(2))
  assert.equal(other.rules?.version, 1)
  assert.equal(await deed(other), 2)
})

test('what is published has number, fingerprint and text from one version, whoever asks', async () => {
  const other = another()
  await policy.adopt(kit.world, kit.actor('admin'), revised(3))
  const published = await policy.published(other)
  assert.equal(published?.version, 3)
  assert.equal(published?.policy.document.revision, 3)
  assert.equal(published?.policy.sha256, published?.sha256)
  assert.deepEqual(await findings(), [])
})

test('a version put in the database by hand is named, and a text that is not its number’s is not taken', async () => {
  const other = another()
  const text = revised(9).toString('utf8')
  const sha256 = createHash('sha256').update(text).digest()
  const insert = `insert into policy.version (version, policy_id, sha256, document, adopted_by)
    values (4, 'x', $1, $2, 'x')`
  await kit.owner('alter table policy.version disable trigger user')
  await kit.owner(insert, [sha256, text])
  await kit.owner('alter table policy.version enable trigger user')
  assert.deepEqual(await findings(), [4])
  await assert.rejects(deed(other), (error: unknown) => error instanceof Problem && error.code === 'policy.invalid')
  await kit.owner('delete from policy.version where version = 4')
  assert.equal(await deed(other), 3)
  assert.deepEqual(await findings(), [])
})

test('a policy whose entry in the ledger says another fingerprint is named', async () => {
  await kit.owner(`update ledger.pending set leaf = overlay(leaf placing '\\x30'::bytea from
    position('sha256'::bytea in leaf) + 10) where position('"version":2'::bytea in leaf) > 0`)
  assert.deepEqual(await findings(), [2])
})
