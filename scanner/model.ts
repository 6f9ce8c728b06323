/** The shapes of a running scan: a visitor (one persona in one browser context), its tabs, and what it noticed. */
import type { Message, Persona, Phase, ScanRequest } from './report.ts'
import type { Browser } from './browser.ts'
import type { Session } from './cdp.ts'
import type { Limiter } from './limiter.ts'

/** A whole scan: what was asked, and what all visitors share. */
export type Scan = {
  readonly request: ScanRequest
  readonly emit: (message: Message) => void
  /** Tabs that may be open at once. */
  readonly tabs: Limiter
  /** Pages that may be loading at once. */
  readonly loads: Limiter
  /** Who was given which value, by cookie: to know chance from a word that everybody gets. */
  readonly values: Map<string, Set<Persona>>
  readonly instrument: { readonly binding: string; readonly mark: string }
  /** Addresses to open, the first asked for first; known once the site was looked through. */
  readonly pages: Promise<readonly string[]>
  readonly deadline: number
}

export type Visitor = {
  readonly scan: Scan
  readonly browser: Browser
  readonly persona: Persona
  readonly contextId: string
  readonly source: string
  phase: Phase
  readonly tabs: Map<string, Tab>
  /** Newest last; who did it when a worker has no tab of its own. */
  latest: Tab | null
  readonly cookies: CookieWatch
  readonly requests: Map<string, Exchange>
  /** What was said already, so that it is said once. */
  readonly said: Map<string, number>
  /** Addresses that could not be seen: not tried a second time. */
  readonly lost: Set<string>
  isOpen: boolean
}

export type Tab = {
  readonly visitor: Visitor
  readonly targetId: string
  readonly session: Session
  readonly frames: Map<string, Frame>
  readonly sessions: Set<Session>
  /** Origin and path of what was asked for. */
  page: string
  beganAt: number
  bytes: number
  navigations: number
  failure: 'tooLarge' | 'crashed' | 'redirectLoop' | null
  readonly isPopup: boolean
  /** Told when the document was read, loaded or when the tab failed. */
  stage: 'none' | 'read' | 'loaded'
  readonly heralds: Set<() => void>
  /** Kept when everything that watches the tab stands. */
  ready: Promise<unknown>
}

export type Frame = { readonly id: string; parentId: string | null; session: Session; url: string }

/** One request with its redirects. */
export type Exchange = {
  readonly tab: Tab
  readonly hops: Hop[]
  /** Answers of which only the headers came yet, in order; matched to hops by position. */
  extras: number
}

export type Hop = {
  readonly url: string
  readonly method: string
  readonly body: string
  readonly type: string
  readonly phase: Phase
  readonly initiator: string | null
  readonly stack: readonly string[]
  readonly at: number
  status: number | null
  mime: string
  length: number
  isSaid: boolean
}

/** A cookie as the browser keeps it. */
export type JarCookie = {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly path: string
  /** Seconds since 1970, or -1. */
  readonly expires: number
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: string | null
  readonly partition: string
}

/** Somebody tried to set a cookie. */
export type CookieAttempt = {
  readonly line: string
  readonly via: 'http' | 'script' | 'worker'
  readonly tab: Tab
  readonly page: string
  readonly phase: Phase
  /** Milliseconds since 1970. */
  readonly at: number
  /** Why the browser refused, when it said so. */
  readonly refused: string | null
  /** Whether document.cookie showed it right after; null when that was not looked at. */
  readonly isVisible: boolean | null
  readonly initiator: string | null
  readonly stack: readonly string[]
  /** Address of the response or the document. */
  readonly address: () => string
}

export type CookieWatch = {
  jar: Map<string, JarCookie>
  attempts: CookieAttempt[]
  /** Cookies in the jar nobody was seen setting, by key, with when they were first seen. */
  readonly unexplained: Map<string, number>
  /** Who set what is in the jar. */
  readonly origins: Map<
    string,
    { readonly attempt: CookieAttempt | null; readonly at: number; readonly phase: Phase; readonly page: string }
  >
  readonly isCommon: (key: string, value: string) => boolean
  /** Values at the time the visitor deleted everything; what comes back with the same value came back to life. */
  deleted: Map<string, string>
}
