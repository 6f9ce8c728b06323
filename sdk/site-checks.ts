/** What a request to our own paths may be: who may post, where to go back to, which language. Pure. */
import { isHostOf } from './register.ts'
import type { SiteRequest } from './site-types.ts'
import type { Language, Method, Register } from './wire.ts'

/** A form of ours is small; whatever is larger is not read. */
export const BODY_BYTES_MAX = 8192
/** How many values one field may have. */
export const FIELD_VALUES_MAX = 64

/** Who a posted form comes from: our own page, a listed host's static page with its origin, or nobody we know. */
export type Sender =
  { readonly kind: 'own' } | { readonly kind: 'listed'; readonly origin: string } | { kind: 'foreign' }

/** What decides about senders: the register, when known, and the hosts that `alsoFor` lets in. */
export type Doors = { readonly register: Register | null; readonly alsoFor: ((host: string) => boolean) | undefined }

/**
 * The sender of a POST. The browser's own word (Sec-Fetch-Site) counts first; where it is missing, the Origin must be
 * ours. `null` is never an origin: a sandboxed frame of anybody sends it.
 */
export function senderOf(request: SiteRequest, doors: Doors): Sender {
  const site = request.headers['sec-fetch-site']
  const origin = request.headers['origin']
  if (origin === 'null') return { kind: 'foreign' }
  if (site === 'same-origin') return { kind: 'own' }
  if (origin !== undefined && (site === undefined || site === 'same-site')) {
    if (site === undefined && isOwnOrigin(request, origin)) return { kind: 'own' }
    if (isListedOrigin(origin, doors)) return { kind: 'listed', origin }
  }
  return { kind: 'foreign' }
}

/** The asker of a GET: like `senderOf`, but browsers send no Origin with their own, and people type addresses. */
export function askerOf(request: SiteRequest, doors: Doors): Sender {
  const site = request.headers['sec-fetch-site']
  const hasNoOrigin = request.headers['origin'] === undefined
  if (hasNoOrigin && (site === undefined || site === 'none')) return { kind: 'own' }
  return senderOf(request, doors)
}

/**
 * Where the visitor returns to: a path on this host, or an https address on a listed host when static pages are let
 * in. Null for anything a browser could read as another place.
 */
export function backOf(text: string | undefined, request: SiteRequest, doors: Doors): string | null {
  if (text === undefined || text === '' || text.length > 2048 || UNSAFE.test(text)) return null
  if (!text.startsWith('/')) return absoluteBack(text, doors)
  if (text.startsWith('//')) return null
  const own = `http://${request.host}`
  const url = URL.canParse(text, own) ? new URL(text, own) : null
  if (!url || url.host !== new URL(own).host) return null
  const path = url.pathname + url.search + url.hash
  return path.startsWith('//') ? null : path
}

/** The page the form stood on, when the browser tells and it is one we may return to. */
export function refererBack(request: SiteRequest, doors: Doors): string | null {
  const referer = request.headers['referer']
  if (referer === undefined || !URL.canParse(referer)) return null
  const url = new URL(referer)
  return url.host === request.host.toLowerCase()
    ? backOf(url.pathname + url.search, request, doors)
    : backOf(referer, request, doors)
}

/** The language asked for in the query (`lang=da`), else the one the browser prefers, else Danish. */
export function languageOf(request: SiteRequest): Language {
  const asked = new URLSearchParams(request.query).get('lang')
  return asked === 'da' || asked === 'en' ? asked : preferredLanguage(request.headers['accept-language'])
}

/** The one of our languages that stands first in an Accept-Language header, by weight; Danish when none does. */
export function preferredLanguage(header: string | undefined): Language {
  const wanted = (header ?? '')
    .slice(0, 512)
    .split(',')
    .map(part => /^\s*(da|en)\b[^;]*(?:;\s*q=([\d.]{1,5}))?\s*$/i.exec(part))
    .filter(found => found !== null)
    .map(([, language = '', weight]) => ({ language: language.toLowerCase(), weight: Number(weight ?? 1) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
  return wanted[0]?.language === 'en' ? 'en' : 'da'
}

/** What the visitor's form says; fields we do not know are not looked at. */
export type ChoiceForm = {
  readonly token: string
  readonly method: Method | null
  readonly categories: readonly string[]
  readonly back: string | undefined
}

/** Reads the form of a choice. `method` is null when it is none of ours. */
export function choiceForm(body: string): ChoiceForm {
  const fields = new URLSearchParams(body)
  const method = METHODS.find(known => known === fields.get('method')) ?? null
  const categories = [...new Set(fields.getAll('category').slice(0, FIELD_VALUES_MAX))]
  return { token: fields.get('token') ?? '', method, categories, back: fields.get('back') ?? undefined }
}

/** Whether the body is a form a browser posts by itself, without asking first. */
export function isForm(request: SiteRequest): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '')
}

/** Whether the host is this very machine: a developer's, or a proxy's neighbour. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host) || /\.localhost(:\d{1,5})?$/i.test(host)
}

const METHODS: readonly Method[] = ['accept', 'reject', 'save', 'withdraw']
const UNSAFE = /[\u0000-\u0020\u007f\\]/

function isOwnOrigin(request: SiteRequest, origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  if (!/^https?:$/.test(url.protocol) || (request.isHttps && url.protocol !== 'https:')) return false
  return url.origin === origin && url.host === hostWithout(url.protocol, request.host)
}

/** A browser leaves the usual port out of Origin; a proxy may have put it into Host. */
function hostWithout(protocol: string, host: string): string {
  return host.toLowerCase().replace(protocol === 'https:' ? /:443$/ : /:80$/, '')
}

function isListedOrigin(origin: string, { register, alsoFor }: Doors): boolean {
  if (!register || !alsoFor || !URL.canParse(origin)) return false
  const url = new URL(origin)
  if (url.origin !== origin || !(url.protocol === 'https:' || isLoopback(url.host))) return false
  return isHostOf(register, url.hostname) && alsoFor(url.hostname)
}

function absoluteBack(text: string, doors: Doors): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.username || url.password || !/^https?:$/.test(url.protocol)) return null
  return isListedOrigin(url.origin, doors) ? url.href : null
}
