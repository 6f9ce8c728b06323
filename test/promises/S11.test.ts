/** S11: we do not collect anything that shows who somebody is without that person's knowledge or consent. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as policy from '../../src/policy/policy.ts'
import { Problem } from '../../src/platform/problems.ts'
import { act } from '../../src/platform/world.ts'
import * as subjects from '../../src/subjects/subjects.ts'
import * as work from '../../src/work/work.ts'
import {
  assertForbidden,
  assertRefusedBy,
  collected,
  copyOf,
  csv,
  debtorLine,
  form,
  openDoors,
  sqlState,
  stock,
  type Body,
  type Doors,
} from './doors.ts'

let doors: Doors
let version: number

before(async () => {
  doors = await openDoors()
  version = Number(doors.kit.world.rules?.version)
  await doors.party('clients', 'Strandby Energi')
})
after(() => doors.close())

const CPR = { name: 'Klara Prøve', cpr: '0101659995' }
const collect = (more: Body) => doors.call('POST', '/v1/collections', form(doors.kit, more))
const at = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString()

async function say(subjectId: string, state: 'given' | 'refused', purpose = 'service'): Promise<string> {
  const said = { state, subjectId, purpose, text: 'Ja, det må I.', textVersion: '1', language: 'da' }
  const answer = await doors.call('POST', '/v1/consents', said)
  assert.equal(answer.status, 201, answer.text)
  return String(answer.body['consentId'])
}

/** Asserts that the attack is refused and that nothing at all is left of it. */
async function nothingComesOf(attack: () => Promise<void>): Promise<void> {
  const before = await stock(doors.kit)
  await attack()
  assert.equal(await stock(doors.kit), before)
}

test('a form is taken only with the notice in force, seen since it was adopted, before sending and not long ago', () =>
  nothingComesOf(async () => {
    for (const [notice, what] of [
      [{ version: version + 1, shownAt: at(-1) }, 'a notice nobody has adopted'],
      [{ version, shownAt: at(3_600_000) }, 'a notice shown after the collection'],
      [{ version, shownAt: at(-3_600_000) }, 'a notice from before it was published'],
      [{ version, shownAt: '1970-01-01T00:00:00Z' }, 'a notice from long ago'],
    ] as const)
      assertRefusedBy('S11', await collect({ notice }), what)
    for (const notice of [
      undefined,
      null,
      {},
      { version },
      { version, shownAt: 'in a moment' },
      { version: -1, shownAt: at(-1) },
    ])
      assert.equal((await collect({ notice })).status, 400, JSON.stringify(notice))
  }))

test('what a page tried to send beside its fields refuses the whole form, and nothing of it is kept', () =>
  nothingComesOf(async () => {
    const values = { name: 'Klara Prøve', email: 'klara@example.dk' }
    for (const hidden of ['ip_address', 'user_agent', 'referrer', 'device_id', 'gps', 'session_replay'])
      assertRefusedBy('S13', await collect({ values: { ...values, [hidden]: '203.0.113.9' } }), hidden)
    for (const hidden of ['userAgent', 'autosaved', 'enriched'])
      assert.equal((await collect({ [hidden]: 'x' })).status, 400, hidden)
  }))

test('a consent counts only when it is this person’s, for this purpose, a yes, and not withdrawn', async () => {
  const klara = await collected(doors)
  const other = await collected(doors)
  const refused = await say(klara.subjectId, 'refused')
  const withdrawn = await say(klara.subjectId, 'given')
  await doors.call('POST', `/v1/consents/${withdrawn}/withdrawal`)
  const forAnother = await say(klara.subjectId, 'given', 'recruitment')
  const ofAnother = await say(other.subjectId, 'given')
  for (const consentId of [refused, withdrawn, forAnother, ofAnother, randomUUID()])
    await nothingComesOf(async () => {
      assertRefusedBy('S11', await collect({ subjectId: klara.subjectId, values: CPR, consentId }))
    })
  const live = await say(klara.subjectId, 'given')
  await collected(doors, { subjectId: klara.subjectId, values: CPR, consentId: live })
})

test('no role of the application can write a record that nobody was told of or agreed to, with plain SQL', async () => {
  const { recordId } = await collected(doors)
  const other = await collected(doors)
  for (const surface of ['api', 'worker', 'import'] as const) {
    const attack = (changes: { [column: string]: string }) => doors.kit.as(surface, copyOf(recordId, changes))
    await assert.rejects(attack({ notice_id: 'null' }), sqlState('23514', 'record_known_or_consented'))
    await assert.rejects(attack({ notice_id: 'gen_random_uuid()' }), sqlState('23503', 'record_notice_fkey'))
    await assert.rejects(attack({ notice_id: `'${other.noticeId}'` }), sqlState('23503', 'record_notice_fkey'))
    const consent = { notice_id: 'null', consent_id: 'gen_random_uuid()' }
    await assert.rejects(attack(consent), sqlState('23503', 'record_consent_fkey'))
  }
  for (const surface of ['integrator', 'public'] as const)
    await assert.rejects(doors.kit.as(surface, copyOf(recordId, {})), sqlState('42501'))
})

test('a consent of another person, or one refused or withdrawn, is no consent to the database either', async () => {
  const { recordId, subjectId } = await collected(doors)
  const other = await collected(doors)
  const withdrawn = await say(subjectId, 'given')
  await doors.call('POST', `/v1/consents/${withdrawn}/withdrawal`)
  const attack = (consentId: string) =>
    doors.kit.as('api', copyOf(recordId, { notice_id: 'null', consent_id: `'${consentId}'` }))
  await assert.rejects(attack(await say(other.subjectId, 'given')), sqlState('23503', 'record_consent_fkey'))
  await assert.rejects(attack(withdrawn), sqlState('23514', 'record_consent_live'))
  await assert.rejects(attack(await say(subjectId, 'refused')), sqlState('23514', 'record_consent_live'))
  await attack(await say(subjectId, 'given'))
})

test('the notice cannot be taken away afterwards, nor given a new day, by any role', async () => {
  const { noticeId } = await collected(doors)
  const of = `where notice_id = '${noticeId}'`
  for (const change of [
    'notice_id = null',
    'consent_id = null',
    'subject_id = gen_random_uuid()',
    'collected_at = now()',
  ])
    await assertForbidden(doors.kit, `update subjects.record set ${change} ${of}`)
  await assertForbidden(doors.kit, `delete from notices.notice ${of}`)
  for (const change of [
    'subject_id = gen_random_uuid()',
    `created_at = now() - interval '1 year'`,
    `kind = 'decision'`,
  ])
    await assertForbidden(doors.kit, `update notices.notice set ${change} ${of}`)
  await assertForbidden(doors.kit, 'truncate notices.notice cascade')
})

test('what a client delivers is known to the person by a notice queued in the very act, or not taken', async () => {
  const done = await doors.deliver(
    'Strandby Energi',
    csv(debtorLine('S11-1'), debtorLine('S11-2', { cpr: '0101659987' })),
  )
  assert.equal(done['created'], 2)
  const rows = await doors.kit
    .owner(`select r.subject_id, n.created_at = r.collected_at or n.created_at < r.collected_at
      + interval '1 second' as told from subjects.record r
    left join notices.notice n on n.subject_id = r.subject_id and n.notice_id = r.notice_id where r.source = 'client'`)
  assert.ok(rows.length > 0 && rows.every(row => row['told'] === true), JSON.stringify(rows))
})

test('the vault refuses it too when a door of ours forgets the notice, and after a restart as before', async () => {
  const { subjectId, relationshipId } = await collected(doors)
  const record = {
    subjectId,
    relationshipId,
    category: 'web_contact',
    source: 'website',
    host: 'www.intrum.dk',
  } as const
  const facts = { roleAllowed: true, workOpen: true, required: true }
  const isRefused = (error: unknown) => error instanceof Problem && error.refusal.clause === 'S11'
  const attack = (world: Doors['kit']['world']) =>
    act(world, doors.kit.actor('caseWorker'), async ctx => {
      policy.requireTask(ctx, 'collect')
      const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
      await subjects.hold(ctx, warrant, [{ ...record, values: { name: 'Klara' }, eraseBy: '2027-01-01' }], facts)
    })
  await nothingComesOf(async () => {
    await assert.rejects(attack(doors.kit.world), isRefused)
    await assert.rejects(doors.afterRestart(attack), isRefused)
  })
})

test('a policy that collects without notice or consent cannot be adopted from the command line', async () => {
  const shown = await doors.kit.owner('select document from policy.version')
  const document = String(shown[0]?.['document']).replace('revision: 1', 'revision: 2')
  const weakened = document.replace(
    'unless: [noticeGiven, consentLive]',
    'unless: [noticeGiven, consentLive, nonsense]',
  )
  assert.notEqual(weakened, document)
  const adopted = await doors.cli(['policy', 'adopt', doors.file('weak.yaml', weakened)])
  assert.equal(adopted.code, 1, adopted.out)
  const emptied = document.replaceAll(/clause: S11\n/g, 'clause: S12\n')
  const checked = await doors.cli(['policy', 'check', doors.file('empty.yaml', emptied)])
  assert.equal(checked.code, 1, 'a clause that no rule keeps')
  assert.match(checked.out, /policy.clause_without_rule/)
})
