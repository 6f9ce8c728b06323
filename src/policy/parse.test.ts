/** The reading of a policy file: what is malformed is refused with its line, and nothing is guessed. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { parse } from './parse.ts'
import { shippedText } from './shipped.fixture.ts'

const text = shippedText()

function problemsOf(file: string | Uint8Array) {
  const result = parse(file)
  assert.equal(result.ok, false)
  return result.ok ? [] : result.problems
}
function lineOf(file: string, part: string) {
  return file.slice(0, file.indexOf(part)).split('\n').length
}

test('the shipped policy is read, and its hash is that of its bytes', () => {
  const result = parse(text)
  assert.ok(result.ok)
  assert.equal(result.policy.sha256, createHash('sha256').update(text).digest('hex'))
  assert.equal(result.policy.document.clauses.length, 25)
  assert.deepEqual(result.policy.document.cookies.kinds, ['persistent'])
})

const broken: readonly [rule: string, change: (file: string) => string, code: string, at: string][] = [
  [
    'an unknown key is pointed at',
    f => f.replace('revision: 1', 'revision: 1\nsurprise: yes'),
    'policy.key_unknown',
    'surprise: yes',
  ],
  [
    'a wrong value names the allowed ones',
    f => f.replace('effect: forbid', 'effect: maybe'),
    'policy.value_not_in_list',
    'effect: maybe',
  ],
  [
    'a missing value is pointed at',
    f => f.replace('revision: 1\n', 'revision:\n'),
    'policy.value_missing_or_wrong_type',
    'revision:',
  ],
  [
    'the same key twice is refused',
    f => f.replace('id: intrum\n', 'id: intrum\nid: other\n'),
    'policy.key_twice',
    'id: other',
  ],
  ['broken YAML has a place', f => f.replace('controller:\n', 'controller: [\n'), 'policy.not_yaml', ''],
  [
    '__proto__ is refused',
    f => f.replace('revision: 1', 'revision: 1\n__proto__: { a: 1 }'),
    'policy.reserved_key',
    '__proto__',
  ],
  [
    'constructor is refused as a code',
    f => f.replace('  email: { da: E-mail,', '  constructor: { da: E-mail,'),
    'policy.reserved_key',
    'constructor',
  ],
  [
    'a duration must be one unit',
    f => f.replace('maximum: P3Y', 'maximum: 3 years'),
    'policy.value_invalid',
    'maximum: 3 years',
  ],
  [
    'a date must exist',
    f => f.replace("validFrom: '2026-11-22'", "validFrom: '2026-02-30'"),
    'policy.value_invalid',
    'validFrom',
  ],
]
for (const [rule, change, code, at] of broken) {
  test(rule, () => {
    const file = change(text)
    assert.notEqual(file, text)
    const problem = problemsOf(file).find(one => one.code === code)
    assert.ok(problem, JSON.stringify(problemsOf(file)))
    assert.ok(problem.line > 0 && problem.column > 0)
    if (at !== '') assert.equal(problem.line, lineOf(file, at))
    for (const words of [problem.message, problem.remedy]) assert.ok(words.da.length > 5 && words.en.length > 5)
  })
}

test('a file over one megabyte is refused unread', () => {
  assert.equal(problemsOf(text + '#'.repeat(1_048_576))[0]?.code, 'policy.file_too_large')
})

test('a file that is not UTF-8 is refused', () => {
  assert.equal(problemsOf(Buffer.from([0x66, 0xe6, 0x0a]))[0]?.code, 'policy.file_not_utf8')
})

test('an alias bomb is refused', () => {
  const levels = ['a: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let depth = 1; depth < 9; depth += 1) {
    const one = `*a${depth - 1}`
    levels.push(`${'abcdefghij'[depth]}: &a${depth} [${Array.from({ length: 9 }, () => one).join(', ')}]`)
  }
  assert.equal(problemsOf(levels.join('\n'))[0]?.code, 'policy.too_many_aliases')
})

test('an empty file, a list and a number are refused with a place', () => {
  for (const file of ['', '- 1\n', '42', 'null']) assert.ok(problemsOf(file).length > 0, file)
})

test('yes and no are text in YAML 1.2, not true and false', () => {
  const file = text.replace('secure: true', 'secure: yes')
  assert.equal(problemsOf(file)[0]?.line, lineOf(file, 'secure: yes'))
})
