/** A register of an invented site for tests: four categories and every kind of storage. */
import type { Category, Entry, Register } from './wire.ts'

const DAY = 86_400

const category = (code: string, da: readonly [string, string], en: readonly [string, string]) => ({
  code,
  title: { da: da[0], en: en[0] },
  text: { da: da[1], en: en[1] },
})

const categories: readonly Category[] = [
  {
    ...category(
      'necessary',
      ['Nødvendige', 'Uden dem kan du ikke logge ind eller få husket dit cookievalg.'],
      ['Necessary', 'Without them you cannot log in or have your cookie choice remembered.'],
    ),
    isNecessary: true,
    signals: [],
  },
  {
    ...category(
      'preferences',
      ['Indstillinger', 'Husker, hvordan du vil have siden vist.'],
      ['Preferences', 'Remember how you want the page to look.'],
    ),
    isNecessary: false,
    signals: ['functionality_storage', 'personalization_storage'],
  },
  {
    ...category(
      'statistics',
      ['Statistik', 'Tæller besøg, så vi kan se, hvilke sider der bliver brugt.'],
      ['Statistics', 'Count visits so that we can see which pages are used.'],
    ),
    isNecessary: false,
    signals: ['analytics_storage'],
  },
  {
    ...category(
      'marketing',
      ['Markedsføring', 'Viser dig annoncer, der passer til det, du har set på.'],
      ['Marketing', 'Show you adverts that match what you have looked at.'],
    ),
    isNecessary: false,
    signals: ['ad_storage', 'ad_user_data', 'ad_personalization'],
  },
]

const plain: Omit<Entry, 'name' | 'category' | 'purpose'> = {
  kind: 'cookie',
  site: 'localhost',
  setter: 'Nordlys Energi A/S',
  lifetime: 'P6M',
  lifetimeSeconds: 186 * DAY,
  secure: true,
  httpOnly: false,
  sameSite: 'Lax',
  values: null,
  isRandom: false,
}

const entry = (name: string, code: string, purpose: readonly [string, string], rest: Partial<Entry> = {}): Entry => ({
  ...plain,
  name,
  category: code,
  purpose: { da: purpose[0], en: purpose[1] },
  ...rest,
})

const entries: readonly Entry[] = [
  entry('cookievalg', 'necessary', [
    'Husker dit ja eller nej til cookies, så vi ikke spørger igen.',
    'Remembers your yes or no to cookies so that we do not ask again.',
  ]),
  entry('login', 'necessary', ['Holder dig logget ind.', 'Keeps you logged in.'], {
    httpOnly: true,
    lifetime: 'session',
    lifetimeSeconds: null,
    isRandom: true,
  }),
  entry('tema', 'preferences', ['Husker lys eller mørk visning.', 'Remembers light or dark display.'], {
    kind: 'localStorage',
    lifetime: 'P1Y',
    lifetimeSeconds: 366 * DAY,
  }),
  entry('udkast-*', 'preferences', ['Gemmer det, du er ved at skrive.', 'Keeps what you are writing.'], {
    kind: 'sessionStorage',
    lifetime: 'session',
    lifetimeSeconds: null,
  }),
  entry('besog_*', 'statistics', ['Skelner et besøg fra et andet.', 'Tells one visit from another.'], {
    lifetime: 'P90D',
    lifetimeSeconds: 90 * DAY,
    isRandom: true,
  }),
  entry('taelleko', 'statistics', ['Gemmer tal, til de er sendt.', 'Keeps figures until they are sent.'], {
    kind: 'indexedDB',
    setter: 'Tælleværket ApS',
    lifetime: 'P1D',
    lifetimeSeconds: DAY,
  }),
  entry('annonce', 'marketing', ['Genkender dig hos annoncører.', 'Recognises you at advertisers.'], {
    setter: 'Annoncenet Europa',
    sameSite: 'None',
  }),
  entry('annonce-*', 'marketing', ['Gemmer billeder til annoncer.', 'Keeps pictures for adverts.'], {
    kind: 'cache',
    setter: 'Annoncenet Europa',
  }),
  entry('px', 'marketing', ['Fortæller, at en annonce blev set.', 'Tells that an advert was seen.'], {
    kind: 'pixel',
    setter: 'Annoncenet Europa',
    lifetime: 'session',
    lifetimeSeconds: null,
  }),
]

/** Everything a register can hold; its site is localhost, where browsers treat plain http as safe. */
export const fullRegister: Register = {
  format: 'indsigt-register/1',
  site: 'localhost',
  includesSubdomains: false,
  controller: 'Nordlys Energi A/S',
  policyVersion: 4,
  policySha256: 'c0ffee00'.repeat(8),
  policyUrl: '/policy',
  kinds: ['persistent', 'session'],
  bytesMax: 4096,
  lifetimeMaxSeconds: 366 * DAY,
  choiceCookie: 'cookievalg',
  choiceSeconds: 186 * DAY,
  categories,
  entries,
  guides: [
    { name: 'Chrome', url: 'https://support.google.com/chrome/answer/95647' },
    { name: 'Edge', url: 'https://support.microsoft.com/microsoft-edge' },
    { name: 'Firefox', url: 'https://support.mozilla.org/kb/clear-cookies-and-site-data-firefox' },
    { name: 'Safari', url: 'https://support.apple.com/guide/safari/sfri11471/mac' },
  ],
  rules: [],
}

/** The same site when it uses nothing that needs a yes. */
export const necessaryRegister: Register = {
  ...fullRegister,
  categories: categories.filter(it => it.isNecessary),
  entries: entries.filter(it => it.category === 'necessary'),
}
