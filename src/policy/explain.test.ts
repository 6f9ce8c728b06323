/** The explanation of a decision: it names the rule, the promise and what was missing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from './decide.ts'
import { explain, factText, missing } from './explain.ts'
import { questions } from './questions.fixture.ts'
import { shippedCompiled } from './shipped.fixture.ts'
import { FACTS, type Question } from './types.ts'

const compiled = shippedCompiled()
const READ: Question = {
  verb: 'read',
  purpose: 'debt_collection',
  category: 'debtor_identity',
  source: 'client',
  recipient: '',
  channel: '',
  fields: ['name', 'cpr'],
}

test('a refusal names the clause and the law in both languages', () => {
  const facts = { roleAllowed: true, workOpen: true, restricted: true }
  const text = explain(decide(compiled, READ, facts), compiled.document)
  assert.match(text.da, /^Nej: Posten er begrænset.* \(S25, GDPR 18\(2\)\)$/)
  assert.match(text.en, /^No: The record is restricted.* \(S25, GDPR 18\(2\)\)$/)
})

test('a yes in part says what is left out', () => {
  const text = explain(decide(compiled, READ, { roleAllowed: true, workOpen: true }), compiled.document)
  assert.match(text.da, /^Ja: .* Dog ikke: Personnummer \(CPR\) \(S13\)\.$/)
  assert.match(text.en, /^Yes: .* But not: Civil registration number \(CPR\) \(S13\)\.$/)
})

test('what is missing for a permit is named, and nothing is missing when a rule permits', () => {
  assert.deepEqual(missing(compiled, READ, { roleAllowed: true }), ['workOpen'])
  assert.deepEqual(missing(compiled, READ, { roleAllowed: true, workOpen: true }), [])
})

test('every answer can be said in two different languages', () => {
  for (const { question, facts } of questions(compiled.document, 2_000, 5)) {
    const text = explain(decide(compiled, question, facts), compiled.document)
    assert.ok(text.da.length > 10 && text.en.length > 10 && text.da !== text.en)
  }
  for (const fact of FACTS) assert.notEqual(factText(fact).da, factText(fact).en)
})
