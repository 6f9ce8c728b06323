/** What must not come in through a text: cards, CPR numbers out of place, sensitive words, circumstances. Pure. */
import { containsCard, containsCardSecret } from '../lib/card.ts'
import { containsCpr, mayContainCpr } from '../lib/cpr.ts'

/** What a text must not hold (S13): a card number, its secret, or a CPR number outside its own column. */
export type ScreenCode = 'card_in_text' | 'card_secret_in_text' | 'cpr_in_text'

/** Screens a name, an address or a place: no number of ten digits belongs there at all. Answers '' when clean. */
export function screenName(text: string): ScreenCode | '' {
  if (!hasDigits(text, 3)) return ''
  return screenCards(text) || (mayContainCpr(text) ? 'cpr_in_text' : '')
}

/**
 * Screens references, invoice numbers and free text, where long numbers are common: a CPR number must be certain, or
 * be the row's own (`cpr`, ten digits or ''). Answers '' when clean.
 */
export function screenFreeText(text: string, cpr: string): ScreenCode | '' {
  if (!hasDigits(text, 3)) return ''
  const own = cpr !== '' && text.replace(/[^\d]/g, '').includes(cpr)
  return screenCards(text) || (own || containsCpr(text) ? 'cpr_in_text' : '')
}

/**
 * Words in a claim or note that tell of health, union membership, convictions, belief or sexual life (GDPR 9 and 10).
 * Whole words, and words that begin with the stems; a list this short is a net, not a wall.
 */
export function hasSensitiveWord(text: string): boolean {
  if (text === '') return false
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u)
  return words.some(word => WORDS.has(word) || STEMS.some(stem => word.startsWith(stem)))
}

/** What somebody must look at before anything is sent: a death, a guardian, a protected address. */
export type Circumstance = 'deceased' | 'guardian' | 'protected_address'

/** Finds a circumstance told in a name, an address line or a note; '' when there is none. */
export function findCircumstance(text: string): Circumstance | '' {
  const lower = text.toLowerCase()
  if (PROTECTED.test(lower)) return 'protected_address'
  if (DECEASED.test(lower)) return 'deceased'
  return GUARDIAN.test(lower) ? 'guardian' : ''
}

const WORDS: ReadonlySet<string> = new Set(
  (
    'syg syge sygt kræft cancer aids hiv demens dement gravid depression depressiv adhd sclerose sklerose epilepsi ' +
    'diagnose diagnosen narkoman alkoholiker alkoholisme stofmisbrug misbrug misbruger medicin indlagt handicap ' +
    'handicappet selvmord invalid sick illness disabled pregnant rehab ' +
    'fagforening fagforeningen fagforbund tillidsmand union ' +
    'straffet straffedømt kriminel kriminalitet anholdt varetægt fængslet afsoner afsoning prison convicted ' +
    'muslim jøde kristen homoseksuel bøsse lesbisk transkønnet'
  ).split(' '),
)
const STEMS: readonly string[] = [
  'sygdom',
  'sygemeld',
  'sygehus',
  'sygedag',
  'hospital',
  'psykiatri',
  'psykisk',
  'psykolog',
  'kræftsyg',
  'kræftbeh',
  'kræftpatient',
  'diabet',
  'misbrugs',
  'fagforenings',
  'fængsel',
  'straffeattest',
  'straffesag',
  'førtidspension',
]
const PROTECTED = /(?:adresse|navne)[ -]?(?:og adresse)?beskytt|hemmelig adresse|protected address/
const DECEASED = /(?<!\p{L})(?:dødsbo|dødsboet|afdød|afdøde|bobestyrer|boet efter|deceased|estate of)(?!\p{L})/u
const GUARDIAN = /(?<!\p{L})(?:værge|værgen|værgemål|under værge|guardian)(?!\p{L})/u

function screenCards(text: string): ScreenCode | '' {
  if (containsCard(text)) return 'card_in_text'
  return containsCardSecret(text) ? 'card_secret_in_text' : ''
}

/** Digits of any script: those beyond Latin-1 are counted generously, since only the full screens decide. */
function hasDigits(text: string, least: number): boolean {
  let digits = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if ((code >= 48 && code <= 57) || code > 0xff) digits += 1
    if (digits >= least) return true
  }
  return false
}
