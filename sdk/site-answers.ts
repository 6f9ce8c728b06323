/** Builds the answers of our own paths, with the headers that keep others out of them. */
import { createHash } from 'node:crypto'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { ASSET_VERSION, BANNER_CSS, CHOICE_CSS, CHOICE_JS, CONSENT_JS, GATE_JS } from './assets.ts'
import { preferredLanguage, type Sender } from './site-checks.ts'
import { sentence } from './site-texts.ts'
import type { SiteRequest, SiteResponse } from './site-types.ts'

/** Cookies and headers that go with an answer. `reach` is an origin that the page's form may lead to besides ours. */
export type Extras = {
  readonly setCookies?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly reach?: string | undefined
}

/** A whole page of ours: kept nowhere, framed nowhere, and running nothing but our own script. */
export function pageAnswer(request: SiteRequest, status: number, page: { html: string } & Extras): SiteResponse {
  const forms = page.reach ? `'self' ${page.reach}` : "'self'"
  const csp =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    `form-action ${forms}; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'`
  return {
    status,
    headers: {
      ...guarded(request),
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': csp,
      'referrer-policy': 'same-origin',
      ...page.headers,
    },
    setCookies: page.setCookies ?? [],
    body: page.html,
  }
}

/** A sentence in the visitor's language. */
export function textAnswer(
  request: SiteRequest,
  status: number,
  code: Parameters<typeof sentence>[0],
  extras: Extras = {},
): SiteResponse {
  const language = preferredLanguage(request.headers['accept-language'])
  return {
    status,
    headers: {
      ...guarded(request),
      'content-type': 'text/plain; charset=utf-8',
      'content-language': language,
      ...extras.headers,
    },
    setCookies: extras.setCookies ?? [],
    body: `${sentence(code, language)}\n`,
  }
}

/** Plain JSON for our own script. */
export function jsonAnswer(request: SiteRequest, status: number, answer: { json: unknown } & Extras): SiteResponse {
  return {
    status,
    headers: { ...guarded(request), 'content-type': 'application/json; charset=utf-8', ...answer.headers },
    setCookies: answer.setCookies ?? [],
    body: JSON.stringify(answer.json),
  }
}

/** Leads on after a form; `location` was checked before. */
export function redirectAnswer(request: SiteRequest, location: string, extras: Extras = {}): SiteResponse {
  return {
    status: 303,
    headers: { ...guarded(request), location, 'referrer-policy': 'same-origin', ...extras.headers },
    setCookies: extras.setCookies ?? [],
    body: '',
  }
}

/** What lets a listed host's static page read the answer with the visitor's cookies; nothing for our own pages. */
export function corsHeaders(sender: Sender): Record<string, string> {
  if (sender.kind !== 'listed') return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': sender.origin,
    'access-control-allow-credentials': 'true',
    'cross-origin-resource-policy': 'same-site',
  }
}

/** One of the files a page loads, compressed when the browser takes it; null when there is no such file. */
export function assetAnswer(request: SiteRequest, name: string): SiteResponse | null {
  const asset = ASSETS.get(name)
  if (!asset) return null
  const isVersioned = new URLSearchParams(request.query).get('v') === ASSET_VERSION
  const headers: Record<string, string> = {
    'content-type': asset.type,
    'cache-control': isVersioned ? 'public, max-age=31536000, immutable' : 'public, no-cache',
    etag: asset.etag,
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    // A static page on a sister host loads them too; they say nothing about anybody.
    'cross-origin-resource-policy': 'cross-origin',
  }
  if (request.headers['if-none-match'] === asset.etag) return { status: 304, headers, setCookies: [], body: '' }
  const accepted = request.headers['accept-encoding'] ?? ''
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null
  if (!encoding) return { status: 200, headers, setCookies: [], body: asset.text }
  return {
    status: 200,
    headers: { ...headers, 'content-encoding': encoding },
    setCookies: [],
    body: (asset[encoding] ??= compress(asset.text, encoding)),
  }
}

type Asset = { readonly type: string; readonly text: string; readonly etag: string; br?: Uint8Array; gzip?: Uint8Array }

const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['consent.js', asset('text/javascript; charset=utf-8', CONSENT_JS)],
  ['gate.js', asset('text/javascript; charset=utf-8', GATE_JS)],
  ['choice.js', asset('text/javascript; charset=utf-8', CHOICE_JS)],
  ['choice.css', asset('text/css; charset=utf-8', CHOICE_CSS)],
  ['banner.css', asset('text/css; charset=utf-8', BANNER_CSS)],
])

function asset(type: string, text: string): Asset {
  return { type, text, etag: `W/"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"` }
}

function compress(text: string, encoding: 'br' | 'gzip'): Uint8Array {
  if (encoding === 'gzip') return gzipSync(text, { level: 9 })
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
}

/** Subdomains are left out of HSTS: whether they speak https is the site owner's promise, not ours. */
function guarded(request: SiteRequest): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
    ...(request.isHttps ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}
