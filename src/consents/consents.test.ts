/** Consents: exactly this recipient, purpose and channel, given before, never withdrawn since, and provable. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { client, debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { sql } from '../lib/sql.ts'
import { Problem } from '../platform/problems.ts'
import { act, type Ctx } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as consents from './consents.ts'
import { jobs } from './jobs.ts'

let kit: Kit
let asta: Debtor
let other: string

before(async () => {
  kit = await openKit()
  asta = await debtor(kit)
  other = await client(kit, 'Fjordens Fiber')
})
after(() => kit.close())

const worker = () => kit.actor('caseWorker')
const isProblem = (code: string) => (error: unknown) => error instanceof Problem && error.code === code
const isState = (code: string) => (error: unknown) => (error as { code?: string }).code === code

const words = { text: 'Ja, giv min kreditor mit telefonnummer.', textVersion: 'v3', language: 'da' } as const
const wanted = (of: Debtor, more: Partial<consents.Wanted> = {}) => ({
  subjectId: of.subjectId,
  purpose: 'disclosure',
  recipientId: of.clientId,
  ...more,
})
const give = (of: Debtor, more: Partial<consents.NewConsent> = {}) =>
  act(kit.world, worker(), ctx => consents.give(ctx, { ...wanted(of), ...words, ...more }))
/** Reads what is live in an act that is entered, as a disclosure does. */
const live = (key: consents.Wanted) =>
  act(kit.world, worker(), async ctx => {
    const consent = await consents.live(ctx, key)
    await consents.read(ctx, key.subjectId)
    return consent
  })
const person = () => debtor(kit, { reference: randomUUID() })

test('S15: a consent to one recipient is none to another, nor to everybody', async () => {
  const of = await person()
  const { consentId } = await give(of)
  assert.equal((await live(wanted(of)))?.consentId, consentId)
  assert.equal(await live(wanted(of, { recipientId: other })), null)
  assert.equal(await live(wanted(of, { recipientId: null })), null)
})

test('S12: a consent for one purpose is none for another, and one for a channel none for another', async () => {
  const of = await person()
  await give(of, { purpose: 'marketing', channel: 'email', recipientId: null })
  const key = { subjectId: of.subjectId, purpose: 'marketing' }
  assert.ok(await live({ ...key, channel: 'email' }))
  assert.equal(await live({ ...key, channel: 'sms' }), null)
  assert.equal(await live(key), null)
  assert.equal(await live(wanted(of)), null)
})

test('one person’s consent is nobody else’s', async () => {
  const [of, stranger] = [await person(), await person()]
  await give(of)
  assert.equal(await live(wanted(stranger)), null)
})

test('Art. 7(3): withdrawn is withdrawn, at once, however often it was given', async () => {
  const of = await person()
  await give(of)
  await give(of, { textVersion: 'v4' })
  const withdrawn = await act(kit.world, worker(), ctx => consents.withdraw(ctx, wanted(of)))
  assert.equal(withdrawn.length, 2)
  assert.equal(await live(wanted(of)), null)
  await assert.rejects(
    act(kit.world, worker(), ctx => consents.withdraw(ctx, wanted(of))),
    isProblem('consents.none'),
  )
  await give(of, { textVersion: 'v5' })
  assert.equal((await live(wanted(of)))?.textVersion, 'v5')
})

test('a no after a yes ends the yes; a yes after a no counts', async () => {
  const of = await person()
  await give(of)
  await act(kit.world, worker(), ctx => consents.refuse(ctx, { ...wanted(of), ...words }))
  assert.equal(await live(wanted(of)), null)
  await give(of)
  assert.ok(await live(wanted(of)))
})

test('a consent given after the act began does not count in it', async () => {
  const of = await person()
  const seen = await act(kit.world, worker(), async ctx => {
    await give(of)
    const consent = await consents.live(ctx, wanted(of))
    await consents.read(ctx, of.subjectId)
    return consent
  })
  assert.equal(seen, null)
})

test('a withdrawal waits for the act that relies on the consent, and no later act finds it', async () => {
  const of = await person()
  await give(of)
  const order: string[] = []
  let withdrawing: Promise<unknown> = Promise.resolve()
  await act(kit.world, worker(), async ctx => {
    assert.ok(await consents.live(ctx, wanted(of)))
    withdrawing = act(kit.world, worker(), ctx => consents.withdraw(ctx, wanted(of))).then(() =>
      order.push('withdrawn'),
    )
    await ctx.tx.one({ ...sleep })
    order.push('used')
    await consents.read(ctx, of.subjectId)
  })
  await withdrawing
  assert.deepEqual(order, ['used', 'withdrawn'])
  assert.equal(await live(wanted(of)), null)
})

test('a consent holds to its last day and is then ended in writing', async () => {
  const of = await person()
  const { consentId } = await give(of, { validUntil: (await today()) as string })
  assert.ok(await live(wanted(of)))
  await kit.owner(`update consents.consent set valid_until = valid_until - 1 where consent_id = $1`, [consentId])
  assert.equal(await live(wanted(of)), null)
  await jobs[0]?.run(kit.world)
  const [history] = await act(kit.world, worker(), ctx => consents.read(ctx, of.subjectId))
  assert.deepEqual(
    history?.events.map(it => it.state),
    ['given', 'expired'],
  )
})

test('somebody forgotten since does not keep the consents of everybody else from ending', async () => {
  const [gone, here] = [await person(), await person()]
  const ended: string[] = []
  for (const each of [gone, here]) {
    const { consentId } = await give(each, { validUntil: (await today()) as string })
    await kit.owner(`update consents.consent set valid_until = valid_until - 1 where consent_id = $1`, [consentId])
    ended.push(consentId)
  }
  await kit.owner(`update subjects.subject set wrapped_key = null, erased_at = now() where subject_id = $1`, [
    gone.subjectId,
  ])
  await jobs[0]?.run(kit.world)
  const rows = await kit.owner(`select state from consents.event where consent_id = any($1) and ordinal = 1`, [ended])
  assert.deepEqual(
    rows.map(row => row['state']),
    ['expired', 'expired'],
  )
  const entries = await act(kit.world, worker(), async (ctx: Ctx) => {
    await consents.read(ctx, here.subjectId)
    return subjects.entriesOf(ctx, here.subjectId)
  })
  assert.ok(entries.some(it => it.body?.kind === 'consent.expired'))
})

test('a withdrawal that came first is not overwritten by the end of its last day', async () => {
  const of = await person()
  const { consentId } = await give(of, { validUntil: (await today()) as string })
  await kit.owner(`update consents.consent set valid_until = valid_until - 1 where consent_id = $1`, [consentId])
  let expiring: Promise<unknown> = Promise.resolve()
  await act(kit.world, worker(), async ctx => {
    await consents.withdrawOne(ctx, consentId)
    expiring = jobs[0]!.run(kit.world)
    await ctx.tx.one({ ...sleep })
  })
  await expiring
  const rows = await kit.owner(`select state from consents.event where consent_id = $1 order by ordinal`, [consentId])
  assert.deepEqual(
    rows.map(row => row['state']),
    ['given', 'withdrawn'],
  )
})

test('the exact words are kept and come back; only their hash lies in clear', async () => {
  const of = await person()
  await give(of, { text: 'Ja til præcis disse ord – æøå.' })
  const [consent] = await act(kit.world, worker(), async ctx => {
    const all = await consents.withTexts(ctx, of.subjectId)
    await consents.read(ctx, of.subjectId)
    return all
  })
  assert.equal(consent?.text, 'Ja til præcis disse ord – æøå.')
  const [row] = await kit.owner(`select consent::text as line from consents.consent where subject_id = $1`, [
    of.subjectId,
  ])
  assert.ok(!String(row?.['line']).includes('præcis'))
})

test('a consent written or turned by plain SQL is not live', async () => {
  const of = await person()
  const { consentId } = await give(of, { recipientId: other })
  await kit.owner(`update consents.consent set recipient_id = $1 where consent_id = $2`, [of.clientId, consentId])
  assert.equal(await live(wanted(of)), null)
  const forged = randomUUID()
  await kit.as(
    'api',
    `insert into consents.consent (subject_id, consent_id, purpose, channel, recipient_id, text_sha256,
      text_version, language, policy_version, sealed_text)
    select subject_id, $1, purpose, channel, $2, text_sha256, text_version, language, policy_version, sealed_text
    from consents.consent where consent_id = $3`,
    [forged, of.clientId, consentId],
  )
  await kit.as(
    'api',
    `insert into consents.event (subject_id, consent_id, ordinal, state) values ($1, $2, 0, 'given')`,
    [of.subjectId, forged],
  )
  assert.equal(await live(wanted(of)), null)
})

test('no role changes, removes or backdates what was said, nor revives what ended', async () => {
  const of = await person()
  const { consentId } = await give(of)
  await act(kit.world, worker(), ctx => consents.withdraw(ctx, wanted(of)))
  for (const role of ['api', 'worker', 'import', 'integrator', 'public'] as const) {
    for (const statement of [
      'delete from consents.event',
      'delete from consents.consent',
      `update consents.event set state = 'given'`,
      `update consents.consent set channel = 'email'`,
      'truncate consents.event',
      `insert into consents.event (subject_id, consent_id, ordinal, state, happened_at) values ('${of.subjectId}', '${consentId}', 2, 'expired', '2020-01-01')`,
    ])
      await assert.rejects(kit.as(role, statement), isState('42501'), `${role}: ${statement}`)
  }
  const revive = `insert into consents.event (subject_id, consent_id, ordinal, state) values ($1, $2, 2, 'given')`
  await assert.rejects(kit.as('api', revive, [of.subjectId, consentId]), isState('23514'))
})

test('a consent without words, recipient, channel or known purpose is none', async () => {
  const cases: [Partial<consents.NewConsent>, string, string][] = [
    [{ text: '  ' }, 'text', 'S11'],
    [{ textVersion: '' }, 'textVersion', 'S11'],
    [{ recipientId: null }, 'recipient', 'S15'],
    [{ purpose: 'marketing' }, 'channel', 'S17'],
    [{ channel: 'fax' }, 'channel', 'S17'],
    [{ purpose: 'misc' }, 'purpose', 'S12'],
    [{ validUntil: '2020-01-01' }, 'validUntil', 'S11'],
  ]
  for (const [wrong, field, clause] of cases)
    await assert.rejects(give(asta, wrong), error => {
      assert.ok(error instanceof Problem)
      assert.deepEqual(
        error.refusal.faults?.map(it => [it.field, it.clause]),
        [[field, clause]],
      )
      return true
    })
})

test('a client or auditor may not say yes for anybody', async () => {
  for (const role of ['client', 'auditor'] as const) {
    const actor = kit.actor(role, 'api', role === 'client' ? asta.clientId : undefined)
    const doing = act(kit.world, actor, ctx => consents.give(ctx, { ...wanted(asta), ...words }))
    await assert.rejects(doing, isProblem('identity.not_allowed'))
  }
})

test('what was said stands in the person’s own log, with ids and codes only', async () => {
  const of = await person()
  await give(of)
  const entries = await act(kit.world, worker(), async (ctx: Ctx) => {
    await consents.read(ctx, of.subjectId)
    return subjects.entriesOf(ctx, of.subjectId)
  })
  const given = entries.find(it => it.body?.kind === 'consent.given')
  assert.equal(given?.body?.['recipientId'], of.clientId)
  assert.ok(!JSON.stringify(entries).includes('kreditor mit telefon'))
})

const today = async () =>
  (await kit.owner(`select (now() at time zone 'Europe/Copenhagen')::date::text as day`))[0]?.['day']

const sleep = sql`select pg_sleep(0.2) as slept`
