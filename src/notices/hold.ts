/** When telling may wait: under a named law, and never longer than twelve months without a new look. */
import { addDuration, isDate } from '../lib/civil-date.ts'

/** Laws under which a notice may be held back. */
export const HOLD_GROUNDS = [
  'databeskyttelsesloven_22_1',
  'databeskyttelsesloven_22_2',
  'hvidvaskloven_38',
  'court_order',
] as const
export type HoldGround = (typeof HOLD_GROUNDS)[number]
export type HoldTerms = { readonly ground: HoldGround; readonly reviewOn: string }

/** Whether a review day lies after today and within twelve months. */
export function isReviewInTime(reviewOn: string, today: string): boolean {
  return isDate(reviewOn) && reviewOn > today && reviewOn <= addDuration(today, 'P12M')
}
