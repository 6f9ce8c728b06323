/** Telephone numbers: reads one to its international form. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { accept, refuse, type Parsed } from './parsed.ts'

/** `phone_form`: no telephone number; `phone_invalid`: no number of the numbering plan it claims to belong to. */
export type PhoneCode = 'phone_form' | 'phone_invalid'

/** One telephone or fax number, Danish unless it names another country. Answers E.164, e.g. '+4520123456'. */
export function parsePhone(text: string): Parsed<string, PhoneCode> {
  if (text.length > 40) return refuse('phone_form')
  const plain = DANISH.exec(text.replaceAll(' ', ''))
  if (plain) return accept(`+45${plain[1]}`)
  const bare = text.normalize('NFKC').trim()
  if (!/^\+?[\d ()./\u2010-\u2013-]{5,}$/.test(bare)) return refuse('phone_form')
  const number = parsePhoneNumberFromString(bare, 'DK')
  return number?.isValid() ? accept(number.number) : refuse('phone_invalid')
}

/** The whole Danish plan: eight digits, no area codes. Nearly every number here, and far quicker than full tables. */
const DANISH = /^(?:\+45|0045)?([2-9]\d{7})$/
