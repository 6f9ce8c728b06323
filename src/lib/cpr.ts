/** Danish personal numbers (CPR): reads one, masks one, and finds one in free text. */
import { isoDate, isRealDate } from './danish-date.ts'
import { accept, refuse, type Parsed } from './parsed.ts'

/**
 * A Danish civil registration number, or the replacement number an authority or hospital made up for want of one.
 * `digits` is ten characters and a string, because the first is often 0. `born` is 'YYYY-MM-DD'.
 */
export type Cpr =
  | { readonly kind: 'cpr'; readonly digits: string; readonly born: string }
  | { readonly kind: 'replacement'; readonly id: string }

/**
 * `cpr_form`: neither ten digits nor a replacement number; `cpr_date`: its first six digits are no day;
 * `cpr_leading_zero`: nine digits, and it is not certain that a zero was lost in front;
 * `cpr_masked`: the last four characters are hidden.
 */
export type CprCode = 'cpr_form' | 'cpr_date' | 'cpr_leading_zero' | 'cpr_masked'

/**
 * `cpr_modulus`: fails modulus 11, which numbers issued since 1 October 2007 may do, so a hint of a typing error at
 * most; `cpr_zero_restored`: the zero a spreadsheet took off was put back.
 */
export type CprWarning = 'cpr_modulus' | 'cpr_zero_restored'

/**
 * Reads DDMMYY-SSSS with or without hyphen or space. The day must be real in the century that digit 7 gives.
 * Nine digits are completed with a zero only if the form shows where it is missing (DMMYY-SSSS) or the completed
 * number passes modulus 11; otherwise another digit may be the missing one, and somebody else would be meant.
 */
export function parseCpr(text: string): Parsed<Cpr, CprCode, CprWarning> {
  if (text.length > 40) return refuse('cpr_form')
  const found = SHAPE.exec(text.trim())
  if (!found) return refuse('cpr_form')
  const [, date = '', separator = '', serial = ''] = found
  if (MASKED.test(serial)) return refuse('cpr_masked')
  if (date.length === 6) return /^\d{4}$/.test(serial) ? readTen(date + serial) : readLettered(date, serial)
  if (!/^\d{4}$/.test(serial)) return refuse('cpr_form')
  return restoreZero(`0${date}${serial}`, separator)
}

/** Whether ten digits satisfy the control sum with weights 4327654321. */
export function passesModulus11(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < 10; index++) sum += (digits.charCodeAt(index) - 48) * (WEIGHTS[index] ?? 0)
  return sum % 11 === 0
}

/** DDMMYY-xxxx: how a number is shown to somebody who need not read it. */
export function maskCpr(digits: string): string {
  return `${digits.slice(0, 6)}-xxxx`
}

/** DDMMYY-SSSS: how a number is shown in full. */
export function formatCpr(digits: string): string {
  return `${digits.slice(0, 6)}-${digits.slice(6)}`
}

/**
 * Whether a text surely holds a CPR number: written 6-4 with a real date, or ten digits in a row that also pass
 * modulus 11 or begin on 1 January (the only births so far numbered without it). For texts full of other numbers.
 */
export function containsCpr(text: string): boolean {
  return someCpr(text, (digits, separated) => separated || digits.startsWith('0101') || passesModulus11(digits))
}

/** Whether a text holds anything that reads as a CPR number. For texts where no number of ten digits belongs. */
export function mayContainCpr(text: string): boolean {
  return someCpr(text, () => true)
}

const SHAPE = /^(\d{5,6})([- \u00A0\u2010-\u2013]?)([\dA-Za-z*]{4})$/
const MASKED = /^[xX*]{4}$/
const WEIGHTS = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]
const IN_TEXT = /(?<!\d)(\d{6})([- \u00A0\u2010-\u2013]?)(\d{4})(?!\d)/g

function readTen(digits: string): Parsed<Cpr, CprCode, CprWarning> {
  const born = birthDate(digits)
  if (born !== '') return accept({ kind: 'cpr', digits, born }, passesModulus11(digits) ? [] : ['cpr_modulus'])
  const day = Number(digits.slice(0, 2))
  const real = day > 60 && birthDate(String(day - 60).padStart(2, '0') + digits.slice(2)) !== ''
  return real ? accept({ kind: 'replacement', id: digits }) : refuse('cpr_date')
}

function readLettered(date: string, serial: string): Parsed<Cpr, CprCode, CprWarning> {
  if (serial.includes('*')) return refuse('cpr_masked')
  const day = Number(date.slice(0, 2)) % 60
  const month = Number(date.slice(2, 4))
  const year = Number(date.slice(4, 6))
  if (!isRealDate(1900 + year, month, day) && !isRealDate(2000 + year, month, day)) return refuse('cpr_date')
  return accept({ kind: 'replacement', id: (date + serial).toUpperCase() })
}

function restoreZero(digits: string, separator: string): Parsed<Cpr, CprCode, CprWarning> {
  const born = birthDate(digits)
  const certain = separator !== '' || passesModulus11(digits)
  if (born === '' || !certain) return refuse('cpr_leading_zero')
  const warnings: CprWarning[] = passesModulus11(digits) ? ['cpr_zero_restored'] : ['cpr_zero_restored', 'cpr_modulus']
  return accept({ kind: 'cpr', digits, born }, warnings)
}

/** 'YYYY-MM-DD', or '' where the calendar has no such day. Digit 7 and the year together give the century. */
function birthDate(digits: string): string {
  const day = Number(digits.slice(0, 2))
  const month = Number(digits.slice(2, 4))
  const year = century(digits.charCodeAt(6) - 48, Number(digits.slice(4, 6)))
  return isRealDate(year, month, day) ? isoDate(year, month, day) : ''
}

function century(seventh: number, year: number): number {
  if (seventh <= 3) return 1900 + year
  if (seventh === 4 || seventh === 9) return year <= 36 ? 2000 + year : 1900 + year
  return year <= 57 ? 2000 + year : 1800 + year
}

/** Signs beyond Latin-1 count as digits here, since some are and only the search itself can tell. */
function hasTenDigits(text: string): boolean {
  let digits = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if ((code >= 48 && code <= 57) || code > 0xff) digits += 1
    if (digits >= 10) return true
  }
  return false
}

function someCpr(text: string, isCertain: (digits: string, separated: boolean) => boolean): boolean {
  if (!hasTenDigits(text)) return false
  for (const [, date = '', separator = '', serial = ''] of text.normalize('NFKC').matchAll(IN_TEXT)) {
    const digits = date + serial
    if (birthDate(digits) !== '' && isCertain(digits, separator !== '')) return true
  }
  return false
}
