/** The judge: what a child saw and what the register promises, into entries, findings and coverage. Pure. */
import { sha256OfRegister } from '../sdk/register.ts'
import type { Register } from '../sdk/wire.ts'
import { findingsOf, spoken, spokenPage, type Hit } from './finding.ts'
import { judgePages } from './judge-pages.ts'
import { judgeStorage, lookUp, type Ground, type Judged } from './judge-storage.ts'
import { judgeTraffic } from './judge-traffic.ts'
import type { EntryResult, Message, PageVisit, Report, ScanRequest, Sighting } from './report.ts'
import { siteMapOf } from './site-map.ts'

/** The part of a report that follows from what was seen. */
export type Judgement = Pick<
  Report,
  'site' | 'browser' | 'registerSha256' | 'coverage' | 'entries' | 'sightings' | 'findings'
>

const SIGHTINGS_MAX = 5000

/**
 * Judges a finished scan. `startedAt` is when it began, by which expiry dates are read. No value that a browser held
 * is in the answer. Without a register nothing is promised, so what is stored is a doubt and not a breach.
 */
export function judge(messages: readonly Message[], request: ScanRequest, startedAt: Date): Judgement {
  const { register } = request
  const map = siteMapOf(request)
  const ground: Ground = { register, map, startedAt }
  const sightings = messages.flatMap(it => (it.type === 'sighting' ? [it.sighting] : []))
  const visits = visitsOf(messages)
  const requests = messages.flatMap(it => (it.type === 'request' ? [it.request] : []))
  const apis = messages.flatMap(it => (it.type === 'api' ? [it.api] : []))
  const done = messages.find(it => it.type === 'done')
  const judged = lookUp(sightings, ground)
  const guides = messages.flatMap(it => (it.type === 'guide' ? [it.guide] : []))
  const hits = [
    ...judgeStorage(judged, ground),
    ...judgeTraffic({ requests, apis, sightings }, ground),
    ...judgePages({ visits, sightings, guides }, ground),
    ...neverSeen(judged, ground),
  ].map(cleaned)
  const findings = findingsOf(hits, register)
  return {
    site: register?.site ?? map.site,
    browser: done?.browser ?? '',
    registerSha256: register && sha256OfRegister(register),
    coverage: coverageOf(messages, request),
    entries: register ? entriesOf(register, { judged, hits }) : [],
    sightings: unique(judged.map(it => reported(it.sighting))).slice(0, SIGHTINGS_MAX),
    findings,
  }
}

/** What a machine wrote down of addresses goes into a report without queries and without personal data. */
function cleaned(hit: Hit): Hit {
  return { ...hit, ...(hit.page !== undefined && { page: spokenPage(hit.page) }) }
}

/** What is declared and was not met: a note, since a scan sees what it visits. */
function neverSeen(judged: readonly Judged[], { register }: Ground): Hit[] {
  const seen = new Set(judged.map(it => it.entry))
  const entries = register?.entries.filter(entry => !seen.has(entry)) ?? []
  return entries.map(entry => ({
    code: 'scan.not_seen',
    clause: 'S1',
    severity: 'note',
    kind: 'register',
    name: entry.name,
    host: entry.site,
    evidence: [`kind=${entry.kind}`],
  }))
}

function entriesOf(register: Register, { judged, hits }: { judged: readonly Judged[]; hits: readonly Hit[] }) {
  return register.entries.map((entry): EntryResult => {
    const mine = judged.filter(it => it.entry === entry)
    const kept = mine.map(it => it.sighting.keptSeconds).filter(seconds => seconds !== undefined)
    const isBroken = hits.some(hit => hit.severity === 'breach' && hit.kind === entry.kind && hit.name === entry.name)
    return {
      entry,
      seen: mine.length,
      promisedSeconds: entry.lifetimeSeconds,
      ...(kept.length > 0 && { givenSeconds: longest(kept) }),
      verdict: mine.length === 0 ? 'notSeen' : isBroken ? 'broken' : 'kept',
    }
  })
}

function longest(kept: readonly (number | null)[]): number | null {
  const told = kept.filter(seconds => seconds !== null)
  return told.length === 0 ? null : Math.max(...told)
}

function coverageOf(messages: readonly Message[], request: ScanRequest): Report['coverage'] {
  const visits = visitsOf(messages)
  const seen = visits.filter(it => it.outcome === 'seen')
  const reached = new Set(seen.map(it => spokenPage(it.page)))
  const missed = visits.filter(it => it.outcome !== 'seen' && !reached.has(spokenPage(it.page)))
  const done = messages.find(it => it.type === 'done')
  return {
    personas: request.personas.map(persona => {
      const mine = seen.filter(it => it.persona === persona)
      const pages = new Set(mine.map(it => it.page)).size
      return { persona, pages, dwellMs: mine.reduce((sum, it) => sum + it.dwellMs, 0) }
    }),
    pages: [...reached].toSorted(),
    notReached: [...new Map(missed.map(it => [spokenPage(it.page), it.outcome]))].map(([page, why]) => ({ page, why })),
    isSandboxed: done?.sandboxed ?? false,
    limits: { pagesMax: request.pagesMax, dwellMs: request.dwellMs, scanLimitMs: request.scanLimitMs },
  }
}

// The one answer by which the outbound door refuses an address; a browser takes it for the site's own.
const MISDIRECTED = 421

function visitsOf(messages: readonly Message[]): readonly PageVisit[] {
  const visits = messages.flatMap(it => (it.type === 'page' ? [it.page] : []))
  return visits.map(it => (it.status === MISDIRECTED ? { ...it, outcome: 'refusedAddress' } : it))
}

/** A sighting without what was in it; names and addresses that hold personal data are not repeated either. */
function reported(sighting: Sighting): Report['sightings'][number] {
  const { value, raw: _raw, ...rest } = sighting
  return {
    ...rest,
    name: spoken(sighting.name),
    page: spokenPage(sighting.page),
    path: spokenPage(sighting.path),
    initiator: sighting.initiator === null ? null : spokenPage(sighting.initiator),
    stack: sighting.stack.map(frame => spoken(frame.replaceAll(/\?[^\s:)]*/g, ''))),
    valueLength: value.length,
  }
}

function unique(sightings: readonly Report['sightings'][number][]): Report['sightings'][number][] {
  const key = (it: Report['sightings'][number]) =>
    [it.kind, it.name, it.host, it.persona, it.phase, it.page, it.outcome, it.event].join('\n')
  return [...new Map(sightings.map(it => [key(it), it])).values()]
}
