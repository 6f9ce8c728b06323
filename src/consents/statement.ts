/** The rules of a consent: what it must say to be one, and the exact form in which it is sealed. Pure. */
import { createHash } from 'node:crypto'
import { containsCard } from '../lib/card.ts'
import { addDuration, isDate } from '../lib/civil-date.ts'
import { mayContainCpr } from '../lib/cpr.ts'
import type { Fault } from '../platform/problems.ts'
import type { PolicyDocument } from '../policy/types.ts'

export const TEXT_MAX = 10_000
const VERSION_FORM = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,63}$/u
/** A yes that nobody renews is not kept alive for longer than this. */
const VALID_MAX = 'P10Y'

export type Said = {
  readonly purpose: string
  readonly channel?: string
  readonly recipientId?: string | null
  readonly text: string
  readonly textVersion: string
  readonly validUntil?: string | null
}

/**
 * What keeps this from being a consent (GDPR 4(11), 7): a purpose the policy has, marketing for one channel
 * (S17), disclosure to one recipient (S15), words that were shown. Empty when nothing does.
 */
export function faultsOf(said: Said, document: PolicyDocument, today: string): Fault[] {
  const { purpose, channel = '', recipientId = null, text, textVersion, validUntil = null } = said
  const known = Object.hasOwn(document.purposes, purpose) ? document.purposes[purpose] : undefined
  const faults: Fault[] = []
  const add = (field: string, code: string, clause: string) => faults.push({ field, code: `consent.${code}`, clause })
  if (!known) add('purpose', 'purpose_unknown', 'S12')
  if (channel !== '' && !Object.hasOwn(document.channels, channel)) add('channel', 'channel_unknown', 'S17')
  if (known?.marketing === true && channel === '') add('channel', 'channel_needed', 'S17')
  if (purpose === 'disclosure' && recipientId === null) add('recipient', 'recipient_needed', 'S15')
  if (text.trim() === '' || text.length > TEXT_MAX) add('text', 'text_needed', 'S11')
  // The version lies in clear: it is no place for a person's number (S13).
  const isVersion = VERSION_FORM.test(textVersion) && !mayContainCpr(textVersion) && !containsCard(textVersion)
  if (!isVersion) add('textVersion', 'version_form', 'S11')
  if (validUntil !== null && !isTimely(validUntil, today)) add('validUntil', 'date_form', 'S11')
  return faults
}

/** SHA-256 of the exact words, byte for byte. */
export function sha256Of(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

export type Decisive = {
  readonly purpose: string
  readonly channel: string
  readonly recipientId: string | null
  readonly textVersion: string
  readonly language: string
  readonly policyVersion: number
  readonly validUntil: string | null
}

/** The words with every column that decides, in one fixed form: a changed column no longer fits what was sealed. */
export function statementOf(row: Decisive, text: string): string {
  const { purpose, channel, recipientId, textVersion, language, policyVersion, validUntil } = row
  return JSON.stringify({ text, purpose, channel, recipientId, textVersion, language, policyVersion, validUntil })
}

function isTimely(day: string, today: string): boolean {
  return isDate(day) && day >= today && day <= addDuration(today, VALID_MAX)
}
