/** Where a notice can go: which channel is left, and the lines of an address on paper. */
import { parseEmail } from '../lib/email.ts'
import { parsePostcode } from '../lib/postcode.ts'
import { cleanText } from '../lib/text.ts'

export type Contact = { readonly [field: string]: string }

export type Route =
  | { readonly channel: 'email'; readonly to: string }
  | { readonly channel: 'letter'; readonly lines: readonly string[] }
  /** No channel is left: a person of ours must look. */
  | { readonly channel: 'none'; readonly failure: AddressFailure }

export type AddressFailure =
  'notices.no_address' | 'notices.address_protected' | 'notices.address_unknown' | 'notices.returned'

export type RouteQuestion = {
  readonly contact: Contact
  /** Whether confidential text may go by mail: every hop we control enforces TLS. */
  readonly mail: 'confidential' | 'none'
  /** Channels from which it came back. */
  readonly returned: readonly string[]
  readonly language: 'da' | 'en'
}

/** Mail first where it may carry the text, else a letter, else a person of ours with the reason. */
export function routeOf({ contact, mail, returned, language }: RouteQuestion): Route {
  const email = parseEmail(contact['email'] ?? '')
  if (mail === 'confidential' && email.ok && !returned.includes('email')) return { channel: 'email', to: email.value }
  const lines = linesOf(contact, language)
  if (typeof lines === 'string') return { channel: 'none', failure: lines }
  if (returned.includes('letter')) return { channel: 'none', failure: 'notices.returned' }
  return { channel: 'letter', lines }
}

/** What is written instead of an address when there is none to be had (name and address protection, unknown). */
const PROTECTED = /beskyttet|beskyttelse|hemmelig|protected/i
const UNKNOWN = /\b(ukendt|unknown|uden fast|fraflyttet|udrejst|bortrejst|død|deceased)\b/i

/** Lines for a window envelope, recipient first; or why there are none. */
function linesOf(contact: Contact, language: 'da' | 'en'): readonly string[] | AddressFailure {
  const field = (name: string) => cleanText(contact[name] ?? '')
  const [name, street, postcode, city] = [field('name'), field('address'), field('postcode'), field('city')]
  if (PROTECTED.test(name) || PROTECTED.test(street) || PROTECTED.test(city)) return 'notices.address_protected'
  if (UNKNOWN.test(street) || UNKNOWN.test(city)) return 'notices.address_unknown'
  const country = field('country') || 'DK'
  if (!name || !street || !city || !parsePostcode(postcode, country).ok) return 'notices.no_address'
  const careOf = field('co_address').replace(/^c\/o\s+/i, '')
  return [
    name,
    ...(careOf ? [`c/o ${careOf}`] : []),
    street,
    `${postcode} ${city}`,
    ...(country === 'DK' ? [] : [countryName(country, language).toUpperCase()]),
  ]
}

function countryName(code: string, language: 'da' | 'en'): string {
  if (!/^[A-Z]{2}$/.test(code)) return code
  return new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? code
}
