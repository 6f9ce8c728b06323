/** Reads the date of an Expires attribute, strictly and as leniently as browsers do (RFC 6265bis 5.1.1). Pure. */

/** Milliseconds since 1970 of `Wdy, DD Mon YYYY HH:MM:SS GMT`, the one form all browsers agree on; NaN for others. */
export function strictDate(text: string): number {
  const found = STRICT.exec(text)
  if (found === null) return Number.NaN
  const [, day, month = '', year, hour, minute, second] = found
  return timeOf({
    day: Number(day),
    month: MONTHS.indexOf(month.toLowerCase()),
    year: Number(year),
    clock: [Number(hour), Number(minute), Number(second)],
  })
}

/**
 * Milliseconds since 1970 as browsers make them out of nearly anything, or NaN where one of them finds no date: letters
 * after a number are passed over by some and not by others, and a session must not be taken for more.
 */
export function lenientDate(text: string): number {
  let day: number | undefined
  let month: number | undefined
  let year: number | undefined
  let clock: readonly number[] | undefined
  for (const token of text.split(DELIMITERS)) {
    if (token === '') continue
    const time = TIME.exec(token)
    if (clock === undefined && time !== null) clock = time.slice(1).map(Number)
    else if (day === undefined && DAY.test(token)) day = Number.parseInt(token, 10)
    else if (month === undefined && monthOf(token) >= 0) month = monthOf(token)
    else if (year === undefined && YEAR.test(token)) year = fullYear(Number.parseInt(token, 10))
  }
  if (day === undefined || month === undefined || year === undefined || clock === undefined) return Number.NaN
  return timeOf({ day, month, year, clock })
}

type Parts = { readonly day: number; readonly month: number; readonly year: number; readonly clock: readonly number[] }

const STRICT =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d\d)[ -]([JFMASOND][a-z]{2})[ -](\d{4}) (\d\d):(\d\d):(\d\d) GMT$/
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DELIMITERS = /[\t\x20-\x2F\x3B-\x40\x5B-\x60\x7B-\x7E]+/
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})$/
const DAY = /^\d{1,2}$/
const YEAR = /^\d{2,4}$/

function monthOf(token: string): number {
  return MONTHS.indexOf(token.slice(0, 3).toLowerCase())
}

function fullYear(year: number): number {
  if (year >= 70 && year <= 99) return 1900 + year
  return year <= 69 ? 2000 + year : year
}

function timeOf({ day, month, year, clock }: Parts): number {
  if (month < 0) return Number.NaN
  const [hour = 0, minute = 0, second = 0] = clock
  if (year < 1601 || hour > 23 || minute > 59 || second > 59) return Number.NaN
  const date = new Date(Date.UTC(year, month, day, hour, minute, second))
  return date.getUTCDate() === day && date.getUTCMonth() === month ? date.getTime() : Number.NaN
}
