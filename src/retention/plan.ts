/** When one record goes and why: the policy's answer joined with what is known of the record. Pure. */
import { addDays, formatDate, laterOf, type CivilDate } from '../lib/civil-date.ts'

type Text = { readonly da: string; readonly en: string }

/** What is known of a record without opening it. Days are civil dates in Denmark. */
export type Held = {
  readonly category: string
  readonly source: string
  readonly isAccounting: boolean
  readonly collectedOn: CivilDate
  /** Latest day it may be kept, when one is set. */
  readonly eraseBy: CivilDate | null
  /** Of the relationship it belongs to. */
  readonly closedOn: CivilDate | null
  readonly limitationOn: CivilDate | null
  readonly reviewOn: CivilDate | null
  /** Of its voucher. */
  readonly yearEndsOn: CivilDate | null
  readonly floorUntil: CivilDate | null
  /** Review day of a live hold, the furthest of several. */
  readonly heldUntil: CivilDate | null
  /** A request of the person about it is open: nothing goes while it is answered. */
  readonly isRequested: boolean
}

/** The question and answer of `policy.keepUntil`. */
export type Asked = {
  readonly category: string
  readonly collectedOn: CivilDate
  readonly caseClosedOn: CivilDate | undefined
  readonly limitationOn: CivilDate | undefined
  readonly financialYearEndsOn: CivilDate | undefined
  readonly reviewOn: CivilDate | undefined
  readonly hold: { readonly reviewOn: CivilDate } | undefined
}
export type Answer = {
  readonly earliest: CivilDate | null
  readonly latest: CivilDate | null
  readonly code: string
  readonly clause: string
  readonly sentence: Text
}
export type Keep = (asked: Asked) => Answer

/** What keeps a record that is not due: law, a hold, a request, an open reason, or time still to run. */
export type KeptBy = 'floor' | 'hold' | 'request' | 'reason' | 'time'

export type Plan = {
  readonly due: boolean
  /** First day on which it may go; null while no day can be named. */
  readonly earliest: CivilDate | null
  /** The day on which it goes at the latest. */
  readonly latest: CivilDate | null
  /** Stable reason, e.g. 'retention.case_closed'; it is what the tombstone keeps. */
  readonly code: string
  readonly clause: string
  readonly sentence: Text
  /** Null when it is due. */
  readonly keptBy: KeptBy | null
}

/** S16 (a hold keeps nothing past its maximum), S19 and S23 for one record on one day. */
export function plan(held: Held, keep: Keep, today: CivilDate): Plan {
  const free = unhindered(held, keep)
  if (held.heldUntil === null && !held.isRequested) return settled(free, held, today)
  if (held.source !== 'website' || held.isAccounting) return hindered(free, held)
  const longest = keep(asked(held, held.heldUntil ?? today))
  if (longest.latest !== null && today >= longest.latest) return settled(longest, held, today)
  return { ...hindered(free, held), earliest: longest.earliest, latest: longest.latest }
}

/** The day a record goes when no hold and no request hinders it; null while no day can be named. */
export function dayOf(held: Held, keep: Keep): CivilDate | null {
  return unhindered(held, keep).earliest
}

function unhindered(held: Held, keep: Keep): Answer {
  const answer = keep(asked(held, null))
  if (held.isAccounting) return afterFloor(answer, held)
  const { eraseBy } = held
  if (eraseBy === null || (answer.earliest !== null && answer.earliest <= eraseBy)) return answer
  return { ...answer, ...broughtForward(held, eraseBy), earliest: eraseBy, latest: eraseBy }
}

// The voucher knows its own financial year; the law's floor ends with its day, so erasing begins the day after.
function afterFloor(answer: Answer, held: Held): Answer {
  if (held.floorUntil === null) return answer
  const after = addDays(held.floorUntil, 1)
  const earliest = answer.earliest === null ? after : laterOf(answer.earliest, after)
  return { ...answer, earliest, latest: answer.latest === null ? earliest : laterOf(answer.latest, earliest) }
}

function settled(answer: Answer, held: Held, today: CivilDate): Plan {
  const due = answer.earliest !== null && today >= answer.earliest
  return { ...answer, due, keptBy: due ? null : keptByTime(answer, held) }
}

function keptByTime(answer: Answer, held: Held): KeptBy {
  if (answer.earliest === null || (held.closedOn === null && !held.isAccounting && held.source !== 'website'))
    return 'reason'
  return held.isAccounting ? 'floor' : 'time'
}

function hindered(free: Answer, held: Held): Plan {
  const { clause } = free
  const none = { due: false, earliest: null, latest: null, clause } as const
  if (held.heldUntil === null) return { ...none, ...REQUEST_OPEN, keptBy: 'request' }
  const sentence = {
    da: `Sletningen er sat på hold; det ses efter senest den ${formatDate(held.heldUntil, 'da')}.`,
    en: `Erasure is on hold; this is reviewed by ${formatDate(held.heldUntil, 'en')}.`,
  }
  return { ...none, code: 'retention.on_hold', sentence, keptBy: 'hold' }
}

function asked(held: Held, heldUntil: CivilDate | null): Asked {
  return {
    category: held.category,
    collectedOn: held.collectedOn,
    caseClosedOn: held.closedOn ?? undefined,
    limitationOn: held.limitationOn ?? undefined,
    financialYearEndsOn: held.yearEndsOn ?? undefined,
    reviewOn: held.reviewOn ?? undefined,
    hold: heldUntil === null ? undefined : { reviewOn: heldUntil },
  }
}

// On our sites the day comes from the purpose; elsewhere somebody decided that it goes sooner.
function broughtForward(held: Held, day: CivilDate): { code: string; sentence: Text } {
  const sentence = {
    da: `Formålet er opfyldt senest den ${formatDate(day, 'da')}; så slettes det.`,
    en: `The purpose is fulfilled by ${formatDate(day, 'en')}; then it is erased.`,
  }
  return { code: held.source === 'website' ? 'retention.purpose_fulfilled' : 'retention.day_reached', sentence }
}

const REQUEST_OPEN = {
  code: 'retention.request_open',
  sentence: {
    da: 'Du har en åben anmodning om det; intet slettes, før den er afgjort.',
    en: 'You have an open request about it; nothing is erased before it is decided.',
  },
} as const
