/** The cases that lie beside a policy: they are read, run against it and counted for each promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clausesWithoutCase, loadCases, runCases } from './cases.ts'
import { shippedCompiled } from './shipped.fixture.ts'

const compiled = shippedCompiled()
const fileOf = (expect: object) =>
  JSON.stringify({
    clause: 'S25',
    cases: [{ description: 'Anna objects to a note', question: { verb: 'object', purpose: 'rights' }, expect }],
  })

test('a case that expects something else fails and says what differs', () => {
  const { cases } = loadCases([
    { name: 'own.json', text: fileOf({ outcome: 'deny', codes: ['x.y'], obligations: [] }) },
  ])
  const [result] = runCases(compiled, cases)
  assert.equal(result?.passed, false)
  assert.deepEqual(result?.differences, [
    'outcome: expected [deny], got [permit]',
    'codes: expected [x.y], got [objection.accepted]',
  ])
})

test('only passing cases count for a clause', () => {
  const passing = runCases(compiled, loadCases([{ name: 'a', text: fileOf({ outcome: 'permit' }) }]).cases)
  const failing = runCases(compiled, loadCases([{ name: 'a', text: fileOf({ outcome: 'deny' }) }]).cases)
  assert.equal(clausesWithoutCase(compiled.document, passing).includes('S25'), false)
  assert.equal(clausesWithoutCase(compiled.document, failing).includes('S25'), true)
})

test('a file that is no JSON, has an unknown fact or an unknown key is a problem, not a crash', () => {
  const bad = ['{', '[]', fileOf({ outcome: 'maybe' }), fileOf({ outcome: 'deny', extra: 1 })]
  const { cases, problems } = loadCases(bad.map((text, at) => ({ name: `${at}.json`, text })))
  assert.equal(cases.length, 0)
  assert.deepEqual(
    problems.map(problem => problem.file),
    ['0.json', '1.json', '2.json', '3.json'],
  )
  assert.equal(problems[2]?.path, 'cases.0.expect.outcome')
})
