/** What may be written about a case: payments, demands and dates, held against their rules. Pure. */
import { addDuration, isDate, type CivilDate } from '../lib/civil-date.ts'
import { containsCard } from '../lib/card.ts'
import { containsCpr, mayContainCpr } from '../lib/cpr.ts'
import { cleanText } from '../lib/text.ts'
import type { Fault } from '../platform/problems.ts'

/** Field codes of a payment as the policy names them; the payer may be left out. */
export const PAYMENT_FIELDS = ['payment_date', 'payment_amount', 'currency', 'voucher_number', 'payer_name'] as const
export type PaymentField = (typeof PAYMENT_FIELDS)[number]
export type PaymentInput = { readonly [field in PaymentField]?: string | undefined }

/** The payment's values, cleaned; empty ones left out. */
export function paymentValues(input: PaymentInput): { [field: string]: string } {
  const given = PAYMENT_FIELDS.map(field => [field, cleanText(input[field] ?? '')] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== ''))
}

/** What is wrong with a payment's values, by field; empty when nothing is. Amounts '2340.50', dates 'YYYY-MM-DD'. */
export function paymentFaults(values: { readonly [field: string]: string }, today: CivilDate): Fault[] {
  const { payment_date: day = '', payment_amount: amount = '', currency = '', voucher_number: voucher = '' } = values
  const faults: Fault[] = []
  const add = (field: PaymentField, code: string) => faults.push({ field, code: `payment.${code}`, clause: 'S23' })
  if (!isDate(day)) add('payment_date', 'date_form')
  else if (day > today) add('payment_date', 'in_the_future')
  if (!/^\d{1,10}\.\d\d$/.test(amount) || Number(amount) === 0) add('payment_amount', 'amount_form')
  if (!/^[A-Z]{3}$/.test(currency)) add('currency', 'currency_form')
  if (voucher === '' || voucher.length > 40) add('voucher_number', 'number_form')
  if ((values['payer_name'] ?? '').length > 200) add('payer_name', 'too_long')
  for (const field of ['voucher_number', 'payer_name'] as const) {
    if (containsCard(values[field] ?? '')) add(field, 'holds_a_card')
  }
  // No ground needs a CPR number in the books. Voucher numbers are long numbers too, so there it must be certain.
  if (mayContainCpr(values['payer_name'] ?? '')) add('payer_name', 'holds_a_cpr')
  if (containsCpr(voucher)) add('voucher_number', 'holds_a_cpr')
  return faults
}

/** The annual accounts are made up by then: nothing may be entered in that year any more. */
const BOOKS_OPEN = 'P6M'

/** Whether a payment may still be entered in the financial year that ends on `yearEndsOn`. */
export function areBooksOpen(yearEndsOn: CivilDate, today: CivilDate): boolean {
  return today <= addDuration(yearEndsOn, BOOKS_OPEN)
}

export type DemandInput = {
  readonly reference: string
  readonly legalBasis: string
  readonly fields: readonly string[]
  readonly demandedOn: string
  readonly validUntil: string
}

/** The longest a demand may stand before it must be made again. */
const DEMAND_LASTS = 'P12M'

/**
 * What keeps this from being a recorded demand (S21): who asks by what right, for which fields, from
 * when until when. `known` are the field codes that may ever be disclosed.
 */
export function demandFaults(demand: DemandInput, known: ReadonlySet<string>, today: CivilDate): Fault[] {
  const { reference, legalBasis, fields, demandedOn, validUntil } = demand
  const faults: Fault[] = []
  const add = (field: string, code: string) => faults.push({ field, code: `demand.${code}`, clause: 'S21' })
  if (reference === '' || reference.length > 200) add('reference', 'reference_needed')
  if (legalBasis === '' || legalBasis.length > 200) add('legalBasis', 'basis_needed')
  // The basis is a paragraph of a law and lies in clear: it is no place for a person's number.
  else if (holdsNumber(legalBasis)) add('legalBasis', 'basis_holds_a_number')
  if (fields.length === 0 || fields.length > 64) add('fields', 'fields_needed')
  for (const field of fields) if (!known.has(field)) add('fields', 'field_unknown')
  if (!isDate(demandedOn) || demandedOn > today) add('demandedOn', 'date_form')
  else if (!isDate(validUntil) || validUntil < demandedOn) add('validUntil', 'date_form')
  else if (validUntil > addDuration(demandedOn, DEMAND_LASTS)) add('validUntil', 'too_long')
  return faults
}

/** What is wrong with the day a case was closed: it lies between its opening and today. */
export function closingFaults(closedOn: string, openedOn: CivilDate, today: CivilDate): Fault[] {
  const fits = isDate(closedOn) && closedOn >= openedOn && closedOn <= today
  return fits ? [] : [{ field: 'date', code: 'case.closing_date', clause: 'S19' }]
}

/** What is wrong with a hold's day of review: it comes, and within twelve months (S19). */
export function holdFaults(reviewOn: string, today: CivilDate): Fault[] {
  const fits = isDate(reviewOn) && reviewOn > today && reviewOn <= addDuration(today, 'P12M')
  return fits ? [] : [{ field: 'review', code: 'hold.review_date', clause: 'S19' }]
}

function holdsNumber(text: string): boolean {
  return /\d{6}[ -]?\d{4}/.test(text) || mayContainCpr(text) || containsCard(text)
}
