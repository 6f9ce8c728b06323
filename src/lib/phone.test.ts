/** Telephone numbers: read to their international form, or refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { parsePhone } from './phone.ts'

const CASES: readonly (readonly [text: string, expected: string])[] = [
  ['20 12 34 56', '+4520123456'],
  ['20123456', '+4520123456'],
  ['+45 20 12 34 56', '+4520123456'],
  ['0045 20123456', '+4520123456'],
  ['33.19.32.00', '+4533193200'],
  ['+46 8 123 456 78', '+46812345678'],
  ['+298 201234', '+298201234'],
  ['12345678', 'phone_invalid'],
  ['2012345', 'phone_invalid'],
  ['+45 2012 345', 'phone_invalid'],
  ['20123456, 20123457', 'phone_form'],
  ['20123456 lok. 3', 'phone_form'],
  ['ring til mor', 'phone_form'],
  ['', 'phone_form'],
  ['2'.repeat(100_000), 'phone_form'],
]
for (const [text, expected] of CASES) {
  test(`phone ${JSON.stringify(text.slice(0, 20))}: ${expected}`, () => {
    const parsed = parsePhone(text)
    assert.equal(parsed.ok ? parsed.value : parsed.code, expected)
  })
}

test('the short way for Danish numbers agrees with the full tables', () => {
  for (let number = 20_000_000; number < 100_000_000; number += 99_991) {
    assert.equal(parsePhoneNumberFromString(String(number), 'DK')?.isValid(), true, String(number))
  }
})
