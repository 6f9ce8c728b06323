/** The markers of the canary: a value for every field, in the form the field wants, that is nobody else's. */
import type { PolicyDocument } from '../src/policy/types.ts'

/** Six letters that stand together in no word, format or program; every marker made of letters begins with them. */
export const SIGN = 'qzkwvj'
/** The same for what is planted in clear on purpose, to see that the search would find it. */
export const CONTROL = 'qzkwxc'
/** Every CPR number here begins so. */
export const CPR = '0101650'
/** Codes and days: their values are everybody's, so they mark nobody. */
export const COMMON = new Set(['postcode', 'country', 'currency', 'invoice_date', 'due_date', 'payment_date'])

/** 'category.field' -> the value that was planted there first. */
export const planted = new Map<string, string>()
/** Digits that are looked for one by one. */
export const numbers: string[] = []
let count = 0
let document: PolicyDocument

/** Tells which fields there are; before anything is planted. */
export function useDocument(inForce: PolicyDocument): void {
  document = inForce
}
export const categories = () => document.categories
export const fieldsOf = (category: string) => document.categories[category]?.fields ?? []

/** A word with the sign that nothing else has. */
export function word(): string {
  count += 1
  const letters = Array.from(count.toString(26).padStart(4, '0')).map(
    it => 'abcdefghijklmnopqrstuvwxyz'[Number.parseInt(it, 26)],
  )
  return `Qzkwvj${letters.join('')}`
}
/** A key of a document that somebody typed; what looks like a field's name may be named in a refusal. */
export const typed = () => `${word()} ${word()}`
export function number(digits: string): string {
  numbers.push(digits)
  return digits
}

/** A value of the field's own format that is nobody else's. */
function valueFor(field: string): string {
  const at = String((count += 1)).padStart(3, '0')
  const format = document.fields[field]?.format
  if (format === 'cpr') return `${CPR}${at}`
  if (format === 'cvr') return number(cvr(20_731_000 + count))
  if (format === 'phone') return number(`20713${at}`)
  if (format === 'amount') return number(`1473${at}`).concat('.19')
  if (format === 'cardToken') return `tok_${word()}:4242`
  return format === 'email' ? `${word().toLowerCase()}@example.dk` : word()
}

function cvr(from: number): string {
  const weights = [2, 7, 6, 5, 4, 3, 2, 1]
  const fits = (digits: string) => weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11 === 0
  for (let at = from * 1; ; at += 1) if (fits(String(at))) return String(at)
}

/** Values for these fields of a category, each noted as planted. */
export function plant(
  category: string,
  fields: readonly string[],
  common: { readonly [field: string]: string } = {},
): { [field: string]: string } {
  return Object.fromEntries(
    fields.map(field => {
      const value = common[field] ?? valueFor(field)
      const place = `${category}.${field}`
      if (!COMMON.has(field) && !planted.has(place)) planted.set(place, value)
      return [field, value]
    }),
  )
}

const DEBTOR = ['debtor_identity', 'debtor_contact', 'debt_claim', 'debt_note'] as const
const COLUMNS = [
  'reference',
  'name',
  'cpr',
  'cvr',
  'address',
  'co_address',
  'postcode',
  'city',
  'country',
  'email',
  'phone',
  'principal',
  'interest',
  'fee',
  'currency',
  'invoice_number',
  'invoice_date',
  'due_date',
  'claim_text',
  'note',
] as const
export const EVERYBODYS = {
  postcode: '2500',
  country: 'DK',
  currency: 'DKK',
  invoice_date: '2026-01-01',
  due_date: '2026-03-01',
}

/** One row of a client's file with a marker in every column; `without` leaves columns empty. */
export function row(
  without: readonly string[] = [],
  wrong: { readonly [column: string]: string } = {},
): { line: string; reference: string } {
  const values: { [field: string]: string } = {}
  for (const category of DEBTOR)
    Object.assign(
      values,
      plant(
        category,
        (document.categories[category]?.fields ?? []).filter(it => !without.includes(it)),
        EVERYBODYS,
      ),
    )
  const all = { ...values, ...wrong }
  const cells = COLUMNS.map(column => all[column as 'name'] ?? '')
  return {
    line: cells.map(it => it.replace(/(\d)\.(\d\d)$/, '$1,$2')).join(';'),
    reference: String(values['reference']),
  }
}
export const file = (...lines: string[]) => `${COLUMNS.join(';')}\r\n${lines.join('\r\n')}\r\n`
