/** When and why a case ended, by the three columns that say it: the clock of its retention starts there. Pure. */
import { parseDanishDate } from '../lib/danish-date.ts'
import { clauseOf, type RejectCode } from './reject-texts.ts'

/** Why a creditor took a case back or ended it. 'other' when the file gives no reason that we know. */
export type CloseReason = 'paid' | 'recalled' | 'written_off' | 'limitation' | 'assigned' | 'other'

/** The day a case ended ('YYYY-MM-DD') and why. */
export type Closed = { readonly on: string; readonly reason: CloseReason; readonly warnings: readonly Warning[] }

type ClosingColumn = 'status' | 'closed_on' | 'close_reason'
type Warning = { readonly column: ClosingColumn; readonly code: RejectCode; readonly clause: string }

/**
 * What three columns say about the end of a case: still open (`closed` undefined), or closed on a day for a reason.
 * `claimsPaid`: the status says paid without a closing date, so the balance must agree.
 */
export type Closing =
  | { readonly ok: true; readonly closed?: Closed; readonly claimsPaid: boolean }
  | { readonly ok: false; readonly column: ClosingColumn; readonly code: RejectCode }

/** What the row says of its closing, as clean text. */
export type Given = { readonly status: string; readonly closedOn: string; readonly reason: string }

/**
 * Reads status, closing date (or yes/no) and reason, all clean text. Without a date the day of receipt counts, with a
 * warning, since the retention clock must start. A date in the future or against the status is refused.
 */
export function readClosing(given: Given, today: string): Closing {
  const { status, closedOn, reason } = given
  const state = readStatus(fold(status))
  if (state === undefined) return { ok: false, column: 'status', code: 'status_unknown' }
  const flag = FLAGS.get(fold(closedOn))
  const isClosed = state !== 'open' || flag === true || (flag === undefined && closedOn !== '')
  if (!isClosed) return { ok: true, claimsPaid: false }
  const contradicts = (state === 'open' && status !== '') || (state !== 'open' && flag === false)
  if (contradicts) return { ok: false, column: 'status', code: 'status_contradiction' }
  return closeOn(flag === undefined ? closedOn : '', { state, reason, today })
}

type State = 'open' | CloseReason

function closeOn(date: string, { state, reason, today }: { state: State; reason: string; today: string }): Closing {
  const parsed = date === '' ? undefined : parseDanishDate(date)
  if (parsed?.ok === false) return { ok: false, column: 'closed_on', code: parsed.code }
  if (parsed !== undefined && parsed.value > today) return { ok: false, column: 'closed_on', code: 'date_future' }
  const warnings: Warning[] = []
  if (parsed === undefined) warnings.push(warning('closed_on', 'closed_on_assumed'))
  const given = REASONS.get(fold(reason))
  if (given === undefined && reason !== '') warnings.push(warning('close_reason', 'close_reason_other'))
  const known = given ?? (state === 'open' ? 'other' : state)
  const claimsPaid = state === 'paid' && parsed === undefined
  return { ok: true, closed: { on: parsed?.value ?? today, reason: known, warnings }, claimsPaid }
}

function warning(column: ClosingColumn, code: RejectCode): Warning {
  return { column, code, clause: clauseOf(code) }
}

function readStatus(status: string): State | undefined {
  return OPEN.has(status) ? 'open' : REASONS.get(status)
}

function fold(text: string): string {
  return text.toLowerCase().replace(/[\s_.-]/g, '')
}

function words(text: string): readonly string[] {
  return text.split(' ')
}

const OPEN: ReadonlySet<string> = new Set([
  '',
  ...words('åben aktiv ny oprettet igang igangværende verserende open active new ongoing rykket inkasso overdue'),
])
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...words('ja j 1 yes y true sand x').map(word => [word, true] as const),
  ...words('nej n 0 no false falsk').map(word => [word, false] as const),
])
const REASONS: ReadonlyMap<string, CloseReason> = new Map([
  ...words('betalt indfriet fuldtbetalt paid paidinfull settled').map(word => [word, 'paid'] as const),
  ...words('tilbagekaldt trukket trukkettilbage tilbagetrukket krediteret recalled withdrawn credited').map(
    word => [word, 'recalled'] as const,
  ),
  ...words('afskrevet tabt uerholdelig eftergivet writtenoff waived').map(word => [word, 'written_off'] as const),
  ...words('forældet forældelse timebarred limitation').map(word => [word, 'limitation'] as const),
  ...words('overdraget solgt transport assigned sold').map(word => [word, 'assigned'] as const),
  ...words('lukket afsluttet ophørt andet closed ended other').map(word => [word, 'other'] as const),
])
