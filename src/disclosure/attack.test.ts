/** Promises S15, S21 and S22 against plain SQL as each role of the application, and against races. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { client, debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import * as cases from '../cases/cases.ts'
import * as consents from '../consents/consents.ts'
import * as notices from '../notices/notices.ts'
import { Problem } from '../platform/problems.ts'
import { act } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import * as disclosure from './disclosure.ts'

let kit: Kit
let key: string
let asta: Debtor
let bo: Debtor
let lawyer: string
let authority: string
let court: string
let demand: string

before(async () => {
  kit = await openKit()
  key = await identityToRecipient(await generateX25519Identity())
  await client(kit, 'Strandby Energi', key)
  asta = await debtor(kit, { reference: 'A-1' })
  bo = await debtor(kit, { reference: 'B-1', client: 'Havn Møbler' })
  ;[lawyer, authority, court] = await Promise.all([
    party('lawyer', 'Advokat Krog'),
    party('authority', 'Gældsstyrelsen'),
    party('authority', 'Fogedretten'),
  ])
  demand = await demandOn(asta, authority)
})
after(() => kit.close())

const worker = () => kit.actor('caseWorker')

async function party(kind: work.PartyKind, name: string): Promise<string> {
  return (await act(kit.world, kit.actor('admin'), ctx => work.register(ctx, { kind, name, ageRecipient: key })))
    .partyId
}

function demandOn(of: Debtor, authorityId: string): Promise<string> {
  const demanded = { authorityId, reference: 'J-1', legalBasis: 'Retsplejeloven § 804', fields: ['name'] }
  return act(kit.world, worker(), ctx =>
    cases.recordDemand(ctx, of.caseId, { ...demanded, demandedOn: ctx.today, validUntil: ctx.today }),
  )
}

const noticeOf = (of: Debtor, recipientId: string, fields = ['name']) =>
  act(kit.world, worker(), async ctx => {
    const told = {
      subjectId: of.subjectId,
      relationshipId: of.caseId,
      recipientId,
      recipientKind: 'creditor',
      fields,
    } as const
    const noticeId = await notices.queueDisclosure(ctx, told)
    await cases.hold(ctx, { caseId: of.caseId, reason: 'claim', reviewOn: '2027-01-31' }).catch(() => undefined)
    return noticeId
  })

type Wish = { readonly [column: string]: unknown }

/** The statements of somebody who writes the rows by hand, all else being as it should. */
function statements(wish: Wish): [string, unknown[]][] {
  const itemId = randomUUID()
  const row: Wish = {
    subject_id: asta.subjectId,
    disclosure_id: randomUUID(),
    relationship_id: asta.caseId,
    item_id: itemId,
    recipient_kind: 'creditor',
    recipient_id: asta.clientId,
    creditor_id: asta.clientId,
    lawyer_id: null,
    demand_id: null,
    has_website_values: false,
    consent_id: null,
    fields: ['name'],
    record_ids: [asta.records.identity],
    content_sha256: Buffer.alloc(32),
    ...wish,
  }
  const columns = Object.keys(row)
  return [
    [
      `insert into work.item (item_id, kind, subject_id, opened_by) values ($1, 'disclosure', $2, 'attacker')`,
      [itemId, asta.subjectId],
    ],
    [
      `insert into disclosure.disclosure (${columns.join()}) values (${columns.map((_, at) => `$${at + 1}`).join()})`,
      columns.map(it => row[it]),
    ],
  ]
}

const attack = (wish: Wish, surface: 'api' | 'worker' | 'import' = 'api') => kit.transaction(surface, statements(wish))
const refused = (code: string, constraint?: string) => (error: unknown) => {
  const of = error as { code?: string; constraint?: string }
  assert.deepEqual([of.code, constraint && of.constraint], [code, constraint])
  return true
}

test('the same rows with everything in order are taken: what follows fails for its own reason', async () => {
  await attack({ notice_id: await noticeOf(asta, asta.clientId) })
})

test('S22: no disclosure without its notice, with another’s, a used one, one of another kind or content', async () => {
  const own = await noticeOf(asta, asta.clientId)
  const used = await noticeOf(asta, asta.clientId)
  await attack({ notice_id: used })
  await assert.rejects(attack({ notice_id: null }), refused('23502'))
  await assert.rejects(attack({ notice_id: randomUUID() }), refused('23503', 'disclosure_notice_fkey'))
  await assert.rejects(
    attack({ notice_id: await noticeOf(bo, bo.clientId) }),
    refused('23503', 'disclosure_notice_fkey'),
  )
  await assert.rejects(attack({ notice_id: used }), refused('23505'))
  await assert.rejects(attack({ notice_id: asta.noticeId }), refused('23503', 'disclosure_notice_fkey'))
  await assert.rejects(attack({ notice_id: asta.noticeId, notice_kind: 'collection' }), refused('23514'))
  await assert.rejects(attack({ notice_id: own, fields: ['name', 'cpr'] }), refused('23514', 'disclosure_notice_fits'))
  const ofOther = await noticeOf(asta, lawyer)
  await assert.rejects(attack({ notice_id: ofOther }), refused('23514', 'disclosure_notice_fits'))
})

test('S22: no role but the API’s writes a disclosure, and none changes or deletes one or its notice', async () => {
  const notice_id = await noticeOf(asta, asta.clientId)
  for (const surface of ['worker', 'import'] as const)
    await assert.rejects(attack({ notice_id }, surface), refused('42501'))
  for (const surface of ['api', 'worker', 'import', 'integrator', 'public'] as const) {
    for (const text of [
      'delete from disclosure.disclosure',
      `update disclosure.disclosure set notice_id = gen_random_uuid()`,
      'delete from notices.notice',
      `update notices.notice set fields = '{name}'`,
      'delete from disclosure.package',
      `update disclosure.package set expires_at = now() + interval '30 days'`,
      'alter table disclosure.disclosure disable trigger all',
    ]) {
      await assert.rejects(kit.as(surface, text), refused('42501'), `${surface}: ${text}`)
    }
  }
})

test('S21: a stranger fits no column: another creditor, a lawyer not on the case, one who was', async () => {
  const creditor = { recipient_id: bo.clientId, creditor_id: bo.clientId }
  await assert.rejects(
    attack({ notice_id: await noticeOf(asta, bo.clientId), ...creditor }),
    refused('23503', 'disclosure_creditor_fkey'),
  )
  await assert.rejects(
    attack({ notice_id: await noticeOf(asta, bo.clientId), recipient_id: bo.clientId }),
    refused('23514', 'disclosure_one_ground'),
  )
  await assert.rejects(
    attack({ notice_id: await noticeOf(asta, asta.clientId), recipient_kind: 'other' }),
    refused('23514'),
  )
  const byLawyer = { recipient_kind: 'lawyer', recipient_id: lawyer, creditor_id: null, lawyer_id: lawyer }
  await assert.rejects(
    attack({ notice_id: await noticeOf(asta, lawyer), ...byLawyer }),
    refused('23503', 'disclosure_lawyer_fkey'),
  )
  const next = await party('lawyer', 'Advokat Holm')
  for (const id of [lawyer, next]) await act(kit.world, worker(), ctx => cases.assignLawyer(ctx, asta.caseId, id))
  await assert.rejects(
    attack({ notice_id: await noticeOf(asta, lawyer), ...byLawyer }),
    refused('23514', 'disclosure_lawyer_present'),
  )
})

test('S21: an authority without a demand, with another’s, with one beyond its fields or its days', async () => {
  const to = async (id: string, wish: Wish = {}, fields = ['name']) =>
    attack({
      notice_id: await noticeOf(asta, id, fields),
      recipient_kind: 'authority',
      recipient_id: id,
      creditor_id: null,
      fields,
      ...wish,
    })
  await to(authority, { demand_id: demand })
  await assert.rejects(to(authority), refused('23514', 'disclosure_one_ground'))
  await assert.rejects(to(authority, { demand_id: randomUUID() }), refused('23503'))
  await assert.rejects(to(court, { demand_id: demand }), refused('23503', 'disclosure_demand_fits'))
  await assert.rejects(to(authority, { demand_id: await demandOn(bo, authority) }), refused('23503'))
  await assert.rejects(
    to(authority, { demand_id: demand }, ['cpr', 'name']),
    refused('23514', 'disclosure_demand_covers'),
  )
  const old = await demandOn(asta, authority)
  await kit.owner(
    'update work.demand set demanded_on = current_date - 9, valid_until = current_date - 3 where demand_id = $1',
    [old],
  )
  await assert.rejects(to(authority, { demand_id: old }), refused('23514', 'disclosure_demand_covers'))
})

test('S15: website values without a consent, or with one for others, another purpose, or withdrawn', async () => {
  const send = async (consent_id: string | null) =>
    attack({ notice_id: await noticeOf(asta, asta.clientId), has_website_values: true, consent_id })
  const said = { subjectId: asta.subjectId, text: 'Ja tak.', textVersion: '1', language: 'da' } as const
  const give = async (more: { purpose: string; recipientId?: string; channel?: string }) =>
    (await act(kit.world, worker(), ctx => consents.give(ctx, { ...said, ...more }))).consentId
  await assert.rejects(send(null), refused('23514', 'disclosure_website_consent'))
  await assert.rejects(
    send(await give({ purpose: 'disclosure', recipientId: bo.clientId })),
    refused('23503', 'disclosure_consent_fits'),
  )
  await assert.rejects(
    send(await give({ purpose: 'marketing', recipientId: asta.clientId, channel: 'email' })),
    refused('23503', 'disclosure_consent_fits'),
  )
  const consentId = await give({ purpose: 'disclosure', recipientId: asta.clientId })
  await send(consentId)
  await act(kit.world, worker(), ctx => consents.withdrawOne(ctx, consentId))
  await assert.rejects(send(consentId), refused('23514', 'disclosure_consent_live'))
})

test('S19, S21: nothing goes to a creditor whose case is closed', async () => {
  const closed = await debtor(kit, { reference: 'A-9' })
  await act(kit.world, worker(), ctx => cases.close(ctx, { caseId: closed.caseId, reason: 'assigned' }))
  const row = { subject_id: closed.subjectId, relationship_id: closed.caseId, record_ids: [closed.records.claim] }
  await assert.rejects(
    attack({ notice_id: await noticeOf(closed, closed.clientId), ...row }),
    refused('23514', 'disclosure_case_open'),
  )
})

const ROUNDS = 50

/** Runs both at once, in every order of beginning. */
async function race(
  of: (round: number) => Promise<Debtor>,
  other: (of: Debtor) => Promise<unknown>,
  kind: string,
  fields: string[],
) {
  for (let round = 0; round < ROUNDS; round += 1) {
    const person = await of(round)
    const late = round % 10
    const disclosing = wait(round % 2 ? late : 0).then(() =>
      act(kit.world, worker(), ctx =>
        disclosure.disclose(ctx, { caseId: person.caseId, recipient: { kind: 'creditor' }, fields }),
      ),
    )
    const ending = wait(round % 2 ? 0 : late).then(() => other(person))
    const [outcome, ended] = await Promise.allSettled([disclosing, ending])
    assert.equal(ended.status, 'fulfilled', String((ended as PromiseRejectedResult).reason))
    if (outcome.status === 'rejected')
      assert.ok(outcome.reason instanceof Problem && outcome.reason.code === 'policy.refused', String(outcome.reason))
    await inOrder(person, kind, outcome.status === 'fulfilled' ? 1 : 0)
  }
}

/** The ledger's own clock: what was disclosed was entered before what ended it, and has its one notice. */
async function inOrder(person: Debtor, ending: string, disclosures: number): Promise<void> {
  const entries = await act(kit.world, worker(), async ctx => {
    await cases.hold(ctx, { caseId: person.caseId, reason: 'claim', reviewOn: '2027-01-31' })
    return subjects.entriesOf(ctx, person.subjectId)
  })
  const idOf = (kind: string) => entries.filter(it => it.body?.kind === kind).map(it => it.entryId)
  const [made, ended] = [idOf('disclosure.made'), idOf(ending)]
  assert.deepEqual([made.length, ended.length], [disclosures, 1])
  const [counts] = await kit.owner(
    `select (select count(*)::int from disclosure.disclosure where subject_id = $1) as rows,
      (select count(*)::int from notices.notice where subject_id = $1 and kind = 'disclosure') as told,
      (select bool_and(m.appended_at < e.appended_at) from ledger.pending m, ledger.pending e
        where m.entry_id = any($2::uuid[]) and e.entry_id = any($3::uuid[])) as ordered`,
    [person.subjectId, made, ended],
  )
  assert.deepEqual(counts, { rows: disclosures, told: disclosures, ordered: disclosures ? true : null })
}

test(`S15: a consent withdrawn while a disclosure runs, ${ROUNDS} times: none is made after it`, async () => {
  const of = async (round: number) => {
    const person = await debtor(kit, { reference: `W-${round}` })
    await act(kit.world, worker(), async ctx => {
      const relationshipId = await work.openRelationship(ctx, { subjectId: person.subjectId, kind: 'webAccount' })
      const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
      const record = {
        subjectId: person.subjectId,
        relationshipId,
        category: 'web_contact',
        source: 'website',
        host: 'intrum.dk',
      } as const
      const given = { ...record, values: { fax: '+4530112234' }, eraseBy: '2027-01-01', noticeId: person.noticeId }
      await subjects.hold(ctx, warrant, [given], { roleAllowed: true, required: true, noticeGiven: true })
      const said = { subjectId: person.subjectId, text: 'Ja tak.', textVersion: '1', language: 'da' } as const
      await consents.give(ctx, { ...said, purpose: 'disclosure', recipientId: person.clientId })
    })
    return person
  }
  const end = (person: Debtor) =>
    act(kit.world, worker(), ctx =>
      consents.withdraw(ctx, { subjectId: person.subjectId, purpose: 'disclosure', recipientId: person.clientId }),
    )
  await race(of, end, 'consent.withdrawn', ['fax'])
})

test(`S25: records restricted while a disclosure runs, ${ROUNDS} times: none is made after it`, async () => {
  const end = (person: Debtor) =>
    act(kit.world, worker(), async ctx => {
      policy.requireTask(ctx, 'takeRequest')
      await subjects.restrict(ctx, person.subjectId, Object.values(person.records))
      await subjects.enter(ctx, [{ subjectId: person.subjectId, kind: 'objection.raised' }])
    })
  await race(round => debtor(kit, { reference: `O-${round}` }), end, 'objection.raised', ['name'])
})

test(`S21: a case closed while a disclosure runs, ${ROUNDS} times: none is made after the closing`, async () => {
  const end = (person: Debtor) =>
    act(kit.world, worker(), ctx => cases.close(ctx, { caseId: person.caseId, reason: 'recalled' }))
  await race(round => debtor(kit, { reference: `C-${round}` }), end, 'work.case_closed', ['name'])
})
