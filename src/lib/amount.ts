/** Amounts of money in øre: read from the ways in which Danish and English files write them, and written back. */
import { accept, refuse, type Parsed } from './parsed.ts'

/** The mark before the decimals, where a file or a saved mapping has settled it. */
export type DecimalMark = ',' | '.'

/**
 * `amount_form`: no amount; `amount_ambiguous`: 1.234 or 1,234, which is a thousand to one and one and a bit to
 * another; `amount_decimals`: parts of an øre; `amount_too_large`: beyond exact arithmetic.
 */
export type AmountCode = 'amount_form' | 'amount_ambiguous' | 'amount_decimals' | 'amount_too_large'

/**
 * An amount as Danish (1.234,56) or English (1,234.56) systems write it, as a whole number of øre.
 * Negative as -1, 1-, (1) or with the true minus sign; kr, kr. and DKK beside it are allowed.
 * A lone mark before exactly three digits is refused unless `decimal` says which mark the file uses.
 */
export function parseAmount(text: string, decimal?: DecimalMark): Parsed<number, AmountCode> {
  if (text.length > 60) return refuse('amount_form')
  if (PLAIN.test(text)) return plainAmount(text)
  const { negative, bare } = takeSign(withoutCurrency(text))
  const split = splitMarks(bare.replace(/(\d)[ \u00A0\u202F'’](?=\d{3}(?!\d))/g, '$1'), decimal)
  if (!split.ok) return split
  return toOre(split.value.whole, split.value.fraction, negative ? -1 : 1)
}

/** 1234567 øre as 12.345,67: for Danish texts and files. */
export function formatAmount(ore: number): string {
  const digits = String(Math.abs(ore)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(?:\d{3})+$)/g, '.')
  return `${ore < 0 ? '-' : ''}${whole},${digits.slice(-2)}`
}

type Split = { readonly whole: string; readonly fraction: string }

const PLAIN = /^\d{1,12}[,.]\d\d$/
const CURRENCY = /^(?:dkk|kr\.?)\s*|\s*(?:dkk|kr\.?)$/gi

function plainAmount(text: string): Parsed<number, AmountCode> {
  return accept(Number(text.slice(0, -3)) * 100 + Number(text.slice(-2)))
}

function withoutCurrency(text: string): string {
  return text
    .trim()
    .replace(CURRENCY, '')
    .trim()
    .replace(/,-{1,2}$/, ',00')
}

function takeSign(text: string): { readonly negative: boolean; readonly bare: string } {
  const first = text.charAt(0)
  if (first === '(' && text.endsWith(')')) return { negative: true, bare: text.slice(1, -1).trim() }
  if (first === '-' || first === '\u2212') return { negative: true, bare: withoutCurrency(text.slice(1)) }
  if (first === '+') return { negative: false, bare: withoutCurrency(text.slice(1)) }
  if (text.endsWith('-') || text.endsWith('\u2212')) return { negative: true, bare: text.slice(0, -1).trim() }
  return { negative: false, bare: text }
}

function splitMarks(text: string, decimal: DecimalMark | undefined): Parsed<Split, AmountCode> {
  if (!/^\d[\d.,]*$/.test(text)) return refuse('amount_form')
  const mark = decimalMark(text, decimal)
  if (mark === 'ambiguous') return refuse('amount_ambiguous')
  const at = mark === '' ? -1 : text.lastIndexOf(mark)
  const whole = at < 0 ? text : text.slice(0, at)
  const fraction = at < 0 ? '' : text.slice(at + 1)
  const grouped = wellGrouped(whole, mark === ',' ? '.' : mark === '.' ? ',' : text.includes('.') ? '.' : ',')
  if (!grouped || !/^\d*$/.test(fraction)) return refuse('amount_form')
  return accept({ whole: whole.replace(/[.,]/g, ''), fraction })
}

/** Which mark stands before the decimals here; '' where there are none. */
function decimalMark(text: string, decimal: DecimalMark | undefined): DecimalMark | '' | 'ambiguous' {
  const comma = text.lastIndexOf(',')
  const dot = text.lastIndexOf('.')
  if (comma < 0 && dot < 0) return ''
  if (comma >= 0 && dot >= 0) return comma > dot ? ',' : '.'
  const mark = comma >= 0 ? ',' : '.'
  if (text.indexOf(mark) !== text.lastIndexOf(mark)) return ''
  if (decimal !== undefined) return mark === decimal ? mark : ''
  const looksGrouped = /^[1-9]\d{0,2}[.,]\d{3}$/.test(text)
  return looksGrouped ? 'ambiguous' : mark
}

/** Digits alone, or groups of three after a first group of one to three. */
function wellGrouped(whole: string, mark: string): boolean {
  const groups = whole.split(mark)
  if (groups.some(group => !/^\d+$/.test(group))) return false
  return groups.length === 1 || groups.every((group, index) => (index === 0 ? group.length <= 3 : group.length === 3))
}

function toOre(whole: string, fraction: string, sign: 1 | -1): Parsed<number, AmountCode> {
  if (/[1-9]/.test(fraction.slice(2))) return refuse('amount_decimals')
  const ore = Number(whole) * 100 + Number(fraction.slice(0, 2).padEnd(2, '0'))
  if (ore > Number.MAX_SAFE_INTEGER) return refuse('amount_too_large')
  return accept(ore === 0 ? 0 : sign * ore)
}
