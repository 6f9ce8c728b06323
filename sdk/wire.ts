/** The shapes that travel between a site, its visitors' browsers, Indsigt and the scanner. Types only. */

/** A sentence for people, in both languages. */
export type Text = { readonly da: string; readonly en: string }
export type Language = 'da' | 'en'

/** Everything a site may leave in a browser; the law makes no difference between them (Cookiebekendtgørelsen § 3). */
export type StorageKind = 'cookie' | 'localStorage' | 'sessionStorage' | 'indexedDB' | 'cache' | 'pixel'

/** One declared thing. `name` may hold `*` for one or more characters. */
export type Entry = {
  readonly name: string
  readonly kind: StorageKind
  /** The listed host it belongs to, subdomains included. */
  readonly site: string
  /** Who sets it (Cookiebekendtgørelsen § 3: the visitor is told). */
  readonly setter: string
  readonly category: string
  readonly purpose: Text
  /** As declared, e.g. 'P6M', or 'session'. */
  readonly lifetime: string
  /** The same in seconds, months as 31 days and years as 366; null for a session. */
  readonly lifetimeSeconds: number | null
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: 'Strict' | 'Lax' | 'None' | null
  /** When given, no other value may stand in it. */
  readonly values: readonly string[] | null
  /** It holds chance alone: a value that looks like a digest is then not held against it. */
  readonly isRandom: boolean
}

export type Category = {
  readonly code: string
  readonly title: Text
  readonly text: Text
  /** Strictly necessary: not asked about (Cookiebekendtgørelsen § 4). */
  readonly isNecessary: boolean
  /** Google Consent Mode v2 signals that follow this category, e.g. 'analytics_storage'. */
  readonly signals: readonly string[]
}

/** What a guard establishes about one cookie; the policy's rules decide on these and nothing else. */
export const COOKIE_FACTS = [
  'siteListed',
  'cookieDeclared',
  'cookieNecessary',
  'cookieClassified',
  'cookiePersistent',
  'cookieWithinLifetime',
  'cookieSmall',
  'cookieClean',
  'cookieProtected',
  'visitorConsent',
  'visitorRefused',
  'guideOffered',
] as const
export type CookieFact = (typeof COOKIE_FACTS)[number]
export type CookieFacts = { readonly [fact in CookieFact]: boolean }

/** A rule of the policy about setting cookies, as the policy has it. All of `when` and none of `unless`. */
export type Rule = {
  readonly id: string
  readonly clause: string
  readonly effect: 'permit' | 'forbid'
  readonly code: string
  readonly article: string
  readonly text: Text
  readonly when: readonly CookieFact[]
  readonly unless: readonly CookieFact[]
}

/** The register of one site, made from the policy in force: the one source of banner, gate, guard, sweep and scan. */
export type Register = {
  readonly format: 'indsigt-register/1'
  readonly site: string
  readonly includesSubdomains: boolean
  readonly controller: string
  readonly policyVersion: number
  readonly policySha256: string
  /** Where the whole policy can be read; absolute or a path. */
  readonly policyUrl: string
  readonly kinds: readonly ('persistent' | 'session')[]
  readonly bytesMax: number
  readonly lifetimeMaxSeconds: number
  /** Name of the entry that keeps the visitor's choice, and how long a choice is remembered. */
  readonly choiceCookie: string
  readonly choiceSeconds: number
  /** In the order in which they are shown; the necessary one first. */
  readonly categories: readonly Category[]
  readonly entries: readonly Entry[]
  readonly guides: readonly { readonly name: string; readonly url: string }[]
  readonly rules: readonly Rule[]
}

/** What a visitor has chosen, as read from the choice cookie after its signature held. */
export type Choice = {
  /** Codes of accepted categories; necessary ones are not named. */
  readonly accepted: readonly string[]
  /** Seconds since 1970, whole minutes. */
  readonly chosenAt: number
  /** 22 base64url characters of chance; the visitor's key to the receipt. */
  readonly proof: string
}

/** How the visitor chose: which button, on which layer. */
export type Method = 'accept' | 'reject' | 'save' | 'withdraw'

/** What a site hands to Indsigt when a visitor has chosen. Nothing in it decides time, person or verdict. */
export type Submission = {
  /** The signed one-time token of the page that showed the notice. */
  readonly token: string
  readonly method: Method
  /** Categories ticked; looked at for `save` alone. */
  readonly categories: readonly string[]
  /** The Origin header of the visitor's request, or null. */
  readonly origin: string | null
  /** The visitor's browser sent Sec-GPC: 1. */
  readonly isGpc: boolean
  /** Value of the choice cookie the browser sent, or null. */
  readonly previous: string | null
}

/** The answer: the cookie to set, and the receipt. */
export type Recorded = {
  readonly cookie: { readonly name: string; readonly value: string; readonly maxAgeSeconds: number }
  readonly receipt: Receipt
}

/** The visitor's receipt, with the fields of ISO/IEC TS 27560 that apply. */
export type Receipt = {
  readonly format: 'indsigt-consent-receipt/1'
  readonly schemaVersion: 'ISO/IEC TS 27560:2023'
  readonly recordId: string
  readonly controller: string
  readonly site: string
  readonly language: Language
  readonly policyVersion: number
  readonly policyUrl: string
  /** SHA-256 of exactly what was shown and of the register it was made from, hex. */
  readonly noticeSha256: string
  readonly registerSha256: string
  /** By Indsigt's clock, ISO. */
  readonly givenAt: string
  readonly expiresAt: string
  readonly method: Method
  readonly isGpc: boolean
  readonly purposes: readonly {
    readonly category: string
    readonly title: string
    readonly state: 'given' | 'refused' | 'necessary'
  }[]
  /** Set when a later choice took its place. */
  readonly withdrawnAt: string | null
  /** Id of the person-free entry in the public log, and what was committed to there. */
  readonly ledgerEntry: string
  readonly commitment: string
}

/** What a site's own server gets when it shows its key. */
export type SiteSettings = {
  readonly register: Register
  /** Base64url key for tokens and choice cookies of this site. */
  readonly key: string
  /** ISO time of Indsigt's clock. */
  readonly now: string
}

/** How often the guard said no, by site, day and reason. `mode` tells whether the cookie was stripped or explained. */
export type GuardCount = {
  readonly day: string
  readonly code: string
  readonly mode: 'strip' | 'explain'
  readonly count: number
}

/** Where a site gets its settings from and hands its visitors' choices to. */
export type Backend = {
  settings(): Promise<SiteSettings>
  record(submission: Submission): Promise<Recorded>
  /** The receipt that the proof of a choice cookie opens, or null. */
  receipt(proof: string): Promise<Receipt | null>
  count(counts: readonly GuardCount[]): Promise<void>
}
