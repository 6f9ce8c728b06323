/** The one sentence a person reads about how long a record is kept. */

export type RetentionCode =
  | 'retention.bookkeeping_floor'
  | 'retention.purpose_fulfilled'
  | 'retention.maximum_reached'
  | 'retention.reason_stands'
  | 'retention.review_overdue'
  | 'retention.case_closed'
  | 'retention.claim_time_barred'
  | 'retention.on_hold'
  | 'retention.held_to_maximum'

type Write = (day: string, because: string) => string

/** Per code: writes the sentence from the day that matters (may be '') and the category's own reason. */
export const RETENTION_SENTENCES: { readonly [code in RetentionCode]: { readonly da: Write; readonly en: Write } } = {
  'retention.bookkeeping_floor': {
    da: (day, because) => `Gemmes til og med ${day}. ${because}`,
    en: (day, because) => `Kept through ${day}. ${because}`,
  },
  'retention.purpose_fulfilled': {
    da: (day, because) => `Formålet var opfyldt den ${day}, så det slettes. ${because}`,
    en: (day, because) => `The purpose was fulfilled on ${day}, so it is erased. ${because}`,
  },
  'retention.maximum_reached': {
    da: (day, because) => `Slettes senest den ${day}. ${because}`,
    en: (day, because) => `Erased on ${day} at the latest. ${because}`,
  },
  'retention.reason_stands': {
    da: (day, because) => (day === '' ? because : `${because} Grunden ses efter senest den ${day}.`),
    en: (day, because) => (day === '' ? because : `${because} The reason is reviewed by ${day}.`),
  },
  'retention.review_overdue': {
    da: (day, because) => `Grunden skulle have været set efter den ${day} og venter på en afgørelse. ${because}`,
    en: (day, because) => `The reason was to be reviewed by ${day} and awaits a decision. ${because}`,
  },
  'retention.case_closed': {
    da: (day, because) => `Sagen er lukket. Slettes den ${day}. ${because}`,
    en: (day, because) => `The case is closed. Erased on ${day}. ${because}`,
  },
  'retention.claim_time_barred': {
    da: (day, because) => `Kravet forældes, og så er grunden væk. Slettes senest den ${day}. ${because}`,
    en: (day, because) =>
      `The claim becomes time-barred, and then the reason is gone. Erased on ${day} at the latest. ${because}`,
  },
  'retention.on_hold': {
    da: (day, because) => `Sletningen er sat på hold; det ses efter senest den ${day}. ${because}`,
    en: (day, because) => `Erasure is on hold; this is reviewed by ${day}. ${because}`,
  },
  'retention.held_to_maximum': {
    da: (day, because) => `Er på hold, men slettes alligevel den ${day}: længere må vi ikke gemme det. ${because}`,
    en: (day, because) => `Is on hold, but is erased on ${day} all the same: we may not keep it longer. ${because}`,
  },
}
