/**
 * Civil dates: calendar days written 'YYYY-MM-DD', with no clock and no time zone in them.
 * Text order is time order, so dates may also be compared as text.
 */

export type CivilDate = string
export type Period = { readonly count: number; readonly unit: 'Y' | 'M' | 'D' }

/** True for a real calendar day written 'YYYY-MM-DD' (years 1000 to 9999). */
export function isDate(text: string): boolean {
  const match = /^([1-9]\d{3})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return false
  const month = Number(match[2])
  const day = Number(match[3])
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(Number(match[1]), month)
}

/** Negative when `left` is the earlier day, 0 when they are the same, positive when it is the later. */
export function compareDates(left: CivilDate, right: CivilDate): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** The earlier of two days. */
export function earlierOf(left: CivilDate, right: CivilDate): CivilDate {
  return left < right ? left : right
}

/** The later of two days. */
export function laterOf(left: CivilDate, right: CivilDate): CivilDate {
  return left > right ? left : right
}

/** True for 'P' + whole number above 0 + Y, M or D, e.g. 'P5Y', 'P6M', 'P30D'. */
export function isDuration(text: string): boolean {
  return parseDuration(text) !== undefined
}

/** Reads an ISO 8601 duration of one unit (years, months or days); undefined when it is not one. */
export function parseDuration(text: string): Period | undefined {
  const match = /^P([1-9]\d{0,3})([YMD])$/.exec(text)
  return match === null ? undefined : { count: Number(match[1]), unit: match[2] as Period['unit'] }
}

/**
 * The day a duration after `date`. Years and months end on the same-numbered day, or on the month's last
 * day when there is none (Regulation 1182/71 art. 3). Throws RangeError on a malformed date or duration.
 */
export function addDuration(date: CivilDate, duration: string): CivilDate {
  const period = parseDuration(duration)
  if (period === undefined) throw new RangeError('not a duration')
  if (period.unit === 'D') return addDays(date, period.count)
  return addMonths(date, period.unit === 'Y' ? period.count * 12 : period.count)
}

/** The day `months` whole months later (or earlier when negative), clamped to the month's last day. */
export function addMonths(date: CivilDate, months: number): CivilDate {
  const [year, month, day] = partsOf(date)
  const index = year * 12 + month - 1 + months
  const newYear = Math.floor(index / 12)
  const newMonth = (index % 12) + 1
  return toDate(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)))
}

/** The day `days` days later, or earlier when negative. */
export function addDays(date: CivilDate, days: number): CivilDate {
  return fromDayNumber(dayNumber(date) + days)
}

/** Whole days from the first day to the second; negative when the second is earlier. */
export function daysBetween(from: CivilDate, to: CivilDate): number {
  return dayNumber(to) - dayNumber(from)
}

/** The last day of the month of a year; month 1 to 12. */
export function lastDayOfMonth(year: number, month: number): CivilDate {
  return toDate(year, month, daysInMonth(year, month))
}

/** The calendar day it is at an instant (milliseconds since 1970 UTC) in a time zone such as 'Europe/Copenhagen'. */
export function civilDateAt(instant: number, timeZone: string): CivilDate {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    formats.set(timeZone, format)
  }
  const parts: { [type: string]: string } = {}
  for (const part of format.formatToParts(instant)) parts[part.type] = part.value
  return `${parts.year}-${parts.month}-${parts.day}`
}

/** A day as people write it: '31-12-2031' in Danish, '31 December 2031' in English. */
export function formatDate(date: CivilDate, language: 'da' | 'en'): string {
  const [year, month, day] = partsOf(date)
  if (language === 'da') return `${date.slice(8)}-${date.slice(5, 7)}-${date.slice(0, 4)}`
  return `${day} ${MONTHS[month - 1]} ${year}`
}

/** A duration in words: 'P5Y' is '5 år' in Danish and '5 years' in English. Throws RangeError when malformed. */
export function formatDuration(duration: string, language: 'da' | 'en'): string {
  const period = parseDuration(duration)
  if (period === undefined) throw new RangeError('not a duration')
  const words = UNIT_WORDS[period.unit][language]
  return `${period.count} ${period.count === 1 ? words[0] : words[1]}`
}

/** The year, month (1 to 12) and day of a date. Throws RangeError when it is not a real day. */
export function partsOf(date: CivilDate): readonly [year: number, month: number, day: number] {
  if (!isDate(date)) throw new RangeError('not a civil date')
  return [Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10))]
}

const formats = new Map<string, Intl.DateTimeFormat>()
const DAY_MS = 86_400_000
const UNIT_WORDS = {
  Y: { da: ['år', 'år'], en: ['year', 'years'] },
  M: { da: ['måned', 'måneder'], en: ['month', 'months'] },
  D: { da: ['dag', 'dage'], en: ['day', 'days'] },
} as const
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

function toDate(year: number, month: number, day: number): CivilDate {
  if (year < 1000 || year > 9999) throw new RangeError('outside the calendar')
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

// Date.UTC is used as a plain day counter: a UTC day always has 24 hours, so no zone can slip in.
function dayNumber(date: CivilDate): number {
  const [year, month, day] = partsOf(date)
  return Date.UTC(year, month - 1, day) / DAY_MS
}

function fromDayNumber(number: number): CivilDate {
  const day = new Date(number * DAY_MS)
  return toDate(day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate())
}
