/** Which scanned host stands for which host of the policy: a copy elsewhere is judged as the site. Pure. */
import { isHostOf, plainHost } from '../sdk/register.ts'
import type { Register } from '../sdk/wire.ts'
import type { ScanRequest } from './report.ts'

/** What the judge asks about hosts. */
export type SiteMap = {
  /** The host that was asked for first, without port. */
  readonly site: string
  /** The host as the policy knows it. */
  readonly nameOf: (host: string) => string
  /** Whether the policy's site covers this host; without a register, whether it was asked for. */
  readonly isOurs: (host: string) => boolean
}

/** Reads the hosts out of what was asked for. */
export function siteMapOf({ urls, register, as }: Pick<ScanRequest, 'urls' | 'register' | 'as'>): SiteMap {
  const scanned = urls.flatMap(url => (URL.canParse(url) ? [plainHost(new URL(url).hostname)] : []))
  const nameOf = (host: string) => (as === null ? plainHost(host) : translated(plainHost(host), scanned, as))
  return {
    site: scanned[0] ?? '',
    nameOf,
    isOurs: host => isOurs(nameOf(host), register, scanned),
  }
}

function translated(host: string, scanned: readonly string[], as: string): string {
  const at = scanned.find(it => host === it || host.endsWith(`.${it}`) || it.endsWith(`.${host}`))
  if (at === undefined) return host
  return host.length > at.length ? `${host.slice(0, -at.length)}${as}` : as
}

function isOurs(host: string, register: Register | null, scanned: readonly string[]): boolean {
  return register ? isHostOf(register, host) : scanned.some(it => host === it || host.endsWith(`.${it}`))
}
