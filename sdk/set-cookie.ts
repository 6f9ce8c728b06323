/** Reads a Set-Cookie line as browsers do (RFC 6265bis), and says when browsers may read it differently. Pure. */
import { lenientDate, strictDate } from './cookie-date.ts'

export type ParsedCookie = {
  readonly name: string
  readonly value: string
  /** The Domain attribute in lower case without its leading dot; null for a host-only cookie. */
  readonly domain: string | null
  /** Null: the path of the page that sets it. */
  readonly path: string | null
  /** Null: a session cookie. Zero or less: it deletes. */
  readonly lifetimeSeconds: number | null
  readonly isDeletion: boolean
  /** Every browser, old or new, reads the same name, value, place and time. */
  readonly isClear: boolean
  /** What is in doubt, for a developer to read; never the value. */
  readonly unclearWhy: string | null
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: 'Strict' | 'Lax' | 'None' | null
  readonly partitioned: boolean
  /** UTF-8 bytes of name and value. */
  readonly bytes: number
}

/** Browsers ignore a cookie whose name and value are larger (RFC 6265bis 5.7), and an attribute beyond 1,024. */
export const COOKIE_BYTES_MAX = 4096
export const ATTRIBUTE_BYTES_MAX = 1024

/** The cookie that a line sets. Null: a browser ignores the line whole. */
export function parseSetCookie(line: string, now: Date): ParsedCookie | null {
  if (CONTROL.test(line)) return null
  const cookie = readLine(line, now)
  return cookie === null || cookie.bytes > COOKIE_BYTES_MAX ? null : cookie
}

/** What a line tries to set, also when every browser refuses it for its size or for a control character in it. */
export function parseAttempt(line: string, now: Date): ParsedCookie | null {
  return readLine(CONTROL.test(line) ? line.replace(CONTROLS, '') : line, now)
}

function readLine(line: string, now: Date): ParsedCookie | null {
  const end = endOfPart(line, 0)
  const pair = readPair(line.slice(0, end))
  const bytes = bytesOf(pair.name) + bytesOf(pair.value)
  if (bytes === 0) return null
  if (pair.name === '' && PREFIX.test(pair.value)) return null
  const attributes = attributesOf(line.slice(end))
  const { secure, httpOnly, sameSite, partitioned } = attributes
  const { seconds: lifetimeSeconds, doubt } = lifetimeOf(attributes, now)
  const place = { domain: attributes.domain, path: attributes.path }
  const isDeletion = lifetimeSeconds !== null && lifetimeSeconds <= 0
  const flags = { secure, httpOnly, sameSite, partitioned, bytes }
  const unclearWhy =
    doubtOfPair(pair) ?? attributes.doubt ?? doubt ?? (keepsPrefix({ ...pair, ...attributes }) ? null : BROKEN_PREFIX)
  return { ...pair, ...place, lifetimeSeconds, isDeletion, isClear: unclearWhy === null, unclearWhy, ...flags }
}

/** Why browsers of today refuse a cookie it can read: None or Partitioned without Secure, a broken prefix; or null. */
export function refusedByBrowsers(cookie: Omit<ParsedCookie, 'isClear' | 'unclearWhy'>): string | null {
  if (cookie.sameSite === 'None' && !cookie.secure) return 'SameSite=None without Secure'
  if (cookie.partitioned && !cookie.secure) return 'Partitioned without Secure'
  return keepsPrefix(cookie) ? null : BROKEN_PREFIX
}

/** Names and values of a Cookie header; a name may come several times. Nameless ones stand under ''. */
export function parseCookieHeader(header: string | undefined): Map<string, string[]> {
  const cookies = new Map<string, string[]>()
  for (const part of header?.split(';', COOKIES_MAX) ?? []) {
    const { name, value } = readPair(part)
    if (name === '' && value === '') continue
    const values = cookies.get(name)
    if (values === undefined) cookies.set(name, [value])
    else values.push(value)
  }
  return cookies
}

type Pair = { readonly name: string; readonly value: string }
type Attributes = Pick<ParsedCookie, 'domain' | 'path' | 'secure' | 'httpOnly' | 'sameSite' | 'partitioned'> & {
  readonly maxAge: number | null
  /** Milliseconds since 1970. */
  readonly expires: number | null
  readonly doubt: string | null
}
type Written = { readonly [name in (typeof ATTRIBUTES)[number]]?: string }

const ATTRIBUTES = ['max-age', 'expires', 'domain', 'path', 'secure', 'httponly', 'samesite', 'partitioned'] as const
const FLAGS: ReadonlySet<string> = new Set(['secure', 'httponly', 'partitioned'])
const KNOWN: ReadonlySet<string> = new Set(ATTRIBUTES)
const COOKIES_MAX = 400
const REMEMBERED_MAX = 256
const REMEMBERED_CHARACTERS_MAX = 256
const BROKEN_PREFIX = 'the promise of its prefix is not kept'
const remembered = new Map<string, Attributes>()
const CONTROL = /[\x00-\x08\x0A-\x1F\x7F]/
const CONTROLS = new RegExp(CONTROL, 'g')
const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/
const PLAIN_VALUE = /^[\x20-\x7E]*$/
const PLAIN_ATTRIBUTE = /^[\x20\x21\x23-\x7E]*$/
const FOLDED = /,\s*[^\s,;="]+=/
const PREFIX = /^__(?:secure|host-http|host|http)-/i
const MAX_AGE = /^-?\d{1,15}$/
const DOMAIN = /^(?!-)[a-z\d-]+(?:\.[a-z\d-]+)*$/
const SAME_SITES: Readonly<Record<string, ParsedCookie['sameSite']>> = { strict: 'Strict', lax: 'Lax', none: 'None' }
/** Clocks and caches may set Max-Age and Expires this far apart without anybody reading another time. */
const APART_SECONDS_MAX = 300

function endOfPart(line: string, from: number): number {
  const end = line.indexOf(';', from)
  return end < 0 ? line.length : end
}

function readPair(text: string): Pair {
  const at = text.indexOf('=')
  if (at < 0) return { name: '', value: trim(text) }
  return { name: trim(text.slice(0, at)), value: trim(text.slice(at + 1)) }
}

// Spaces and tabs alone; String.trim would take signs off that belong to the value.
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function doubtOfPair({ name, value }: Pair): string | null {
  if (name === '') return 'it has no name'
  if (!TOKEN.test(name)) return 'its name has signs that no name may have'
  if (!PLAIN_VALUE.test(value)) return 'its value has signs beyond ASCII, or a tab'
  if (value.includes('"') && value.split('"').length % 2 === 0) return 'a quotation mark is not closed'
  return value.includes(',') && FOLDED.test(value) ? 'it may be several cookies in one line' : null
}

// Most cookies of a site end alike, so the last endings read are remembered; they hold nothing of the value.
function attributesOf(end: string): Attributes {
  const before = remembered.get(end)
  if (before !== undefined) return before
  const doubts: string[] = []
  const written = readAttributes(end, doubts)
  const made: Attributes = {
    domain: domainOf(written.domain, doubts),
    path: written.path?.startsWith('/') === true ? written.path : null,
    secure: written.secure !== undefined,
    httpOnly: written.httponly !== undefined,
    sameSite: SAME_SITES[written.samesite?.toLowerCase() ?? ''] ?? null,
    partitioned: written.partitioned !== undefined,
    maxAge: written['max-age'] === undefined ? null : secondsOfMaxAge(written['max-age'], doubts),
    expires: written.expires === undefined ? null : timeOfExpires(written.expires, doubts),
    doubt: doubts[0] ?? null,
  }
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  if (end.length <= REMEMBERED_CHARACTERS_MAX) remembered.set(end, Object.freeze(made))
  return made
}

// The last one of a name counts, as in browsers; that there were two is a doubt.
function readAttributes(line: string, doubts: string[]): Written {
  const found: { [name: string]: string } = {}
  for (let at = 0; at < line.length;) {
    const end = endOfPart(line, at + 1)
    const part = trim(line.slice(at + 1, end))
    at = end
    if (part === '') continue
    const equals = part.indexOf('=')
    const written = equals < 0 ? part : trim(part.slice(0, equals))
    const value = equals < 0 ? '' : trim(part.slice(equals + 1))
    const name = written.toLowerCase()
    if (!KNOWN.has(name) && !TOKEN.test(written)) doubts.push('an attribute has a name that none may have')
    if (value.length > ATTRIBUTE_BYTES_MAX / 3 && bytesOf(value) > ATTRIBUTE_BYTES_MAX) {
      doubts.push('an attribute is too long')
    } else if (KNOWN.has(name)) {
      if (found[name] !== undefined && !FLAGS.has(name)) doubts.push(`it has two attributes ${name}`)
      if (!PLAIN_ATTRIBUTE.test(value)) doubts.push(`its attribute ${name} is quoted or not ASCII`)
      found[name] = value
    }
  }
  return found
}

// Max-Age comes before Expires (RFC 6265bis 5.7); one that cannot be read leaves it to Expires.
function lifetimeOf({ maxAge, expires }: Attributes, now: Date): { seconds: number | null; doubt: string | null } {
  const left = expires === null ? null : Math.ceil((expires - now.getTime()) / 1000) + 0
  if (maxAge === null || left === null) return { seconds: maxAge ?? left, doubt: null }
  return { seconds: maxAge, doubt: isSameTime(maxAge, left) ? null : 'Max-Age and Expires contradict one another' }
}

function secondsOfMaxAge(text: string, doubts: string[]): number | null {
  if (MAX_AGE.test(text)) return Number(text) + 0
  doubts.push('its Max-Age is no whole number')
  return /^-?\d+$/.test(text) ? Math.sign(Number(text)) * Number.MAX_SAFE_INTEGER : null
}

function timeOfExpires(text: string, doubts: string[]): number | null {
  const strict = strictDate(text)
  if (!Number.isNaN(strict)) return strict
  doubts.push('its Expires is not a date that all browsers read alike')
  const time = lenientDate(text)
  return Number.isNaN(time) ? null : time
}

function isSameTime(age: number, left: number): boolean {
  return (age <= 0 && left <= 0) || (age > 0 && left > 0 && Math.abs(age - left) <= APART_SECONDS_MAX)
}

function domainOf(text: string | undefined, doubts: string[]): string | null {
  if (text === undefined) return null
  const domain = text.toLowerCase().replace(/^\./, '')
  if (!DOMAIN.test(domain)) doubts.push('its Domain is no host name')
  return domain === '' ? null : domain
}

function keepsPrefix(cookie: Pick<ParsedCookie, 'name' | 'secure' | 'httpOnly' | 'domain' | 'path'>): boolean {
  if (!cookie.name.startsWith('__')) return true
  const prefix = PREFIX.exec(cookie.name)?.[0].toLowerCase()
  if (prefix === undefined) return true
  const isHost = prefix.includes('host')
  if (!cookie.secure || (prefix.includes('http') && !cookie.httpOnly)) return false
  return !isHost || (cookie.domain === null && cookie.path === '/')
}

// Nearly every name and value is plain, and a character is a byte then.
function bytesOf(text: string): number {
  return PLAIN_VALUE.test(text) ? text.length : Buffer.byteLength(text, 'utf8')
}
