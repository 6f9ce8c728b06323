/** What a policy must be beyond its form: every promise has a rule, every code is known, no two promises collide. */
import { checkCookies } from './check-cookies.ts'
import { checkRetention } from './check-retention.ts'
import { checkTexts } from './check-texts.ts'
import { policyProblem, type Locate, type Path, type PolicyProblem, type Report } from './problem-list.ts'
import type { PolicyDocument, Rule } from './types.ts'

/** All semantic problems of a document, in file order by kind; empty when it may be adopted. */
export function check(policy: { readonly document: PolicyDocument; readonly locate?: Locate }): PolicyProblem[] {
  const { document, locate } = policy
  const problems: PolicyProblem[] = []
  const report: Report = found => problems.push(policyProblem({ ...found, locate }))
  checkClauses(document, report)
  checkRules(document, report)
  checkPurposes(document, report)
  checkFields(document, report)
  checkRetention(document, report)
  checkCookies(document, report)
  checkTexts(document, report)
  return problems
}

function checkClauses(document: PolicyDocument, report: Report): void {
  const seen = new Set<string>()
  const ruled = new Set(document.rules.map(rule => rule.clause))
  document.clauses.forEach((clause, index) => {
    if (seen.has(clause.id)) report({ ...CLAUSE_TWICE, path: ['clauses', index, 'id'] })
    seen.add(clause.id)
    if (!ruled.has(clause.id)) report({ ...CLAUSE_WITHOUT_RULE, path: ['clauses', index] })
    if (!Object.hasOwn(document.sections, clause.section)) unknown(report, ['clauses', index, 'section'])
  })
}

function checkRules(document: PolicyDocument, report: Report): void {
  const clauses = new Set(document.clauses.map(clause => clause.id))
  const seen = new Set<string>()
  document.rules.forEach((rule, index) => {
    if (seen.has(rule.id)) report({ ...RULE_TWICE, path: ['rules', index, 'id'] })
    seen.add(rule.id)
    if (!clauses.has(rule.clause)) report({ ...RULE_OF_UNKNOWN_CLAUSE, path: ['rules', index, 'clause'] })
    checkRuleCodes({ document, rule, index, report })
    checkRuleSense(rule, ['rules', index], report)
  })
}

function checkRuleCodes(at: { document: PolicyDocument; rule: Rule; index: number; report: Report }): void {
  const lists: [name: 'categories' | 'purposes' | 'channels' | 'fields', known: object][] = [
    ['categories', at.document.categories],
    ['purposes', at.document.purposes],
    ['channels', at.document.channels],
    ['fields', at.document.fields],
  ]
  for (const [name, known] of lists) {
    at.rule[name]?.forEach((code, place) => {
      if (!Object.hasOwn(known, code)) unknown(at.report, ['rules', at.index, name, place])
    })
  }
}

function checkRuleSense(rule: Rule, path: Path, report: Report): void {
  const both = rule.when?.find(fact => rule.unless?.includes(fact) === true)
  if (both !== undefined) report({ ...RULE_NEVER_APPLIES, path })
  if (rule.effect === 'permit' && rule.fields !== undefined) report({ ...FIELDS_IN_PERMIT, path: [...path, 'fields'] })
  if (rule.effect === 'forbid' && rule.oblige !== undefined) report({ ...DUTY_IN_FORBID, path: [...path, 'oblige'] })
}

function checkPurposes(document: PolicyDocument, report: Report): void {
  for (const [code, purpose] of Object.entries(document.purposes)) {
    const lists = Object.entries(purpose.fields)
    if (!lists.some(([, fields]) => fields.length > 0)) report({ ...PURPOSE_WITHOUT_FIELDS, path: ['purposes', code] })
    if (!isClause(document, purpose.clause)) unknown(report, ['purposes', code, 'clause'])
    for (const [category, fields] of lists) {
      const path = ['purposes', code, 'fields', category]
      const known = Object.hasOwn(document.categories, category) ? document.categories[category] : undefined
      if (known === undefined) unknown(report, path)
      else if (fields.some(field => !known.fields.includes(field))) report({ ...FIELD_NOT_IN_CATEGORY, path })
    }
  }
}

function checkFields(document: PolicyDocument, report: Report): void {
  const used = new Set(Object.values(document.purposes).flatMap(purpose => Object.values(purpose.fields).flat()))
  for (const code of Object.keys(document.fields)) {
    if (!used.has(code)) report({ ...FIELD_WITHOUT_PURPOSE, path: ['fields', code] })
  }
  for (const [code, category] of Object.entries(document.categories)) {
    if (!isClause(document, category.clause)) unknown(report, ['categories', code, 'clause'])
    if (!isClause(document, category.retention.clause)) unknown(report, ['categories', code, 'retention', 'clause'])
    category.fields.forEach((field, place) => {
      if (!Object.hasOwn(document.fields, field)) unknown(report, ['categories', code, 'fields', place])
    })
  }
}

function isClause(document: PolicyDocument, clause: string): boolean {
  return document.clauses.some(known => known.id === clause)
}

function unknown(report: Report, path: Path): void {
  report({ ...UNKNOWN_CODE, path })
}

const CLAUSE_TWICE = {
  code: 'policy.clause_twice',
  message: { da: 'To løfter har samme nummer.', en: 'Two clauses have the same number.' },
  remedy: { da: 'Giv løftet sit eget nummer.', en: 'Give the clause a number of its own.' },
}
const CLAUSE_WITHOUT_RULE = {
  code: 'policy.clause_without_rule',
  message: { da: 'Ingen regel holder dette løfte.', en: 'No rule keeps this clause.' },
  remedy: { da: 'Skriv mindst én regel for løftet.', en: 'Write at least one rule for the clause.' },
}
const RULE_TWICE = {
  code: 'policy.rule_twice',
  message: { da: 'To regler har samme id.', en: 'Two rules have the same id.' },
  remedy: { da: 'Giv reglen sit eget id.', en: 'Give the rule an id of its own.' },
}
const RULE_OF_UNKNOWN_CLAUSE = {
  code: 'policy.rule_of_unknown_clause',
  message: {
    da: 'Reglen hører til et løfte, der ikke findes.',
    en: 'The rule belongs to a clause that does not exist.',
  },
  remedy: { da: 'Ret nummeret, eller skriv løftet.', en: 'Correct the number, or write the clause.' },
}
const RULE_NEVER_APPLIES = {
  code: 'policy.rule_never_applies',
  message: {
    da: 'Reglen kræver og udelukker den samme kendsgerning.',
    en: 'The rule both requires and excludes the same fact.',
  },
  remedy: { da: 'Behold den ene.', en: 'Keep one of the two.' },
}
const FIELDS_IN_PERMIT = {
  code: 'policy.fields_in_permit',
  message: { da: 'Kun en forbudsregel kan nævne felter.', en: 'Only a forbid rule may name fields.' },
  remedy: {
    da: 'Skriv felterne på formålets liste i stedet.',
    en: 'Write the fields on the list of the purpose instead.',
  },
}
const DUTY_IN_FORBID = {
  code: 'policy.duty_in_forbid',
  message: { da: 'Et forbud kan ikke give en pligt.', en: 'A forbid rule cannot create a duty.' },
  remedy: { da: 'Flyt pligten til en tilladelse.', en: 'Move the duty to a permit rule.' },
}
const PURPOSE_WITHOUT_FIELDS = {
  code: 'policy.purpose_without_fields',
  message: { da: 'Formålet må ikke se et eneste felt.', en: 'The purpose may not see a single field.' },
  remedy: {
    da: 'Skriv hvilke felter det har brug for, eller fjern det.',
    en: 'Write the fields it needs, or remove it.',
  },
}
const FIELD_NOT_IN_CATEGORY = {
  code: 'policy.field_not_in_category',
  message: {
    da: 'Formålet nævner et felt, som kategorien ikke har.',
    en: 'The purpose names a field the category does not have.',
  },
  remedy: {
    da: 'Fjern feltet her, eller tilføj det i kategorien.',
    en: 'Remove the field here, or add it to the category.',
  },
}
const FIELD_WITHOUT_PURPOSE = {
  code: 'policy.field_without_purpose',
  message: { da: 'Intet formål har brug for feltet.', en: 'No purpose needs the field.' },
  remedy: {
    da: 'Fjern feltet, eller skriv det ved det formål, der bruger det.',
    en: 'Remove the field, or write it at the purpose that uses it.',
  },
}
const UNKNOWN_CODE = {
  code: 'policy.code_unknown',
  message: { da: 'Koden findes ikke i politikken.', en: 'The code does not exist in the policy.' },
  remedy: { da: 'Ret koden, eller tilføj det, den peger på.', en: 'Correct the code, or add what it points to.' },
}
