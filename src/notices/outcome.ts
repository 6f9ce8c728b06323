/** What follows from how a mail fared: told, try again at a later minute, another channel, or a person of ours. */
export type Fared =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'refused'; readonly status: number }
  | { readonly outcome: 'later'; readonly code: string }
  | { readonly outcome: 'unknown'; readonly code: string }

export type Next =
  | { readonly state: 'sent' }
  | { readonly state: 'returned'; readonly failure: string }
  | { readonly state: 'escalated'; readonly failure: string }
  | { readonly state: 'later'; readonly failure: string; readonly afterMinutes: number }

/** Minutes until the second, third … try by mail; after the last the notice goes another way. */
export const BACKOFF_MINUTES: readonly number[] = [5, 30, 120, 480]

/** `attempts` counts the one that has just been made. */
export function nextOf(fared: Fared, attempts: number): Next {
  if (fared.outcome === 'accepted') return { state: 'sent' }
  if (fared.outcome === 'refused') return { state: 'returned', failure: 'notices.mail_refused' }
  // The relay may have it: sending again could tell the person twice, and leaving it could tell nobody.
  if (fared.outcome === 'unknown') return { state: 'escalated', failure: 'notices.outcome_unknown' }
  const afterMinutes = BACKOFF_MINUTES[attempts - 1]
  if (afterMinutes === undefined) return { state: 'returned', failure: 'notices.mail_unreachable' }
  return { state: 'later', failure: 'notices.mail_later', afterMinutes }
}

/** How the person's own log names it. */
export const KIND_OF = {
  sent: 'notices.sent',
  returned: 'notices.returned',
  escalated: 'notices.escalated',
  later: 'notices.put_off',
} as const
