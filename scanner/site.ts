/** Addresses as the scanner speaks of them: page, host, and whether two hosts are one site. Pure. */

/** Second-level endings under which names are handed out one level further down. */
const ENDINGS = new Set(
  (
    'co.uk org.uk gov.uk ac.uk me.uk ltd.uk plc.uk com.au net.au org.au gov.au co.nz org.nz co.za com.br ' +
    'com.tr com.mx com.ar com.pl com.cn com.hk com.sg com.tw co.jp or.jp ne.jp ac.jp co.kr co.in co.il ' +
    'co.at or.at gv.at com.pt com.es com.gr com.ua co.no priv.no co.dk reg.dk store.dk firm.dk com.ro ' +
    'com.hr com.mt com.cy com.ee com.lv com.lt github.io gitlab.io netlify.app vercel.app pages.dev ' +
    'workers.dev herokuapp.com azurewebsites.net web.app firebaseapp.com cloudfront.net appspot.com ' +
    'blogspot.com fly.dev onrender.com'
  ).split(' '),
)

/** Registrable domain of a host; an address or a single label is its own. `a.localhost` and `b.localhost` differ. */
export function siteOf(host: string): string {
  const bare = host.replace(/^\./, '').toLowerCase()
  if (bare.includes(':') || bare.startsWith('[') || /^[\d.]+$/.test(bare)) return bare
  const labels = bare.split('.')
  if (labels.length < 3) return bare
  const count = ENDINGS.has(labels.slice(-2).join('.')) ? 3 : 2
  return labels.slice(-count).join('.')
}

/** 'first' when both hosts are of one registrable domain. */
export function partyOf(host: string, pageHost: string): 'first' | 'third' {
  return siteOf(host) === siteOf(pageHost) ? 'first' : 'third'
}

/** Origin and path of an address, never its query; '' when it is no web address. */
export function pageOf(address: string): string {
  const url = urlOf(address)
  return url ? url.origin + url.pathname : ''
}

/** An address without query, fragment and last stroke, by which links and pages are compared. */
export function bareOf(address: string): string {
  return address.replace(/[?#].*$/s, '').replace(/\/$/, '')
}

/** Host name of an address without port, or ''. */
export function hostOf(address: string): string {
  return urlOf(address)?.hostname ?? ''
}

/** Whether a host is this machine itself, by its name or number. */
export function isLoopback(host: string): boolean {
  return /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(host)
}

/** The parsed http(s) address, or null. */
export function urlOf(address: string): URL | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : null
}

/** True when a cookie of `domain` (leading dot when not host-only) would go to `host`. */
export function reaches(domain: string, host: string): boolean {
  const bare = domain.replace(/^\./, '').toLowerCase()
  return bare === host.toLowerCase() || (domain.startsWith('.') && host.toLowerCase().endsWith(`.${bare}`))
}

/** Address of a script or response without query and fragment; what is no web address is named by its scheme. */
export function sourceOf(address: string): string | null {
  if (!address) return null
  return pageOf(address) || address.split(/[?#,;]/)[0]?.slice(0, 80) || null
}
