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
  const end = endOfPart(line, 0)
  const pair = readPair(line.slice(0, end))
  const bytes = bytesOf(pair.name) + bytesOf(pair.value)
  if (bytes === 0 || bytes > COOKIE_BYTES_MAX) return null
  if (pair.name === '' && PREFIX.test(pair.value)) return null
  const doubts: string[] = []
  doubtPair(pair, doubts)
  const attributes = readAttributes(line, end, doubts)
  const lifetimeSeconds = lifetimeOf(attributes, now, doubts)
  const cookie = {
    name: pair.name,
    value: pair.value,
    domain: domainOf(attributes.domain, doubts),
    path: attributes.path?.startsWith('/') === true ? attributes.path : null,
    lifetimeSeconds,
    isDeletion: lifetimeSeconds !== null && lifetimeSeconds <= 0,
    secure: attributes.secure !== undefined,
    httpOnly: attributes.httponly !== undefined,
    sameSite: SAME_SITES[attributes.samesite?.toLowerCase() ?? ''] ?? null,
    partitioned: attributes.partitioned !== undefined,
    bytes,
  }
  if (!keepsPrefix(cookie)) doubts.push('the promise of its prefix is not kept')
  return { ...cookie, isClear: doubts.length === 0, unclearWhy: doubts[0] ?? null }
}

/** Why a browser of today refuses a cookie it could read, or null: None or Partitioned without Secure, a broken prefix. */
export function refusedByBrowsers(cookie: Omit<ParsedCookie, 'isClear' | 'unclearWhy'>): string | null {
  if (cookie.sameSite === 'None' && !cookie.secure) return 'SameSite=None without Secure'
  if (cookie.partitioned && !cookie.secure) return 'Partitioned without Secure'
  return keepsPrefix(cookie) ? null : 'the promise of its prefix is not kept'
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
type Attributes = { readonly [name in (typeof ATTRIBUTES)[number]]?: string }

const ATTRIBUTES = ['max-age', 'expires', 'domain', 'path', 'secure', 'httponly', 'samesite', 'partitioned'] as const
const FLAGS: ReadonlySet<string> = new Set(['secure', 'httponly', 'partitioned'])
const KNOWN: ReadonlySet<string> = new Set(ATTRIBUTES)
const COOKIES_MAX = 400
const CONTROL = /[\x00-\x08\x0A-\x1F\x7F]/
const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/
const PLAIN_VALUE = /^[\x20-\x7E]*$/
const PLAIN_ATTRIBUTE = /^[\x20\x21\x23-\x7E]*$/
const FOLDED = /,\s*[^\s,;="]+=/
const PREFIX = /^__(?:secure|host|http|host-http)-/i
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

function doubtPair({ name, value }: Pair, doubts: string[]): void {
  if (name === '') doubts.push('it has no name')
  else if (!TOKEN.test(name)) doubts.push('its name has signs that no name may have')
  if (!PLAIN_VALUE.test(value)) doubts.push('its value has signs beyond ASCII, or a tab')
  if (value.includes('"') && value.split('"').length % 2 === 0) doubts.push('a quotation mark is not closed')
  if (value.includes(',') && FOLDED.test(value)) doubts.push('it may be several cookies in one line')
}

// The last one of a name counts, as in browsers; that there were two is a doubt.
function readAttributes(line: string, from: number, doubts: string[]): Attributes {
  const found: { [name: string]: string } = {}
  for (let at = from; at < line.length;) {
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

function lifetimeOf(attributes: Attributes, now: Date, doubts: string[]): number | null {
  const maxAge = attributes['max-age']
  const { expires } = attributes
  const age = maxAge === undefined ? null : secondsOfMaxAge(maxAge, doubts)
  const left = expires === undefined ? null : secondsOfExpires(expires, now, doubts)
  if (age === null) return left
  if (left !== null && !isSameTime(age, left)) doubts.push('Max-Age and Expires contradict one another')
  return age
}

function secondsOfMaxAge(text: string, doubts: string[]): number | null {
  if (MAX_AGE.test(text)) return Number(text) + 0
  doubts.push('its Max-Age is no whole number')
  return /^-?\d+$/.test(text) ? Math.sign(Number(text)) * Number.MAX_SAFE_INTEGER : null
}

function secondsOfExpires(text: string, now: Date, doubts: string[]): number | null {
  const strict = strictDate(text)
  if (Number.isNaN(strict)) doubts.push('its Expires is not a date that all browsers read alike')
  const time = Number.isNaN(strict) ? lenientDate(text) : strict
  return Number.isNaN(time) ? null : Math.ceil((time - now.getTime()) / 1000) + 0
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

function bytesOf(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}
