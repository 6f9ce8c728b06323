/** Pages that hang, loop, drown or crash a visitor: a scan says so and goes on. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Behaviour, HOSTS, type Place } from './behaviour.ts'

/** Bytes that the endless page sends before it gives up. */
export const STREAM_BYTES = 100 * 1024 * 1024

const hostile = (id: string, path: string, code: string, how: string): Behaviour => ({
  id: `hostile_${id}`,
  page: `hostile${path}` as Place,
  how,
  isTrap: true,
  expected: { kind: 'page', name: path, host: HOSTS.hostile, codes: [code], clause: 'S1' },
})

export const HOSTILE_BEHAVIOURS: readonly Behaviour[] = [
  hostile('hang', '/haenger', 'scan.page_timeout', 'takes the request and never answers'),
  hostile('drip', '/drypper', 'scan.page_timeout', 'answers one byte a second and never ends'),
  hostile('redirects', '/rundt', 'scan.page_redirects', 'redirects for ever, each time to a new address'),
  hostile('login', '/login', 'scan.page_login', 'answers 401 and asks for a password'),
  hostile('stream', '/stroem', 'scan.page_too_large', 'sends 100 MB of page'),
  hostile('freeze', '/fryser', 'scan.page_timeout', 'keeps the processor busy for ever'),
  hostile('crash', '/styrt', 'scan.page_crashed', 'nests elements until the tab falls over'),
  hostile('cut', '/afbrudt', 'scan.page_unreachable', 'closes the connection without an answer'),
  hostile('private', '/indad', 'scan.page_refused_address', 'redirects into the private net'),
  {
    ...hostile('certificate', '/', 'scan.page_certificate', 'a certificate that it signed itself'),
    page: 'broken/',
    expected: { kind: 'page', name: '/', host: HOSTS.broken, codes: ['scan.page_certificate'], clause: 'S1' },
  },
]

/** Hostile pages on which no finding is asked for: the scan must only come through them. */
export const HOSTILE_ENDURED: readonly Place[] = ['hostile/dialoger', 'hostile/genindlaes', 'hostile/vinduer']

const page = (script: string) => `<!doctype html><title>Fjendtlig</title><p>Fjendtlig side<script>${script}</script>`

/** Doubles its own depth, since one element after the other is slow work where the tree is deep. */
const DEEP = `const top = document.createElement('div')
for (let end = top, round = 0; round < 14; round += 1) {
  end = end.appendChild(top.cloneNode(true))
  while (end.firstChild) end = end.firstChild
}
document.body.append(top); document.body.offsetHeight`

const PAGES: { readonly [path: string]: string } = {
  '/': page(''),
  '/fryser': page('for (;;);'),
  '/styrt': page(`addEventListener('load', () => { ${DEEP} })`),
  '/dialoger': page(`setInterval(() => alert('Hov'), 10); onbeforeunload = it => it.preventDefault()`),
  '/genindlaes': page('setTimeout(() => location.reload(), 20)'),
  '/vinduer': page(`setInterval(() => open('/', '_blank'), 50)`),
}

/** Answers for the hostile host, in whatever way does harm; the caller closes sockets that stay open. */
export async function answerHostile(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://hostile.localhost')
  const html = { 'content-type': 'text/html; charset=utf-8' }
  if (pathname === '/haenger') return
  if (pathname === '/afbrudt') return void request.socket.destroy()
  if (pathname === '/rundt') {
    response.writeHead(302, { location: `/rundt?nu=${Number(searchParams.get('nu')) + 1}` }).end()
  } else if (pathname === '/indad') {
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end()
  } else if (pathname === '/login') {
    response.writeHead(401, { ...html, 'www-authenticate': 'Basic realm="Indad"' }).end('<!doctype html>Log ind')
  } else if (pathname === '/drypper') {
    response.writeHead(200, html)
    const timer = setInterval(() => response.write(' '), 1000)
    response.on('close', () => clearInterval(timer))
  } else if (pathname === '/stroem') {
    await pour(response.writeHead(200, html))
  } else {
    const body = PAGES[pathname]
    response.writeHead(body === undefined ? 404 : 200, html).end(body ?? 'Findes ikke')
  }
}

/** Goes no faster than the visitor reads, so that nothing piles up here. */
async function pour(response: ServerResponse): Promise<void> {
  const chunk = Buffer.from(`<p>${'vand '.repeat(13_000)}</p>\n`)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  for (let bytes = 0; bytes < STREAM_BYTES && !response.destroyed; bytes += chunk.length) {
    if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined)
  }
  response.end()
}
