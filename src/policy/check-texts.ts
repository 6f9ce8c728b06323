/** Texts people read: both languages are there, and the marked words are marked properly. */
import type { Path, Report } from './problem-list.ts'
import type { PolicyDocument } from './types.ts'

/** Reports empty languages anywhere, and clauses whose « » marks are absent, empty, nested or unbalanced. */
export function checkTexts(document: PolicyDocument, report: Report): void {
  walk(document, [], report)
  document.clauses.forEach((clause, index) => {
    for (const language of ['da', 'en'] as const) {
      const path = ['clauses', index, 'text', language]
      if (!marksBalanced(clause.text[language])) report({ ...MARKS_UNBALANCED, path })
      else if (!clause.text[language].includes('«')) report({ ...NOTHING_MARKED, path })
    }
  })
  if (!cvrChecks(document.controller.cvr)) report({ ...CVR_WRONG, path: ['controller', 'cvr'] })
}

/** True when every « has its » after at least one character, none inside another. */
export function marksBalanced(text: string): boolean {
  let open = -1
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '«') {
      if (open >= 0) return false
      open = at
    } else if (text[at] === '»') {
      if (open < 0 || text.slice(open + 1, at).trim() === '') return false
      open = -1
    }
  }
  return open < 0
}

function walk(value: unknown, path: Path, report: Report): void {
  if (typeof value !== 'object' || value === null) return
  const keys = Object.keys(value)
  if (keys.length === 2 && 'da' in value && 'en' in value) {
    for (const language of ['da', 'en'] as const) {
      if (String(value[language]).trim() === '') report({ ...LANGUAGE_EMPTY, path: [...path, language] })
    }
    return
  }
  for (const [key, inner] of Object.entries(value))
    walk(inner, [...path, Array.isArray(value) ? Number(key) : key], report)
}

// CVR numbers carry a modulus-11 control digit.
function cvrChecks(cvr: string): boolean {
  const weights = [2, 7, 6, 5, 4, 3, 2, 1]
  return weights.reduce((sum, weight, place) => sum + weight * Number(cvr[place]), 0) % 11 === 0
}

const MARKS_UNBALANCED = {
  code: 'policy.marks_unbalanced',
  message: { da: 'Mærkerne « og » passer ikke sammen.', en: 'The marks « and » do not match.' },
  remedy: {
    da: 'Sæt « før og » efter de ord, reglen måler.',
    en: 'Put « before and » after the words the rule measures.',
  },
}
const NOTHING_MARKED = {
  code: 'policy.nothing_marked',
  message: { da: 'Løftet har ingen mærkede ord.', en: 'The clause has no marked words.' },
  remedy: { da: 'Mærk de ord, reglen måler, med « og ».', en: 'Mark the words the rule measures with « and ».' },
}
const LANGUAGE_EMPTY = {
  code: 'policy.language_empty',
  message: { da: 'Teksten mangler på det ene sprog.', en: 'The text is missing in one language.' },
  remedy: { da: 'Skriv teksten på både dansk og engelsk.', en: 'Write the text in both Danish and English.' },
}
const CVR_WRONG = {
  code: 'policy.cvr_wrong',
  message: { da: 'CVR-nummeret har ikke det rigtige kontrolciffer.', en: 'The CVR number fails its control digit.' },
  remedy: { da: 'Ret tallet.', en: 'Correct the number.' },
}
