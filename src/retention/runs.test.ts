/** Runs of retention: shared, killed, limited, restored and large, each record goes once and is counted once. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { client, debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { closeAll, fill } from '../../bench/retention.ts'
import { sql } from '../lib/sql.ts'
import { look, system } from '../platform/world.ts'
import { ALL, aliveOf, closedAgo, quiet } from './retention.fixture.ts'
import * as retention from './retention.ts'

let kit: Kit
const job = system('worker', 'retention')

before(async () => {
  kit = await openKit()
  // Debtors are made side by side below; their client is there before them.
  await client(kit)
})
after(() => kit.close())
beforeEach(() => quiet(kit))

const run = (limit?: number) => retention.run(kit.world, job, limit === undefined ? {} : { limit })
const preview = () => look(kit.world, kit.actor('officer'), it => retention.preview(it))
const closed = (of: Debtor, ago: string) => closedAgo(kit, of, ago)
const alive = (subjectId: string) => aliveOf(kit, subjectId)

test('while somebody still reads the old state the certificate promises nothing; the next sweep dates it', async () => {
  const person = await debtor(kit)
  await closed(person, '1 year')
  const started = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const reading = kit.world.pools.api.read(async tx => {
    await tx.one(sql`select count(*) from subjects.record`)
    started.resolve()
    await released.promise
  })
  await started.promise
  const { certificate } = await run()
  assert.deepEqual([certificate.records, certificate.unreadableHereSince, certificate.lastCopyGoneBy], [3, null, null])
  released.resolve()
  await reading
  await retention.sweep(kit.world, job)
  const [dated] = await look(kit.world, kit.actor('auditor'), it => retention.certificates(it, 1))
  assert.equal(dated?.certificate, certificate.certificate)
  assert.notEqual(dated?.unreadableHereSince, null)
})

test('two runs at once neither fail nor count anything twice', async () => {
  const people = await Promise.all(Array.from({ length: 30 }, () => debtor(kit)))
  for (const person of people) await closed(person, '1 year')
  const [one, two] = await Promise.all([run(), run()])
  const ids = new Map([one, two].map(it => [it.certificate.certificate, it.certificate.records]))
  assert.equal(
    [...ids.values()].reduce((sum, it) => sum + it, 0),
    90,
  )
  assert.equal(one.erasedHere + two.erasedHere, 90)
  const [row] = await kit.owner(
    `select count(*)::int as n from subjects.record r join work.relationship l using (subject_id, relationship_id)
    where l.relationship_id = any($1) and r.erased_at is null`,
    [people.map(of => of.caseId)],
  )
  assert.equal(row?.['n'], 0)
})

test('a run stopped in the middle is taken up: its erasures are counted once and stand in the journal', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => debtor(kit)))
  for (const person of people) await closed(person, '1 year')
  // The same as a kill after the first committed act: the run is open, its ids are not in the journal yet.
  const { pools } = kit.world
  let acts = 0
  const worker = {
    ...pools.worker,
    write: async <T>(task: Parameters<typeof pools.worker.write<T>>[0]): Promise<T> => {
      const result = await pools.worker.write(task)
      const [row] = await kit.owner(`select count(*)::int as n from subjects.journal where kind = 'erased'`)
      if (Number(row?.['n']) > 0 && (acts += 1) > 0) throw new Error('killed')
      return result
    },
  }
  await assert.rejects(retention.run({ ...kit.world, pools: { ...pools, worker } }, job, { limit: 6 }), /killed/)
  const { certificate } = await run()
  assert.equal(certificate.records, 18)
  const journal = readFileSync(join(kit.world.stateFolder, 'journal', 'erasures'), 'utf8')
  for (const person of people) for (const id of Object.values(person.records)) assert.ok(journal.includes(id))
})

test('what a restored copy brings back is erased again from the journal', async () => {
  const of = await debtor(kit)
  await closed(of, '1 year')
  await kit.owner(
    `update notices.notice set state = 'sent', channel = 'letter', sent_at = now() where subject_id = $1`,
    [of.subjectId],
  )
  await kit.owner(
    'create table copy_record as select * from subjects.record where subject_id = $1'.replace(
      '$1',
      `'${of.subjectId}'`,
    ),
  )
  await kit.owner(
    'create table copy_subject as select * from subjects.subject where subject_id = $1'.replace(
      '$1',
      `'${of.subjectId}'`,
    ),
  )
  await run()
  assert.deepEqual(await alive(of.subjectId), [])
  await kit.owner(`update subjects.record r set wrapped_key = c.wrapped_key, ciphertext = c.ciphertext,
    erased_at = null, erase_reason = null
    from copy_record c where r.record_id = c.record_id`)
  await kit.owner(
    `update subjects.subject s set wrapped_key = c.wrapped_key, erased_at = null
     from copy_subject c where s.subject_id = c.subject_id`,
  )
  assert.deepEqual(await alive(of.subjectId), ALL)
  const result = await retention.replay(kit.world, job)
  assert.deepEqual([result.erasedAgain, result.forgottenAgain, result.held], [3, 1, 0])
  assert.deepEqual(await alive(of.subjectId), [])
  assert.deepEqual((await retention.replay(kit.world, job)).erasedAgain, 0)
})

test('an erasure by any door reaches the journal, and a restore undoes none of it', async () => {
  const [one, two, three] = [await debtor(kit), await debtor(kit), await debtor(kit)]
  await kit.owner('create table copy_two as select * from subjects.record')
  // Another door than a run's: the function that decisions and reviews use, and an import that replaces.
  await kit.as('api', `select subjects.erase($1, $2, 'erasure.upheld')`, [one.subjectId, [one.records.claim]])
  await kit.as('api', 'update subjects.record set restricted_at = now() where record_id = $1', [two.records.claim])
  await kit.as('api', 'update subjects.record set restricted_at = now() where record_id = $1', [three.records.claim])
  await kit.as('api', 'update subjects.record set restricted_at = null where record_id = $1', [three.records.claim])
  await retention.journal(kit.world, job)
  assert.deepEqual(await kit.owner('select * from subjects.journal'), [])
  const journal = readFileSync(join(kit.world.stateFolder, 'journal', 'erasures'), 'utf8')
  assert.ok(journal.includes(one.records.claim) && journal.includes(two.records.claim))
  await kit.owner(
    `update subjects.record r set wrapped_key = c.wrapped_key, ciphertext = c.ciphertext,
    restricted_at = c.restricted_at, erased_at = null, erase_reason = null
    from copy_two c where r.record_id = c.record_id and r.subject_id = any($1)`,
    [[one.subjectId, two.subjectId]],
  )
  await kit.owner('delete from subjects.journal')
  const result = await retention.replay(kit.world, job)
  assert.deepEqual([result.erasedAgain, result.restrictedAgain], [1, 1])
  assert.deepEqual(
    await alive(one.subjectId),
    ALL.filter(it => it !== 'debt_claim'),
  )
  const restricted = await kit.owner('select record_id from subjects.record where restricted_at is not null')
  assert.deepEqual(restricted, [{ record_id: two.records.claim }])
  const again = await retention.replay(kit.world, job)
  assert.deepEqual([again.erasedAgain, again.restrictedAgain], [0, 0])
})

test('a withdrawal and a revoked key stay so after a restore', async () => {
  const of = await debtor(kit)
  const [consentId, keyId] = [randomUUID(), randomUUID()]
  await kit.owner(
    `insert into consents.consent (subject_id, consent_id, purpose, text_sha256, text_version, language, policy_version,
      given_at, sealed_text)
     select $1, $2, (select purpose_code from (select min(code) as purpose_code from policy.purpose) p),
       sha256('x'), '1',
       'da', max(version), now(), sha256('sealed') from policy.version`,
    [of.subjectId, consentId],
  )
  const say = (ordinal: number, state: string) =>
    kit.owner('insert into consents.event (subject_id, consent_id, ordinal, state) values ($1, $2, $3, $4)', [
      of.subjectId,
      consentId,
      ordinal,
      state,
    ])
  await say(0, 'given')
  await say(1, 'withdrawn')
  await kit.owner(`alter table identity.api_key disable trigger user`)
  await kit.owner(`alter table identity.api_key enable trigger note_revoked`)
  await kit.owner(
    `insert into identity.api_key (key_id, role, digest, expires_at)
     values ($1, 'officer', sha256('key'), now() + interval '1 day')`,
    [keyId],
  )
  await kit.owner('update identity.api_key set revoked_at = now() where key_id = $1', [keyId])
  await retention.journal(kit.world, job)
  await kit.owner('delete from consents.event where consent_id = $1 and ordinal = 1', [consentId])
  await kit.owner('update identity.api_key set revoked_at = null where key_id = $1', [keyId])
  const result = await retention.replay(kit.world, job)
  assert.deepEqual([result.withdrawnAgain, result.revokedAgain], [1, 1])
  const [newest] = await kit.owner(
    'select state from consents.event where consent_id = $1 order by ordinal desc limit 1',
    [consentId],
  )
  assert.equal(newest?.['state'], 'withdrawn')
})

test('no role takes a note away before it stands in the journal, but the worker that writes it', async () => {
  for (const surface of ['api', 'import', 'public'] as const)
    for (const text of ['delete from subjects.journal', `insert into subjects.journal (kind) values ('erased')`])
      await assert.rejects(kit.as(surface, text), { code: '42501' })
  await assert.rejects(kit.as('worker', `update subjects.journal set items = '{}'`), { code: '42501' })
})

test('a limit is kept, and the next run goes on', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => debtor(kit)))
  for (const person of people) await closed(person, '1 year')
  assert.equal((await preview()).dueTotal, 12)
  assert.equal((await run(5)).erasedHere, 5)
  assert.equal((await preview()).dueTotal, 7)
  assert.equal((await run()).erasedHere, 7)
  assert.equal(existsSync(join(kit.world.dispatchFolder, 'certificates')), true)
})

test('five thousand records go in batches, each act of two hundred persons at most', async () => {
  const cases = await fill(kit, 5_000)
  await closeAll(kit, cases)
  const { certificate } = await run()
  assert.equal(certificate.records, 5_000)
  assert.equal(certificate.personsForgotten >= cases.length, true)
  const [row] = await kit.owner(
    `select count(*)::int as acts from retention.batch b where run_id = $1 and forgotten = 0`,
    [certificate.certificate],
  )
  assert.ok(Number(row?.['acts']) >= Math.ceil(cases.length / 200), String(row?.['acts']))
  assert.equal((await preview()).dueTotal, 0)
})
