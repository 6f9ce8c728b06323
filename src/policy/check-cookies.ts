/** The cookie promises against the policy's own cookie list, hosts and time zone. */
import { parseDuration } from '../lib/civil-date.ts'
import type { Report } from './problem-list.ts'
import type { PolicyDocument } from './types.ts'

/** Reports cookies on unlisted hosts, kinds the policy says it does not use, too long lifetimes and absent guides. */
export function checkCookies(document: PolicyDocument, report: Report): void {
  const { cookies } = document
  cookies.entries.forEach((entry, index) => {
    const path = ['cookies', 'entries', index]
    if (!isListed(document, entry.site)) report({ ...SITE_NOT_LISTED, path: [...path, 'site'] })
    if (entry.kind === 'sessionStorage' && !cookies.kinds.includes('session'))
      report({ ...SESSION_NOT_USED, path: [...path, 'kind'] })
    if (days(entry.lifetime) > days(cookies.lifetimeMax)) report({ ...LIVES_TOO_LONG, path: [...path, 'lifetime'] })
    const twice = cookies.entries.findIndex(other => other.name === entry.name && other.site === entry.site)
    if (twice !== index) report({ ...COOKIE_TWICE, path: [...path, 'name'] })
  })
  if (cookies.browserGuides.length === 0) report({ ...NO_GUIDES, path: ['cookies', 'browserGuides'] })
  if (document.controller.timeZone !== TIME_ZONE) report({ ...OTHER_TIME_ZONE, path: ['controller', 'timeZone'] })
}

// The database's generated day columns are in this zone (docs/decisions/0008-civil-dates.md).
const TIME_ZONE = 'Europe/Copenhagen'

function isListed(document: PolicyDocument, host: string): boolean {
  return document.sites.some(site => host === site.host || (site.subdomains === true && host.endsWith(`.${site.host}`)))
}

function days(duration: string): number {
  const period = parseDuration(duration)
  if (period === undefined) return 0
  return period.count * (period.unit === 'Y' ? 366 : period.unit === 'M' ? 31 : 1)
}

const SITE_NOT_LISTED = {
  code: 'policy.cookie_site_not_listed',
  message: {
    da: 'Cookien hører til et websted, politikken ikke nævner.',
    en: 'The cookie belongs to a site the policy does not name.',
  },
  remedy: {
    da: 'Tilføj webstedet under sites, eller fjern cookien.',
    en: 'Add the site under sites, or remove the cookie.',
  },
}
const SESSION_NOT_USED = {
  code: 'policy.session_cookie_declared',
  message: {
    da: 'Politikken lover, at sessionscookies ikke bruges.',
    en: 'The policy promises that session cookies are not used.',
  },
  remedy: { da: 'Giv den en levetid, eller fjern den.', en: 'Give it a lifetime, or remove it.' },
}
const LIVES_TOO_LONG = {
  code: 'policy.cookie_lives_too_long',
  message: { da: 'Levetiden er over politikkens længste.', en: 'The lifetime exceeds the longest of the policy.' },
  remedy: { da: 'Forkort levetiden.', en: 'Shorten the lifetime.' },
}
const COOKIE_TWICE = {
  code: 'policy.cookie_twice',
  message: { da: 'Cookien står to gange for samme websted.', en: 'The cookie is listed twice for the same site.' },
  remedy: { da: 'Behold én af dem.', en: 'Keep one of them.' },
}
const NO_GUIDES = {
  code: 'policy.no_browser_guides',
  message: { da: 'Der mangler vejledninger til browsere.', en: 'Browser guides are missing.' },
  remedy: { da: 'Skriv mindst én vejledning med adresse.', en: 'Write at least one guide with its address.' },
}
const OTHER_TIME_ZONE = {
  code: 'policy.time_zone_other',
  message: { da: 'Dage tælles efter dansk tid i denne udgave.', en: 'This version counts days in Danish time.' },
  remedy: { da: "Skriv 'Europe/Copenhagen'.", en: "Write 'Europe/Copenhagen'." },
}
