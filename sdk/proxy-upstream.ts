/** The one server behind a proxy: fixed when the proxy starts, and asked in one way. */
import http from 'node:http'
import https from 'node:https'

/** The upstream as calls need it. `silenceMs`: how long it may say nothing. */
export type Target = {
  readonly origin: URL
  /** False: every call has a connection of its own. */
  readonly agent: http.Agent | false
  readonly silenceMs: number
  readonly ask: typeof http.request
}

/** The upstream at this address. Throws when it is more than scheme, host and port. */
export function upstreamOf(address: string, silenceMs: number): Target {
  const origin = URL.canParse(address) ? new URL(address) : null
  if (!origin || !/^https?:$/.test(origin.protocol) || origin.href !== `${origin.origin}/`) {
    throw new Error('The upstream is an http(s) address with host and port alone.')
  }
  const isHttps = origin.protocol === 'https:'
  const settings = { keepAlive: true, maxSockets: 256, maxFreeSockets: 32, timeout: FREE_MS }
  return {
    origin,
    silenceMs,
    agent: isHttps ? new https.Agent(settings) : new http.Agent(settings),
    ask: isHttps ? https.request : http.request,
  }
}

const FREE_MS = 4000
