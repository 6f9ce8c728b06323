/**
 * How dates, times, amounts and numbers are written for people, in Danish and English.
 * What belongs together is tied with non-breaking spaces, so that no line ends between a day and its month.
 */

/** The languages of every page; Danish has the bare path, English lives under /en. */
export type Language = 'da' | 'en'

/** A text in both languages. */
export type Bilingual = { readonly da: string; readonly en: string }

/** '2026-12-18' as '18. december 2026' or '18 December 2026'. @throws RangeError when it is no calendar day. */
export function formatDay(day: string, language: Language): string {
  return joinDay(dayParts(noon(day), language, 'UTC'), language)
}

/** '2026-12-18' as 'fredag 18. december 2026' or 'Friday 18 December 2026'; for deadlines. @throws RangeError */
export function formatWeekday(day: string, language: Language): string {
  const parts = dayParts(noon(day), language, 'UTC')
  return `${parts.weekday}${tie}${joinDay(parts, language)}`
}

/** An instant as 'kl. 09.48' or '09:48' on the wall clock of the time zone. @throws RangeError */
export function formatClock(instant: string, language: Language, timeZone: string): string {
  const parts = dayParts(asDate(instant), language, timeZone)
  return language === 'da' ? `kl.${tie}${parts.hour}.${parts.minute}` : `${parts.hour}:${parts.minute}`
}

/** An instant as '23. november 2026 kl. 09.48' or '23 November 2026 at 09:48'. @throws RangeError */
export function formatMoment(instant: string, language: Language, timeZone: string): string {
  const day = joinDay(dayParts(asDate(instant), language, timeZone), language)
  return `${day}${language === 'da' ? ' ' : ' at '}${formatClock(instant, language, timeZone)}`
}

/** Whole øre (hundredths) as '1.204,50 kr.' or 'DKK 1,204.50'; other currencies keep their code in both. */
export function formatAmount(hundredths: bigint | number, language: Language, currency = 'DKK'): string {
  const total = BigInt(hundredths)
  const size = total < 0n ? -total : total
  const minus = total < 0n ? '\u2212' : ''
  const cents = String(size % 100n).padStart(2, '0')
  const figure = `${formatCount(size / 100n, language)}${language === 'da' ? ',' : '.'}${cents}`
  if (language === 'en') return `${minus}${currency}${tie}${figure}`
  return `${minus}${figure}${tie}${currency === 'DKK' ? 'kr.' : currency}`
}

/** A whole number with its thousands apart: '1.284.907' or '1,284,907'. */
export function formatCount(count: bigint | number, language: Language): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, language === 'da' ? '.' : ',')
}

/** 'P5Y' as '5 år' or '5 years'; parts are joined: 'P1Y6M' is '1 år og 6 måneder'. @throws RangeError */
export function formatPeriod(duration: string, language: Language): string {
  const match = /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/.exec(duration)
  if (!match) throw new RangeError('not a duration of years, months, weeks and days')
  const parts = match.slice(1).flatMap((number, unit) => {
    const names = units[language][unit]
    return number === undefined || !names ? [] : [`${number}${tie}${number === '1' ? names[0] : names[1]}`]
  })
  return parts.join(language === 'da' ? ' og ' : ' and ')
}

/** A telephone number, an address line or another text that must stay on one line. */
export function keepTogether(text: string): string {
  return text.replaceAll(' ', tie)
}

/** A value of unknown kind for a table: whole numbers, days and instants are formatted, other text is kept. */
export function formatValue(value: string, language: Language, timeZone: string): string {
  if (/^\d{1,15}$/.test(value)) return formatCount(BigInt(value), language)
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDay(value, language)
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(value)) return formatMoment(value, language, timeZone)
  return value
}

const tie = '\u00a0'

const units: { readonly [language in Language]: readonly (readonly [one: string, many: string])[] } = {
  da: [
    ['år', 'år'],
    ['måned', 'måneder'],
    ['uge', 'uger'],
    ['dag', 'dage'],
  ],
  en: [
    ['year', 'years'],
    ['month', 'months'],
    ['week', 'weeks'],
    ['day', 'days'],
  ],
}

type Parts = { readonly [part in Intl.DateTimeFormatPartTypes]?: string }

const formats = new Map<string, Intl.DateTimeFormat>()

function dayParts(date: Date, language: Language, timeZone: string): Parts {
  const key = `${language} ${timeZone}`
  const format = formats.get(key) ?? newFormat(language, timeZone)
  formats.set(key, format)
  return Object.fromEntries(format.formatToParts(date).map(part => [part.type, part.value]))
}

function newFormat(language: Language, timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language === 'da' ? 'da-DK' : 'en-GB', {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
}

function joinDay(parts: Parts, language: Language): string {
  return `${parts.day}${language === 'da' ? '.' : ''}${tie}${parts.month}${tie}${parts.year}`
}

function noon(day: string): Date {
  const date = asDate(`${day}T12:00:00Z`)
  if (date.toISOString().slice(0, 10) !== day) throw new RangeError('not a calendar day')
  return date
}

function asDate(instant: string): Date {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) throw new RangeError('not an instant')
  return date
}
