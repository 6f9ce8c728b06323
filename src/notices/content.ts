/**
 * What a notice tells the person: Art. 14(1)-(2) for data received, Art. 14(3)(c) and S22 for data passed on.
 * Controller, purposes, recipients, times and complaint route come from the policy document, never from here.
 */
import { cleanText } from '../lib/text.ts'
import type { PolicyDocument } from '../policy/types.ts'
import { WORDS, type Words } from './texts.ts'

export type Section = { readonly heading: string; readonly lines: readonly string[]; readonly isApart?: boolean }
export type Content = {
  readonly title: string
  readonly opening: readonly string[]
  readonly sections: readonly Section[]
  readonly footer: string
}

export type Told = {
  readonly noticeId: string
  readonly language: 'da' | 'en'
  readonly document: PolicyDocument
  /** Day of receipt or disclosure, as people write it. */
  readonly day: string
  /** First day of the policy, as people write it. */
  readonly validFrom: string
  readonly creditor: string
  /** The client's own case reference; absent when we may not or cannot show it. */
  readonly reference?: string
  readonly about: Collected | Disclosed
}
/** Category codes that are held in the case. */
export type Collected = { readonly kind: 'collection'; readonly categories: readonly string[] }
export type Disclosed = {
  readonly kind: 'disclosure'
  readonly recipient: string
  readonly recipientKind: 'creditor' | 'lawyer' | 'authority'
  readonly fields: readonly string[]
  /** What an authority's demand rests on. */
  readonly demandBasis?: string
}

/** The whole of a notice as title, sentences and sections. Every value is one clean line. */
export function contentOf(told: Told): Content {
  const { noticeId, language, document, about } = told
  const words = WORDS[language]
  const sections = about.kind === 'collection' ? ofCollection(told, about, words) : ofDisclosure(told, about, words)
  return {
    title: about.kind === 'collection' ? words.collectedTitle : words.passedTitle,
    opening: openingOf(told, words),
    sections: [...sections, ...ofRights(told, words)].map(section => ({
      ...section,
      lines: section.lines.map(cleanText),
    })),
    footer: words.footer(document.revision, told.validFrom, noticeId),
  }
}

function openingOf({ document, day, creditor, reference, about }: Told, words: Words): string[] {
  const { name } = document.controller
  const first =
    about.kind === 'collection' ? words.collected(name, day, creditor) : words.passed(name, day, about.recipient)
  const last = about.kind === 'collection' ? words.collectedBelow : words.passedBelow
  return [first, ...(reference ? [words.reference(reference, creditor)] : []), last].map(cleanText)
}

function ofCollection({ document, language, creditor, day }: Told, { categories }: Collected, words: Words): Section[] {
  const held = categories.flatMap(code => document.categories[code] ?? [])
  const purposes = Object.values(document.purposes).filter(
    it => it.marketing !== true && categories.some(code => (it.fields[code] ?? []).length > 0),
  )
  const recipients = Object.entries(document.recipients).filter(([kind]) => kind !== 'other')
  const because = held.map(it => it.retention.because[language])
  return [
    { heading: words.heldHeading, lines: held.map(it => it.text[language]) },
    { heading: words.purposesHeading, lines: purposes.map(it => reasonOf(it, language)) },
    { heading: words.sourceHeading, lines: [words.source(creditor, day)] },
    {
      heading: words.recipientsHeading,
      lines: recipients.map(([kind, it]) =>
        kind === 'creditor' ? words.recipient(it.text[language], creditor) : it.text[language],
      ),
    },
    { heading: words.retentionHeading, lines: [...new Set(because)] },
  ]
}

type Purpose = PolicyDocument['purposes'][string]

function reasonOf({ text, because, basis }: Purpose, language: 'da' | 'en'): string {
  return `${text[language]}. ${because[language]} (${basis})`
}

function ofDisclosure({ document, language }: Told, about: Disclosed, words: Words): Section[] {
  const recipient = document.recipients[about.recipientKind]
  return [
    {
      heading: words.passedFieldsHeading,
      lines: about.fields.map(code => document.fields[code]?.text[language] ?? code),
    },
    {
      heading: words.whyHeading,
      lines: [
        ...(recipient
          ? [words.recipient(recipient.text[language], about.recipient), words.basis(recipient.article)]
          : []),
        ...(about.demandBasis ? [words.demand(about.demandBasis)] : []),
      ],
    },
  ]
}

/** Rights, the right to object set apart (Art. 21(4)), the complaint route and who we are. */
function ofRights({ document, language }: Told, words: Words): Section[] {
  const { controller, complaint } = document
  return [
    { heading: words.objectHeading, lines: words.object(controller.officer.email, controller.phone), isApart: true },
    { heading: words.rightsHeading, lines: words.rights },
    {
      heading: words.complaintHeading,
      lines: [
        complaint.text[language],
        [complaint.name, complaint.address, complaint.phone, complaint.email, complaint.url].join(', '),
      ],
    },
    {
      heading: words.contactHeading,
      lines: [
        words.company(controller.name, controller.cvr),
        [controller.address, controller.email, controller.phone].join(', '),
        words.officer(controller.officer.email),
      ],
    },
  ]
}

/** The same as plain text, for a mail. */
export function plainTextOf(content: Content, name: string, language: 'da' | 'en'): string {
  const sections = content.sections.map(({ heading, lines }) =>
    [heading.toUpperCase(), ...(lines.length > 1 ? lines.map(line => `- ${line}`) : lines)].join('\n'),
  )
  const greeting = name ? [WORDS[language].to(cleanText(name))] : []
  return `${[...greeting, content.title, ...content.opening, ...sections, content.footer].join('\n\n')}\n`
}
