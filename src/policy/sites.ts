/** Whether a host is one of the policy's sites, or part of the one that a site's own key names. Pure. */
import type { PolicyDocument } from './types.ts'

type Sites = Pick<PolicyDocument, 'sites'>

const HOST_LENGTH_MAX = 253
const LABELS = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/

/** The policy's site that a host is, or lies below where the policy says so; the closest one. Names only, no ports. */
export function siteOf({ sites }: Sites, host: string): Sites['sites'][number] | null {
  const name = host.toLowerCase()
  const fitting = sites.filter(site => name === site.host || (site.subdomains === true && isBelow(name, site.host)))
  return fitting.toSorted((a, b) => b.host.length - a.host.length)[0] ?? null
}

/** Whether the host is one of the policy's sites, or below one that says so. */
export function isOurSite(document: Sites, host: string): boolean {
  return siteOf(document, host) !== null
}

/** Whether the host is this very site, or below it where the policy counts what is below it along (S15). */
export function isPartOfSite(document: Sites, site: string, host: string): boolean {
  const name = host.toLowerCase()
  if (name === site) return isOurSite(document, name)
  const whole = document.sites.filter(it => it.subdomains === true)
  return isBelow(name, site) && whole.some(it => site === it.host || isBelow(site, it.host))
}

function isBelow(name: string, host: string): boolean {
  if (name.length > HOST_LENGTH_MAX || !name.endsWith(`.${host}`)) return false
  return LABELS.test(name.slice(0, -host.length - 1))
}
