/** Written CSV: quoted only where it must be, and never run by a spreadsheet as a formula. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvCell, csvLine } from './csv-write.ts'

test('a cell is quoted only where it must be', () => {
  assert.equal(csvLine(['a', 'b;c', 'd,e', '"', ' x', 'l1\nl2']), 'a;"b;c";d,e;"""";" x";"l1\nl2"\r\n')
  assert.equal(csvLine(['a', 'b;c', 'd,e'], ','), 'a,b;c,"d,e"\r\n')
  assert.equal(csvLine(['']), '""\r\n')
})

test('no cell begins as a formula, and amounts stay numbers (B16)', () => {
  assert.equal(csvCell('=HYPERLINK("x")'), `"'=HYPERLINK(""x"")"`)
  assert.equal(csvCell('@x'), "'@x")
  assert.equal(csvCell('-1.234,56'), '-1.234,56')
})
