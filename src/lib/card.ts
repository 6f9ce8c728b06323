/**
 * Whether a text holds a payment card number (PCI DSS 3.3.1 and 3.4.1: none may be stored or logged). Finds 13–19
 * digits with the Luhn digit and a card scheme's prefix, also when spaces, hyphens, dots or other scripts' digits
 * dress them up. Complete Danish payment lines (+71<…+…) and IBANs with a right check sum are looked over.
 * Answers only yes or no: the number itself goes nowhere.
 */
export function containsCard(text: string): boolean {
  if (!hasThirteenDigits(text)) return false
  const groups = digitGroups(withoutPaymentIds(text.normalize('NFKC')))
  return groups.some((_, index) => startsCard(groups, index))
}

/** Whether a text names the secret of a card (CVV, CVC, kontrolcifre) and gives three or four digits close behind. */
export function containsCardSecret(text: string): boolean {
  return text.length >= 6 && CARD_SECRET.test(text.normalize('NFKC'))
}

/** Whether the last digit is the Luhn check digit of those before it. Takes digits only. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = digits.length - 1, twice = 0; index >= 0; index--, twice = 1 - twice) {
    const value = (digits.charCodeAt(index) - 48) * (twice + 1)
    sum += value > 9 ? value - 9 : value
  }
  return sum % 10 === 0
}

type Group = { readonly digits: string; readonly start: number; readonly end: number }

const SECRET_WORD = 'cvv2?|cvc2?|cvn|kontrolcifre|kontrolkode|sikkerhedskode|security code'
const SECRET_DIGITS = String.raw`[^\p{L}\d]{0,4}(?:er |is |kode |nr )?\d{3,4}(?!\d)`
const CARD_SECRET = new RegExp(String.raw`(?<![\p{L}\d])(?:${SECRET_WORD})${SECRET_DIGITS}`, 'iu')
const PAYMENT_LINE = /\+(?:71 ?< ?\d{15}|75 ?< ?\d{16}|04 ?< ?\d{15,16}) ?\+ ?\d{7,8}(?!\d)/g
const IBAN = /(?<![A-Z\d])[A-Z]{2}\d{2}(?: ?\d{4}){2,7}(?: ?\d{1,3})?(?!\d)/gi
const BETWEEN_GROUPS = /^[ \u00A0\-\u2010-\u2015\u2212._]{1,3}$/

/** Prefix range, and the lengths its scheme uses. Dankort and Visa/Dankort lie in 5019 and 4571. */
const SCHEMES: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [400000, 499999, [13, 16, 19]],
  [510000, 559999, [16]],
  [222100, 272099, [16]],
  [500000, 509999, [16, 18, 19]],
  [560000, 699999, [16, 18, 19]],
  [340000, 349999, [15]],
  [370000, 379999, [15]],
  [352800, 358999, [16, 19]],
  [300000, 305999, [14, 16]],
  [360000, 369999, [14, 16]],
  [380000, 399999, [14, 16]],
]

function hasThirteenDigits(text: string): boolean {
  let digits = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if ((code >= 48 && code <= 57) || code > 0xff) digits += 1
    if (digits >= 13) return true
  }
  return false
}

function withoutPaymentIds(text: string): string {
  const rest = text.includes('<') ? text.replace(PAYMENT_LINE, ' x ') : text
  return rest.replace(IBAN, found => (passesMod97(found.replace(/ /g, '')) ? ' x ' : found))
}

function passesMod97(iban: string): boolean {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

/** Runs of digits in other scripts count too: they are turned into 0–9 first. */
function digitGroups(text: string): readonly Group[] {
  const groups: Group[] = []
  for (const found of text.matchAll(/\p{Nd}+/gu)) {
    const digits = /^\d+$/.test(found[0]) ? found[0] : Array.from(found[0], asciiDigit).join('')
    const start = found.index
    const last = groups.at(-1)
    const near = last !== undefined && BETWEEN_GROUPS.test(text.slice(last.end, Math.min(start, last.end + 4)))
    if (last !== undefined && !near) groups.push(BREAK)
    groups.push({ digits, start, end: start + found[0].length })
  }
  return groups
}

const BREAK: Group = { digits: '', start: -1, end: -1 }

/** Every block of decimal digits in Unicode begins at a code point whose predecessor is no digit. */
function asciiDigit(character: string): string {
  let value = 0
  let code = (character.codePointAt(0) ?? 0) - 1
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code))) {
    value += 1
    code -= 1
  }
  return String(value)
}

/** Whether a card number begins at this group: alone, or joined with the groups that follow it. */
function startsCard(groups: readonly Group[], from: number): boolean {
  let digits = ''
  if (!/^[2-6]/.test(groups[from]?.digits ?? '')) return false
  for (let index = from; index < groups.length; index++) {
    const group = groups[index]
    if (group === undefined || group.digits === '') return false
    digits += group.digits
    if (digits.length > 19) return false
    if (digits.length >= 13 && isCard(digits)) return true
  }
  return false
}

function isCard(digits: string): boolean {
  if (!passesLuhn(digits)) return false
  const prefix = Number(digits.slice(0, 6))
  return SCHEMES.some(([from, to, lengths]) => prefix >= from && prefix <= to && lengths.includes(digits.length))
}
