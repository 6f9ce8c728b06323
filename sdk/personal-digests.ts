/** Digests of values the site knows, and anything of a digest's shape: pseudonyms all the same (GDPR 4(5)). Pure. */
import { createHash } from 'node:crypto'

/** The values a site knows of a visitor, prepared for looking up. */
export type KnownValues = {
  readonly plain: readonly string[]
  readonly compact: readonly string[]
  readonly whole: ReadonlySet<string>
  readonly digests: ReadonlySet<string>
  /** First 12 hex digits of each digest, and the whole: truncated digests are found by them. */
  readonly hexStarts: ReadonlyMap<string, string>
}

/** Prepares the values, once for each list: their usual spellings and the digests of all of them. */
export function knownValues(values: readonly string[]): KnownValues {
  const before = prepared.get(values)
  if (before !== undefined) return before
  const made = prepare(values.slice(0, KNOWN_MAX))
  prepared.set(values, made)
  return made
}

/** Whether a known value stands in the text as it is, in other case, or with other separators. */
export function holdsKnown(text: string, known: KnownValues): boolean {
  const folded = fold(text)
  if (known.plain.some(value => folded.includes(value))) return true
  if (known.whole.size > 0 && folded.split(/[^\p{L}\d]+/u).some(word => known.whole.has(word))) return true
  if (known.compact.length === 0) return false
  const squeezed = compact(folded)
  return known.compact.some(value => squeezed.includes(value))
}

/** Whether a piece is the MD5 or SHA digest of a known value: hex (also its beginning) or base64. */
export function holdsKnownDigest(tokens: readonly string[], known: KnownValues): boolean {
  return tokens.some(token => {
    if (known.digests.has(sameBase64(token))) return true
    const hex = token.toLowerCase()
    return hex.length >= HEX_START && known.hexStarts.get(hex.slice(0, HEX_START))?.startsWith(hex) === true
  })
}

/**
 * Takes UUIDs out of a text. Random (4) and time-ordered random (7) ones say nothing; `telling` are the others, made
 * from a name, a network card or nobody knows what, in hex without hyphens.
 */
export function withoutUuids(text: string): { readonly rest: string; readonly telling: readonly string[] } {
  if (text.length < UUID_CHARACTERS || !text.includes('-')) return { rest: text, telling: NONE }
  const telling: string[] = []
  const rest = text.replaceAll(UUID, (uuid, version: string) => {
    if (!RANDOM_VERSIONS.includes(version)) telling.push(uuid.replaceAll('-', ''))
    return ' '
  })
  return { rest, telling }
}

/**
 * Whether a piece has the shape of a digest: 32, 40, 56, 64, 96 or 128 hex digits, or base64 of 16, 20,
 * 32 or 64 bytes. Bytes that are plain text are none; they are read by themselves.
 */
export function holdsDigestShape(tokens: readonly string[]): boolean {
  return tokens.some(
    token => token.length >= SHORTEST_DIGEST && (isHexDigest(token) || isBase64Digest(token)) && !isReadable(token),
  )
}

const KNOWN_MAX = 64
const PLAIN_MIN = 4
const COMPACT_MIN = 6
const HEX_START = 12
const SHORTEST_DIGEST = 22
const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const
const HEX_LENGTHS = new Set([32, 40, 56, 64, 96, 128])
const HEX = /^(?:[\da-f]+|[\dA-F]+)$/
const UUID_CHARACTERS = 36
const UUID = /(?<![\da-z])[\da-f]{8}-[\da-f]{4}-([\da-f])[\da-f]{3}-[\da-f]{4}-[\da-f]{12}(?![\da-z])/gi
const RANDOM_VERSIONS = '47'
const NONE: readonly string[] = Object.freeze([])
// Length without padding, and the signs that may come last: the bits beyond the last byte are zero.
const BASE64_ENDS: ReadonlyMap<number, string> = new Map([
  [22, 'AQgw'],
  [27, 'AEIMQUYcgkosw048'],
  [43, 'AEIMQUYcgkosw048'],
  [86, 'AQgw'],
])
const TURNS_MIN = 6

const prepared = new WeakMap<readonly string[], KnownValues>()

function prepare(values: readonly string[]): KnownValues {
  const spellings = new Set(values.flatMap(spellingsOf))
  const folded = [...new Set([...spellings].map(fold))]
  const digests = new Set<string>()
  const hexStarts = new Map<string, string>()
  for (const spelling of spellings) {
    for (const algorithm of ALGORITHMS) {
      const digest = createHash(algorithm).update(spelling).digest()
      const hex = digest.toString('hex')
      hexStarts.set(hex.slice(0, HEX_START), hex)
      digests.add(digest.toString('base64url'))
    }
  }
  return {
    plain: folded.filter(value => value.length >= PLAIN_MIN),
    compact: [...new Set(folded.map(compact))].filter(value => value.length >= COMPACT_MIN),
    whole: new Set(folded.filter(value => value.length >= 2 && value.length < PLAIN_MIN)),
    digests,
    hexStarts,
  }
}

function spellingsOf(value: string): string[] {
  const trimmed = value.trim()
  if (trimmed === '') return []
  const lower = trimmed.toLowerCase()
  return [value, trimmed, lower, trimmed.toUpperCase(), ...emailSpellings(lower), ...numberSpellings(lower)]
}

// What advertisers do before they digest an address: drop the part after a plus, and the dots.
function emailSpellings(lower: string): string[] {
  const at = lower.lastIndexOf('@')
  if (at < 1) return []
  const [local, domain] = [lower.slice(0, at), lower.slice(at)]
  const bare = local.replace(/\+.*$/, '')
  return [`${bare}${domain}`, `${local.replaceAll('.', '')}${domain}`, `${bare.replaceAll('.', '')}${domain}`]
}

function numberSpellings(lower: string): string[] {
  if (!/^[+\d][\d\s().-]*$/.test(lower)) return []
  const digits = lower.replaceAll(/\D/g, '').replace(/^00/, '')
  if (digits.length < 8) return []
  const cpr = digits.length === 10 ? [`${digits.slice(0, 6)}-${digits.slice(6)}`] : []
  const national = digits.length === 10 && digits.startsWith('45') ? [digits.slice(2)] : []
  const abroad = digits.length === 8 ? [`45${digits}`, `+45${digits}`, `0045${digits}`] : [`+${digits}`, `00${digits}`]
  return [digits, ...cpr, ...national, ...abroad]
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function compact(folded: string): string {
  return folded.replaceAll(/[\s_+.,-]/g, '')
}

function sameBase64(token: string): string {
  return token.replaceAll('+', '-').replaceAll('/', '_')
}

function isReadable(token: string): boolean {
  return /^[\x20-\x7E]+$/.test(Buffer.from(token, isHexDigest(token) ? 'hex' : 'base64').toString('latin1'))
}

function isHexDigest(token: string): boolean {
  return HEX_LENGTHS.has(token.length) && HEX.test(token)
}

// A long word of a program has few changes between large, small and digit; bytes have one at nearly every sign.
function isBase64Digest(token: string): boolean {
  const ends = BASE64_ENDS.get(token.length)
  if (ends === undefined || !ends.includes(token.at(-1) ?? '')) return false
  let turns = 0
  let before = ''
  for (const sign of token) {
    const kind = sign >= 'a' ? 'small' : sign >= 'A' ? 'large' : sign >= '0' ? 'digit' : before
    if (kind !== before && before !== '') turns += 1
    before = kind
  }
  return turns >= TURNS_MIN
}
