/** S13: of what a person may give us there are nine kinds; a CPR number needs a ground, a card is never kept. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import {
  assertForbidden,
  assertRefusedBy,
  collected,
  csv,
  debtCase,
  debtorLine,
  form,
  openDoors,
  problemOf,
  rowOf,
  stock,
  type Doors,
} from './doors.ts'

let doors: Doors

before(async () => {
  doors = await openDoors()
  await doors.party('clients', 'Strandby Energi')
})
after(() => doors.close())

const CPR = '070761-4285'
const CARDS = [
  '4571000000000001',
  '4571 0000 0000 0001',
  '4571-0000-0000-0001',
  '4571.0000.0000.0001',
  '4571\u00a00000\u00a00000\u00a00001',
  '４５７１００００００００００００1'.slice(0, 15) + '1',
  'kort 5555 5555 5555 4444 tak',
  '4571\u200b0000\u200b0000\u200b0001',
]
const TEXTS = ['name', 'title', 'delivery_address', 'billing_address'] as const

const collect = (values: { [field: string]: string }, more: { [name: string]: unknown } = {}) =>
  doors.call('POST', '/v1/collections', form(doors.kit, { values, ...more }))

/** The refusal repeats nothing of what was typed, and nothing is kept of it. */
async function refusedWhole(field: string, text: string, clause = 'S13', category = 'web_contact'): Promise<void> {
  const before = await stock(doors.kit)
  const answer = await collect({ email: 'klara@example.dk', [field]: text }, { category })
  assertRefusedBy(clause, answer, `${field}: ${text}`)
  assert.ok(!answer.text.includes(text), 'the refusal repeats what was typed')
  assert.equal(await stock(doors.kit), before, `${field}: ${text}`)
}

test('a field outside the nine refuses the whole form, whatever it is called', async () => {
  for (const field of [
    'born',
    'gender',
    'nationality',
    'health',
    'gps',
    'photo',
    'NAME',
    'name ',
    'note',
    'employment',
  ])
    await refusedWhole(field, 'x', field === 'note' || field === 'employment' ? 'S14' : 'S13')
  const named = await collect({ email: 'klara@example.dk', [`Klara ${CPR}`]: 'x' })
  assertRefusedBy('S13', named)
  assert.ok(!named.text.includes('070761'), 'a key may be something typed, too')
  for (const field of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const values = JSON.stringify({ email: 'klara@example.dk' }).replace('}', `,"${field}":"x"}`)
    const body = JSON.stringify(form(doors.kit, { values: 'HERE' })).replace('"HERE"', values)
    const answer = await doors.send('/v1/collections', body, 'application/json')
    assert.equal(answer.status, 400, `${field}: ${answer.text}`)
  }
})

test('a card number is in no field of a form, in whatever dress, nor is its secret', async () => {
  for (const field of [...TEXTS, 'email', 'phone', 'fax', 'payment_card'])
    for (const card of CARDS.slice(0, 3))
      await refusedWhole(field, card, 'S13', field === 'payment_card' ? 'web_payment' : 'web_contact')
  for (const card of CARDS) await refusedWhole('name', card)
  for (const secret of ['cvv 123', 'CVC: 123', 'kontrolcifre 123', 'cvc2=4821'])
    await refusedWhole('delivery_address', `Vej 1, ${secret}`)
  await refusedWhole('payment_card', 'tok_8fA2kQ:42424', 'S13', 'web_payment')
  await refusedWhole('payment_card', '424242:4242', 'S13', 'web_payment')
})

test('a CPR number is in no field but its own, in whatever dress', async () => {
  for (const field of TEXTS)
    for (const text of [CPR, '0707614285', '070761 4285', `Klara ${CPR}`, '070761–4285', '０７０７６１-４２８５'])
      await refusedWhole(field, text)
  await refusedWhole('email', '0707614285@example.dk')
})

test('a CPR number in its own field needs a consent that lives; without it, nothing of the form is taken', async () => {
  const before = await stock(doors.kit)
  assertRefusedBy('S13', await collect({ name: 'Klara', cpr: CPR }))
  assertRefusedBy('S13', await collect({ name: 'Klara', cpr: '070767-4285' }), 'a replacement number is no way round')
  assert.equal(await stock(doors.kit), before)
})

test('a payment card is disclosed to nobody, not even with the person’s consent', async () => {
  const { caseId, subjectId } = await debtCase(doors, 'Strandby Energi', { reference: 'S13-1', cpr: '0101659987' })
  const paid = { name: 'Klara', billing_address: 'Vej 1', payment_card: 'tok_8fA2kQ:4242' }
  await collected(doors, { subjectId, category: 'web_payment', values: paid })
  const clients = await doors.call('GET', '/v1/clients')
  const recipientId = (clients.body['clients'] as { partyId: string }[])[0]?.partyId
  const said = {
    state: 'given',
    subjectId,
    purpose: 'disclosure',
    recipientId,
    text: 'Ja',
    textVersion: '1',
    language: 'da',
  }
  assert.equal((await doors.call('POST', '/v1/consents', said)).status, 201)
  const disclose = (fields?: string[]) =>
    doors.call('POST', `/v1/cases/${caseId}/disclosures`, {
      recipient: { kind: 'creditor' },
      ...(fields && { fields }),
    })
  const named = await disclose(['payment_card'])
  assert.ok(named.status >= 400 && named.status < 500, named.text)
  const all = await disclose()
  assert.ok(!JSON.stringify(all.body['fields'] ?? []).includes('payment_card'), all.text)
  const shell = await doors.cli(['disclose', caseId, '--to', 'creditor', '--fields', 'payment_card'])
  assert.equal(shell.code, 1, shell.out)
})

test('in a client’s file a card, its secret or a stray CPR number rejects the row and is not repeated', async () => {
  const dirty: [string, { [column: string]: string }][] = [
    ['S13-20', { name: `Jens ${CPR}` }],
    ['S13-21', { address: `Vej 1 ${CPR}` }],
    ['S13-22', { text: `Strøm for ${CPR}` }],
    ['S13-23', { note: 'kort 4571 0000 0000 0001' }],
    ['S13-24', { note: 'cvv 123' }],
    ['S13-25', { name: 'Jens 5555555555554444' }],
    ['S13-26', { text: '０７０７６１-４２８５' }],
    ['070761-4285', {}],
  ]
  const before = await stock(doors.kit)
  const file = csv(...dirty.map(([reference, more]) => debtorLine(reference, { cpr: '2506924015', ...more })))
  const done = await doors.deliver('Strandby Energi', file)
  assert.deepEqual([done['rows'], done['rejected']], [dirty.length, dirty.length], JSON.stringify(done))
  assert.equal(await stock(doors.kit), before)
  const rejects = await doors.call('GET', `/v1/imports/${String(done['importId'])}/rejects`)
  const rows = await doors.kit.owner('select distinct line, clause from intake.reject where import_id = $1', [
    done['importId'],
  ])
  assert.equal(new Set(rows.map(row => row['line'])).size, dirty.length)
  assert.ok(
    rows.every(row => row['clause'] === 'S13'),
    JSON.stringify(rows),
  )
  for (const part of ['070761', '4571', '5555', '123', 'Jens']) assert.ok(!rejects.text.includes(part), part)
})

test('the same file from the command line ends the same, and its reject file holds no value', async () => {
  const file = doors.file('dirty.csv', csv(debtorLine('S13-30', { note: `ring ${CPR}` })))
  const done = await doors.cli(['import', file, '--client', 'Strandby Energi'])
  assert.deepEqual([done.code, done.body['rejected']], [0, 1], done.err)
  const written = readFileSync(String(done.body['rejectsFile']), 'utf8')
  assert.match(written, /S13/)
  for (const text of [written, done.out, done.err]) assert.ok(!text.includes('070761'))
})

test('a payment names no card and no CPR number in what is kept as its voucher', async () => {
  const { caseId } = await debtCase(doors, 'Strandby Energi', { reference: 'S13-40', cpr: '2506924015' })
  const good = { payment_date: '2026-11-20', payment_amount: '10.00', currency: 'DKK', voucher_number: 'B-1' }
  const pay = (more: object) => doors.call('POST', `/v1/cases/${caseId}/payments`, { ...good, ...more })
  for (const text of [...CARDS.slice(0, 3), CPR, '0707614285'])
    for (const field of ['payer_name', 'voucher_number']) {
      const answer = await pay({ [field]: text })
      assert.equal(answer.status, 400, `${field}: ${text}`)
      assert.ok(!answer.text.includes(text))
    }
  assert.equal((await pay({ cvv: '123' })).status, 400)
  assert.equal((await pay({ payer_name: 'Jens Jensen' })).status, 201)
})

test('what lies in clear is no hiding place: names of parties, versions of texts, legal bases', async () => {
  const { caseId, subjectId } = await debtCase(doors, 'Strandby Energi', { reference: 'S13-41', cpr: '1107744882' })
  for (const name of [`Jensen ${CPR}`, '4571 0000 0000 0001']) {
    const answer = await doors.call('POST', '/v1/clients', { name })
    assert.equal(answer.status, 400, `client ${name}: ${answer.text}`)
  }
  for (const textVersion of [CPR, '0707614285', '4571000000000001']) {
    const said = { state: 'given', subjectId, purpose: 'service', text: 'Ja', textVersion, language: 'da' }
    assert.equal((await doors.call('POST', '/v1/consents', said)).status, 400, `version ${textVersion}`)
  }
  const authorityId = await doors.party('authorities', 'Gældsstyrelsen')
  const demand = { authorityId, reference: 'J-1', fields: ['name'], demandedOn: '2026-11-20', validUntil: '2026-12-20' }
  for (const text of [CPR, '０７０７６１-４２８５', '070761 – 4285'.replaceAll(' ', ''), '4571 0000 0000 0001']) {
    const answer = await doors.call('POST', `/v1/cases/${caseId}/demands`, { ...demand, legalBasis: `RPL ${text}` })
    assert.equal(answer.status, 400, `basis ${text}`)
  }
})

test('a CPR number is no argument of a command and no part of an address, and is never repeated', async () => {
  for (const args of [
    ['person', 'find', CPR],
    ['person', 'find', `--cpr=${CPR}`],
    ['access', CPR],
    ['access', '--person', CPR],
    ['case', 'show', CPR],
  ]) {
    const done = await doors.cli(args)
    assert.ok(done.code === 1 || done.code === 2, args.join(' '))
    for (const text of [done.out, done.err]) assert.ok(!text.includes('070761'), `${args.join(' ')}: ${text}`)
  }
  for (const path of [`/v1/cases/${CPR}`, `/v1/people/${CPR}/consents`, `/v1/${CPR}`, `/v1/imports?client=${CPR}`]) {
    const answer = await doors.call('GET', path)
    assert.ok(answer.status < 500, `${path}: ${answer.status}`)
    assert.ok(!answer.text.includes('070761'), `${path}: ${answer.text}`)
  }
  assert.ok(!doors.kit.log.join('\n').includes('070761'))
})

test('the number lies in no column in clear, and neither a role nor a guess can look it up there', async () => {
  const { subjectId } = await collected(doors)
  const said = { state: 'given', subjectId, purpose: 'service', text: 'Ja', textVersion: '1', language: 'da' }
  const consentId = String((await doors.call('POST', '/v1/consents', said)).body['consentId'])
  const { recordId } = await collected(doors, { subjectId, consentId, values: { name: 'Klara', cpr: CPR } })
  const row = await rowOf(doors.kit, recordId)
  assert.ok(!JSON.stringify(row).includes('070761'))
  for (const guess of ['0707614285', CPR]) {
    for (const hash of ['md5', 'sha224', 'sha256', 'sha512']) {
      const hashed = hash === 'md5' ? `decode(md5($1), 'hex')` : `${hash}($1::bytea)`
      const [found] = await doors.kit.owner(
        `select count(*)::int as n from subjects.lookup where substring(${hashed} for 16) = digest`,
        [guess],
      )
      assert.equal(found?.['n'], 0)
    }
  }
  await assertForbidden(doors.kit, 'select * from subjects.lookup', ['integrator', 'public'])
  const found = await doors.cli(['person', 'find'], `${CPR}\n`)
  assert.equal((found.body['people'] as { subjectId: string }[])[0]?.subjectId, subjectId, found.err)
  assert.ok(!problemOf(found).code)
})
