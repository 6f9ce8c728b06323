/** Which column of a client’s file holds what: the headers we know, and those that are refused or passed over. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIELDS, mapColumns, type FieldCode, type MappedColumns } from './columns.ts'

function fieldsOf(mapped: MappedColumns): readonly (FieldCode | undefined)[] {
  assert.ok(mapped.ok, JSON.stringify(mapped))
  const { at } = mapped.columns
  return FIELDS.filter(field => at[field] !== undefined).sort((one, other) => (at[one] ?? 0) - (at[other] ?? 0))
}

const LAYOUTS: readonly (readonly [rule: string, header: string, fields: string])[] = [
  [
    'a Danish export',
    'Sagsnr;Navn;CPR-nr.;Adresse;Postnr;By;Hovedstol',
    'reference name cpr address postcode city principal',
  ],
  [
    'a reminder list with underscores',
    'Kunde_Nr;Navn;Adresse;Postnr;By;Faktura_Dato;Faktura_Nr;Forfaldsdato;Rykker_Beløb;Rykker_Gebyr;Rykker_Renten',
    'reference name address postcode city invoice_date invoice_number due_date principal fee interest',
  ],
  [
    'English headers',
    'Reference,Full name,SSN,Street,Zip,Town,Country,E-mail,Mobile,Balance,Due date,Closed on,Close reason',
    'reference name cpr address postcode city country email phone principal due_date closed_on close_reason',
  ],
  ['the codes themselves', FIELDS.join(';'), FIELDS.join(' ')],
  [
    'capitals, blanks and spelt-out letters',
    ' SAGSNR. ;NAVN;BELOEB; bemaerkning ;LUKKEÅRSAG;C/O',
    'reference name principal note close_reason co_address',
  ],
  ['letters that came decomposed', 'Sagsnr;Navn;Beløb;Lukkea\u030Arsag', 'reference name principal close_reason'],
]
for (const [rule, header, fields] of LAYOUTS) {
  test(`headers are known: ${rule}`, () => {
    assert.deepEqual(fieldsOf(mapColumns(header.split(header.includes(';') ? ';' : ','))), fields.split(' '))
  })
}

test('unknown columns are told by position and not taken (S14)', () => {
  const mapped = mapColumns(['Sagsnr', 'Religion', 'Navn', '__proto__', 'Hovedstol', ''])
  assert.deepEqual(mapped, { ok: true, columns: { at: { reference: 0, name: 2, principal: 4 } }, unknown: [2, 4, 6] })
})

test('missing and doubled columns are problems of the file, all told at once', () => {
  assert.deepEqual(mapColumns(['Navn', 'Skyldner', 'CPR']), {
    ok: false,
    problems: [
      { code: 'columns_missing', field: 'reference' },
      { code: 'columns_missing', field: 'principal' },
      { code: 'columns_duplicate', field: 'name', positions: [1, 2] },
    ],
  })
})

test('a first line of data is not taken for headers, and is not repeated', () => {
  for (const cell of ['070761-4285', '4571 0000 0000 0001', 'a@example.com', '03-02-2026']) {
    assert.deepEqual(mapColumns(['K-1', 'Jens Hansen', cell]), { ok: false, problems: [{ code: 'columns_no_header' }] })
  }
})

test('a saved mapping decides before the guess, ignores what it says and sets the decimal mark', () => {
  const columns = [
    { header: 'Felt 1', field: 'reference' as const },
    { header: 'REST', field: 'principal' as const },
    { header: 'saldo', field: 'ignore' as const },
  ]
  assert.deepEqual(mapColumns(['Felt 1', 'Navn', 'Rest', 'Saldo'], { columns, decimal: ',' }), {
    ok: true,
    columns: { at: { reference: 0, name: 1, principal: 2 }, decimal: ',' },
    unknown: [],
  })
  assert.deepEqual(mapColumns(['Felt 1', 'Navn', 'Rest'], { columns }), {
    ok: false,
    problems: [{ code: 'columns_mapping' }],
  })
})
