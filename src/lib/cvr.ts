/** Danish company numbers (CVR): reads one and checks its control sum. */
import { accept, refuse, type Parsed } from './parsed.ts'

/** `cvr_form`: not eight digits; `cvr_check`: eight digits that fail the control sum, so no such number exists. */
export type CvrCode = 'cvr_form' | 'cvr_check'

/**
 * A company number: eight digits, optionally after DK or in pairs, weights 27654321, modulus 11.
 * A sole trader's number is personal data like any other. Answers the eight digits.
 */
export function parseCvr(text: string): Parsed<string, CvrCode> {
  if (text.length > 40) return refuse('cvr_form')
  const digits = text.replace(/[\s.-]/g, '').replace(/^(?:DK|dk)/, '')
  if (!/^[1-9]\d{7}$/.test(digits)) return refuse('cvr_form')
  let sum = 0
  for (let index = 0; index < 8; index++) sum += (digits.charCodeAt(index) - 48) * (WEIGHTS[index] ?? 0)
  return sum % 11 === 0 ? accept(digits) : refuse('cvr_check')
}

const WEIGHTS = [2, 7, 6, 5, 4, 3, 2, 1]
