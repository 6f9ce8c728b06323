/** What makes two rows the same person or case, and what is only a reason for somebody to look. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyRow, type DebtorRow } from './debtor-row.ts'
import { duplicateKey, matchKeys } from './match-keys.ts'

function row(changes: Partial<DebtorRow>): DebtorRow {
  return { ...emptyRow(), reference: 'K-1', name: 'Jens Hansen', address: 'Nørregade 1', postcode: '8000', ...changes }
}

test('CPR first, then the reference; name and address are only a possibility', () => {
  assert.deepEqual(matchKeys(row({ cpr: '0707614285' })), [
    { kind: 'cpr', value: '0707614285' },
    { kind: 'reference', value: 'K-1' },
    { kind: 'possible', value: 'hansen jens|8000|noerregade 1' },
  ])
})

test('the possible key looks past order, case, accents and punctuation, not past another house', () => {
  const possible = (changes: Partial<DebtorRow>): string | undefined =>
    matchKeys(row(changes)).find(key => key.kind === 'possible')?.value
  assert.equal(possible({ name: 'HANSEN, Jéns', address: 'nørregade 1.' }), possible({}))
  assert.notEqual(possible({ address: 'Nørregade 11' }), possible({}))
  assert.notEqual(possible({ postcode: '8200' }), possible({}))
  assert.equal(possible({ address: '' }), undefined)
  assert.equal(possible({ postcode: '' }), undefined)
})

test('a replacement number matches nobody', () => {
  assert.deepEqual(matchKeys(row({ replacement_number: '6707614285', address: '' })), [
    { kind: 'reference', value: 'K-1' },
  ])
})

test('one case in a file, however its reference is spelt', () => {
  assert.equal(duplicateKey(row({ reference: 'k - 1' })), duplicateKey(row({})))
  assert.notEqual(duplicateKey(row({ reference: 'K-11' })), duplicateKey(row({})))
})
