/** The board: a promise counts as kept only with a place that enforces it and evidence that it works. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { select, statusOf, summarise, type ClauseState } from './board.ts'
import { boardOf, clause, figure } from './sample.test-data.ts'
import { summarySentence } from './texts.ts'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test('a promise is kept only with a place that enforces it and evidence that it works', () => {
  assert.equal(statusOf(clause('S1')), 'kept')
  assert.equal(statusOf(clause('S1', { enforced: [] })), 'notBuilt')
  assert.equal(statusOf(clause('S1', { figures: [] })), 'notMeasured')
  assert.equal(statusOf(clause('S1', { figures: [], lastTried: null })), 'notMeasured')
  const tried = { at: '2026-11-22T01:14:00Z', attempts: 3, stopped: 3 }
  assert.equal(statusOf(clause('S1', { figures: [], lastTried: tried })), 'kept')
})

test('a figure that must be zero and is not breaks the promise, whatever the measurer says', () => {
  for (const state of ['kept', 'notMeasured', 'notBuilt'] as const) {
    assert.equal(statusOf(clause('S1', { state, figures: [figure('1', { mustBeZero: true })] })), 'broken')
    assert.equal(statusOf(clause('S1', { state, figures: [figure('', { mustBeZero: true })] })), 'broken')
  }
  assert.equal(statusOf(clause('S1', { figures: [figure('0', { mustBeZero: true })] })), 'kept')
})

test('a figure over its limit, or an attempt that got through, breaks the promise', () => {
  assert.equal(statusOf(clause('S16', { figures: [figure('1827', { limit: { now: 1827, most: 1826 } })] })), 'broken')
  assert.equal(statusOf(clause('S16', { figures: [figure('1826', { limit: { now: 1826, most: 1826 } })] })), 'kept')
  const tried = { at: '2026-11-22T01:14:00Z', attempts: 3, stopped: 2 }
  assert.equal(statusOf(clause('S16', { lastTried: tried })), 'broken')
})

test('a declared deviation is neither hidden nor made worse', () => {
  assert.equal(
    statusOf(clause('S22', { state: 'deviation', figures: [figure('2', { mustBeZero: true })] })),
    'deviation',
  )
})

test('the summary adds up and its sentence tells the worst first', () => {
  const open = (id: string): ClauseState => clause(id, { state: 'notBuilt', enforced: [], figures: [] })
  const kept = Array.from({ length: 17 }, (_, index) => clause(`S${index + 1}`))
  const unbuilt = Array.from({ length: 8 }, (_, index) => open(`S${index + 18}`))
  const summary = summarise({ clauses: [...kept, ...unbuilt] })
  assert.deepEqual(summary, { broken: 0, deviation: 0, kept: 17, notMeasured: 0, notBuilt: 8, total: 25 })
  assert.equal(plain(summarySentence(summary, 'da')), '17 løfter holdes, 8 er ikke bygget endnu.')
  assert.equal(plain(summarySentence(summary, 'en')), '17 promises are kept, 8 are not built yet.')
  const red = { ...summary, broken: 1, kept: 15, notMeasured: 1 }
  const danish = plain(summarySentence(red, 'da'))
  assert.equal(danish, '1 løfte er brudt, 15 holdes, 1 måles ikke, 8 er ikke bygget endnu.')
  assert.equal(
    plain(summarySentence(red, 'en')),
    '1 promise is broken, 15 are kept, 1 is not measured, 8 are not built yet.',
  )
  assert.equal(plain(summarySentence(summarise({ clauses: [] }), 'da')), '0 løfter.')
})

test('a view shows what its name says, and an unknown name shows everything', () => {
  const board = boardOf([clause('S1'), clause('S2', { section: 'b', state: 'broken' }), clause('S3', { enforced: [] })])
  const names = (view: string) => select(board, view).clauses.map(item => item.id)
  assert.deepEqual(names('attention'), ['S2'])
  assert.deepEqual(names('notbuilt'), ['S3'])
  assert.deepEqual(names('b'), ['S2'])
  assert.deepEqual(names('"><script>'), ['S1', 'S2', 'S3'])
  assert.equal(select(board, '"><script>').name, '')
})
