/** The child met hostile pages: a line of another shape than agreed is dropped, and no more is read than is needed. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { api, DONE, page, request, sighting } from '../../scanner/messages.fixture.ts'
import { readMessage } from './scan-message.ts'

test('every kind of message reads back as it was said', () => {
  const refused = sighting('a', { outcome: 'refused' })
  for (const message of [sighting('a'), refused, request(), api(), page(), DONE])
    assert.deepEqual(readMessage(JSON.stringify(message)), message)
})

const DROPPED: readonly (readonly [what: string, line: string])[] = [
  ['no JSON', '{"type":'],
  ['a type nobody knows', '{"type":"key","key":"x"}'],
  ['a wrong persona', JSON.stringify(sighting('a')).replace('"fresh"', '"admin"')],
  ['a number where text belongs', JSON.stringify(sighting('a')).replace('"name":"a"', '"name":1')],
  ['a name that never ends', JSON.stringify(sighting('a'.repeat(5000)))],
  ['a stack that never ends', JSON.stringify(sighting('a', { stack: Array.from({ length: 100 }, () => 'f@x:1') }))],
  ['a time below nothing', JSON.stringify(page({ dwellMs: -1 }))],
  ['null', 'null'],
]

for (const [what, line] of DROPPED)
  test(`dropped: ${what}`, () => {
    assert.equal(readMessage(line), null)
  })

test('what was not agreed on does not come along', () => {
  const read = readMessage(JSON.stringify({ ...DONE, secret: 'x' }))
  assert.deepEqual(read, DONE)
})
