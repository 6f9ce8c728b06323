/** Dates as Danish systems write them: read to one form, or refused with the reason. */
import { accept, refuse, type Parsed } from './parsed.ts'

/** `date_form`: not a date as listed; `date_two_digit_year`: the century is missing; `date_not_real`: 30 February. */
export type DateCode = 'date_form' | 'date_two_digit_year' | 'date_not_real'

/**
 * A date as Danish systems write it: dd-mm-yyyy, dd/mm/yyyy, dd.mm.yyyy (day and month may lack their zero) or
 * yyyy-mm-dd, each optionally followed by a midnight (00:00) that spreadsheets add. The day comes first, always.
 * Two-digit years are refused rather than guessed: 01-02-30 may be 1930 or 2030, and a limitation period hangs on it.
 * Answers 'YYYY-MM-DD'.
 */
export function parseDanishDate(text: string): Parsed<string, DateCode> {
  if (text.length > 40) return refuse('date_form')
  const found = SHAPES.exec(text.trim())
  if (!found) return refuse(TWO_DIGIT_YEAR.test(text.trim()) ? 'date_two_digit_year' : 'date_form')
  const [, day, , month, year, isoYear, isoMonth, isoDay] = found
  return toDate(Number(year ?? isoYear), Number(month ?? isoMonth), Number(day ?? isoDay))
}

/** Whether the calendar has this day, for the years 1800 to 2199. Month counts from 1. */
export function isRealDate(year: number, month: number, day: number): boolean {
  if (year < 1800 || year > 2199 || month < 1 || month > 12 || day < 1) return false
  return day <= daysInMonth(year, month)
}

/** 'YYYY-MM-DD' of a date known to be real. */
export function isoDate(year: number, month: number, day: number): string {
  return `${year}-${month < 10 ? '0' : ''}${month}-${day < 10 ? '0' : ''}${day}`
}

const SHAPES = /^(?:(\d{1,2})([-/.])(\d{1,2})\2(\d{4})|(\d{4})-(\d{2})-(\d{2}))(?:[T ]00:00(?::00(?:\.0{1,7})?)?Z?)?$/
const TWO_DIGIT_YEAR = /^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}$/

function toDate(year: number, month: number, day: number): Parsed<string, DateCode> {
  return isRealDate(year, month, day) ? accept(isoDate(year, month, day)) : refuse('date_not_real')
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
