/** What is done on a case: who may see it, what closing, payments, demands and holds demand. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { client, debtor, type Debtor } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import type { Call, Outcome } from '../platform/command.ts'
import { fit } from '../platform/json-body.ts'
import { Problem } from '../platform/problems.ts'
import type { ApiAnswer } from '../platform/route.ts'
import { act, look, type Actor } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import { routes as partyRoutes } from '../work/api.ts'
import { commands as partyCommands } from '../work/cli.ts'
import * as work from '../work/work.ts'
import { routes } from './api.ts'
import * as cases from './cases.ts'
import { commands } from './cli.ts'

let kit: Kit
let asta: Debtor

before(async () => {
  kit = await openKit()
  asta = await debtor(kit, { reference: 'R-100' })
})
after(() => kit.close())

const worker = () => kit.actor('caseWorker')
const isProblem = (code: string, clause?: string) => (error: unknown) =>
  error instanceof Problem && error.code === code && (clause === undefined || error.refusal.clause === clause)
const hasFault = (code: string) => (error: unknown) =>
  error instanceof Problem && error.refusal.faults?.some(it => it.code === code) === true
const entriesOf = async (of: Debtor) => {
  const rows = await act(kit.world, worker(), async ctx => {
    await cases.hold(ctx, { caseId: of.caseId, reason: 'claim', reviewOn: await day('30 days') })
    return subjects.entriesOf(ctx, of.subjectId)
  })
  return rows.map(it => it.body!)
}
const day = async (from: string) =>
  (await kit.owner(`select (current_date + interval '${from}')::date::text as day`))[0]!['day'] as string

type Asking = { params?: { [name: string]: string }; body?: unknown; query?: unknown }

async function api(id: string, actor: Actor, { params = {}, body, query }: Asking = {}): Promise<ApiAnswer> {
  const route = [...routes, ...partyRoutes].find(it => it.id === id)!
  const read = { body: route.body && fit(route.body, body), query: route.query && fit(route.query, query ?? {}) }
  const answer = await route.handle({
    world: kit.world,
    actor,
    params,
    ...read,
    request: new Request('http://localhost'),
    language: 'da',
  })
  if (route.response && answer.body !== undefined) fit(route.response, JSON.parse(JSON.stringify(answer.body)))
  return answer
}

function cli(name: string, args: string[], options: Call['options'] = {}, input = ''): Promise<Outcome> {
  const call: Call = {
    args,
    options,
    language: 'en',
    cwd: kit.folder,
    env: {},
    world: async () => kit.world,
    actor: surface => kit.actor('admin', surface),
    ask: async () => input,
    input: async () => input,
    progress: () => undefined,
  }
  return [...commands, ...partyCommands].find(it => it.name === name)!.run(call)
}

test('S12, S18: reading an open case shows what collecting needs, and the log says who saw which fields', async () => {
  const file = await act(kit.world, worker(), ctx => cases.show(ctx, asta.caseId))
  const values = Object.assign({}, ...file.records.map(it => it.values)) as Record<string, string>
  assert.deepEqual([values['name'], values['reference']], ['Asta Prøvebjerg', 'R-100'])
  const read = (await entriesOf(asta)).filter(it => it.kind === 'subjects.read')
  assert.equal(read.length, 1)
  assert.deepEqual(
    [read[0]!.actor.id, read[0]!.purpose, (read[0]!['fields'] as string[]).includes('cpr')],
    ['test:caseWorker', 'debt_collection', true],
  )
  await assert.rejects(
    act(kit.world, kit.actor('auditor'), ctx => cases.show(ctx, asta.caseId)),
    isProblem('identity.not_allowed'),
  )
})

test('S25: a restricted record is named with its clause and not shown', async () => {
  const of = await debtor(kit, { reference: 'R-101' })
  await act(kit.world, worker(), async ctx => {
    await subjects.restrict(ctx, of.subjectId, [of.records.contact])
    await cases.hold(ctx, { caseId: of.caseId, reason: 'dispute', reviewOn: await day('30 days') })
  })
  const file = await act(kit.world, worker(), ctx => cases.show(ctx, of.caseId))
  assert.deepEqual(
    file.withheld.map(it => [it.category, it.clause]),
    [['debtor_contact', 'S25']],
  )
  assert.ok(!file.records.some(it => 'email' in it.values))
})

test('a closed case is refused by name of clause, to reading, closing again, a lawyer and a payment', async () => {
  const of = await debtor(kit, { reference: 'R-102' })
  const closed = await act(kit.world, worker(), ctx => cases.close(ctx, { caseId: of.caseId, reason: 'paid' }))
  assert.deepEqual([closed.state, closed.closeReason], ['closed', 'paid'])
  for (const verb of [
    () => act(kit.world, worker(), ctx => cases.show(ctx, of.caseId)),
    () => act(kit.world, worker(), ctx => cases.close(ctx, { caseId: of.caseId, reason: 'paid' })),
    () => act(kit.world, worker(), ctx => cases.assignLawyer(ctx, of.caseId, of.clientId)),
    () => act(kit.world, worker(), ctx => cases.recordPayment(ctx, of.caseId, {})),
  ]) {
    await assert.rejects(verb(), isProblem('work.case_closed', 'S12'))
  }
})

test('a case is not closed on a day to come, nor before it was opened', async () => {
  for (const closedOn of [await day('1 day'), await day('-1 day'), '2026-02-30']) {
    const closing = act(kit.world, worker(), ctx => cases.close(ctx, { caseId: asta.caseId, reason: 'paid', closedOn }))
    await assert.rejects(closing, hasFault('case.closing_date'), closedOn)
  }
})

test('S23: a payment makes a voucher and a record that stays five years from its financial year', async () => {
  const of = await debtor(kit, { reference: 'R-103' })
  const today = await day('0 days')
  const payment = {
    payment_date: today,
    payment_amount: '340.50',
    currency: 'DKK',
    voucher_number: 'B-77',
    payer_name: 'Asta  Prøvebjerg',
  }
  const made = await act(kit.world, worker(), ctx => cases.recordPayment(ctx, of.caseId, payment))
  const year = Number(today.slice(0, 4))
  assert.deepEqual([made.financialYearEndsOn, made.floorUntil], [`${year}-12-31`, `${year + 5}-12-31`])
  const [row] = await kit.owner(
    `select category, is_accounting, source, purpose, voucher_id::text, notice_id::text
      from subjects.record where record_id = $1`,
    [made.recordId],
  )
  assert.deepEqual(row, {
    category: 'accounting_entry',
    is_accounting: true,
    source: 'internal',
    purpose: 'bookkeeping',
    voucher_id: made.voucherId,
    notice_id: of.noticeId,
  })
  const erasing = kit.as('worker', 'select subjects.erase($1, $2::uuid[], $3)', [of.subjectId, [made.recordId], 'test'])
  await assert.rejects(erasing, (error: { code?: string }) => error.code === 'IN023')
  const shown = await act(kit.world, worker(), ctx => cases.show(ctx, of.caseId))
  assert.ok(shown.records.some(it => it.values['payer_name'] === 'Asta Prøvebjerg'))
})

test('S23: a payment of tomorrow, of a closed year, of no amount or with a card number is refused', async () => {
  const fine = { payment_date: await day('0 days'), payment_amount: '10.00', currency: 'DKK', voucher_number: 'B-1' }
  const pay = (change: cases.PaymentInput) =>
    act(kit.world, worker(), ctx => cases.recordPayment(ctx, asta.caseId, { ...fine, ...change }))
  await assert.rejects(pay({ payment_date: await day('1 day') }), hasFault('payment.in_the_future'))
  await assert.rejects(pay({ payment_date: await day('-3 years') }), isProblem('work.year_closed', 'S23'))
  await assert.rejects(pay({ payment_date: '29-02-2026' }), hasFault('payment.date_form'))
  for (const payment_amount of ['0.00', '-1.00', '1,00', '1', ''])
    await assert.rejects(pay({ payment_amount }), hasFault('payment.amount_form'))
  await assert.rejects(pay({ currency: 'kr' }), hasFault('payment.currency_form'))
  await assert.rejects(pay({ voucher_number: '' }), hasFault('payment.number_form'))
  await assert.rejects(pay({ payer_name: '4111 1111 1111 1111' }), hasFault('payment.holds_a_card'))
})

test('S21: a demand names authority, basis, fields and days; its reference is sealed, its entry hidden', async () => {
  const authorityId = (
    await act(kit.world, kit.actor('admin'), ctx => work.register(ctx, { kind: 'authority', name: 'Skattestyrelsen' }))
  ).partyId
  const today = await day('0 days')
  const fine = {
    authorityId,
    reference: 'HEMMELIG-7',
    legalBasis: 'Skattekontrolloven § 59',
    fields: ['name'],
    demandedOn: today,
    validUntil: today,
  }
  const add = (change: object) =>
    act(kit.world, worker(), ctx => cases.recordDemand(ctx, asta.caseId, { ...fine, ...change }))
  const demandId = await add({})
  await assert.rejects(add({ authorityId: asta.clientId }), isProblem('not_found'))
  await assert.rejects(add({ fields: ['note'] }), hasFault('demand.field_unknown'))
  await assert.rejects(add({ fields: [] }), hasFault('demand.fields_needed'))
  await assert.rejects(add({ reference: ' ' }), hasFault('demand.reference_needed'))
  await assert.rejects(add({ legalBasis: 'om 010165-9995' }), hasFault('demand.basis_holds_a_number'))
  await assert.rejects(
    add({ demandedOn: await day('1 day'), validUntil: await day('2 days') }),
    hasFault('demand.date_form'),
  )
  await assert.rejects(add({ validUntil: await day('13 months') }), hasFault('demand.too_long'))
  const [row] = await kit.owner('select sealed_reference from work.demand where demand_id = $1', [demandId])
  assert.ok(!(row!['sealed_reference'] as Buffer).includes('HEMMELIG-7'))
  const text = await act(kit.world, worker(), async ctx => {
    await cases.hold(ctx, { caseId: asta.caseId, reason: 'claim', reviewOn: await day('30 days') })
    return subjects.unsealText(ctx, asta.subjectId, demandId, (await work.demandOf(ctx, demandId)).sealedReference)
  })
  assert.equal(text, 'HEMMELIG-7')
  const [opening] = await kit.owner(
    'select count(*)::int as n from subjects.opening where subject_id = $1 and visible_from is null',
    [asta.subjectId],
  )
  assert.deepEqual(opening, { n: 1 })
})

test('S19: a hold has an owner and a review within a year, is listed and is lifted', async () => {
  const of = await debtor(kit, { reference: 'R-104' })
  for (const reviewOn of [await day('0 days'), await day('13 months'), 'soon']) {
    const holding = act(kit.world, worker(), ctx => cases.hold(ctx, { caseId: of.caseId, reason: 'dispute', reviewOn }))
    await assert.rejects(holding, hasFault('hold.review_date'))
  }
  await act(kit.world, worker(), async ctx =>
    cases.hold(ctx, { caseId: of.caseId, reason: 'dispute', reviewOn: await day('40 days') }),
  )
  const standing = async () => (await look(kit.world, worker(), cases.holds)).filter(it => it.caseId === of.caseId)
  assert.deepEqual(
    (await standing()).map(it => [it.reason, it.isLate]),
    [['dispute', false]],
  )
  await act(kit.world, worker(), ctx => cases.liftHold(ctx, of.caseId, 'dispute'))
  assert.deepEqual(await standing(), [])
  await assert.rejects(
    act(kit.world, worker(), ctx => cases.liftHold(ctx, of.caseId, 'dispute')),
    isProblem('not_found'),
  )
})

test('a client’s key sees ids, states and dates of its own cases; another’s is as absent as none', async () => {
  const own = kit.actor('client', 'api', asta.clientId)
  const bo = await debtor(kit, { reference: 'B-1', client: 'Havn Møbler' })
  const seen = (await api('showCase', own, { params: { caseId: asta.caseId } })).body as object
  assert.deepEqual(
    Object.keys(seen).filter(it => it === 'records' || it === 'values'),
    [],
  )
  const never = '4a0c4a40-0000-4000-8000-000000000000'
  const answers = await Promise.all(
    [bo.caseId, never, 'x', `${never}'; drop`].map(caseId =>
      api('showCase', own, { params: { caseId } }).catch((error: Problem) => error.code),
    ),
  )
  assert.deepEqual(new Set(answers), new Set(['not_found']))
  for (const partyId of [bo.clientId, never]) {
    await assert.rejects(api('listCases', own, { params: { partyId } }), isProblem('not_found'))
  }
  for (const name of ['Havn Møbler', 'Findes Ikke ApS']) {
    await assert.rejects(api('findCase', own, { body: { client: name, reference: 'B-1' } }), isProblem('not_found'))
  }
  const found = await api('findCase', own, { body: { client: 'Strandby Energi', reference: 'R-100' } })
  assert.deepEqual(found.body, { caseId: asta.caseId })
  const list = (await api('listCases', own, { params: { partyId: asta.clientId } })).body as { cases: cases.CaseView[] }
  assert.ok(list.cases.length >= 5 && list.cases.every(it => it.clientId === asta.clientId))
})

test('the command line does the same, asks for references and masks the CPR number', async () => {
  const found = await cli('case find', ['Strandby Energi'], {}, 'R-100')
  assert.deepEqual(found.json, { caseId: asta.caseId })
  const shown = await cli('case show', [asta.caseId])
  assert.ok(shown.lines.some(line => line.includes('cpr: 010165-xxxx')) && !shown.lines.join().includes('0101659995'))
  const payment = { payment_date: await day('0 days'), payment_amount: '5.00', currency: 'DKK', voucher_number: 'B-2' }
  const paid = await cli('payment add', [asta.caseId], {}, JSON.stringify(payment))
  assert.match(paid.lines[0]!, /^[0-9a-f-]{36} {2}\d{4}-12-31$/)
  await assert.rejects(
    cli('payment add', [asta.caseId], {}, JSON.stringify({ ...payment, surprise: '1' })),
    hasFault('field.unknown'),
  )
  await cli('lawyer add', ['Advokat Krog'])
  await cli('case lawyer', [asta.caseId], { lawyer: 'Advokat Krog' })
  await assert.rejects(
    cli('case lawyer', [asta.caseId], { lawyer: 'Strandby Energi' }),
    isProblem('work.client_unknown'),
  )
  await cli('authority add', ['Fogedretten'])
  const today = await day('0 days')
  await cli(
    'demand add',
    [asta.caseId],
    { authority: 'Fogedretten', basis: 'Retsplejeloven § 804', fields: 'name,address', demanded: today, until: today },
    'FS-1',
  )
  assert.match((await cli('demand list', [asta.caseId])).lines.join('\n'), /Fogedretten .* name,address/)
  await cli('hold add', [asta.caseId], { reason: 'dispute', review: await day('20 days') })
  await cli('hold lift', [asta.caseId], { reason: 'dispute' })
  assert.ok((await cli('hold list', [])).lines.length >= 1)
  const last = await debtor(kit, { reference: 'R-105' })
  assert.match((await cli('case close', [last.caseId], { reason: 'recalled' })).lines[0]!, /closed .* recalled$/)
  await assert.rejects(cli('case close', [last.caseId], { reason: 'tired' }), isProblem('usage'))
  assert.match(
    (await cli('case list', [], { client: 'Strandby Energi' })).lines.join('\n'),
    new RegExp(`${last.caseId} {2}closed`),
  )
})

test('a party has a name, a company number that can exist and a key one can encrypt to', async () => {
  const [plain, hybrid] = await Promise.all(
    [generateX25519Identity(), generateHybridIdentity()].map(async identity => identityToRecipient(await identity)),
  )
  for (const [name, ageRecipient] of [
    ['Nordlys Energi', plain],
    ['Fjord Tele', hybrid],
  ] as const) {
    const made = (
      await api('registerClient', kit.actor('admin'), { body: { name, cvr: 'DK 34 59 38 33', ageRecipient } })
    ).body as work.PartyRow
    assert.deepEqual([made.cvr, made.ageRecipient], ['34593833', ageRecipient])
  }
  const refuse = async (body: object, is: (error: unknown) => boolean) =>
    assert.rejects(api('registerClient', kit.actor('admin'), { body }), is)
  await refuse({ name: 'Nordlys  ENERGI' }, isProblem('work.client_exists'))
  await refuse({ name: 'Ny', cvr: '12345678' }, isProblem('request.invalid'))
  await refuse({ name: ' ' }, isProblem('request.invalid'))
  await refuse({ name: 'Ny', partyId: asta.clientId }, isProblem('request.invalid'))
  const broken = `${plain!.slice(0, -1)}${plain!.endsWith('q') ? 'p' : 'q'}`
  for (const ageRecipient of ['age1', broken, 'AGE-SECRET-KEY-1QQQ', 'ssh-ed25519 AAAA', '']) {
    await refuse({ name: 'Ny', ageRecipient }, isProblem('work.key_invalid'))
  }
  const params = { partyId: await client(kit) }
  await api('setClientKey', kit.actor('admin'), { params, body: { ageRecipient: plain } })
  await assert.rejects(
    api('setLawyerKey', kit.actor('admin'), { params, body: { ageRecipient: plain } }),
    isProblem('not_found'),
  )
  await assert.rejects(cli('client key', ['Strandby Energi'], { key: broken }), isProblem('work.key_invalid'))
  assert.match((await cli('client list', [])).lines.join('\n'), /Nordlys Energi {2}34593833 {2}age1/)
  const list = (await api('listAuthorities', kit.actor('officer'))).body as { authorities: object[] }
  assert.ok(list.authorities.length >= 1)
})
