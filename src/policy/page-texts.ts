/** The words of the published policy page around the policy's own, in both languages. */
import type { Language } from '../ui/ui.ts'
import type { Cookie, Population, Retention, Source } from './types.ts'

export type PolicyPageTexts = {
  readonly description: (company: string) => string
  readonly version: (version: string) => string
  readonly validFrom: (day: string) => string
  readonly adopted: (day: string) => string
  readonly howToRead: string
  readonly contents: string
  readonly sentence: (number: string) => string
  readonly behind: string
  readonly rule: string
  readonly law: string
  readonly seeProof: (number: string) => string
  readonly purposes: string
  readonly purposesLead: string
  readonly purposeColumns: readonly [string, string, string]
  readonly retention: string
  readonly retentionLead: string
  readonly retentionColumns: readonly [string, string, string, string]
  readonly recipients: string
  readonly recipientsLead: string
  readonly recipientColumns: readonly [string, string]
  readonly noRecipients: string
  readonly noRecipientsWhy: string
  readonly cookies: string
  readonly cookieColumns: readonly [string, string, string, string, string]
  readonly everySite: string
  readonly untilClosed: string
  readonly noCookies: string
  readonly noCookiesWhy: string
  readonly browserGuides: string
  readonly appliesTo: string
  readonly andSubdomains: string
  readonly contact: string
  readonly controller: string
  readonly registration: string
  readonly officer: string
  readonly email: string
  readonly telephone: string
  readonly complaint: string
  readonly fingerprint: string
  readonly fingerprintName: string
  readonly sources: { readonly [source in Source]: string }
  readonly populations: { readonly [population in Population]: string }
  readonly cookieKinds: { readonly [kind in Cookie['kind']]: string }
  readonly from: (sources: string) => string
  readonly latest: (period: string) => string
  readonly noMaximum: string
  readonly floor: (period: string) => string
  readonly review: (period: string) => string
  readonly anchors: { readonly [anchor in Retention['anchor']]: string }
}

/** The words of the policy page in one language. */
export function policyPageTexts(language: Language): PolicyPageTexts {
  return language === 'da' ? danish : english
}

const danish: PolicyPageTexts = {
  description: company =>
    `Sådan behandler ${company} personoplysninger og cookies: hver sætning, hvert formål og hver frist`,
  version: version => `Version ${version}`,
  validFrom: day => `Gælder fra ${day}`,
  adopted: day => `Vedtaget ${day}`,
  howToRead:
    'De markerede ord er bundet til en regel i vores systemer. Tallet foran en sætning fører til ' +
    'løftetavlen, hvor du kan se, om den bliver holdt.',
  contents: 'Indhold',
  sentence: number => `Sætning ${number}: se, om den bliver holdt`,
  behind: 'Reglen og loven',
  rule: 'Reglen',
  law: 'Loven',
  seeProof: number => `Se tallene for løfte ${number}`,
  purposes: 'Formål og grundlag',
  purposesLead: 'Vi bruger kun oplysninger til disse formål. Hvert formål har en grund i loven.',
  purposeColumns: ['Formål', 'Derfor', 'Grundlag'],
  retention: 'Hvad vi har, og hvornår det bliver slettet',
  retentionLead: 'Hver slags oplysning har sin egen frist. Fristen følger oplysningen, ikke personen.',
  retentionColumns: ['Oplysninger', 'Slettes', 'Fordi', 'Det kan være'],
  recipients: 'Hvem der kan få dem',
  recipientsLead: 'Andre end dem på listen får ingen oplysninger fra os.',
  recipientColumns: ['Modtager', 'Grundlag'],
  noRecipients: 'Ingen får oplysninger fra os.',
  noRecipientsWhy: 'Politikken har ingen regel, der tillader det.',
  cookies: 'Cookies på listen',
  cookieColumns: ['Navn', 'Formål', 'Lægges af', 'Slags', 'Holder i'],
  everySite: 'alle vores websteder',
  untilClosed: 'til browseren lukkes',
  noCookies: 'Der er ingen cookies på listen.',
  noCookiesWhy: 'Så må vores hjemmesider heller ikke lægge nogen.',
  browserGuides: 'Sådan styrer du cookies i din browser:',
  appliesTo: 'Gælder på',
  andSubdomains: 'og alt under den',
  contact: 'Kontakt og klage',
  controller: 'Dataansvarlig',
  registration: 'CVR-nummer',
  officer: 'Databeskyttelsesrådgiver',
  email: 'E-mail',
  telephone: 'Telefon',
  complaint: 'Klage',
  fingerprint: 'Sådan genkender du denne version',
  fingerprintName: 'SHA-256 af politikfilen',
  sources: {
    website: 'vores hjemmesider',
    client: 'kreditor',
    person: 'dig selv',
    authority: 'en myndighed',
    internal: 'vores egne systemer',
  },
  populations: {
    website: 'Besøgende på hjemmesiden',
    client: 'Kontaktpersoner hos kunder',
    debtor: 'Personer med gæld til vores kunder',
    employee: 'Medarbejdere',
    applicant: 'Jobansøgere',
  },
  cookieKinds: {
    cookie: 'cookie',
    localStorage: 'lokalt lager',
    sessionStorage: 'lager, til fanen lukkes',
    indexedDB: 'database i browseren',
    cache: 'mellemlager',
    pixel: 'pixel',
  },
  from: sources => `Fra ${sources}`,
  latest: period => `Senest ${period}`,
  noMaximum: 'Når vi ikke længere har en grund til at have dem.',
  floor: period => `Tidligst ${period} efter regnskabsårets slutning.`,
  review: period => `Vi ser grunden efter inden for ${period}.`,
  anchors: {
    collected: 'efter at vi fik dem.',
    caseClosed: 'efter at sagen er lukket.',
    financialYearEnd: 'efter regnskabsårets slutning.',
    relationshipEnded: 'efter at forholdet er slut.',
  },
}

const english: PolicyPageTexts = {
  description: company =>
    `How ${company} handles personal data and cookies: every sentence, every purpose, every time limit`,
  version: version => `Version ${version}`,
  validFrom: day => `In force from ${day}`,
  adopted: day => `Adopted ${day}`,
  howToRead:
    'The marked words are bound to a rule in our systems. The number before a sentence leads to the ' +
    'promises page, where you can see whether it is kept.',
  contents: 'Contents',
  sentence: number => `Sentence ${number}: see whether it is kept`,
  behind: 'The rule and the law',
  rule: 'The rule',
  law: 'The law',
  seeProof: number => `See the figures for promise ${number}`,
  purposes: 'Purposes and legal basis',
  purposesLead: 'We use personal data for these purposes only. Each has a reason in law.',
  purposeColumns: ['Purpose', 'Why', 'Legal basis'],
  retention: 'What we hold, and when it is deleted',
  retentionLead: 'Each kind of data has a time limit of its own. The limit follows the data, not the person.',
  retentionColumns: ['Data', 'Deleted', 'Because', 'May include'],
  recipients: 'Who may receive it',
  recipientsLead: 'Nobody outside this list receives data from us.',
  recipientColumns: ['Recipient', 'Legal basis'],
  noRecipients: 'Nobody receives data from us.',
  noRecipientsWhy: 'The policy has no rule that allows it.',
  cookies: 'Cookies on the list',
  cookieColumns: ['Name', 'Purpose', 'Set by', 'Category', 'Lasts'],
  everySite: 'all our sites',
  untilClosed: 'until the browser is closed',
  noCookies: 'There are no cookies on the list.',
  noCookiesWhy: 'So our sites may not set any.',
  browserGuides: 'How to control cookies in your browser:',
  appliesTo: 'Applies on',
  andSubdomains: 'and everything under it',
  contact: 'Contact and complaints',
  controller: 'Controller',
  registration: 'Company number (CVR)',
  officer: 'Data protection officer',
  email: 'E-mail',
  telephone: 'Telephone',
  complaint: 'Complaints',
  fingerprint: 'How to recognise this version',
  fingerprintName: 'SHA-256 of the policy file',
  sources: {
    website: 'our websites',
    client: 'the creditor',
    person: 'yourself',
    authority: 'an authority',
    internal: 'our own systems',
  },
  populations: {
    website: 'Visitors to the website',
    client: 'Contacts at clients',
    debtor: 'People who owe money to our clients',
    employee: 'Employees',
    applicant: 'Job applicants',
  },
  cookieKinds: {
    cookie: 'cookie',
    localStorage: 'local storage',
    sessionStorage: 'storage until the tab is closed',
    indexedDB: 'database in the browser',
    cache: 'cache',
    pixel: 'pixel',
  },
  from: sources => `From ${sources}`,
  latest: period => `At the latest ${period}`,
  noMaximum: 'When we no longer have a reason to hold it.',
  floor: period => `At the earliest ${period} after the end of the financial year.`,
  review: period => `We review the reason within ${period}.`,
  anchors: {
    collected: 'after we received it.',
    caseClosed: 'after the case is closed.',
    financialYearEnd: 'after the end of the financial year.',
    relationshipEnded: 'after the relationship has ended.',
  },
}
