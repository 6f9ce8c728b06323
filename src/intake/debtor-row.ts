/** The shape of what one row says, so that every later step reads the same names and forms. Pure. */
import type { CloseReason } from './closing.ts'

/**
 * One debtor and one claim as read from one row, every value in its normal form and keyed by the policy's field codes.
 * Text not given is ''; amounts are whole øre; dates are 'YYYY-MM-DD'. A closed row carries only its reference,
 * `closed_on` and `close_reason`: to close a case nothing else is needed, so nothing else is taken.
 */
export type DebtorRow = {
  reference: string
  name: string
  /** Ten digits. */
  cpr: string
  /** 'YYYY-MM-DD' from the CPR number. */
  born: string
  /** An authority's or hospital's substitute for a CPR number: known to that body alone, never matched as one. */
  replacement_number: string
  cvr: string
  address: string
  co_address: string
  postcode: string
  city: string
  country: string
  email: string
  phone: string
  principal: number
  interest: number
  fee: number
  currency: string
  invoice_number: string
  invoice_date: string
  due_date: string
  claim_text: string
  note: string
  closed_on: string
  close_reason: CloseReason | ''
}

/** A row of which nothing has been read. */
export function emptyRow(): DebtorRow {
  return {
    reference: '',
    name: '',
    cpr: '',
    born: '',
    replacement_number: '',
    cvr: '',
    address: '',
    co_address: '',
    postcode: '',
    city: '',
    country: '',
    email: '',
    phone: '',
    principal: 0,
    interest: 0,
    fee: 0,
    currency: '',
    invoice_number: '',
    invoice_date: '',
    due_date: '',
    claim_text: '',
    note: '',
    closed_on: '',
    close_reason: '',
  }
}
