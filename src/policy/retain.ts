/** How long one record is kept: the earliest day it may go, the day by which it is gone, and why. Pure. */
import { addDays, addDuration, earlierOf, formatDate, laterOf, type CivilDate } from '../lib/civil-date.ts'
import type { CompiledPolicy } from './compile.ts'
import { financialYearEnd } from './financial-year.ts'
import { RETENTION_SENTENCES, type RetentionCode } from './retain-texts.ts'
import type { Category, Text } from './types.ts'

export type KeepQuestion = {
  /** Category code of the record. */
  readonly category: string
  /** Day it was collected, in the controller's time zone. Never moved by a login or a reading. */
  readonly collectedOn: CivilDate
  /** Day the case or relationship ended, or the purpose was fulfilled. Absent: still open. */
  readonly caseClosedOn?: CivilDate | undefined
  /** Day the claim becomes time-barred: a reason to collect cannot outlive it. */
  readonly limitationOn?: CivilDate | undefined
  /** Last day of the voucher's financial year, when it differs from the policy's ordinary year. */
  readonly financialYearEndsOn?: CivilDate | undefined
  /** Day by which the reason to keep must be looked at again. */
  readonly reviewOn?: CivilDate | undefined
  /** A documented hold; it stands until it is lifted, and is looked at on this day. */
  readonly hold?: { readonly reviewOn: CivilDate } | undefined
}

export type KeepAnswer = {
  /** First day on which erasing is lawful and no reason to keep is left; null: no day can be named yet. */
  readonly earliest: CivilDate | null
  /** The day by which it is erased at the latest; null: no day can be named yet. */
  readonly latest: CivilDate | null
  /** True when today is on or after `earliest`. */
  readonly due: boolean
  /** True when today is after `latest`: the promise is broken unless it is erased now. */
  readonly overdue: boolean
  readonly code: RetentionCode
  readonly clause: string
  readonly sentence: Text
}

/**
 * When a record goes. Website values: when the purpose ends and at most the maximum after collection, a hold
 * notwithstanding (S16). Accounting: the day after the floor (S23). All else: the stated time after the case or
 * relationship ended (S19). Throws RangeError when the category is not in the policy or a day is not a date.
 */
export function keepUntil(question: KeepQuestion, compiled: CompiledPolicy, today: CivilDate): KeepAnswer {
  const { document } = compiled
  const category = Object.hasOwn(document.categories, question.category)
    ? document.categories[question.category]
    : undefined
  if (category === undefined) throw new RangeError('the category is not in the policy')
  const span = spanOf(category, question, { today, yearEnds: document.controller.financialYearEnds })
  return answer(category, held(span, question, category), today)
}

type Span = {
  readonly earliest: CivilDate | null
  readonly latest: CivilDate | null
  readonly code: RetentionCode
  readonly shown: CivilDate | null
}
type Calendar = { readonly today: CivilDate; readonly yearEnds: string }

function spanOf(category: Category, question: KeepQuestion, calendar: Calendar): Span {
  if (category.retention.floor !== undefined) return accountingSpan(category, question, calendar)
  if (category.retention.anchor === 'collected') return collectedSpan(category, question)
  return endedSpan(category, question, calendar)
}

// GDPR 17(3)(b): the floor comes first. It ends with the day itself, so erasing begins the day after.
function accountingSpan(category: Category, question: KeepQuestion, calendar: Calendar): Span {
  const { floor, maximum, anchor } = category.retention
  const yearEnd = question.financialYearEndsOn ?? financialYearEnd(question.collectedOn, calendar.yearEnds)
  const floorEnd = addDuration(yearEnd, floor ?? 'P5Y')
  const earliest = addDays(floorEnd, 1)
  const from = anchor === 'financialYearEnd' ? yearEnd : question.collectedOn
  const latest = maximum === undefined ? earliest : laterOf(earliest, addDuration(from, maximum))
  return { earliest, latest, code: 'retention.bookkeeping_floor', shown: floorEnd }
}

function collectedSpan(category: Category, question: KeepQuestion): Span {
  const limit = addDuration(question.collectedOn, category.retention.maximum ?? 'P5Y')
  const ended = question.caseClosedOn
  if (ended !== undefined && ended < limit) {
    return { earliest: ended, latest: ended, code: 'retention.purpose_fulfilled', shown: ended }
  }
  return { earliest: limit, latest: limit, code: 'retention.maximum_reached', shown: limit }
}

// A time-barred claim is no reason to keep, whether or not anybody closed the case.
function endedSpan(category: Category, question: KeepQuestion, calendar: Calendar): Span {
  const { caseClosedOn, limitationOn, reviewOn } = question
  const ended =
    caseClosedOn !== undefined && limitationOn !== undefined
      ? earlierOf(caseClosedOn, limitationOn)
      : (caseClosedOn ?? limitationOn)
  if (ended === undefined) {
    const late = reviewOn !== undefined && reviewOn < calendar.today
    const code = late ? 'retention.review_overdue' : 'retention.reason_stands'
    return { earliest: null, latest: null, code, shown: reviewOn ?? null }
  }
  const gone = category.retention.maximum === undefined ? ended : addDuration(ended, category.retention.maximum)
  const code = ended === caseClosedOn ? 'retention.case_closed' : 'retention.claim_time_barred'
  return { earliest: gone, latest: gone, code, shown: gone }
}

// A hold stops every erasure but the website maximum, which was promised without exception (S16).
function held(span: Span, question: KeepQuestion, category: Category): Span {
  if (question.hold === undefined) return span
  if (category.sources.includes('website')) {
    const limit = addDuration(question.collectedOn, category.retention.maximum ?? 'P5Y')
    return { earliest: limit, latest: limit, code: 'retention.held_to_maximum', shown: limit }
  }
  return { earliest: null, latest: null, code: 'retention.on_hold', shown: question.hold.reviewOn }
}

function answer(category: Category, span: Span, today: CivilDate): KeepAnswer {
  const write = RETENTION_SENTENCES[span.code]
  const { because, clause } = category.retention
  return {
    earliest: span.earliest,
    latest: span.latest,
    due: span.earliest !== null && today >= span.earliest,
    overdue: span.latest !== null && today > span.latest,
    code: span.code,
    clause,
    sentence: {
      da: write.da(span.shown === null ? '' : formatDate(span.shown, 'da'), because.da),
      en: write.en(span.shown === null ? '' : formatDate(span.shown, 'en'), because.en),
    },
  }
}
