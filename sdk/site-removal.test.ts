/** S8 at its smallest: whoever removes one thing has said no to what brings it back. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { KEY, memoryBackend, rules } from './backend.fixture.ts'
import { mintToken, newProof, writeChoice } from './choice.ts'
import { guardLines, type GuardContext } from './guard.ts'
import { fullRegister } from './register.fixture.ts'
import { removalOf } from './site-removal.ts'
import type { SiteRequest, SiteResponse } from './site-types.ts'
import { createSite } from './site.ts'
import type { Register } from './wire.ts'

const entries = fullRegister.entries.map(entry => ({ ...entry, site: 'intrum.dk' }))
const register: Register = { ...fullRegister, site: 'intrum.dk', includesSubdomains: true, entries, rules }
const ALL = ['preferences', 'statistics', 'marketing']
const seal = () => ({ register, key: KEY, now: new Date() })
const yes = (...accepted: string[]) =>
  `cookievalg=${writeChoice({ accepted, chosenAt: Math.floor(Date.now() / 60_000) * 60 - 60, proof: newProof() }, seal())}`
const token = () => mintToken({ ...seal(), language: 'da' })
const ask = (path: string, cookie: string): SiteRequest => {
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }
  return { method: 'GET', host: 'www.intrum.dk', path, query: '', isHttps: true, headers }
}
const removing = (cookie: string, fields: Record<string, string>): SiteRequest => {
  const body = new URLSearchParams(fields).toString()
  return { ...ask('/indsigt/remove', cookie), method: 'POST', body }
}
const gone = (answer: SiteResponse | null) =>
  new Set(answer?.setCookies.flatMap(line => (/Max-Age=0/.test(line) ? [line.slice(0, line.indexOf('='))] : [])))
const kept = (answer: SiteResponse | null) =>
  answer?.setCookies.find(line => line.startsWith('cookievalg=1.'))?.split(';')[0]

async function open(t: TestContext) {
  const { backend, memory } = memoryBackend(register)
  const site = createSite({ site: 'intrum.dk', backend, mode: 'strip', report: () => undefined })
  await site.ready()
  t.after(() => site.close())
  const remove = (cookie: string, fields: Record<string, string>) => site.handle(removing(cookie, fields))
  return { site, memory, remove }
}

test('removing what a yes allows takes back the yes to its category, and to no other', async t => {
  const { site, memory, remove } = await open(t)
  const answer = await remove(`${yes(...ALL)}; besog_1=a; besog_2=b`, { name: 'besog_1', token: token() })
  assert.deepEqual([answer?.status, answer?.headers['location']], [303, '/indsigt/choice?said=removed'])
  assert.deepEqual(gone(answer), new Set(['besog_1', 'besog_2']))
  const [sent] = memory.submissions
  assert.deepEqual([sent?.method, sent?.categories], ['save', ['preferences', 'marketing']])
  assert.match(sent?.previous ?? '', /^1\./, 'it takes the place of the earlier choice')
  const later = ask('/', kept(answer) ?? '')
  assert.deepEqual(site.guard(later, ['besog_1=x; Max-Age=60; Path=/; Secure; SameSite=Lax']).keep, [])
  assert.deepEqual(
    ['statistics', 'marketing'].map(it => site.allows(later, it)),
    [false, true],
  )
})

test('the same for what only a script can see; what is necessary or undeclared touches no yes', async t => {
  const { memory, remove } = await open(t)
  const storage = entries.find(it => it.kind === 'localStorage' && it.category !== 'necessary')
  await remove(yes(...ALL), { name: storage?.name ?? '', token: token() })
  assert.deepEqual(
    memory.submissions.map(it => it.categories),
    [ALL.filter(it => it !== storage?.category)],
  )
  for (const name of ['login', 'fremmed', 'nix']) {
    const answer = await remove(`${yes(...ALL)}; login=x; fremmed=1`, { name, token: token() })
    assert.deepEqual(
      [answer?.status, gone(answer), kept(answer)],
      [303, new Set(name === 'nix' ? [] : [name]), undefined],
    )
  }
  await remove(`${yes('marketing')}; besog_1=a`, { name: 'besog_1', token: token() })
  assert.equal(memory.submissions.length, 1, 'no yes, nothing to take back')
})

for (const [what, made] of [
  ['no token', () => ''],
  ['an old token', () => mintToken({ ...seal(), now: new Date(Date.now() - 3 * 3_600_000), language: 'da' })],
] as const)
  test(`with ${what} it goes all the same, and what is left of the yes is asked about again`, async t => {
    const { memory, remove } = await open(t)
    const page = await remove(`${yes('preferences', 'statistics')}; besog_1=a`, { name: 'besog_1', token: made() })
    const text = String(page?.body)
    assert.deepEqual([page?.status, gone(page), memory.submissions], [200, new Set(['besog_1']), []])
    assert.match(text, /Dit ja til det er taget ud nedenfor/)
    assert.match(text, /value="preferences" checked/)
    assert.doesNotMatch(text, /value="statistics" checked/)
    assert.doesNotMatch(text, /data-name="besog_1"/)
    assert.match(text, /name="token" value="1~intrum\.dk~/)
  })

test('a save on that page leads to the page of the choice, not back to the form', async t => {
  const { site } = await open(t)
  const form = removing(yes('statistics'), { token: token(), method: 'save', back: '' })
  const headers = { ...form.headers, referer: 'https://www.intrum.dk/indsigt/remove' }
  const answer = await site.handle({ ...form, path: '/indsigt/choice', headers })
  assert.equal(answer?.headers['location'], '/indsigt/choice?said=saved')
})

test('when Indsigt is away or the network too fast, the visitor hears that it may come again', async t => {
  const { memory, remove } = await open(t)
  memory.isDown = true
  const away = await remove(`${yes('statistics')}; besog_1=a`, { name: 'besog_1', token: token() })
  assert.deepEqual([away?.status, gone(away), kept(away)], [503, new Set(['besog_1']), undefined])
  assert.match(String(away?.body), /kunne ikke trækkes tilbage, så det kan komme igen/)
})

test('everything: all that was sent goes, and the choice before all, however much there is', async t => {
  const { memory, remove } = await open(t)
  const many = Array.from({ length: 120 }, (_, index) => `c${index}=x`).join('; ')
  const answer = await remove(`${many}; ${yes(...ALL)}`, { all: '1', token: token() })
  assert.match(answer?.setCookies.join('\n') ?? '', /^cookievalg=; Domain=intrum\.dk; Path=\/; Max-Age=0; Secure$/m)
  assert.deepEqual([answer?.status, memory.submissions], [303, []])
  const few = await remove(`fremmed=1; ${yes(...ALL)}`, { all: '1' })
  for (const name of ['cookievalg', 'fremmed', 'login']) assert.ok(gone(few).has(name), name)
})

const NAMES: readonly (readonly [name: string, isRemoved: boolean])[] = [
  ['PHPSESSID', true],
  ['bruger[1]', true],
  ['a b', true],
  ['{"x"}', true],
  ['k@b,c', true],
  ['n\u00C3\u00A6', true],
  ['x'.repeat(300), true],
  ['a\r\nset-cookie: b', false],
  ['a;b', false],
  ['a=b', false],
  ['a\u0000', false],
  ['', false],
  ['not-sent', false],
]
for (const [name, isRemoved] of NAMES)
  test(`a cookie called ${JSON.stringify(name.slice(0, 20))} is ${isRemoved ? '' : 'not '}removed`, async t => {
    const { remove } = await open(t)
    const cookie = `${name === 'not-sent' ? 'x' : name.replace(/[\r\n]+/, ' ')}=1`
    const lines = (await remove(cookie, { name }))?.setCookies ?? []
    assert.deepEqual([...new Set(lines.map(line => line.split('=')[0]))], isRemoved ? [name] : [])
    assert.ok(
      lines.every(line =>
        /^[^;=\r\n]+=(; Domain=[\w.]+)?; Path=\/[\w/]*; Max-Age=0; Secure(; Partitioned)?$/.test(line),
      ),
    )
  })

test('a form from elsewhere removes nothing and takes nothing back', async t => {
  const { site, memory } = await open(t)
  const form = removing(`${yes('statistics')}; besog_1=a`, { name: 'besog_1', token: token() })
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'null' }]) {
    const answer = await site.handle({ ...form, headers: { ...form.headers, ...headers } })
    assert.deepEqual([answer?.status, answer?.setCookies], [403, []])
  }
  assert.deepEqual(memory.submissions, [])
})

const context: GuardContext = {
  register,
  host: 'www.intrum.dk',
  choice: null,
  isGpc: false,
  isHttps: true,
  known: [],
  requestCookies: 'besog_1=a; annonce=b',
  mode: 'strip',
  now: new Date(),
}

test('a name with a star, as the list has it, means the cookies it describes', () => {
  const { names, remaining } = removalOf(new URLSearchParams({ name: 'besog_*' }), context, ALL)
  assert.deepEqual([names, remaining], [['besog_1'], ['preferences', 'marketing']])
  const unknown = removalOf(new URLSearchParams({ name: '*' }), context, ALL)
  assert.deepEqual([unknown.names, unknown.remaining], [[], null])
})

test('a deletion of an odd name passes every guard, and nothing that only looks like one does', () => {
  const lines = ['bruger[1]=; Path=/; Max-Age=0; Secure', 'n\u00E6=; Domain=intrum.dk; Path=/a; Max-Age=0']
  assert.deepEqual(guardLines(lines, context).keep, lines)
  const others = [
    'bruger[1]=x; Path=/; Max-Age=0',
    'bruger[1]=; Path=/; Max-Age=0; Max-Age=60',
    'bruger[1]=; Path=/; Max-Age=09999',
    'a, b=; Path=/; Max-Age=0',
    '__Host-a[]=; Domain=intrum.dk; Path=/; Max-Age=0; Secure',
    'a[]=; Path=/\u0000; Max-Age=0',
  ]
  for (const line of others) assert.deepEqual(guardLines([line], context).keep, [], line)
})
