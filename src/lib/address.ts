/** Internet addresses: what kind one is, and whether it may be reached from here. Pure; no name is resolved. */

/** What is allowed beyond the public internet: host patterns ('*.localhost'), addresses and CIDR ranges. */
export type Allowance = { readonly allow: readonly string[] }

export type AddressVerdict = { readonly outcome: 'allowed' } | { readonly outcome: 'refused'; readonly why: string }

/** A host as an allow-list names it; `ports` is null for the usual ones and 'any' for each and every one. */
export type AllowedHost = { readonly pattern: string; readonly ports: number | 'any' | null }

/**
 * Whether this address may be connected to. Public addresses may; every special range may not, unless an entry of
 * `allow` names the address or a range around it. The reason is the kind of address, e.g. 'loopback'; 'malformed'
 * for what is no address.
 */
export function addressVerdict(ip: string, { allow }: Allowance): AddressVerdict {
  const bytes = parseAddress(ip)
  if (bytes === null) return { outcome: 'refused', why: 'malformed' }
  if (allow.some(entry => covers(parseAllowed(entry).pattern, bytes))) return { outcome: 'allowed' }
  const kind = kindOf(bytes)
  return kind === null ? { outcome: 'allowed' } : { outcome: 'refused', why: kind }
}

/** The entry of an allow-list that names this host (lower case, no trailing dot), or undefined. */
export function allowedBy(host: string, { allow }: Allowance): AllowedHost | undefined {
  const bytes = parseAddress(host)
  return allow.map(parseAllowed).find(({ pattern }) => {
    if (bytes !== null) return covers(pattern, bytes)
    if (pattern.startsWith('*.')) return host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
    return host === pattern
  })
}

/** Splits an entry such as '*.localhost:8080', '[::1]:8080', '10.0.0.0/8' or 'staging.example.dk:*'. */
export function parseAllowed(entry: string): AllowedHost {
  const text = entry.trim().toLowerCase()
  const bracketed = /^\[([^\]]+)\](?::(\d+|\*))?$/.exec(text)
  const plain = /^([^:]+)(?::(\d+|\*))?$/.exec(text)
  const [, pattern = text, port] = bracketed ?? plain ?? []
  return { pattern, ports: port === undefined ? null : port === '*' ? 'any' : Number(port) }
}

/** The 4 or 16 bytes of an address in its usual notation; null for anything else, also for odd notations of IPv4. */
export function parseAddress(text: string): readonly number[] | null {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

/**
 * Whether a host is written like a number without being an IPv4 address in the usual notation: 2130706433,
 * 0x7f.1, 017700000001, 127.1. Browsers read such a host as an address (WHATWG URL, "ends in a number").
 */
export function isOddNumber(host: string): boolean {
  const last = host.replace(/\.$/, '').split('.').at(-1) ?? ''
  return /^(\d+|0x[\da-f]*)$/i.test(last) && parseV4(host) === null
}

// Ranges that no page of the public internet lives in: IANA special-purpose registries for IPv4 and IPv6.
const RANGES: readonly (readonly [range: string, kind: string])[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.169.254/32', 'metadata'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmark'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['255.255.255.255/32', 'broadcast'],
  ['240.0.0.0/4', 'reserved'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::ffff:0:0/96', 'mapped'],
  ['::ffff:0:0:0/96', 'mapped'],
  ['::/96', 'compatible'],
  ['64:ff9b:1::/48', 'translated'],
  ['100::/64', 'discard'],
  ['2001::/32', 'tunnel'],
  ['2001:db8::/32', 'documentation'],
  ['2001::/23', 'reserved'],
  ['2002::/16', 'tunnel'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'reserved'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'private'],
  ['ff00::/8', 'multicast'],
]

const WELL_KNOWN_TRANSLATION = '64:ff9b::/96'

/** The special kind of an address, or null for a public one. */
function kindOf(bytes: readonly number[]): string | null {
  // A network without IPv4 reaches public IPv4 hosts by this prefix (RFC 6052): what counts is the address within.
  if (covers(WELL_KNOWN_TRANSLATION, bytes)) return kindOf(bytes.slice(12)) === null ? null : 'translated'
  return RANGES.find(([range]) => covers(range, bytes))?.[1] ?? null
}

/** Whether a range ('10.0.0.0/8') or a single address holds these bytes; false for what is neither. */
function covers(range: string, bytes: readonly number[]): boolean {
  const [text = '', length] = range.split('/')
  const base = parseAddress(text)
  if (base === null || base.length !== bytes.length) return false
  const bits = length === undefined ? base.length * 8 : Number(length)
  if (!/^\d*$/.test(length ?? '') || bits > base.length * 8) return false
  return base.every((byte, index) => {
    const shared = Math.min(8, Math.max(0, bits - index * 8))
    const mask = (0xff << (8 - shared)) & 0xff
    return (byte & mask) === ((bytes[index] ?? 0) & mask)
  })
}

function parseV4(text: string): readonly number[] | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part))) return null
  const bytes = parts.map(Number)
  return bytes.every(byte => byte <= 255) ? bytes : null
}

function parseV6(text: string): readonly number[] | null {
  const halves = withoutV4(text).split('::')
  if (halves.length > 2) return null
  const [left = [], right = []] = halves.map(half => (half === '' ? [] : half.split(':')))
  const missing = 8 - left.length - right.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  if (!groups.every(group => /^[\da-f]{1,4}$/i.test(group))) return null
  return groups.map(group => parseInt(group, 16)).flatMap(group => [group >> 8, group & 0xff])
}

/** An IPv4 address at the end ('::ffff:127.0.0.1') as two groups. */
function withoutV4(text: string): string {
  const at = text.lastIndexOf(':') + 1
  const bytes = parseV4(text.slice(at))
  if (bytes === null) return text
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  return `${text.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}
