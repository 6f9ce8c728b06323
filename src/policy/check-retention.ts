/** Retention promises that cannot both be kept. */
import { parseDuration } from '../lib/civil-date.ts'
import type { Report } from './problem-list.ts'
import type { Category, PolicyDocument } from './types.ts'

/** S16: nothing given on a site may be promised to be kept for longer; the database refuses it too. */
const WEBSITE_MAX = 'P5Y'

/**
 * Reports floors that outlast maxima, accounting without a floor, floors outside accounting and website
 * categories whose longest time is not counted from collection or is over five years. A website maximum and a
 * bookkeeping floor collide inside one category; they are resolved only by a separate accounting category.
 */
export function checkRetention(document: PolicyDocument, report: Report): void {
  for (const [code, category] of Object.entries(document.categories)) {
    const path = ['categories', code, 'retention']
    const { floor, maximum, anchor } = category.retention
    if (category.accounting === true && floor === undefined) report({ ...ACCOUNTING_WITHOUT_FLOOR, path })
    if (category.accounting !== true && floor !== undefined) report({ ...FLOOR_OUTSIDE_ACCOUNTING, path })
    if (floorOutlastsMaximum(category)) report({ ...FLOOR_OVER_MAXIMUM, path })
    if (!category.sources.includes('website')) continue
    if (maximum === undefined || anchor !== 'collected') report({ ...WEBSITE_WITHOUT_MAXIMUM, path })
    else if (days(maximum) > days(WEBSITE_MAX)) report({ ...WEBSITE_TOO_LONG, path })
  }
}

// A floor runs from the end of a financial year, up to twelve months after the day the value was collected.
function floorOutlastsMaximum(category: Category): boolean {
  const { floor, maximum, anchor } = category.retention
  if (floor === undefined || maximum === undefined) return false
  const lead = anchor === 'financialYearEnd' ? 0 : 366
  return days(maximum) < days(floor) + lead
}

function days(duration: string): number {
  const period = parseDuration(duration)
  if (period === undefined) return 0
  const perUnit = period.unit === 'Y' ? 366 : period.unit === 'M' ? 30.5 : 1
  return period.count * perUnit
}

const ACCOUNTING_WITHOUT_FLOOR = {
  code: 'policy.accounting_without_floor',
  message: {
    da: 'Regnskabsmateriale skal have en korteste opbevaringstid.',
    en: 'Accounting records must have a shortest time to keep.',
  },
  remedy: { da: 'Skriv floor, f.eks. P5Y.', en: 'Write floor, e.g. P5Y.' },
}
const FLOOR_OUTSIDE_ACCOUNTING = {
  code: 'policy.floor_outside_accounting',
  message: {
    da: 'Kun regnskabsmateriale må have en korteste opbevaringstid.',
    en: 'Only accounting records may have a shortest time to keep.',
  },
  remedy: {
    da: 'Læg de felter, loven kræver gemt, i en kategori med accounting: true.',
    en: 'Put the fields the law wants kept in a category with accounting: true.',
  },
}
const FLOOR_OVER_MAXIMUM = {
  code: 'policy.floor_over_maximum',
  message: {
    da: 'Loven kræver oplysningerne gemt længere, end løftet tillader.',
    en: 'The law wants the data kept longer than the promise allows.',
  },
  remedy: {
    da: 'Udskil regnskabsdelen i sin egen kategori med anchor: financialYearEnd.',
    en: 'Separate the accounting part into its own category with anchor: financialYearEnd.',
  },
}
const WEBSITE_WITHOUT_MAXIMUM = {
  code: 'policy.website_without_maximum',
  message: {
    da: 'Oplysninger fra internetsiden skal have en længste tid, talt fra indsamlingen.',
    en: 'Data from the website must have a longest time, counted from collection.',
  },
  remedy: { da: 'Skriv maximum og anchor: collected.', en: 'Write maximum and anchor: collected.' },
}
const WEBSITE_TOO_LONG = {
  code: 'policy.website_too_long',
  message: {
    da: 'Det, vi får på internetsiden, gemmes højst fem år.',
    en: 'What is given on the website is kept for five years at most.',
  },
  remedy: { da: 'Skriv maximum P5Y eller kortere.', en: 'Write maximum P5Y or shorter.' },
}
