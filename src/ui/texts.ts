/** The words of the frame around every page, in both languages, in one place. */
import type { Language } from './format.ts'

export type ShellTexts = {
  readonly skip: string
  readonly product: string
  readonly mainMenu: string
  readonly policy: string
  readonly promises: string
  readonly api: string
  /** Name of the other language, written in that language. */
  readonly otherLanguage: string
  readonly unhappy: string
  readonly writeToOfficer: string
  readonly complainTo: string
  readonly telephone: string
  readonly personalData: string
  readonly cookies: string
  readonly thisPage: string
  readonly nothingStored: string
  readonly promiseRefuses: (number: string) => string
  readonly doInstead: string
  readonly quoteNumber: string
  readonly toStart: string
  readonly ofAtMost: (now: string, most: string) => string
}

/** The words of the frame in one language. */
export function shellTexts(language: Language): ShellTexts {
  return texts[language]
}

const texts: { readonly [language in Language]: ShellTexts } = {
  da: {
    skip: 'Gå til indholdet',
    product: 'Persondata',
    mainMenu: 'Hovedmenu',
    policy: 'Politik',
    promises: 'Løfter',
    api: 'API',
    otherLanguage: 'English',
    unhappy: 'Er du utilfreds?',
    writeToOfficer: 'Skriv til vores databeskyttelsesrådgiver:',
    complainTo: 'Du kan altid klage til',
    telephone: 'telefon',
    personalData: 'Persondata',
    cookies: 'Dit cookievalg',
    thisPage: 'Denne side',
    nothingStored: 'Lægger ingen cookies og kører intet script hos dig.',
    promiseRefuses: number => `Det følger af løfte ${number}`,
    doInstead: 'Gør sådan',
    quoteNumber: 'Sig dette nummer, hvis du skriver eller ringer:',
    toStart: 'Til forsiden',
    ofAtMost: (now, most) => `${now} af højst ${most}`,
  },
  en: {
    skip: 'Skip to the content',
    product: 'Personal data',
    mainMenu: 'Main menu',
    policy: 'Policy',
    promises: 'Promises',
    api: 'API',
    otherLanguage: 'Dansk',
    unhappy: 'Not satisfied?',
    writeToOfficer: 'Write to our data protection officer:',
    complainTo: 'You can always complain to',
    telephone: 'telephone',
    personalData: 'Personal data',
    cookies: 'Your cookie choices',
    thisPage: 'This page',
    nothingStored: 'Stores no cookies and runs no script on your device.',
    promiseRefuses: number => `This follows from promise ${number}`,
    doInstead: 'What to do',
    quoteNumber: 'Give this number if you write or call:',
    toStart: 'To the start page',
    ofAtMost: (now, most) => `${now} of at most ${most}`,
  },
}
