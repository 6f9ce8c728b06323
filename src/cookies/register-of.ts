/** The register of one site, made from the policy: the one source of banner, gate, guard, sweep and scan. */
import { COOKIE_FACTS, type Category, type CookieFact, type Entry, type Register, type Rule } from '../../sdk/wire.ts'
import * as policy from '../policy/policy.ts'
import type { Cookie, PolicyDocument } from '../policy/types.ts'

export type Published = {
  readonly host: string
  readonly version: number
  readonly sha256: string
  readonly policyUrl: string
}

/**
 * The register for the listed site that the host is or lies below; null for a host the policy does not name.
 * Months count as 31 days and years as 366, so that no cookie that keeps its word is refused (S5).
 */
export function registerOf(document: PolicyDocument, published: Published): Register | null {
  const site = policy.siteOf(document, published.host)
  if (!site) return null
  const { cookies } = document
  const entries = cookies.entries
    .filter(entry => entry.site === undefined || isAt(entry.site, site.host))
    .map(entry => entryOf(entry, site.host))
  const choice = entries.find(entry => entry.name === cookies.choice)
  return {
    format: 'indsigt-register/1',
    site: site.host,
    includesSubdomains: site.subdomains === true,
    controller: document.controller.name,
    policyVersion: published.version,
    policySha256: published.sha256,
    policyUrl: published.policyUrl,
    kinds: cookies.kinds,
    bytesMax: cookies.bytesMax,
    lifetimeMaxSeconds: secondsOf(cookies.lifetimeMax) ?? 0,
    choiceCookie: cookies.choice,
    choiceSeconds: choice?.lifetimeSeconds ?? 0,
    categories: categoriesOf(document, entries),
    entries,
    guides: cookies.browserGuides,
    rules: document.rules.filter(rule => rule.verbs.includes('setCookie')).map(ruleOf),
  }
}

/** An entry of a site counts for it, for what lies below it, and for the site above it that includes it. */
function isAt(entrySite: string, site: string): boolean {
  return entrySite === site || entrySite.endsWith(`.${site}`) || site.endsWith(`.${entrySite}`)
}

function entryOf(entry: Cookie, site: string): Entry {
  const { name, kind, setter, category, purpose, lifetime, attributes = {} } = entry
  return {
    name,
    kind,
    site: entry.site ?? site,
    setter,
    category,
    purpose,
    lifetime,
    lifetimeSeconds: secondsOf(lifetime),
    secure: attributes.secure === true,
    httpOnly: attributes.httpOnly === true,
    sameSite: attributes.sameSite ?? null,
    values: entry.values ?? null,
    isRandom: entry.random === true,
  }
}

/** Only what is in use is asked about: a category without an entry on this site is not shown. */
function categoriesOf({ cookies }: PolicyDocument, entries: readonly Entry[]): Category[] {
  const all = Object.entries(cookies.categories).map(([code, { title, text, signals }]) => ({
    code,
    title,
    text,
    isNecessary: code === 'necessary',
    signals: signals ?? [],
  }))
  return all
    .filter(it => it.isNecessary || entries.some(entry => entry.category === it.code))
    .toSorted((a, b) => Number(b.isNecessary) - Number(a.isNecessary))
}

function ruleOf(rule: PolicyDocument['rules'][number]): Rule {
  const { id, clause, effect, code, article, text } = rule
  return { id, clause, effect, code, article, text, when: factsOf(rule.when), unless: factsOf(rule.unless) }
}

/** A rule about cookies that asks for anything a guard cannot know is a fault of the policy, found when it is read. */
function factsOf(facts: readonly string[] | undefined): CookieFact[] {
  return (facts ?? []).map(fact => {
    if (!(COOKIE_FACTS as readonly string[]).includes(fact)) throw new Error(`no cookie guard knows the fact ${fact}`)
    return fact as CookieFact
  })
}

const DAY_SECONDS = 86_400
const DAYS = { D: 1, M: 31, Y: 366 } as const

function secondsOf(lifetime: string): number | null {
  const match = /^P(\d{1,4})([YMD])$/.exec(lifetime)
  return match ? Number(match[1]) * DAYS[match[2] as keyof typeof DAYS] * DAY_SECONDS : null
}
