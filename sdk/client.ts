/** The line from a site's server to Indsigt: a Backend that speaks its API by fetch, with limits on time and size. */
import type { Backend, GuardCount, Receipt, Recorded, SiteSettings, Submission } from './wire.ts'

/** What a Backend rejects with. `status` is the HTTP status, 0 when there was no usable answer. */
export type BackendFailure = Error & { readonly status: number; readonly code: string }

export type HttpBackendOptions = {
  /** Where Indsigt answers, e.g. 'https://indsigt.example.dk'. */
  readonly url: string
  /** The site's key to the API; travels in a header and nowhere else. */
  readonly key: string
  readonly timeoutMs?: number
}

const ANSWER_BYTES_MAX = 2 * 1024 * 1024
const TIMEOUT_MS = 5000

/**
 * The Backend of a site that runs apart from Indsigt. Throws when the address is no http(s) address, holds
 * credentials, or would carry the key over the open net in the clear. Its calls reject with a BackendFailure
 * whose message holds neither key nor answer (GDPR art. 5(1)(f), 32).
 */
export function httpBackend(options: HttpBackendOptions): Backend {
  const call = caller(options)
  return {
    settings: async () => asSettings(await call('GET', 'settings')),
    record: async (submission: Submission) => asRecorded(await call('POST', 'choices', submission)),
    receipt: async (proof: string) => {
      try {
        return asReceipt(await call('POST', 'receipts', { proof }))
      } catch (error) {
        if (statusOf(error) === 404) return null
        throw error
      }
    },
    count: async (counts: readonly GuardCount[]) => {
      await call('POST', 'guard-counts', { counts })
    },
  }
}

/** Makes what a Backend rejects with: status (0: no answer) and the code of the problem. */
export function backendFailure(status: number, code: string): BackendFailure {
  return Object.assign(new Error(`Indsigt: ${code} (${status})`), { status, code })
}

/** True when Indsigt understood the call and said no: asking again with the same words would not help. */
export function isRefusal(error: unknown): boolean {
  return [400, 404, 409, 410, 413, 422].includes(statusOf(error))
}

/** Status of a BackendFailure; 0 for any other error. */
export function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0
}

type Call = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>

function caller(options: HttpBackendOptions): Call {
  const root = addressOf(options.url)
  return async (method, path, body) => {
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
    const headers = { authorization: `Bearer ${options.key}`, accept: 'application/json' }
    const request: RequestInit =
      body === undefined
        ? { method, headers, signal, redirect: 'error' }
        : {
            method,
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
            signal,
            redirect: 'error',
          }
    try {
      return await readAnswer(await fetch(`${root}/v1/cookies/${path}`, request))
    } catch (error) {
      throw isFailure(error) ? error : backendFailure(0, signal.aborted ? 'timeout' : 'unreachable')
    }
  }
}

function isFailure(error: unknown): boolean {
  return error instanceof Error && 'status' in error && 'code' in error
}

async function readAnswer(response: Response): Promise<unknown> {
  const text = await readText(response)
  if (!response.ok) throw backendFailure(response.status, problemCode(text))
  if (text === '') return null
  if (!/^application\/([a-z.]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) {
    throw backendFailure(0, 'not_json')
  }
  return parse(text)
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    const chunk = part as Uint8Array
    bytes += chunk.byteLength
    if (bytes > ANSWER_BYTES_MAX) throw backendFailure(0, 'answer_too_large')
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw backendFailure(0, 'not_json')
  }
}

function problemCode(text: string): string {
  try {
    const problem: unknown = JSON.parse(text)
    const code = isObject(problem) ? problem['code'] : undefined
    return typeof code === 'string' && /^[\w.:-]{1,80}$/.test(code) ? code : 'refused'
  } catch {
    return 'refused'
  }
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('The address of Indsigt is not an http(s) address.')
  if (url.username || url.password || url.search || url.hash) {
    throw new Error('The address of Indsigt holds more than host and path.')
  }
  if (url.protocol === 'http:' && !isNear(url.hostname)) {
    throw new Error('The address of Indsigt must begin with https: the key would travel in the clear.')
  }
  return url.href.replace(/\/+$/, '')
}

/** This machine, a name without a dot (a neighbour in the same container network), or a private network. */
function isNear(host: string): boolean {
  if (host === '[::1]' || host.endsWith('.localhost')) return true
  if (/^[a-z\d-]+$/i.test(host)) return true
  return /^(127|10)\.[\d.]+$|^192\.168\.[\d.]+$|^172\.(1[6-9]|2\d|3[01])\.[\d.]+$/.test(host)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asSettings(value: unknown): SiteSettings {
  const register = isObject(value) ? value['register'] : undefined
  const isWhole =
    isObject(value) &&
    isObject(register) &&
    register['format'] === 'indsigt-register/1' &&
    ['categories', 'entries', 'rules', 'guides', 'kinds'].every(name => Array.isArray(register[name])) &&
    typeof value['key'] === 'string' &&
    value['key'].length >= 32 &&
    !Number.isNaN(Date.parse(String(value['now'])))
  if (!isWhole) throw backendFailure(0, 'answer_not_understood')
  return value as SiteSettings
}

function asRecorded(value: unknown): Recorded {
  const cookie = isObject(value) ? value['cookie'] : undefined
  const isWhole =
    isObject(value) &&
    isObject(cookie) &&
    typeof cookie['name'] === 'string' &&
    typeof cookie['value'] === 'string' &&
    Number.isSafeInteger(cookie['maxAgeSeconds'])
  if (!isWhole) throw backendFailure(0, 'answer_not_understood')
  asReceipt(value['receipt'])
  return value as Recorded
}

function asReceipt(value: unknown): Receipt {
  if (!isObject(value) || value['format'] !== 'indsigt-consent-receipt/1') {
    throw backendFailure(0, 'answer_not_understood')
  }
  return value as Receipt
}
