/** Many different questions, made from the policy's own lists by a seeded generator; for tests and benches. */
import { FACTS, type Fact, type Facts, type PolicyDocument, type Question, type Verb } from './types.ts'

export type Asked = { readonly question: Question; readonly facts: Facts }

/** `count` distinct questions with facts. The same seed gives the same questions. About half are realistic. */
export function questions(document: PolicyDocument, count: number, seed: number): Asked[] {
  const draw = generator(seed)
  const seen = new Set<string>()
  const asked: Asked[] = []
  while (asked.length < count) {
    const one = draw() < 0.5 ? likely(document, draw) : anything(document, draw)
    const key = JSON.stringify(one)
    if (seen.has(key)) continue
    seen.add(key)
    asked.push(one)
  }
  return asked
}

type Draw = () => number
const VERBS: readonly Verb[] = [
  'collect',
  'read',
  'disclose',
  'market',
  'link',
  'restrict',
  'object',
  'access',
  'notify',
  'erase',
  'administer',
  'setCookie',
]
const RECIPIENTS = ['', 'creditor', 'lawyer', 'authority', 'other'] as const
const SOURCES = ['', 'website', 'client', 'person', 'authority', 'internal'] as const

// A question whose rule exists, whose purpose knows the category, and most of whose facts hold.
function likely(document: PolicyDocument, draw: Draw): Asked {
  const rule = pick(
    document.rules.filter(one => one.effect === 'permit'),
    draw,
  )
  const purpose = pick(rule.purposes ?? Object.keys(document.purposes), draw)
  const lists = Object.keys(document.purposes[purpose]?.fields ?? {})
  const category = pick(rule.categories ?? lists, draw)
  const known = document.categories[category]
  const source = pick(rule.sources ?? known?.sources ?? SOURCES, draw)
  const listed = document.purposes[purpose]?.fields[category] ?? []
  const question: Question = {
    verb: pick(rule.verbs, draw),
    purpose,
    category,
    source,
    recipient: pick(rule.recipients ?? RECIPIENTS, draw),
    channel: pick(rule.channels ?? ['', ...Object.keys(document.channels)], draw),
    fields: some(listed, draw, 0.7),
  }
  const facts: { [fact in Fact]?: boolean } = {}
  for (const fact of rule.when ?? []) if (draw() < 0.95) facts[fact] = true
  for (const fact of ['noticeGiven', 'required', 'noticeQueued', 'ownCase', 'cprGround'] as const)
    if (draw() < 0.8) facts[fact] = true
  for (const fact of some(FACTS, draw, 0.03)) facts[fact] = true
  return { question, facts }
}

function anything(document: PolicyDocument, draw: Draw): Asked {
  const question: Question = {
    verb: pick(VERBS, draw),
    purpose: pick(['', 'unheard_of', ...Object.keys(document.purposes)], draw),
    category: pick(['', 'unheard_of', ...Object.keys(document.categories)], draw),
    source: pick(SOURCES, draw),
    recipient: pick(RECIPIENTS, draw),
    channel: pick(['', ...Object.keys(document.channels)], draw),
    fields: some(Object.keys(document.fields), draw, 0.15),
  }
  const facts: { [fact in Fact]?: boolean } = {}
  for (const fact of FACTS) if (draw() < 0.4) facts[fact] = draw() < 0.9
  return { question, facts }
}

function pick<Item>(items: readonly Item[], draw: Draw): Item {
  return items[Math.floor(draw() * items.length)] as Item
}

function some<Item>(items: readonly Item[], draw: Draw, share: number): Item[] {
  return items.filter(() => draw() < share)
}

// Mulberry32: small, seeded, good enough to spread questions.
function generator(seed: number): Draw {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
