/** Registers of the trap site and its neighbours, under the cookie rules of the policy itself. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Category, CookieFact, Entry, Register, Rule } from '../../sdk/wire.ts'
import { DAY, DAYS, HOSTS } from './behaviour.ts'

type SiteWord = 'trap' | 'unfair' | 'good' | 'clean'
type PolicyRule = Omit<Rule, 'when' | 'unless'> & {
  readonly verbs: readonly string[]
  readonly when?: readonly CookieFact[]
  readonly unless?: readonly CookieFact[]
}

/** The register of each site while it is open on this port. */
export function registersOf(port: number): { readonly [word in SiteWord]: Register } {
  return {
    trap: register('trap', port, TRAP_ENTRIES),
    unfair: register('unfair', port, [choice('unfair'), entry('unfair', 'u_guideless')]),
    good: register('good', port, [choice('good'), entry('good', 'g_taeller', { category: 'statistics' })]),
    clean: { ...register('clean', port, []), categories: [] },
  }
}

function register(word: SiteWord, port: number, entries: readonly Entry[]): Register {
  const origin = `http://${HOSTS[word]}:${port}`
  return {
    format: 'indsigt-register/1',
    site: HOSTS[word],
    includesSubdomains: true,
    controller: 'Prøveselskabet ApS',
    policyVersion: 1,
    policySha256: '0'.repeat(64),
    policyUrl: `${origin}/cookies`,
    kinds: ['persistent'],
    bytesMax: 1024,
    lifetimeMaxSeconds: 366 * DAY,
    // These sites ask with a tool of their own; what stands in ours is Indsigt's to write, and is never seen.
    choiceCookie: 'indsigtvalg',
    choiceSeconds: 186 * DAY,
    categories: CATEGORIES,
    entries: entries.length === 0 ? [] : [...entries, { ...choice(word), name: 'indsigtvalg' }],
    guides: guidesOf(word, origin),
    rules: RULES,
  }
}

/** The unfair site also names a guide that is gone. */
function guidesOf(word: SiteWord, origin: string): Register['guides'] {
  const alive = { name: 'Chrome', url: `${origin}/cookies` }
  return word === 'unfair' ? [alive, { name: 'Netskaf', url: `${origin}/cookies/gammel-vejledning` }] : [alive]
}

function entry(word: SiteWord, name: string, more: Partial<Entry> = {}): Entry {
  return {
    name,
    kind: 'cookie',
    site: HOSTS[word],
    setter: 'Prøveselskabet ApS',
    category: 'necessary',
    purpose: { da: 'Står her for prøvens skyld.', en: 'Stands here for the sake of the test.' },
    lifetime: 'P30D',
    lifetimeSeconds: DAYS * DAY,
    secure: false,
    httpOnly: false,
    sameSite: 'Lax',
    values: null,
    isRandom: false,
    ...more,
  }
}

const choice = (word: SiteWord) => entry(word, 'cookievalg', { lifetime: 'P6M', lifetimeSeconds: 186 * DAY })
const statistics = { category: 'statistics' } as const
const marketing = { category: 'marketing' } as const

const TRAP_ENTRIES: readonly Entry[] = [
  { ...choice('trap'), httpOnly: true },
  entry('trap', 't_language', { httpOnly: true }),
  entry('trap', 't_theme', { kind: 'localStorage', lifetime: 'P12M', lifetimeSeconds: 366 * DAY, sameSite: null }),
  entry('trap', 't_long'),
  entry('trap', 't_ten_years', { lifetime: 'P12M', lifetimeSeconds: 366 * DAY, sameSite: null }),
  entry('trap', 't_rolling', statistics),
  entry('trap', 't_unprotected', { httpOnly: true, sameSite: 'Strict' }),
  entry('trap', 't_early', statistics),
  entry('trap', 't_statistics', statistics),
  entry('trap', 't_stays', { ...statistics, httpOnly: true }),
  entry('trap', 't_again', statistics),
  entry('trap', 't_ghost', statistics),
  entry('trap', 't_after_reject', marketing),
  entry('trap', 't_after_reject_js', marketing),
  entry('trap', 't_gpc', marketing),
]

const CATEGORIES: readonly Category[] = [
  {
    code: 'necessary',
    title: { da: 'Nødvendige', en: 'Necessary' },
    text: { da: 'Uden dem virker siden ikke.', en: 'Without them the site does not work.' },
    isNecessary: true,
    signals: [],
  },
  {
    code: 'statistics',
    title: { da: 'Statistik', en: 'Statistics' },
    text: { da: 'Vi tæller besøg.', en: 'We count visits.' },
    isNecessary: false,
    signals: ['analytics_storage'],
  },
  {
    code: 'marketing',
    title: { da: 'Markedsføring', en: 'Marketing' },
    text: { da: 'Vi viser dig tilbud.', en: 'We show you offers.' },
    isNecessary: false,
    signals: ['ad_storage'],
  },
]

const policy = parse(readFileSync(new URL('../../policies/intrum/policy.yaml', import.meta.url), 'utf8')) as {
  readonly rules: readonly PolicyRule[]
}

const RULES: readonly Rule[] = policy.rules
  .filter(rule => rule.verbs.includes('setCookie'))
  .map(({ id, clause, effect, code, article, text, when = [], unless = [] }) => ({
    id,
    clause,
    effect,
    code,
    article,
    text,
    when,
    unless,
  }))
