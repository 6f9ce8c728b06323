/** Says a decision in a sentence that names the clause. */
import type { CompiledPolicy } from './compile.ts'
import { BUILT_IN_SENTENCES, FACT_TEXTS } from './explain-texts.ts'
import type { Decision, Fact, Facts, PolicyDocument, Question, Reason, Rule, Text } from './types.ts'

/** One sentence in both languages: yes or no, why, which clause and which law. Never holds personal data. */
export function explain(decision: Decision, document: PolicyDocument): Text {
  const reason = decision.reasons[0] as Reason
  const why = reasonText(reason, document)
  const da = decision.outcome === 'permit' ? 'Ja' : 'Nej'
  const en = decision.outcome === 'permit' ? 'Yes' : 'No'
  const left = decision.outcome === 'permit' ? partly(decision, document) : { da: '', en: '' }
  return {
    da: `${da}: ${why.da} (${reason.clause}, ${reason.article})${left.da}`,
    en: `${en}: ${why.en} (${reason.clause}, ${reason.article})${left.en}`,
  }
}

/** What is missing for the nearest permit to apply: its facts that do not hold. Empty when a rule permits. */
export function missing(compiled: CompiledPolicy, question: Question, facts: Facts): readonly Fact[] {
  const lacks = compiled.document.rules
    .filter(rule => rule.effect === 'permit' && concerns(rule, question))
    .map(rule => (rule.when ?? []).filter(fact => facts[fact] !== true))
    .sort((left, right) => left.length - right.length)
  return lacks[0] ?? []
}

/** A fact in words, for the trace a case worker reads. */
export function factText(fact: Fact): Text {
  return FACT_TEXTS[fact]
}

function reasonText(reason: Reason, document: PolicyDocument): Text {
  const rule = document.rules.find(one => one.id === reason.rule)
  if (rule !== undefined) return rule.text
  return BUILT_IN_SENTENCES[reason.code] ?? (BUILT_IN_SENTENCES['policy.no_permit'] as Text)
}

function partly(decision: Decision, document: PolicyDocument): Text {
  if (decision.refused.length === 0) return { da: '', en: '' }
  const names = (language: keyof Text) =>
    decision.refused.map(one => `${document.fields[one.field]?.text[language] ?? one.field} (${one.clause})`).join(', ')
  return { da: ` Dog ikke: ${names('da')}.`, en: ` But not: ${names('en')}.` }
}

function concerns(rule: Rule, question: Question): boolean {
  const among = (list: readonly string[] | undefined, value: string) => list === undefined || list.includes(value)
  return (
    rule.verbs.includes(question.verb) &&
    among(rule.sources, question.source) &&
    among(rule.categories, question.category) &&
    among(rule.purposes, question.purpose) &&
    among(rule.recipients, question.recipient) &&
    among(rule.channels, question.channel)
  )
}
