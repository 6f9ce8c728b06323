/** A constructed scan of an invented site: its register, and messages as a child would write them. */
import type { CookieFact, Entry, Register, Rule } from '../sdk/wire.ts'
import type { ApiUse, Message, OutRequest, PageVisit, Report, ScanRequest, Sighting } from './report.ts'
import { judge } from './judge.ts'

export const DAY = 86_400
export const STARTED = new Date('2026-11-22T10:00:00.000Z')

const forbid = (id: string, clause: string, code: string, when: CookieFact[], unless: CookieFact[]): Rule => ({
  id,
  clause,
  code,
  when,
  unless,
  effect: 'forbid',
  article: 'GDPR 5(1)(a)',
  text: { da: 'Det er imod politikken.', en: 'It is against the policy.' },
})

const permit = (id: string, code: string, when: CookieFact[]): Rule => ({
  ...forbid(id, 'S1', code, when, []),
  effect: 'permit',
})

const RULES: readonly Rule[] = [
  permit('consented', 'cookie.consented', ['siteListed', 'cookieDeclared', 'visitorConsent']),
  permit('necessary', 'cookie.necessary', ['siteListed', 'cookieDeclared', 'cookieNecessary']),
  forbid('site', 'S1', 'cookie.site_not_listed', [], ['siteListed']),
  forbid('declared', 'S1', 'cookie.not_declared', [], ['cookieDeclared']),
  forbid('size', 'S2', 'cookie.too_large', [], ['cookieSmall']),
  forbid('clean', 'S3', 'cookie.holds_personal_data', [], ['cookieClean']),
  forbid('protected', 'S3', 'cookie.unprotected', [], ['cookieProtected']),
  forbid('kind', 'S4', 'cookie.kind_unclear', [], ['cookieClassified']),
  forbid('lifetime', 'S5', 'cookie.lives_too_long', ['cookiePersistent'], ['cookieWithinLifetime']),
  forbid('without', 'S6', 'cookie.without_lifetime', [], ['cookiePersistent']),
  forbid('session', 'S7', 'cookie.session_not_used', [], ['cookiePersistent']),
  forbid('refused', 'S8', 'cookie.refused_by_visitor', ['visitorRefused'], ['cookieNecessary']),
  forbid('guide', 'S9', 'cookie.no_guide_offered', [], ['guideOffered']),
]

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({
  name,
  kind: 'cookie',
  site: 'fjordby.test',
  setter: 'Fjordby Energi',
  category: 'necessary',
  purpose: { da: 'Husker dit sprog.', en: 'Remembers your language.' },
  lifetime: 'P30D',
  lifetimeSeconds: 30 * DAY,
  secure: true,
  httpOnly: false,
  sameSite: 'Lax',
  values: null,
  isRandom: false,
  ...more,
})

export const REGISTER: Register = {
  format: 'indsigt-register/1',
  site: 'fjordby.test',
  includesSubdomains: true,
  controller: 'Fjordby Energi',
  policyVersion: 3,
  policySha256: 'ab'.repeat(32),
  policyUrl: '/policy',
  kinds: ['persistent'],
  bytesMax: 4096,
  lifetimeMaxSeconds: 366 * DAY,
  choiceCookie: 'cookievalg',
  choiceSeconds: 186 * DAY,
  categories: [
    {
      code: 'necessary',
      title: { da: 'Nødvendige', en: 'Necessary' },
      text: { da: 'Uden dem virker siden ikke.', en: 'The site needs them.' },
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
  ],
  entries: [
    entry('sprog'),
    entry('cookievalg', { lifetime: 'P6M', lifetimeSeconds: 186 * DAY, isRandom: true }),
    entry('besog_*', {
      category: 'statistics',
      isRandom: true,
      purpose: { da: 'Tæller, om besøget er nyt.', en: 'Counts whether a visit is new.' },
    }),
    entry('visning', { kind: 'localStorage', lifetime: 'P12M', lifetimeSeconds: 366 * DAY, sameSite: null }),
    entry('udgave', { values: ['v7kq9x2m'] }),
    entry('aldrig', { category: 'statistics' }),
  ],
  guides: [{ name: 'Chrome', url: 'https://fjordby.test/vejledning' }],
  rules: RULES,
}

export const REQUEST: ScanRequest = {
  urls: ['https://fjordby.test/'],
  register: REGISTER,
  as: null,
  personas: ['fresh', 'reject', 'accept', 'withdraw', 'return', 'gpc'],
  pagesMax: 10,
  dwellMs: 5000,
  pageLimitMs: 20_000,
  scanLimitMs: 120_000,
  script: [],
  proxy: '127.0.0.1:1',
  browser: '/usr/bin/chromium',
}

/** A cookie of the site in order: as declared, set by the server, before any choice. */
export function sighting(name: string, more: Partial<Sighting> = {}): Message {
  const value = more.value ?? 'da'
  const isKept = (more.outcome ?? 'kept') === 'kept'
  const kept = more.keptSeconds === undefined ? 30 * DAY : more.keptSeconds
  const age = kept === null ? '' : `; Max-Age=${kept}`
  return {
    type: 'sighting',
    sighting: {
      persona: 'fresh',
      phase: 'before',
      page: 'https://fjordby.test/',
      kind: 'cookie',
      name,
      host: 'fjordby.test',
      path: '/',
      party: 'first',
      value,
      raw: `${name}=${value}; Path=/${age}; Secure; SameSite=Lax`,
      via: 'http',
      ...(isKept && { keptSeconds: kept }),
      secure: true,
      httpOnly: false,
      sameSite: 'Lax',
      partitioned: false,
      outcome: 'kept',
      reason: null,
      initiator: 'https://fjordby.test/',
      stack: [],
      atMs: 12,
      event: 'set',
      ...more,
    },
  }
}

/** A picture fetched from a tracker before any choice. */
export function request(more: Partial<OutRequest> = {}): Message {
  return {
    type: 'request',
    request: {
      persona: 'fresh',
      phase: 'before',
      page: 'https://fjordby.test/',
      host: 'tracker.test',
      path: '/p.gif',
      query: '',
      body: '',
      type: 'Image',
      party: 'third',
      initiator: null,
      isBeacon: false,
      status: 200,
      atMs: 40,
      ...more,
    },
  }
}

/** A page in order: seen, asks fairly, points to the guides. */
export function page(more: Partial<PageVisit> = {}): Message {
  return {
    type: 'page',
    page: {
      persona: 'fresh',
      page: 'https://fjordby.test/',
      outcome: 'seen',
      status: 200,
      dwellMs: 5000,
      bytes: 9000,
      banner: 'Indsigt',
      rejectOnFirstLayer: true,
      isFair: true,
      guideLinks: ['https://fjordby.test/vejledning'],
      choiceControl: true,
      words: 200,
      isReadable: true,
      ...more,
    },
  }
}

/** What the server of a guide answered; null: it was not reached. */
export function guide(status: number | null): Message {
  return { type: 'guide', guide: { url: 'https://fjordby.test/vejledning', status } }
}

/** A call that tells browsers apart. */
export function api(more: Partial<ApiUse> = {}): Message {
  return {
    type: 'api',
    api: {
      persona: 'fresh',
      phase: 'before',
      page: 'https://fjordby.test/',
      api: 'canvas',
      script: 'https://tracker.test/f.js?id=7',
      stack: ['draw@https://tracker.test/f.js:4'],
      ...more,
    },
  }
}

export const DONE: Message = { type: 'done', browser: 'Chrome/153', sandboxed: true, uid: 65_534 }

/** A whole report from messages, as the composition puts it together. */
export function reportOf(messages: readonly Message[], request: ScanRequest = REQUEST): Report {
  return {
    format: 'indsigt-scan/1',
    scanId: '3f0c6f0e-6a55-4f0f-9d53-1a1f5b1d2c3e',
    tool: 'indsigt 0.1.0',
    startedAt: STARTED.toISOString(),
    finishedAt: '2026-11-22T10:00:27.000Z',
    diff: null,
    ...judge([guide(200), ...messages, DONE].filter(isLastWord), request, STARTED),
  }
}

/** A guide that a test speaks of itself was not answered otherwise before. */
function isLastWord(message: Message, index: number, all: readonly Message[]): boolean {
  return message.type !== 'guide' || !all.slice(index + 1).some(it => it.type === 'guide')
}
