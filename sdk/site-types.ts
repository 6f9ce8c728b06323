/** What a site looks like to its adapters: a request in, an answer out, and the questions in between. Types only. */
import type { Guarded } from './guard.ts'
import type { Backend, Choice, Language } from './wire.ts'

/** One request, told the same way whatever server took it. */
export type SiteRequest = {
  readonly method: string
  /** Host header, with its port; with `trustProxy` the one that the proxy in front reports. */
  readonly host: string
  /** As sent, percent-encoded, without the query. */
  readonly path: string
  /** As sent, without the question mark. */
  readonly query: string
  readonly isHttps: boolean
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Where it came from, as the socket or a trusted proxy tells; only to keep one network from choosing for all. */
  readonly address?: string
  /** The form that was posted; read for our own paths alone. */
  readonly body?: string
}

/** One answer. An adapter sends `setCookies` as Set-Cookie lines of their own. */
export type SiteResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly setCookies: readonly string[]
  readonly body: string | Uint8Array
}

/** What `createSite` is told. */
export type SiteOptions = {
  /** The site's name in the policy, e.g. 'intrum.dk'. */
  readonly site: string
  readonly backend: Backend
  /** Where our own paths begin; '/indsigt' when left out. */
  readonly base?: string
  /**
   * 'strip' takes unlawful cookies out; 'explain' lets them through and says why. When left out: 'explain' where
   * NODE_ENV is 'development', else 'strip'.
   */
  readonly mode?: 'strip' | 'explain'
  readonly refreshMs?: number
  /** After this long without news from Indsigt, only what is strictly necessary is allowed. */
  readonly staleMs?: number
  /** Believe X-Forwarded-Host, -Proto and the last of -For. Only behind a proxy that sets them itself. */
  readonly trustProxy?: boolean
  /** Other hosts of the register whose static pages may ask for a token and post a choice here. */
  readonly alsoFor?: (host: string) => boolean
  readonly clock?: () => Date
  /** Where a line for the developer goes; standard error when left out. */
  readonly report?: (line: string) => void
}

/** A site that keeps its promises about cookies. */
export type Site = {
  readonly site: string
  readonly base: string
  readonly mode: 'strip' | 'explain'
  readonly trustProxy: boolean
  /** Resolves when Indsigt was asked for the first time, whether or not it answered. */
  ready(): Promise<void>
  /** True for our own paths: an adapter then reads the body and calls `handle`. */
  owns(path: string): boolean
  /** Answers our own paths; null for any other. Never rejects. */
  handle(request: SiteRequest): Promise<SiteResponse | null>
  /** HTML for the page's head: sheet and scripts. */
  head(request: SiteRequest, language?: Language): string
  /** HTML of the banner and of the control that opens it again. */
  banner(request: SiteRequest, language?: Language): string
  /** The visitor's choice in force, or null. */
  choice(request: SiteRequest): Choice | null
  /** True for what is strictly necessary, and for a category that the visitor said yes to. */
  allows(request: SiteRequest, category: string): boolean
  /** Which of the Set-Cookie lines of an answer may go out. */
  guard(request: SiteRequest, lines: readonly string[]): Guarded
  /** Values that belong to the signed-in person (e-mail, customer number): no cookie of this answer may hold them. */
  remember(request: SiteRequest, known: readonly string[]): void
  /** The visitor's sealed choice, for linking from the site's server at sign-up or login; null when none was made. */
  visitor(request: SiteRequest): string | null
  /** The Cache-Control an answer must have: private once it says something about this visitor. */
  cacheControl(request: SiteRequest, current: string | undefined): string | undefined
  /** Tells the developer what the guard found, by name and clause. */
  report(line: string): void
  /** Stops refreshing, and hands over the counts that are left. */
  close(): Promise<void>
}
