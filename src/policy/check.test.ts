/** The check of a policy: each fault, planted in the shipped file, is named with its place and a remedy. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check } from './check.ts'
import { marksBalanced } from './check-texts.ts'
import { parse } from './parse.ts'
import { shippedPolicy, shippedText } from './shipped.fixture.ts'

const text = shippedText()
type Row = readonly [rule: string, find: string | RegExp, put: string, code: string]

test('the shipped policy has no problem', () => assert.deepEqual(check(shippedPolicy()), []))

test('the shipped policy covers S1 to S25, each with a rule, both languages and marked words', () => {
  const { document } = shippedPolicy()
  assert.deepEqual(
    document.clauses.map(clause => clause.id),
    Array.from({ length: 25 }, (_, at) => `S${at + 1}`),
  )
  for (const clause of document.clauses) {
    assert.ok(
      document.rules.some(rule => rule.clause === clause.id),
      clause.id,
    )
    assert.ok(clause.text.da.includes('«') && clause.text.en.includes('«'), clause.id)
    assert.ok(clause.law.length > 0, clause.id)
  }
})

const rows: readonly Row[] = [
  [
    'a clause without a rule',
    'id: s2-size\n    clause: S2\n',
    'id: s2-size\n    clause: S1\n',
    'policy.clause_without_rule',
  ],
  [
    'a rule of an unknown clause',
    'id: s2-size\n    clause: S2\n',
    'id: s2-size\n    clause: S99\n',
    'policy.rule_of_unknown_clause',
  ],
  ['two clauses with one number', '- id: S2\n', '- id: S1\n', 'policy.clause_twice'],
  ['two rules with one id', 'id: s1-declared', 'id: s1-site', 'policy.rule_twice'],
  [
    'a purpose without fields',
    /      client_contact: \[name, email, contact_role\]\n/,
    '      client_contact: []\n',
    'policy.purpose_without_fields',
  ],
  [
    'a field without a purpose',
    '  payer_name: {',
    '  shoe_size: { text: { da: Sko, en: Shoe }, format: text }\n  payer_name: {',
    'policy.field_without_purpose',
  ],
  [
    'a purpose that names a field the category lacks',
    /( {6}employee: \[)name, cpr.*?(\]\n {2}client_relations)/,
    '      employee: [name, fax]\n  client_relations',
    'policy.field_not_in_category',
  ],
  [
    'a rule about an unknown category',
    'categories: [request_file]',
    'categories: [request_fila]',
    'policy.code_unknown',
  ],
  [
    'a rule about an unknown channel',
    'channels: [email, sms, phone, letter]',
    'channels: [pigeon]',
    'policy.code_unknown',
  ],
  ['a clause of an unknown section', 'section: accounting', 'section: accountants', 'policy.code_unknown'],
  [
    'a category that names an unknown clause',
    '    clause: S23\n    accounting: true',
    '    clause: S77\n    accounting: true',
    'policy.code_unknown',
  ],
  [
    'a website category with a bookkeeping floor',
    '      maximum: P5Y\n      anchor: collected\n      review: P6M',
    '      maximum: P5Y\n      floor: P5Y\n      anchor: collected\n      review: P6M',
    'policy.floor_over_maximum',
  ],
  [
    'a maximum below the floor in accounting',
    '      maximum: P5Y\n      anchor: financialYearEnd',
    '      maximum: P4Y\n      anchor: financialYearEnd',
    'policy.floor_over_maximum',
  ],
  [
    'a floor that the collection date cannot outlast',
    '      maximum: P5Y\n      anchor: financialYearEnd',
    '      maximum: P5Y\n      anchor: collected',
    'policy.floor_over_maximum',
  ],
  ['accounting without a floor', '      floor: P5Y\n', '', 'policy.accounting_without_floor'],
  ['a floor outside accounting', '    accounting: true\n', '', 'policy.floor_outside_accounting'],
  ['a website category without a longest time', '      maximum: P3Y\n', '', 'policy.website_without_maximum'],
  [
    'a website category counted from closing',
    '      maximum: P3Y\n      anchor: collected',
    '      maximum: P3Y\n      anchor: caseClosed',
    'policy.website_without_maximum',
  ],
  [
    'a cookie on a site the policy does not name',
    'site: intrum.dk',
    'site: intrum.example',
    'policy.cookie_site_not_listed',
  ],
  [
    'session storage where session cookies are not used',
    'kind: cookie',
    'kind: sessionStorage',
    'policy.session_cookie_declared',
  ],
  ['a cookie that lives longer than the longest', 'lifetime: P12M', 'lifetime: P13M', 'policy.cookie_lives_too_long'],
  ['a mark without its end', '«to slags» cookies', '«to slags cookies', 'policy.marks_unbalanced'],
  ['a clause with nothing marked', '«to slags» cookies', 'to slags cookies', 'policy.nothing_marked'],
  [
    'a text in one language only',
    '{ da: Bogføring, en: Bookkeeping }',
    "{ da: Bogføring, en: '' }",
    'policy.language_empty',
  ],
  [
    'a rule that requires and excludes one fact',
    'unless: [cookieSmall]',
    'when: [cookieSmall]\n    unless: [cookieSmall]',
    'policy.rule_never_applies',
  ],
  ['a company number with a wrong control digit', "cvr: '12345674'", "cvr: '12345678'", 'policy.cvr_wrong'],
  [
    'a time zone that the database does not count in',
    'timeZone: Europe/Copenhagen',
    'timeZone: Europe/Berlin',
    'policy.time_zone_other',
  ],
]
for (const [rule, find, put, code] of rows) {
  test(`refused: ${rule}`, () => {
    const file = text.replace(find, () => put)
    assert.notEqual(file, text)
    const read = parse(file)
    assert.ok(read.ok, JSON.stringify(read))
    const problems = check(read.policy)
    const problem = problems.find(one => one.code === code)
    assert.ok(problem, JSON.stringify(problems))
    assert.ok(problem.line > 1, 'the line is named')
    assert.notEqual(problem.remedy.da, problem.remedy.en)
  })
}

test('a category without retention is refused when the file is read', () => {
  const read = parse(text.replace('    retention: *debtor\n  debt_claim', '  debt_claim'))
  assert.ok(!read.ok && read.problems[0]?.path === 'categories.debtor_contact.retention')
})

test('marks are balanced only when each opens once and holds something', () => {
  for (const good of ['«a»', 'x «a» y «b»', '']) assert.equal(marksBalanced(good), true, good)
  for (const bad of ['«a', 'a»', '««a»»', '«»', '« »', '»a«']) assert.equal(marksBalanced(bad), false, bad)
})
