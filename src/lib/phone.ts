import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { accept, refuse, type Parsed } from './parsed.ts'

/** `phone_form`: no telephone number; `phone_invalid`: no number of the numbering plan it claims to belong to. */
export type PhoneCode = 'phone_form' | 'phone_invalid'

/** One telephone or fax number, Danish unless it names another country. Answers E.164, e.g. '+4520123456'. */
export function parsePhone(text: string): Parsed<string, PhoneCode> {
  if (text.length > 40) return refuse('phone_form')
  const bare = text.normalize('NFKC').trim()
  if (!/^\+?[\d ()./\u2010-\u2013-]{5,}$/.test(bare)) return refuse('phone_form')
  const compact = bare.replace(/ /g, '')
  if (/^[2-9]\d{7}$/.test(compact)) return accept(`+45${compact}`)
  const number = parsePhoneNumberFromString(bare, 'DK')
  return number?.isValid() ? accept(number.number) : refuse('phone_invalid')
}
