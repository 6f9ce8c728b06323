/** Why a request is decided as it is: codes with the article behind each, and which outcome each may carry. Pure. */
import type { Text } from '../policy/types.ts'
import type { RequestKind, RequestOutcome } from './store.ts'

export type ReasonCode = keyof typeof REASONS
type Entry = {
  readonly kinds: readonly RequestKind[]
  readonly outcomes: readonly RequestOutcome[]
  readonly article: string
  readonly text: Text
}

const BOTH: readonly RequestKind[] = ['objection', 'erasure']
const FOR: readonly RequestOutcome[] = ['upheld', 'partly']
const AGAINST: readonly RequestOutcome[] = ['refused', 'partly']

/** Shown to the person with the decision. */
export const REASONS = {
  replied: {
    kinds: ['access'],
    outcomes: ['given'],
    article: 'GDPR 15',
    text: { da: 'Du har fået svar på, hvad vi har registreret.', en: 'You were told what we have registered.' },
  },
  inaccurate: {
    kinds: BOTH,
    outcomes: FOR,
    article: 'GDPR 16, 17(1)(d)',
    text: { da: 'Oplysningen var ikke rigtig.', en: 'The data was not correct.' },
  },
  noGround: {
    kinds: BOTH,
    outcomes: FOR,
    article: 'GDPR 17(1)(d)',
    text: { da: 'Vi havde ikke grundlag for at have oplysningen.', en: 'We had no ground for having the data.' },
  },
  noLongerNeeded: {
    kinds: BOTH,
    outcomes: FOR,
    article: 'GDPR 17(1)(a)',
    text: { da: 'Vi har ikke længere brug for oplysningen.', en: 'We no longer need the data.' },
  },
  personPrevails: {
    kinds: BOTH,
    outcomes: FOR,
    article: 'GDPR 21(1), 17(1)(c)',
    text: { da: 'Dine grunde vejer tungere end vores.', en: 'Your grounds weigh more than ours.' },
  },
  consentWithdrawn: {
    kinds: BOTH,
    outcomes: FOR,
    article: 'GDPR 17(1)(b)',
    text: { da: 'Du har trukket dit samtykke tilbage.', en: 'You withdrew your consent.' },
  },
  compellingGrounds: {
    kinds: BOTH,
    outcomes: AGAINST,
    article: 'GDPR 21(1)',
    text: { da: 'Vi har tungtvejende grunde til at fortsætte.', en: 'We have compelling grounds to go on.' },
  },
  legalClaim: {
    kinds: BOTH,
    outcomes: AGAINST,
    article: 'GDPR 21(1), 17(3)(e)',
    text: { da: 'Oplysningen er nødvendig for et retskrav.', en: 'The data is needed for a legal claim.' },
  },
  legalObligation: {
    kinds: BOTH,
    outcomes: AGAINST,
    article: 'GDPR 17(3)(b)',
    text: { da: 'Loven kræver, at vi gemmer oplysningen.', en: 'The law requires us to keep the data.' },
  },
  correct: {
    kinds: BOTH,
    outcomes: AGAINST,
    article: 'GDPR 5(1)(d)',
    text: { da: 'Vi har undersøgt oplysningen; den er rigtig.', en: 'We examined the data; it is correct.' },
  },
  unfounded: {
    kinds: ['access', 'objection', 'erasure'],
    outcomes: ['refused'],
    article: 'GDPR 12(5)(b)',
    text: {
      da: 'Anmodningen er åbenbart grundløs eller overdreven.',
      en: 'The request is manifestly unfounded or excessive.',
    },
  },
  notIdentified: {
    kinds: ['access', 'objection', 'erasure'],
    outcomes: ['refused'],
    article: 'GDPR 11(2), 12(2)',
    text: { da: 'Vi kunne ikke fastslå, hvem du er.', en: 'We could not establish who you are.' },
  },
} as const satisfies Record<string, Entry>

/** The reason of this code when it may carry this outcome of such a request; else undefined. */
export function reasonFor(code: string, kind: RequestKind, outcome: RequestOutcome): Entry | undefined {
  const entry: Entry | undefined = Object.hasOwn(REASONS, code) ? REASONS[code as ReasonCode] : undefined
  return entry?.kinds.includes(kind) === true && entry.outcomes.includes(outcome) ? entry : undefined
}

/** The text and article of a reason, for showing; undefined for a code that is none. */
export function reasonText(code: string | null): { readonly text: Text; readonly article: string } | undefined {
  if (code === null || !Object.hasOwn(REASONS, code)) return undefined
  const { text, article } = REASONS[code as ReasonCode]
  return { text, article }
}
