/** What a scan is asked for, what it saw and what it concludes. Types only; versioned by `format`. */
import type { Entry, Register, StorageKind, Text } from '../sdk/wire.ts'

export const PERSONAS = [
  'fresh', //         nothing chosen, long dwell, scrolls, clicks, leaves
  'reject', //        says no at the first page
  'accept', //        says yes at the first page
  'withdraw', //      says yes, then takes it back
  'return', //        comes back with what the first visit left; deletes cookies and reloads (respawning)
  'english', //       Accept-Language en
  'phone', //         touch, 390 × 844, mobile user agent
  'gpc', //           Global Privacy Control: header and property
  'thirdPartyBlocked', // third-party cookies blocked, as most browsers do by now
] as const
export type Persona = (typeof PERSONAS)[number]

export type Phase = 'before' | 'rejected' | 'accepted' | 'withdrawn' | 'returned' | 'gpc'

export type ScanRequest = {
  readonly urls: readonly string[]
  readonly register: Register | null
  /** Host whose register is used, when the pages are a copy elsewhere (staging). */
  readonly as: string | null
  readonly personas: readonly Persona[]
  /** Also open as pages of the site; same-host links and the sitemap add to it up to the limit. */
  readonly pagesMax: number
  readonly dwellMs: number
  readonly pageLimitMs: number
  readonly scanLimitMs: number
  /** Steps for a log-in, done once in each persona before the pages. */
  readonly script: readonly Step[]
  /** host:port of the egress proxy that all traffic must pass. */
  readonly proxy: string
  readonly browser: string
}

/** One step of a log-in script. `value` may name an environment variable as '$NAME'; it is never reported. */
export type Step =
  | { readonly do: 'open'; readonly url: string }
  | { readonly do: 'fill'; readonly selector: string; readonly value: string }
  | { readonly do: 'click'; readonly selector: string }
  | { readonly do: 'wait'; readonly selector: string }

/** One line of the child's output (JSON lines). */
export type Message =
  | { readonly type: 'progress'; readonly persona: Persona; readonly page: string; readonly phase: Phase }
  | { readonly type: 'sighting'; readonly sighting: Sighting }
  | { readonly type: 'request'; readonly request: OutRequest }
  | { readonly type: 'api'; readonly api: ApiUse }
  | { readonly type: 'page'; readonly page: PageVisit }
  | { readonly type: 'guide'; readonly guide: GuideCheck }
  | { readonly type: 'done'; readonly browser: string; readonly sandboxed: boolean; readonly uid: number | null }

/**
 * One thing seen in, or refused by, a browser. The value itself leaves the child only as what the judge needs:
 * `value` is kept in memory and in no report.
 */
export type Sighting = {
  readonly persona: Persona
  readonly phase: Phase
  /** Page it was seen on: origin and path, never the query. */
  readonly page: string
  readonly kind: StorageKind
  readonly name: string
  /** Domain of a cookie (leading dot kept when not host-only), origin's host of a storage. */
  readonly host: string
  readonly path: string
  readonly party: 'first' | 'third'
  readonly value: string
  /** The Set-Cookie line or document.cookie assignment, when it was caught. */
  readonly raw: string | null
  readonly via: 'http' | 'script' | 'worker' | 'unknown'
  /** Seconds from setting to expiry as the browser keeps it; null: session; undefined when it was refused. */
  readonly keptSeconds?: number | null
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: string | null
  readonly partitioned: boolean
  /** 'gone' was set and removed again before the page was left. */
  readonly outcome: 'kept' | 'refused' | 'gone'
  /** The browser's own reason for refusing, e.g. 'ThirdPartyPhaseout', 'SecureOnly'. */
  readonly reason: string | null
  /** Address of the script or response that did it, without its query. */
  readonly initiator: string | null
  /** Function@address:line, nearest first, at most 8. */
  readonly stack: readonly string[]
  /** Milliseconds after the page began. */
  readonly atMs: number
  /** 'respawn' when it came back with the same value after the visitor deleted it. */
  readonly event: 'set' | 'respawn' | 'left'
}

/** A request that left for another host, or that carries something like an identifier. */
export type OutRequest = {
  readonly persona: Persona
  readonly phase: Phase
  readonly page: string
  readonly host: string
  readonly path: string
  /** In memory only. */
  readonly query: string
  readonly body: string
  readonly type: string
  readonly party: 'first' | 'third'
  readonly initiator: string | null
  readonly isBeacon: boolean
  readonly status: number | null
  readonly atMs: number
}

/** A call that tells browsers apart (fingerprinting) or reads what a visitor types. */
export type ApiUse = {
  readonly persona: Persona
  readonly phase: Phase
  readonly page: string
  readonly api: 'canvas' | 'webgl' | 'audio' | 'fonts' | 'battery' | 'mediaDevices' | 'webrtc' | 'keyboard' | 'plugins'
  readonly script: string | null
  readonly stack: readonly string[]
}

export type PageVisit = {
  readonly persona: Persona
  readonly page: string
  readonly outcome:
    | 'seen'
    | 'timedOut'
    | 'redirectLoop'
    | 'certificate'
    | 'loginNeeded'
    | 'tooLarge'
    | 'crashed'
    | 'unreachable'
    | 'refusedAddress'
  readonly status: number | null
  readonly dwellMs: number
  readonly bytes: number
  /** What the visitor met: our own banner, a known tool by name, an unknown one, or none. */
  readonly banner: string | null
  readonly rejectOnFirstLayer: boolean | null
  /** Reject and accept alike in size and colour. */
  readonly isFair: boolean | null
  /** Links of the page that lead to browser guides or to the choice. */
  readonly guideLinks: readonly string[]
  readonly choiceControl: boolean
  /** Words that the visitor could see. */
  readonly words: number
  /** No wall lay over the text and none stood in its place. */
  readonly isReadable: boolean
}

/** A browser guide of the register, asked for once in a scan. */
export type GuideCheck = {
  /** As the register writes it. */
  readonly url: string
  /** What its server answered; null: it was not reached, which says nothing of the guide. */
  readonly status: number | null
}

export type Severity = 'breach' | 'doubt' | 'note'

export type Finding = {
  /** Stable for the same fault on the same site: the key of a diff. */
  readonly id: string
  /** A policy rule's code ('cookie.not_declared') or 'scan.…'. */
  readonly code: string
  readonly clause: string
  readonly severity: Severity
  readonly kind: StorageKind | 'request' | 'api' | 'page' | 'register'
  readonly name: string
  readonly host: string
  readonly pages: readonly string[]
  readonly personas: readonly Persona[]
  readonly phases: readonly Phase[]
  /** Facts without values: lengths, seconds, reasons, initiators, stacks. */
  readonly evidence: readonly string[]
  readonly text: Text
  readonly remedy: Text
}

export type EntryResult = {
  readonly entry: Entry
  readonly seen: number
  readonly promisedSeconds: number | null
  /** Longest the browser kept it; null: session; undefined: never kept. */
  readonly givenSeconds?: number | null
  readonly verdict: 'kept' | 'broken' | 'notSeen'
}

export type Report = {
  readonly format: 'indsigt-scan/1'
  readonly scanId: string
  readonly tool: string
  readonly browser: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly site: string
  readonly registerSha256: string | null
  readonly coverage: {
    readonly personas: readonly { readonly persona: Persona; readonly pages: number; readonly dwellMs: number }[]
    readonly pages: readonly string[]
    readonly notReached: readonly { readonly page: string; readonly why: string }[]
    readonly isSandboxed: boolean
    readonly limits: { readonly pagesMax: number; readonly dwellMs: number; readonly scanLimitMs: number }
  }
  readonly entries: readonly EntryResult[]
  readonly sightings: readonly (Omit<Sighting, 'value' | 'raw'> & { readonly valueLength: number })[]
  readonly findings: readonly Finding[]
  readonly diff: {
    readonly against: string
    readonly added: readonly string[]
    readonly gone: readonly string[]
  } | null
}

/** The report's exact bytes, and who stands by them: Ed25519 over the SHA-256 of `report`. */
export type SignedReport = {
  readonly report: Report
  readonly signature: { readonly by: string; readonly publicKey: string; readonly value: string } | null
}
