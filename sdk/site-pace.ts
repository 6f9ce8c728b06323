/** How fast choices may come: one network cannot fill the record with choices that nobody made. Nothing names it. */
import { createHmac, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'

/** Choices that one network may make within the window: a /24 of IPv4, a /48 of IPv6. */
export const NETWORK_CHOICES_MAX = 20
/** The same for all whose address is not known. */
export const UNKNOWN_CHOICES_MAX = 200
/** The same for this machine and its private network: most likely a proxy in front that nobody declared. */
export const NEAR_CHOICES_MAX = 2000
export const WINDOW_MS = 10_000
/** So many networks are remembered at a time; those heard from longest ago are forgotten first. */
export const NETWORKS_MAX = 10_000

/** Counts choices by the network they come from. */
export type Pace = {
  /** Counts one choice and answers 0; or counts nothing, and answers after how many whole seconds there is room. */
  secondsToWait(address: string | undefined): number
  /** How many networks are remembered. */
  size(): number
}

/**
 * Starts counting; `now` in milliseconds, from any beginning. What is remembered of a network is a digest under a key
 * that lives no longer than this process, for as long as it counts (GDPR 5(1)(c), (e)).
 */
export function keepPace(now: () => number = () => performance.now()): Pace {
  const key = randomBytes(32)
  const networks = new Map<string, number[]>()
  const forget = (from: number) => {
    for (const [digest, times] of networks) {
      if (networks.size <= NETWORKS_MAX && (times.at(-1) ?? 0) > from) return
      networks.delete(digest)
    }
  }
  return {
    size: () => networks.size,
    secondsToWait: address => {
      const time = now()
      const from = time - WINDOW_MS
      const { name, most } = networkOf(address)
      const digest = createHmac('sha256', key).update(name).digest('base64url')
      const times = networks.get(digest) ?? []
      while (times[0] !== undefined && times[0] <= from) times.shift()
      if (times[0] !== undefined && times.length >= most) return Math.max(1, Math.ceil((times[0] - from) / 1000))
      times.push(time)
      // Put last, so that the first in the list is the one heard from longest ago.
      networks.delete(digest)
      networks.set(digest, times)
      forget(from)
      return 0
    },
  }
}

/** An address as proxies write it, without port, brackets and zone; undefined for anything else. */
export function plainAddress(text: string | undefined): string | undefined {
  const found = /^\[([^\]]{2,60})\](?::\d{1,5})?$|^([\d.]{7,15}):\d{1,5}$/.exec(text ?? '')
  const bare = (found?.[1] ?? found?.[2] ?? text ?? '').replace(/%.{0,40}$/, '')
  return isIP(bare) === 0 ? undefined : bare.toLowerCase()
}

type Network = { readonly name: string; readonly most: number }

const UNKNOWN: Network = { name: 'unknown', most: UNKNOWN_CHOICES_MAX }
const NEAR: Network = { name: 'near', most: NEAR_CHOICES_MAX }

function networkOf(text: string | undefined): Network {
  const address = plainAddress(text)
  if (address === undefined) return UNKNOWN
  const groups = isIP(address) === 6 ? groupsOf(address) : null
  const bytes = groups === null ? address.split('.').map(Number) : mappedBytes(groups)
  if (bytes !== null) {
    return isNearBytes(bytes) ? NEAR : { name: bytes.slice(0, 3).join('.'), most: NETWORK_CHOICES_MAX }
  }
  if (groups === null || isNearGroups(groups)) return NEAR
  return { name: groups.slice(0, 3).join(':'), most: NETWORK_CHOICES_MAX }
}

/** The eight numbers of an IPv6 address, however it was shortened. */
function groupsOf(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [one = 0, two = 0, three = 0, four = 0] = parts.map(Number)
    return `${(one * 256 + two).toString(16)}:${(three * 256 + four).toString(16)}`
  })
  const [head = [], tail = []] = hex.split('::').map(half => half.split(':').filter(Boolean))
  const gap = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...gap, ...tail].map(group => Number.parseInt(group, 16))
}

/** An IPv4 address that a socket for both tells as IPv6 (::ffff:192.0.2.1); null for any other. */
function mappedBytes(groups: readonly number[]): number[] | null {
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups[5] === 0xff_ff && groups.slice(0, 5).every(group => group === 0)
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255] : null
}

// RFC 1122, RFC 1918, RFC 3927.
function isNearBytes([one = 0, two = 0]: readonly number[]): boolean {
  if (one === 127 || one === 10) return true
  return (one === 172 && two >= 16 && two < 32) || (one === 192 && two === 168) || (one === 169 && two === 254)
}

// RFC 4291 (::1, fe80::/10), RFC 4193 (fc00::/7).
function isNearGroups(groups: readonly number[]): boolean {
  const [first = 0] = groups
  const isLoopback = groups[7] === 1 && groups.slice(0, 7).every(group => group === 0)
  return isLoopback || (first & 0xfe_00) === 0xfc_00 || (first & 0xff_c0) === 0xfe_80
}
