/** What a form on our sites may give us: each value read in its format, and no number where none belongs. Pure. */
import { containsCard, containsCardSecret } from '../lib/card.ts'
import { mayContainCpr, parseCpr } from '../lib/cpr.ts'
import { parseCvr } from '../lib/cvr.ts'
import { parseEmail } from '../lib/email.ts'
import { parsePhone } from '../lib/phone.ts'
import { cleanText } from '../lib/text.ts'
import type { Fault } from '../platform/problems.ts'
import type { FieldFormat, PolicyDocument } from '../policy/types.ts'

export const VALUE_MAX = 2_000
export const FREE_TEXT_MAX = 20_000
const CLAUSE = 'S13'
/** A key may itself be something typed; what does not look like a field's name is not repeated. */
const FIELD_NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,39}$/
/** The payment provider's reference, a colon, and the last four digits: 'tok_8fA2kQ:4242'. */
const CARD_TOKEN = /^[A-Za-z][A-Za-z0-9_-]{5,63}:\d{4}$/

export type Read =
  | { readonly ok: true; readonly values: { readonly [field: string]: string } }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/**
 * The values normalised as the vault keeps them; empty ones are left out. A fault names the field and the rule,
 * never the value: a card number or its secret anywhere, a CPR number outside its own field, a malformed value.
 */
export function readValues(given: { readonly [field: string]: string }, document: PolicyDocument): Read {
  const values: { [field: string]: string } = {}
  const faults: Fault[] = []
  for (const [field, text] of Object.entries(given)) {
    const format = Object.hasOwn(document.fields, field) ? document.fields[field]?.format : undefined
    const read = format === undefined ? wrong('field_unknown') : readValue(format, text)
    if ('code' in read)
      faults.push({ field: FIELD_NAME.test(field) ? field : '*', code: `collection.${read.code}`, clause: CLAUSE })
    else if (read.value !== '') values[field] = read.value
  }
  if (faults.length > 0) return { ok: false, faults }
  if (Object.keys(values).length > 0) return { ok: true, values }
  return { ok: false, faults: [{ field: 'values', code: 'collection.nothing_given', clause: CLAUSE }] }
}

type ReadValue = { readonly value: string } | { readonly code: string }

function readValue(format: FieldFormat, text: string): ReadValue {
  if (text.length > (format === 'freeText' ? FREE_TEXT_MAX : VALUE_MAX)) return wrong('too_long')
  const bare = cleanText(text)
  if (bare === '') return { value: '' }
  // A card number typed into any field is refused before its form is looked at (PCI DSS 3.3).
  if (containsCard(bare)) return wrong('card_number')
  if (containsCardSecret(bare)) return wrong('card_secret')
  if (format === 'cpr') return ofCpr(bare)
  if (format === 'phone') return parsed(parsePhone(bare))
  if (mayContainCpr(bare)) return wrong('cpr_outside_its_field')
  if (format === 'email') return parsed(parseEmail(bare))
  if (format === 'cvr') return parsed(parseCvr(bare))
  if (format === 'cardToken') return CARD_TOKEN.test(bare) ? { value: bare } : wrong('card_token_form')
  return { value: bare }
}

function ofCpr(text: string): ReadValue {
  const read = parseCpr(text)
  if (!read.ok) return wrong(read.code)
  return { value: read.value.kind === 'cpr' ? read.value.digits : read.value.id }
}

function parsed(read: { ok: true; value: string } | { ok: false; code: string }): ReadValue {
  return read.ok ? { value: read.value } : wrong(read.code)
}

function wrong(code: string): ReadValue {
  return { code }
}
