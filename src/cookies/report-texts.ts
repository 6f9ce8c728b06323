/** The words of the officer's report, in both languages. */
import type { EntryResult } from '../../scanner/report.ts'
import type { Language, Method, StorageKind } from '../../sdk/wire.ts'

type Verdict = EntryResult['verdict'] | 'notScanned'

export type ReportTexts = {
  readonly over: (controller: string) => string
  readonly breachesStand: (breaches: number, sites: number) => string
  readonly notScanned: (missing: number, sites: number) => string
  readonly nothingBroken: string
  readonly made: (moment: string, version: string) => string
  readonly noSites: string
  readonly sites: string
  readonly breaches: (count: number) => string
  readonly doubts: (count: number) => string
  readonly clean: string
  readonly notScannedYet: string
  readonly standing: string
  readonly nothingStands: (day: string) => string
  readonly neverScanned: string
  readonly doThis: string
  readonly scans: string
  readonly scansHint: string
  readonly scanChart: (site: string) => string
  readonly scanDescription: (scans: number, breaches: number, doubts: number) => string
  readonly driftChart: (site: string) => string
  readonly driftDescription: (added: number, gone: number) => string
  readonly legend: { readonly breach: string; readonly doubt: string; readonly clean: string; readonly part: string }
  readonly drift: { readonly added: string; readonly gone: string }
  readonly driftLabel: string
  readonly asTable: string
  readonly scanColumns: readonly [string, string, string, string, string, string]
  readonly part: string
  readonly list: string
  readonly listHint: (count: number) => string
  readonly listColumns: readonly [string, string, string, string, string, string]
  readonly verdict: { readonly [verdict in Verdict]: string }
  readonly kind: { readonly [kind in StorageKind]: string }
  readonly untilClosed: string
  readonly untilRemoved: string
  readonly choices: string
  readonly choicesHint: string
  readonly choicesTotal: (total: string) => string
  readonly choicesAtLeast: (total: string) => string
  readonly choicesFew: string
  readonly choiceColumns: readonly [string, string]
  readonly method: { readonly [method in Method]: string }
  readonly saidYes: (category: string) => string
  readonly guard: string
  readonly guardHint: (weeks: number) => string
  readonly guardNone: (weeks: number) => string
  readonly guardColumns: readonly [string, string, string]
  readonly guardChart: (clause: string) => string
  readonly guardDescription: (counts: string) => string
  readonly weekTable: string
  readonly week: string
  readonly explained: (count: string) => string
  readonly promise: (clause: string) => string
  readonly plans: string
  readonly planned: (url: string, hours: number, next: string) => string
  readonly planFailed: (code: string) => string
  readonly notPlanned: (site: string) => string
  readonly days: (count: string) => string
  readonly hours: (count: string) => string
  readonly minutes: (count: string) => string
  readonly foot: string
  readonly register: string
  readonly policy: string
}

/** The words in one language. */
export function reportTexts(language: Language): ReportTexts {
  return language === 'da' ? danish : english
}

/** 1 is 'time', 6 '6. time', 24 'dag', 168 '7. dag'. */
function oftenDanish(hours: number): string {
  const [count, unit] = hours % 24 === 0 ? [hours / 24, 'dag'] : [hours, 'time']
  return count === 1 ? unit : `${count}.\u00a0${unit}`
}

function oftenEnglish(hours: number): string {
  const [count, unit] = hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour']
  return count === 1 ? unit : `${count}\u00a0${unit}s`
}

const danish: ReportTexts = {
  over: controller => `Cookies hos ${controller}`,
  breachesStand: (breaches, sites) => {
    const where = sites === 1 ? 'ét websted' : `${sites}\u00a0websteder`
    return `${breaches}\u00a0brud på cookiepolitikken står ${breaches === 1 ? 'åbent' : 'åbne'} på ${where}`
  },
  notScanned: (missing, sites) =>
    missing === sites
      ? 'Ingen af webstederne er scannet endnu'
      : `${missing} af ${sites} websteder er ikke scannet endnu`,
  nothingBroken: 'De seneste scanninger fandt ingen brud på cookiepolitikken',
  made: (moment, version) => `Opgjort ${moment} efter politikkens version ${version}.`,
  noSites: 'Politikken nævner ingen websteder.',
  sites: 'Websteder',
  breaches: count => `${count} brud`,
  doubts: count => `${count} i tvivl`,
  clean: 'Intet fundet',
  notScannedYet: 'Ikke scannet',
  standing: 'Det står åbent',
  nothingStands: day => `Intet. Alle slags besøgende så siderne ${day}, og alt var, som listen siger.`,
  neverScanned: 'Webstedet er ikke scannet i sin helhed endnu, så ingen ved, om listen passer.',
  doThis: 'Gør sådan:',
  scans: 'Scanninger over tid',
  scansHint:
    'En søjle for hver scanning, den nyeste til højre. Under den: hvad der kom til, og hvad der forsvandt siden sidst.',
  scanChart: site => `Brud og tvivl ved hver scanning af ${site}`,
  scanDescription: (scans, breaches, doubts) =>
    `${scans} scanninger. Den nyeste fandt ${breaches} brud og ${doubts} i tvivl. Tallene står i tabellen under tegningen.`,
  driftChart: site => `Ændringer mellem scanninger af ${site}`,
  driftDescription: (added, gone) => `Siden scanningen før den nyeste: ${added} nye og ${gone} væk.`,
  legend: { breach: 'Brud', doubt: 'I tvivl', clean: 'Intet fundet', part: 'Ikke hele webstedet' },
  drift: { added: 'Nye', gone: 'Væk' },
  driftLabel: 'Ændring',
  asTable: 'Vis tallene som tabel',
  scanColumns: ['Scannet', 'Sider på', 'Brud', 'I tvivl', 'Nye', 'Væk'],
  part: 'ikke det hele',
  list: 'Cookielisten',
  listHint: count =>
    `${count} på listen. »Lovet« er listens ord, »givet« er det længste, en browser fik ved de seneste scanninger.`,
  listColumns: ['Navn', 'Dom', 'Lovet', 'Givet', 'Kategori', 'Formål'],
  verdict: { kept: 'Holdt', broken: 'Brudt', notSeen: 'Ikke set', notScanned: 'Ikke scannet' },
  kind: {
    cookie: 'cookie',
    localStorage: 'localStorage',
    sessionStorage: 'sessionStorage',
    indexedDB: 'IndexedDB',
    cache: 'Cache Storage',
    pixel: 'pixel',
  },
  untilClosed: 'til browseren lukkes',
  untilRemoved: 'til det fjernes',
  choices: 'Hvad besøgende har valgt',
  choicesHint: 'Valg, der gælder nu. Tal under fem vises som <5, også nul, så ingen kan kendes i dem.',
  choicesTotal: total => `${total} valg gælder nu.`,
  choicesAtLeast: total => `Mindst ${total} valg gælder nu.`,
  choicesFew: 'Så få har valgt endnu, at intet tal kan vises.',
  choiceColumns: ['Valg', 'Antal'],
  method: { accept: 'Ja til alle', reject: 'Nej til alle', save: 'Valgte selv', withdraw: 'Trak sit ja tilbage' },
  saidYes: category => `Ja til ${category.toLowerCase()}`,
  guard: 'Hvad vagten fjernede',
  guardHint: weeks =>
    `Cookies, som vagten på webstedets server tog ud af svar, efter løfte og uge, de seneste ${weeks} uger.`,
  guardNone: weeks =>
    `Vagten har ikke meldt noget de seneste ${weeks} uger. Enten er intet fjernet, eller også er den ikke sat op.`,
  guardColumns: ['Løfte', 'Fjernet', 'Uge for uge'],
  guardChart: clause => `Fjernet efter løfte ${clause}, uge for uge`,
  guardDescription: counts => `Ældste uge først: ${counts}.`,
  weekTable: 'Fjernet uge for uge',
  week: 'Uge fra',
  explained: count => `og ${count} kun forklaret under udvikling`,
  promise: clause => `Løfte ${clause}`,
  plans: 'Faste scanninger',
  planned: (url, hours, next) => `${url} hver ${oftenDanish(hours)}, næste gang ${next}.`,
  planFailed: code => `Den seneste blev ikke til noget (${code}).`,
  notPlanned: site => `Ingen. Sæt en på: indsigt cookies schedule https://${site}/ --every 24`,
  days: count => `${count}\u00a0dage`,
  hours: count => `${count}\u00a0timer`,
  minutes: count => `${count}\u00a0min.`,
  foot: 'Rapporten indeholder tal og ingen oplysninger om personer. Den henter intet og kører intet script.',
  register: 'Listens fingeraftryk (SHA-256)',
  policy: 'Politikkens fingeraftryk (SHA-256)',
}

const english: ReportTexts = {
  over: controller => `Cookies at ${controller}`,
  breachesStand: (breaches, sites) => {
    const [noun, verb] = breaches === 1 ? ['breach', 'stands'] : ['breaches', 'stand']
    const where = sites === 1 ? 'one site' : `${sites}\u00a0sites`
    return `${breaches}\u00a0${noun} of the cookie policy ${verb} on ${where}`
  },
  notScanned: (missing, sites) =>
    missing === sites
      ? 'None of the sites has been scanned yet'
      : `${missing} of ${sites} sites ${missing === 1 ? 'has' : 'have'} not been scanned yet`,
  nothingBroken: 'The latest scans found no breach of the cookie policy',
  made: (moment, version) => `Drawn up ${moment} under version ${version} of the policy.`,
  noSites: 'The policy names no sites.',
  sites: 'Sites',
  breaches: count => (count === 1 ? '1 breach' : `${count} breaches`),
  doubts: count => `${count} in doubt`,
  clean: 'Nothing found',
  notScannedYet: 'Not scanned',
  standing: 'What stands',
  nothingStands: day => `Nothing. Every kind of visitor saw the pages on ${day}, and all was as the list says.`,
  neverScanned: 'The whole of this site has not been scanned yet, so nobody knows whether the list is right.',
  doThis: 'Do this:',
  scans: 'Scans over time',
  scansHint: 'One bar for each scan, the newest to the right. Below it: what came and what went since the one before.',
  scanChart: site => `Breaches and doubts at each scan of ${site}`,
  scanDescription: (scans, breaches, doubts) =>
    `${scans} scans. The newest found ${breaches} breaches and ${doubts} in doubt. The figures are in the table below.`,
  driftChart: site => `Changes between scans of ${site}`,
  driftDescription: (added, gone) => `Since the scan before the newest: ${added} new and ${gone} gone.`,
  legend: { breach: 'Breach', doubt: 'In doubt', clean: 'Nothing found', part: 'Not the whole site' },
  drift: { added: 'New', gone: 'Gone' },
  driftLabel: 'Change',
  asTable: 'Show the figures as a table',
  scanColumns: ['Scanned', 'Pages on', 'Breaches', 'In doubt', 'New', 'Gone'],
  part: 'not all of it',
  list: 'The cookie list',
  listHint: count =>
    `${count} on the list. “Promised” is what the list says, “given” the longest a browser got at the latest scans.`,
  listColumns: ['Name', 'Verdict', 'Promised', 'Given', 'Category', 'Purpose'],
  verdict: { kept: 'Kept', broken: 'Broken', notSeen: 'Not seen', notScanned: 'Not scanned' },
  kind: {
    cookie: 'cookie',
    localStorage: 'localStorage',
    sessionStorage: 'sessionStorage',
    indexedDB: 'IndexedDB',
    cache: 'Cache Storage',
    pixel: 'pixel',
  },
  untilClosed: 'until the browser closes',
  untilRemoved: 'until removed',
  choices: 'What visitors chose',
  choicesHint: 'Choices in force now. Counts under five are shown as <5, zero too, so that nobody can be seen in them.',
  choicesTotal: total => `${total} choices are in force.`,
  choicesAtLeast: total => `At least ${total} choices are in force.`,
  choicesFew: 'So few have chosen yet that no figure can be shown.',
  choiceColumns: ['Choice', 'Count'],
  method: { accept: 'Yes to all', reject: 'No to all', save: 'Chose some', withdraw: 'Took the yes back' },
  saidYes: category => `Yes to ${category.toLowerCase()}`,
  guard: 'What the guard took out',
  guardHint: weeks =>
    `Cookies that the guard on the site’s server took out of answers, by promise and week, the last ${weeks} weeks.`,
  guardNone: weeks =>
    `The guard has reported nothing in the last ${weeks} weeks. Either nothing was taken out or it is not set up.`,
  guardColumns: ['Promise', 'Taken out', 'Week by week'],
  guardChart: clause => `Taken out under promise ${clause}, week by week`,
  guardDescription: counts => `Oldest week first: ${counts}.`,
  weekTable: 'Taken out week by week',
  week: 'Week from',
  explained: count => `and ${count} only explained in development`,
  promise: clause => `Promise ${clause}`,
  plans: 'Regular scans',
  planned: (url, hours, next) => `${url} every ${oftenEnglish(hours)}, next ${next}.`,
  planFailed: code => `The latest came to nothing (${code}).`,
  notPlanned: site => `None. Set one up: indsigt cookies schedule https://${site}/ --every 24`,
  days: count => `${count}\u00a0days`,
  hours: count => `${count}\u00a0hours`,
  minutes: count => `${count}\u00a0min.`,
  foot: 'This report holds figures and nothing about persons. It fetches nothing and runs no script.',
  register: 'Fingerprint of the list (SHA-256)',
  policy: 'Fingerprint of the policy (SHA-256)',
}
