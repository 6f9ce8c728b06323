/** One notice in the form of its channel: a letter to print, a mail to hand over, a line in the list of a batch. */
import type { Contact } from './address.ts'
import { plainTextOf, type Content } from './content.ts'
import { NEUTRAL } from './texts.ts'

type Which = { readonly noticeId: string; readonly language: 'da' | 'en' }

/** What the printed letter is made from; `returnTo` and `lines` alone are seen from outside. */
export function letterOf(
  { language }: Which,
  content: Content,
  outside: { readonly returnTo: string; readonly lines: readonly string[]; readonly date: string },
) {
  const { returnTo, lines, date } = outside
  return { language, windowTitle: NEUTRAL[language], returnTo, address: lines, date, ...content }
}

/** The mail, with a neutral subject and an id that is the same for every try. */
export function mailOf(
  { noticeId, language }: Which,
  content: Content,
  envelope: { readonly from: string; readonly to: string; readonly contact: Contact },
) {
  const { from, to, contact } = envelope
  const messageId = `${noticeId}@${from.slice(from.indexOf('@') + 1)}`
  return {
    from,
    to,
    subject: NEUTRAL[language],
    text: plainTextOf(content, contact['name'] ?? '', language),
    messageId,
    language,
  }
}

/** The name of a letter's file: an id and nothing else. */
export function fileOf({ noticeId }: { readonly noticeId: string }): string {
  return `${noticeId}.html`
}

type Listed = Which & { readonly kind: string; readonly dueOn: string }

/** The list of a batch as JSON lines: ids, kinds and days, no names. */
export function manifestOf(notices: readonly Listed[]): string {
  return notices
    .map(
      it =>
        `${JSON.stringify({ noticeId: it.noticeId, kind: it.kind, language: it.language, dueOn: it.dueOn, file: fileOf(it) })}\n`,
    )
    .join('')
}

type Kept = {
  readonly recordId: string
  readonly relationshipId: string
  readonly category: string
  readonly erasedAt: Date | null
  readonly supersedes: string | null
}

const CATEGORIES: readonly string[] = ['debtor_identity', 'debtor_contact', 'debt_claim']

/** The records of the case that say whom to write to, as they now stand: none that a newer one has replaced. */
export function addressedBy(rows: readonly Kept[], relationshipId: string | null): string[] {
  const standing = rows.filter(row => row.erasedAt === null && !rows.some(other => other.supersedes === row.recordId))
  return standing
    .filter(row => row.relationshipId === relationshipId && CATEGORIES.includes(row.category))
    .map(row => row.recordId)
}
