/** Our reading of Set-Cookie lines against a real Chromium's (B14: a guard that reads otherwise can be passed). */
import assert from 'node:assert/strict'
import net from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { launchBrowser } from '../test/browser.ts'
import { isWithin } from './register.ts'
import { SET_COOKIE_LINES } from './set-cookie.corpus.fixture.ts'
import { parseSetCookie, refusedByBrowsers, type ParsedCookie } from './set-cookie.ts'

const HOST = 'www.shop.localhost'
const CAP_SECONDS = 400 * 86_400
const NEAR_SECONDS = 2

type Kept = Awaited<ReturnType<typeof keptCookies>>[number]

let browser: Browser
let server: net.Server
let page: Page
let session: CDPSession

before(async () => {
  server = net.createServer(answerRaw)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  browser = await launchBrowser()
  page = await browser.newPage()
  session = await page.context().newCDPSession(page)
  await page.goto(`http://${HOST}:${(server.address() as net.AddressInfo).port}/`)
})
after(async () => {
  await browser.close()
  await new Promise(resolve => server.close(resolve))
})

/** The browser that INDSIGT_CHROMIUM names, or the one a package brings. */
// Bytes by hand: a server library would refuse to send half of these lines.
function answerRaw(socket: net.Socket): void {
  socket.on('error', () => socket.destroy())
  socket.on('data', bytes => {
    const number = /^GET \/c\/(\d+) /.exec(bytes.toString('latin1'))?.[1]
    const cookie = number === undefined ? '' : `Set-Cookie: ${SET_COOKIE_LINES[Number(number)]}\r\n`
    const head = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: no-store\r\nContent-Length: 2\r\n`
    socket.end(Buffer.from(`${head}Connection: close\r\n${cookie}\r\nok`, 'utf8'))
  })
}

async function keptCookies() {
  return (await session.send('Network.getAllCookies')).cookies
}

async function whatIsKept(number: number): Promise<Kept | undefined> {
  await session.send('Network.clearBrowserCookies')
  await page.evaluate(
    number =>
      fetch(`/c/${number}`).then(
        () => 0,
        () => 0,
      ),
    number,
  )
  const kept = await keptCookies()
  assert.ok(kept.length <= 1)
  return kept[0]
}

test('every line the guard calls clear, Chromium reads alike; of the others none slips through', async () => {
  const faults: string[] = []
  let clear = 0
  for (const [number, line] of SET_COOKIE_LINES.entries()) {
    const now = new Date()
    const ours = parseSetCookie(line, now)
    const theirs = await whatIsKept(number)
    if (ours?.isClear === true) clear += 1
    const fault = faultOf(ours, theirs, now)
    if (fault !== '') faults.push(`${JSON.stringify(line.slice(0, 100))}: ${fault}`)
  }
  assert.deepEqual(faults, [])
  assert.ok(SET_COOKIE_LINES.length >= 240)
  assert.ok(clear >= 80, `only ${clear} lines are clear`)
})

function faultOf(ours: ParsedCookie | null, theirs: Kept | undefined, now: Date): string {
  if (ours === null) return theirs === undefined ? '' : 'kept, though we read nothing'
  if (!ours.isClear) return faultInDoubt(ours, theirs)
  if (isKept(ours) !== (theirs !== undefined)) return isKept(ours) ? 'not kept' : 'kept, though it should not be'
  return theirs === undefined ? '' : differences(ours, theirs, now)
}

// In doubt the guard refuses; what must not happen is that it takes a session for something with an end.
function faultInDoubt(ours: ParsedCookie, theirs: Kept | undefined): string {
  if (theirs === undefined) return ''
  if (theirs.session && ours.lifetimeSeconds !== null) return 'a session, though we read a lifetime'
  return ours.isDeletion ? 'kept, though we read a deletion' : ''
}

function isKept(ours: ParsedCookie): boolean {
  const isHere = ours.domain === null || (isWithin(HOST, ours.domain) && ours.domain !== 'localhost')
  return !ours.isDeletion && refusedByBrowsers(ours) === null && isHere
}

function differences(ours: ParsedCookie, theirs: Kept, now: Date): string {
  const pairs = {
    name: [ours.name, theirs.name],
    value: [ours.value, theirs.value],
    domain: [ours.domain === null ? HOST : `.${ours.domain}`, theirs.domain],
    path: [ours.path ?? '/c', theirs.path],
    secure: [ours.secure, theirs.secure],
    httpOnly: [ours.httpOnly, theirs.httpOnly],
    sameSite: [ours.sameSite ?? undefined, theirs.sameSite],
    partitioned: [ours.partitioned, theirs.partitionKey !== undefined],
    session: [ours.lifetimeSeconds === null, theirs.session],
  }
  const different = Object.entries(pairs).filter(([, [one, other]]) => one !== other)
  const until = now.getTime() / 1000 + Math.min(ours.lifetimeSeconds ?? 0, CAP_SECONDS)
  if (!theirs.session && Math.abs(theirs.expires - until) > NEAR_SECONDS)
    return `expires ${theirs.expires - until} s apart`
  return different.map(([name, [one, other]]) => `${name}: ${String(one)} and ${String(other)}`).join('; ')
}
