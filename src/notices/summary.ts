/** A notice as our own people see it in a list: ids, kinds, states and days, nothing that says who the person is. */
import type { NoticeRow } from './store.ts'

/** The states of a notice, in the order of its life. */
export const STATES = ['queued', 'sent', 'delivered', 'returned', 'escalated', 'held', 'ended'] as const

/** One line of a list. */
export function summaryOf(row: NoticeRow) {
  const { noticeId, kind, state, dueOn, channel, language, attempts, failure, batchId, heldReviewOn } = row
  const sentAt = row.sentAt?.toISOString() ?? null
  return { noticeId, kind, state, dueOn, channel, language, sentAt, attempts, failure, batchId, heldReviewOn }
}

export type Summary = ReturnType<typeof summaryOf>
