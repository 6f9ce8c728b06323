/** What is to be said of everything a browser kept, refused or lost: cookies and every other storage. Pure. */
import { personalDataIn } from '../sdk/personal.ts'
import { categoryOf, entriesFor, plainHost } from '../sdk/register.ts'
import { parseAttempt, type ParsedCookie } from '../sdk/set-cookie.ts'
import { decide, factsOf, type Found } from '../sdk/verdict.ts'
import type { Choice, Entry, Register } from '../sdk/wire.ts'
import { evidenceOf } from './evidence.ts'
import { spoken, type Hit } from './finding.ts'
import { looksIdentifying } from './identifying.ts'
import { plainRespawns } from './respawn.ts'
import type { Phase, Severity, Sighting } from './report.ts'
import { hostOf, isLoopback } from './site.ts'
import type { SiteMap } from './site-map.ts'

/** A sighting with what the list says of it. */
export type Judged = {
  readonly sighting: Sighting
  readonly entry: Entry | undefined
  readonly isNecessary: boolean
  readonly parsed: ParsedCookie | null
}

export type Ground = { readonly register: Register | null; readonly map: SiteMap; readonly startedAt: Date }

/** Looks each sighting up in the list. A line that only removes a cookie is none, whatever became of it. */
export function lookUp(sightings: readonly Sighting[], ground: Ground): Judged[] {
  const judged = lookUpAll(sightings, ground).filter(it => !(it.parsed?.isDeletion && it.sighting.outcome !== 'kept'))
  return plainRespawns(judged)
}

function lookUpAll(sightings: readonly Sighting[], { register, map, startedAt }: Ground): Judged[] {
  return sightings.map(sighting => {
    const { kind, name, host, raw } = sighting
    const entry = register ? entriesFor(register, { kind, name, host: map.nameOf(host) })[0] : undefined
    const category = register && entry ? categoryOf(register, entry.category) : undefined
    const parsed = kind === 'cookie' && raw !== null ? parseAttempt(raw, startedAt) : null
    return { sighting, entry, isNecessary: category?.isNecessary === true, parsed }
  })
}

/** Everything there is to say about what was stored. */
export function judgeStorage(all: readonly Judged[], ground: Ground): Hit[] {
  // A pixel nobody declared is judged as the request it is.
  const judged = all.filter(it => it.sighting.kind !== 'pixel' || it.entry !== undefined)
  const early = earlyOf(judged)
  return [
    ...judged.flatMap(it => [
      ...ofTheThing(it, ground),
      ...ofTheMoment(it, { ground, early }),
      ...ofTheManner(it, ground),
    ]),
    ...refusedOnly(judged, ground),
    ...rolling(judged, ground),
    ...split(judged, ground),
  ]
}

/** The observation of a thing, with the words a report may use for it. */
function hit(it: Judged, { map }: Ground, said: { code: string; clause: string; severity: Severity }): Hit {
  const { sighting, entry } = it
  return {
    ...said,
    kind: sighting.kind,
    name: entry?.name ?? spoken(sighting.name),
    host: map.nameOf(sighting.host),
    page: sighting.page,
    persona: sighting.persona,
    phase: sighting.phase,
    evidence: evidenceOf(sighting, { promised: entry?.lifetimeSeconds, asked: it.parsed?.lifetimeSeconds }),
  }
}

/** What is wrong with it whenever it is set: by the rules of the policy, or, without one, by what can be seen. */
function ofTheThing(it: Judged, ground: Ground): Hit[] {
  const { register } = ground
  if (it.sighting.event === 'left' || isRefusedElsewhere(it.sighting)) return []
  if (register === null) return withoutRegister(it, ground)
  const { reasons, isAllowed } = decide(register.rules, factsOf(foundOf(it), contextOf(it, register, ground)))
  if (isAllowed) return []
  const codes = new Set(reasons.map(reason => reason.code))
  return reasons
    .filter(reason => isSaid(reason.code, { it, codes }))
    .map(({ code, clause }) => hit(it, ground, { code, clause, severity: 'breach' }))
}

type Case = { readonly it: Judged; readonly codes: ReadonlySet<string> }

// Said once and by its nearest name: consent, guides and third parties have findings of their own.
function isSaid(code: string, { it, codes }: Case): boolean {
  if (!code.startsWith('cookie.')) return false
  if (['cookie.refused_by_visitor', 'cookie.no_guide_offered', 'cookie.consented', 'cookie.necessary'].includes(code))
    return false
  if (code === 'cookie.not_declared') return !codes.has('cookie.site_not_listed')
  if (code === 'cookie.unprotected') return it.entry !== undefined
  if (code === 'cookie.without_lifetime') return !codes.has('cookie.session_not_used')
  return true
}

function withoutRegister(it: Judged, ground: Ground): Hit[] {
  const { name, value, party } = it.sighting
  const isPersonal = personalDataIn(name).length > 0 || personalDataIn(value).length > 0
  const code = isBefore(it.sighting.phase) ? 'scan.before_consent' : 'cookie.not_declared'
  return [
    hit(it, ground, { code, clause: 'S1', severity: 'doubt' }),
    ...(isPersonal ? [hit(it, ground, { code: 'cookie.holds_personal_data', clause: 'S3', severity: 'breach' })] : []),
    ...(party === 'third' ? [hit(it, ground, { code: 'scan.third_party', clause: 'S1', severity: 'doubt' })] : []),
  ]
}

/**
 * What is wrong with when it was there: before a yes, after a no, after the yes was taken back. What is not on the
 * list is a breach at any time, and its finding tells when; it is said here only when it came with the no.
 */
function ofTheMoment(it: Judged, { ground, early }: { readonly ground: Ground; readonly early: Early }): Hit[] {
  const { sighting, entry, isNecessary } = it
  if (ground.register === null || isNecessary || isRefusedElsewhere(sighting) || sighting.event === 'respawn') return []
  const said = momentOf(sighting)
  if (said === null || (entry === undefined && early.has(keyOf(sighting)))) return []
  return [hit(it, ground, { ...said, severity: entry === undefined ? 'doubt' : 'breach' })]
}

/** Keys of what some visitor met before choosing. */
type Early = ReadonlySet<string>

function earlyOf(judged: readonly Judged[]): Early {
  const before = judged.filter(({ sighting: { phase } }) => phase === 'before' || phase === 'returned')
  return new Set(before.map(it => keyOf(it.sighting)))
}

function momentOf({ phase, event, outcome }: Sighting): { code: string; clause: string } | null {
  const isLeft = event === 'left'
  if (phase === 'before' || phase === 'returned') return isLeft ? null : { code: 'scan.before_consent', clause: 'S1' }
  if (phase === 'rejected' || phase === 'gpc') return { code: 'scan.after_refusal', clause: 'S8' }
  if (phase !== 'withdrawn') return null
  if (!isLeft) return { code: 'scan.after_withdrawal', clause: 'S8' }
  return outcome === 'kept' ? { code: 'scan.not_removed', clause: 'S8' } : null
}

/** What is wrong with how it was done. */
function ofTheManner(it: Judged, ground: Ground): Hit[] {
  const { sighting, parsed } = it
  const { keptSeconds } = sighting
  const asked = parsed?.lifetimeSeconds ?? null
  const isCapped = asked !== null && typeof keptSeconds === 'number' && asked - keptSeconds > 86_400
  const isThird = sighting.party === 'third' && ground.register !== null && !isRefusedElsewhere(sighting)
  return [
    ...(sighting.event === 'respawn' ? [hit(it, ground, BREACH_S8('scan.respawned'))] : []),
    ...(isShortLived(it) ? [hit(it, ground, { code: 'scan.short_lived', clause: 'S1', severity: 'breach' })] : []),
    ...(isCapped ? [hit(it, ground, { code: 'scan.lifetime_capped', clause: 'S5', severity: 'note' as const })] : []),
    ...(isThird ? [hit(it, ground, thirdParty(it))] : []),
  ]
}

const BREACH_S8 = (code: string) => ({ code, clause: 'S8', severity: 'breach' as const })

/** What stands on the list and was agreed to, or needs no yes, may go again as soon as it likes. */
function isShortLived({ sighting, entry, isNecessary }: Judged): boolean {
  return sighting.outcome === 'gone' && !isNecessary && !(entry && sighting.phase === 'accepted')
}

function thirdParty({ sighting, entry }: Judged) {
  const isAgreed = entry !== undefined && sighting.phase === 'accepted'
  return { code: 'scan.third_party', clause: 'S1', severity: isAgreed ? ('note' as const) : ('breach' as const) }
}

/** Attempts that no visitor's browser let through. One that another visitor's browser kept is judged as kept. */
function refusedOnly(judged: readonly Judged[], ground: Ground): Hit[] {
  const kept = new Set(judged.filter(it => it.sighting.outcome !== 'refused').map(it => keyOf(it.sighting)))
  return judged
    .filter(it => it.sighting.outcome === 'refused' && !kept.has(keyOf(it.sighting)))
    .filter(it => it.sighting.persona !== 'thirdPartyBlocked' || it.sighting.party === 'first')
    .map(it => {
      const severity = it.entry ? 'doubt' : 'breach'
      return hit(it, ground, { code: 'scan.refused_by_browser', clause: 'S1', severity })
    })
}

/** The same value, started anew when the visitor came back: who returns is never forgotten. */
function rolling(judged: readonly Judged[], ground: Ground): Hit[] {
  const ofReturn = judged.filter(it => it.sighting.persona === 'return' && it.sighting.kind === 'cookie')
  const first = new Map(ofReturn.filter(isKeptBefore).map(it => [keyOf(it.sighting), it.sighting.value]))
  return ofReturn
    .filter(({ sighting }) => {
      const isAgain = sighting.phase === 'returned' && sighting.event === 'set' && sighting.outcome === 'kept'
      return (
        isAgain &&
        looksIdentifying(sighting.value) &&
        sighting.keptSeconds !== null &&
        first.get(keyOf(sighting)) === sighting.value
      )
    })
    .map(it => hit(it, ground, { code: 'scan.rolling', clause: 'S5', severity: 'doubt' }))
}

function isKeptBefore({ sighting }: Judged): boolean {
  return sighting.phase === 'before' && sighting.outcome === 'kept'
}

/** Personal data cut in pieces over several cookies of one page. */
function split(judged: readonly Judged[], ground: Ground): Hit[] {
  const seen = judged.filter(it => it.sighting.event === 'set' && it.sighting.value !== '' && !it.entry?.isRandom)
  const groups = Map.groupBy(seen, ({ sighting: { persona, host, page, kind } }) => [persona, host, page, kind].join())
  return [...groups.values()]
    .flatMap(group => {
      const whole = [...new Map(group.map(it => [it.sighting.name, it])).values()]
      const families = [...Map.groupBy(whole, it => familyOf(it.sighting.name)).values()]
      return families.filter(family => family.length > 1 && isSplit(family)).flat()
    })
    .map(it => hit(it, ground, { code: 'cookie.holds_personal_data', clause: 'S3', severity: 'breach' }))
}

/** 'a_1', 'a_2' and 'a3' belong together. */
const familyOf = (name: string): string => name.replace(/[._-]?\d+$/, '')

function isSplit(family: readonly Judged[]): boolean {
  const values = family
    .toSorted((left, right) => (left.sighting.name < right.sighting.name ? -1 : 1))
    .map(it => it.sighting.value)
  const isPersonal = (text: string) => personalDataIn(text, { isRandom: true }).length > 0
  return isPersonal(values.join('')) && !values.some(isPersonal)
}

/** How the browser understood it; a mistake of its maker about the lifetime is judged by what was asked for. */
function foundOf({ sighting, parsed }: Judged): Found {
  const { kind, name, value, host, keptSeconds, secure, httpOnly, partitioned } = sighting
  const bytes = Buffer.byteLength(name) + Buffer.byteLength(value)
  const asked = parsed?.lifetimeSeconds ?? null
  // A line that browsers ignore whole says nothing of a lifetime, so nothing is held against it.
  const told = parsed === null ? 0 : asked
  const kept = keptSeconds === undefined ? told : keptSeconds
  return {
    kind,
    name,
    value,
    secure,
    httpOnly,
    partitioned,
    bytes,
    domain: host.startsWith('.') ? plainHost(host) : null,
    lifetimeSeconds: kept === null ? null : lifetimeOf(kept, asked),
    isClear: parsed?.isClear ?? true,
    sameSite: sameSiteOf(sighting.sameSite),
  }
}

// Between the site's clock, the browser's and ours a lifetime grows by seconds; nobody promised those.
const SLACK_SECONDS = 120

/** What was asked for, unless the browser keeps it longer than that. */
function lifetimeOf(kept: number, asked: number | null): number {
  if (asked !== null && kept - asked <= SLACK_SECONDS) return asked
  return kept > SLACK_SECONDS ? kept - SLACK_SECONDS : kept
}

function sameSiteOf(text: string | null): Found['sameSite'] {
  return text === 'Strict' || text === 'Lax' || text === 'None' ? text : null
}

function contextOf({ sighting }: Judged, register: Register, { map }: Ground) {
  const host = map.nameOf(sighting.host)
  return {
    register,
    host,
    choice: choiceIn(sighting.phase, register),
    isGpc: sighting.phase === 'gpc',
    // Secure is asked for where it can be kept: a copy on somebody's own machine, on plain http, is not held to it.
    isHttps: sighting.page.startsWith('https:'),
    isLocal: isLoopback(hostOf(sighting.page)),
    known: [],
  }
}

function choiceIn(phase: Phase, register: Register): Choice | null {
  const accepted = register.categories.filter(it => !it.isNecessary).map(it => it.code)
  if (phase === 'accepted') return { accepted, chosenAt: 0, proof: '' }
  return phase === 'rejected' || phase === 'withdrawn' ? { accepted: [], chosenAt: 0, proof: '' } : null
}

/** A visitor who blocks third parties shows what other visitors' browsers are asked to keep. */
function isRefusedElsewhere({ persona, outcome, party }: Sighting): boolean {
  return persona === 'thirdPartyBlocked' && outcome === 'refused' && party === 'third'
}

const isBefore = (phase: Phase): boolean => phase !== 'accepted'
const keyOf = ({ kind, name, host }: Sighting): string => [kind, name, plainHost(host)].join('\n')
