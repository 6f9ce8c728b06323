/** How a person or a case may be recognised from a row: strong keys, and reasons for somebody to look. Pure. */
import { compactKey } from '../lib/text.ts'
import type { DebtorRow } from './debtor-row.ts'

/**
 * A value by which a row may be recognised. `cpr` and `reference` (within the same client) are strong: equal means the
 * same. `possible` is only a reason for somebody to look: two people of one name may live at one address.
 */
export type MatchKey = { readonly kind: 'cpr' | 'reference' | 'possible'; readonly value: string }

/**
 * The keys of a row, strongest first. A replacement number is none of them: two hospitals may give one number to two
 * persons. The `possible` key needs a name, an address and a postcode.
 */
export function matchKeys(row: DebtorRow): readonly MatchKey[] {
  const keys: MatchKey[] = []
  if (row.cpr !== '') keys.push({ kind: 'cpr', value: row.cpr })
  keys.push({ kind: 'reference', value: duplicateKey(row) })
  const possible = possibleKey(row)
  if (possible !== '') keys.push({ kind: 'possible', value: possible })
  return keys
}

/** Rows of one file with the same key concern the same case: case and inner spaces of the reference do not matter. */
export function duplicateKey(row: DebtorRow): string {
  return compactKey(row.reference)
}

/** Name in any order of its parts, postcode and address, without case, accents and punctuation. */
function possibleKey(row: DebtorRow): string {
  const name = parts(row.name).sort().join(' ')
  const address = parts(row.address).join(' ')
  return name === '' || address === '' || row.postcode === '' ? '' : `${name}|${row.postcode}|${address}`
}

function parts(text: string): string[] {
  const lower = text.toLowerCase().replaceAll('æ', 'ae').replaceAll('ø', 'oe').replaceAll('å', 'aa')
  return lower
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(part => part !== '')
}
