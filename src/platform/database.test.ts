/** The one way to the database: what did not happen is never said to have. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openKit, type Kit } from '../../test/kit.ts'
import { sql } from '../lib/sql.ts'

let kit: Kit

before(async () => {
  kit = await openKit({ policy: 'none' })
})
after(() => kit.close())

test('a transaction in which a fault was caught and passed over does not end as if it were committed', async () => {
  const doing = kit.world.pools.api.write(async tx => {
    await tx.run(sql`insert into policy.refusal (rule, clause, actor_role) values ('test.lost', '', 'admin')`)
    await tx.run(sql`select 1 / 0`).catch(() => undefined)
    return 'done'
  })
  await assert.rejects(doing, /rolled back/)
  assert.deepEqual(await kit.owner(`select 1 from policy.refusal where rule = 'test.lost'`), [])
})

test('what is asked on its own is a select and nothing else', async () => {
  const { api } = kit.world.pools
  assert.deepEqual(await api.ask(sql`select ${2}::int as two`), [{ two: 2 }])
  const writing = api.ask(sql`insert into policy.refusal (rule, clause, actor_role) values ('test.ask', '', 'admin')`)
  await assert.rejects(writing, /only a select/)
  assert.deepEqual(await kit.owner(`select 1 from policy.refusal where rule = 'test.ask'`), [])
})
