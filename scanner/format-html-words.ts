/** The words of the report page, Danish and English. Pure. */
import type { Language } from '../sdk/wire.ts'
import type { EntryResult } from './report.ts'

type Counts = { readonly breach: number; readonly doubt: number }

export type Words = {
  readonly language: Language
  readonly title: (site: string) => string
  readonly over: string
  readonly when: (startedAt: string, finishedAt: string) => string
  readonly covered: (pages: number, visitors: number) => string
  /** What is true in bold, and one line after it. */
  readonly verdict: (counts: Counts) => readonly [string, string]
  /** The same for a scan that saw no page. */
  readonly blind: readonly [string, string]
  readonly breaches: (count: number) => string
  readonly doubts: (count: number) => string
  readonly entriesKept: (total: number) => string
  readonly diff: (added: number, gone: number) => string
  readonly columns: readonly string[]
  readonly entryVerdict: { readonly [verdict in EntryResult['verdict']]: string }
  readonly coverageHint: (pagesMax: number, dwellSeconds: number) => string
} & { readonly [key in Plain]: string }

type Plain =
  | 'noRegister'
  | 'findings'
  | 'nothing'
  | 'notes'
  | 'notesHint'
  | 'isNew'
  | 'pages'
  | 'personas'
  | 'entries'
  | 'entriesHint'
  | 'untilRemoved'
  | 'coverage'
  | 'visitor'
  | 'dwell'
  | 'seenPages'
  | 'notReached'
  | 'browser'
  | 'sandboxed'
  | 'notSandboxed'
  | 'registerSha256'
  | 'signedBy'
  | 'key'
  | 'signature'
  | 'notSigned'

/** The words in one language. */
export function wordsOf(language: Language): Words {
  return language === 'da' ? DANISH : ENGLISH
}

const clock = (language: Language) =>
  new Intl.DateTimeFormat(language === 'da' ? 'da-DK' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'Europe/Copenhagen',
  })

const secondsBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 1000)

const DANISH: Words = {
  language: 'da',
  title: site => `Cookiescanning af ${site}`,
  over: 'Cookiescanning',
  when: (from, to) => `${clock('da').format(new Date(from))}, på ${secondsBetween(from, to)} sekunder.`,
  covered: (pages, visitors) => `${pages} ${pages === 1 ? 'side' : 'sider'} set som ${visitors} slags besøgende.`,
  verdict: ({ breach, doubt }) =>
    breach > 0
      ? [
          breach === 1 ? 'Et løfte holdes ikke.' : 'Løfter holdes ikke.',
          'Hvert brud står nedenfor med bevis og det, der skal gøres.',
        ]
      : doubt > 0
        ? ['Intet brud, men noget skal afklares.', 'Det, der er i tvivl, står nedenfor.']
        : ['Alt, hvad vi så, er som lovet.', 'Det gælder de sider og besøgende, der står under dækning.'],
  blind: ['Ingen side blev set.', 'Rapporten siger intet om løfterne; se under dækning, hvad der gik i vejen.'],
  breaches: () => 'brud',
  doubts: () => 'i tvivl',
  entriesKept: total => `af ${total} på listen holdes`,
  diff: (added, gone) => `Siden forrige scanning: ${added} nye, ${gone} væk.`,
  noRegister: 'Ingen liste var givet. Uden den er intet lovet, så alt, hvad siden lægger, står som tvivl.',
  findings: 'Fundet',
  nothing: 'Intet at bemærke.',
  notes: 'Bemærkninger',
  notesHint: 'Ikke brud: det, der ikke blev set, og det, browseren selv ændrede.',
  isNew: 'ny',
  pages: 'Sider',
  personas: 'Besøgende',
  entries: 'Listen, post for post',
  entriesHint: 'Hvad listen lover, og hvad browseren fik.',
  columns: ['Navn', 'Formål', 'Kategori', 'Lovet', 'Givet', 'Holdt'],
  entryVerdict: { kept: 'Holdt', broken: 'Brudt', notSeen: 'Ikke set' },
  untilRemoved: 'til det fjernes',
  coverage: 'Dækning',
  coverageHint: (pages, seconds) =>
    `Højst ${pages} sider; hver stod åben i op til ${seconds} sekunder med rulning, klik og taster.`,
  visitor: 'Besøgende',
  dwell: 'Tid på sider',
  seenPages: 'Sider, der blev set',
  notReached: 'Ikke nået',
  browser: 'Browser',
  sandboxed: 'med sandkasse',
  notSandboxed: 'uden sandkasse (systemet gav den ikke)',
  registerSha256: 'Listens SHA-256',
  signedBy: 'Underskrevet af',
  key: 'Nøgle (Ed25519)',
  signature: 'Underskrift over rapportens SHA-256',
  notSigned: 'Rapporten er ikke underskrevet: den er lavet uden en installation.',
}

const ENGLISH: Words = {
  language: 'en',
  title: site => `Cookie scan of ${site}`,
  over: 'Cookie scan',
  when: (from, to) => `${clock('en').format(new Date(from))}, in ${secondsBetween(from, to)} seconds.`,
  covered: (pages, visitors) => `${pages} ${pages === 1 ? 'page' : 'pages'} seen as ${visitors} kinds of visitor.`,
  verdict: ({ breach, doubt }) =>
    breach > 0
      ? [
          breach === 1 ? 'A promise is not kept.' : 'Promises are not kept.',
          'Each breach stands below with its evidence and what to do.',
        ]
      : doubt > 0
        ? ['No breach, but something needs an answer.', 'What is in doubt stands below.']
        : ['All that we saw is as promised.', 'That holds for the pages and visitors named under coverage.'],
  blind: ['No page was seen.', 'The report says nothing of the promises; see under coverage what went wrong.'],
  breaches: count => (count === 1 ? 'breach' : 'breaches'),
  doubts: () => 'in doubt',
  entriesKept: total => `of ${total} on the list kept`,
  diff: (added, gone) => `Since the last scan: ${added} new, ${gone} gone.`,
  noRegister: 'No list was given. Without one nothing is promised, so all that the site stores stands as a doubt.',
  findings: 'Found',
  nothing: 'Nothing to remark.',
  notes: 'Notes',
  notesHint: 'Not breaches: what was not seen, and what the browser changed by itself.',
  isNew: 'new',
  pages: 'Pages',
  personas: 'Visitors',
  entries: 'The list, entry by entry',
  entriesHint: 'What the list promises, and what the browser was given.',
  columns: ['Name', 'Purpose', 'Category', 'Promised', 'Given', 'Kept'],
  entryVerdict: { kept: 'Kept', broken: 'Broken', notSeen: 'Not seen' },
  untilRemoved: 'until removed',
  coverage: 'Coverage',
  coverageHint: (pages, seconds) =>
    `At most ${pages} pages; each stood open for up to ${seconds} seconds with scrolling, clicks and keys.`,
  visitor: 'Visitor',
  dwell: 'Time on pages',
  seenPages: 'Pages seen',
  notReached: 'Not reached',
  browser: 'Browser',
  sandboxed: 'with its sandbox',
  notSandboxed: 'without its sandbox (the system did not give it)',
  registerSha256: 'SHA-256 of the list',
  signedBy: 'Signed by',
  key: 'Key (Ed25519)',
  signature: 'Signature over the SHA-256 of the report',
  notSigned: 'The report is not signed: it was made without an installation.',
}
