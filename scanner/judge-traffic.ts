/** What is to be said of requests that left and of calls that tell browsers apart. Pure. */
import { personalDataIn } from '../sdk/personal.ts'
import { entriesFor } from '../sdk/register.ts'
import { line } from './evidence.ts'
import { spoken, spokenPage, type Hit } from './finding.ts'
import { carries, identifyingParts } from './identifying.ts'
import type { ApiUse, OutRequest, Sighting } from './report.ts'
import type { Ground } from './judge-storage.ts'

export type Traffic = {
  readonly requests: readonly OutRequest[]
  readonly apis: readonly ApiUse[]
  /** Everything that was stored; its values are looked for in what was sent. */
  readonly sightings: readonly Sighting[]
}

/** Paths named one by one for each host and code; the rest of a busy host goes under one name. */
const PATHS_MAX = 20
const MARKS_MAX = 5000

/** Everything there is to say about what was sent and called. */
export function judgeTraffic({ requests, apis, sightings }: Traffic, ground: Ground): Hit[] {
  const marks = [...new Set(sightings.flatMap(it => (it.kind === 'pixel' ? [] : identifyingParts(it.value))))].slice(
    0,
    MARKS_MAX,
  )
  const hits = requests.flatMap(it => [...sentTooEarly(it, ground), ...carried(it, { marks, ground })])
  return [...fewPaths(hits), ...apis.flatMap(it => called(it, ground))]
}

/** Before a yes (or after a no) nothing leaves for anybody else, and nothing is reported to ourselves. */
function sentTooEarly(request: OutRequest, ground: Ground): Hit[] {
  const isThird = request.party === 'third'
  if (request.phase === 'accepted' || isDeclared(request, ground)) return []
  if (!isThird && !(request.isBeacon && isPing(request))) return []
  const isBreach = isThird && request.isBeacon
  const code = request.isBeacon && isPing(request) ? 'scan.beacon_before_consent' : 'scan.request_before_consent'
  const severity = ground.register === null || !isBreach ? 'doubt' : 'breach'
  return [hit(request, ground, { code, clause: 'S1', severity })]
}

/** An identifier of the browser on its way to somebody else, or personal data in any address. */
function carried(request: OutRequest, { marks, ground }: { marks: readonly string[]; ground: Ground }): Hit[] {
  const isThird = request.party === 'third'
  const text = isThird ? `${request.query}\n${request.body}` : request.query
  const personal = personalKinds(request)
  const isMarked = isThird && carries(text, marks)
  if (!isMarked && personal.length === 0) return []
  const isAgreed = request.phase === 'accepted' && personal.length === 0
  const severity = isAgreed || ground.register === null ? 'doubt' : 'breach'
  const found = hit(request, ground, { code: 'scan.identifier_in_url', clause: 'S3', severity })
  const evidence = [...line('mark', isMarked ? 'yes' : ''), ...line('personal', personal.join(' '))]
  return [{ ...found, evidence: [...evidence, ...found.evidence] }]
}

// A digest in an address is most often the name of a file; a name may be a search word. The rest says who it is.
const SAYS_WHO = new Set<string>(['email', 'cpr', 'card', 'phone', 'known'])

/** In any query, and in what is sent to others. The whole is looked at by field, as a site would read it. */
function personalKinds({ query, body, party }: OutRequest): string[] {
  const texts = [...valuesOf(query), ...(party === 'third' ? valuesOf(body) : [])]
  const hits = texts.flatMap(text => personalDataIn(text, { isRandom: true }))
  return [...new Set(hits.map(found => found.kind).filter(kind => SAYS_WHO.has(kind)))]
}

function valuesOf(text: string): string[] {
  if (text === '') return []
  const isForm = /^\??[^\s{}[\]"]+=/.test(text)
  return isForm ? [...new URLSearchParams(text)].slice(0, 200).map(([, value]) => value) : [text.slice(0, 65_536)]
}

/** Calls that know a browser again need a yes; a script that reads every key needs to have been told of. */
function called(use: ApiUse, { map, register }: Ground): Hit[] {
  const isKeyboard = use.api === 'keyboard'
  if (!isKeyboard && use.phase === 'accepted' && register === null) return []
  const host = hostOf(use.page)
  return [
    {
      code: isKeyboard ? 'scan.keyboard_read' : 'scan.fingerprinting',
      clause: isKeyboard ? 'S11' : 'S1',
      severity: 'doubt',
      kind: 'api',
      name: use.api,
      host: map.nameOf(host),
      page: use.page,
      persona: use.persona,
      phase: use.phase,
      evidence: [
        ...line('script', use.script === null ? undefined : spokenPage(use.script)),
        ...use.stack.slice(0, 3).flatMap(frame => line('stack', spoken(frame.replaceAll(/\?[^\s:)]*/g, '')))),
      ],
    },
  ]
}

type Said = Pick<Hit, 'code' | 'clause' | 'severity'>

function hit(request: OutRequest, { map }: Ground, said: Said): Hit {
  const { host, path, page, persona, phase, type, status, initiator } = request
  return {
    ...said,
    kind: 'request',
    name: spokenPage(path),
    host: map.nameOf(host),
    page,
    persona,
    phase,
    evidence: [
      ...line('type', type),
      ...line('status', status === null ? undefined : String(status)),
      ...line('initiator', initiator === null ? undefined : spokenPage(initiator)),
    ],
  }
}

/** A declared pixel is judged as the thing on the list that it is. */
function isDeclared({ host, path }: OutRequest, { register, map }: Ground): boolean {
  if (register === null) return false
  return entriesFor(register, { kind: 'pixel', name: path, host: map.nameOf(host) }).length > 0
}

function fewPaths(hits: readonly Hit[]): Hit[] {
  const paths = new Map<string, Set<string>>()
  return hits.map(found => {
    const key = `${found.code} ${found.host}`
    const known = paths.get(key) ?? new Set()
    paths.set(key, known)
    if (known.has(found.name)) return found
    if (known.size >= PATHS_MAX) return { ...found, name: '*' }
    known.add(found.name)
    return found
  })
}

const isPing = ({ type, isBeacon }: OutRequest): boolean => isBeacon && /^(ping|beacon|cspviolationreport)$/i.test(type)
const hostOf = (page: string): string => (URL.canParse(page) ? new URL(page).hostname : '')
