/** Every fault has a text that says what to do, in both languages, and the clause it comes from. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FILE_TEXTS } from './file-texts.ts'
import { clauseOf, explain, ROW_TEXTS, type RejectCode } from './reject-texts.ts'

test('every code says what is wrong and what to do, in both languages', () => {
  for (const [code, texts] of [...Object.entries(ROW_TEXTS), ...Object.entries(FILE_TEXTS)]) {
    for (const text of [...texts.da, ...texts.en]) assert.match(text, /^\p{Lu}.{5,}\.$/u, code)
    assert.notDeepEqual(texts.da, texts.en, code)
  }
})

test('no code belongs to both a row and a file', () => {
  assert.deepEqual(
    Object.keys(ROW_TEXTS).filter(code => code in FILE_TEXTS),
    [],
  )
  assert.equal(explain('csv_quote_open'), FILE_TEXTS.csv_quote_open)
  assert.equal(explain('balance_zero'), ROW_TEXTS.balance_zero)
})

test('the clause follows the fault', () => {
  const clauses: readonly (readonly [RejectCode, string])[] = [
    ['card_in_text', 'S13'],
    ['cpr_in_text', 'S13'],
    ['note_sensitive', 'S14'],
    ['balance_zero', 'S20'],
  ]
  for (const [code, clause] of clauses) assert.equal(clauseOf(code), clause)
})
