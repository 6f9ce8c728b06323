/**
 * S1: a cookie is set only on a listed site, when it is itself on the list, and only after the visitor's yes unless it
 * is strictly necessary. Here the site's own server, its pages, strangers, forgers, clerks with SQL and a restart try
 * to set one all the same, or to make up the yes.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { ROOT } from '../kit.ts'
import { openHouse, type House } from './house.ts'
import { browse, chance, DOORS, openBrowser, openSite, outOfBytes, OWN_PAGE, pageOf, type Website } from './site.ts'

let house: House
let web: Website
let browser: Browser
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  browser = await openBrowser({ 'www.intrum.dk': web.port, 'maal.intrum.dk': web.port, 'spor.example': web.port })
})
after(async () => {
  await browser.close()
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
    // What was pressed while the browser said no stays a no when it stops saying so; a yes without it is one.
    const quiet = { 'sec-gpc': '0' }
    assert.deepEqual(await web.out([NEEDED, ASKED], { door, cookie, headers: quiet }), [NEEDED])
    const yes = await web.visitor('accept')
    assert.deepEqual(await web.out([NEEDED, ASKED], { door, cookie: yes, headers: quiet }), [NEEDED, ASKED])
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

test('without Indsigt nothing is set at all, and the command `guard` is as strict as the rest', async () => {
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
  const child = spawn(process.execPath, [join(ROOT, 'sdk/cli.ts'), 'guard', ...wish], { env })
  try {
    const said = await new Promise<string>(resolve => {
      child.stdout.once('data', (it: Buffer) => resolve(String(it)))
      child.once('close', () => resolve(''))
    })
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

const MARKED = (inner: string) => `<template data-indsigt="statistics">${inner}</template>`
const OUTSIDE = 'https://spor.example'
/** What a page would do with a visitor: each piece asks for, sets or stores something when it runs. */
const PIECES = [
  `<script src="${OUTSIDE}/spor.js"></script>`,
  `<iframe src="${OUTSIDE}/ramme"></iframe>`,
  `<img src="${OUTSIDE}/pixel.gif" alt="">`,
  `<img src="/videre" alt="">`,
  `<img src="https://maal.intrum.dk/skjult.gif" alt="">`,
  `<link rel="stylesheet" href="${OUTSIDE}/spor.css">`,
  `<object data="${OUTSIDE}/ting"></object>`,
  `<script>document.cookie = '_fp=1; Max-Age=9999; Secure; Path=/'; localStorage.setItem('fp', navigator.userAgent)
   sessionStorage.setItem('fp', 1); indexedDB.open('fp'); caches.open('fp')
   navigator.sendBeacon('${OUTSIDE}/fyr')</script>`,
]
const HELD = `(async () => [document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map(it => it.name), ...await caches.keys()].filter(Boolean))()`

function prepare(): void {
  const gif = Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64')
  const image = { 'content-type': 'image/gif', 'set-cookie': [ASKED, UNLISTED] }
  web.pages.set('/', pageOf(web, PIECES.map(MARKED).join('')))
  web.pages.set('/videre', (_, response) =>
    response.writeHead(302, { ...image, location: `${OUTSIDE}/videre.gif` }).end(),
  )
  for (const path of ['/pixel.gif', '/skjult.gif', '/videre.gif'])
    web.pages.set(path, (_, response) => response.writeHead(200, image).end(gif))
  web.asked.length = 0
}
const strangers = () => web.asked.filter(it => /^(spor\.example|maal\.)|videre|fyr/.test(it))
const press = (page: Page, method: string) => page.locator(`.indsigt-banner [value=${method}]`).click()
const gone = (page: Page) => page.locator('.indsigt-banner').waitFor({ state: 'hidden' })
const kept = async (page: Page) => (await page.context().cookies()).map(it => it.name)

test('in a browser, before a yes no script, frame, pixel, redirect or storage of anybody’s is reached', async () => {
  prepare()
  await browse(browser, {}, async page => {
    await page.waitForTimeout(300)
    assert.deepEqual([strangers(), await kept(page), await page.evaluate(HELD)], [[], [], []])
    await press(page, 'reject')
    await gone(page)
    for (const _ of [1, 2]) await page.reload()
    await page.waitForTimeout(300)
    assert.deepEqual([strangers(), await kept(page)], [[], ['cookievalg']])
  })
})

test('in a browser, a yes opens what was marked, and still nothing unlisted is set by our answers', async () => {
  prepare()
  await browse(browser, {}, async page => {
    await press(page, 'accept')
    await gone(page)
    await page.waitForTimeout(500)
    for (const path of ['/spor.js', '/ramme', '/pixel.gif', '/videre.gif', '/fyr'])
      assert.ok(
        strangers().some(it => it.endsWith(path)),
        `${path}: ${strangers().join()}`,
      )
    const names = await kept(page)
    assert.ok(names.includes('besoegstal') && !names.includes('_ga'), names.join())
  })
})

test('in a browser, answers to fetch, XHR, images, frames and redirects bring no cookie before a yes', async () => {
  prepare()
  web.pages.set('/videre', (_, response) =>
    response.writeHead(302, { location: '/pixel.gif', 'set-cookie': [ASKED, UNLISTED] }).end(),
  )
  web.pages.set(
    '/',
    pageOf(web, '<img src="/pixel.gif" alt=""><img src="/videre" alt=""><iframe src="/pixel.gif"></iframe>'),
  )
  await browse(browser, {}, async page => {
    await page.evaluate(`Promise.all([fetch('/pixel.gif', { credentials: 'include' }), fetch('/videre'),
      new Promise(done => {
      const asked = new XMLHttpRequest()
      asked.open('POST', '/pixel.gif')
      asked.onloadend = done
      asked.send('x')
    }), navigator.sendBeacon('/pixel.gif', 'x')])`)
    await page.waitForTimeout(200)
    assert.ok(web.asked.length >= 8, web.asked.join())
    assert.deepEqual(await kept(page), [])
  })
})

test('in a browser, a script that writes itself a yes gets nothing from the server, and loses it again', async () => {
  prepare()
  const tag = (await web.visitor('accept')).split('.')[1]
  await browse(browser, {}, async page => {
    const forged = `cookievalg=1.${tag}.3.zzzzz.${'A'.repeat(22)}.${'A'.repeat(16)}`
    await page.evaluate(`document.cookie = '${forged}; Max-Age=9999; Path=/; Secure'`)
    await page.evaluate(`fetch('/pixel.gif')`)
    assert.deepEqual(await kept(page), ['cookievalg'])
    await page.goto('https://www.intrum.dk/')
    assert.deepEqual(
      (await kept(page)).filter(it => it === 'cookievalg'),
      [],
    )
    assert.ok(await page.locator('.indsigt-banner').isVisible())
  })
})

test('in a browser, a stranger’s page cannot press the button for the visitor', async () => {
  prepare()
  const token = await web.token()
  const form = `<form method="post" action="https://www.intrum.dk/indsigt/choice"><input name="token" value="${token}">
    <input name="method" value="accept"></form><script>document.forms[0].submit()</script>`
  const fetching = `<script>fetch('https://www.intrum.dk/indsigt/choice', { method: 'POST', credentials: 'include',
    mode: 'no-cors', body: new URLSearchParams({ token: '${token}', method: 'accept' }) })</script>`
  const framed = `<iframe sandbox="allow-scripts allow-forms" srcdoc="${form.replaceAll('"', '&quot;')}"></iframe>`
  const before = await choices()
  for (const body of [form, fetching, framed]) {
    web.pages.set('/ond', (_, response) =>
      response.setHeader('content-type', 'text/html').end(`<!doctype html>${body}`),
    )
    for (const host of ['spor.example', 'maal.intrum.dk'])
      await browse(browser, { host, path: '/ond' }, async page => {
        await page.waitForTimeout(400)
        assert.deepEqual(
          (await kept(page)).filter(it => it === 'cookievalg'),
          [],
          `${host}: ${body}`,
        )
      })
  }
  assert.equal(await choices(), before)
  assert.equal((await web.choose({ token, method: 'reject' }, { headers: OWN_PAGE })).status, 200, 'the token was good')
})
