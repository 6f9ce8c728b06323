/** Which live figures stand beside each clause, and which of them must be zero. Pure. */
import type { Text } from '../policy/types.ts'
import type { Figure } from './board.ts'
import { breachesOf, oldestOf, scannedOf, type SiteScans } from './site-scans.ts'

/** What was measured in one snapshot. A count that is null is too small to be told. */
export type Measures = {
  readonly whole: (name: string) => number | null
  readonly day: (name: string) => string | null
  readonly refused: (clause: string) => number
  readonly rejected: (clause: string) => number
  /** What the latest scans say of each site that the policy names. */
  readonly scans: readonly SiteScans[]
}

/** The figures of a clause; none where nothing is measured. */
export function figuresOf(clause: string, measures: Measures): readonly Figure[] {
  return FIGURES[clause]?.(measures) ?? []
}

type Lister = (measures: Measures) => readonly Figure[]

/** Shown for a count that would betray a single case. */
const FEW = '<5'

function count(measures: Measures, name: string, label: Text): Figure {
  const value = measures.whole(name)
  return { label, value: value === null ? FEW : String(value) }
}

function zero(measures: Measures, name: string, label: Text): Figure {
  return { ...count(measures, name, label), mustBeZero: true }
}

function refusals(measures: Measures, clause: string): Figure {
  return { label: { da: 'gange sagt nej', en: 'times refused' }, value: String(measures.refused(clause)) }
}

function rejected(measures: Measures, clause: string): Figure {
  const label = { da: 'fejl fundet i modtagne rækker', en: 'faults found in rows received' }
  return { label, value: String(measures.rejected(clause)) }
}

function dated(measures: Measures, name: string, label: Text): readonly Figure[] {
  const value = measures.day(name)
  return value === null ? [] : [{ label, value }]
}

/** Nothing while no request has been answered. */
function median(measures: Measures): readonly Figure[] {
  const days = measures.whole('requests.medianDays')
  const label = { da: 'dage til svar, medianen', en: 'days to an answer, the median' }
  return days === null ? [] : [{ label, value: String(days) }]
}

function age(measures: Measures): readonly Figure[] {
  const [now, most] = [measures.whole('website.daysOld'), measures.whole('website.daysMost')]
  if (now === null || most === null) return []
  const label = { da: 'dage gammel, den ældste fra internetsiden', en: 'days old, the oldest from the website' }
  const left = { da: 'dage til grænsen', en: 'days to the limit' }
  return [
    { label, value: String(now), limit: { now, most } },
    { label: left, value: String(most - now) },
  ]
}

/** What scans found. Nothing while no site was scanned: a zero that nobody looked for is no zero. */
function scanned({ scans }: Measures, clause: string): readonly Figure[] {
  const [breaches, sites, oldest] = [breachesOf(scans, clause), scannedOf(scans), oldestOf(scans)]
  if (sites === 0 && breaches === 0) return []
  const found = { da: 'brud fundet ved de seneste scanninger', en: 'breaches found by the latest scans' }
  const all = { da: 'websteder scannet', en: 'sites scanned' }
  const day = { da: 'den ældste af dem', en: 'the oldest of them' }
  return [
    { label: found, value: String(breaches), mustBeZero: true },
    { label: all, value: `${sites}/${scans.length}` },
    ...(oldest === null ? [] : [{ label: day, value: oldest }]),
  ]
}

/** Cookies taken out by the guards of our sites in the last thirty days. */
function guarded(measures: Measures, clause: string): Figure {
  return count(measures, `guard.${clause}`, {
    da: 'fjernet af vagten i 30 dage',
    en: 'taken out by the guard in 30 days',
  })
}

const FIGURES: { readonly [clause: string]: Lister } = {
  S1: m => [
    ...scanned(m, 'S1'),
    guarded(m, 'S1'),
    count(m, 'choices.live', { da: 'besøgendes valg, der gælder', en: 'choices of visitors in force' }),
  ],
  S2: m => [...scanned(m, 'S2'), guarded(m, 'S2')],
  S3: m => [
    ...scanned(m, 'S3'),
    guarded(m, 'S3'),
    count(m, 'links.live', { da: 'browsere knyttet til en person', en: 'browsers linked to a person' }),
    zero(m, 'links.untold', { da: 'knyttet uden besked', en: 'linked without a notice' }),
  ],
  S4: m => [...scanned(m, 'S4'), guarded(m, 'S4')],
  S5: m => [...scanned(m, 'S5'), guarded(m, 'S5')],
  S6: m => [...scanned(m, 'S6'), guarded(m, 'S6')],
  S7: m => [...scanned(m, 'S7'), guarded(m, 'S7')],
  S8: m => [
    ...scanned(m, 'S8'),
    guarded(m, 'S8'),
    zero(m, 'choices.overdue', { da: 'erstattede valg, der ikke er slettet', en: 'replaced choices not erased' }),
  ],
  S9: m => [...scanned(m, 'S9'), guarded(m, 'S9')],
  S10: m => [
    count(m, 'answers.given', { da: 'svar, siden serveren startede', en: 'answers since the server started' }),
    zero(m, 'answers.withCookie', {
      da: 'svar med en cookie, ingen bad om',
      en: 'answers with a cookie nobody asked for',
    }),
    ...scanned(m, 'S10'),
  ],
  S11: m => [
    count(m, 'records.held', { da: 'poster om personer', en: 'records about persons' }),
    zero(m, 'records.unknownToPerson', { da: 'uden besked eller samtykke', en: 'without notice or consent' }),
    refusals(m, 'S11'),
    ...scanned(m, 'S11'),
  ],
  S12: m => [
    zero(m, 'records.withoutPurpose', { da: 'poster uden formål', en: 'records without a purpose' }),
    refusals(m, 'S12'),
  ],
  S13: m => [
    count(m, 'website.held', { da: 'poster fra internetsiden', en: 'records from the website' }),
    refusals(m, 'S13'),
    rejected(m, 'S13'),
  ],
  S14: m => [refusals(m, 'S14'), rejected(m, 'S14')],
  S15: m => [
    zero(m, 'disclosures.withoutConsent', {
      da: 'videregivelser fra internetsiden uden samtykke',
      en: 'disclosures from the website without consent',
    }),
    refusals(m, 'S15'),
  ],
  S16: m => [
    zero(m, 'website.late', { da: 'poster over deres grænse', en: 'records past their limit' }),
    ...dated(m, 'website.oldest', { da: 'ældste post fra internetsiden', en: 'oldest record from the website' }),
    ...age(m),
  ],
  S18: m => [
    count(m, 'categories', { da: 'kategorier på den lukkede liste', en: 'categories on the closed list' }),
    zero(m, 'records.withoutCategory', { da: 'poster uden for listen', en: 'records outside the list' }),
    refusals(m, 'S18'),
  ],
  S19: m => [
    zero(m, 'records.withoutReason', {
      da: 'poster uden en åben grund, der er set efter',
      en: 'records without an open, reviewed reason',
    }),
    count(m, 'records.withoutClock', {
      da: 'poster, hvis slettedato er ved at blive regnet ud',
      en: 'records whose erase date is being worked out',
    }),
    count(m, 'records.erased', { da: 'poster slettet', en: 'records erased' }),
  ],
  S20: m => [
    count(m, 'notices.waiting', {
      da: 'beskeder, der venter inden for fristen',
      en: 'notices waiting within their time',
    }),
    count(m, 'notices.sent', { da: 'beskeder sendt', en: 'notices sent' }),
    count(m, 'notices.escalated', { da: 'beskeder hos en sagsbehandler', en: 'notices with a case worker' }),
    zero(m, 'notices.late', { da: 'beskeder over fristen', en: 'notices past their time' }),
    zero(m, 'records.withoutDelivery', { da: 'poster uden kilde', en: 'records without a source' }),
    rejected(m, 'S20'),
  ],
  S21: m => [
    count(m, 'disclosures.creditor', { da: 'videregivet til kreditor', en: 'disclosed to the creditor' }),
    count(m, 'disclosures.lawyer', { da: 'videregivet til advokat', en: 'disclosed to a lawyer' }),
    count(m, 'disclosures.authority', { da: 'videregivet til myndighed', en: 'disclosed to an authority' }),
    refusals(m, 'S21'),
  ],
  S22: m => [
    zero(m, 'disclosures.untold', { da: 'videregivelser uden besked', en: 'disclosures without a notice' }),
    count(m, 'notices.held', { da: 'beskeder holdt tilbage', en: 'notices held' }),
    zero(m, 'notices.heldLate', { da: 'holdt tilbage over datoen', en: 'held past their date' }),
  ],
  S23: m => [
    count(m, 'vouchers.booked', { da: 'bilag', en: 'vouchers' }),
    ...dated(m, 'vouchers.nextFloor', { da: 'første bilag må slettes efter', en: 'first voucher may go after' }),
    zero(m, 'records.withoutVoucher', { da: 'bogføring uden bilag', en: 'accounting without a voucher' }),
    zero(m, 'records.erasedTooEarly', { da: 'slettet før tiden', en: 'erased before their time' }),
    refusals(m, 'S23'),
  ],
  S24: m => [
    count(m, 'requests.answered', { da: 'indsigter givet', en: 'access replies given' }),
    ...median(m),
    count(m, 'requests.waiting', { da: 'venter på svar', en: 'waiting for an answer' }),
    zero(m, 'requests.overdue', { da: 'anmodninger over fristen', en: 'requests overdue' }),
  ],
  S25: m => [
    count(m, 'requests.objections', { da: 'indsigelser', en: 'objections' }),
    count(m, 'records.restricted', { da: 'begrænsede poster', en: 'restricted records' }),
    zero(m, 'requests.unrestricted', { da: 'indsigelser uden begrænsning', en: 'objections without restriction' }),
    refusals(m, 'S25'),
  ],
}
