/** How three columns of a file say that a case has ended, held against what creditors really write in them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClosing } from './closing.ts'

const TODAY = '2026-11-22'

/** 'open', 'on reason warnings…', or 'column:code'. */
function brief(status: string, closedOn: string, reason: string): string {
  const closing = readClosing({ status, closedOn, reason }, TODAY)
  if (!closing.ok) return `${closing.column}:${closing.code}`
  if (closing.closed === undefined) return 'open'
  const { on, reason: why, warnings } = closing.closed
  return [on, why, ...warnings.map(({ code }) => code)].join(' ')
}

const CASES: readonly (readonly [status: string, closedOn: string, reason: string, expected: string])[] = [
  ['', '', '', 'open'],
  ['Åben', '', '', 'open'],
  ['i gang', 'Nej', '', 'open'],
  ['', '0', '', 'open'],
  ['', '01-11-2026', '', '2026-11-01 other'],
  ['Lukket', '01-11-2026', 'Betalt', '2026-11-01 paid'],
  ['Tilbagekaldt', '22-11-2026', '', '2026-11-22 recalled'],
  ['Written off', '2026-11-01', '', '2026-11-01 written_off'],
  ['Forældet', '', '', '2026-11-22 limitation closed_on_assumed'],
  ['', 'Ja', 'overdraget', '2026-11-22 assigned closed_on_assumed'],
  ['Lukket', '01-11-2026', 'fordi', '2026-11-01 other close_reason_other'],
  ['Lukket', '23-11-2026', '', 'closed_on:date_future'],
  ['Lukket', '31-11-2026', '', 'closed_on:date_not_real'],
  ['Lukket', 'nej', '', 'status:status_contradiction'],
  ['Aktiv', '01-11-2026', '', 'status:status_contradiction'],
  ['constructor', '', '', 'status:status_unknown'],
]
for (const [status, closedOn, reason, expected] of CASES) {
  test(`status «${status}», closed «${closedOn}», reason «${reason}»: ${expected}`, () => {
    assert.equal(brief(status, closedOn, reason), expected)
  })
}

test('paid without a date only claims to be paid: the balance decides', () => {
  const undated = readClosing({ status: 'Betalt', closedOn: '', reason: '' }, TODAY)
  const dated = readClosing({ status: 'Betalt', closedOn: '01-11-2026', reason: '' }, TODAY)
  assert.deepEqual([undated.ok && undated.claimsPaid, dated.ok && dated.claimsPaid], [true, false])
})
