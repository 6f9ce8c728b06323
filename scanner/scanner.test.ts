/** The scanner's rules without a browser: sites, stacks, cookie jars, sitemaps, fairness. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areAlike, type Hit } from './banner.ts'
import { look, leftovers, newWatch } from './cookies.ts'
import { choosePages, linksIn, readSitemap } from './crawl.ts'
import { limiter } from './limiter.ts'
import type { CookieAttempt, JarCookie, Tab } from './model.ts'
import { readNote, readStack, scriptOf } from './notes.ts'
import { pageOf, partyOf, reaches, siteOf, sourceOf } from './site.ts'
import { outcomeOfError } from './visit.ts'

test('S1: third party is who has another registrable domain', () => {
  for (const [host, site] of [
    ['www.intrum.dk', 'intrum.dk'],
    ['.a.b.example.co.uk', 'example.co.uk'],
    ['a.localhost', 'a.localhost'],
    ['x.a.localhost', 'a.localhost'],
    ['127.0.0.1', '127.0.0.1'],
    ['kunde.github.io', 'kunde.github.io'],
  ] as const) {
    assert.equal(siteOf(host), site, host)
  }
  assert.equal(partyOf('a.localhost', 'b.localhost'), 'third')
  assert.equal(partyOf('x.a.localhost', 'a.localhost'), 'first')
})

test('a page is named by origin and path, never by what was asked of it', () => {
  assert.equal(pageOf('https://a.dk/b?cpr=1#c'), 'https://a.dk/b')
  assert.equal(pageOf('javascript:1'), '')
  assert.equal(sourceOf('https://a.dk/b.js?id=7'), 'https://a.dk/b.js')
  assert.equal(reaches('.a.dk', 'x.a.dk'), true)
  assert.equal(reaches('a.dk', 'x.a.dk'), false)
})

test('a stack is told nearest first, without the instrument and without queries', () => {
  const stack = 'Error\n    at report (_m:1:2)\n    at set (https://a.dk/b.js?u=1:10:5)\n    at https://a.dk/:3:1'
  assert.deepEqual(readStack(stack, '_m'), ['set@https://a.dk/b.js:10', '(anonymous)@https://a.dk/:3'])
  assert.equal(scriptOf(['set@https://a.dk/b.js:10']), 'https://a.dk/b.js')
  assert.equal(readNote('no json', '_m'), null)
  assert.equal(readNote(JSON.stringify({ kind: 'x', value: 'y'.repeat(70_000) }), '_m'), null)
})

const PAGE = 'http://a.dk/'
const place = { persona: 'fresh', phase: 'before', page: PAGE } as const
const tab = { beganAt: 0, page: PAGE } as Tab
const attempt = (line: string, more: Partial<CookieAttempt> = {}): CookieAttempt => ({
  line,
  via: 'script',
  tab,
  page: PAGE,
  phase: 'before',
  at: 1000,
  refused: null,
  isVisible: true,
  initiator: null,
  stack: [],
  address: () => PAGE,
  ...more,
})
const inJar = (name: string, value: string, more: Partial<JarCookie> = {}): JarCookie => ({
  name,
  value,
  domain: 'a.dk',
  path: '/',
  expires: -1,
  secure: false,
  httpOnly: false,
  sameSite: null,
  partition: '',
  ...more,
})
const watching = () => newWatch(() => false)

test('S5: a cookie is kept as long as the browser keeps it, counted from when it was set', () => {
  const watch = watching()
  watch.attempts.push(attempt('a=1; Max-Age=60'))
  const [seen] = look(watch, [inJar('a', '1', { expires: 61 })], { ...place, askedAt: 1200 })
  assert.deepEqual([seen?.outcome, seen?.keptSeconds, seen?.via, seen?.atMs], ['kept', 60, 'script', 1000])
})

test('S1: set and removed at once is gone; never shown is refused; a deletion is neither', () => {
  const watch = watching()
  const lines = [attempt('a=1'), attempt('b=1; Secure', { isVisible: false }), attempt('a=; Max-Age=0')]
  watch.attempts.push(...lines, attempt('c=1; Domain=b.dk', { via: 'http', refused: 'InvalidDomain' }))
  const seen = look(watch, [], { ...place, askedAt: 2000 })
  assert.deepEqual(
    seen.map(it => [it.name, it.outcome, it.reason]),
    [
      ['a', 'gone', null],
      ['b', 'refused', 'SecureOnly'],
      ['c', 'refused', 'InvalidDomain'],
    ],
  )
})

test('S1: a removal is no cookie, also where the browser refuses it; an attempt may be too large or garbled', () => {
  const watch = watching()
  const refused = (line: string) => attempt(line, { via: 'http', refused: 'Refused' })
  watch.attempts.push(
    refused('a=; Max-Age=0; Domain=b.dk'),
    refused('b=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=None'),
    refused(`c=${'x'.repeat(4100)}; Max-Age=60`),
    refused('d=x\u0001y; Max-Age=60'),
  )
  assert.deepEqual(
    look(watch, [], { ...place, askedAt: 2000 }).map(it => it.name),
    ['c', 'd'],
  )
})

test('S8: what a choice sweeps away is not called short-lived; what goes in its own phase is', () => {
  for (const [phase, expected] of [
    ['before', ['gone']],
    ['rejected', []],
  ] as const) {
    const watch = watching()
    watch.attempts.push(attempt('a=1'))
    look(watch, [inJar('a', '1')], { ...place, askedAt: 1200 })
    const seen = look(watch, [], { ...place, phase, askedAt: 3000 })
    assert.deepEqual(
      seen.map(it => it.outcome),
      expected,
    )
  }
})

test('a cookie nobody was seen setting is told after a while, and what is left is told at the end', () => {
  const watch = watching()
  const jar = [inJar('a', '1')]
  assert.equal(look(watch, jar, { ...place, askedAt: 1000 }).length, 0)
  look(watch, jar, { ...place, askedAt: 1250 })
  assert.deepEqual(
    look(watch, jar, { ...place, askedAt: 1700 }).map(it => [it.name, it.via, it.event]),
    [['a', 'unknown', 'set']],
  )
  assert.deepEqual(
    leftovers(watch, place, 2000).map(it => it.event),
    ['left'],
  )
})

test('S8: respawned is a telling value that comes back; a word that every visitor gets is not', () => {
  for (const [value, isCommon, event] of [
    ['k3j4h5g6f7', false, 'respawn'],
    ['k3j4h5g6f7', true, 'set'],
    ['da', false, 'set'],
  ] as const) {
    const watch = newWatch(() => isCommon)
    watch.deleted.set('a.dk\n/\nid\n', value)
    watch.attempts.push(attempt(`id=${value}`))
    assert.equal(look(watch, [inJar('id', value)], { ...place, askedAt: 1500 })[0]?.event, event, value)
  }
})

test('S4: Max-Age wins over Expires, and an unreadable Expires is none', () => {
  const expires = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'
  const kept = (line: string) => {
    const watch = watching()
    watch.attempts.push(attempt(line, { refused: 'InvalidDomain', at: 0 }), attempt(line, { at: 0 }))
    return look(watch, [], { ...place, askedAt: 2000 }).map(it => it.keptSeconds)
  }
  assert.deepEqual(kept(`a=1; Max-Age=60; ${expires}`), [undefined, 60])
  assert.deepEqual(kept('a=1; Expires=soon'), [undefined, null])
  assert.deepEqual(kept(`a=1; ${expires}`), [], 'it only removes')
  assert.deepEqual(kept('; Path=/'), [])
})

test('pages: asked ones first, then those of the same host, each once, none that acts or is no page', () => {
  const found = ['https://a.dk/x?1', 'https://a.dk/x?2', 'https://b.dk/', 'https://a.dk/p.pdf', 'https://a.dk/log-ud']
  assert.deepEqual(choosePages(['https://a.dk/#top'], found, 9), ['https://a.dk/', 'https://a.dk/x?1'])
  assert.equal(choosePages(['https://a.dk/'], found, 1).length, 1)
  assert.deepEqual(linksIn('<a class=x href="/b?c=1&amp;d">', 'https://a.dk/'), ['https://a.dk/b?c=1&d'])
  assert.deepEqual(readSitemap('<urlset><loc> https://a.dk/q </loc>').pages, ['https://a.dk/q'])
  assert.deepEqual(readSitemap('<sitemapindex><loc>https://a.dk/s.xml</loc>').sitemaps, ['https://a.dk/s.xml'])
  assert.deepEqual(readSitemap('User-agent: *\nSitemap: https://a.dk/m.xml').sitemaps, ['https://a.dk/m.xml'])
})

const BUTTON: Hit = {
  role: 'accept',
  index: 0,
  tool: 'unknown',
  width: 120,
  height: 44,
  background: 'rgb(0, 0, 0)',
  colour: 'rgb(255, 255, 255)',
  fontSize: 16,
  fontWeight: 400,
}

test('S1: a refusal that is smaller, paler or a mere link is not as easy as a yes', () => {
  for (const [change, isFair] of [
    [{}, true],
    [{ width: 90 }, true],
    [{ height: 30 }, false],
    [{ fontSize: 12 }, false],
    [{ background: 'rgb(255, 255, 255)' }, false],
    [{ colour: 'rgb(99, 99, 99)' }, false],
  ] as const) {
    assert.equal(areAlike(BUTTON, { ...BUTTON, role: 'reject', ...change }), isFair, JSON.stringify(change))
  }
})

test('an error of the network is told as what is wrong with the page', () => {
  for (const [error, outcome] of [
    ['', null],
    ['net::ERR_CERT_AUTHORITY_INVALID', 'certificate'],
    ['net::ERR_TOO_MANY_REDIRECTS', 'redirectLoop'],
    ['net::ERR_TUNNEL_CONNECTION_FAILED', 'refusedAddress'],
    ['Page.navigate: no answer', 'timedOut'],
    ['net::ERR_NAME_NOT_RESOLVED', 'unreachable'],
  ] as const) {
    assert.equal(outcomeOfError(error), outcome, error)
  }
})

test('a limiter lets so many in, and a place given back twice counts once', async () => {
  const one = limiter(1)
  const give = await one.take()
  let isIn = false
  const second = one.take().then(it => {
    isIn = true
    return it
  })
  await new Promise(setImmediate)
  assert.equal(isIn, false)
  give()
  give()
  const giveSecond = await second
  assert.equal(isIn, true)
  giveSecond()
})
