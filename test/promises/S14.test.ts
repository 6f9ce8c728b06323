/** S14: it is collected only when the service or transaction needs it, or it is freely given. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Problem } from '../../src/platform/problems.ts'
import { act, type World } from '../../src/platform/world.ts'
import * as policy from '../../src/policy/policy.ts'
import * as subjects from '../../src/subjects/subjects.ts'
import * as work from '../../src/work/work.ts'
import { assertRefusedBy, collected, copyOf, form, openDoors, sqlState, stock, type Doors } from './doors.ts'

let doors: Doors

before(async () => {
  doors = await openDoors()
  await doors.party('clients', 'Strandby Energi')
})
after(() => doors.close())

const collect = (more: { [name: string]: unknown }) => doors.call('POST', '/v1/collections', form(doors.kit, more))

async function consented(subjectId: string, purpose: string): Promise<string> {
  const said = { state: 'given', subjectId, purpose, text: 'Ja', textVersion: '1', language: 'da' }
  return String((await doors.call('POST', '/v1/consents', said)).body['consentId'])
}

test('a field that the purpose does not need refuses the whole form, also one known from elsewhere', async () => {
  const before = await stock(doors.kit)
  for (const [category, field] of [
    ['web_account', 'delivery_address'],
    ['web_account', 'cpr'],
    ['web_account', 'fax'],
    ['web_contact', 'payment_card'],
    ['web_contact', 'principal'],
    ['web_payment', 'title'],
    ['web_payment', 'phone'],
    ['application', 'cpr'],
    ['application', 'payment_card'],
    ['application', 'employment'],
  ] as const) {
    const text =
      { cpr: '0101659995', payment_card: 'tok_8fA2kQ:4242', phone: '20123456', fax: '20123456' }[field as 'cpr'] ?? 'x'
    const answer = await collect({ category, values: { name: 'Klara', [field]: text } })
    assert.ok(answer.status >= 400 && answer.status < 500, `${category}.${field}: ${answer.text}`)
    assert.match(answer.text, /"clause":"S1[34]"/, `${category}.${field}`)
  }
  assert.equal(await stock(doors.kit), before)
})

test('a form cannot call its own fields volunteered, nor say what is required', async () => {
  const before = await stock(doors.kit)
  for (const claim of [
    { volunteered: true },
    { required: true },
    { facts: { volunteered: true } },
    { purpose: 'recruitment' },
  ])
    assert.equal(
      (await collect({ category: 'web_account', values: { name: 'K', cpr: '0101659995' }, ...claim })).status,
      400,
    )
  assert.equal(await stock(doors.kit), before)
})

test('no consent makes a newsletter or an account need a CPR number', async () => {
  const { subjectId } = await collected(doors)
  for (const purpose of ['service', 'marketing', 'recruitment']) {
    const consentId = await consented(subjectId, purpose)
    const answer = await collect({
      subjectId,
      consentId,
      category: 'web_account',
      values: { name: 'K', cpr: '0101659995' },
    })
    assert.ok(answer.status >= 400 && answer.status < 500, `${purpose}: ${answer.text}`)
  }
})

test('an applicant’s CPR number is not taken before there is an employment, with or without consent', async () => {
  const application = { name: 'Klara', application_text: 'Jeg søger stillingen.' }
  const { subjectId } = await collected(doors, { category: 'application', values: application })
  const consentId = await consented(subjectId, 'recruitment')
  const before = await stock(doors.kit)
  const answer = await collect({
    subjectId,
    consentId,
    category: 'application',
    values: { name: 'Klara', cpr: '0101659995' },
  })
  assertRefusedBy('S14', answer)
  assertRefusedBy(
    'S13',
    await collect({ category: 'application', values: { application_text: 'Mit CPR er 010165-9995' } }),
  )
  assert.equal(await stock(doors.kit), before)
})

test('what comes unasked with an application is not taken: files, links to them, or further categories', async () => {
  const values = { name: 'Klara', application_text: 'Hej' }
  for (const extra of [{ attachments: ['JVBERi0='] }, { files: {} }, { attachment: 'helbred.pdf' }])
    assert.equal((await collect({ category: 'application', values, ...extra })).status, 400)
  for (const attachment of [['x'], { name: 'x' }, 7, null, true])
    assert.equal(
      (await collect({ category: 'application', values: { ...values, application_text: attachment } })).status,
      400,
    )
  assertRefusedBy('S13', await collect({ category: 'application', values: { ...values, health: 'diabetes' } }))
})

test('a form brings nothing of the categories that no form may bring, however they are spelled', async () => {
  const before = await stock(doors.kit)
  for (const category of [
    'employee',
    'debtor_identity',
    'debt_claim',
    'accounting_entry',
    'request_file',
    'client_contact',
    '__proto__',
    'WEB_CONTACT',
    '',
  ])
    assert.ok((await collect({ category, values: { name: 'Klara' } })).status >= 400, category)
  assert.equal(await stock(doors.kit), before)
})

test('columns that nobody needs are not taken from a client’s file, and lie nowhere afterwards', async () => {
  const header = 'Sagsnr;Navn;CPR;Adresse;Postnr;By;Hovedstol;Køn;Religion;Ægtefælle;Arbejdsgiver;Sygdom'
  const line = 'S14-1;Asta Prøvebjerg;0101659995;Prøvevej 12;2500;Valby;100,00;kvinde;QQtro;QQmage;QQjob;QQsyg'
  const done = await doors.deliver('Strandby Energi', `${header}\r\n${line}\r\n`)
  assert.equal(done['created'], 1, JSON.stringify(done))
  const found = await doors.call('POST', '/v1/cases/search', { client: 'Strandby Energi', reference: 'S14-1' })
  const shown = await doors.call('GET', `/v1/cases/${String(found.body['caseId'])}`)
  assert.match(shown.text, /Asta Prøvebjerg/)
  const [row] = await doors.kit.owner('select subject_id from work.relationship where relationship_id = $1', [
    found.body['caseId'],
  ])
  const reply = await doors.cli(['access', '--person', String(row?.['subject_id'])])
  assert.equal(reply.code, 0, reply.err)
  assert.match(reply.out, /Asta Prøvebjerg/)
  for (const text of [shown.text, reply.out]) assert.ok(!text.includes('QQ'), 'a column nobody needs was kept')
})

test('a note that tells of health, belief or union is left out; a claim that does so waits', async () => {
  const line = (reference: string, cpr: string, text: string, note: string) =>
    `${reference};Bo Prøve;${cpr};Vej 1;2500;Valby;100,00;${text};${note}`
  const file = [
    'Sagsnr;Navn;CPR;Adresse;Postnr;By;Hovedstol;Tekst;Note',
    line('S14-2', '1107744882', 'Strøm', 'QQ er sygemeldt og i fagforening'),
    line('S14-3', '0707614285', 'QQ behandling på hospital', ''),
  ].join('\r\n')
  const done = await doors.deliver('Strandby Energi', `${file}\r\n`)
  assert.deepEqual([done['created'], done['reviewed']], [1, 1], JSON.stringify(done))
  const found = await doors.call('POST', '/v1/cases/search', { client: 'Strandby Energi', reference: 'S14-2' })
  const shown = await doors.call('GET', `/v1/cases/${String(found.body['caseId'])}`)
  assert.equal(shown.status, 200)
  assert.ok(!shown.text.includes('QQ'), shown.text)
})

test('the vault refuses what is neither needed nor given unasked, after a restart as before', async () => {
  const { subjectId, relationshipId } = await collected(doors)
  const attack = (world: World, facts: { [name: string]: boolean }, values: { [field: string]: string }) =>
    act(world, doors.kit.actor('caseWorker'), async ctx => {
      policy.requireTask(ctx, 'collect')
      const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
      const record = {
        subjectId,
        relationshipId,
        category: 'web_contact',
        source: 'website',
        host: 'intrum.dk',
      } as const
      await subjects.hold(ctx, warrant, [{ ...record, values, eraseBy: '2027-01-01' }], {
        roleAllowed: true,
        noticeGiven: true,
        ...facts,
      })
    })
  const isS14 = (error: unknown) => error instanceof Problem && error.refusal.clause === 'S14'
  await assert.rejects(attack(doors.kit.world, {}, { name: 'Klara' }), isS14)
  await assert.rejects(
    doors.afterRestart(world => attack(world, {}, { name: 'Klara' })),
    isS14,
  )
  await assert.rejects(attack(doors.kit.world, { required: true }, { name: 'Klara', note: 'x' }), Problem)
  await assert.rejects(attack(doors.kit.world, { volunteered: true }, { payment_card: 'tok_8fA2kQ:4242' }), Problem)
})

test('with plain SQL a record is of a category that the policy has, and stays of it', async () => {
  const { recordId } = await collected(doors)
  for (const surface of ['api', 'worker', 'import'] as const) {
    const attack = doors.kit.as(surface, copyOf(recordId, { category: `'newsletter_profile'` }))
    await assert.rejects(attack, sqlState('23503', 'record_category_fkey'))
    await assert.rejects(
      doors.kit.as(surface, `update subjects.record set category = 'web_account'`),
      sqlState('42501'),
    )
  }
})

test('a policy that lets a purpose collect what its category has not got is refused on the command line', async () => {
  const [row] = await doors.kit.owner('select document from policy.version')
  const text = String(row?.['document']).replace('revision: 1', 'revision: 2')
  const greedy = text.replaceAll(
    'web_account: [name, title, email, phone]',
    'web_account: [name, title, email, phone, cpr]',
  )
  assert.notEqual(greedy, text)
  const checked = await doors.cli(['policy', 'check', doors.file('greedy.yaml', greedy)])
  assert.equal(checked.code, 1, checked.out)
})
