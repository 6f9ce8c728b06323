/** Financial years as the policy states them: a month and day on which they end. */
import { isDate, lastDayOfMonth, type CivilDate } from '../lib/civil-date.ts'

/**
 * The last day of the financial year that a day belongs to. `ends` is month and day, e.g. '12-31' or '06-30'.
 * '02-28' and '02-29' both mean the last day of February. For a long, short or changed year, record the
 * voucher's own year end instead of deriving it.
 */
export function financialYearEnd(day: CivilDate, ends: string): CivilDate {
  if (!isDate(day)) throw new RangeError('not a civil date')
  const sameYear = endIn(Number(day.slice(0, 4)), ends)
  return day <= sameYear ? sameYear : endIn(Number(day.slice(0, 4)) + 1, ends)
}

function endIn(year: number, ends: string): CivilDate {
  const month = Number(ends.slice(0, 2))
  const last = lastDayOfMonth(year, month)
  const wanted = `${last.slice(0, 8)}${ends.slice(3)}`
  return month === 2 && Number(ends.slice(3)) >= 28 ? last : wanted > last ? last : wanted
}
