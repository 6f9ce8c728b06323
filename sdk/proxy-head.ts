/** What a proxy may hand on of a request's and a response's head, and which requests it refuses. Pure. */
import type { Site } from './site-types.ts'

/** Why a request is refused, or null when it may be handed on. */
export function requestFault(request: {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
}): 400 | 405 | null {
  const { method, target } = request
  if (method === 'TRACE' || method === 'CONNECT') return 405
  // An absolute target names a host of its own; the upstream was fixed at the start.
  if (!target.startsWith('/') && !(method === 'OPTIONS' && target === '*')) return 400
  const pairs = pairsOf(request.rawHeaders)
  const count = (name: string) => pairs.filter(([key]) => key.toLowerCase() === name).length
  const value = (name: string) => pairs.find(([key]) => key.toLowerCase() === name)?.[1]
  if (count('host') !== 1 || count('content-length') > 1 || count('transfer-encoding') > 1) return 400
  if (count('content-length') > 0 && count('transfer-encoding') > 0) return 400
  const length = value('content-length')
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return 400
  const coding = value('transfer-encoding')
  return coding !== undefined && coding.toLowerCase() !== 'chunked' ? 400 : null
}

/** Where a request came from, as far as the upstream is told. */
export type Origin = { readonly address: string; readonly isEncrypted: boolean; readonly wantsHtml: boolean }

/**
 * The flat header list for the upstream: nothing that is meant for one hop, our own X-Forwarded-*, and no compression
 * for pages, so that the banner can be put in.
 */
export function requestHeaders(
  site: Pick<Site, 'trustProxy'>,
  rawHeaders: readonly string[],
  origin: Origin,
): [string, string][] {
  const pairs = endToEnd(rawHeaders).filter(([name]) => !/^expect$/i.test(name))
  const valueOf = (name: string) => pairs.find(([key]) => key.toLowerCase() === name)?.[1]
  const forwarded = (name: string) => (site.trustProxy ? valueOf(name) : undefined)
  const chain = [forwarded('x-forwarded-for'), origin.address].filter(one => one !== undefined && one !== '')
  const kept = pairs.filter(
    ([name]) =>
      !/^(x-forwarded-(for|host|proto)|forwarded|x-real-ip)$/i.test(name) &&
      !(origin.wantsHtml && /^(accept-encoding|range|if-range)$/i.test(name)),
  )
  return [
    ...kept,
    ['X-Forwarded-For', chain.join(', ')],
    ['X-Forwarded-Host', forwarded('x-forwarded-host') ?? valueOf('host') ?? ''],
    ['X-Forwarded-Proto', forwarded('x-forwarded-proto') ?? (origin.isEncrypted ? 'https' : 'http')],
    ...(origin.wantsHtml ? [['Accept-Encoding', 'identity'] as [string, string]] : []),
  ]
}

/** Headers that are meant for the other end: without those of one hop, and without those that Connection names. */
export function endToEnd(rawHeaders: readonly string[]): [string, string][] {
  const pairs = pairsOf(rawHeaders)
  const named = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map(name => name.trim())
  const oneHop = new Set([...ONE_HOP, ...named.filter(name => !KEPT.has(name))])
  return pairs.filter(([name]) => !oneHop.has(name.toLowerCase()))
}

/** The words beside a status, without signs that no answer of ours may have. */
export function reasonOf(message: string | undefined): string {
  return (message ?? '').replace(/[^\t\x20-\x7E\x80-\xFF]/g, '')
}

/** Whether the browser asks for a page, and not for a picture or data. */
export function asksForHtml(method: string, headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  return (method === 'GET' || method === 'POST') && /\btext\/html\b/i.test(String(headers['accept'] ?? ''))
}

const ONE_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]
/** A client may not have these taken away by naming them in Connection. */
const KEPT = new Set([
  'host',
  'cookie',
  'content-length',
  'content-type',
  'authorization',
  'set-cookie',
  'cache-control',
])

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as [string, string]] : [],
  )
}
