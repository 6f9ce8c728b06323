/** The judge, rule by rule: what is found, under which code, and above all what is not. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { api, DAY, guide, page, REGISTER, reportOf, request, REQUEST, sighting } from './messages.fixture.ts'
import type { Message, PageVisit, Report, ScanRequest } from './report.ts'

const ID = 'kf83hs02mdlq'
const noted = ['scan.not_seen', 'scan.lifetime_capped']

/** Codes and names of what was found, notes about what was never seen left out. */
function found(messages: readonly Message[], scan: ScanRequest = REQUEST): string[] {
  const { findings } = reportOf(messages, scan)
  return findings.filter(it => !noted.includes(it.code)).map(it => `${it.severity} ${it.code} ${it.name}`)
}

/** A visit after a no. */
const said = (more: Partial<PageVisit>) => page({ persona: 'reject', banner: null, ...more })

/** A visit after a yes. */
const done = (more: Partial<PageVisit> = {}) => page({ persona: 'accept', banner: null, ...more })

/** A visit that showed nothing at all. */
const blank = (more: Partial<PageVisit>) =>
  page({ words: 0, choiceControl: false, banner: null, guideLinks: [], ...more })

const cases: readonly (readonly [rule: string, messages: readonly Message[], expected: readonly string[]])[] = [
  ['a site that stores nothing has no finding, banner or not', [page(), page({ banner: null, guideLinks: [] })], []],
  ['S1: a necessary cookie as declared is in order', [page(), sighting('sprog')], []],
  [
    'S1: a declared cookie after a yes is in order',
    [sighting('besog_1', { phase: 'accepted', persona: 'accept' })],
    [],
  ],
  ['S1: a declared cookie before the yes is a breach', [sighting('besog_1')], ['breach scan.before_consent besog_*']],
  [
    'S1: a cookie nobody declared is a breach at any time; that it came with a no is told besides',
    [sighting('_x'), sighting('_x', { phase: 'rejected' }), sighting('_n', { phase: 'rejected' })],
    ['breach cookie.not_declared _n', 'breach cookie.not_declared _x', 'doubt scan.after_refusal _n'],
  ],
  [
    'S1: a third party is named as such',
    [sighting('uid', { host: '.tracker.test', party: 'third', value: ID })],
    ['breach cookie.site_not_listed uid', 'breach scan.third_party uid'],
  ],
  [
    'S1: an attempt that the browser refused is told; not when another visitor’s browser kept it',
    [
      sighting('_r', { outcome: 'refused', reason: 'InvalidDomain', phase: 'accepted' }),
      sighting('sprog', { outcome: 'refused', persona: 'phone' }),
      sighting('sprog'),
    ],
    ['breach cookie.not_declared _r', 'breach scan.refused_by_browser _r'],
  ],
  [
    'S1: what was removed again before the page was left was there; what was agreed to may go',
    [
      sighting('besog_1', { outcome: 'gone' }),
      sighting('besog_1', { outcome: 'gone', phase: 'accepted', persona: 'withdraw' }),
      sighting('sprog', { outcome: 'gone' }),
    ],
    ['breach scan.before_consent besog_*', 'breach scan.short_lived besog_*'],
  ],
  [
    'S2: a cookie above the limit',
    [sighting('sprog', { value: 'x '.repeat(2100), raw: null })],
    ['breach cookie.too_large sprog'],
  ],
  [
    'S3: an e-mail address in a cookie, and in storage',
    [
      sighting('sprog', { value: 'asta@example.dk' }),
      sighting('visning', { kind: 'localStorage', raw: null, keptSeconds: null, value: '{"m":"asta@example.dk"}' }),
    ],
    ['breach cookie.holds_personal_data sprog', 'breach cookie.holds_personal_data visning'],
  ],
  [
    'S4: contradicting lifetimes cannot be told apart',
    [
      sighting('sprog', {
        raw: 'sprog=da; Max-Age=2592000; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax',
      }),
    ],
    ['breach cookie.kind_unclear sprog'],
  ],
  [
    'S5: longer than declared, by what was asked for, also where the browser kept it shorter',
    [sighting('sprog', { keptSeconds: 400 * DAY, raw: `sprog=da; Max-Age=${3650 * DAY}; Secure; SameSite=Lax` })],
    ['breach cookie.lives_too_long sprog'],
  ],
  [
    'S5: an identifier started anew at the next visit; a language that is, is none',
    [
      sighting('_id', { value: ID, persona: 'return' }),
      sighting('_id', { value: ID, persona: 'return', phase: 'returned' }),
      sighting('sprog', { persona: 'return' }),
      sighting('sprog', { persona: 'return', phase: 'returned' }),
    ],
    ['breach cookie.not_declared _id', 'doubt scan.rolling _id'],
  ],
  [
    'S7: kept as a session by the browser is a session, whatever was asked for',
    [sighting('sprog', { keptSeconds: null })],
    ['breach cookie.session_not_used sprog'],
  ],
  [
    'S7: localStorage lasts, sessionStorage does not',
    [
      sighting('visning', { kind: 'localStorage', raw: null, keptSeconds: null }),
      sighting('kladde', { kind: 'sessionStorage', raw: null, keptSeconds: null, phase: 'accepted' }),
    ],
    ['breach cookie.not_declared kladde', 'breach cookie.session_not_used kladde'],
  ],
  [
    'S8: after a no, with GPC, and again after a withdrawal',
    [
      sighting('besog_1', { phase: 'rejected', persona: 'reject' }),
      sighting('besog_1', { phase: 'gpc', persona: 'gpc' }),
      sighting('besog_1', { phase: 'withdrawn', persona: 'withdraw' }),
    ],
    ['breach scan.after_refusal besog_*', 'breach scan.after_withdrawal besog_*'],
  ],
  [
    'S8: still there after the withdrawal',
    [
      sighting('besog_1', { phase: 'accepted', persona: 'withdraw' }),
      sighting('besog_1', { phase: 'withdrawn', persona: 'withdraw', event: 'left' }),
      sighting('sprog', { phase: 'withdrawn', persona: 'withdraw', event: 'left' }),
    ],
    ['breach scan.not_removed besog_*'],
  ],
  [
    'S8: back with the same value after the visitor deleted it',
    [sighting('sprog', { phase: 'returned', persona: 'return', event: 'respawn', value: ID })],
    ['breach scan.respawned sprog'],
  ],
  [
    'S8: a word, a value of the list and one that two visitors were given know nobody again',
    [
      sighting('sprog', { phase: 'returned', persona: 'return', event: 'respawn', value: 'accepted' }),
      sighting('udgave', { phase: 'returned', persona: 'return', event: 'respawn', value: 'v7kq9x2m' }),
      sighting('sprog', { phase: 'returned', persona: 'return', event: 'respawn', value: 'bcd7fgh9klm' }),
      sighting('sprog', { value: 'bcd7fgh9klm', persona: 'phone' }),
    ],
    [],
  ],
  [
    'S1: what only removes a cookie is no cookie, whatever the browser made of it',
    [
      sighting('_x', { raw: '_x=; Path=/; Max-Age=0', value: '', outcome: 'refused', sameSite: null, secure: false }),
      sighting('besog_1', { raw: 'besog_1=; Expires=Thu, 01 Jan 1970 00:00:00 GMT', value: '', outcome: 'gone' }),
      sighting('besog_1', { raw: 'besog_1=; Max-Age=0', value: '', outcome: 'gone', phase: 'withdrawn' }),
    ],
    [],
  ],
  [
    'S7: a refused cookie that is too large has the lifetime it asks for',
    [
      sighting('sprog', {
        value: 'x '.repeat(2100),
        raw: `sprog=${'x '.repeat(2100)}; Max-Age=${30 * DAY}; Secure; SameSite=Lax`,
        outcome: 'refused',
      }),
    ],
    ['breach cookie.too_large sprog', 'doubt scan.refused_by_browser sprog'],
  ],
  [
    'S3: the number of a cookie on its way to somebody else; a word is no number',
    [
      sighting('besog_1', { value: ID, phase: 'accepted' }),
      request({ query: `?uid=${ID}`, phase: 'accepted' }),
      request({ query: '?lang=accepted', phase: 'accepted', path: '/w' }),
    ],
    ['doubt scan.identifier_in_url /p.gif'],
  ],
  [
    'S3: an e-mail address in any address',
    [request({ query: '?e=asta%40example.dk', phase: 'accepted', party: 'first', host: 'fjordby.test', path: '/tak' })],
    ['breach scan.identifier_in_url /tak'],
  ],
  [
    'S1: beacons and requests to others before a yes; not after it, and not to ourselves',
    [
      request({ isBeacon: true, type: 'Ping', path: '/b' }),
      request(),
      request({ phase: 'accepted', path: '/later' }),
      request({ party: 'first', host: 'fjordby.test', path: '/own.css' }),
    ],
    ['breach scan.beacon_before_consent /b', 'doubt scan.request_before_consent /p.gif'],
  ],
  ['S1: fingerprinting', [api()], ['doubt scan.fingerprinting canvas']],
  ['S11: a script that reads the keyboard', [api({ api: 'keyboard' })], ['doubt scan.keyboard_read keyboard']],
  [
    'S1: no on the first layer, and as plain to see as yes',
    [page({ rejectOnFirstLayer: false }), page({ page: 'https://fjordby.test/b', isFair: false })],
    ['breach scan.no_reject /', 'breach scan.unfair_banner /b'],
  ],
  [
    'S8, S9: a page that sets something shows the way to the choice and to the guides',
    [sighting('sprog'), page({ guideLinks: [], choiceControl: false })],
    ['breach scan.no_choice_control /', 'breach scan.no_guide /'],
  ],
  [
    'S9: a guide that is gone',
    [sighting('sprog'), page(), page({ page: 'https://fjordby.test/vejledning', status: 404, banner: null })],
    ['breach scan.dead_guide /'],
  ],
  [
    'S9: our own banner names the guides, and so does the page of the choice that a link leads to',
    [
      sighting('sprog'),
      page({ banner: 'indsigt', guideLinks: [] }),
      page({ page: 'https://fjordby.test/b', guideLinks: ['https://fjordby.test/indsigt/choice?back=%2Fb'] }),
    ],
    [],
  ],
  ['S9: a guide of the list that answers is in order, and one behind a log-in too', [page(), guide(403)], []],
  [
    'S9: a guide of the list is gone',
    [page(), guide(410)],
    ['breach scan.dead_guide /', 'breach scan.dead_guide Chrome'],
  ],
  ['S9: its server fails', [page({ guideLinks: [] }), guide(503)], ['breach scan.dead_guide Chrome']],
  ['S9: a guide that was not reached is a note', [page(), guide(null)], ['note scan.guide_unchecked Chrome']],
  [
    'S9: a linked guide that was not reached, or is kept from a machine, is not dead',
    [
      page(),
      page({ page: 'https://fjordby.test/vejledning', status: 502, outcome: 'unreachable' }),
      page({ page: 'https://fjordby.test/vejledning', status: 403, outcome: 'loginNeeded' }),
    ],
    ['note scan.page_login /vejledning', 'note scan.page_unreachable /vejledning'],
  ],
  ['S10: a page that is short for everybody is not kept from anybody', [done({ words: 1 }), said({ words: 1 })], []],
  ['S10: nor is one covered for everybody', [page({ isReadable: false }), said({ isReadable: false })], []],
  ['S10: nor one whose banner still asks over it', [page(), said({ isReadable: false, banner: 'indsigt' })], []],
  ['S10: nor one with less to read but enough', [done({ words: 200 }), said({ words: 25 })], []],
  ['S10: the words of the banner itself are none of the page’s', [page({ words: 40 }), said({ words: 9 })], []],
  ['S10: clearly less to read after a no', [done(), said({ words: 9 })], ['breach scan.needs_cookies /']],
  [
    'S10: clearly less to read under Global Privacy Control',
    [done({ words: 19 }), said({ words: 9, persona: 'gpc' })],
    ['breach scan.needs_cookies /'],
  ],
  [
    'S10: a wall that stands after a no, and not after a yes',
    [said({ banner: 'indsigt' }), said({ isReadable: false }), done()],
    ['breach scan.needs_cookies /'],
  ],
  [
    'S10: a page that is empty for who said no is a doubt; for others it was too busy to be asked',
    [page(), done(), blank({ persona: 'reject' }), blank({ persona: 'english' })],
    ['doubt scan.needs_cookies /'],
  ],
  [
    'what was not covered is said',
    [page({ outcome: 'timedOut' }), page({ outcome: 'crashed', page: 'https://fjordby.test/c' })],
    ['note scan.page_crashed /c', 'note scan.page_timeout /'],
  ],
]

for (const [rule, messages, expected] of cases)
  test(rule, () => {
    assert.deepEqual(found(messages).toSorted(), [...expected].toSorted())
  })

test('S3: personal data cut in pieces over two cookies', () => {
  const halves = ['asta', '@example.dk'].map((value, index) => sighting(`d_${index + 1}`, { value }))
  assert.deepEqual(
    found(halves).filter(it => it.includes('personal')),
    ['breach cookie.holds_personal_data d_1', 'breach cookie.holds_personal_data d_2'],
  )
})

test('no value that a browser held is in the report, nor a name or address that says who somebody is', () => {
  const secrets = ['asta@example.dk', ID, 'hemmelig-vaerdi-9917']
  const report = JSON.stringify(
    reportOf([
      sighting('u_asta@example.dk', { value: ID }),
      sighting('sprog', { value: 'hemmelig-vaerdi-9917', page: 'https://fjordby.test/asta@example.dk/x?a=1' }),
      request({ query: `?u=${ID}&e=asta@example.dk`, path: '/u/asta@example.dk' }),
      page({ page: 'https://fjordby.test/asta@example.dk/x' }),
    ]),
  )
  for (const secret of secrets) assert.equal(report.includes(secret), false, secret)
  assert.match(report, /"valueLength":12/)
})

test('one thing is judged once, whoever met it; who and where is told', () => {
  const { findings } = reportOf([
    sighting('besog_1'),
    sighting('besog_2', { persona: 'phone', page: 'https://fjordby.test/b' }),
  ])
  const [finding] = findings.filter(it => it.code === 'scan.before_consent')
  assert.deepEqual(finding?.personas, ['fresh', 'phone'])
  assert.deepEqual(finding?.pages, ['https://fjordby.test/', 'https://fjordby.test/b'])
})

test('the key of a finding is the same in the next scan', () => {
  const idOf = (report: Report) => report.findings.find(it => it.code === 'cookie.not_declared')?.id
  const id = idOf(reportOf([sighting('_x')]))
  assert.equal(id, idOf(reportOf([sighting('sprog'), sighting('_x', { persona: 'gpc', value: 'other' })])))
  assert.equal(
    id,
    createHash('sha256').update('cookie.not_declared\ncookie\n_x\nfjordby.test').digest('hex').slice(0, 16),
  )
})

test('an entry tells what was promised, what was given, and whether it was kept', () => {
  const { entries } = reportOf([
    sighting('sprog', { keptSeconds: 60 * DAY }),
    sighting('visning', { kind: 'localStorage', raw: null, keptSeconds: null }),
  ])
  const byName = new Map(entries.map(it => [it.entry.name, it]))
  assert.equal(byName.get('sprog')?.verdict, 'broken')
  assert.equal(byName.get('sprog')?.givenSeconds, 60 * DAY)
  assert.equal(byName.get('visning')?.verdict, 'kept')
  assert.equal(byName.get('aldrig')?.verdict, 'notSeen')
})

test('a copy of the site elsewhere is judged as the site', () => {
  const staging = { ...REQUEST, urls: ['http://www.staging.localhost:8080/'], as: 'www.fjordby.test' }
  const there = { page: 'http://www.staging.localhost:8080/', host: 'www.staging.localhost' }
  assert.deepEqual(found([sighting('sprog', there)], staging), [])
  assert.deepEqual(found([sighting('_x', { ...there, phase: 'accepted' })], staging), ['breach cookie.not_declared _x'])
})

test('a copy on a machine of one’s own, on plain http, need not be Secure; one on the network must', () => {
  const unsafe = { secure: false, raw: `sprog=da; Max-Age=${30 * DAY}; SameSite=Lax` }
  for (const [host, expected] of [
    ['127.0.0.1', []],
    ['localhost', []],
    ['www.fjordby.localhost', []],
    ['staging.example.dk', ['breach cookie.unprotected sprog']],
  ] as const) {
    const there = { page: `http://${host}:8080/`, host }
    const copy = { ...REQUEST, urls: [there.page], as: 'fjordby.test' }
    assert.deepEqual(found([sighting('sprog', { ...unsafe, ...there })], copy), expected, host)
  }
})

test('without a register nothing is promised: what is stored is a doubt, personal data stays a breach', () => {
  const bare = { ...REQUEST, register: null }
  assert.deepEqual(found([page()], bare), [])
  assert.deepEqual(found([sighting('_x'), sighting('_y', { phase: 'accepted' })], bare), [
    'doubt cookie.not_declared _y',
    'doubt scan.before_consent _x',
  ])
  assert.ok(found([sighting('_x', { value: 'asta@example.dk' })], bare)[0]?.startsWith('breach cookie.holds_personal'))
  assert.deepEqual(reportOf([sighting('_x')], bare).entries, [])
})

test('a finding has words in both languages, and a remedy', () => {
  const { findings } = reportOf([sighting('_x'), page({ isFair: false }), request(), api()])
  for (const { text, remedy } of findings)
    for (const sentence of [text.da, text.en, remedy.da, remedy.en]) assert.match(sentence, /^[A-ZÆØÅ].*\.$/)
  assert.equal(REGISTER.entries.length, 6)
})
