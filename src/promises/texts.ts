/** The words of the board and the start page, in both languages. */
import type { Language } from '../ui/ui.ts'
import { STATUSES, type ClauseStatus, type EnforcedWhere, type Summary } from './board.ts'

/**
 * One sentence that says how things stand, the worst first: '1 løfte er brudt, 16 holdes, 8 er ikke bygget endnu.'
 * States nobody is in are not mentioned.
 */
export function summarySentence(summary: Summary, language: Language): string {
  return summaryPieces(summary, language)
    .map(piece => `${piece.count}${piece.words}`)
    .join('')
}

/** The same sentence in pieces, so that a page can set the numbers apart. */
export function summaryPieces(
  summary: Summary,
  language: Language,
): readonly { readonly status: ClauseStatus; readonly count: string; readonly words: string }[] {
  const present = STATUSES.filter(status => summary[status] > 0)
  if (present.length === 0)
    return [{ status: 'notBuilt', count: '0', words: language === 'da' ? '\u00a0løfter.' : '\u00a0promises.' }]
  return present.map((status, index) => {
    const count = summary[status]
    const noun = index === 0 ? nounOf(count, language) : ''
    const end = index === present.length - 1 ? '.' : ', '
    const [first, ...rest] = `${noun}${verbs[language][status](count)}${end}`.split(' ')
    // No line ends between a number and what it counts.
    return { status, count: String(count), words: ['\u00a0' + first, ...rest].join(' ') }
  })
}

const verbs: { readonly [language in Language]: { readonly [status in ClauseStatus]: (count: number) => string } } = {
  da: {
    broken: () => 'er brudt',
    deviation: () => 'holdes med en afvigelse',
    kept: () => 'holdes',
    notMeasured: () => 'måles ikke',
    notBuilt: () => 'er ikke bygget endnu',
  },
  en: {
    broken: count => `${isOrAre(count)} broken`,
    deviation: count => `${isOrAre(count)} kept with a deviation`,
    kept: count => `${isOrAre(count)} kept`,
    notMeasured: count => `${isOrAre(count)} not measured`,
    notBuilt: count => `${isOrAre(count)} not built yet`,
  },
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are'
}

function nounOf(count: number, language: Language): string {
  if (language === 'da') return count === 1 ? 'løfte ' : 'løfter '
  return count === 1 ? 'promise ' : 'promises '
}

/** The fixed words of the board and the start page in one language. */
export function boardTexts(language: Language): BoardTexts {
  return language === 'da' ? danish : english
}

export type BoardTexts = {
  readonly title: string
  readonly policy: string
  readonly lead: (total: string) => string
  readonly status: { readonly [status in ClauseStatus]: string }
  readonly where: { readonly [where in EnforcedWhere]: string }
  readonly allPromises: (total: string) => string
  readonly measured: string
  readonly policyVersion: (version: string, day: string) => string
  readonly ledger: (entries: string) => string
  readonly signed: (moment: string) => string
  readonly notSigned: string
  readonly checkYourself: string
  readonly howToRead: string
  readonly howMarked: readonly [marked: string, rest: string]
  readonly howOpen: readonly [marked: string, rest: string]
  readonly howFigures: string
  readonly views: string
  readonly viewAll: string
  readonly viewAttention: string
  readonly viewNotBuilt: string
  readonly brokenNow: string
  readonly nothingHere: string
  readonly nothingBroken: string
  readonly everythingBuilt: string
  readonly shownAbove: (number: string) => string
  readonly promise: (number: string) => string
  readonly inThePolicy: (number: string) => string
  readonly rule: string
  readonly ruleNotBuilt: string
  readonly enforcedHere: string
  readonly law: string
  readonly rightNow: string
  readonly mustBeZero: string
  readonly attempts: string
  readonly stopped: (stopped: string, attempts: string, moment: string) => string
  readonly neverTried: string
  readonly brokenWithoutWhy: string
  readonly notBuilt: string
  readonly notBuiltWithoutWhy: string
  readonly notMeasured: string
  readonly notMeasuredWithoutWhy: string
  readonly toTheTop: string
  readonly fingerprint: string
  readonly checkLead: string
  readonly checkCommand: string
  readonly toPolicy: string
  readonly start: {
    readonly title: (company: string) => string
    readonly lead: string
    readonly policy: string
    readonly promises: string
    readonly api: string
    readonly apiKey: string
    readonly apiDocument: string
  }
}

const danish: BoardTexts = {
  title: 'Løfter',
  policy: 'Politik',
  lead: total =>
    `Vores persondatapolitik er ${total} sætninger. Her står hver af dem ved siden af reglen, der ` +
    `skal holde den, og de tal, systemet kan vise lige nu. Også når vi ikke holder ord.`,
  status: {
    broken: 'Brudt',
    deviation: 'Afvigelse',
    kept: 'Holdes',
    notMeasured: 'Måles ikke',
    notBuilt: 'Ikke bygget',
  },
  where: {
    database: 'Databasen',
    policy: 'Regelmotoren',
    vault: 'Krypteringen',
    import: 'Indlæsningen',
    guard: 'Cookievagten',
    site: 'Webstedet',
    page: 'Siderne',
    ledger: 'Protokollen',
    worker: 'Faste kørsler',
  },
  allPromises: total => `Alle ${total} løfter`,
  measured: 'Målt',
  policyVersion: (version, day) => `Politik version ${version}, vedtaget ${day}`,
  ledger: entries => `Protokol med ${entries} poster`,
  signed: moment => `underskrevet ${moment}`,
  notSigned: 'ikke underskrevet endnu',
  checkYourself: 'Efterprøv det selv',
  howToRead: 'Sådan læser du et løfte',
  howMarked: ['Ord med gul pen', 'er dem, reglen måler lige nu.'],
  howOpen: ['Ord med prikket streg', 'skal måles, men bliver det ikke endnu.'],
  howFigures:
    'Tallene til højre er læst i databasen, da siden blev målt. Et tal, der skal være 0, gør løftet ' +
    'rødt, så snart det er noget andet.',
  views: 'Vælg, hvilke løfter du vil se',
  viewAll: 'Alle',
  viewAttention: 'Kræver opmærksomhed',
  viewNotBuilt: 'Ikke bygget',
  brokenNow: 'Brudt lige nu',
  nothingHere: 'Her er ingen løfter.',
  nothingBroken: 'Ingen løfter er brudt, afviger eller mangler en måling.',
  everythingBuilt: 'Alle løfter har en regel, der kører.',
  shownAbove: number => `Løfte ${number} står øverst, fordi det er brudt`,
  promise: number => `løfte ${number}`,
  inThePolicy: number => `Løfte ${number}, se det i politikken`,
  rule: 'Reglen',
  ruleNotBuilt: 'Reglen, når den er bygget',
  enforcedHere: 'Her bliver det håndhævet',
  law: 'Loven bag',
  rightNow: 'Lige nu',
  mustBeZero: 'skal være 0',
  attempts: 'Seneste forsøg på at bryde det',
  stopped: (stopped, attempts, moment) => `${stopped} af ${attempts} stoppet, ${moment}`,
  neverTried: 'Ikke prøvet her endnu',
  brokenWithoutWhy: 'Tallene viser, hvor det går galt.',
  notBuilt: 'Ikke bygget endnu:',
  notBuiltWithoutWhy: 'Ingen kode holder dette løfte i denne version.',
  notMeasured: 'Måles ikke:',
  notMeasuredWithoutWhy: 'Reglen findes, men der er intet tal, der viser, at den virker.',
  toTheTop: 'Til tops',
  fingerprint: 'Politikfilens fingeraftryk (SHA-256)',
  checkLead:
    'Hver afgørelse om personoplysninger bliver en post i protokollen, og hver post bygger på dem før ' +
    'den. Kommandoen regner hele protokollen efter og siger, hvis en post er ændret, fjernet, ' +
    'tilføjet eller flyttet.',
  checkCommand: 'Kør den på den maskine, hvor systemet står:',
  toPolicy: 'Læs hele politikken',
  start: {
    title: company => `Her kører persondatapolitikken for ${company}`,
    lead:
      'Politikken er ikke kun en side, man kan læse. Hver sætning er bundet til en regel, og systemet ' +
      'retter sig efter reglen, før nogen får lov til at bruge en oplysning.',
    policy: 'Hvad vi har, hvorfor vi har det, hvem der får det, og hvornår det bliver slettet.',
    promises: 'Hver sætning med sin regel og tal fra databasen, også dem der ikke er bygget endnu.',
    api:
      'Programmer går gennem de samme døre som mennesker og får de samme svar. Beskrivelsen er i ' +
      'formatet OpenAPI 3.1.',
    apiKey: 'Send nøglen med hvert kald. Administratoren fik den første nøgle vist ved den første start.',
    apiDocument: 'Åbn API-beskrivelsen (JSON)',
  },
}

const english: BoardTexts = {
  title: 'Promises',
  policy: 'Policy',
  lead: total =>
    `Our privacy policy is ${total} sentences. Each stands here beside the rule that has to keep it ` +
    `and the figures the system can show right now. Also when we break our word.`,
  status: {
    broken: 'Broken',
    deviation: 'Deviation',
    kept: 'Kept',
    notMeasured: 'Not measured',
    notBuilt: 'Not built',
  },
  where: {
    database: 'Database',
    policy: 'Rule engine',
    vault: 'Encryption',
    import: 'Import',
    guard: 'Cookie guard',
    site: 'Website',
    page: 'Pages',
    ledger: 'Public log',
    worker: 'Regular jobs',
  },
  allPromises: total => `All ${total} promises`,
  measured: 'Measured',
  policyVersion: (version, day) => `Policy version ${version}, adopted ${day}`,
  ledger: entries => `Public log with ${entries} entries`,
  signed: moment => `signed ${moment}`,
  notSigned: 'not signed yet',
  checkYourself: 'Check it yourself',
  howToRead: 'How to read a promise',
  howMarked: ['Words in yellow pen', 'are the ones the rule measures right now.'],
  howOpen: ['Words with a dotted line', 'are to be measured, but are not yet.'],
  howFigures:
    'The figures on the right were read from the database when the page was measured. A figure that ' +
    'must be 0 turns the promise red as soon as it is anything else.',
  views: 'Choose which promises to see',
  viewAll: 'All',
  viewAttention: 'Needs attention',
  viewNotBuilt: 'Not built',
  brokenNow: 'Broken right now',
  nothingHere: 'There are no promises here.',
  nothingBroken: 'No promise is broken, deviates or lacks a measurement.',
  everythingBuilt: 'Every promise has a rule that runs.',
  shownAbove: number => `Promise ${number} is at the top because it is broken`,
  promise: number => `promise ${number}`,
  inThePolicy: number => `Promise ${number}, see it in the policy`,
  rule: 'The rule',
  ruleNotBuilt: 'The rule, once it is built',
  enforcedHere: 'Where it is enforced',
  law: 'The law behind it',
  rightNow: 'Right now',
  mustBeZero: 'must be 0',
  attempts: 'Latest attempt to break it',
  stopped: (stopped, attempts, moment) => `${stopped} of ${attempts} stopped, ${moment}`,
  neverTried: 'Not tried here yet',
  brokenWithoutWhy: 'The figures show where it goes wrong.',
  notBuilt: 'Not built yet:',
  notBuiltWithoutWhy: 'No code keeps this promise in this version.',
  notMeasured: 'Not measured:',
  notMeasuredWithoutWhy: 'The rule exists, but no figure shows that it works.',
  toTheTop: 'To the top',
  fingerprint: 'Fingerprint of the policy file (SHA-256)',
  checkLead:
    'Every decision about personal data becomes an entry in the log, and every entry builds on those ' +
    'before it. The command recomputes the whole log and tells you if an entry was changed, removed, ' +
    'added or moved.',
  checkCommand: 'Run it on the machine where the system lives:',
  toPolicy: 'Read the whole policy',
  start: {
    title: company => `The privacy policy of ${company} runs here`,
    lead:
      'The policy is more than a page to read. Every sentence is bound to a rule, and the system obeys ' +
      'the rule before anybody may use a piece of information.',
    policy: 'What we hold, why we hold it, who receives it and when it is deleted.',
    promises: 'Every sentence with its rule and figures from the database, also those not built yet.',
    api:
      'Programs go through the same doors as people and get the same answers. The description is in the ' +
      'OpenAPI 3.1 format.',
    apiKey: 'Send the key with every call. The administrator was shown the first key at the first start.',
    apiDocument: 'Open the API description (JSON)',
  },
}
