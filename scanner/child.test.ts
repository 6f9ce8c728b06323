/** The child process against a small real site through a small real proxy: what it sees, and that nothing hangs it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { findBrowser } from '../test/browser.ts'
import type { Message, PageVisit, Persona, ScanRequest, Sighting } from './report.ts'
import { openSite, type Site } from './site.fixture.ts'

type Seen = { readonly code: number | null; readonly messages: readonly Message[]; readonly errors: string }

let site: Site
let browser = ''
before(async () => {
  site = await openSite()
  browser = (await findBrowser()).executablePath
})
after(() => site.close())

function scan(urls: readonly string[], personas: readonly Persona[], more: Partial<ScanRequest> = {}): Promise<Seen> {
  const request: ScanRequest = {
    urls: urls.map(it => (it.startsWith('/') ? site.origin + it : it)),
    register: null,
    as: null,
    personas,
    pagesMax: urls.length,
    dwellMs: 3500,
    pageLimitMs: 6000,
    scanLimitMs: 50_000,
    script: [],
    proxy: site.proxy,
    browser,
    ...more,
  }
  const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname], { stdio: 'pipe' })
  child.stdin.end(JSON.stringify(request))
  const [lines, errors]: [string[], string[]] = [[], []]
  child.stdout.on('data', chunk => lines.push(String(chunk)))
  child.stderr.on('data', chunk => errors.push(String(chunk)))
  return new Promise(resolve => {
    child.on('close', code => {
      const messages = lines.join('').split('\n').filter(Boolean)
      resolve({ code, messages: messages.map(line => JSON.parse(line) as Message), errors: errors.join('') })
    })
  })
}

const sightings = (seen: Seen) => seen.messages.flatMap(it => (it.type === 'sighting' ? [it.sighting] : []))
const requests = (seen: Seen) => seen.messages.flatMap(it => (it.type === 'request' ? [it.request] : []))
const visits = (seen: Seen): PageVisit[] => seen.messages.flatMap(it => (it.type === 'page' ? [it.page] : []))

/** The first thing seen with this name; fails when there is none. */
function find(seen: Seen, name: string, more: Partial<Sighting> = {}): Sighting {
  const all = sightings(seen).filter(it => it.name === name)
  const found = all.find(it => Object.entries(more).every(([key, value]) => it[key as keyof Sighting] === value))
  const others = all.map(it => `${it.kind}/${it.outcome}/${it.event}/${it.via}/${it.phase}`).join(' ')
  assert.ok(found, `${name} not seen so; seen: ${others || 'never'}\n${seen.errors}`)
  return found
}

const YEAR = 31_536_000

test('S1: everything a page stores is seen, by whichever way, before anything was chosen', async () => {
  const seen = await scan(['/'], ['fresh'])
  assert.equal(seen.code, 0)
  assert.equal(seen.messages.at(-1)?.type, 'done')
  const kept = { kind: 'cookie', outcome: 'kept', event: 'set', phase: 'before' } as const
  assert.deepEqual(pick(find(seen, 'secret', kept)), { httpOnly: true, via: 'http', keptSeconds: YEAR, party: 'first' })
  const scripted = find(seen, 'scripted', { ...kept, via: 'script' })
  assert.match(scripted.stack[0] ?? '', /^store@http:\/\/site\.localhost\/set\.js:1$/)
  assert.equal(scripted.initiator, 'http://site.localhost/set.js')
  assert.equal(find(seen, 'moved', kept).initiator, 'http://site.localhost/picture')
  assert.equal(find(seen, 'unchanged', kept).via, 'http')
  assert.match(find(seen, 'worked', kept).stack[0] ?? '', /worker\.js:1$/)
  assert.equal(find(seen, 'framed', kept).party, 'third')
  assert.ok(find(seen, 'late', kept).atMs >= 1500)
  find(seen, 'scrolled', kept)
  find(seen, 'device', { kind: 'localStorage', value: 'd1' })
  assert.equal(find(seen, 'tab', { kind: 'sessionStorage' }).keptSeconds, null)
  find(seen, 'notes', { kind: 'indexedDB' })
  find(seen, 'pages', { kind: 'cache' })
  assert.equal(find(seen, 'frame', { kind: 'localStorage', host: 'other.localhost' }).party, 'third')
  for (const name of ['secret', 'device', 'notes', 'frame']) find(seen, name, { event: 'left' })

  assert.equal(find(seen, 'wrong', { outcome: 'refused' }).reason, 'InvalidDomain')
  find(seen, 'flash', { outcome: 'gone', via: 'script' })
  assert.equal(sightings(seen).filter(it => it.name === 'flash' && it.outcome !== 'gone').length, 0)
  const beacon = requests(seen).find(it => it.path === '/beacon')
  assert.deepEqual([beacon?.isBeacon, beacon?.query, beacon?.body, beacon?.party], [true, 'u=42', 'bye', 'third'])
  const apis = seen.messages.flatMap(it => (it.type === 'api' ? [it.api] : []))
  assert.deepEqual([...new Set(apis.map(it => it.api))], ['canvas'])
  assert.equal(
    seen.messages.filter(it => JSON.stringify(it).includes('?')).length,
    0,
    'a page or script with its query',
  )
})

test('S8: what a choice brings belongs to its phase; a refusal brings nothing more', async () => {
  const seen = await scan(['/choice'], ['accept', 'reject'])
  find(seen, 'marketing', { persona: 'accept', phase: 'accepted', event: 'set' })
  find(seen, 'choice', { persona: 'reject', phase: 'rejected', value: 'no' })
  assert.ok(!sightings(seen).some(it => it.name === 'marketing' && it.persona === 'reject'))
  assert.deepEqual(
    visits(seen).map(it => [it.banner, it.rejectOnFirstLayer, it.isFair]),
    visits(seen).map(() => ['unknown', true, true]),
  )
})

test('S10: a page that loops, hangs, fills up, asks, or breaks is named so, the others are still seen', async () => {
  const secure = `${site.secureOrigin}/`
  const paths = ['/second', '/loop', '/turning', '/silent', '/huge', '/alert', '/busy', '/crash', '/account', secure]
  const began = Date.now()
  const seen = await scan(paths, ['fresh'], { dwellMs: 5000 })
  const outcomes = Object.fromEntries(visits(seen).map(it => [it.page.replace(site.origin, ''), it.outcome]))
  assert.deepEqual(outcomes, {
    '/second': 'seen',
    '/loop': 'redirectLoop',
    '/turning': 'redirectLoop',
    '/silent': 'timedOut',
    '/huge': 'tooLarge',
    '/alert': 'seen',
    '/busy': 'timedOut',
    '/crash': 'crashed',
    '/account': 'loginNeeded',
    [secure]: 'certificate',
  })
  assert.equal(seen.messages.at(-1)?.type, 'done')
  assert.ok(Date.now() - began < 40_000)
})

test('a scan whose time is over still tells what it saw', async () => {
  const seen = await scan(['/', '/silent'], ['fresh'], { dwellMs: 30_000, pageLimitMs: 30_000, scanLimitMs: 5000 })
  find(seen, 'secret', { event: 'left' })
  assert.equal(seen.messages.at(-1)?.type, 'done')
})

test('A13: everything the browser asks for goes through the proxy, loopback too', async () => {
  site.addresses.clear()
  await scan(['/second', 'http://127.0.0.1:8/', 'http://2130706433:81/'], ['fresh'], { dwellMs: 500 })
  assert.ok(site.addresses.has('site.localhost/second'))
  assert.ok(site.addresses.has('127.0.0.1:8/'), [...site.addresses].join(' '))
})

function pick({ httpOnly, via, keptSeconds, party }: Sighting) {
  return { httpOnly, via, keptSeconds, party }
}
