/** Reads one row into its normal form and names every fault at once, so that a client corrects a row one time. Pure. */
import { parseAmount } from '../lib/amount.ts'
import { parseCpr } from '../lib/cpr.ts'
import { parseCvr } from '../lib/cvr.ts'
import { parseDanishDate } from '../lib/danish-date.ts'
import { parseEmail } from '../lib/email.ts'
import { parsePhone } from '../lib/phone.ts'
import { parsePostcode } from '../lib/postcode.ts'
import { cleanText, looksMangled, unmarkFormula } from '../lib/text.ts'
import { readClosing, type Closed } from './closing.ts'
import type { Columns, FieldCode } from './columns.ts'
import { countryCode } from './country.ts'
import { emptyRow, type DebtorRow } from './debtor-row.ts'
import { clauseOf, type RejectCode } from './reject-texts.ts'
import { findCircumstance, hasSensitiveWord, screenFreeText, screenName, type Circumstance } from './screen.ts'

/** What is wrong or noteworthy in one column, and the clause that says so. Never holds the value. */
export type Fault = { readonly column: FieldCode; readonly code: RejectCode; readonly clause: string }

/** Why a person must look before the row becomes a case. Read from the row alone, so a client may be told (A2). */
export type ReviewReason = Circumstance | 'minor' | 'implausible_age' | 'sensitive_claim'

export type RowResult =
  | { readonly kind: 'new' | 'closed'; readonly row: DebtorRow; readonly warnings: readonly Fault[] }
  | { readonly kind: 'reject'; readonly faults: readonly Fault[] }
  | {
      readonly kind: 'review'
      readonly reason: ReviewReason
      readonly row: DebtorRow
      readonly warnings: readonly Fault[]
    }

/** 10,000,000.00: more than any single consumer debt, so more likely a slipped decimal mark. */
export const MAX_ORE = 1_000_000_000

/**
 * Reads one row of a client's file. Depends on these cells, the columns and the day alone (security A2): what is known
 * about the person elsewhere must not show in what the client is told. Reports every fault, not only the first.
 * `today` is 'YYYY-MM-DD' in Copenhagen. Clauses S13 (CPR and card), S14 (what is taken) and S20 (who may be here).
 */
export function readRow(cells: readonly string[], columns: Columns, today: string): RowResult {
  const reading: Reading = { cells, columns, today, row: emptyRow(), faults: [], warnings: [] }
  readReference(reading)
  const [status, closedOn, reason] = [
    take(reading, 'status'),
    take(reading, 'closed_on'),
    take(reading, 'close_reason'),
  ]
  const closing = readClosing({ status, closedOn, reason }, today)
  if (!closing.ok) fault(reading, closing.column, closing.code)
  else if (closing.closed !== undefined && !closing.claimsPaid) return closeRow(reading, closing.closed)
  readNumbers(reading)
  readPerson(reading)
  readContact(reading)
  readClaim(reading)
  if (closing.ok && closing.claimsPaid) {
    if (outstanding(reading.row) > 0) fault(reading, 'status', 'status_paid_open')
    else if (closing.closed !== undefined) return closeRow(reading, closing.closed)
  }
  return judge(reading)
}

type Reading = {
  readonly cells: readonly string[]
  readonly columns: Columns
  readonly today: string
  readonly row: DebtorRow
  readonly faults: Fault[]
  readonly warnings: Fault[]
}

type TextField = Exclude<FieldCode, 'principal' | 'interest' | 'fee' | 'status' | 'close_reason'>

const LONGEST: { readonly [field in FieldCode]?: number } = {
  reference: 64,
  invoice_number: 64,
  name: 200,
  address: 200,
  co_address: 200,
  city: 100,
  claim_text: 2000,
  note: 4000,
  email: 400,
}

function fault(reading: Reading, column: FieldCode, code: RejectCode): void {
  reading.faults.push({ column, code, clause: clauseOf(code) })
}

function warn(reading: Reading, column: FieldCode, code: RejectCode): void {
  reading.warnings.push({ column, code, clause: clauseOf(code) })
}

/** A cell as clean text; '' and a fault when it is too long or its letters are broken. */
function take(reading: Reading, field: FieldCode): string {
  const at = reading.columns.at[field]
  const raw = at === undefined ? '' : (reading.cells[at] ?? '')
  if (raw === '') return ''
  const text = raw.length > 100_000 ? '' : cleanText(unmarkFormula(raw))
  if (text.length > (LONGEST[field] ?? 100) || raw.length > 100_000) fault(reading, field, 'text_long')
  else if (looksMangled(text)) fault(reading, field, 'text_mangled')
  else return text
  return ''
}

function readReference(reading: Reading): void {
  const before = reading.faults.length
  const text = take(reading, 'reference')
  if (text === '' && reading.faults.length === before) fault(reading, 'reference', 'required')
  keepScreened(reading, 'reference', { text, code: screenFreeText(text, '') })
}

function keepScreened(reading: Reading, field: TextField, screened: { text: string; code: RejectCode | '' }): void {
  const { text, code } = screened
  if (code === '') reading.row[field] = text
  else fault(reading, field, code)
}

function readNumbers(reading: Reading): void {
  const cpr = take(reading, 'cpr')
  if (cpr !== '') readCpr(reading, cpr)
  const cvr = take(reading, 'cvr')
  if (cvr === '') return
  const parsed = parseCvr(cvr)
  if (parsed.ok) reading.row.cvr = parsed.value
  else fault(reading, 'cvr', parsed.code)
}

function readCpr(reading: Reading, text: string): void {
  const parsed = parseCpr(text)
  if (!parsed.ok) return fault(reading, 'cpr', parsed.code)
  for (const code of parsed.warnings ?? []) warn(reading, 'cpr', code)
  if (parsed.value.kind === 'replacement') {
    reading.row.replacement_number = parsed.value.id
    return warn(reading, 'cpr', 'cpr_replacement')
  }
  reading.row.cpr = parsed.value.digits
  reading.row.born = parsed.value.born
  if (parsed.value.born > reading.today) fault(reading, 'cpr', 'cpr_born_future')
}

function readPerson(reading: Reading): void {
  const name = take(reading, 'name')
  if (name === '') {
    if (!reading.faults.some(({ column }) => column === 'name')) fault(reading, 'name', 'required')
  } else if (!/\p{L}/u.test(name) || PLACEHOLDERS.has(name.toLowerCase())) fault(reading, 'name', 'name_form')
  keepScreened(reading, 'name', { text: name, code: screenName(name) })
  for (const field of ['address', 'co_address', 'city'] as const) {
    const text = take(reading, field)
    if (text !== '') keepScreened(reading, field, { text, code: screenName(text) })
  }
}

const PLACEHOLDERS: ReadonlySet<string> = new Set(['ukendt', 'unknown', 'nn', 'n.n.', 'n/a', 'na', 'test', 'null'])

function readContact(reading: Reading): void {
  const country = countryCode(take(reading, 'country'))
  if (country === undefined) fault(reading, 'country', 'country_unknown')
  else reading.row.country = country
  const postcode = take(reading, 'postcode')
  const parsed = postcode === '' ? undefined : parsePostcode(postcode, country ?? 'DK')
  if (parsed?.ok) reading.row.postcode = parsed.value
  else if (parsed !== undefined) fault(reading, 'postcode', parsed.code)
  readOptional(reading, 'email', parseEmail)
  readOptional(reading, 'phone', parsePhone)
  const { cpr, cvr, address } = reading.row
  const known = cpr !== '' || cvr !== '' || (address !== '' && reading.row.postcode !== '')
  if (!known && !reading.faults.some(({ column }) => IDENTITY.has(column))) fault(reading, 'cpr', 'identity_missing')
}

const IDENTITY: ReadonlySet<FieldCode> = new Set(['cpr', 'cvr', 'address', 'postcode'])

type Parse = (text: string) => { readonly ok: true; readonly value: string } | { readonly ok: false; code: RejectCode }

/** A wrong e-mail address or telephone number is left out with a warning: the debtor can be reached by letter. */
function readOptional(reading: Reading, field: 'email' | 'phone', parse: Parse): void {
  const text = take(reading, field)
  if (text === '') return
  const parsed = parse(text)
  const screened = parsed.ok && field === 'phone' ? '' : screenFreeText(text, reading.row.cpr)
  if (screened !== '') fault(reading, field, screened)
  else if (parsed.ok) reading.row[field] = parsed.value
  else warn(reading, field, parsed.code)
}

function readClaim(reading: Reading): void {
  for (const field of ['principal', 'interest', 'fee'] as const) readAmount(reading, field)
  readBalance(reading)
  const currency =
    take(reading, 'currency')
      .toUpperCase()
      .replace(/^KR\.?$/, 'DKK') || 'DKK'
  if (CURRENCIES.has(currency)) reading.row.currency = currency
  else fault(reading, 'currency', 'currency_unknown')
  readDate(reading, 'invoice_date')
  readDate(reading, 'due_date')
  const { invoice_date: invoiced, due_date: due, cpr } = reading.row
  if (invoiced !== '' && due !== '' && due < invoiced) fault(reading, 'due_date', 'due_before_invoice')
  for (const field of ['invoice_number', 'claim_text', 'note'] as const) {
    const text = take(reading, field)
    if (text !== '') keepScreened(reading, field, { text, code: screenFreeText(text, cpr) })
  }
  if (!hasSensitiveWord(reading.row.note)) return
  reading.row.note = ''
  warn(reading, 'note', 'note_sensitive')
}

/** Currencies counted in hundredths, as amounts are kept. */
const CURRENCIES: ReadonlySet<string> = new Set(['DKK', 'EUR', 'SEK', 'NOK', 'USD', 'GBP', 'CHF', 'PLN'])

function readAmount(reading: Reading, field: 'principal' | 'interest' | 'fee'): void {
  const text = take(reading, field)
  if (text === '') {
    if (field === 'principal') fault(reading, field, 'required')
    return
  }
  const parsed = parseAmount(text, reading.columns.decimal)
  if (!parsed.ok) fault(reading, field, parsed.code)
  else if (Math.abs(parsed.value) > MAX_ORE) fault(reading, field, 'amount_limit')
  else if (parsed.value < 0) fault(reading, field, field === 'principal' ? 'balance_negative' : 'amount_negative')
  else reading.row[field] = parsed.value
}

/** S20: only persons with outstanding debt. A claim of interest or fees alone is still a debt. */
function readBalance(reading: Reading): void {
  const { faults, row } = reading
  if (faults.some(({ column }) => AMOUNTS.has(column))) return
  if (outstanding(row) === 0) fault(reading, 'principal', 'balance_zero')
  else if (outstanding(row) > MAX_ORE) fault(reading, 'principal', 'amount_limit')
}

const AMOUNTS: ReadonlySet<FieldCode> = new Set(['principal', 'interest', 'fee'])

function outstanding(row: DebtorRow): number {
  return row.principal + row.interest + row.fee
}

function readDate(reading: Reading, field: 'invoice_date' | 'due_date'): void {
  const text = take(reading, field)
  if (text === '') return
  const parsed = parseDanishDate(text)
  if (!parsed.ok) fault(reading, field, parsed.code)
  else if (parsed.value > reading.today) fault(reading, field, 'date_future')
  else reading.row[field] = parsed.value
}

/** Faults in other columns do not keep a case open: closing it is what the debtor is owed. */
function closeRow(reading: Reading, closed: Closed): RowResult {
  const faults = reading.faults.filter(({ column }) => CLOSING.has(column))
  if (faults.length > 0) return { kind: 'reject', faults }
  const row = { ...emptyRow(), reference: reading.row.reference, closed_on: closed.on, close_reason: closed.reason }
  return { kind: 'closed', row, warnings: closed.warnings }
}

const CLOSING: ReadonlySet<FieldCode> = new Set(['reference', 'status', 'closed_on', 'close_reason'])

function judge(reading: Reading): RowResult {
  const { row, faults, warnings } = reading
  if (faults.length > 0) return { kind: 'reject', faults }
  const reason = reviewReason(row, reading.today)
  return reason === '' ? { kind: 'new', row, warnings } : { kind: 'review', reason, row, warnings }
}

function reviewReason(row: DebtorRow, today: string): ReviewReason | '' {
  if (row.born > yearsBefore(today, 18)) return 'minor'
  if (row.born !== '' && row.born < yearsBefore(today, 120)) return 'implausible_age'
  const told = findCircumstance(row.name) || findCircumstance(row.co_address) || findCircumstance(row.address)
  if (told !== '') return told
  const noted = row.note === '' ? '' : findCircumstance(row.note)
  if (noted !== '') return noted
  return hasSensitiveWord(row.claim_text) ? 'sensitive_claim' : ''
}

function yearsBefore(today: string, years: number): string {
  return `${Number(today.slice(0, 4)) - years}${today.slice(4)}`
}
