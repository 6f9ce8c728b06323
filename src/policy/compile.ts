/**
 * Turns a checked document into tables. For every verb, the values that no rule of the verb tells apart share
 * a class, so that the verb's questions fall into a small dense array of cells. A cell holds the rules that can
 * apply to its questions, with their facts as bits of one integer.
 */
import type {
  Category,
  Fact,
  Obligation,
  PolicyDocument,
  Purpose,
  Reason,
  RecipientKind,
  Rule,
  Source,
  Verb,
} from './types.ts'

export type CompiledPolicy = {
  /** The document's revision. */
  readonly version: number
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string
  readonly document: PolicyDocument
  readonly tables: Tables
}

export type Tables = {
  readonly verbs: ReadonlyMap<string, VerbTable>
  /** [category index][purpose index] -> what the purpose may see of the category. */
  readonly plans: readonly (readonly FieldPlan[])[]
}

/** Where a value stands: its share of the cell number, and its place in the policy's own list. */
export type Slot = { readonly offset: number; readonly index: number }

export type VerbTable = {
  readonly purposes: ReadonlyMap<string, Slot>
  readonly categories: ReadonlyMap<string, Slot>
  readonly sources: ReadonlyMap<string, Slot>
  readonly recipients: ReadonlyMap<string, Slot>
  readonly channels: ReadonlyMap<string, Slot>
  readonly cells: readonly Cell[]
  /** Per category index: bits of the accepted source indexes. */
  readonly accepted: readonly number[]
  /** True for verbs that use values and therefore need the purpose's field list. */
  readonly usesValues: boolean
  /** Per category index: the reason when no rule of a cell permits anything at all. */
  readonly nothing: readonly Reason[]
  readonly unknown: Reason
  /** The reason for a field when no category is named. */
  readonly fieldUnknown: Reason
}

export type Cell = {
  /** The facts that matter here; a fact's place is its bit. */
  readonly facts: readonly Fact[]
  readonly forbids: readonly Test[]
  readonly permits: readonly Test[]
  readonly fieldForbids: readonly Test[]
  /** The reason when none of the permits holds; undefined when there are none. */
  readonly nothing: Reason | undefined
  /** Verdicts already worked out, by fact bits: a bounded memory of a pure function. */
  readonly known: Map<number, Verdict>
}

export type Test = {
  readonly need: number
  readonly ban: number
  readonly reason: Reason
  readonly obligations: readonly Obligation[]
  readonly fields: readonly string[]
}

export type Verdict = {
  readonly outcome: 'permit' | 'forbidden' | 'nothing'
  readonly reasons: readonly Reason[]
  readonly obligations: readonly Obligation[]
  /** Fields refused one by one, with the rule that refuses them; undefined when there are none. */
  readonly refused: ReadonlyMap<string, Reason> | undefined
}

export type FieldPlan = {
  /** False when the purpose has no business with the category at all. */
  readonly listed: boolean
  readonly allowed: ReadonlySet<string>
  readonly categoryFields: ReadonlySet<string>
  readonly notListed: Reason
  readonly notNeeded: Reason
  readonly categoryNotNeeded: Reason
  readonly sourceNotAccepted: Reason
}

/** The verbs that use values, and so see only the fields on the purpose's list. */
export const VALUE_VERBS: readonly Verb[] = ['collect', 'read', 'disclose', 'market', 'access', 'notify']

/** Compiles a document that passed `check`. `sha256` is the hash of the file's bytes (`parse` gives it). */
export function compile(document: PolicyDocument, sha256: string): CompiledPolicy {
  const verbs = new Map<string, VerbTable>()
  for (const verb of VERBS) verbs.set(verb, verbTable(document, verb))
  const tables = { verbs, plans: fieldPlans(document) }
  return { version: document.revision, sha256, document, tables }
}

/** The reason given when the policy itself, not one of its rules, says no. */
export function builtIn(code: string, clause: string, article: string): Reason {
  return Object.freeze({ rule: DEFAULT_RULE, effect: 'forbid' as const, code, clause, article })
}

export const DEFAULT_RULE = 'policy.default'
const MINIMISATION = 'GDPR 5(1)(c)'
const PURPOSE_BOUND = 'GDPR 5(1)(b)'
const DEFAULT_ARTICLE = 'GDPR 5(1)(a)'
const VERBS: readonly Verb[] = [...VALUE_VERBS, 'link', 'restrict', 'object', 'erase', 'administer', 'setCookie']
const SOURCES: readonly (Source | '')[] = ['', 'website', 'client', 'person', 'authority', 'internal']
const RECIPIENTS: readonly (RecipientKind | '')[] = ['', 'creditor', 'lawyer', 'authority', 'other']

type Dimension = { readonly values: readonly string[]; readonly list: (rule: Rule) => readonly string[] | undefined }

function verbTable(document: PolicyDocument, verb: Verb): VerbTable {
  const rules = document.rules.filter(rule => rule.verbs.includes(verb))
  const categories = Object.values(document.categories)
  const dimensions: Dimension[] = [
    { values: ['', ...Object.keys(document.purposes)], list: rule => rule.purposes },
    { values: ['', ...Object.keys(document.categories)], list: rule => rule.categories },
    { values: SOURCES, list: rule => rule.sources },
    { values: RECIPIENTS, list: rule => rule.recipients },
    { values: ['', ...Object.keys(document.channels)], list: rule => rule.channels },
  ]
  const { slots, samples } = classify(dimensions, rules)
  const governing = rules.find(rule => rule.effect === 'permit') ?? rules[0]
  const unknown = builtIn('policy.no_permit', governing?.clause ?? '', governing?.article ?? DEFAULT_ARTICLE)
  const [purposes, byCategory, sources, recipients, channels] = slots as [SlotMap, SlotMap, SlotMap, SlotMap, SlotMap]
  return {
    purposes,
    categories: byCategory,
    sources,
    recipients,
    channels,
    cells: samples.map(sample => cellOf(rules.filter(rule => applies(rule, dimensions, sample)))),
    accepted: [-1, ...categories.map(sourceBits)],
    usesValues: VALUE_VERBS.includes(verb),
    nothing: [unknown, ...categories.map(one => builtIn('policy.no_permit', one.clause, unknown.article))],
    unknown,
    fieldUnknown: builtIn('policy.field_not_listed', unknown.clause, MINIMISATION),
  }
}

type SlotMap = Map<string, Slot>

// Values that every rule treats alike share a class; a sample of each class stands for its cell.
function classify(dimensions: readonly Dimension[], rules: readonly Rule[]): { slots: SlotMap[]; samples: string[][] } {
  let stride = 1
  let samples: string[][] = [[]]
  const slots = dimensions.map(({ values, list }) => {
    const classes = new Map<string, { number: number; sample: string }>()
    const slot: SlotMap = new Map()
    values.forEach((value, index) => {
      const pattern = rules.map(rule => ((list(rule)?.includes(value) ?? true) ? '1' : '0')).join('')
      const found = classes.get(pattern) ?? { number: classes.size, sample: value }
      classes.set(pattern, found)
      slot.set(value, { offset: found.number * stride, index })
    })
    const earlier = samples
    samples = [...classes.values()].flatMap(one => earlier.map(sample => [...sample, one.sample]))
    stride *= classes.size
    return slot
  })
  return { slots, samples }
}

function applies(rule: Rule, dimensions: readonly Dimension[], sample: readonly string[]): boolean {
  return dimensions.every(({ list }, place) => list(rule)?.includes(sample[place] ?? '') ?? true)
}

function cellOf(rules: readonly Rule[]): Cell {
  const facts = [...new Set(rules.flatMap(rule => [...(rule.when ?? []), ...(rule.unless ?? [])]))]
  const tests = rules.map(rule => ({ rule, test: testOf(rule, facts) }))
  const pick = (wanted: (rule: Rule) => boolean) => tests.filter(each => wanted(each.rule)).map(each => each.test)
  const nearest = rules.find(rule => rule.effect === 'permit')
  return {
    facts,
    nothing: nearest && builtIn('policy.no_permit', nearest.clause, nearest.article),
    forbids: pick(rule => rule.effect === 'forbid' && rule.fields === undefined),
    permits: pick(rule => rule.effect === 'permit'),
    fieldForbids: pick(rule => rule.effect === 'forbid' && rule.fields !== undefined),
    known: new Map(),
  }
}

function testOf(rule: Rule, facts: readonly Fact[]): Test {
  const { id, effect, code, clause, article } = rule
  return {
    need: bitsOf(rule.when, facts),
    ban: bitsOf(rule.unless, facts),
    reason: Object.freeze({ rule: id, effect, code, clause, article }),
    obligations: (rule.oblige ?? []).map(kind => Object.freeze({ kind, clause, rule: id })),
    fields: rule.fields ?? [],
  }
}

// At most 32 facts matter in one cell; a policy that needs more is a fault of the engine, not of the reader.
function bitsOf(wanted: readonly Fact[] | undefined, facts: readonly Fact[]): number {
  if (facts.length > 32) throw new RangeError('more than 32 facts in one cell')
  return (wanted ?? []).reduce((bits, fact) => bits | (1 << facts.indexOf(fact)), 0)
}

function sourceBits(category: Category): number {
  return category.sources.reduce((bits, source) => bits | (1 << SOURCES.indexOf(source)), 0)
}

function fieldPlans(document: PolicyDocument): FieldPlan[][] {
  const purposes: (Purpose | undefined)[] = [undefined, ...Object.values(document.purposes)]
  const categories: [string, Category | undefined][] = [['', undefined], ...Object.entries(document.categories)]
  return categories.map(([code, category]) => purposes.map(purpose => fieldPlan(code, category, purpose)))
}

function fieldPlan(code: string, category: Category | undefined, purpose: Purpose | undefined): FieldPlan {
  const listed = purpose !== undefined && Object.hasOwn(purpose.fields, code) ? purpose.fields[code] : undefined
  const own = category?.clause ?? ''
  return {
    listed: listed !== undefined,
    allowed: new Set(listed?.filter(field => category?.fields.includes(field) === true)),
    categoryFields: new Set(category?.fields),
    notListed: builtIn('policy.field_not_listed', own, MINIMISATION),
    notNeeded: builtIn('policy.field_not_needed', purpose?.clause ?? own, PURPOSE_BOUND),
    categoryNotNeeded: builtIn('policy.category_not_needed', purpose?.clause ?? own, PURPOSE_BOUND),
    sourceNotAccepted: builtIn('policy.source_not_accepted', own, DEFAULT_ARTICLE),
  }
}
