/**
 * S1: a cookie is set only on a listed site, when it is itself on the list, and only after the visitor's yes unless it
 * is strictly necessary. Here the site's own server, its pages, strangers, forgers, clerks with SQL and a restart try
 * to set one all the same, or to make up the yes.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { mintToken, newProof, writeChoice } from '../../sdk/choice.ts'
import { consentTag, noticeOf, sha256OfNotice, sha256OfRegister } from '../../sdk/register.ts'
import type { Register, SiteSettings } from '../../sdk/wire.ts'
import { ROOT } from '../kit.ts'
import { noRoleMay, openHouse, refusedBy, type Asking, type House, type Who } from './house.ts'
import { chance, DOORS, openSite, outOfBytes, OWN_PAGE, type Sent, type Website } from './site.ts'

let house: House
let web: Website
let other: SiteSettings
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  other = (await house.must(200, { site: 'intrum.com' }, 'GET /v1/cookies/settings')) as SiteSettings
})
after(async () => {
  await web.close()
  await house.close()
})

const KEPT = 'Path=/; Secure; HttpOnly; SameSite=Lax'
const NEEDED = `sprog=da; Max-Age=31536000; ${KEPT}`
const ASKED = `besoegstal=${chance()}; Max-Age=7776000; ${KEPT}`
const UNLISTED = `_ga=GA1.2.${chance()}; Max-Age=7776000; ${KEPT}`
const END = `Max-Age=7776000; ${KEPT}`
const names = (lines: readonly string[]) => lines.map(line => line.split('=')[0])
const choices = async () => Number((await house.kit.owner('select count(*) as n from cookies.choice'))[0]?.['n'])
const seal = (some: Partial<{ register: Register; key: string; now: Date }> = {}) => ({
  register: web.settings.register,
  key: web.settings.key,
  now: new Date(),
  ...some,
})
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)

for (const door of DOORS) {
  test(`${door}: before a yes only what is needed goes out, whatever the answer is`, async () => {
    for (const status of [200, 201, 204, 301, 302, 303, 304, 307, 400, 401, 403, 404, 410, 500, 503])
      for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS']) {
        web.pages.set('/out', (_, response) => {
          response.writeHead(status, {
            location: '/',
            'content-type': 'image/png',
            'set-cookie': [NEEDED, ASKED, UNLISTED],
          })
          response.end()
        })
        const { status: seen, cookies } = await web.send(`${method} /out`, { door })
        assert.deepEqual([seen, cookies], [status, [NEEDED]], `${method} ${status}`)
      }
  })

  test(`${door}: with a yes, what is listed goes out and what is not listed still does not`, async () => {
    const cookie = await web.visitor('accept')
    const lines = [NEEDED, ASKED, UNLISTED, `Besoegstal=1; ${END}`, `besoegstal.x=1; ${END}`, `=besoegstal; ${END}`]
    assert.deepEqual(await web.out(lines, { door, cookie }), [NEEDED, ASKED])
    assert.deepEqual(await web.out(lines, { door, cookie: await web.visitor('reject') }), [NEEDED])
    assert.deepEqual(await web.out(lines, { door, cookie: await web.visitor('withdraw', cookie) }), [NEEDED])
  })

  test(`${door}: three hundred cookies hide nothing, and the needed one is not lost among them`, async () => {
    const crowd = Array.from({ length: 300 }, (_, at) => `_x${at}=1; Max-Age=60`)
    assert.deepEqual(await web.out([...crowd.slice(0, 150), NEEDED, ASKED, ...crowd.slice(150)], { door }), [NEEDED])
  })

  test(`${door}: a host the policy does not name gets no cookie, with a yes or without`, async () => {
    const cookie = await web.visitor('accept')
    for (const host of ['evil.example', 'intrum.dk.evil.example', 'notintrum.dk', 'intrum.com', 'www.intrum.com', 'dk'])
      assert.deepEqual(await web.out([NEEDED, ASKED], { door, host, cookie }), [], host)
    for (const host of ['intrum.dk', 'a.b.intrum.dk', 'WWW.Intrum.DK:443', 'maal.intrum.dk'])
      assert.deepEqual(await web.out([NEEDED, UNLISTED], { door, host, cookie }), [NEEDED], host)
  })

  test(`${door}: no Domain carries a cookie beyond the hosts of the site`, async () => {
    const cookie = await web.visitor('accept')
    for (const domain of [
      'dk',
      '.dk',
      'intrum.com',
      'evil.example',
      'other.intrum.dk',
      '*.intrum.dk',
      'xn--',
      '127.0.0.1',
    ])
      assert.deepEqual(await web.out([`${NEEDED}; Domain=${domain}`], { door, cookie }), [], domain)
    assert.equal((await web.out([`${NEEDED}; Domain=.intrum.dk`], { door })).length, 1)
  })

  test(`${door}: a browser that says no by itself (GPC) is not overruled by a yes it carries`, async () => {
    const headers = { 'sec-gpc': '1' }
    assert.deepEqual(await web.out([NEEDED, ASKED], { door, cookie: await web.visitor('accept'), headers }), [NEEDED])
    const forged = await web.choose({ token: await web.token(), method: 'accept' }, { headers })
    const cookie = forged.cookies.find(it => it.startsWith('cookievalg=1.'))?.split(';')[0] ?? ''
    assert.deepEqual(await web.out([NEEDED, ASKED], { door, cookie, headers }), [NEEDED])
    assert.equal((await web.send('GET /out', { door, cookie, headers: { 'sec-gpc': '0' } })).cookies.length, 2)
  })
}

/** Every way in which a Node server can put a cookie into an answer. */
const WAYS: { readonly [way: string]: (response: ServerResponse) => void } = {
  setHeader: response => response.setHeader('Set-Cookie', ASKED).end(),
  'setHeader, many': response => response.setHeader('SET-COOKIE', [ASKED, UNLISTED]).end(),
  appendHeader: response => response.appendHeader('set-cookie', ASKED).appendHeader('set-cookie', UNLISTED).end(),
  setHeaders: response => response.setHeaders(new Headers([['set-cookie', ASKED]])).end(),
  'setHeaders, map': response => response.setHeaders(new Map([['Set-Cookie', [ASKED]]])).end(),
  'writeHead, object': response => response.writeHead(200, { 'Set-Cookie': ASKED, 'set-cookie': UNLISTED }).end(),
  'writeHead, flat list': response => response.writeHead(200, ['set-cookie', ASKED, 'Set-Cookie', UNLISTED]).end(),
  'writeHead, pairs': response => response.writeHead(200, [['set-cookie', ASKED]] as never).end(),
  'writeHead, with a reason': response =>
    response.writeHead(302, 'Gone', { 'set-cookie': [ASKED], location: '/' }).end(),
  'writeHead, over setHeader': response => {
    response.setHeader('set-cookie', [NEEDED])
    response.writeHead(200, { 'set-cookie': [NEEDED, ASKED] }).end()
  },
  'writeHead by its other name': response => {
    const { writeHeader } = response as unknown as { writeHeader: ServerResponse['writeHead'] }
    writeHeader.call(response, 200, { 'set-cookie': ASKED })
    response.end()
  },
  flushHeaders: response => {
    response.setHeader('set-cookie', ASKED)
    response.flushHeaders()
    response.end()
  },
  'first byte': response => {
    response.setHeader('set-cookie', ASKED)
    response.write('x')
    response.end('y')
  },
  'a list changed later': response => {
    const lines = [NEEDED]
    response.setHeader('set-cookie', lines)
    lines.push(ASKED)
    response.end()
  },
  'early hints': response => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload; as=style', 'set-cookie': ASKED })
    response.end()
  },
  trailers: response => {
    response.writeHead(200, { trailer: 'Set-Cookie' })
    response.write('x')
    response.addTrailers({ 'Set-Cookie': ASKED })
    response.end()
  },
  'trailers, pairs': response => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' })
    response.addTrailers([['set-cookie', ASKED]])
    response.end('x')
  },
}
for (const [way, act] of Object.entries(WAYS))
  test(`no way of setting a cookie goes round the guard: ${way}`, async () => {
    for (const door of DOORS) {
      web.pages.set('/way', (_, response) => act(response))
      const { cookies } = await web.send('GET /way', { door })
      assert.ok(
        names(cookies).every(name => name === 'sprog'),
        `${door}: ${cookies.join(' | ')}`,
      )
    }
  })

const HEADS: readonly (readonly [what: string, head: string])[] = [
  ['folded', `Set-Cookie: sprog=da;\r\n besoegstal=1; ${END}`],
  ['folded at once', `Set-Cookie:\r\n\tbesoegstal=1; ${END}`],
  ['two in a line', `Set-Cookie: ${NEEDED}, ${ASKED}`],
  ['a blank before the colon', `Set-Cookie : ${ASKED}`],
  ['a lone line feed', `X: 1\nSet-Cookie: ${ASKED}`],
  ['a lone carriage return', `X: 1\rSet-Cookie: ${ASKED}`],
  ['a zero byte', `Set-Cookie: sprog=da\0; besoegstal=1; ${END}`],
  ['bytes beyond ASCII', `Set-Cookie: sprog=d\xe6; ${END}`],
  ['a name beyond ASCII', `Set-Cookie: bes\xf8gstal=1; ${END}`],
  ['a tab for a name', `Set-Cookie: \tbesoegstal\t=\t1; ${END}`],
  ['no name', `Set-Cookie: besoegstal; ${END}`],
  ['mixed case', `sET-cOOKIE: ${ASKED}`],
  ['twice chunked', `Transfer-Encoding: chunked, chunked\r\nSet-Cookie: ${ASKED}`],
  ['hidden as one hop', `Connection: set-cookie\r\nSet-Cookie: ${ASKED}`],
  ['the old header', `Set-Cookie2: ${ASKED}\r\nSet-Cookie: ${ASKED}`],
]
for (const [what, head] of HEADS)
  test(`odd bytes of the site's server bring no cookie through the proxy: ${what}`, async () => {
    const bytes = `HTTP/1.1 200 OK\r\n${head}\r\nContent-Length: 2\r\n\r\nok`
    for (const cookie of ['', await web.visitor('reject')])
      assert.deepEqual(names((await outOfBytes(web, bytes, { cookie })).cookies), [])
  })

test('an answer before the answer, a switch of protocols and a trailer bring none either', async () => {
  const set = `Set-Cookie: ${ASKED}\r\n`
  const upgrade = { headers: { connection: 'upgrade', upgrade: 'websocket' } }
  for (const [bytes, how] of [
    [
      `HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n${set}\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
      {},
    ],
    [`HTTP/1.1 102 Processing\r\n${set}\r\nHTTP/1.1 204 No Content\r\n${set}\r\n`, {}],
    [`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Set-Cookie\r\n\r\n2\r\nok\r\n0\r\n${set}\r\n`, {}],
    [`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${set}\r\n`, upgrade],
    [`HTTP/1.1 200 OK\r\n${set}Content-Length: 0\r\n\r\n`, upgrade],
  ] as const) {
    const { status, cookies } = await outOfBytes(web, bytes, how)
    assert.deepEqual([status > 0, cookies], [true, []], bytes)
  }
})

test('a site that never reached Indsigt sets nothing at all, and the command `guard` is as strict as the rest', async () => {
  web.pages.set('/cli', (_, response) => response.setHeader('set-cookie', [NEEDED, ASKED, UNLISTED]).end())
  for (const [indsigt, expected] of [
    [web.indsigt, [NEEDED]],
    ['http://127.0.0.1:1', []],
  ] as const)
    assert.deepEqual(await outOfCommand(indsigt), expected)
})

async function outOfCommand(indsigt: string): Promise<string[]> {
  const upstream = `http://127.0.0.1:${web.plainPort}`
  const wish = ['--upstream', upstream, '--indsigt', indsigt, '--site', 'intrum.dk', '--listen', '127.0.0.1:0']
  const env = { ...process.env, INDSIGT_SITE_KEY: web.key, NODE_ENV: '' }
  const child = spawn(process.execPath, [join(ROOT, 'sdk/main.ts'), 'guard', ...wish], { env })
  try {
    const said = await new Promise<string>(resolve => child.stdout.once('data', (it: Buffer) => resolve(String(it))))
    const url = /http:\/\/[\d.:]+/.exec(said)?.[0] ?? ''
    for (let tries = 0; ; tries += 1) {
      const answer = await fetch(`${url}/cli`, { headers: { connection: 'close' } })
      const found = answer.headers.getSetCookie()
      if (found.length > 0 || tries === 20 || indsigt !== web.indsigt) return found
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  } finally {
    child.kill()
  }
}
