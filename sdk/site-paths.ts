/** The paths a site serves itself: files, token, the page "my choice", and the two forms that change something. */
import type { View } from './banner.ts'
import { renderChoicePage, type ChoicePage } from './choice-page.ts'
import { readChoice, readToken } from './choice.ts'
import { isRefusal } from './client.ts'
import { deletionsFor, type GuardContext } from './guard.ts'
import { askedCategories, consentTag, isHostOf } from './register.ts'
import { parseCookieHeader } from './set-cookie.ts'
import { assetAnswer, corsHeaders, jsonAnswer, pageAnswer, redirectAnswer, textAnswer } from './site-answers.ts'
import * as checks from './site-checks.ts'
import type { Pace } from './site-pace.ts'
import { removalOf } from './site-removal.ts'
import type { Known } from './site-settings.ts'
import type { SiteRequest, SiteResponse } from './site-types.ts'
import { choiceLine, ruledHost, type Visit } from './site-visit.ts'
import type { Backend, Choice, Language, Recorded } from './wire.ts'

/** What the paths need of their site. */
export type Core = {
  readonly site: string
  readonly base: string
  readonly backend: Backend
  readonly alsoFor: ((host: string) => boolean) | undefined
  known(): Known | null
  now(): Date
  readonly pace: Pace
  visit(request: SiteRequest): Visit
  viewOf(request: SiteRequest, language?: Language): View
  contextOf(request: SiteRequest): GuardContext
  tokenFor(language: Language): string | null
  /** Lines that delete a choice cookie nobody sealed, or what a choice in force refuses and the browser still sends. */
  sweep(request: SiteRequest): string[]
}

/** Answers one of our own paths; null for any other. Changes something only on a POST from our own page. */
export async function answerPath(core: Core, request: SiteRequest): Promise<SiteResponse | null> {
  const { base } = core
  if (request.path === base) return redirectAnswer(request, `${base}/choice`)
  if (!request.path.startsWith(`${base}/`)) return null
  const name = request.path.slice(base.length + 1)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const answer = HANDLERS[`${method} ${name}`]
  if (answer) return answer(core, request)
  const file = assetAnswer(request, name)
  if (file && method === 'GET') return file
  const allowed = ['GET', 'POST'].filter(verb => HANDLERS[`${verb} ${name}`] || (file && verb === 'GET'))
  if (allowed.length === 0) return textAnswer(request, 404, 'notFound')
  return textAnswer(request, 405, 'wrongVerb', { headers: { allow: allowed.join(', ') } })
}

type Handler = (core: Core, request: SiteRequest) => SiteResponse | Promise<SiteResponse>

const HANDLERS: Readonly<Record<string, Handler>> = {
  __proto__: null as never,
  'GET token': giveToken,
  'GET choice': showChoice,
  'POST choice': takeChoice,
  'POST remove': remove,
}

function giveToken(core: Core, request: SiteRequest): SiteResponse {
  const sender = checks.askerOf(request, doorsOf(core))
  const headers = corsHeaders(sender)
  if (sender.kind === 'foreign') return jsonAnswer(request, 403, { json: { code: 'foreign' }, headers })
  const token = core.tokenFor(checks.languageOf(request))
  const register = core.known()?.register
  if (!token || !register) return jsonAnswer(request, 503, { json: { code: 'failed' }, headers })
  return jsonAnswer(request, 200, { json: { token, tag: consentTag(register) }, headers })
}

async function showChoice(core: Core, request: SiteRequest): Promise<SiteResponse> {
  const query = new URLSearchParams(request.query)
  const back = checks.backOf(query.get('back') ?? undefined, request, doorsOf(core))
  const said = query.get('said')
  const message = said === 'saved' || said === 'removed' ? said : null
  return choicePage(core, request, { status: 200, message, preselect: null, back })
}

async function takeChoice(core: Core, request: SiteRequest): Promise<SiteResponse> {
  const doors = doorsOf(core)
  const sender = checks.senderOf(request, doors)
  const refused = formFault(request, sender)
  if (refused) return refused
  if (sender.kind === 'foreign' || !isAtHome(core, request)) {
    if (wantsJson(request)) return jsonAnswer(request, 403, { json: { code: 'foreign' } })
    return choicePage(core, request, { status: 403, message: 'refused', preselect: null, back: null })
  }
  const form = checks.choiceForm(request.body ?? '')
  if (!form.method) return textAnswer(request, 400, 'unknownMethod')
  const posted: Posted = {
    ...form,
    sender,
    method: form.method,
    back: checks.backOf(form.back, request, doors) ?? (form.back ? null : leftPage(core, request)),
    removes: null,
  }
  return settle(core, request, posted)
}

/** The page the form stood on. The answer to a removal is a page too, but none to come back to. */
function leftPage(core: Core, request: SiteRequest): string | null {
  const page = checks.refererBack(request, doorsOf(core))
  return page?.split('?')[0] === `${core.base}/remove` ? null : page
}

/** Records what was posted, when the page it stood on was ours and fresh, and its network has not posted too much. */
async function settle(core: Core, request: SiteRequest, posted: Posted): Promise<SiteResponse> {
  const known = core.known()
  if (!known || known.isStale) return askAgain(core, request, { posted, ...AWAY })
  if (!readToken(posted.token, { site: core.site, key: known.key, now: core.now() })) {
    return askAgain(core, request, { posted, ...LATE })
  }
  const waitSeconds = core.pace.secondsToWait(request.address)
  if (waitSeconds > 0) return askAgain(core, request, { posted, ...AWAY, status: 429, waitSeconds })
  return record(core, request, posted)
}

// A host that the list does not name is to be looked at only: no browser keeps our cookie there.
function isAtHome(core: Core, request: SiteRequest): boolean {
  const register = core.known()?.register ?? null
  return register === null || isHostOf(register, ruledHost(request, register))
}

type Posted = Omit<checks.ChoiceForm, 'method' | 'back'> & {
  readonly sender: checks.Sender
  readonly method: NonNullable<checks.ChoiceForm['method']>
  readonly back: string | null
  /** What the visitor removed, and with it a yes; null when the visitor chose. */
  readonly removes: readonly string[] | null
}

/** Why a choice is not kept, and how the visitor is asked again. */
type Obstacle = { readonly status: 200 | 429 | 503; readonly message: 'again' | 'failed'; readonly waitSeconds: number }

const LATE: Obstacle = { status: 200, message: 'again', waitSeconds: 0 }
const AWAY: Obstacle = { status: 503, message: 'failed', waitSeconds: 10 }

async function record(core: Core, request: SiteRequest, posted: Posted): Promise<SiteResponse> {
  const { token, method, categories } = posted
  const { value: previous, isGpc } = core.visit(request)
  const origin = originOf(core, request)
  try {
    const recorded = await core.backend.record({ token, method, categories, origin, isGpc, previous })
    const choice = sealed(core, recorded)
    if (!choice) return await askAgain(core, request, { posted, ...AWAY })
    return kept(core, request, { posted, recorded, choice })
  } catch (error) {
    // A token that Indsigt will not take (used, or of an older list) is answered with a new one: nothing is lost.
    return askAgain(core, request, { posted, ...(isRefusal(error) ? LATE : AWAY) })
  }
}

/** Where the form came from. On a developer's own machine the site's name stands in for the machine's, as for rules. */
function originOf(core: Core, request: SiteRequest): string | null {
  const origin = request.headers['origin'] ?? null
  const register = core.known()?.register ?? null
  const isStandIn = register !== null && ruledHost(request, register) !== request.host
  return isStandIn && origin === `http://${request.host}` ? `https://${core.site}` : origin
}

/** The choice in what Indsigt answered, if it carries this site's seal; anything else is not set. */
function sealed(core: Core, { cookie }: Recorded): Choice | null {
  const known = core.known()
  if (!known || cookie.name !== known.register.choiceCookie || !(cookie.maxAgeSeconds > 0)) return null
  const read = readChoice(cookie.value, { register: known.register, key: known.key, now: core.now() })
  return read?.isCurrent === true ? read.choice : null
}

function kept(
  core: Core,
  request: SiteRequest,
  { posted, recorded, choice }: { posted: Posted; recorded: Recorded; choice: Choice },
): SiteResponse {
  // Cookies may be kept under the path of the page that was left, and this form has another.
  const { back, removes } = posted
  const path = back?.startsWith('/') ? (back.split(/[?#]/)[0] ?? '/') : removes ? request.path : '/'
  const context = { ...core.contextOf(request), path }
  const accepted = context.isGpc ? [] : choice.accepted
  const gone = deletionsFor({ ...context, choice: { ...choice, accepted } }, { first: removes ?? [] })
  const register = core.known()?.register
  const setCookies = [...gone, ...(register ? [choiceLine(request, recorded.cookie, register)] : [])]
  const headers = corsHeaders(posted.sender)
  if (wantsJson(request)) {
    return jsonAnswer(request, 200, {
      json: { accepted: choice.accepted, receipt: recorded.receipt },
      setCookies,
      headers,
    })
  }
  const said = `${core.base}/choice?said=${removes ? 'removed' : 'saved'}`
  return redirectAnswer(request, back ?? said, { setCookies, headers })
}

async function askAgain(
  core: Core,
  request: SiteRequest,
  { posted, status, message, waitSeconds }: { posted: Posted } & Obstacle,
): Promise<SiteResponse> {
  const { back, removes, sender } = posted
  const headers = { ...corsHeaders(sender), ...(waitSeconds > 0 && { 'retry-after': String(waitSeconds) }) }
  if (wantsJson(request)) {
    const code = message === 'failed' ? 'failed' : 'token'
    return jsonAnswer(request, status === 200 ? 409 : status, { json: { code }, headers })
  }
  const shown = { status, preselect: preselected(core, posted), back, headers }
  if (removes === null) return choicePage(core, request, { ...shown, message })
  // What was to go goes at once; that it may not come again is what the visitor is asked to press once more for.
  const told = message === 'failed' ? 'removedFailed' : 'removedAgain'
  return choicePage(core, request, { ...shown, message: told, removes })
}

function preselected(core: Core, { method, categories }: Posted): readonly string[] {
  const register = core.known()?.register
  const asked = register ? askedCategories(register).map(({ code }) => code) : []
  if (method === 'accept') return asked
  return method === 'save' ? asked.filter(code => categories.includes(code)) : []
}

type Shown = Pick<ChoicePage, 'message' | 'preselect'> & {
  readonly status: number
  readonly back: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly removes?: readonly string[]
}

async function choicePage(core: Core, request: SiteRequest, shown: Shown): Promise<SiteResponse> {
  const language = checks.languageOf(request)
  const { made } = core.visit(request)
  const receipt = made ? await core.backend.receipt(made.proof).catch(() => null) : null
  const { message, preselect, removes } = shown
  const held = [...parseCookieHeader(request.headers['cookie']).keys()].filter(name => !removes?.includes(name))
  const back = shown.back ?? ''
  const page: ChoicePage = { ...core.viewOf(request, language), receipt, held, preselect, message, back }
  const reach = back.startsWith('/') || back === '' ? undefined : new URL(back).origin
  const headers = { 'content-language': language, ...shown.headers }
  const setCookies = removes ? deletionsFor(core.contextOf(request), { names: removes }) : core.sweep(request)
  return pageAnswer(request, shown.status, { html: renderChoicePage(page), setCookies, reach, headers })
}

async function remove(core: Core, request: SiteRequest): Promise<SiteResponse> {
  const sender = checks.senderOf(request, doorsOf(core))
  const refused = formFault(request, sender)
  if (refused) return refused
  if (sender.kind !== 'own') return textAnswer(request, 403, 'foreign')
  const fields = new URLSearchParams(request.body ?? '')
  const back = checks.backOf(fields.get('back') ?? undefined, request, doorsOf(core))
  const accepted = isAtHome(core, request) ? core.visit(request).choice?.accepted : []
  const { first, names, remaining } = removalOf(fields, core.contextOf(request), accepted ?? [])
  if (remaining === null) {
    const setCookies = deletionsFor(core.contextOf(request), { names, first })
    return redirectAnswer(request, back ?? `${core.base}/choice?said=removed`, { setCookies })
  }
  const choice = { token: fields.get('token') ?? '', method: 'save', categories: remaining } as const
  return settle(core, request, { ...choice, sender, back, removes: names })
}

function formFault(request: SiteRequest, sender: checks.Sender): SiteResponse | null {
  const headers = corsHeaders(sender)
  if (!checks.isForm(request)) return textAnswer(request, 415, 'notForm', { headers })
  const isTooLarge = Buffer.byteLength(request.body ?? '') > checks.BODY_BYTES_MAX
  return isTooLarge ? textAnswer(request, 413, 'tooLarge', { headers }) : null
}

function doorsOf(core: Core): checks.Doors {
  return { register: core.known()?.register ?? null, alsoFor: core.alsoFor }
}

function wantsJson(request: SiteRequest): boolean {
  return /^\s*application\/json\b/i.test(request.headers['accept'] ?? '')
}
