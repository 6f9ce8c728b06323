/**
 * One line of text as it may be stored and shown: NFC, without control, direction-changing and invisible characters,
 * every run of white space one space, none at the ends. Total, and the same when done twice.
 */
export function cleanText(text: string): string {
  if (isClean(text)) return text
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(LINE_BREAKS, ' ')
    .replace(INVISIBLE, '')
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Whether UTF-8 was once read as Windows-1252 and written again (Ã¸ for ø), or letters were lost for good (U+FFFD). */
export function looksMangled(text: string): boolean {
  if (!text.includes('Ã') && !text.includes('\uFFFD')) return false
  return text.includes('\uFFFD') || DOUBLY_ENCODED.test(text)
}

/**
 * Puts an apostrophe before a text that a spreadsheet would take for a formula, so that it stays text. Clean numbers
 * (-1.234,56) stay as they are. A text that already begins with apostrophes and a formula gets one more, so that
 * `unmarkFormula` gives back exactly what was marked.
 */
export function markFormula(text: string): string {
  return FORMULA.test(text) && !CLEAN_NUMBER.test(text) ? `'${text}` : text
}

/** Takes off the one apostrophe that `markFormula`, or another careful system, put before a formula. */
export function unmarkFormula(text: string): string {
  if (text.charCodeAt(0) !== 39) return text
  const rest = text.slice(1)
  return FORMULA.test(rest) && !CLEAN_NUMBER.test(rest) ? rest : text
}

/** The form in which two references are the same: neither letter case nor inner spaces tell them apart. */
export function compactKey(text: string): string {
  return text.toUpperCase().replaceAll(' ', '')
}

const LINE_BREAKS = /[\t-\r\u0085\u2028\u2029]/g
const INVISIBLE = /[\p{Cc}\p{Cf}]/gu
const DOUBLY_ENCODED = /Ã[\u0080-\u00BF†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ…ƒ„‚]/
const FORMULA = /^'*[ \u00A0]*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/
const CLEAN_NUMBER = /^[+-]?\d[\d.,]*$/

/** Printable ASCII and the Danish letters with single spaces inside: nearly every cell, and nothing to do. */
function isClean(text: string): boolean {
  let before = 32
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 32 ? before === 32 : code < 33 || (code > 126 && !isDanishLetter(code))) return false
    before = code
  }
  return before !== 32 || text.length === 0
}

function isDanishLetter(code: number): boolean {
  return code === 230 || code === 248 || code === 229 || code === 198 || code === 216 || code === 197
}
