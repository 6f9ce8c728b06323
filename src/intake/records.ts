/** A read row as records: which category holds which field, its amounts and days as text, and when the claim lapses. */
import { addDuration } from '../lib/civil-date.ts'
import type { CloseReason as FileCloseReason } from './closing.ts'
import type { DebtorRow } from './debtor-row.ts'

/** One record to be: a category of the policy and the values given, empty ones left out. */
export type RowRecord = { readonly category: Category; readonly values: { readonly [field: string]: string } }

export type Category = 'debtor_identity' | 'debtor_contact' | 'debt_claim' | 'debt_note'

/** The records of a row that is not closed: who, where, what is owed, and a note when there is one. */
export function recordsOf(row: DebtorRow): RowRecord[] {
  const records: RowRecord[] = [
    { category: 'debtor_identity', values: given(row, ['name', 'cpr', 'cvr']) },
    { category: 'debtor_contact', values: given(row, CONTACT) },
    { category: 'debt_claim', values: { ...given(row, CLAIM), ...amounts(row) } },
  ]
  if (row.note !== '') records.push({ category: 'debt_note', values: { note: row.note } })
  return records.filter(record => hasAny(record.values))
}

/** 234050 øre as '2340.50': how amounts stand in records and in the API. */
export function amountText(ore: number): string {
  const digits = String(Math.abs(ore)).padStart(3, '0')
  return `${ore < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** All that a row says, in one text of fixed order: two deliveries with the same text say the same. */
export function contentOf(row: DebtorRow): string {
  return JSON.stringify(Object.values(row))
}

/**
 * The day from which the claim is time-barred: three years from the day it fell due (Forældelsesloven section 3),
 * counted from the invoice when no due date is given; null when the row gives neither.
 */
export function limitationOf(row: DebtorRow): string | null {
  const from = row.due_date || row.invoice_date
  return from === '' ? null : addDuration(from, 'P3Y')
}

/** Why a case ended, in the words of the work module. */
export function closeReasonOf(reason: FileCloseReason | ''): CloseReason {
  return CLOSE_REASONS[reason === '' ? 'other' : reason]
}

export type CloseReason = 'paid' | 'recalled' | 'assigned' | 'timeBarred' | 'notOwed' | 'ended'

const CLOSE_REASONS: { readonly [reason in FileCloseReason]: CloseReason } = {
  paid: 'paid',
  recalled: 'recalled',
  written_off: 'ended',
  limitation: 'timeBarred',
  assigned: 'assigned',
  other: 'ended',
}

type TextField = Exclude<keyof DebtorRow, 'principal' | 'interest' | 'fee'>

const CONTACT: readonly TextField[] = ['address', 'co_address', 'postcode', 'city', 'country', 'email', 'phone']
const CLAIM: readonly TextField[] = [
  'reference',
  'currency',
  'invoice_number',
  'invoice_date',
  'due_date',
  'claim_text',
]

function given(row: DebtorRow, fields: readonly TextField[]): { [field: string]: string } {
  const values: { [field: string]: string } = {}
  for (const field of fields) if (row[field] !== '') values[field] = row[field]
  return values
}

function amounts(row: DebtorRow): { [field: string]: string } {
  const values: { [field: string]: string } = { principal: amountText(row.principal) }
  if (row.interest !== 0) values['interest'] = amountText(row.interest)
  if (row.fee !== 0) values['fee'] = amountText(row.fee)
  return values
}

function hasAny(values: object): boolean {
  for (const _ in values) return true
  return false
}
