/** What a decision means for each record: what goes, what only stops, and what stays with its date. Pure. */
import type { CivilDate } from '../lib/civil-date.ts'
import type { Text } from '../policy/types.ts'
import type { RecordRow } from '../subjects/subjects.ts'
import type { HoldRow, VoucherRow } from '../work/work.ts'
import type { RecordOutcome, RequestKind } from '../requests/requests.ts'

export type Case = {
  readonly recordId: string
  readonly category: string
  /** The last day the Bookkeeping Act keeps its voucher; null: it keeps nothing of it. */
  readonly floorUntil: CivilDate | null
  /** Reasons of holds that stand on its case. */
  readonly holds: readonly string[]
  readonly isErased: boolean
  /** Whether the decision is for the person as to this record. */
  readonly isUpheld: boolean
}

export type Settled = {
  readonly recordId: string
  readonly category: string
  readonly outcome: RecordOutcome
  readonly code: string
  readonly clause: string
  readonly article: string
  /** The day it goes by itself, where one can be named. */
  readonly until: CivilDate | null
  readonly text: Text
}

export type Circumstances = {
  readonly vouchers: readonly VoucherRow[]
  readonly holds: readonly HoldRow[]
  /** Whether the decision is for the person as to this record. */
  readonly isFor: (recordId: string) => boolean
}

/** What counts about one record, from its row and what the law ties to it. A lifted hold keeps nothing. */
export function caseOf(row: RecordRow, { vouchers, holds, isFor }: Circumstances): Case {
  const standing = holds.filter(hold => hold.relationshipId === row.relationshipId && hold.liftedOn === null)
  return {
    recordId: row.recordId,
    category: row.category,
    floorUntil: vouchers.find(voucher => voucher.voucherId === row.voucherId)?.floorUntil ?? null,
    holds: standing.map(hold => hold.reason),
    isErased: row.erasedAt !== null,
    isUpheld: isFor(row.recordId),
  }
}

/** Decides record by record; `today` in the controller's time zone. */
export function settle(kind: RequestKind, cases: readonly Case[], today: CivilDate): Settled[] {
  return cases.map(it => settleOne(kind, it, today))
}

function settleOne(kind: RequestKind, it: Case, today: CivilDate): Settled {
  const { recordId, category } = it
  const stays: RecordOutcome = kind === 'objection' ? 'stopped' : 'kept'
  if (it.isErased) return { recordId, category, outcome: 'erased', until: null, ...WORDS.gone }
  if (!it.isUpheld) {
    const outcome = kind === 'objection' ? 'toRelease' : 'kept'
    return { recordId, category, outcome, until: null, ...(kind === 'objection' ? WORDS.release : WORDS.refused) }
  }
  if (it.floorUntil !== null && it.floorUntil >= today) {
    return { recordId, category, outcome: stays, until: it.floorUntil, ...WORDS.floor }
  }
  if (it.holds.length > 0) return { recordId, category, outcome: stays, until: null, ...WORDS.held }
  return { recordId, category, outcome: 'erased', until: null, ...WORDS.erase }
}

const WORDS = {
  gone: {
    code: 'request.already_erased',
    clause: 'S19',
    article: 'GDPR 5(1)(e)',
    text: { da: 'Oplysningen var slettet i forvejen.', en: 'The data had been erased already.' },
  },
  release: {
    code: 'objection.refused',
    clause: 'S25',
    article: 'GDPR 18(3), 21(1)',
    text: {
      da: 'Indsigelsen er ikke taget til følge. Begrænsningen ophæves, når du har fået besked.',
      en: 'The objection was not upheld. The restriction is lifted when you have been told.',
    },
  },
  refused: {
    code: 'erasure.refused',
    clause: 'S25',
    article: 'GDPR 17(3)',
    text: { da: 'Oplysningen slettes ikke nu.', en: 'The data is not erased now.' },
  },
  floor: {
    code: 'retention.bookkeeping_floor',
    clause: 'S23',
    article: 'GDPR 17(3)(b)',
    text: {
      da: 'Bogføringsloven kræver bilaget gemt til og med den nævnte dag. Derefter slettes det.',
      en: 'The Bookkeeping Act requires the voucher to be kept up to and including the day named. Then it is erased.',
    },
  },
  held: {
    code: 'retention.on_hold',
    clause: 'S19',
    article: 'GDPR 17(3)(e)',
    text: {
      da: 'Oplysningen skal gemmes lidt endnu af en anden grund; den bruges ikke til andet.',
      en: 'The data must be kept a while for another reason; it is not used for anything else.',
    },
  },
  erase: {
    code: 'erasure.upheld',
    clause: 'S25',
    article: 'GDPR 17(1)',
    text: { da: 'Oplysningen er slettet.', en: 'The data has been erased.' },
  },
} as const
