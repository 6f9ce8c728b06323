/** The decision: it agrees with a plain reading of the rules, and what no rule permits is denied. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clausesWithoutCase, factsOf, loadCases, questionOf, runCases } from './cases.ts'
import { compile } from './compile.ts'
import { decide } from './decide.ts'
import { questions } from './questions.fixture.ts'
import { decidePlainly } from './reference.ts'
import { shippedCaseFiles, shippedCompiled, shippedPolicy } from './shipped.fixture.ts'
import type { Question } from './types.ts'

const compiled = shippedCompiled()
const { cases, problems } = loadCases(shippedCaseFiles())
const CREDITOR: Question = {
  verb: 'disclose',
  purpose: 'disclosure',
  category: 'debt_claim',
  source: 'client',
  recipient: 'creditor',
  channel: '',
  fields: ['reference', 'principal'],
}
const ALL_RIGHT = { roleAllowed: true, workOpen: true, ownCase: true, noticeQueued: true }

for (const result of runCases(compiled, cases)) {
  test(`${result.policyCase.clause}: ${result.policyCase.description}`, () => assert.deepEqual(result.differences, []))
}

test('there are at least ninety cases and at least three for each clause', () => {
  assert.deepEqual(problems, [])
  assert.ok(cases.length >= 90)
  for (const clause of compiled.document.clauses) {
    assert.ok(cases.filter(one => one.clause === clause.id).length >= 3, clause.id)
  }
  assert.deepEqual(clausesWithoutCase(compiled.document, runCases(compiled, cases)), [])
})

test('the tables and the rules as written give the same answer to 20,000 questions', () => {
  let permits = 0
  for (const { question, facts } of questions(compiled.document, 20_000, 7)) {
    const decision = decide(compiled, question, facts)
    assert.deepEqual(decision, decidePlainly(compiled.document, question, facts), JSON.stringify({ question, facts }))
    if (decision.outcome === 'permit') permits += 1
  }
  assert.ok(permits > 2_000, `only ${permits} permits: the questions test too little`)
})

test('every answer has a reason, and allowed and refused fields are exactly the fields asked for', () => {
  for (const { question, facts } of questions(compiled.document, 5_000, 11)) {
    const { outcome, allowed, refused, reasons, obligations } = decide(compiled, question, facts)
    assert.ok(reasons.length > 0)
    assert.deepEqual([...allowed, ...refused.map(one => one.field)].sort(), [...question.fields].sort())
    if (outcome === 'deny') assert.deepEqual([allowed.length, obligations.length], [0, 0])
    assert.ok(reasons.every(reason => reason.clause !== '' && reason.article !== ''))
  }
})

test('a fact more never turns a forbid of its own into a permit without its rule: forbid beats permit', () => {
  assert.equal(decide(compiled, CREDITOR, ALL_RIGHT).outcome, 'permit')
  for (const against of ['restricted', 'reasonEnded'] as const) {
    const decision = decide(compiled, CREDITOR, { ...ALL_RIGHT, [against]: true })
    assert.equal(decision.outcome, 'deny')
    assert.ok(decision.reasons.every(reason => reason.effect === 'forbid'))
  }
})

test('each fact of a permit is needed: leaving one out denies', () => {
  for (const left of Object.keys(ALL_RIGHT)) {
    assert.equal(decide(compiled, CREDITOR, { ...ALL_RIGHT, [left]: false }).outcome, 'deny', left)
  }
})

test('only true is true: a fact that is some other value does not hold', () => {
  const facts = { ...ALL_RIGHT, ownCase: 'yes' as unknown as boolean }
  assert.equal(decide(compiled, CREDITOR, facts).outcome, 'deny')
})

test('an unknown verb, purpose, category, source, recipient or channel is denied', () => {
  const strange = 'constructor'
  for (const key of ['verb', 'purpose', 'category', 'source', 'recipient', 'channel']) {
    assert.equal(decide(compiled, { ...CREDITOR, [key]: strange }, ALL_RIGHT).outcome, 'deny', key)
  }
})

test('the same question has the same answer, however often and in whatever order it is asked', () => {
  const fresh = shippedCompiled()
  const asked = questions(fresh.document, 500, 3)
  const first = asked.map(one => decide(fresh, one.question, one.facts))
  const again = asked.toReversed().map(one => decide(fresh, one.question, one.facts))
  assert.deepEqual(again.toReversed(), first)
})

test('every clause decides: with its rules taken out, some case of the clause fails', () => {
  const { document, sha256 } = shippedPolicy()
  for (const clause of document.clauses) {
    const without = compile({ ...document, rules: document.rules.filter(rule => rule.clause !== clause.id) }, sha256)
    const own = cases.filter(one => one.clause === clause.id)
    assert.ok(
      runCases(without, own).some(result => !result.passed),
      clause.id,
    )
  }
})

test('a policy without rules permits nothing', () => {
  const { document, sha256 } = shippedPolicy()
  const silent = compile({ ...document, rules: [] }, sha256)
  for (const one of cases) assert.equal(decide(silent, questionOf(one), factsOf(one)).outcome, 'deny')
})

test('nothing discloses without a notice, to anyone off the list, or web data without consent', () => {
  const facts = Object.fromEntries(
    [
      'roleAllowed',
      'workOpen',
      'ownCase',
      'demandRecorded',
      'demandCovers',
      'cprGround',
      'legalClaim',
      'selfAsking',
    ].map(fact => [fact, true]),
  )
  for (const category of Object.keys(compiled.document.categories)) {
    for (const source of ['website', 'client', 'person', 'authority', 'internal'] as const) {
      for (const recipient of ['creditor', 'lawyer', 'authority', 'other'] as const) {
        const question: Question = { ...CREDITOR, category, source, recipient, fields: ['name', 'email', 'principal'] }
        const ask = (more: object) => decide(compiled, question, { ...facts, ...more }).outcome
        assert.equal(ask({ consentLive: true }), 'deny', 'no notice')
        if (recipient === 'other') assert.equal(ask({ consentLive: true, noticeQueued: true }), 'deny', 'other')
        if (source === 'website') assert.equal(ask({ noticeQueued: true }), 'deny', 'website')
      }
    }
  }
})
