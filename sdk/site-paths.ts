/** The paths a site serves itself: files, token, the page "my choice", and the two forms that change something. */
import type { View } from './banner.ts'
import { renderChoicePage, type ChoicePage } from './choice-page.ts'
import { readChoice, readToken } from './choice.ts'
import { isRefusal } from './client.ts'
import { deletionsFor, type GuardContext } from './guard.ts'
import { askedCategories, consentTag, entriesFor, isHostOf } from './register.ts'
import { parseCookieHeader } from './set-cookie.ts'
import { assetAnswer, corsHeaders, jsonAnswer, pageAnswer, redirectAnswer, textAnswer } from './site-answers.ts'
import * as checks from './site-checks.ts'
import type { Known } from './site-settings.ts'
import type { SiteRequest, SiteResponse } from './site-types.ts'
import { choiceLine, ruledHost, type Visit } from './site-visit.ts'
import type { Message } from './texts.ts'
import type { Backend, Choice, Language, Recorded } from './wire.ts'

/** What the paths need of their site. */
export type Core = {
  readonly site: string
  readonly base: string
  readonly backend: Backend
  readonly alsoFor: ((host: string) => boolean) | undefined
  known(): Known | null
  now(): Date
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
    back: checks.backOf(form.back, request, doors) ?? (form.back ? null : checks.refererBack(request, doors)),
  }
  const known = core.known()
  if (!known || known.isStale) return askAgain(core, request, { posted, status: 503, message: 'failed' })
  if (!readToken(form.token, { site: core.site, key: known.key, now: core.now() })) {
    return askAgain(core, request, { posted, status: 200, message: 'again' })
  }
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
}

async function record(core: Core, request: SiteRequest, posted: Posted): Promise<SiteResponse> {
  const { token, method, categories } = posted
  const { value: previous, isGpc } = core.visit(request)
  const origin = originOf(core, request)
  try {
    const recorded = await core.backend.record({ token, method, categories, origin, isGpc, previous })
    const choice = sealed(core, recorded)
    if (!choice) return await askAgain(core, request, { posted, status: 503, message: 'failed' })
    return kept(core, request, { posted, recorded, choice })
  } catch (error) {
    // A token that Indsigt will not take (used, or of an older list) is answered with a new one: nothing is lost.
    const again = isRefusal(error)
      ? ({ posted, status: 200, message: 'again' } as const)
      : ({ posted, status: 503, message: 'failed' } as const)
    return askAgain(core, request, again)
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
  const path = posted.back?.startsWith('/') ? (posted.back.split(/[?#]/)[0] ?? '/') : '/'
  const context = { ...core.contextOf(request), path }
  const accepted = context.isGpc ? [] : choice.accepted
  const gone = deletionsFor({ ...context, choice: { ...choice, accepted } })
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
  return redirectAnswer(request, posted.back ?? `${core.base}/choice?said=saved`, { setCookies, headers })
}

async function askAgain(
  core: Core,
  request: SiteRequest,
  { posted, status, message }: { posted: Posted; status: number; message: Message },
): Promise<SiteResponse> {
  const headers = { ...corsHeaders(posted.sender), ...(status === 503 ? { 'retry-after': '10' } : {}) }
  if (wantsJson(request)) {
    const code = status === 503 ? 'failed' : 'token'
    return jsonAnswer(request, status === 503 ? 503 : 409, { json: { code }, headers })
  }
  const preselect = preselected(core, posted)
  return choicePage(core, request, { status, message, preselect, back: posted.back, headers })
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
}

async function choicePage(core: Core, request: SiteRequest, shown: Shown): Promise<SiteResponse> {
  const language = checks.languageOf(request)
  const { made } = core.visit(request)
  const receipt = made ? await core.backend.receipt(made.proof).catch(() => null) : null
  const held = [...parseCookieHeader(request.headers['cookie']).keys()]
  const { message, preselect } = shown
  const back = shown.back ?? ''
  const page: ChoicePage = { ...core.viewOf(request, language), receipt, held, preselect, message, back }
  const reach = back.startsWith('/') || back === '' ? undefined : new URL(back).origin
  const headers = { 'content-language': language, ...shown.headers }
  const setCookies = core.sweep(request)
  return pageAnswer(request, shown.status, { html: renderChoicePage(page), setCookies, reach, headers })
}

function remove(core: Core, request: SiteRequest): SiteResponse {
  const sender = checks.senderOf(request, doorsOf(core))
  const refused = formFault(request, sender)
  if (refused) return refused
  if (sender.kind !== 'own') return textAnswer(request, 403, 'foreign')
  const fields = new URLSearchParams(request.body ?? '')
  const back = checks.backOf(fields.get('back') ?? undefined, request, doorsOf(core))
  const names = removable(core, request, fields)
  const setCookies = names.length > 0 ? deletionsFor(core.contextOf(request), { names }) : []
  return redirectAnswer(request, back ?? `${core.base}/choice?said=removed`, { setCookies })
}

/** The declared cookies that the form names: one, or everything of ours that this browser sent. */
function removable(core: Core, request: SiteRequest, fields: URLSearchParams): string[] {
  const register = core.known()?.register
  if (!register) return []
  const { host } = core.contextOf(request)
  const isDeclared = (name: string) =>
    name === register.choiceCookie || entriesFor(register, { kind: 'cookie', name, host }).length > 0
  if (!fields.has('all')) return [fields.get('name') ?? ''].filter(isDeclared)
  const plain = register.entries.filter(({ kind, name }) => kind === 'cookie' && !name.includes('*'))
  const sent = [...parseCookieHeader(request.headers['cookie']).keys()].filter(isDeclared)
  return [...new Set([register.choiceCookie, ...plain.map(({ name }) => name), ...sent])]
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
