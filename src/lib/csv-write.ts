/** Writes lines of CSV that a spreadsheet shows and never runs. */
import { markFormula } from './text.ts'

/**
 * One line of CSV with its line end. Cells that a spreadsheet would run as a formula are marked so that they stay
 * text; `unmarkFormula` gives the cells back exactly. Excel in Denmark expects the semicolon.
 */
export function csvLine(cells: readonly string[], delimiter = ';'): string {
  const line = cells.map(cell => csvCell(cell, delimiter)).join(delimiter)
  return `${line === '' ? '""' : line}\r\n`
}

/** One cell: marked against formulas, quoted where it must be. */
export function csvCell(text: string, delimiter = ';'): string {
  const marked = markFormula(text)
  const plain = !marked.includes(delimiter) && !NEEDS_QUOTES.test(marked)
  return plain ? marked : `"${marked.replaceAll('"', '""')}"`
}

const NEEDS_QUOTES = /["\r\n\uFEFF]|^\s|\s$/
