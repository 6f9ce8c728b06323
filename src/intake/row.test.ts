/** One row of a file: what is read from it, and what is refused, remarked or left for a person to look at. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FIELDS, type Columns, type FieldCode } from './columns.ts'
import { readRow, type RowResult } from './row.ts'

const TODAY = '2026-11-22'
const COLUMNS: Columns = { at: Object.fromEntries(FIELDS.map((field, index) => [field, index])) }
const GOOD: { readonly [field in FieldCode]?: string } = {
  reference: 'K-1',
  name: 'Søren Møller',
  cpr: '070761-4285',
  address: 'Nørregade 1',
  postcode: '8000',
  principal: '1.234,56',
  invoice_date: '01-02-2026',
  due_date: '01-03-2026',
}

function read(changes: { readonly [field in FieldCode]?: string } = {}, columns = COLUMNS): RowResult {
  const cells = { ...GOOD, ...changes }
  return readRow(
    FIELDS.map(field => cells[field] ?? ''),
    columns,
    TODAY,
  )
}

/** 'column:code' of every fault or warning. */
function told(result: RowResult): readonly string[] {
  return (result.kind === 'reject' ? result.faults : result.warnings).map(({ column, code }) => `${column}:${code}`)
}

test('a good row becomes a debtor in normal form', () => {
  const result = read({
    email: 'A@Example.com',
    phone: '20 12 34 56',
    interest: '10,00',
    country: 'Danmark',
    note: ' Bor\nher ',
  })
  assert.ok(result.kind === 'new')
  assert.deepEqual(result, {
    kind: 'new',
    warnings: [],
    row: {
      reference: 'K-1',
      name: 'Søren Møller',
      cpr: '0707614285',
      born: '1961-07-07',
      replacement_number: '',
      cvr: '',
      address: 'Nørregade 1',
      co_address: '',
      postcode: '8000',
      city: '',
      country: 'DK',
      email: 'A@example.com',
      phone: '+4520123456',
      principal: 123_456,
      interest: 1_000,
      fee: 0,
      currency: 'DKK',
      invoice_number: '',
      invoice_date: '2026-02-01',
      due_date: '2026-03-01',
      claim_text: '',
      note: 'Bor her',
      closed_on: '',
      close_reason: '',
    },
  })
})

test('S20: only a person with outstanding debt may come in', () => {
  assert.deepEqual(told(read({ principal: '0,00' })), ['principal:balance_zero'])
  assert.deepEqual(told(read({ principal: '-5,00' })), ['principal:balance_negative'])
  assert.deepEqual(told(read({ principal: '' })), ['principal:required'])
  assert.deepEqual(told(read({ status: 'Betalt' })), ['status:status_paid_open'])
  assert.equal(read({ principal: '0,00', interest: '1,00' }).kind, 'new')
})

test('amounts end at ten million, the sum included', () => {
  assert.equal(read({ principal: '10.000.000,00' }).kind, 'new')
  assert.deepEqual(told(read({ principal: '10.000.000,01' })), ['principal:amount_limit'])
  assert.deepEqual(told(read({ principal: '9.999.999,00', interest: '2,00' })), ['principal:amount_limit'])
  assert.deepEqual(told(read({ principal: '1.234' })), ['principal:amount_ambiguous'])
  assert.equal(read({ principal: '1.234' }, { ...COLUMNS, decimal: ',' }).kind, 'new')
})

const SCREENED: readonly FieldCode[] = [
  'reference',
  'name',
  'address',
  'co_address',
  'city',
  'invoice_number',
  'claim_text',
  'note',
  'email',
  'phone',
]
for (const field of SCREENED) {
  test(`S13: a card or CPR number in ${field} refuses the row by that field and is not repeated`, () => {
    for (const secret of ['4571 0000 0000 0001', '110774-4882', 'x 4571-0000-0000-0001 x']) {
      const result = read({ [field]: secret })
      assert.ok(
        result.kind === 'reject' && result.faults.some(fault => fault.column === field && fault.clause === 'S13'),
        secret,
      )
      assert.doesNotMatch(JSON.stringify(result), /4571|110774|4882/)
    }
  })
}

test("S13: the row's own CPR number in a note is found however it is spelt", () => {
  assert.deepEqual(told(read({ cpr: '250692-4015', note: 'cpr 2506924015' })), ['note:cpr_in_text'])
  assert.equal(read({ note: 'faktura 2506924015' }).kind, 'new')
})

test('a note that tells something sensitive is left out; the row goes on with a warning (S14)', () => {
  for (const note of [
    'Har KRÆFT',
    'er sygemeldt',
    'formand i fagforeningen',
    'i fængsel til maj',
    'Diagnose: se brev',
  ]) {
    const result = read({ note })
    assert.ok(result.kind === 'new' && result.row.note === '', note)
    assert.deepEqual(told(result), ['note:note_sensitive'])
  }
  for (const note of ['kræftig stemme', 'dyrehospitalets regning', 'Ønsker afdrag']) {
    const result = read({ note })
    assert.ok(result.kind === 'new' && result.row.note === note, note)
  }
})

test('who the person is must be certain: CPR, CVR, or address with postcode', () => {
  assert.deepEqual(told(read({ cpr: '', address: '' })), ['cpr:identity_missing'])
  assert.deepEqual(told(read({ cpr: '', postcode: '' })), ['cpr:identity_missing'])
  assert.deepEqual(told(read({ cpr: '', address: '', email: 'a@example.com', phone: '20123456' })), [
    'cpr:identity_missing',
  ])
  assert.deepEqual(told(read({ cpr: '670761-4285', address: '' })), ['cpr:identity_missing'])
  for (const changes of [{ address: '' }, { cpr: '' }, { cpr: '', address: '', cvr: '34593833' }]) {
    assert.equal(read(changes).kind, 'new')
  }
})

test('a replacement number is kept, but not as a CPR number', () => {
  const result = read({ cpr: '670761-4285' })
  assert.ok(result.kind === 'new' && result.row.cpr === '' && result.row.replacement_number === '6707614285')
})

const REVIEWS: readonly (readonly [reason: string, changes: { readonly [field in FieldCode]?: string }])[] = [
  ['minor', { cpr: '231108-4000' }],
  ['implausible_age', { cpr: '010298-5000' }],
  ['deceased', { name: 'Afdøde Jens Hansen' }],
  ['deceased', { co_address: 'c/o bobestyrer Lund' }],
  ['guardian', { note: 'Post til værgen' }],
  ['protected_address', { name: 'NAVNE & ADRESSEBESKYTTET' }],
  ['protected_address', { address: 'Navne- og adressebeskyttelse' }],
  ['sensitive_claim', { claim_text: 'Psykologsamtale 3' }],
]
for (const [reason, changes] of REVIEWS) {
  test(`somebody must look: ${reason} (${Object.keys(changes)[0]})`, () => {
    const result = read(changes)
    assert.equal(result.kind === 'review' && result.reason, reason)
  })
}

test('a person is of age on the day of turning 18', () => {
  assert.equal(read({ cpr: '221108-4000' }).kind, 'new')
  assert.equal(read({ cpr: '231108-4000' }).kind, 'review')
})

test('dates are real, past and in order', () => {
  assert.deepEqual(told(read({ invoice_date: '23-11-2026', due_date: '' })), ['invoice_date:date_future'])
  assert.deepEqual(told(read({ due_date: '31-01-2026' })), ['due_date:due_before_invoice'])
  assert.deepEqual(told(read({ due_date: '30-02-2026' })), ['due_date:date_not_real'])
  assert.equal(read({ due_date: '01-02-2026' }).kind, 'new')
})

test('a closed row needs its reference alone and takes nothing else', () => {
  const result = readRow(
    FIELDS.map(
      field =>
        ({
          reference: 'K-1',
          name: 'X 4571 0000 0000 0001',
          cpr: 'nonsense',
          status: 'Lukket',
          closed_on: '01-11-2026',
          close_reason: 'Betalt',
        })[field as string] ?? '',
    ),
    COLUMNS,
    TODAY,
  )
  assert.ok(result.kind === 'closed')
  assert.deepEqual([result.row.reference, result.row.closed_on, result.row.close_reason], ['K-1', '2026-11-01', 'paid'])
  assert.deepEqual([result.row.name, result.row.cpr], ['', ''])
  assert.deepEqual(told(read({ reference: '', status: 'Lukket' })), ['reference:required'])
  assert.deepEqual(told(read({ reference: '110774-4882', status: 'Lukket' })), ['reference:cpr_in_text'])
})

test('all faults of a row are told at once', () => {
  const result = read({
    name: '',
    cpr: '300299-1234',
    postcode: '9999',
    principal: 'x',
    due_date: '1-1-26',
    currency: 'BTC',
  })
  assert.deepEqual(told(result), [
    'cpr:cpr_date',
    'name:required',
    'postcode:postcode_range',
    'principal:amount_form',
    'currency:currency_unknown',
    'due_date:date_two_digit_year',
  ])
})

test('a mark against formulas in the client’s file is taken off again (B16)', () => {
  const result = read({ name: "'=Hansen", principal: '-5,00' })
  assert.deepEqual(told(result), ['principal:balance_negative'])
  const clean = read({ name: "'@Hansen" })
  assert.ok(clean.kind === 'new' && clean.row.name === '@Hansen')
})

test('a cell that is missing from the row, or huge, is refused by name', () => {
  assert.deepEqual(told(readRow([], COLUMNS, TODAY)), [
    'reference:required',
    'name:required',
    'cpr:identity_missing',
    'principal:required',
  ])
  for (const unit of ['=', '4571 ', 'a@', ' ', 'Ã', '0']) {
    const huge = unit.repeat(50_000)
    assert.equal(
      readRow(
        FIELDS.map(() => huge),
        COLUMNS,
        TODAY,
      ).kind,
      'reject',
    )
  }
})

test('no answer but a taken row repeats a value, and nothing throws (A2)', () => {
  const cell = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      '',
      '070761-4285',
      '1.234,56',
      '01-02-2026',
      'DK',
      '4571 0000 0000 0001',
      'Lukket',
      "'=x",
      '\uFFFD',
      '__proto__',
    ),
  )
  fc.assert(
    fc.property(fc.array(cell, { minLength: FIELDS.length, maxLength: FIELDS.length }), cells => {
      const result = readRow(cells, COLUMNS, TODAY)
      assert.deepEqual(readRow([...cells], COLUMNS, TODAY), result)
      if (result.kind !== 'reject') return
      for (const fault of result.faults) assert.deepEqual(Object.keys(fault), ['column', 'code', 'clause'])
      assert.ok(result.faults.every(({ column }) => FIELDS.includes(column)))
    }),
  )
})
