/** What a sighting proves, as lines 'key=value' that hold no value a browser kept; `evidence-words` says them. Pure. */
import { printable, spoken, spokenPage } from './finding.ts'
import type { Sighting } from './report.ts'

/** Seconds: as the list promises, and as the site asked for; null for a session, undefined when not told. */
export type Lifetimes = { readonly promised?: number | null | undefined; readonly asked?: number | null | undefined }

const STACK_MAX = 3

/** The facts of one sighting, the most telling first. */
export function evidenceOf(sighting: Sighting, { promised, asked }: Lifetimes): string[] {
  const { kind, value, via, outcome, reason, keptSeconds, initiator, stack, atMs } = sighting
  const isCookie = kind === 'cookie'
  return [
    ...line('reason', reason),
    ...line('kept', isCookie ? seconds(keptSeconds) : undefined),
    ...line('asked', isCookie && asked !== keptSeconds ? seconds(asked) : undefined),
    ...line('promised', seconds(promised)),
    ...line('length', value.length > 0 ? String(value.length) : undefined),
    ...line('attributes', isCookie && outcome !== 'gone' ? attributesOf(sighting) : undefined),
    ...line('via', via === 'unknown' ? undefined : via),
    ...line('initiator', initiator === null ? undefined : spokenPage(initiator)),
    ...stack.slice(0, STACK_MAX).flatMap(frame => line('stack', spoken(frame.replaceAll(/\?[^\s:)]*/g, '')))),
    ...line('at', outcome === 'gone' ? `${Math.round(atMs)}` : undefined),
  ]
}

/** One line, or none when there is nothing to say. */
export function line(key: string, text: string | null | undefined): string[] {
  return text === null || text === undefined || text === '' ? [] : [`${key}=${printable(text).slice(0, 400)}`]
}

function seconds(count: number | null | undefined): string | undefined {
  // Whole days apart, so that two visits a second apart are one and the same fact.
  if (count === undefined) return undefined
  if (count === null) return 'session'
  return `${count > 7200 ? Math.round(count / 3600) * 3600 : Math.round(count)} s`
}

function attributesOf({ secure, httpOnly, sameSite, partitioned }: Sighting): string {
  const names = [
    secure ? 'Secure' : '',
    httpOnly ? 'HttpOnly' : '',
    sameSite ? `SameSite=${sameSite}` : '',
    partitioned ? 'Partitioned' : '',
  ]
  return names.filter(name => name !== '').join(' ') || '–'
}
