/** What the trap site does with the visitor's yes, no and change of mind. */
import { type Behaviour, cookie, lasting } from './behaviour.ts'

const rejected = { clause: 'S8', personas: ['reject'], phase: 'rejected' } as const
const accepted = { clause: 'S1', personas: ['accept', 'withdraw'], phase: 'accepted' } as const
const withdrawn = { clause: 'S8', personas: ['withdraw'], phase: 'withdrawn' } as const
const UNDECLARED = ['cookie.not_declared']

export const CHOICE_BEHAVIOURS: readonly Behaviour[] = [
  {
    id: 'choice_kept',
    page: 'trap/',
    how: 'the choice itself, declared as necessary',
    isTrap: false,
    expected: cookie('cookievalg', [], { personas: ['reject', 'accept', 'withdraw'], kept: 182 * 86_400 }),
  },
  {
    id: 'after_reject_http',
    page: 'trap/',
    how: 'declared for marketing, set by the page after a no',
    isTrap: true,
    cookies: visit => (visit.chosen === 'nej' ? [lasting('t_after_reject')] : []),
    expected: cookie('t_after_reject', ['scan.after_refusal'], rejected),
  },
  {
    id: 'after_reject_script',
    page: 'trap/',
    how: 'declared for marketing, set by script after a no',
    isTrap: true,
    script: visit => (visit.chosen === 'nej' ? `keep('t_after_reject_js')` : ''),
    expected: cookie('t_after_reject_js', ['scan.after_refusal'], rejected),
  },
  {
    id: 'after_accept',
    page: 'trap/',
    how: 'set after a yes, but nobody declared it',
    isTrap: true,
    cookies: visit => (visit.chosen === 'ja' ? [lasting('t_after_accept')] : []),
    expected: cookie('t_after_accept', UNDECLARED, accepted),
  },
  {
    id: 'after_accept_page_2',
    page: 'trap/indhold',
    how: 'set after a yes, on the second page alone, and nobody declared it',
    isTrap: true,
    cookies: visit => (visit.chosen === 'ja' ? [lasting('t_accept_page2')] : []),
    expected: cookie('t_accept_page2', UNDECLARED, accepted),
  },
  {
    id: 'statistics_in_order',
    page: 'trap/',
    how: 'declared for statistics, set after a yes and removed when it is taken back',
    isTrap: false,
    cookies: visit => (visit.chosen === 'ja' ? [lasting('t_statistics')] : []),
    expected: cookie('t_statistics', [], accepted),
  },
  {
    id: 'not_removed',
    page: 'trap/',
    how: 'declared for statistics, HttpOnly, and forgotten when the yes is taken back',
    isTrap: true,
    cookies: visit => (visit.chosen === 'ja' ? [lasting('t_stays', 'bcdf', '; HttpOnly')] : []),
    expected: cookie('t_stays', ['scan.not_removed'], withdrawn),
  },
  {
    id: 'set_again',
    page: 'trap/',
    how: 'declared for statistics, removed when the yes is taken back, and set again by the next page',
    isTrap: true,
    script: visit => (visit.chosen === 'ja' || visit.chosen === 'fortrudt' ? `keep('t_again')` : ''),
    expected: cookie('t_again', ['scan.after_withdrawal'], withdrawn),
  },
  {
    id: 'never_seen',
    page: 'trap/',
    how: 'stands in the register and is never set',
    isTrap: true,
    expected: { ...cookie('t_ghost', ['scan.not_seen']), kind: 'register', clause: 'S1' },
  },
]

/** Cookies that the trap site removes when a yes is taken back. */
export const REMOVED_AT_WITHDRAWAL: readonly string[] = ['t_statistics', 't_again', 't_after_accept', 't_accept_page2']
