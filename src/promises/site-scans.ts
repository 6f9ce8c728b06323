/** What scans say of the sites that the policy names, and what may not be claimed because none says it. Pure. */
import { daysBetween } from '../lib/civil-date.ts'
import type { Text } from '../policy/types.ts'

/** One site. Its hosts are scanned each by itself; a host the policy does not name any more is not among them. */
export type SiteScans = {
  readonly site: string
  /** Day of the latest scan of the whole of a host, for the host where it is longest ago; null: none was scanned. */
  readonly scannedOn: string | null
  /** Breaches found and not yet shown to be gone. */
  readonly breaches: { readonly [clause: string]: number }
}

/** Clauses that nobody can call kept before somebody has looked at the sites. */
const SEEN_BY_SCAN: ReadonlySet<string> = new Set(['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9'])

/** A site changes without asking us: what was seen longer ago than this shows nothing of today. */
const LASTS_DAYS = 31

/** Why a clause cannot be called kept: sites not scanned, or scanned too long ago. Null when nothing is missing. */
export function unseen(clause: string, scans: readonly SiteScans[], today: string): Text | null {
  if (!SEEN_BY_SCAN.has(clause)) return null
  const never = scans.filter(it => it.scannedOn === null).map(it => it.site)
  if (never.length > 0) return notScanned(never.join(', '))
  const old = scans.filter(it => it.scannedOn !== null && daysBetween(it.scannedOn, today) > LASTS_DAYS)
  return old.length > 0 ? longAgo(old.map(it => it.site).join(', ')) : null
}

/** Breaches of a clause on all sites. */
export function breachesOf(scans: readonly SiteScans[], clause: string): number {
  return scans.reduce((sum, it) => sum + (it.breaches[clause] ?? 0), 0)
}

/** How many sites were scanned. */
export function scannedOf(scans: readonly SiteScans[]): number {
  return scans.filter(it => it.scannedOn !== null).length
}

/** The scan that is longest ago, as a day; null when there is none. */
export function oldestOf(scans: readonly SiteScans[]): string | null {
  return scans.flatMap(it => it.scannedOn ?? []).toSorted()[0] ?? null
}

function notScanned(sites: string): Text {
  return {
    da: `Ikke scannet endnu: ${sites}. Dørene er bygget, men ingen har set efter, hvad siderne gør i en browser.`,
    en: `Not scanned yet: ${sites}. The doors are built, but nobody has looked at what the pages do in a browser.`,
  }
}

function longAgo(sites: string): Text {
  return {
    da: `Scanningen er over ${LASTS_DAYS} dage gammel: ${sites}. Den viser ikke, hvad siderne gør i dag.`,
    en: `The scan is more than ${LASTS_DAYS} days old: ${sites}. It does not show what the pages do today.`,
  }
}
