/** The shapes of what another module has queued or entered: one notice of each kind, as its caller knows it. */
import type { HoldTerms } from './hold.ts'
import type { RecipientKind } from './store.ts'

/** Art. 14(3)(a): a new case that its person must be told of. */
export type NewCollectionNotice = {
  readonly subjectId: string
  readonly relationshipId: string
  /** Given by the caller, so that records can refer to it. */
  readonly noticeId: string
  /** Day the data reached us, 'YYYY-MM-DD'; absent: today. */
  readonly receivedOn?: string
  readonly language?: 'da' | 'en'
}

/** Art. 14(3)(c), S22: a disclosure that its person must be told of. */
export type NewDisclosureNotice = {
  readonly subjectId: string
  readonly relationshipId: string
  readonly noticeId?: string
  readonly recipientId: string
  readonly recipientKind: RecipientKind
  /** Codes of the fields that are disclosed, at least one. */
  readonly fields: readonly string[]
  /** The authority's recorded demand, for recipientKind 'authority'. */
  readonly demandId?: string
  readonly language?: 'da' | 'en'
  /** The law forbids telling yet: held from the start, so that nothing ever showed. Needs task `holdNotice`. */
  readonly hold?: HoldTerms
}

/** Art. 13: a notice that stood on a page. `shownAt`: when the visitor saw it, before anything was given. */
export type ShownNotice = { readonly subjectId: string; readonly language: 'da' | 'en'; readonly shownAt: Date }

/** Art. 12(3): the answer that a request is owed. */
export type AnswerNotice = {
  readonly subjectId: string
  readonly relationshipId: string | null
  /** Art. 12(3): the last day to answer. */
  readonly dueOn: string
  readonly language?: 'da' | 'en'
}
