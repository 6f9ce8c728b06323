/**
 * The shapes of a policy: the document as written, the question asked of it and its answer.
 * Types only, so that any module may speak them without reaching into the engine.
 */

/** A text in both languages of the product. */
export type Text = { readonly da: string; readonly en: string }

/** Where a value came from. Rules follow the provenance of the value, not the person. */
export type Source = 'website' | 'client' | 'person' | 'authority' | 'internal'

/** What somebody wants to do with personal data. */
export type Verb =
  | 'collect'
  | 'read'
  | 'disclose'
  | 'market'
  | 'link'
  | 'restrict'
  | 'object'
  | 'access'
  | 'notify'
  | 'erase'
  | 'administer'
  | 'setCookie'

/** The population a category describes: website visitors, clients, debtors, employees, applicants. */
export type Population = 'website' | 'client' | 'debtor' | 'employee' | 'applicant'

export type RecipientKind = 'creditor' | 'lawyer' | 'authority' | 'other'

/** The kinds of work item from which a purpose is derived; nobody types a purpose in. */
export type WorkKind = 'case' | 'disclosure' | 'request' | 'job' | 'review'

/**
 * What the engine may be told about the world. Each is true only when it was established from the
 * database inside the same transaction; an absent fact is false, and a rule needing it does not permit.
 */
export const FACTS = [
  'roleAllowed', //      the actor's role may use this verb at all
  'workOpen', //         an open work item names this subject and this purpose
  'noticeGiven', //      a notice was shown before collection, or its Art. 14 notice exists
  'consentLive', //      an unwithdrawn consent for exactly this purpose (and recipient or channel)
  'required', //         every field is on the purpose's list
  'volunteered', //      the person offered it unasked
  'debtOutstanding', //  the received row shows a positive outstanding amount
  'cprGround', //        a ground of the Danish Data Protection Act § 11(2) is recorded
  'restricted', //       the record is restricted (Art. 18) or under objection
  'objected', //         the person objected to this use
  'ownCase', //          the recipient is this debt's present creditor, or this case's lawyer
  'demandRecorded', //   a written demand of the authority is on file
  'demandCovers', //     the demand's scope and dates cover these fields today
  'noticeQueued', //     the notice of this disclosure is in the same transaction
  'selfAsking', //       the actor is the person, proven
  'legalClaim', //       needed to establish, exercise or defend a legal claim (Art. 18(2))
  'floorPassed', //      no law requires keeping it any longer
  'reasonEnded', //      no open, reviewed reason to keep it is left
  'maximumReached', //   the promised longest time has run out
  'erasureUpheld', //    a decided request says it must go
  'onHold', //           a documented hold with owner and review date stands
  'siteListed', //       the host is one of the policy's sites
  'caseKnown', //        this client's case with this reference is already open here
  'cookieDeclared', //   the cookie stands in the policy's list with purpose and lifetime
  'cookieNecessary', //  it is declared as strictly necessary for what the visitor asked for
  'cookieClassified', // it is unmistakably of one kind: with or without a lifetime of its own
  'cookiePersistent', // it has a lifetime of its own (Max-Age or Expires)
  'cookieWithinLifetime', // its lifetime is not longer than declared, nor than the policy's longest
  'cookieSmall', //      it is no larger than the policy allows
  'cookieClean', //      neither its name nor its value holds or encodes personal data
  'cookieProtected', //  it carries the protection it was declared with (Secure, HttpOnly, SameSite)
  'visitorConsent', //   the visitor's latest choice on this site accepts this cookie's category
  'visitorRefused', //   the visitor refused, withdrew or deleted it and has not chosen anew
  'guideOffered', //     the page offers the browser guides and the way to refuse
] as const
export type Fact = (typeof FACTS)[number]
export type Facts = { readonly [fact in Fact]?: boolean }

export type Question = {
  readonly verb: Verb
  /** Purpose code; derived from an open work item. */
  readonly purpose: string
  /** Category code, or '' when the verb concerns no record. */
  readonly category: string
  readonly source: Source | ''
  readonly recipient: RecipientKind | ''
  /** Marketing and notice channel code, or ''. */
  readonly channel: string
  /** Field codes asked for. */
  readonly fields: readonly string[]
}

export type Reason = {
  readonly rule: string
  readonly effect: 'permit' | 'forbid'
  /** Stable machine code, e.g. 'disclosure.recipient_not_listed'. */
  readonly code: string
  /** Clause id in the policy, e.g. 'S21'. */
  readonly clause: string
  /** Law behind it, e.g. 'GDPR 14(3)(c)'. */
  readonly article: string
}

export type ObligationKind = 'notifyPerson' | 'scheduleNotice' | 'recordDisclosure' | 'stopMarketing' | 'tellRecipients'
export type Obligation = { readonly kind: ObligationKind; readonly clause: string; readonly rule: string }

export type Decision = {
  readonly outcome: 'permit' | 'deny'
  /** Fields that may be used; empty on deny. Always a subset of the fields asked for. */
  readonly allowed: readonly string[]
  /** Fields asked for and not allowed, each with the clause that refuses it. */
  readonly refused: readonly { readonly field: string; readonly code: string; readonly clause: string }[]
  /** The rules that determined the outcome; never empty. */
  readonly reasons: readonly Reason[]
  readonly obligations: readonly Obligation[]
}

export type FieldFormat =
  'text' | 'freeText' | 'cpr' | 'cvr' | 'email' | 'phone' | 'date' | 'amount' | 'currency' | 'postcode' | 'cardToken'

export type Field = {
  readonly text: Text
  readonly format: FieldFormat
  /** 'exact': kept as a keyed blind index so that a person can be found by it. */
  readonly lookup?: 'exact'
  /** Shown masked unless the purpose names it as shown in full. */
  readonly masked?: boolean
}

export type Purpose = {
  readonly text: Text
  /** Legal basis, e.g. 'GDPR 6(1)(f)', with the interest named in `because`. */
  readonly basis: string
  readonly because: Text
  /** Kinds of work item this purpose may follow from. */
  readonly work: readonly WorkKind[]
  /** The promise that speaks when this purpose may not see something, e.g. 'S12'. */
  readonly clause: string
  /** Category code -> the fields this purpose may see or collect. */
  readonly fields: { readonly [category: string]: readonly string[] }
  readonly marketing?: boolean
}

/** ISO 8601 durations in whole years, months or days, e.g. 'P5Y', 'P6M', 'P30D'. */
export type Duration = string

export type Retention = {
  /** Longest time, counted from `anchor`. Absent: no number promised, the reason decides (S19). */
  readonly maximum?: Duration
  readonly anchor: 'collected' | 'caseClosed' | 'financialYearEnd' | 'relationshipEnded'
  /** Shortest time, counted from the financial year's end (bookkeeping). */
  readonly floor?: Duration
  /** A reason to keep must be looked at again within this time. */
  readonly review: Duration
  /** The promise these times keep, e.g. 'S16'. */
  readonly clause: string
  /** Why, in one sentence; shown to the person. */
  readonly because: Text
}

export type Category = {
  readonly text: Text
  readonly population: Population
  /** Who may give us these values; a value from anywhere else is refused. */
  readonly sources: readonly Source[]
  readonly fields: readonly string[]
  /** The promise that makes this list of fields and sources a closed one, e.g. 'S13'. */
  readonly clause: string
  /** True only for the closed list of accounting records, each tied to a voucher. */
  readonly accounting?: boolean
  readonly retention: Retention
}

/** What may be left in a browser. The names are those of the SDK (`sdk/wire.ts`). */
export type Cookie = {
  /** Its name; `*` stands for one or more characters. */
  readonly name: string
  /** One of the listed hosts; absent: every one of them. */
  readonly site?: string
  readonly kind: 'cookie' | 'localStorage' | 'sessionStorage' | 'indexedDB' | 'cache' | 'pixel'
  readonly setter: string
  readonly category: string
  readonly purpose: Text
  /** A `Duration`, or 'session': until the browser is closed. */
  readonly lifetime: string
  /** When given, no other value may stand in it. */
  readonly values?: readonly string[]
  /** Holds chance alone, so that a value that looks like a digest is not held against it. */
  readonly random?: boolean
  readonly attributes?: {
    readonly secure?: boolean
    readonly httpOnly?: boolean
    readonly sameSite?: 'Strict' | 'Lax' | 'None'
  }
}

export type CookieCategory = {
  readonly title: Text
  readonly text: Text
  /** Google Consent Mode v2 signals that follow the visitor's choice of this category. */
  readonly signals?: readonly string[]
}

export type Rule = {
  readonly id: string
  readonly clause: string
  readonly effect: 'permit' | 'forbid'
  readonly verbs: readonly Verb[]
  /** Absent lists match everything. */
  readonly sources?: readonly Source[]
  readonly categories?: readonly string[]
  readonly purposes?: readonly string[]
  readonly recipients?: readonly RecipientKind[]
  readonly channels?: readonly string[]
  /** Only in a forbid rule: it refuses these fields alone; the others may still be allowed. */
  readonly fields?: readonly string[]
  /** All of these facts must hold for the rule to apply. */
  readonly when?: readonly Fact[]
  /** None of these facts may hold for the rule to apply. */
  readonly unless?: readonly Fact[]
  readonly code: string
  readonly article: string
  readonly text: Text
  readonly oblige?: readonly ObligationKind[]
}

export type Clause = {
  /** 'S1' … 'S25' in the seed policy. */
  readonly id: string
  readonly section: string
  /** The words a rule measures are written between « and » and shown marked. */
  readonly text: Text
  /** What the system does because of it, in one plain sentence. */
  readonly rule: Text
  readonly law: readonly string[]
}

export type PolicyDocument = {
  readonly format: 'indsigt-policy/1'
  readonly id: string
  /** Whole number, raised by one for every adopted change. */
  readonly revision: number
  readonly validFrom: string
  readonly title: Text
  readonly controller: {
    readonly name: string
    readonly cvr: string
    readonly address: string
    readonly email: string
    readonly phone: string
    readonly officer: { readonly email: string }
    readonly timeZone: string
    /** Month and day on which the financial year ends, e.g. '12-31'. */
    readonly financialYearEnds: string
  }
  readonly complaint: {
    readonly name: string
    readonly address: string
    readonly phone: string
    readonly email: string
    readonly url: string
    readonly text: Text
  }
  readonly sites: readonly { readonly host: string; readonly subdomains?: boolean }[]
  readonly sections: { readonly [code: string]: Text }
  readonly channels: { readonly [code: string]: Text }
  readonly fields: { readonly [code: string]: Field }
  readonly categories: { readonly [code: string]: Category }
  readonly purposes: { readonly [code: string]: Purpose }
  readonly recipients: { readonly [kind in RecipientKind]?: { readonly text: Text; readonly article: string } }
  readonly cookies: {
    /** ['persistent'] promises that session cookies are not used (S7). */
    readonly kinds: readonly ('persistent' | 'session')[]
    readonly bytesMax: number
    readonly lifetimeMax: Duration
    readonly browserGuides: readonly { readonly name: string; readonly url: string }[]
    /** Name of the entry that keeps the visitor's own choice. */
    readonly choice: string
    /** What a visitor is asked about; `necessary` is always there and never asked about (§ 4). */
    readonly categories: { readonly [code: string]: CookieCategory }
    readonly entries: readonly Cookie[]
  }
  readonly clauses: readonly Clause[]
  readonly rules: readonly Rule[]
}
