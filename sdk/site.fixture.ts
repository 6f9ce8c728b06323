/** A tiny site for the browser tests: real pages, real codec, an Indsigt that can be switched off. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BANNER_CSS, CHOICE_CSS, CHOICE_JS, CONSENT_JS, GATE_JS } from './assets.ts'
import { renderBanner, renderHead, renderPlaceholder, type View } from './banner.ts'
import { renderChoicePage } from './choice-page.ts'
import { mintToken, newProof, readChoice, readToken, writeChoice } from './choice.ts'
import { askedCategories, consentTag } from './register.ts'
import { fullRegister } from './register.fixture.ts'
import type { Choice, Receipt, Register } from './wire.ts'

/** Where the site runs and what it has been asked; its settings may be changed between visits. */
export type TestSite = {
  readonly origin: string
  readonly asked: string[]
  readonly settings: Settings
  close(): Promise<void>
}

/** What a test may change: the register, whether Indsigt answers, whether pages carry a token, the page's body. */
export type Settings = {
  register: Register | null
  isStale: boolean
  isDown: boolean
  hasToken: boolean
  isCached: boolean
  script: 'consent' | 'gate'
  body: string
}

/** The key all tokens and choices of the test site are sealed with. */
export const KEY = Buffer.alloc(32, 7).toString('base64url')

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; img-src 'self'; " +
  "frame-src 'self'; require-trusted-types-for 'script'"

const FILES: Record<string, readonly [type: string, text: string]> = {
  '/indsigt/consent.js': ['text/javascript', CONSENT_JS],
  '/indsigt/gate.js': ['text/javascript', GATE_JS],
  '/indsigt/choice.js': ['text/javascript', CHOICE_JS],
  '/indsigt/banner.css': ['text/css', BANNER_CSS],
  '/indsigt/choice.css': ['text/css', CHOICE_CSS],
  '/site.css': ['text/css', SITE_CSS()],
}

/** Starts the site on a free port of localhost. */
export async function startSite(): Promise<TestSite> {
  const settings: Settings = {
    register: fullRegister,
    isStale: false,
    isDown: false,
    hasToken: true,
    isCached: false,
    script: 'consent',
    body: '',
  }
  const asked: string[] = []
  const used = new Set<string>()
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    void answer(request, response, { settings, used })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${port}`,
    asked,
    settings,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

type Scene = { readonly settings: Settings; readonly used: Set<string> }

async function answer(request: IncomingMessage, response: ServerResponse, { settings, used }: Scene): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const view = viewOf(request, url, settings)
  const send = (type: string, text: string, status = 200) => {
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': CSP })
    response.end(text)
  }
  const file = FILES[url.pathname]
  if (file) return send(file[0], file[1])
  if (url.pathname.endsWith('.js')) return send('text/javascript', `(window.ran ??= []).push('${url.pathname}')`)
  if (url.pathname === '/frame') return send('text/html', '<!doctype html><title>Kort</title><p>Kort over Havnen')
  if (url.pathname === '/indsigt/token') {
    if (settings.isDown || view.register === null) return send('application/json', '{"code":"failed"}', 503)
    const token = mintToken({ register: view.register, key: KEY, now: new Date(), language: view.language })
    return send('application/json', JSON.stringify({ token, tag: consentTag(view.register) }))
  }
  if (url.pathname === '/indsigt/choice' && request.method === 'POST') {
    const form = new URLSearchParams(await bodyOf(request))
    const choice = view.register && !settings.isDown ? chosen(form, view.register, used) : null
    if (choice === null || view.register === null) return send('application/json', '{"code":"failed"}', 503)
    const value = writeChoice(choice, { register: view.register, key: KEY, now: new Date() })
    response.setHeader('set-cookie', `cookievalg=${value}; Path=/; Max-Age=16070400; SameSite=Lax`)
    const json = JSON.stringify({ accepted: choice.accepted })
    if (request.headers.accept === 'application/json') return send('application/json', json)
    response.writeHead(303, { location: form.get('back') ?? '/' }).end()
    return
  }
  if (url.pathname === '/indsigt/remove') {
    response.writeHead(303, { location: '/indsigt/choice?said=removed' }).end()
    return
  }
  if (url.pathname === '/indsigt/choice') return send('text/html', choicePage(request, url, view))
  return send('text/html', page(view, settings))
}

function viewOf(request: IncomingMessage, url: URL, settings: Settings): View {
  const { register } = settings
  const value = /cookievalg=([^;]*)/.exec(request.headers.cookie ?? '')?.[1]
  const read = register && readChoice(value, { register, key: KEY, now: new Date() })
  const language = url.searchParams.get('lang') === 'en' ? 'en' : 'da'
  const choice = read?.isCurrent && !settings.isCached ? read.choice : null
  const isGpc = request.headers['sec-gpc'] === '1' && !settings.isCached
  const token =
    register && settings.hasToken && !settings.isCached
      ? mintToken({ register, key: KEY, now: new Date(), language })
      : null
  return {
    register,
    isStale: settings.isStale,
    language,
    choice,
    isGpc,
    token,
    base: '/indsigt',
    back: url.pathname,
  }
}

function chosen(form: URLSearchParams, register: Register, used: Set<string>): Choice | null {
  const token = readToken(form.get('token') ?? '', { site: register.site, key: KEY, now: new Date() })
  if (token === null || used.has(token.nonce)) return null
  used.add(token.nonce)
  const all = askedCategories(register).map(it => it.code)
  const method = form.get('method')
  const accepted = method === 'accept' ? all : method === 'save' ? form.getAll('category') : []
  return { accepted, chosenAt: Math.floor(Date.now() / 60_000) * 60, proof: newProof() }
}

function choicePage(request: IncomingMessage, url: URL, view: View): string {
  const held = (request.headers.cookie ?? '').split('; ').map(it => it.split('=')[0] ?? '')
  const said = url.searchParams.get('said')
  return renderChoicePage({
    ...view,
    back: '/',
    receipt: view.choice && receiptOf(view.choice, view),
    held,
    preselect: null,
    message: said === 'saved' || said === 'removed' ? said : null,
  })
}

function receiptOf(choice: Choice, { register, language }: View): Receipt {
  const state = (code: string) => (choice.accepted.includes(code) ? 'given' : 'refused')
  return {
    format: 'indsigt-consent-receipt/1',
    schemaVersion: 'ISO/IEC TS 27560:2023',
    recordId: '7F3K-22QX-91BD',
    controller: register?.controller ?? '',
    site: register?.site ?? '',
    language,
    policyVersion: 4,
    policyUrl: '/policy',
    noticeSha256: 'a1b2c3d4'.repeat(8),
    registerSha256: 'd4c3b2a1'.repeat(8),
    givenAt: new Date(choice.chosenAt * 1000).toISOString(),
    expiresAt: new Date((choice.chosenAt + 16_070_400) * 1000).toISOString(),
    method: choice.accepted.length > 0 ? 'accept' : 'reject',
    isGpc: false,
    purposes: (register?.categories ?? []).map(it => ({
      category: it.code,
      title: it.title[language],
      state: it.isNecessary ? 'necessary' : state(it.code),
    })),
    withdrawnAt: null,
    ledgerEntry: '1284907',
    commitment: '0f1e2d3c'.repeat(8),
  }
}

function page(view: View, settings: Settings): string {
  const title = view.language === 'da' ? 'Din strøm i november' : 'Your power in November'
  const head = renderHead(view).replace('/consent.js', `/${settings.script}.js`)
  return `<!doctype html><html lang="${view.language}"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/site.css">${head}</head>
<body>${renderBanner(view)}<main><h1>${title}</h1><p>Du har brugt 312 kWh. <a href="/mere">Se hver dag</a></p>
${settings.body.replaceAll('{hold}', renderPlaceholder('statistics', view))}</main></body></html>`
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

// A site with strong opinions of its own, none of which may reach the banner.
function SITE_CSS(): string {
  return `body { margin: 0; font: 1.0625rem/1.55 'Liberation Sans', sans-serif; background: Canvas; color: CanvasText }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem 4rem } a { color: LinkText }
button { background: #f0f; font-size: 9px; text-transform: uppercase; float: left }
p { margin: 3rem } h2 { color: #888 }
table { border: 4px solid red }
form { display: flex } section { opacity: 0.5; transform: rotate(2deg) }`
}
