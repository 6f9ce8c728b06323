/**
 * One of the controller's own websites, for those who attack the promises about cookies: a real server over TLS with
 * the SDK in front of it, behind a real proxy too, asking the house's Indsigt over HTTP with a key of its own, and
 * visited by a real Chromium that takes its names for the real ones.
 */
import {
  createServer as createHttp,
  request as requestHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttps, request as requestHttps } from 'node:https'
import { createServer as createTcp, type AddressInfo } from 'node:net'
import { randomBytes } from 'node:crypto'
import { serve } from '@hono/node-server'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { httpBackend } from '../../sdk/client.ts'
import { attach, tools } from '../../sdk/node.ts'
import { guardProxy, type Proxy } from '../../sdk/proxy.ts'
import type { Site } from '../../sdk/site-types.ts'
import { createSite } from '../../sdk/site.ts'
import type { Backend, SiteSettings } from '../../sdk/wire.ts'
import { createApp } from '../../src/app.ts'
import type { World } from '../../src/platform/world.ts'
import { launchBrowser } from '../browser.ts'
import { selfSigned } from '../certificate.ts'
import type { House } from './house.ts'

/** What the site's own server does at a path. */
export type Doing = (request: IncomingMessage, response: ServerResponse) => void
/** How a request is sent: by which door, to which host, with which cookies and headers. */
export type Sent = {
  readonly door?: Door
  readonly host?: string
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
/** The server itself with the SDK in it, or the guarding proxy before a server without. */
export type Door = 'server' | 'proxy'
export const DOORS: readonly Door[] = ['server', 'proxy']

/** What reached the browser: `cookies` are all Set-Cookie lines, of early answers and trailers too. */
export type Reply = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly cookies: readonly string[]
  readonly text: string
}

export type Website = {
  readonly site: Site
  readonly backend: Backend
  readonly settings: SiteSettings
  /** The site's key to the API. */
  readonly key: string
  /** Where Indsigt answers. */
  readonly indsigt: string
  /** Port of the TLS server with the SDK in it. */
  readonly port: number
  /** Port of the server that knows nothing of the policy; the proxy stands before it. */
  readonly plainPort: number
  /** What the site's server does, by path; a test may put anything here. */
  readonly pages: Map<string, Doing>
  /** Every path that was asked for, in order, with its host. */
  readonly asked: string[]
  send(call: string, how?: Sent): Promise<Reply>
  /** The Set-Cookie lines that come out when the site's server sends these. */
  out(lines: readonly string[], how?: Sent): Promise<readonly string[]>
  token(language?: 'da' | 'en'): Promise<string>
  /** Posts a choice as our own page would; the fields may be anything. */
  choose(fields: Readonly<Record<string, string | readonly string[]>>, how?: Sent): Promise<Reply>
  /** `cookievalg=…` after pressing that button. */
  visitor(method: 'accept' | 'reject' | 'withdraw', cookie?: string): Promise<string>
  close(): Promise<void>
}

const HOST = 'www.intrum.dk'

/** Opens a site of the house. `world` is another world than the house's own, such as a reopened one. */
export async function openSite(
  house: House,
  { name = 'intrum.dk', world = house.kit.world }: { readonly name?: string; readonly world?: World } = {},
): Promise<Website> {
  const key = await house.key({ site: name })
  const host = `www.${name}`
  const app = createApp(world, { version: '0' })
  const indsigt = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server
  await listening(indsigt)
  const url = `http://127.0.0.1:${portOf(indsigt)}`
  const backend = httpBackend({ url, key })
  const site = createSite({ site: name, backend, mode: 'strip', refreshMs: 1_000, report: () => undefined })
  await site.ready()
  const pages = new Map<string, Doing>()
  const asked: string[] = []
  const answer: Doing = (request, response) => {
    asked.push(`${request.headers.host?.replace(/:\d+$/, '')}${request.url}`)
    const page = pages.get(request.url?.split('?')[0] ?? '') ?? notFound
    page(request, response)
  }
  const { key: privateKey, certificate } = selfSigned([HOST])
  const server = attach(createHttps({ key: privateKey, cert: certificate }, answer), site)
  const plain = createHttp(answer)
  await Promise.all([listening(server.listen(0, '127.0.0.1')), listening(plain.listen(0, '127.0.0.1'))])
  const proxy = await guardProxy({ upstream: `http://127.0.0.1:${portOf(plain)}`, site, listen: { port: 0 } })
  const send: Website['send'] = (call, how) =>
    sent({ call, ports: { server: portOf(server), proxy: proxy.port } }, { host, ...how })
  const made = { site, backend, settings: await backend.settings(), key, indsigt: url, pages, asked, send }
  const numbers = { port: portOf(server), plainPort: portOf(plain) }
  return {
    ...made,
    ...numbers,
    ...visits(made, host),
    close: () => closing({ site, proxy, servers: [server, plain, indsigt] }),
  }
}

type Made = Pick<Website, 'pages' | 'send' | 'settings'>

function visits({ pages, send, settings }: Made, host: string): Pick<Website, 'out' | 'token' | 'choose' | 'visitor'> {
  const token: Website['token'] = async (language = 'da') =>
    (JSON.parse((await send(`GET /indsigt/token?lang=${language}`)).text) as { token: string }).token
  const choose: Website['choose'] = (fields, how = {}) => {
    const pairs = Object.entries(fields).flatMap(([name, value]) =>
      [value].flat().map((it): [string, string] => [name, it]),
    )
    const headers = { ...OWN_PAGE, origin: `https://${host}`, accept: 'application/json', ...how.headers }
    return send('POST /indsigt/choice', { body: new URLSearchParams(pairs).toString(), ...how, headers })
  }
  return {
    token,
    choose,
    out: async (lines, how) => {
      pages.set('/out', (_, response) => {
        response.setHeader('set-cookie', lines)
        response.end('ok')
      })
      return (await send('GET /out', how)).cookies
    },
    visitor: async (method, cookie) => {
      const { cookies } = await choose({ token: await token(), method }, cookie === undefined ? {} : { cookie })
      const line = cookies.find(it => it.startsWith(`${settings.register.choiceCookie}=1.`))
      if (line === undefined) throw new Error('the choice was not kept')
      return line.split(';')[0] ?? ''
    },
  }
}

/** The headers of a form that our own page posts. */
export const OWN_PAGE = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
  origin: `https://${HOST}`,
}

/** 16 bytes of chance as a cookie value. */
export const chance = (): string => randomBytes(16).toString('base64url')

type Way = { readonly call: string; readonly ports: { readonly [door in Door]: number } }

function sent({ call, ports }: Way, { door = 'server', host = HOST, cookie, headers = {}, body }: Sent = {}) {
  const [method = 'GET', path = '/'] = call.split(' ')
  const all = { host, ...(cookie !== undefined && { cookie }), te: 'trailers', ...headers }
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const options = { host: '127.0.0.1', port: ports[door], method, path, headers: { ...all, ...length }, agent: false }
  return new Promise<Reply>((resolve, reject) => {
    const early: string[] = []
    const asked =
      door === 'server'
        ? requestHttps({ ...options, rejectUnauthorized: false, servername: HOST })
        : requestHttp(options)
    asked.on('information', ({ rawHeaders }) => early.push(...cookiesIn(rawHeaders)))
    asked.on('error', reject)
    asked.on('upgrade', ({ statusCode, rawHeaders, headers: said }, socket) => {
      socket.destroy()
      resolve({ status: statusCode ?? 0, headers: said, cookies: cookiesIn(rawHeaders), text: '' })
    })
    asked.on('response', response => {
      const parts: Buffer[] = []
      response.on('error', reject)
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const cookies = [...early, ...cookiesIn(response.rawHeaders), ...cookiesIn(response.rawTrailers)]
        const text = Buffer.concat(parts).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, cookies, text })
      })
    })
    asked.end(body)
  })
}

function cookiesIn(raw: readonly string[]): string[] {
  return raw.flatMap((name, at) => (at % 2 === 0 && name.toLowerCase() === 'set-cookie' ? [raw[at + 1] ?? ''] : []))
}

const notFound: Doing = (_, response) => void response.writeHead(404).end('not found')

function listening(server: Server): Promise<unknown> {
  return server.listening ? Promise.resolve() : new Promise(resolve => server.once('listening', resolve))
}

const portOf = (server: Pick<Server, 'address'>): number => (server.address() as AddressInfo).port

type Open = { readonly site: Site; readonly proxy: Proxy; readonly servers: readonly Server[] }

async function closing({ site, proxy, servers }: Open): Promise<void> {
  await proxy.close()
  await site.close()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

/** What comes through the proxy when the site's server writes exactly these bytes. Status 0: the line was cut. */
export async function outOfBytes({ site }: Website, bytes: string, how: Sent = {}): Promise<Reply> {
  const server = createTcp(socket => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(Buffer.from(bytes, 'latin1')))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const proxy = await guardProxy({ upstream: `http://127.0.0.1:${portOf(server)}`, site, listen: { port: 0 } })
  try {
    const ports = { server: proxy.port, proxy: proxy.port }
    return await sent({ call: 'GET /', ports }, { ...how, door: 'proxy' }).catch(() => NOTHING)
  } finally {
    await proxy.close()
    server.close()
  }
}

const NOTHING: Reply = { status: 0, headers: {}, cookies: [], text: '' }

/** A page of the site with the banner, and whatever the test puts into its body. */
export function pageOf(website: Website, body: string): Doing {
  return (request, response) => {
    const site = tools(website.site, request)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    const head = `<meta charset="utf-8"><title>Din sag</title><link rel="icon" href="data:,">${site.head('da')}`
    response.end(
      `<!doctype html><html lang="da"><head>${head}</head>
<body>${site.banner('da')}<main><h1>Din sag</h1>${body}</main></body></html>`,
    )
  }
}

/** A real Chromium that takes these names for servers of the test's own, by their ports. */
export async function openBrowser(hosts: { readonly [host: string]: number }): Promise<Browser> {
  const rules = Object.entries(hosts).map(([host, port]) => `MAP ${host} 127.0.0.1:${port}`)
  return launchBrowser([`--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND'].join(', ')}`])
}

/** Opens the site's page in a browser of nobody's; `look` gets the page, and everything is gone afterwards. */
export async function browse<T>(
  browser: Browser,
  { path = '/', host = HOST, ...options }: BrowserContextOptions & { readonly path?: string; readonly host?: string },
  look: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options })
  try {
    const page = await context.newPage()
    await page.goto(`https://${host}${path}`)
    return await look(page)
  } finally {
    await context.close()
  }
}
