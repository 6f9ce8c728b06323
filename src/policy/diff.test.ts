/** What has changed between two policies: each change is told once, in words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diff } from './diff.ts'
import { parse } from './parse.ts'
import { shippedPolicy, shippedText } from './shipped.fixture.ts'
import type { PolicyDocument } from './types.ts'

const { document } = shippedPolicy()
const text = shippedText()

function changed(find: string | RegExp, put: string): PolicyDocument {
  const file = text.replace(find, () => put)
  assert.notEqual(file, text)
  const read = parse(file)
  assert.ok(read.ok, JSON.stringify(read))
  return read.policy.document
}
const short = (before: PolicyDocument, after: PolicyDocument) =>
  diff(before, after).map(one => `${one.kind} ${one.area} ${one.code} ${one.parts.join('+')}`.trim())

test('a policy does not differ from itself, nor when only the order of keys differs', () => {
  assert.deepEqual(diff(document, structuredClone(document)), [])
  const purposes = Object.fromEntries(Object.entries(document.purposes).reverse())
  assert.deepEqual(diff(document, { ...document, purposes }), [])
})

const rows: readonly [rule: string, find: string | RegExp, put: string, found: string[]][] = [
  ['a longer time is a change of retention', 'maximum: P5Y', 'maximum: P6Y', ['changed retention web_contact maximum']],
  ['a clause gone is seen', /  - id: S15\n[^]*?(?=  - id: S16)/, '', ['removed clause S15']],
  ['a rule loosened is seen', 'unless: [noticeQueued]', 'unless: []', ['changed rule s22-no-notice unless']],
  [
    'a purpose that sees more is seen',
    '      debtor_identity: [name]\n',
    '      debtor_identity: [name, cpr]\n',
    ['changed purpose bookkeeping fields'],
  ],
  [
    'a new field is seen',
    '  fax: {',
    '  shoe: { text: { da: Sko, en: Shoe }, format: text }\n  fax: {',
    ['added field shoe'],
  ],
  [
    'a source more is a change of the category',
    'sources: [website, person]',
    'sources: [website, person, client]',
    ['changed category application sources'],
  ],
  ['another cookie is seen', 'name: sprog', 'name: spor', ['removed cookie sprog', 'added cookie spor']],
  [
    'session cookies allowed is seen',
    'kinds: [persistent]',
    'kinds: [persistent, session]',
    ['changed cookie (limits) kinds'],
  ],
  ['a site gone is seen', '  - { host: intrum.com, subdomains: true }\n', '', ['removed site intrum.com']],
  [
    'another financial year is seen',
    "financialYearEnds: '12-31'",
    "financialYearEnds: '06-30'",
    ['changed controller controller financialYearEnds'],
  ],
  ['a recipient gone is seen', /  lawyer:\n    text: .*\n    article: .*\n/, '', ['removed recipient lawyer']],
]
for (const [rule, find, put, found] of rows) {
  test(rule, () => assert.deepEqual(short(document, changed(find, put)).sort(), found.sort()))
}

test('what is added one way is removed the other way, and each is said in both languages', () => {
  const after = { ...document, clauses: document.clauses.slice(0, -1) }
  assert.deepEqual(short(after, document), ['added clause S25'])
  assert.deepEqual(diff(document, after)[0]?.text, { da: 'Løfte S25 fjernet', en: 'Clause S25 removed' })
})
