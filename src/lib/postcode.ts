/** Postcodes: reads one of a given country and says what is wrong with another. */
import { accept, refuse, type Parsed } from './parsed.ts'

/**
 * `postcode_form`: not a postcode of that country; `postcode_short`: three digits in Denmark, which may be a Faroese
 * code or a Danish one that lost its zero; `postcode_range`: four digits that no Danish place has.
 */
export type PostcodeCode = 'postcode_form' | 'postcode_short' | 'postcode_range'

/**
 * A postcode of a country (ISO 3166 code), as a string because Danish ones may begin with 0. Denmark 0555–9990
 * (DK-2500 allowed), Greenland 39xx, the Faroe Islands three digits; elsewhere up to ten letters and digits.
 */
export function parsePostcode(text: string, country: string): Parsed<string, PostcodeCode> {
  if (text.length > 20) return refuse('postcode_form')
  const bare = text.trim().toUpperCase()
  if (country === 'DK' || country === 'GL') return danish(bare.replace(/^(?:DK|GL)[- ]?/, ''), country)
  if (country === 'FO') {
    const code = bare.replace(/^FO[- ]?/, '')
    return /^[1-9]\d\d$/.test(code) ? accept(code) : refuse('postcode_form')
  }
  return /^[A-Z\d][A-Z\d -]{1,9}$/.test(bare) ? accept(bare) : refuse('postcode_form')
}

function danish(code: string, country: string): Parsed<string, PostcodeCode> {
  if (/^\d{3}$/.test(code)) return refuse('postcode_short')
  if (!/^\d{4}$/.test(code)) return refuse('postcode_form')
  if (country === 'GL' && !code.startsWith('39')) return refuse('postcode_range')
  return code >= '0555' && code <= '9990' ? accept(code) : refuse('postcode_range')
}
