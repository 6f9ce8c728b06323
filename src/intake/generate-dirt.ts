/** Every way to spoil a synthetic row, with what reading it must come to: files made so test the rules that refuse. */
import { csvCell } from '../lib/csv-write.ts'
import type { RecordCode } from '../lib/csv-record.ts'
import type { FieldCode } from './columns.ts'
import type { RejectCode } from './reject-texts.ts'
import type { ReviewReason } from './row.ts'

/** The cells of one synthetic row. */
export type Cells = { [field in FieldCode]: string }

/** What reading a dirty row must come to. */
export type Expected =
  | { readonly kind: 'reject' | 'warning'; readonly code: RejectCode }
  | { readonly kind: 'review'; readonly reason: ReviewReason }
  | { readonly kind: 'line'; readonly code: RecordCode }

/** One way to spoil a row. `spoil` changes cells; `line` replaces the finished line instead. */
export type Dirt = {
  readonly expected: Expected
  readonly spoil: Partial<Cells> | ((cells: Cells) => Partial<Cells>)
  readonly line?: (cells: readonly string[], delimiter: string) => string
  /** Cannot be written in Windows-1252 without becoming something else. */
  readonly onlyUtf8?: boolean
}

/** Every reason to refuse, to look at or to remark on a row, at least once. */
export const DIRT: readonly Dirt[] = [
  reject('required', { reference: '' }),
  reject('required', { name: '' }),
  reject('required', { principal: '' }),
  reject('identity_missing', { cpr: '', cvr: '', postcode: '' }),
  reject('name_form', { name: 'Ukendt' }),
  reject('text_long', { address: 'Lang '.repeat(50) }),
  { ...reject('text_mangled', { name: 'JÃ¸rgen MÃ¸ller' }), onlyUtf8: true },
  reject('card_in_text', { note: 'Betalte med 4571 0000 0000 0001' }),
  reject('card_in_text', { co_address: '5019-0000-0000-0008' }),
  reject('card_secret_in_text', { note: 'Kortets CVV: 123' }),
  reject('cpr_in_text', cells => ({ name: `${cells.name} ${cells.cpr}` })),
  reject('cpr_in_text', { reference: '110774-4882' }),
  reject('cpr_form', { cpr: '12345' }),
  reject('cpr_date', { cpr: '300299-9001' }),
  reject('cpr_leading_zero', { cpr: '705839003' }),
  reject('cpr_masked', { cpr: '070583-XXXX' }),
  reject('cpr_born_future', { cpr: '070536-9003' }),
  reject('cvr_form', { cvr: '1234' }),
  reject('cvr_check', { cvr: '12345678' }),
  reject('postcode_form', { postcode: 'Valby' }),
  reject('postcode_short', { postcode: '999' }),
  reject('postcode_range', { postcode: '9999' }),
  reject('country_unknown', { country: 'Atlantis' }),
  reject('amount_form', { principal: 'et tusind' }),
  reject('amount_ambiguous', { principal: '1.234' }),
  reject('amount_decimals', { principal: '12,3456' }),
  reject('amount_too_large', { principal: '99999999999999999,00' }),
  reject('amount_limit', { principal: '10.000.000,01' }),
  reject('amount_negative', { interest: '-10,00' }),
  reject('balance_zero', { principal: '0,00', interest: '', fee: '' }),
  reject('balance_negative', { principal: '-1.234,56' }),
  reject('currency_unknown', { currency: 'BTC' }),
  reject('date_form', { invoice_date: 'i går' }),
  reject('date_two_digit_year', { invoice_date: '01-02-24' }),
  reject('date_not_real', { invoice_date: '30-02-2024' }),
  reject('date_future', { due_date: '01-01-2199' }),
  reject('due_before_invoice', { invoice_date: '02-02-2024', due_date: '01-02-2024' }),
  reject('status_unknown', { status: 'måske' }),
  reject('status_contradiction', { status: 'Aktiv', closed_on: '01-02-2024' }),
  reject('status_paid_open', { status: 'Betalt', closed_on: '' }),
  warning('closed_on_assumed', { status: 'Lukket', closed_on: '', close_reason: '' }),
  warning('close_reason_other', { status: 'Lukket', closed_on: '01-02-2024', close_reason: 'uoplyst' }),
  warning('email_form', { email: 'a@example.com, b@example.com' }),
  warning('email_long', { email: `${'a'.repeat(65)}@example.com` }),
  warning('phone_form', { phone: 'spørg sønnen' }),
  warning('phone_invalid', { phone: '12 34' + ' 56' }),
  warning('cpr_modulus', { cpr: '070583-9003' }),
  warning('cpr_zero_restored', { cpr: '70583-9003' }),
  warning('cpr_replacement', { cpr: '670583-0AB2' }),
  warning('note_sensitive', { note: 'Sygemeldt siden marts' }),
  review('minor', { cpr: '150515-9002' }),
  review('implausible_age', { cpr: '150598-5002' }),
  review('deceased', { co_address: 'Dødsboet v/advokat' }),
  review('guardian', { note: 'Brev til værge' }),
  review('protected_address', { address: 'Adressebeskyttet' }),
  review('sensitive_claim', { claim_text: 'Psykologsamtaler' }),
  line('csv_columns_few', (cells, delimiter) => cells.slice(0, 9).join(delimiter)),
  line('csv_columns_many', (cells, delimiter) => [...cells, 'x'].join(delimiter)),
  line('csv_quote_stray', (cells, delimiter) => `"${cells[0]}"x${delimiter}${cells.slice(1).join(delimiter)}`),
]

/** The line of a spoiled row, without its line end. */
export function dirtyLine(dirt: Dirt, cells: Cells, delimiter: string): string {
  const changed = { ...cells, ...(typeof dirt.spoil === 'function' ? dirt.spoil(cells) : dirt.spoil) }
  const written = Object.values(changed).map(cell => csvCell(cell, delimiter))
  return dirt.line === undefined ? written.join(delimiter) : dirt.line(written, delimiter)
}

function reject(code: RejectCode, spoil: Dirt['spoil']): Dirt {
  return { expected: { kind: 'reject', code }, spoil }
}

function warning(code: RejectCode, spoil: Dirt['spoil']): Dirt {
  return { expected: { kind: 'warning', code }, spoil }
}

function review(reason: ReviewReason, spoil: Dirt['spoil']): Dirt {
  return { expected: { kind: 'review', reason }, spoil }
}

function line(code: RecordCode, make: NonNullable<Dirt['line']>): Dirt {
  return { expected: { kind: 'line', code }, spoil: {}, line: make }
}
