/** Cuts a value into the pieces that may be one encoded or digested thing: runs of base64 characters. Pure. */

/**
 * Runs of at least 8 letters, digits, `+`, `/`, `-` and `_`, and what stands between or after these four signs, since
 * they may be separators (`sha256-…`, `v1_…`) as well as base64. At most 256 pieces.
 */
export function tokensOf(text: string): readonly string[] {
  if (text.length < SHORTEST) return NONE
  let tokens: string[] | undefined
  let start = 0
  let hasSign = false
  for (let at = 0; at <= text.length; at += 1) {
    const kind = KINDS[text.charCodeAt(at)] ?? OTHER
    if (kind === SIGN) hasSign = true
    if (kind !== OTHER) continue
    if (at - start >= SHORTEST) addPieces(text.slice(start, at), hasSign, (tokens ??= []))
    if (tokens !== undefined && tokens.length >= TOKENS_MAX) break
    start = at + 1
    hasSign = false
  }
  return tokens ?? NONE
}

const NONE: readonly string[] = Object.freeze([])
const TOKENS_MAX = 256
const SHORTEST = 8
const OTHER = 0
const ALPHANUMERIC = 1
const SIGN = 2
const KINDS = new Uint8Array(128)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') {
  KINDS[character.charCodeAt(0)] = ALPHANUMERIC
}
for (const character of '+/-_') KINDS[character.charCodeAt(0)] = SIGN

function addPieces(token: string, hasSign: unknown, tokens: string[]): void {
  tokens.push(token)
  if (hasSign === false) return
  const first = token.search(SIGNS)
  if (token.length - first - 1 >= SHORTEST) tokens.push(token.slice(first + 1))
  for (const piece of token.split(SIGNS)) if (piece.length >= SHORTEST && !tokens.includes(piece)) tokens.push(piece)
}

const SIGNS = /[+/_-]/
