/**
 * Attacks with plain SQL, as the roles of the program themselves: steps taken back, days put off or written back, what
 * was erased brought to life, and rules of the house written past its ledger.
 */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Surface } from '../../src/platform/credentials.ts'
import { checkRoles } from '../../src/platform/role-check.ts'
import * as policy from '../../src/policy/policy.ts'
import { debtor, type Debtor } from '../cast.ts'
import { openKit, ROOT, type Kit } from '../kit.ts'
import { refusedBy } from './house.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

let born = 0
const fresh = (): Promise<Debtor> => {
  born += 1
  return debtor(kit, { reference: randomUUID(), cpr: `010165${9000 + born}` })
}
const refused = (role: Surface, text: string, constraint: string, code = '23514') =>
  refusedBy(kit.as(role, text), code, constraint)
const denied = (role: Surface, text: string) => refusedBy(kit.as(role, text), '42501')
const one = async (text: string) => (await kit.owner(text))[0] as { [column: string]: string }
const TODAY = `(now() at time zone 'Europe/Copenhagen')::date`
const WRITERS = ['api', 'worker', 'import'] as const

const noticeOf = (of: Debtor, id: string, kind: string, more: { [column: string]: string } = {}) => {
  const columns: { [column: string]: string } = {
    subject_id: `'${of.subjectId}'`,
    notice_id: `'${id}'`,
    kind: `'${kind}'`,
    relationship_id: `'${of.caseId}'`,
    due_on: TODAY,
    state: `'queued'`,
    recipient_id: `'${of.clientId}'`,
    recipient_kind: `'creditor'`,
    fields: `'{name}'`,
    ...more,
  }
  return `insert into notices.notice (${Object.keys(columns).join()}) values (${Object.values(columns).join()})`
}

test('no notice of a disclosure or a decision is born told, and none is told in the act that makes it', async () => {
  const of = await fresh()
  for (const role of WRITERS)
    for (const kind of ['disclosure', 'decision'])
      for (const state of ['sent', 'delivered', 'returned', 'escalated']) {
        const told = { state: `'${state}'`, channel: `'hand'`, sent_at: 'now()' }
        await refused(role, noticeOf(of, randomUUID(), kind, told), 'notice_begins_untold')
      }
  await refused('api', noticeOf(of, randomUUID(), 'disclosure', { sent_at: 'now()' }), 'notice_begins_untold')
  const back = { created_at: `now() - interval '1 second'` }
  await refused('api', noticeOf(of, randomUUID(), 'disclosure', back), 'notice_made_now')
  const id = randomUUID()
  const tell = `update notices.notice set state = 'delivered', channel = 'hand', sent_at = now()
    where notice_id = '${id}'`
  await refusedBy(kit.transaction('api', [[noticeOf(of, id, 'disclosure')], [tell]]), '23514', 'notice_begins_untold')
})

test('no role puts a notice off for ever, leaves it in hand for ever, or holds it from a day to come', async () => {
  const { noticeId } = await fresh()
  const set = (text: string) => `update notices.notice set ${text} where notice_id = '${noticeId}'`
  for (const role of ['api', 'worker'] as const) {
    for (const day of [`'infinity'`, `now() + interval '8 days'`])
      await refused(role, set(`try_after = ${day}`), 'notice_tried_soon')
    for (const day of [`'infinity'`, `now() + interval '1 minute'`])
      await refused(role, set(`handed_at = ${day}`), 'notice_in_hand_now')
  }
  const held = (on: string, review: string) =>
    set(`state = 'held', held_ground = 'court_order', held_by = 'x', visible_from = null, held_on = ${on},
      held_review_on = ${review}`)
  await refused('api', held(`'2090-01-01'`, `'2090-12-31'`), 'notice_held_from_now')
  await refused('api', held(`${TODAY} + 1`, `${TODAY} + 300`), 'notice_held_from_now')
})

test('no role takes a policy in use whose digest is another text’s, out of turn, or past the ledger', async () => {
  const digest = (text: string) => createHash('sha256').update(text).digest('hex')
  const adopt = (version: number, text: string, sha: string) =>
    `insert into policy.version (version, policy_id, sha256, document, adopted_by)
     values (${version}, 'x', '\\x${sha}', '${text}', 'x')`
  await refused('api', adopt(2, 'id: mine', '07'.repeat(32)), 'version_digest')
  await refused('api', adopt(2, 'id: mine', digest('id: mine')), 'version_in_ledger')
  const leaf = (sha: string) =>
    `insert into ledger.pending (entry_id, leaf) values (gen_random_uuid(), convert_to('..policy.adopted ${sha}', 'UTF8'))`
  const sha = digest('id: mine')
  const skipping = kit.transaction('api', [[leaf(sha)], [adopt(3, 'id: mine', sha)]])
  await refusedBy(skipping, '23514', 'version_follows')
  // A leaf of an earlier act says nothing of this one.
  await kit.as('api', leaf(sha))
  await refused('api', adopt(2, 'id: mine', sha), 'version_in_ledger')
  await denied(
    'api',
    `insert into policy.version (version, policy_id, sha256, document, adopted_by, adopted_at)
     values (2, 'x', '\\x${sha}', 'id: mine', 'x', '2020-01-01')`,
  )
})

test('no role lets the closed lists grow beside an adoption', async () => {
  const category = 'insert into policy.category (code, is_accounting, population, first_version)'
  await refused('api', `${category} values ('books', true, 'debtor', 1)`, 'list_grows_by_adoption')
  await refused('api', `insert into policy.purpose values ('misc', 1)`, 'list_grows_by_adoption')
})

test('a policy whose text is not what its digest says is not loaded', async () => {
  const own = await openKit()
  try {
    await own.owner('alter table policy.version drop constraint if exists version_digest')
    await own.owner(`update policy.version set document = document || E'\\n# more\\n'`)
    await assert.rejects(policy.load({ ...own.world, rules: undefined }), { code: 'policy.invalid' })
  } finally {
    await own.close()
  }
})

async function objection(of: Debtor): Promise<string> {
  const [request, item, notice] = [randomUUID(), randomUUID(), randomUUID()]
  await kit.transaction('api', [
    [
      `insert into work.item (item_id, kind, subject_id, opened_by) values ('${item}', 'request', '${of.subjectId}', 'x')`,
    ],
    [noticeOf(of, notice, 'decision', { due_on: `${TODAY} + 20` })],
    [
      `insert into requests.request (subject_id, request_id, item_id, kind, channel, received_on, due_on, notice_id)
       values ('${of.subjectId}', '${request}', '${item}', 'objection', 'letter', ${TODAY}, ${TODAY} + 20,
         '${notice}')`,
    ],
    [`insert into requests.objected values ('${of.subjectId}', '${request}', '${of.records.claim}')`],
  ])
  return request
}

test('what was decided of an objection is not decided again, and an answer is not taken back', async () => {
  const of = await fresh()
  const request = await objection(of)
  const mark = (outcome: string) => `update requests.objected set outcome = ${outcome} where request_id = '${request}'`
  const answer = (set: string) => `update requests.request set ${set} where request_id = '${request}'`
  await refused('api', mark(`'released'`), 'objected_one_way')
  await refused(
    'api',
    `insert into requests.objected values ('${of.subjectId}', '${request}', '${of.records.identity}', 'toRelease')`,
    'objected_one_way',
  )
  const upheld = (at: string) => answer(`answered_at = ${at}, outcome = 'upheld', reason = 'objection.upheld'`)
  await refused('api', upheld(`'infinity'`), 'request_answered_by_now')
  await kit.as('api', upheld('now()'))
  await kit.as('api', mark(`'stopped'`))
  for (const outcome of [`'released'`, `'toRelease'`, `'kept'`, 'null'])
    await refused('api', mark(outcome), 'objected_one_way')
  await refused('api', answer(`answered_at = null, outcome = null, reason = null`), 'request_answered_once')
  await refused('api', answer(`outcome = 'refused'`), 'request_answered_once')
  await refused('api', answer(`answered_at = now() - interval '9 days'`), 'request_answered_once')
})

test('a key has its days from now, stands in the ledger, and once revoked it is over', async () => {
  const make = (columns: string, values: string) =>
    `insert into identity.api_key (key_id, role, digest, ${columns})
     values (gen_random_uuid(), 'admin', sha256('${randomUUID()}'), ${values})`
  await denied('api', make('expires_at, created_at', `'2090-12-31', '2090-01-01'`))
  await denied('api', make('expires_at, revoked_at', `now() + interval '1 day', null`))
  await refused('api', make('expires_at', `now() + interval '1 day'`), 'key_in_ledger')
  const id = randomUUID()
  await kit.transaction('api', [
    [
      `insert into ledger.pending (entry_id, leaf)
       values (gen_random_uuid(), convert_to('..identity.key_created ${id}', 'UTF8'))`,
    ],
    [
      `insert into identity.api_key (key_id, role, digest, expires_at)
       values ('${id}', 'admin', sha256('${id}'), now() + interval '1 day')`,
    ],
  ])
  const revoke = (at: string) => `update identity.api_key set revoked_at = ${at} where key_id = '${id}'`
  await refused('api', revoke(`now() + interval '1 year'`), 'key_ends_once')
  await kit.as('api', revoke('now()'))
  await refused('api', revoke('null'), 'key_ends_once')
  await refused('api', revoke('now()'), 'key_ends_once')
})

test('no role opens a closed case again, closes it later, or keeps it for ever by a date', async () => {
  const of = await fresh()
  const set = (text: string) => `update work.relationship set ${text} where relationship_id = '${of.caseId}'`
  for (const role of WRITERS) {
    for (const day of [`'9999-12-31'`, `'infinity'`, `(${TODAY} + interval '10 years 1 day')::date`])
      await refused(role, set(`limitation_on = ${day}`), 'relationship_limited')
    await refused(role, set(`closed_on = ${TODAY} + 1, close_reason = 'paid'`), 'relationship_closed_by_now')
  }
  for (const role of ['api', 'import'] as const)
    await refused(role, set(`review_on = ${TODAY} + 367`), 'relationship_reviewed')
  await kit.as('api', set(`closed_on = ${TODAY} - 2, close_reason = 'paid'`))
  for (const role of WRITERS) {
    await refused(role, set(`closed_on = null, close_reason = null`), 'relationship_stays_closed')
    await refused(role, set(`closed_on = closed_on + 1`), 'relationship_stays_closed')
  }
})

test('no role calls a case cleared while a record of it lives', async () => {
  const of = await fresh()
  const set = (text: string) => `update work.relationship set ${text} where relationship_id = '${of.caseId}'`
  await kit.as('api', set(`closed_on = ${TODAY}, close_reason = 'paid'`))
  await refused('worker', set(`cleared_on = ${TODAY}`), 'relationship_cleared_empty')
  await erase(of)
  await kit.as('worker', set(`cleared_on = ${TODAY}`))
})

const erase = (of: Debtor) =>
  kit.as('api', `select subjects.erase('${of.subjectId}', '{${Object.values(of.records).join()}}', 'test')`)

test('what is erased is not found again, and no role hangs another’s digest on a record', async () => {
  const [of, stranger] = [await fresh(), await fresh()]
  const hang = (record: string) =>
    `insert into subjects.lookup (subject_id, record_id, field, digest)
     select '${of.subjectId}', '${record}', 'email', digest from subjects.lookup
     where subject_id = '${stranger.subjectId}' and field = 'cpr'`
  for (const role of WRITERS) await refused(role, hang(of.records.claim), 'lookup_with_record')
  await erase(of)
  for (const role of WRITERS) await refused(role, hang(of.records.claim), 'lookup_with_record')
})

test('no record is written of a person who is forgotten, also while the forgetting is under way', async () => {
  const of = await fresh()
  const add = (key = `'\\x${'00'.repeat(40)}'`) =>
    `insert into subjects.record (subject_id, record_id, relationship_id, category, source, purpose, policy_version,
       collected_at, notice_id, import_id, key_generation, wrapped_key, ciphertext)
     select subject_id, gen_random_uuid(), relationship_id, category, source, purpose, policy_version, collected_at,
       notice_id, import_id, 1, ${key}, '\\x${'00'.repeat(92)}'
     from subjects.record where record_id = '${of.records.claim}'`
  await erase(of)
  await kit.owner(`update notices.notice set state = 'sent', channel = 'letter', sent_at = now()
    where subject_id = '${of.subjectId}'`)
  await kit.as(
    'api',
    `update work.relationship set closed_on = ${TODAY}, close_reason = 'paid'
    where subject_id = '${of.subjectId}'`,
  )
  const forgetting = kit.transaction('worker', [
    [`select subjects.forget('${of.subjectId}')`],
    ['select pg_sleep(0.5)'],
  ])
  await new Promise(resolve => setTimeout(resolve, 200))
  await refused('import', add(), 'record_of_living_key')
  await forgetting
  for (const role of WRITERS) await refused(role, add(), 'record_of_living_key')
  assert.equal(
    (
      await one(`select erased_at is null as alive from subjects.subject
    where subject_id = '${of.subjectId}'`)
    )['alive'],
    false,
  )
})

test('no role says when its leaf came', async () => {
  const text = (at: string) =>
    `insert into ledger.pending (entry_id, leaf, appended_at) values (gen_random_uuid(), '\\x0101', ${at})`
  for (const role of [...WRITERS, 'integrator'] as const)
    for (const at of [`'infinity'`, `'2020-01-01'`]) await denied(role, text(at))
})

test('no role but those that take turns takes a lock; none keeps files or counts rows in the catalogue', async () => {
  for (const role of ['public'] as const)
    for (const lock of ['7231001', '7231002', '7231102'])
      for (const name of [
        'pg_try_advisory_lock',
        'pg_advisory_lock',
        'pg_advisory_xact_lock',
        'pg_try_advisory_xact_lock',
      ])
        await denied(role, `select ${name}(${lock})`)
  for (const role of [...WRITERS, 'integrator', 'public'] as const) {
    await denied(role, `select lo_from_bytea(0, 'x')`)
    await denied(role, `select n_tup_ins from pg_catalog.pg_stat_all_tables`)
    await denied(role, 'select pg_try_advisory_lock(7231102)')
    if (role !== 'worker') await denied(role, `select pg_notify('x', 'y')`)
  }
})

test('a role that owns a function, a schema or a large object is too powerful to start with', async () => {
  const folder = join(ROOT, 'migrations')
  await kit.owner(`revoke create, temporary on database ${kit.database} from public`)
  await checkRoles(kit.world, folder)
  const worker = (await one(`select rolname from pg_roles where rolname like 'indsigt%worker'`))['rolname']
  for (const [make, drop] of [
    [`create function public.f() returns int language sql return 1`, 'drop function public.f()'],
    ['create schema mine', 'drop schema mine'],
    [`select lo_create(4711)`, 'select lo_unlink(4711)'],
  ] as const) {
    const thing = make.includes('lo_') ? 'large object 4711' : make.split(' ').slice(1, 3).join(' ')
    await kit.owner(make)
    await kit.owner(`alter ${thing} owner to ${worker}`)
    await assert.rejects(checkRoles(kit.world, folder), { code: 'database.role' }, make)
    await kit.owner(drop)
  }
})

test('a consent withdrawn while a record is being written on it is waited for', async () => {
  const source = await one(`select prosrc from pg_proc where proname = 'guard_consent'`)
  assert.match(String(source['prosrc']), /for update/)
})

test('the bytes of a package are those that were packed, and an erased one stays empty', async () => {
  const of = await fresh()
  const [item, notice, disclosure] = [randomUUID(), randomUUID(), randomUUID()]
  await kit.transaction('api', [
    [
      `insert into work.item (item_id, kind, subject_id, opened_by) values ('${item}', 'disclosure', '${of.subjectId}', 'x')`,
    ],
    [noticeOf(of, notice, 'disclosure')],
    [
      `insert into disclosure.disclosure (subject_id, disclosure_id, relationship_id, item_id, recipient_kind,
         recipient_id, creditor_id, has_website_values, notice_id, fields, record_ids, content_sha256)
       values ('${of.subjectId}', '${disclosure}', '${of.caseId}', '${item}', 'creditor', '${of.clientId}',
         '${of.clientId}', false, '${notice}', '{name}', '{${of.records.identity}}', sha256('x'))`,
    ],
  ])
  const pack = (bytes: string) =>
    `insert into disclosure.package (subject_id, disclosure_id, package_sha256, bytes, expires_at)
     values ('${of.subjectId}', '${disclosure}', sha256('packed'), '${bytes}', now() + interval '1 day')`
  await refused('api', pack('other'), 'package_is_whole')
  await kit.as('api', pack('packed'))
  const set = (text: string) => `update disclosure.package set ${text} where disclosure_id = '${disclosure}'`
  await refused('api', set(`bytes = 'other'`), 'package_is_whole')
  await kit.as('api', set('fetched_at = now()'))
  await refused('api', set('fetched_at = null'), 'package_one_way')
  await kit.as('api', set('bytes = null, erased_at = now()'))
  await refused('api', set(`bytes = 'packed', erased_at = null`), 'package_one_way')
})

test('what is asked for by its id alone is found by an index', async () => {
  const named = await kit.owner(
    `select indexname from pg_indexes
     where indexname in ('consent_by_id', 'consent_ending', 'request_by_id', 'demand_by_id')`,
  )
  assert.equal(named.length, 4)
})
