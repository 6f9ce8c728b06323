/**
 * Decisions per second: the compiled tables against one plain pass over the rules, in the same process, on the
 * same 4,096 distinct questions, after asserting that both give the same answers.
 */
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import { decide } from '../src/policy/decide.ts'
import { questions, type Asked } from '../src/policy/questions.fixture.ts'
import { decidePlainly } from '../src/policy/reference.ts'
import { shippedCompiled } from '../src/policy/shipped.fixture.ts'
import { FACTS, type Decision } from '../src/policy/types.ts'

const QUESTIONS = 4096
const ROUND_MS = 400
const ROUNDS = 5

/** Prints a table and a last line with the ratio. Throws when the two ways differ in any answer. */
export async function run(): Promise<void> {
  const compiled = shippedCompiled()
  const asked = questions(compiled.document, QUESTIONS, 2026).map(withEveryFactStated)
  const ways: readonly [name: string, answer: (one: Asked) => Decision][] = [
    ['plain loop over the rules', one => decidePlainly(compiled.document, one.question, one.facts)],
    ['decide (tables)', one => decide(compiled, one.question, one.facts)],
  ]
  let permits = 0
  for (const one of asked) {
    const [plain, tables] = ways.map(([, answer]) => answer(one)) as [Decision, Decision]
    assert.deepEqual(tables, plain)
    if (tables.outcome === 'permit') permits += 1
  }
  const rates = ways.map(([, answer]) => best(asked, answer))
  const { rules } = compiled.document
  console.log(`${QUESTIONS} distinct questions, ${permits} permits, ${rules.length} rules; best of ${ROUNDS} rounds`)
  console.table(
    ways.map(([name], at) => ({
      way: name,
      'decisions/s': Math.round(rates[at] ?? 0).toLocaleString('en'),
      'ns each': Math.round(1e9 / (rates[at] ?? 1)),
    })),
  )
  console.log(`decide: ${((rates[1] ?? 0) / (rates[0] ?? 1)).toFixed(1)} times the plain loop`)
}

// Callers build their facts in one place each; objects of one shape are what the engine meets.
function withEveryFactStated({ question, facts }: Asked): Asked {
  return { question, facts: Object.fromEntries(FACTS.map(fact => [fact, facts[fact] === true])) }
}

function best(asked: readonly Asked[], answer: (one: Asked) => Decision): number {
  let highest = 0
  for (let round = 0; round < ROUNDS; round += 1) highest = Math.max(highest, rate(asked, answer))
  return highest
}

// The answers are counted so that no optimiser may leave the work out.
function rate(asked: readonly Asked[], answer: (one: Asked) => Decision): number {
  const start = performance.now()
  let answered = 0
  let reasons = 0
  while (performance.now() - start < ROUND_MS) {
    for (const one of asked) reasons += answer(one).reasons.length
    answered += asked.length
  }
  assert.ok(reasons >= answered)
  return (answered * 1000) / (performance.now() - start)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await run()
