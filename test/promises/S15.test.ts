/** S15: what somebody gave us on our sites is neither sold nor passed on before that person has said yes to it. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Decrypter } from 'age-encryption'
import { act } from '../../src/platform/world.ts'
import * as disclosure from '../../src/disclosure/disclosure.ts'
import * as notices from '../../src/notices/notices.ts'
import {
  assertForbidden,
  assertRefusedBy,
  collected,
  debtCase,
  openDoors,
  problemOf,
  rowOf,
  sqlState,
  stock,
  type Doors,
} from './doors.ts'

let doors: Doors
let creditor: string
let other: string
let asta: { caseId: string; subjectId: string }
let given: { recordId: string; relationshipId: string }

before(async () => {
  doors = await openDoors()
  creditor = await doors.party('clients', 'Strandby Energi')
  other = await doors.party('clients', 'Havn Møbler')
  asta = await debtCase(doors, 'Strandby Energi', { reference: 'S15-1' })
  const values = { name: 'Asta Prøvebjerg', delivery_address: SECRET, phone: '20 12 34 56' }
  given = await collected(doors, { subjectId: asta.subjectId, values })
})
after(() => doors.close())

const SECRET = 'Hemmelig Vej 3'
const FIELDS = ['delivery_address']
const disclose = (fields?: readonly string[], recipient: object = { kind: 'creditor' }) =>
  doors.call('POST', `/v1/cases/${asta.caseId}/disclosures`, { recipient, ...(fields && { fields }) })

async function say(more: { [name: string]: unknown }, state = 'given'): Promise<string> {
  const said = {
    state,
    subjectId: asta.subjectId,
    purpose: 'disclosure',
    text: 'Ja',
    textVersion: '1',
    language: 'da',
    ...more,
  }
  const answer = await doors.call('POST', '/v1/consents', said)
  assert.equal(answer.status, 201, answer.text)
  return String(answer.body['consentId'])
}
const withdraw = (consentId: string) => doors.call('POST', `/v1/consents/${consentId}/withdrawal`)

/** What the recipient reads in the package. */
async function readPackage(disclosureId: string): Promise<string> {
  const bytes = await act(
    doors.kit.world,
    doors.kit.actor('admin'),
    async ctx => (await disclosure.fetchPackage(ctx, disclosureId)).bytes,
  )
  const decrypter = new Decrypter()
  decrypter.addIdentity(doors.ageIdentity)
  return Buffer.from(await decrypter.decrypt(bytes)).toString('utf8')
}

test('without a consent nothing from the site goes to the creditor, asked for or along with the case', async () => {
  const before = await stock(doors.kit)
  assertRefusedBy('S15', await disclose(FIELDS))
  assertRefusedBy('S15', await disclose(['name', 'delivery_address']))
  assertRefusedBy('S15', await doors.cli(['disclose', asta.caseId, '--to', 'creditor', '--fields', 'delivery_address']))
  assert.equal(await stock(doors.kit), before)
  const rest = await disclose()
  assert.equal(rest.status, 201, rest.text)
  assert.ok(!(rest.body['fields'] as string[]).includes('delivery_address'))
  const text = await readPackage(String(rest.body['disclosureId']))
  assert.match(text, /Asta Prøvebjerg/)
  assert.ok(!text.includes(SECRET) && !text.includes('20123456'), text)
})

test('a consent for somebody else, for another purpose, refused or withdrawn lets nothing out', async () => {
  await say({ recipientId: other })
  await say({ purpose: 'service' })
  await say({ purpose: 'service', recipientId: creditor })
  await withdraw(await say({ recipientId: creditor }))
  await say({ recipientId: creditor }, 'refused')
  for (const fields of [FIELDS, ['phone', 'delivery_address']]) assertRefusedBy('S15', await disclose(fields))
  const partners = {
    state: 'given',
    subjectId: asta.subjectId,
    purpose: 'disclosure',
    text: 'Ja til partnere',
    textVersion: '1',
    language: 'da',
  }
  assertRefusedBy('S15', await doors.call('POST', '/v1/consents', partners), 'a consent for unnamed partners')
})

test('a recipient on no list is refused even with the person’s consent', async () => {
  const consentId = await say({ recipientId: other })
  for (const recipient of [
    { kind: 'other', partyId: other },
    { kind: 'creditor', partyId: other },
    { kind: 'lawyer', partyId: other },
  ])
    assertRefusedBy('S21', await disclose(FIELDS, recipient))
  assertRefusedBy('S21', await doors.cli(['disclose', asta.caseId, '--to', 'other', '--party', 'Havn Møbler']))
  await withdraw(consentId)
})

test('with a consent it goes, and a withdrawal stops a package that is made but not yet fetched', async () => {
  const consentId = await say({ recipientId: creditor })
  const made = await disclose(FIELDS)
  assert.equal(made.status, 201, made.text)
  const disclosureId = String(made.body['disclosureId'])
  assert.ok((await readPackage(disclosureId)).includes(SECRET))
  const client = await doors.keyFor('client', creditor)
  const fetched = () => doors.call('GET', `/v1/disclosures/${disclosureId}/package`, undefined, client)
  assert.equal((await fetched()).status, 200)
  await withdraw(consentId)
  assertRefusedBy('S15', await fetched(), 'the client, after the withdrawal')
  assertRefusedBy('S15', await doors.cli(['disclosure', 'fetch', disclosureId, '--out', doors.kit.folder]))
  assertRefusedBy('S15', await disclose(FIELDS))
  await assert.rejects(
    doors.afterRestart(world =>
      act(world, doors.kit.actor('admin'), ctx => disclosure.fetchPackage(ctx, disclosureId)),
    ),
  )
})

test('of a withdrawal and a disclosure at one moment, whichever is first, nothing goes out afterwards', async () => {
  for (let round = 0; round < 6; round += 1) {
    const consentId = await say({ recipientId: creditor })
    const [made, ended] = await Promise.all([disclose(FIELDS), withdraw(consentId)])
    assert.equal(ended.status, 200, ended.text)
    if (made.status === 201) {
      const again = await doors.call('GET', `/v1/disclosures/${String(made.body['disclosureId'])}/package`)
      assertRefusedBy('S15', again, 'made before the withdrawal, asked for after it')
    } else assert.ok(problemOf(made).clause === 'S15' || made.status === 409, made.text)
    assertRefusedBy('S15', await disclose(FIELDS))
  }
})

type Wish = { readonly [column: string]: unknown }

/** A disclosure written by hand, all else being as it should. */
async function forged(wish: Wish, surface: 'api' | 'worker' | 'import' = 'api'): Promise<void> {
  const noticeId = await act(doors.kit.world, doors.kit.actor('admin'), async ctx => {
    const told = {
      subjectId: asta.subjectId,
      relationshipId: asta.caseId,
      recipientId: creditor,
      recipientKind: 'creditor',
    } as const
    await doorsTouch(ctx)
    return notices.queueDisclosure(ctx, { ...told, fields: FIELDS })
  })
  const itemId = randomUUID()
  const row: Wish = {
    subject_id: asta.subjectId,
    disclosure_id: randomUUID(),
    relationship_id: asta.caseId,
    item_id: itemId,
    recipient_kind: 'creditor',
    recipient_id: creditor,
    creditor_id: creditor,
    has_website_values: true,
    notice_id: noticeId,
    fields: FIELDS,
    record_ids: [given.recordId],
    content_sha256: Buffer.alloc(32),
    ...wish,
  }
  const columns = Object.keys(row)
  await doors.kit.transaction(surface, [
    [
      `insert into work.item (item_id, kind, subject_id, opened_by) values ($1, 'disclosure', $2, 'x')`,
      [itemId, asta.subjectId],
    ],
    [
      `insert into disclosure.disclosure (${columns.join()}) values (${columns.map((_, at) => `$${at + 1}`).join()})`,
      columns.map(it => row[it]),
    ],
  ])
}
/** An act needs a decision and an entry to commit. */
const doorsTouch = async (ctx: Parameters<typeof disclosure.eraseExpired>[0]) =>
  void (await disclosure.eraseExpired(ctx))

test('with plain SQL, too, site data needs a consent of this person, for this recipient, that stands', async () => {
  const withdrawn = await say({ recipientId: creditor })
  await withdraw(withdrawn)
  const refused = await say({ recipientId: creditor }, 'refused')
  await assert.rejects(forged({}), sqlState('23514', 'disclosure_website_consent'))
  await assert.rejects(forged({ consent_id: withdrawn }), sqlState('23514', 'disclosure_consent_live'))
  await assert.rejects(forged({ consent_id: refused }), sqlState('23514', 'disclosure_consent_live'))
  await assert.rejects(
    forged({ consent_id: await say({ recipientId: other }) }),
    sqlState('23503', 'disclosure_consent_fits'),
  )
  const service = await say({ purpose: 'service', recipientId: creditor })
  await assert.rejects(forged({ consent_id: service }), sqlState('23503', 'disclosure_consent_fits'))
  await assert.rejects(forged({ consent_id: service, consent_purpose: 'service' }), sqlState('23514'))
  await assert.rejects(forged({ consent_id: randomUUID() }), sqlState('23503'))
  for (const surface of ['worker', 'import'] as const) await assert.rejects(forged({}, surface), sqlState('42501'))
  const standing = await say({ recipientId: creditor })
  await forged({ consent_id: standing })
  await withdraw(standing)
})

test('a disclosure that denies what it holds from a site is refused by the database', async () => {
  await assert.rejects(forged({ has_website_values: false }), sqlState('23514', 'disclosure_website_consent'))
  await assert.rejects(forged({ record_ids: [randomUUID()] }), sqlState('23514'))
  const stranger = await collected(doors)
  const standing = await say({ recipientId: creditor })
  await assert.rejects(
    forged({ consent_id: standing, record_ids: [stranger.recordId] }),
    sqlState('23514', 'disclosure_records_fit'),
  )
  await withdraw(standing)
})

test('no role turns site data into a creditor’s, or brings a withdrawn consent back to life', async () => {
  const of = `where record_id = '${given.recordId}'`
  for (const change of [
    `source = 'client'`,
    `host = ''`,
    'relationship_id = gen_random_uuid()',
    'ciphertext = wrapped_key',
  ])
    await assertForbidden(doors.kit, `update subjects.record set ${change} ${of}`)
  await assertForbidden(doors.kit, `update consents.event set state = 'given'`)
  await assertForbidden(doors.kit, 'delete from consents.event')
  await assertForbidden(doors.kit, `update consents.consent set recipient_id = '${creditor}'`)
  await assertForbidden(doors.kit, `update disclosure.disclosure set consent_id = null`)
  const consentId = await say({ recipientId: creditor })
  await withdraw(consentId)
  const again = `insert into consents.event (subject_id, consent_id, ordinal, state) values ($1, $2, $3, 'given')`
  for (const ordinal of [2, 32_000])
    await assert.rejects(doors.kit.as('api', again, [asta.subjectId, consentId, ordinal]), sqlState('23514'))
  await assert.rejects(doors.kit.as('api', again, [asta.subjectId, consentId, 0]), sqlState('23505'))
})

test('a record whose origin was turned in the database itself is not disclosed but named as changed', async () => {
  const values = { name: 'Asta Prøvebjerg', billing_address: SECRET }
  const { recordId } = await collected(doors, { subjectId: asta.subjectId, values })
  const swap = `update subjects.record set source = 'client', host = '', category = 'debtor_contact',
    relationship_id = $2,
    import_id = (select import_id from intake.import limit 1) where record_id = $1`
  await doors.kit.owner(swap, [recordId, asta.caseId])
  const before = await stock(doors.kit)
  assert.equal(problemOf(await disclose()).code, 'subjects.integrity')
  assert.equal(problemOf(await doors.cli(['disclose', asta.caseId, '--to', 'creditor'])).code, 'subjects.integrity')
  assert.equal(await stock(doors.kit), before)
  assert.equal((await rowOf(doors.kit, recordId))['source'], 'client')
})
