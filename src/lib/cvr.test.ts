/** Company numbers: those that can exist are read, others are told by what is wrong with them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCvr } from './cvr.ts'

test('published company numbers pass, however they are written', () => {
  for (const text of ['34593833', '18457970', '11883729', 'DK34593833', ' 34 59 38 33 ', 'dk-34593833']) {
    assert.ok(parseCvr(text).ok, text)
  }
  assert.deepEqual(parseCvr('DK 34593833'), { ok: true, value: '34593833' })
})

test('a wrong check digit and a wrong form are told apart', () => {
  assert.deepEqual(parseCvr('12345678'), { ok: false, code: 'cvr_check' })
  for (const text of ['1234567', '123456789', '00000000', 'SE34593833', '', '1'.repeat(99)]) {
    assert.deepEqual(parseCvr(text), { ok: false, code: 'cvr_form' })
  }
})
