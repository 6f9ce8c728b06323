/** A site under the policy: keeps the register fresh, asks its visitors, answers its own paths, guards its answers. */
import { renderBanner, renderHead, type View } from './banner.ts'
import { mintToken } from './choice.ts'
import { deletionsFor, guardLines } from './guard.ts'
import { askedCategories, categoryOf } from './register.ts'
import { textAnswer } from './site-answers.ts'
import { preferredLanguage } from './site-checks.ts'
import { keepTally } from './site-counts.ts'
import { keepPace } from './site-pace.ts'
import { answerPath, type Core } from './site-paths.ts'
import { keepSettings, type Settings } from './site-settings.ts'
import type { Site, SiteOptions, SiteRequest } from './site-types.ts'
import { guardContext, visitOf, type Visit } from './site-visit.ts'
import type { Language } from './wire.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/**
 * Starts a site. It fails closed: without a register nothing but deletions passes the guard, and without fresh news
 * for `staleMs` nothing optional is allowed (Cookiebekendtgørelsen § 3). Throws on a base that is not a plain path.
 */
export function createSite(options: SiteOptions): Site {
  const base = options.base ?? '/indsigt'
  if (!/^(\/[\w-]+)+$/.test(base)) throw new Error('The base of our paths is a plain path such as /indsigt.')
  const { site, backend, refreshMs = MINUTE_MS, staleMs = DAY_MS, clock = () => new Date() } = options
  const mode = options.mode ?? (process.env['NODE_ENV'] === 'development' ? 'explain' : 'strip')
  const settings = keepSettings({ site, backend, refreshMs, staleMs, clock })
  const tally = keepTally(backend, MINUTE_MS)
  const { core, seen } = heart({ ...options, base, mode }, settings)
  const report = options.report ?? ((line: string) => void process.stderr.write(`${line}\n`))

  return {
    site,
    base,
    mode,
    report,
    trustProxy: options.trustProxy === true,
    ready: () => settings.ready(),
    owns: path => path === base || path.startsWith(`${base}/`),
    handle: async request => {
      try {
        return await answerPath(core, request)
      } catch {
        return textAnswer(request, 500, 'failed')
      }
    },
    head: (request, language) => renderHead(core.viewOf(request, language)),
    banner: (request, language) => renderBanner(core.viewOf(request, language)),
    choice: request => seen.show(request).visit.choice,
    allows: (request, category) => {
      const known = settings.current()
      if (!known) return false
      if (categoryOf(known.register, category)?.isNecessary === true) return true
      return !known.isStale && seen.show(request).visit.choice?.accepted.includes(category) === true
    },
    guard: (request, lines) => {
      const guarded = guardLines(lines, core.contextOf(request))
      if (guarded.counts.length > 0) tally.add(guarded.counts)
      if (!seen.of(request).isShown) return guarded
      // Only on an answer that is this visitor's own: a shared cache must not hand the deletion to others.
      const gone = core.sweep(request)
      return gone.length > 0 ? { ...guarded, keep: [...guarded.keep, ...gone] } : guarded
    },
    remember: (request, known) => seen.remember(request, known),
    visitor: request => sealedValue(seen.of(request).visit),
    cacheControl: (request, current) => (seen.of(request).isShown ? privately(current) : current),
    close: async () => {
      settings.close()
      await tally.close()
    },
  }
}

// Indsigt looks at the seal again before it ties anything (S3).
function sealedValue({ made, value }: Visit): string | null {
  return made === null ? null : value
}

type Told = SiteOptions & { readonly base: string; readonly mode: 'strip' | 'explain' }

/** What the site's answers and its paths are worked out from. */
function heart({ site, base, mode, backend, alsoFor }: Told, settings: Settings): { core: Core; seen: Memory } {
  const seen = memory(request => visitOf(request, settings.current(), settings.now()))
  const contextOf = (request: SiteRequest) => {
    const { visit, personal } = seen.of(request)
    return guardContext(request, visit, { known: settings.current(), personal, mode, now: settings.now() })
  }
  const tokenFor = (language: Language) => {
    const known = settings.current()
    if (!known || known.isStale || askedCategories(known.register).length === 0) return null
    return mintToken({ register: known.register, key: known.key, now: settings.now(), language })
  }
  const viewOf = (request: SiteRequest, language = preferredLanguage(request.headers['accept-language'])): View => {
    const known = settings.current()
    const { choice, isGpc } = seen.show(request).visit
    const back = request.path + (request.query ? `?${request.query}` : '')
    const view = { register: known?.register ?? null, isStale: known?.isStale ?? true, language, choice, isGpc }
    return { ...view, token: tokenFor(language), base, back }
  }
  const sweep = (request: SiteRequest) => {
    const name = settings.current()?.register.choiceCookie
    const { isForged, choice } = seen.of(request).visit
    if (isForged && name !== undefined) return deletionsFor(contextOf(request), { names: [name] })
    // What lay under another path or host when the visitor said no is seen here for the first time (GDPR 7(3)).
    return choice !== null && settings.current()?.isStale === false ? deletionsFor(contextOf(request)) : []
  }
  const visit = (request: SiteRequest) => seen.show(request).visit
  const asked = {
    tokenFor,
    contextOf,
    viewOf,
    visit,
    sweep,
    known: () => settings.current(),
    now: () => settings.now(),
    pace: keepPace(),
  }
  return { core: { site, base, backend, alsoFor, ...asked }, seen }
}

/** Cache-Control without what lets a shared cache keep the answer. */
export function privately(current: string | undefined): string {
  if (current === undefined) return 'private, no-cache'
  if (/\bno-store\b/i.test(current)) return current
  const kept = current
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '' && !/^(public|private|s-maxage\b.*|immutable|stale-.*)$/i.test(part))
  return ['private', ...kept].join(', ')
}

type Seen = { readonly visit: Visit; personal: readonly string[]; isShown: boolean }

type Memory = {
  of(request: SiteRequest): Seen
  show(request: SiteRequest): Seen
  remember(request: SiteRequest, known: readonly string[]): void
}

/** What is known about a request while it lives. `isShown`: its answer says something about this visitor. */
function memory(read: (request: SiteRequest) => Visit): Memory {
  const kept = new WeakMap<SiteRequest, Seen>()
  const of = (request: SiteRequest): Seen => {
    const before = kept.get(request)
    if (before) return before
    const made: Seen = { visit: read(request), personal: [], isShown: false }
    kept.set(request, made)
    return made
  }
  return {
    of,
    show: (request: SiteRequest) => Object.assign(of(request), { isShown: true }),
    remember: (request: SiteRequest, known: readonly string[]) => {
      const seen = of(request)
      const told = known.filter(value => value.trim().length > 0)
      // A new list each time: what was prepared of the old one would hide what came later.
      seen.personal = [...seen.personal, ...told].slice(0, KNOWN_MAX)
    },
  }
}

const KNOWN_MAX = 32
