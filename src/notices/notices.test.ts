/**
 * The queue of notices (S22, Art. 14, Databeskyttelsesloven section 22). Goal: a notice is due in time, says what it
 * must, can be held but never dropped. Method: the face on a real database; then plain SQL of every role against it.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { client, debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { addDays, addDuration } from '../lib/civil-date.ts'
import { act, civilDate, look, type Ctx } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { BACKOFF_MINUTES, nextOf } from './outcome.ts'
import * as notices from './notices.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

const inAct = <T>(run: (ctx: Ctx) => Promise<T>) => act(kit.world, kit.actor('admin'), run)
const rowOf = async (noticeId: string) =>
  (await kit.owner('select * from notices.notice where notice_id = $1', [noticeId]))[0] ?? {}
const today = () => civilDate(new Date())
const GROUND = 'hvidvaskloven_38'

const DUE: readonly [received: string, due: string][] = [
  ['2026-11-22', '2026-12-22'],
  ['2027-01-31', '2027-02-28'],
  ['2028-01-31', '2028-02-29'],
  ['2026-08-31', '2026-09-30'],
  ['2026-12-31', '2027-01-31'],
  ['2026-09-26', '2026-10-26'],
  ['2026-11-26', '2026-12-26'],
]

for (const [received, due] of DUE)
  test(`art. 14(3)(a): received ${received}, told by ${due}, weekend and holiday or not`, () => {
    assert.equal(notices.collectionDueOn(received), due)
  })

test('art. 14: each new case gets one notice, due a month after receipt, and a second is impossible', async () => {
  const clientId = await client(kit)
  const rows = await inAct(async ctx => {
    policy.requireTask(ctx, 'importPortfolio')
    const ids = await subjects.create(ctx, 300)
    const cases = ids.map(subjectId => ({ subjectId, relationshipId: randomUUID(), noticeId: randomUUID() }))
    await work.openCases(
      ctx,
      cases.map((it, index) => ({
        ...it,
        clientId,
        referenceDigest: subjects.keyedDigest(ctx, 'reference', 'test', `${index}`),
        contentDigest: Buffer.alloc(16),
        limitationOn: null,
      })),
    )
    await notices.queueCollection(
      ctx,
      cases.map((it, index) => ({ ...it, receivedOn: '2026-01-31', ...(index === 0 && { language: 'en' as const }) })),
    )
    await subjects.enter(
      ctx,
      cases.map(it => ({ subjectId: it.subjectId, kind: 'intake.case_received' })),
    )
    return cases
  })
  const kept = await kit.owner(
    `select kind, state, language, due_on, count(*) as count from notices.notice where notice_id = any($1) group by 1, 2, 3, 4 order by count`,
    [rows.map(it => it.noticeId)],
  )
  assert.deepEqual(
    kept.map(it => [it['kind'], it['state'], it['language'], it['due_on'], it['count']]),
    [
      ['collection', 'queued', 'en', '2026-02-28', 1],
      ['collection', 'queued', 'da', '2026-02-28', 299],
    ],
  )
  await assert.rejects(
    inAct(ctx =>
      notices.queueCollection(ctx, [
        { ...(rows[0] as { subjectId: string; relationshipId: string }), noticeId: randomUUID() },
      ]),
    ),
    { code: '23505' },
  )
  await kit.owner(
    `update notices.notice set state = 'delivered', sent_at = now(), channel = 'letter' where notice_id = any($1)`,
    [rows.map(it => it.noticeId)],
  )
})

test('art. 14(3)(c): the first disclosure brings the case’s notice forward to today, and only that one', async () => {
  const asta = await debtor(kit)
  const other = await debtor(kit)
  const moved = await inAct(async ctx => {
    policy.requireTask(ctx, 'disclose')
    await subjects.enter(ctx, [{ subjectId: asta.subjectId, kind: 'test.disclosed' }])
    return [
      await notices.bringForward(ctx, asta.subjectId, asta.caseId),
      await notices.bringForward(ctx, asta.subjectId, asta.caseId),
    ]
  })
  assert.deepEqual(moved, [1, 0])
  assert.equal((await rowOf(asta.noticeId))['due_on'], today())
  assert.notEqual((await rowOf(other.noticeId))['due_on'], today())
})

type Person = Awaited<ReturnType<typeof debtor>>

const disclosed = (asta: Person, hold?: notices.HoldTerms) =>
  inAct(async ctx => {
    policy.requireTask(ctx, 'disclose')
    await subjects.enter(ctx, [
      { subjectId: asta.subjectId, kind: 'test.disclosed', ...(hold && { visibleFrom: null }) },
    ])
    const common = {
      subjectId: asta.subjectId,
      relationshipId: asta.caseId,
      recipientId: asta.clientId,
      recipientKind: 'creditor',
    } as const
    return notices.queueDisclosure(ctx, { ...common, fields: ['name', 'principal'], ...(hold && { hold }) })
  })

test('S22: a disclosure’s notice is due today and tells to whom, what, when and why', async () => {
  const asta = await debtor(kit, { reference: 'S-99', client: 'Havnens Bank' })
  const noticeId = await disclosed(asta)
  assert.equal((await rowOf(noticeId))['due_on'], today())
  const sent = await notices.send(kit.world, kit.actor('system', 'worker'), { mail: null })
  const letter = readFileSync(join(kit.world.dispatchFolder, 'letters', sent.batchId ?? '', `${noticeId}.html`), 'utf8')
  for (const words of [
    'Havnens Bank',
    'S-99',
    '<li>Navn</li>',
    '<li>Hovedstol</li>',
    'Kravets nuværende kreditor',
    'GDPR 6(1)(f)',
    'Du kan gøre indsigelse',
    'Datatilsynet',
  ])
    assert.ok(letter.includes(words), words)
  await notices.printed(kit.world, kit.actor('system', 'worker'), sent.batchId ?? '')
})

test('S22: the notice of a person who objected, all records restricted, still goes out', async () => {
  const asta = await debtor(kit)
  await inAct(async ctx => {
    policy.requireTask(ctx, 'answerRequest')
    await subjects.restrict(ctx, asta.subjectId, Object.values(asta.records))
    await subjects.enter(ctx, [{ subjectId: asta.subjectId, kind: 'test.restricted' }])
  })
  const noticeId = await disclosed(asta)
  const sent = await notices.send(kit.world, kit.actor('system', 'worker'), { mail: null })
  assert.equal((await rowOf(noticeId))['batch_id'], sent.batchId)
  await notices.printed(kit.world, kit.actor('system', 'worker'), sent.batchId ?? '')
})

test('A12: a held notice leaves no trace for the person, is never sent, and shows when it is released', async () => {
  const asta = await debtor(kit)
  const reviewOn = addDays(today(), 90)
  const noticeId = await disclosed(asta, { ground: GROUND, reviewOn })
  const seen = () => look(kit.world, kit.actor('caseWorker'), it => notices.visibleStatusOf(it, asta.subjectId))
  const own = () =>
    inAct(async ctx => {
      policy.requireTask(ctx, 'answerRequest')
      await subjects.enter(ctx, [{ subjectId: asta.subjectId, kind: 'test.looked' }])
      return (await subjects.entriesOf(ctx, asta.subjectId))
        .filter(it => it.visibleFrom !== null)
        .map(it => it.body?.kind)
    })
  assert.deepEqual(
    (await seen()).map(it => it.noticeId),
    [asta.noticeId],
  )
  assert.ok(!(await own()).some(kind => kind?.startsWith('notices.') || kind === 'test.disclosed'))
  assert.equal((await look(kit.world, kit.actor('officer'), it => notices.statusOf(it, asta.subjectId))).length, 2)
  await notices.send(kit.world, kit.actor('system', 'worker'), { mail: null, leadDays: 1 })
  const row = await rowOf(noticeId)
  assert.deepEqual(
    [row['state'], row['held_by'], row['batch_id'], row['visible_from']],
    ['held', 'test:admin', null, null],
  )
  await inAct(ctx => notices.release(ctx, noticeId))
  assert.deepEqual((await seen()).map(it => it.noticeId).toSorted(), [asta.noticeId, noticeId].toSorted())
  assert.equal((await rowOf(noticeId))['state'], 'queued')
  await notices.send(kit.world, kit.actor('system', 'worker'), { mail: null, leadDays: 1 })
  assert.notEqual((await rowOf(noticeId))['batch_id'], null)
})

test('a hold has a review within twelve months, a named law and a role that may', async () => {
  const asta = await debtor(kit)
  const tomorrow = addDays(today(), 1)
  const year = addDuration(today(), 'P12M')
  for (const reviewOn of [today(), addDays(year, 1), '2026-13-01', 'x'])
    await assert.rejects(
      inAct(ctx => notices.hold(ctx, asta.noticeId, { ground: GROUND, reviewOn })),
      { code: 'notices.review_date' },
      reviewOn,
    )
  const asWorker = act(kit.world, kit.actor('caseWorker'), ctx =>
    notices.hold(ctx, asta.noticeId, { ground: GROUND, reviewOn: tomorrow }),
  )
  await assert.rejects(asWorker, { code: 'identity.not_allowed' })
  await inAct(ctx => notices.hold(ctx, asta.noticeId, { ground: GROUND, reviewOn: year }))
  await inAct(ctx => notices.release(ctx, asta.noticeId))
  await kit.owner(
    `update notices.notice set state = 'sent', sent_at = now(), channel = 'letter' where notice_id = $1`,
    [asta.noticeId],
  )
  await assert.rejects(
    inAct(ctx => notices.hold(ctx, asta.noticeId, { ground: GROUND, reviewOn: tomorrow })),
    { code: 'notices.wrong_state' },
  )
  await assert.rejects(
    inAct(ctx => notices.release(ctx, asta.noticeId)),
    { code: 'notices.wrong_state' },
  )
  await assert.rejects(
    inAct(ctx => notices.release(ctx, randomUUID())),
    { code: 'not_found' },
  )
})

test('three days late and not told, a person of ours gets it; held past its review it is counted', async () => {
  const late = await debtor(kit)
  const held = await debtor(kit)
  await kit.owner(`update notices.notice set due_on = current_date - 4 where notice_id = $1`, [late.noticeId])
  await kit.owner(
    `update notices.notice set state = 'held', held_ground = $2, held_by = 'x', held_on = current_date - 10, held_review_on = current_date - 1, visible_from = null where notice_id = $1`,
    [held.noticeId, GROUND],
  )
  assert.equal(await notices.escalateOverdue(kit.world, kit.actor('system', 'worker')), 1)
  assert.deepEqual(
    [(await rowOf(late.noticeId))['state'], (await rowOf(late.noticeId))['failure']],
    ['escalated', 'notices.overdue'],
  )
  const counts = await look(kit.world, kit.actor('officer'), notices.counts)
  assert.equal(counts.heldPastReview, 1)
  assert.ok(counts.states.some(it => it.state === 'escalated' && it.late >= 1))
})

test('no role may delete or empty the notices, nor change whom or what they are about', async () => {
  const asta = await debtor(kit)
  const tries = [
    `delete from notices.notice where notice_id = '${asta.noticeId}'`,
    'truncate notices.notice',
    `update notices.notice set subject_id = gen_random_uuid() where notice_id = '${asta.noticeId}'`,
    `update notices.notice set kind = 'decision' where notice_id = '${asta.noticeId}'`,
    `update notices.notice set fields = '{name}' where notice_id = '${asta.noticeId}'`,
    `update notices.notice set recipient_id = null where notice_id = '${asta.noticeId}'`,
    'alter table notices.notice drop constraint notice_says_what',
  ]
  for (const role of ['api', 'worker', 'import', 'integrator', 'public'] as const)
    for (const statement of tries)
      await assert.rejects(kit.as(role, statement), { code: '42501' }, `${role}: ${statement}`)
})

const FORBIDDEN: readonly [rule: string, change: string, constraint: string][] = [
  ['held without a ground', `state = 'held', visible_from = null`, 'notice_held_reviewed'],
  [
    'held without a review in time',
    `state = 'held', held_ground = 'court_order', held_by = 'x', held_on = current_date, held_review_on = current_date + 400, visible_from = null`,
    'notice_held_within_year',
  ],
  [
    'held for a reason of one’s own',
    `state = 'held', held_ground = 'busy', held_by = 'x', held_on = current_date, held_review_on = current_date + 4, visible_from = null`,
    'notice_held_ground',
  ],
  [
    'held and showing',
    `state = 'held', held_ground = 'court_order', held_by = 'x', held_on = current_date, held_review_on = current_date + 4`,
    'notice_held_unseen',
  ],
  ['sent by no channel', `state = 'sent', sent_at = now()`, 'notice_sent'],
]

for (const [rule, change, constraint] of FORBIDDEN)
  test(`plain SQL cannot make a notice ${rule}`, async () => {
    const asta = await debtor(kit)
    await assert.rejects(kit.as('api', `update notices.notice set ${change} where notice_id = '${asta.noticeId}'`), {
      code: '23514',
      constraint,
    })
  })

test('plain SQL cannot queue a disclosure notice that says neither to whom nor what', async () => {
  const asta = await debtor(kit)
  const insert = `insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state)
    values ($1, $2, 'disclosure', $3, current_date, 'queued')`
  await assert.rejects(kit.as('api', insert, [asta.subjectId, randomUUID(), asta.caseId]), {
    code: '23514',
    constraint: 'notice_says_what',
  })
})

test('the worker cannot hold a notice back, and the import can only add one', async () => {
  const asta = await debtor(kit)
  await assert.rejects(
    kit.as('worker', `update notices.notice set held_ground = 'court_order' where notice_id = '${asta.noticeId}'`),
    { code: '42501' },
  )
  await assert.rejects(
    kit.as('import', `update notices.notice set state = 'escalated' where notice_id = '${asta.noticeId}'`),
    { code: '42501' },
  )
})

test('what follows from how a mail fared is one table', () => {
  assert.deepEqual(nextOf({ outcome: 'accepted' }, 1), { state: 'sent' })
  assert.equal(nextOf({ outcome: 'refused', status: 550 }, 1).state, 'returned')
  assert.equal(nextOf({ outcome: 'unknown', code: 'x' }, 1).state, 'escalated')
  const later = [1, 2, 3, 4, 5, 20].map(attempt => nextOf({ outcome: 'later', code: 'x' }, attempt))
  assert.deepEqual(
    later.map(it => it.state),
    ['later', 'later', 'later', 'later', 'returned', 'returned'],
  )
  assert.deepEqual(
    later.flatMap(it => (it.state === 'later' ? it.afterMinutes : [])),
    BACKOFF_MINUTES,
  )
})

const SETTINGS: readonly [env: Record<string, string>, answer: object][] = [
  [{}, { ok: true, mail: null }],
  [{ INDSIGT_SMTP_URL: 'smtp://relay.example' }, { ok: true, mail: null }],
  [{ INDSIGT_MAIL_CONFIDENTIAL: 'relay' }, { ok: false, variable: 'INDSIGT_SMTP_URL' }],
  [
    { INDSIGT_SMTP_URL: 'smtp://relay.example', INDSIGT_MAIL_CONFIDENTIAL: 'yes' },
    { ok: false, variable: 'INDSIGT_MAIL_CONFIDENTIAL' },
  ],
  [
    { INDSIGT_SMTP_URL: 'http://relay.example', INDSIGT_MAIL_CONFIDENTIAL: 'relay' },
    { ok: false, variable: 'INDSIGT_SMTP_URL' },
  ],
  [
    { INDSIGT_SMTP_URL: 'smtp://relay.example?tls=off', INDSIGT_MAIL_CONFIDENTIAL: 'relay' },
    { ok: false, variable: 'INDSIGT_SMTP_URL' },
  ],
  [
    { INDSIGT_SMTP_URL: 'smtp://u:p%40@relay.example', INDSIGT_MAIL_CONFIDENTIAL: 'relay' },
    { ok: true, mail: { relay: { host: 'relay.example', port: 587, tls: 'starttls', user: 'u', password: 'p@' } } },
  ],
  [
    { INDSIGT_SMTP_URL: 'smtps://relay.example', INDSIGT_MAIL_CONFIDENTIAL: 'relay' },
    { ok: true, mail: { relay: { host: 'relay.example', port: 465, tls: 'implicit' } } },
  ],
  [
    { INDSIGT_SMTP_URL: 'smtp://127.0.0.1:2525', INDSIGT_MAIL_CONFIDENTIAL: 'relay', INDSIGT_MAIL_FROM: 'a@b.dk' },
    { ok: true, mail: { relay: { host: '127.0.0.1', port: 2525, tls: 'none' }, from: 'a@b.dk' } },
  ],
  [
    { INDSIGT_SMTP_URL: 'smtp://[::1]', INDSIGT_MAIL_CONFIDENTIAL: 'relay' },
    { ok: true, mail: { relay: { host: '::1', port: 587, tls: 'none' } } },
  ],
  [
    { INDSIGT_SMTP_URL: 'smtp://r.dk', INDSIGT_MAIL_CONFIDENTIAL: 'relay', INDSIGT_MAIL_FROM: 'a@b.dk, c@d.dk' },
    { ok: false, variable: 'INDSIGT_MAIL_FROM' },
  ],
  [
    { INDSIGT_SMTP_URL: 'smtp://127.0.0.1.example', INDSIGT_MAIL_CONFIDENTIAL: 'relay' },
    { ok: true, mail: { relay: { host: '127.0.0.1.example', port: 587, tls: 'starttls' } } },
  ],
]

for (const [env, answer] of SETTINGS)
  test(`B19: mail only to a contracted relay, and under TLS unless it is this machine: ${JSON.stringify(env)}`, () => {
    assert.deepEqual(notices.settingsFrom(env), answer)
  })
