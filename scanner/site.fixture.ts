/** A small real site on many hosts with one of each trap, and a small real proxy in front of it, for child.test.ts. */
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { selfSigned } from '../test/certificate.ts'

export type Site = {
  readonly origin: string
  readonly secureOrigin: string
  readonly proxy: string
  readonly addresses: Set<string>
  readonly close: () => Promise<void>
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const YEAR = 'Max-Age=31536000'

/** Starts site, its TLS twin with a certificate nobody trusts, and the proxy that all names lead through. */
export async function openSite(): Promise<Site> {
  const addresses = new Set<string>()
  const plain = createServer(answer)
  const { key, certificate } = selfSigned(['secure.localhost'])
  const secure = createTlsServer({ key, cert: certificate }, answer)
  const [port, securePort] = await Promise.all([listen(plain), listen(secure)])
  const proxy = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '', 'http://nowhere.localhost')
    addresses.add(url.host + url.pathname)
    const options = { host: '127.0.0.1', port, method: incoming.method, path: url.pathname + url.search }
    const onward = ask({ ...options, headers: incoming.headers }, reply => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.rawHeaders)
      reply.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  proxy.on('connect', (incoming, socket) => {
    addresses.add(incoming.url ?? '')
    const onward = connect(incoming.url?.endsWith(':443') ? securePort : port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [onward, socket]) end.on('error', () => [onward, socket].forEach(it => it.destroy()))
  })
  const proxyPort = await listen(proxy)
  return {
    origin: 'http://site.localhost',
    secureOrigin: 'https://secure.localhost',
    proxy: `127.0.0.1:${proxyPort}`,
    addresses,
    close: async () => {
      await Promise.all([plain, secure, proxy].map(shut))
    },
  }
}

function listen(server: Server): Promise<number> {
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function shut(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise(resolve => server.close(() => resolve()))
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = new URL(request.url ?? '/', 'http://x.localhost').pathname
  const page = ANSWERS[path]
  if (page) page(request, response)
  else response.writeHead(404, { 'Set-Cookie': `lost=1; ${YEAR}` }).end('nothing here')
}

const html = (body: string, cookies: readonly string[] = []): Answer => {
  return (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Set-Cookie': [...cookies] })
    response.end(`<!doctype html><html lang="da"><title>Side</title><h1>Velkommen til siden</h1>${body}`)
  }
}
const script = (body: string): Answer => {
  return (_request, response) => void response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(body)
}
const setting = (line: string, status = 200, more = {}): Answer => {
  return (_request, response) => void response.writeHead(status, { 'Set-Cookie': line, ...more }).end()
}

const BANNER = `<div style="position:fixed;bottom:0;background:#fff">Vi bruger cookies.
  <button id="no">Afvis</button><button id="yes">Accepter alle</button></div><script>
  const choose = value => {
    document.cookie = 'choice=' + value + '; ${YEAR}'
    if (value === 'yes') document.cookie = 'marketing=7; ${YEAR}'
  }
  document.querySelector('#no').onclick = () => choose('no')
  document.querySelector('#yes').onclick = () => choose('yes')</script>`

const ANSWERS: { readonly [path: string]: Answer } = {
  '/': html(
    `<p>En side med en tekst, der kan læses.</p><img src="/picture"><script src="/set.js"></script>
     <iframe src="http://other.localhost/frame"></iframe><script>
     new Worker('/worker.js'); sessionStorage.tab = 'x1'; localStorage.setItem('device', 'd1'); indexedDB.open('notes')
     caches.open('pages'); document.cookie = 'flash=1; ${YEAR}'; document.cookie = 'flash=; Max-Age=0'
     setTimeout(() => { document.cookie = 'late=1; ${YEAR}' }, 1500)
     addEventListener('scroll', () => { document.cookie = 'scrolled=1; ${YEAR}' }, { once: true })
     addEventListener('pagehide', () => navigator.sendBeacon('http://other.localhost/beacon?u=42', 'bye'))
     const canvas = document.createElement('canvas'); canvas.getContext('2d').fillText('abc', 5, 5); canvas.toDataURL()
     </script><p style="height:2000px"></p><a href="/second">mere</a>`,
    [`secret=1; ${YEAR}; HttpOnly`, 'wrong=1; Domain=elsewhere.localhost'],
  ),
  '/second': html('<p>Den anden side.</p>'),
  '/choice': html(BANNER),
  '/set.js': script(`function store() { document.cookie = 'scripted=1; ${YEAR}; Path=/' }\nstore()`),
  '/worker.js': script("fetch('/from-worker')"),
  '/from-worker': setting(`worked=1; ${YEAR}; Path=/`),
  '/picture': setting(`moved=1; ${YEAR}`, 302, { Location: '/pixel' }),
  '/pixel': setting(`unchanged=1; ${YEAR}`, 304),
  '/beacon': setting(`farewell=1; ${YEAR}`, 204),
  '/frame': html("<script>localStorage.frame = 'f1'</script>", [`framed=1; ${YEAR}; SameSite=None; Secure`]),
  '/loop': setting('round=1', 302, { Location: '/loop' }),
  '/turning': html('<script>location.reload()</script>'),
  '/silent': () => undefined,
  '/huge': huge,
  '/alert': html(
    "<script>alert('hej'); addEventListener('beforeunload', it => it.preventDefault())</script><p>Efter.</p>",
  ),
  '/busy': html('<p>Travl.</p><script>setTimeout(() => { for (;;) ; }, 100)</script>'),
  '/crash': html(
    `<p>Falder.</p><script>addEventListener('load', () => { const top = document.createElement('div')
     for (let end = top, round = 0; round < 14; round++) {
       end = end.appendChild(top.cloneNode(true)); while (end.firstChild) end = end.firstChild
     }
     document.body.append(top); document.body.offsetHeight })</script>`,
  ),
  '/members': html('<form><input type="password" name="p"></form>'),
  '/account': setting('seen=1', 302, { Location: '/members' }),
}

/** 100 MB of page, sent as fast as it is taken. */
function huge(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/html' })
  const piece = Buffer.alloc(1024 * 1024, '<p>meget</p> ')
  let left = 100
  const push = () => {
    while (left-- > 0 && !response.destroyed) if (!response.write(piece)) return void response.once('drain', push)
    response.end()
  }
  push()
}
