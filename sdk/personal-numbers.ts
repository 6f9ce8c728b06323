/** Numbers that point at a person: civil registration numbers, telephone numbers, payment cards. Pure. */

/** What a number is judged by: the text, and the second from which timestamps of today are counted. */
export type NumberText = { readonly text: string; readonly now: Date | undefined }

/**
 * A Danish civil registration number. Written 6-4 a real birth date is enough. Ten digits in a row are more often
 * something else, so they must also pass modulus 11 or begin on 1 January (the births numbered without it), unless
 * the word before them says what they are. A number that is also a second of about now (Unix time) counts only after
 * such a word: from 26 January to 10 June 2027 every timestamp reads as a birth on the 18th, and a guard that took
 * one in eleven of them for a person would strip lawful cookies at random. That leaves out some of those born on
 * one day of the month, written bare and without a word; it is the only gap, and it moves with the clock.
 */
export function holdsCpr({ text, now }: NumberText): boolean {
  for (const found of text.matchAll(CPR)) {
    const digits = `${found[2]}${found[4]}`
    if (!isBirthDate(digits)) continue
    const separator = found[3] ?? ''
    if (DASH_OR_SPACE.test(separator)) return true
    if (CPR_CUE.test(`${text.slice(Math.max(0, found.index - CUE_CHARACTERS), found.index)}${found[1] ?? ''}`))
      return true
    const isLikely = passesModulus11(digits) || digits.startsWith('0101')
    if (isLikely && (separator !== '' || !isTimestamp(Number(digits), now))) return true
  }
  return false
}

/** A telephone number: Danish in its usual groups or after +45, any other after +, eight bare digits after a word. */
export function holdsPhone(text: string): boolean {
  if ((text.includes('+') || text.includes('00')) && PHONE_PLUS.test(text)) return true
  if (PHONE_CUE.test(text)) return true
  if (!text.includes(' ')) return false
  if (PHONE_PAIRS.test(text)) return true
  for (const found of text.matchAll(PHONE_HALVES)) if (!found.slice(1).every(half => YEAR.test(half))) return true
  return false
}

/** A payment card number: 13 to 19 digits with the Luhn digit and a prefix and length that a card scheme uses. */
export function holdsCard(text: string): boolean {
  for (const found of text.matchAll(CARD)) {
    const digits = found[0].replaceAll(/\D/g, '')
    if (passesLuhn(digits) && isOfScheme(digits)) return true
  }
  return false
}

const CUE_CHARACTERS = 24
const CPR = /(?<![\dA-Za-z])([A-Za-z]{3,16})?(\d{6})([ \u00A0\u2010-\u2015\u2212_.-]?)(\d{4})(?![\dA-Za-z])/g
const CPR_CUE = /(?:cpr|person_?n|p_?nr|ssn|national_?id|f(?:ø|oe|o)dsels)[\w-]{0,10}["']?\s?[=:]?\s?["']?$/i
const DASH_OR_SPACE = /^[ \u00A0\u2010-\u2015\u2212-]$/
const PHONE_PLUS = /(?<![\dA-Za-z])(?:(?:\+|00)45[ .-]?(?:\d[ .-]?){7}\d|\+[1-9](?:[ .()-]{0,2}\d){7,14})(?![\dA-Za-z])/
const PHONE_PAIRS = /(?<![\dA-Za-z.:,-]|\d )[2-9]\d(?:[ \u00A0]\d\d){3}(?![\dA-Za-z.:,-]| \d)/
const PHONE_HALVES = /(?<![\dA-Za-z.:,-]|\d )([2-9]\d{3})[ \u00A0](\d{4})(?![\dA-Za-z.:,-]| \d)/g
const PHONE_WORD = 'tel|tlf|telefon|phone|telephone|mobil|mobile|mobilnr|cell|sms|msisdn|fax'
const PHONE_KEY = String.raw`(?:^|[^A-Za-z])(?:${PHONE_WORD})(?:_?(?:nr|no|number|nummer))?["']?\s?[=: ]\s?["']?`
const PHONE_CUE = new RegExp(String.raw`${PHONE_KEY}\+?(?:\d[ ._-]?){7,14}\d(?!\d)`, 'i')
const YEAR = /^(?:19|20)\d\d$/
const CARD = /(?<![\dA-Za-z])[2-6]\d(?:[ \u00A0-]?\d){11,17}(?![\dA-Za-z])/g
const WEIGHTS = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

// With a clock: what a cookie of at most 400 days can hold, and as much again. Without: the seconds from 2023 to 2033.
const AROUND_SECONDS = 800 * 86_400
const SECONDS_FROM = 1_672_531_200
const SECONDS_UNTIL = 1_988_150_400

function isTimestamp(number: number, now: Date | undefined): boolean {
  if (now === undefined) return number >= SECONDS_FROM && number <= SECONDS_UNTIL
  return Math.abs(number - now.getTime() / 1000) <= AROUND_SECONDS
}

function isBirthDate(digits: string): boolean {
  const day = Number(digits.slice(0, 2))
  const month = Number(digits.slice(2, 4))
  const longest = DAYS[month - 1] ?? 0
  if (day < 1 || day > longest) return false
  if (month !== 2 || day !== 29) return true
  const year = birthYear(digits)
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

// The seventh digit and the two of the year together give the century.
function birthYear(digits: string): number {
  const year = Number(digits.slice(4, 6))
  const seventh = Number(digits[6])
  if (seventh <= 3) return 1900 + year
  if (seventh === 4 || seventh === 9) return year <= 36 ? 2000 + year : 1900 + year
  return year <= 57 ? 2000 + year : 1800 + year
}

function passesModulus11(digits: string): boolean {
  const sum = WEIGHTS.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0)
  return sum % 11 === 0
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = digits.length - 1, factor = 1; index >= 0; index -= 1, factor = 3 - factor) {
    const value = Number(digits[index]) * factor
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

/** First six digits from and to, and the lengths in use. Dankort is 5019 and 4571. */
const SCHEMES: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [222_100, 272_099, [16]],
  [300_000, 305_999, [14, 16]],
  [340_000, 349_999, [15]],
  [352_800, 358_999, [16, 19]],
  [360_000, 369_999, [14, 16]],
  [370_000, 379_999, [15]],
  [380_000, 399_999, [14, 16]],
  [400_000, 499_999, [13, 16, 19]],
  [500_000, 509_999, [16, 18, 19]],
  [510_000, 559_999, [16]],
  [560_000, 699_999, [16, 18, 19]],
]

function isOfScheme(digits: string): boolean {
  const prefix = Number(digits.slice(0, 6))
  return SCHEMES.some(([from, to, lengths]) => prefix >= from && prefix <= to && lengths.includes(digits.length))
}
