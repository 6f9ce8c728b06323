/** Every sentence a visitor meets about cookies, in Danish and English, and how lifetimes and dates are said. */
import type { Language, Method, StorageKind } from './wire.ts'

/** The sentences of one language. */
export type Texts = (typeof TEXTS)['da']

/** Codes of the sentences that open the choice page after something happened. */
export type Message = keyof Texts['messages']

const TEXTS = {
  da: {
    region: 'Cookies',
    question: 'Må vi bruge cookies?',
    ask: (controller: string, purposes: string) =>
      `${controller} bruger de cookies, siden ikke kan undvære. Siger du ja, bruger vi også cookies til ${purposes}. Du kan ændre dit valg når som helst.`,
    reject: 'Afvis alle',
    accept: 'Accepter alle',
    save: 'Gem mit valg',
    seeAll: (count: number) => `Se alle ${count} og vælg selv`,
    change: 'Ændr cookievalg',
    about: 'Om cookies',
    close: 'Luk',
    saved: '– dit valg er gemt',
    failed: 'Dit valg kunne ikke gemmes, så intet er ændret. Prøv igen om lidt.',
    details: 'Cookies på denne side',
    always: 'Altid til',
    never: 'Fra, fordi din browser siger nej',
    showList: (category: string, count: number) => `Se listen: ${category} (${count})`,
    noEntries: 'Lige nu er der ingen.',
    columns: { name: 'Navn', setter: 'Sættes af', purpose: 'Hvorfor', lifetime: 'Hvor længe', kind: 'Hvor' },
    listOf: (category: string) => `Liste: ${category}`,
    readPolicy: 'Læs hele politikken',
    holdText: (category: string) => `Indholdet her er ikke hentet. Det kræver dit ja til ${category}.`,
    holdLink: 'Vælg cookies',
    show: (category: string) => `Vis indhold (accepter ${category})`,
    pageTitle: 'Dit cookievalg',
    pageLead: (site: string) => `Her ser du, hvad du har svaret ${site}, og hvad din browser gemmer for os lige nu.`,
    yourChoice: 'Dit svar',
    noChoice: 'Du har ikke svaret endnu. Indtil du gør, bruger vi kun det nødvendige.',
    choiceWithoutReceipt:
      'Du har svaret, men kvitteringen kan ikke hentes lige nu. Dit svar gælder, som det står nedenfor.',
    onlyNecessary: 'Vi bruger kun det, siden ikke kan undvære. Der er ikke noget at svare på.',
    stale: 'Vi kan ikke hente vores cookieliste lige nu. Indtil den er her igen, bruger vi kun det nødvendige.',
    gpcTitle: 'Din browser siger nej for dig',
    gpc: 'Den sender signalet Global Privacy Control, og det retter vi os efter: vi spørger ikke, og intet valgfrit bliver brugt. Vil du selv vælge, skal du først slå signalet fra i browseren.',
    held: 'Det gemmer din browser lige nu',
    heldNone: 'Vi fandt ikke noget fra os i din browser.',
    heldLead:
      'Fjern det, du ikke vil have liggende. Er det noget, du har sagt ja til, trækker vi dit ja til hele den kategori tilbage, så det ikke kommer igen. Fjerner du alt, glemmer vi også dit svar og spørger igen. Nødvendige cookies kommer igen, når siden har brug for dem.',
    withoutScript: 'Uden JavaScript kan vi kun se de cookies, browseren sender til os, og ikke resten af dens lager.',
    notListed: 'Står ikke på vores liste. Fjern den, hvis du ikke ved, hvad den er.',
    remove: 'Fjern',
    removeNamed: (name: string) => `Fjern ${name}`,
    removeAll: 'Fjern alt',
    untilDate: 'Senest til ',
    untilClosed: 'Til du lukker browseren',
    yourAnswer: 'Skift dit svar',
    withdraw: 'Træk mit ja tilbage',
    guides: 'Slet og styr cookies i din browser',
    guidesLead: 'Her er vejledningen til de mest brugte browsere. Linkene går til andre sider end vores.',
    otherLanguage: 'In English',
    back: 'Tilbage til siden',
    receipt: 'Kvittering',
    receiptLead: 'Den viser, hvad vi har skrevet ned om dit svar. Felterne følger ISO/IEC TS 27560.',
    fields: {
      recordId: 'Kvitteringens nummer',
      controller: 'Dataansvarlig',
      site: 'Hjemmeside',
      language: 'Sprog',
      givenAt: 'Svaret givet',
      expiresAt: 'Gælder til',
      withdrawnAt: 'Afløst eller trukket tilbage',
      method: 'Sådan svarede du',
      gpc: 'Global Privacy Control',
      policy: 'Politik',
      schemaVersion: 'Standard',
      format: 'Format',
      noticeSha256: 'Det viste (SHA-256)',
      registerSha256: 'Cookielisten (SHA-256)',
      ledgerEntry: 'Post i den offentlige protokol',
      commitment: 'Segl i protokollen',
    },
    version: (version: number) => `Version ${version}`,
    languageName: 'Dansk',
    gpcOn: 'Signalet var slået til',
    gpcOff: 'Signalet var ikke slået til',
    states: { given: 'Du sagde ja', refused: 'Du sagde nej', necessary: 'Nødvendig, kræver ikke ja' },
    methods: {
      accept: 'Knappen »Accepter alle«',
      reject: 'Knappen »Afvis alle«',
      save: 'Knappen »Gem mit valg«',
      withdraw: 'Knappen »Træk mit ja tilbage«',
    } satisfies Record<Method, string>,
    kinds: {
      cookie: 'Cookie',
      localStorage: 'Browserens lager (localStorage)',
      sessionStorage: 'Fanens lager (sessionStorage)',
      indexedDB: 'Browserens database (IndexedDB)',
      cache: 'Browserens filer (Cache)',
      pixel: 'Usynligt billede (pixel)',
    } satisfies Record<StorageKind, string>,
    messages: {
      saved: 'Dit svar er gemt. Det gælder fra nu.',
      removed: 'Det er fjernet fra din browser.',
      removedAgain:
        'Det er fjernet fra din browser. Dit ja til det er taget ud nedenfor. Tryk på »Gem mit valg«, så det ikke kommer igen.',
      removedFailed:
        'Det er fjernet fra din browser, men dit ja kunne ikke trækkes tilbage, så det kan komme igen. Prøv igen om lidt.',
      again: 'Siden havde ligget åben for længe. Dit valg er sat nedenfor. Tryk på »Gem mit valg« for at gemme det.',
      failed: 'Dit valg kunne ikke gemmes, så intet er ændret. Prøv igen om lidt.',
      refused: 'Valget kom ikke fra vores egen side, så vi har ikke gemt det. Vælg igen her.',
    },
    units: {
      year: ['år', 'år'],
      month: ['måned', 'måneder'],
      week: ['uge', 'uger'],
      day: ['dag', 'dage'],
      hour: ['time', 'timer'],
      minute: ['minut', 'minutter'],
      second: ['sekund', 'sekunder'],
    },
  },
  en: {
    region: 'Cookies',
    question: 'May we use cookies?',
    ask: (controller: string, purposes: string) =>
      `${controller} uses the cookies this site cannot do without. If you say yes, we also use cookies for ${purposes}. You can change your choice at any time.`,
    reject: 'Reject all',
    accept: 'Accept all',
    save: 'Save my choice',
    seeAll: (count: number) => `See all ${count} and choose`,
    change: 'Change cookie choice',
    about: 'About cookies',
    close: 'Close',
    saved: '– your choice is saved',
    failed: 'Your choice could not be saved, so nothing has changed. Try again in a moment.',
    details: 'Cookies on this site',
    always: 'Always on',
    never: 'Off, because your browser says no',
    showList: (category: string, count: number) => `See the list: ${category} (${count})`,
    noEntries: 'There are none right now.',
    columns: { name: 'Name', setter: 'Set by', purpose: 'Why', lifetime: 'How long', kind: 'Where' },
    listOf: (category: string) => `List: ${category}`,
    readPolicy: 'Read the whole policy',
    holdText: (category: string) => `This content has not been fetched. It needs your yes to ${category}.`,
    holdLink: 'Choose cookies',
    show: (category: string) => `Show content (accept ${category})`,
    pageTitle: 'Your cookie choice',
    pageLead: (site: string) => `This is what you have answered ${site}, and what your browser keeps for us right now.`,
    yourChoice: 'Your answer',
    noChoice: 'You have not answered yet. Until you do, we only use what is necessary.',
    choiceWithoutReceipt:
      'You have answered, but the receipt cannot be fetched right now. Your answer holds as shown below.',
    onlyNecessary: 'We only use what the site cannot do without. There is nothing to answer.',
    stale: 'We cannot fetch our cookie list right now. Until it is back, we only use what is necessary.',
    gpcTitle: 'Your browser says no for you',
    gpc: 'It sends the Global Privacy Control signal, and we follow it: we do not ask, and nothing optional is used. To choose for yourself, first turn the signal off in your browser.',
    held: 'What your browser keeps right now',
    heldNone: 'We found nothing of ours in your browser.',
    heldLead:
      'Remove what you do not want to keep. If it is something you said yes to, we withdraw your yes to that whole category, so that it does not return. If you remove everything, we also forget your answer and ask again. Necessary cookies return when the site needs them.',
    withoutScript: 'Without JavaScript we only see the cookies the browser sends us, and not the rest of its storage.',
    notListed: 'Not on our list. Remove it if you do not know what it is.',
    remove: 'Remove',
    removeNamed: (name: string) => `Remove ${name}`,
    removeAll: 'Remove everything',
    untilDate: 'At the latest until ',
    untilClosed: 'Until you close the browser',
    yourAnswer: 'Change your answer',
    withdraw: 'Withdraw my yes',
    guides: 'Delete and control cookies in your browser',
    guidesLead: 'These are the guides for the most used browsers. The links lead to other sites than ours.',
    otherLanguage: 'På dansk',
    back: 'Back to the page',
    receipt: 'Receipt',
    receiptLead: 'It shows what we wrote down about your answer. The fields follow ISO/IEC TS 27560.',
    fields: {
      recordId: 'Number of the receipt',
      controller: 'Controller',
      site: 'Website',
      language: 'Language',
      givenAt: 'Answer given',
      expiresAt: 'Holds until',
      withdrawnAt: 'Replaced or withdrawn',
      method: 'How you answered',
      gpc: 'Global Privacy Control',
      policy: 'Policy',
      schemaVersion: 'Standard',
      format: 'Format',
      noticeSha256: 'What was shown (SHA-256)',
      registerSha256: 'The cookie list (SHA-256)',
      ledgerEntry: 'Entry in the public log',
      commitment: 'Seal in the log',
    },
    version: (version: number) => `Version ${version}`,
    languageName: 'English',
    gpcOn: 'The signal was on',
    gpcOff: 'The signal was not on',
    states: { given: 'You said yes', refused: 'You said no', necessary: 'Necessary, needs no yes' },
    methods: {
      accept: 'The button “Accept all”',
      reject: 'The button “Reject all”',
      save: 'The button “Save my choice”',
      withdraw: 'The button “Withdraw my yes”',
    },
    kinds: {
      cookie: 'Cookie',
      localStorage: 'Browser storage (localStorage)',
      sessionStorage: 'Tab storage (sessionStorage)',
      indexedDB: 'Browser database (IndexedDB)',
      cache: 'Browser files (Cache)',
      pixel: 'Invisible picture (pixel)',
    },
    messages: {
      saved: 'Your answer is saved. It holds from now on.',
      removed: 'It is removed from your browser.',
      removedAgain:
        'It is removed from your browser. Your yes to it is taken out below. Press “Save my choice” so that it does not return.',
      removedFailed:
        'It is removed from your browser, but your yes could not be withdrawn, so it may return. Try again in a moment.',
      again: 'The page had been open for too long. Your choice is set below. Press “Save my choice” to keep it.',
      failed: 'Your choice could not be saved, so nothing has changed. Try again in a moment.',
      refused: 'The choice did not come from our own page, so we have not saved it. Choose again here.',
    },
    units: {
      year: ['year', 'years'],
      month: ['month', 'months'],
      week: ['week', 'weeks'],
      day: ['day', 'days'],
      hour: ['hour', 'hours'],
      minute: ['minute', 'minutes'],
      second: ['second', 'seconds'],
    },
  },
}

/** The sentences of one language. */
export function textsOf(language: Language): Texts {
  return TEXTS[language]
}

/** A declared lifetime in words: 'P6M' is '6 måneder', 'session' 'til du lukker browseren'; others as they stand. */
export function lifetimeText(lifetime: string, language: Language): string {
  const texts = textsOf(language)
  if (lifetime === 'session') return texts.untilClosed
  const found = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(lifetime)
  const parts = Object.values(texts.units).flatMap((words, index) => {
    const count = Number(found?.[index + 1] ?? 0)
    return count > 0 ? [`${count}\u00a0${words[count === 1 ? 0 : 1]}`] : []
  })
  return parts.length > 0 ? listText(parts, language) : lifetime
}

/** 'a, b og c', as the language joins words. */
export function listText(words: readonly string[], language: Language): string {
  return new Intl.ListFormat(LOCALES[language]).format(words)
}

/** A day in words, e.g. '23. maj 2027', by Danish clocks; with the hour when `precision` is 'minute'. */
export function dateText(date: Date, language: Language, precision: 'day' | 'minute' = 'day'): string {
  const style = { timeZone: 'Europe/Copenhagen', dateStyle: 'long' } as const
  const options = precision === 'minute' ? ({ ...style, timeStyle: 'short' } as const) : style
  return new Intl.DateTimeFormat(LOCALES[language], options).format(date)
}

/** A title inside a sentence: its first letter small. */
export function inSentence(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1)
}

const LOCALES: Record<Language, string> = { da: 'da-DK', en: 'en-GB' }
