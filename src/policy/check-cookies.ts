/** The cookie promises against the policy's own cookie list, hosts and time zone. */
import { parseDuration } from '../lib/civil-date.ts'
import type { Report } from './problem-list.ts'
import { isOurSite } from './sites.ts'
import type { Cookie, PolicyDocument } from './types.ts'

/** Reports entries of the list that contradict each other, the sites, the kinds, the limits or the categories. */
export function checkCookies(document: PolicyDocument, report: Report): void {
  const { cookies } = document
  cookies.entries.forEach((entry, index) => {
    const path = ['cookies', 'entries', index]
    if (entry.site !== undefined && !isOurSite(document, entry.site))
      report({ ...SITE_NOT_LISTED, path: [...path, 'site'] })
    if (!Object.hasOwn(cookies.categories, entry.category)) report({ ...CATEGORY_UNKNOWN, path: [...path, 'category'] })
    if (isSession(entry) && !cookies.kinds.includes('session'))
      report({ ...SESSION_NOT_USED, path: [...path, entry.kind === 'sessionStorage' ? 'kind' : 'lifetime'] })
    if (days(entry.lifetime) > days(cookies.lifetimeMax)) report({ ...LIVES_TOO_LONG, path: [...path, 'lifetime'] })
    const twice = cookies.entries.findIndex(other => isSamePlace(other, entry) && other.name === entry.name)
    if (twice !== index) report({ ...COOKIE_TWICE, path: [...path, 'name'] })
    const other = cookies.entries.find(it => it.name !== entry.name && contradicts(it, entry))
    if (other) report({ ...COOKIE_CONTRADICTED, path: [...path, 'name'] })
  })
  checkChoice(document, report)
  if (!Object.hasOwn(cookies.categories, NECESSARY)) report({ ...NO_NECESSARY, path: ['cookies', 'categories'] })
  if (cookies.browserGuides.length === 0) report({ ...NO_GUIDES, path: ['cookies', 'browserGuides'] })
  if (document.controller.timeZone !== TIME_ZONE) report({ ...OTHER_TIME_ZONE, path: ['controller', 'timeZone'] })
}

/** The category nobody is asked about (Cookiebekendtgørelsen § 4). */
const NECESSARY = 'necessary'

/** The visitor's choice is remembered by a necessary cookie that a script may read and no pattern describes. */
function checkChoice({ cookies }: PolicyDocument, report: Report): void {
  const entry = cookies.entries.find(it => it.name === cookies.choice && it.kind === 'cookie')
  const isFit = entry?.category === NECESSARY && entry.site === undefined && entry.attributes?.httpOnly !== true
  if (!isFit || isSession(entry)) report({ ...CHOICE_UNFIT, path: ['cookies', 'choice'] })
}

function isSession(entry: Cookie): boolean {
  return entry.lifetime === 'session' || entry.kind === 'sessionStorage'
}

function isSamePlace(one: Cookie, other: Cookie): boolean {
  return one.kind === other.kind && (one.site === undefined || other.site === undefined || one.site === other.site)
}

/** Two entries for one and the same name that promise different things. */
function contradicts(pattern: Cookie, entry: Cookie): boolean {
  if (!pattern.name.includes('*') || !isSamePlace(pattern, entry)) return false
  const covers = new RegExp(`^${pattern.name.replaceAll('.', '\\.').replaceAll('*', '.+')}$`).test(entry.name)
  return covers && (pattern.category !== entry.category || pattern.lifetime !== entry.lifetime)
}

// The database's generated day columns are in this zone (docs/decisions/0008-civil-dates.md).
const TIME_ZONE = 'Europe/Copenhagen'

function days(duration: string): number {
  const period = parseDuration(duration)
  if (period === undefined) return 0
  return period.count * (period.unit === 'Y' ? 366 : period.unit === 'M' ? 31 : 1)
}

const CATEGORY_UNKNOWN = {
  code: 'policy.cookie_category_unknown',
  message: { da: 'Cookiens kategori findes ikke.', en: 'The category of the cookie does not exist.' },
  remedy: { da: 'Skriv den under cookies.categories.', en: 'Write it under cookies.categories.' },
}
const NO_NECESSARY = {
  code: 'policy.cookie_category_necessary',
  message: { da: "Kategorien 'necessary' mangler.", en: "The category 'necessary' is missing." },
  remedy: { da: 'Den skal altid være der.', en: 'It must always be there.' },
}
const COOKIE_CONTRADICTED = {
  code: 'policy.cookie_contradicted',
  message: {
    da: 'Et mønster på listen lover noget andet om den samme cookie.',
    en: 'A pattern of the list promises something else about the same cookie.',
  },
  remedy: { da: 'Gør mønstret snævrere.', en: 'Make the pattern narrower.' },
}
const CHOICE_UNFIT = {
  code: 'policy.cookie_choice_unfit',
  message: {
    da: 'cookies.choice skal nævne en nødvendig cookie med levetid, for alle websteder og uden httpOnly.',
    en: 'cookies.choice must name a necessary cookie with a lifetime, for every site and without httpOnly.',
  },
  remedy: { da: 'Se cookievalg i den medfølgende politik.', en: 'See cookievalg in the policy that comes along.' },
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
