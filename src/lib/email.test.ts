/** E-mail addresses: exactly one plain address passes, nothing that a mailer could take for two. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseEmail } from './email.ts'

test('one plain address is accepted, its domain in one form', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a@example.com', 'a@example.com'],
    [' Anne.Marie+rykker@Example.COM ', 'Anne.Marie+rykker@example.com'],
    ["o'brien@example.co.uk", "o'brien@example.co.uk"],
    ['info@købmand.example', 'info@xn--kbmand-bya.example'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ]
  for (const [text, value] of cases) assert.deepEqual(parseEmail(text), { ok: true, value })
})

const HOSTILE: readonly string[] = [
  '',
  '@example.com',
  'a@',
  'a',
  'a@localhost',
  'a@example',
  'a@example.c',
  'a@127.0.0.1',
  'a@[127.0.0.1]',
  'a@example.com, b@example.com',
  'a@example.com;b@example.com',
  'a@example.com b@example.com',
  'a@b@example.com',
  '"a b"@example.com',
  'Anne <a@example.com>',
  'a(x)@example.com',
  'a@example.com\r\nBcc: b@example.com',
  'a@exa\nmple.com',
  'a\u0000@example.com',
  '.a@example.com',
  'a.@example.com',
  'a..b@example.com',
  'a@.example.com',
  'a@example..com',
  'a@-example.com',
  'a@example-.com',
  'a@exam_ple.com',
  'søren@example.com',
  'a@example.com.',
  'a@example．com,b',
  'a@ex%61mple.com',
  'a\u202E@example.com',
]
for (const text of HOSTILE) {
  test(`not exactly one address: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseEmail(text), { ok: false, code: 'email_form' })
  })
}

test('length limits', () => {
  assert.deepEqual(parseEmail(`${'a'.repeat(65)}@example.com`), { ok: false, code: 'email_long' })
  assert.deepEqual(
    parseEmail(`a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.${'f'.repeat(9)}.com`),
    {
      ok: false,
      code: 'email_long',
    },
  )
  assert.deepEqual(parseEmail('a'.repeat(100_000)), { ok: false, code: 'email_long' })
})

test('whatever is accepted holds one @ and nothing a mailer could split or unfold', () => {
  const unit = fc.constantFrom(
    'a',
    'b.c',
    '@',
    '.',
    ',',
    ';',
    '<',
    '>',
    '"',
    '(',
    ')',
    ' ',
    '\r\n',
    '\t',
    '\\',
    'ø',
    '.com',
    '[',
    ':',
  )
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 20 }), text => {
      const parsed = parseEmail(text)
      if (parsed.ok) assert.match(parsed.value, /^[^@\s,;<>"()[\]\\:]+@[a-z\d.-]+$/)
    }),
    { numRuns: 2000 },
  )
})
