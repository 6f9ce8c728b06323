/** Whether a value can tell one visitor from all others, and whether such a value is carried in a text. Pure. */

const CHARACTERS_MIN = 8
const BITS_MIN = 20
const PARTS_MAX = 20

/** The parts of a value by which a visitor could be known again: long enough and of enough chance; at most 20. */
export function identifyingParts(value: string): readonly string[] {
  const decoded = decode(value)
  const whole = decoded.length <= 128 ? [value, decoded] : []
  const parts = [...whole, ...decoded.split(/[^\p{L}\p{N}_-]+/u), ...decoded.split(/[^\p{L}\p{N}]+/u)]
  return [...new Set(parts)].filter(looksIdentifying).slice(0, PARTS_MAX)
}

/** Whether a text (query or body) carries one of these parts, as it is or percent-encoded. */
export function carries(text: string, parts: readonly string[]): boolean {
  const decoded = decode(text)
  return parts.some(part => text.includes(part) || decoded.includes(part))
}

/** Eight characters or more, and some twenty bits of chance: 'accepted' and 'da-DK' are words, not marks. */
export function looksIdentifying(text: string): boolean {
  if (text.length < CHARACTERS_MIN || isWord(text)) return false
  return entropyOf(text) * text.length >= BITS_MIN
}

// Letters of one case with vowels among them, as words have; random letters rarely keep to that.
function isWord(text: string): boolean {
  if (/^(true|false|null|undefined|localhost)$/i.test(text)) return true
  const pieces = text.split(/[_\-\s]+/).filter(piece => piece !== '')
  return pieces.every(piece => /^[A-ZÆØÅ]?[a-zæøå]+$/.test(piece) && hasRhythm(piece) && piece.length <= 20)
}

function hasRhythm(piece: string): boolean {
  return piece.length < 3 || (!/[^aeiouyæøå]{5}|[aeiouyæøå]{4}/.test(piece) && /[aeiouyæøå]/.test(piece))
}

/** Shannon entropy, bits a character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  const length = Math.max(1, text.length)
  return [...counts.values()].reduce((sum, count) => sum - (count / length) * Math.log2(count / length), 0)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
