/** Cuts a value into the pieces that may be one encoded or digested thing: runs of base64 characters. Pure. */

/** Pieces that begin inside a run after a separator count too: `sha256-…`, `v1_…`, `…/…`. */
export type Cut = 'joined' | 'whole'

/**
 * Runs of at least 8 letters, digits, `+`, `/`, `-` and `_`. With 'joined', also what stands between or after
 * those four signs, since they may be separators as well as base64. At most 256 pieces.
 */
export function tokensOf(text: string, cut: Cut): string[] {
  const tokens: string[] = []
  let start = 0
  let hasSign = false
  for (let at = 0; at <= text.length && tokens.length < TOKENS_MAX; at += 1) {
    const kind = KINDS[text.charCodeAt(at)] ?? OTHER
    if (kind === SIGN) hasSign = true
    if (kind !== OTHER) continue
    if (at - start >= SHORTEST)
      addPieces(text.slice(start, at), hasSign && cut === 'joined' ? 'joined' : 'whole', tokens)
    start = at + 1
    hasSign = false
  }
  return tokens
}

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

function addPieces(token: string, cut: Cut, tokens: string[]): void {
  tokens.push(token)
  if (cut === 'whole') return
  const first = token.search(SIGNS)
  if (token.length - first - 1 >= SHORTEST) tokens.push(token.slice(first + 1))
  for (const piece of token.split(SIGNS)) if (piece.length >= SHORTEST && !tokens.includes(piece)) tokens.push(piece)
}

const SIGNS = /[+/_-]/
