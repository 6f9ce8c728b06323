/** Finds what asks for consent, in any frame or open shadow root, measures it, and presses its buttons. */
import { sleep } from './cdp.ts'
import { TOOLS, TOPIC, WORDS } from './banner-tools.ts'
import { evaluate, offsetOf } from './frames.ts'
import { clickAt, pointOf } from './hand.ts'
import type { Frame, Tab } from './model.ts'

export type Role = 'accept' | 'reject' | 'settings' | 'save' | 'control'

/** A button found in a frame, as it looks. `index` is its place in the frame's list of finds. */
export type Hit = {
  readonly role: Role
  readonly index: number
  readonly tool: string
  readonly width: number
  readonly height: number
  readonly background: string
  readonly colour: string
  readonly fontSize: number
  readonly fontWeight: number
}

export type BannerLook = {
  /** Tool by name, 'unknown', or null without a banner. */
  readonly tool: string | null
  readonly rejectOnFirstLayer: boolean | null
  readonly isFair: boolean | null
  readonly hasControl: boolean
}

type Found = { readonly frame: Frame; readonly hits: readonly Hit[]; readonly tool: string | null }

const BANNER_LIMIT_MS = 3000

/** What the page asks now, measured. */
export async function lookAtBanner(tab: Tab): Promise<BannerLook> {
  const all = await find(tab)
  const asking = all.find(it => it.tool && it.hits.some(hit => hit.role === 'accept')) ?? all.find(it => it.tool)
  const hasControl = all.some(it => it.hits.some(hit => hit.role === 'control'))
  if (!asking) return { tool: null, rejectOnFirstLayer: null, isFair: null, hasControl }
  const accept = asking.hits.find(it => it.role === 'accept')
  const reject = asking.hits.find(it => it.role === 'reject')
  return {
    tool: asking.tool,
    rejectOnFirstLayer: reject !== undefined,
    isFair: accept ? reject !== undefined && areAlike(accept, reject) : null,
    hasControl,
  }
}

/** Two buttons of one weight: size, colour and letters alike enough that none pulls (S1; EDPB Taskforce). Pure. */
export function areAlike(accept: Hit, reject: Hit): boolean {
  const near = (a: number, b: number, share: number) => Math.min(a, b) >= Math.max(a, b) * share
  return (
    near(accept.height, reject.height, 0.8) &&
    near(accept.width, reject.width, 0.45) &&
    near(accept.fontSize, reject.fontSize, 0.9) &&
    Math.abs(accept.fontWeight - reject.fontWeight) <= 200 &&
    accept.background === reject.background &&
    accept.colour === reject.colour
  )
}

/** Waits for a banner with such a button and presses it. Answers whether one was pressed. */
export async function choose(tab: Tab, role: 'accept' | 'reject', limitMs = BANNER_LIMIT_MS): Promise<boolean> {
  for (const until = Date.now() + limitMs; ; await sleep(200)) {
    const all = (await find(tab)).filter(it => it.tool)
    if (await pressFirst(tab, all, role)) return true
    const hasBanner = all.length > 0
    if (hasBanner && role === 'reject' && Date.now() > until - limitMs / 2) return refuseOnSecondLayer(tab, all)
    if (Date.now() >= until || tab.failure) return false
  }
}

/** Opens the choice again, unless it stands open. Answers whether that was possible (S8). */
export async function reopen(tab: Tab): Promise<boolean> {
  const all = await find(tab)
  if (all.some(it => it.tool && it.hits.some(hit => hit.role === 'reject'))) return true
  if (!(await pressFirst(tab, all, 'control'))) return false
  await sleep(600)
  return true
}

async function refuseOnSecondLayer(tab: Tab, first: readonly Found[]): Promise<boolean> {
  if (!(await pressFirst(tab, first, 'settings'))) return false
  await sleep(500)
  const second = (await find(tab)).filter(it => it.tool)
  return (await pressFirst(tab, second, 'reject')) || pressFirst(tab, second, 'save')
}

async function pressFirst(tab: Tab, all: readonly Found[], role: Role): Promise<boolean> {
  for (const { frame, hits } of all) {
    for (const hit of hits.filter(it => it.role === role)) {
      if (await press(tab, frame, hit)) return true
    }
  }
  return false
}

async function press(tab: Tab, frame: Frame, hit: Hit): Promise<boolean> {
  const element = `self.finds[${hit.index}]`
  const point = await pointOf(frame, element)
  const offset = point && (await offsetOf(tab, frame))
  if (!point || !offset) return false
  const isOnTop = await evaluate(
    frame,
    `(it => { ${DEEP_HIT} return it.contains(hit) || hit?.contains(it) })(${element})`,
  )
  if (isOnTop === false) return clickInPage(frame, element)
  await clickAt(tab, { x: point.x + offset.x, y: point.y + offset.y })
  await sleep(250)
  return true
}

/** For a button that something lies over: the visitor would find a way, a test must. */
async function clickInPage(frame: Frame, element: string): Promise<boolean> {
  await evaluate(frame, `${element}.click()`)
  await sleep(250)
  return true
}

const DEEP_HIT = `const box = it.getBoundingClientRect(); const root = it.getRootNode()
  const hit = root.elementFromPoint ? root.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) : it;`

async function find(tab: Tab): Promise<readonly Found[]> {
  const frames = [...tab.frames.values()].slice(0, 30)
  const found = await Promise.all(
    frames.map(async frame => {
      const answer = (await evaluate(frame, FIND, 2000)) as { hits?: Hit[]; tool?: string | null } | null
      return { frame, hits: answer?.hits ?? [], tool: answer?.tool ?? null }
    }),
  )
  return found.filter(it => it.hits.length > 0 || it.tool)
}

/** Runs in the page's frame: known tools first, then words on buttons near words about cookies. */
const FIND = String.raw`(() => {
  const tools = ${JSON.stringify(TOOLS)}
  const words = {}
  for (const [role, text] of Object.entries(${JSON.stringify(WORDS)})) words[role] = new RegExp(text, 'i')
  const topic = new RegExp(${JSON.stringify(TOPIC)}, 'i')
  const roots = [document]
  for (let i = 0; i < roots.length && i < 60; i++) {
    const walker = document.createTreeWalker(roots[i], NodeFilter.SHOW_ELEMENT)
    for (let at = walker.nextNode(), count = 0; at && count < 20000; at = walker.nextNode(), count++) {
      if (at.shadowRoot) roots.push(at.shadowRoot)
    }
  }
  const allIn = (root, selector) => { try { return [...root.querySelectorAll(selector)] } catch { return [] } }
  const all = selector => roots.flatMap(root => allIn(root, selector))
  const visible = it => {
    const box = it.getBoundingClientRect()
    return box.width > 1 && box.height > 1 && it.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  }
  const finds = (self.finds = [])
  const hits = []
  const background = it => {
    for (let at = it; at; at = at.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(at)
      if (backgroundImage !== 'none') return backgroundImage.slice(0, 80)
      if (!/rgba\(.*, 0\)|transparent/.test(backgroundColor)) return backgroundColor
    }
    return 'none'
  }
  const add = (role, it, tool) => {
    if (!visible(it) || finds.includes(it)) return false
    const box = it.getBoundingClientRect()
    const style = getComputedStyle(it)
    const letters = { fontSize: parseFloat(style.fontSize), fontWeight: Number(style.fontWeight) }
    const looks = { width: box.width, height: box.height, background: background(it), colour: style.color, ...letters }
    hits.push({ role, index: finds.push(it) - 1, tool, ...looks })
    return true
  }
  let name = null
  for (const tool of tools) {
    const isAsking = all(tool.root).some(visible)
    if (isAsking && !name) name = tool.name
    for (const role of ['accept', 'reject', 'settings']) {
      if (isAsking && tool[role]) all(tool[role]).forEach(it => add(role, it, tool.name))
    }
    if (tool.control) all(tool.control).forEach(it => add('control', it, tool.name))
  }
  const buttons = all('button,a,[role=button],input[type=submit],input[type=button],summary')
  const labelled = it => it.innerText || it.value || it.getAttribute('aria-label') || ''
  const label = it => labelled(it).replace(/\s+/g, ' ').replace(/[.!→»✓✕×]/g, '').trim()
  const holder = it => {
    const around = []
    for (let at = it, depth = 0; at && depth < 7; depth++) {
      at = at.parentElement || (at.getRootNode().host ?? null)
      if (!at || at === document.body || at === document.documentElement) break
      around.push(at)
    }
    return around.find(at => topic.test(at.innerText || '') && (at.innerText || '').length < 6000)
  }
  for (const it of buttons) {
    const said = label(it)
    if (!said || said.length > 60) continue
    if (words.control.test(said)) { add('control', it, 'unknown'); continue }
    const role = ['reject', 'accept', 'settings', 'save'].find(role => words[role].test(said))
    if (!role || it.closest('nav')) continue
    const isFramed = self !== self.parent && topic.test(document.body.innerText)
    if (!holder(it) && !isFramed) continue
    add(role, it, name || 'unknown')
  }
  const isAsking = hits.some(it => it.role === 'accept' || it.role === 'reject')
  return { hits, tool: name || (isAsking ? 'unknown' : null) }
})()`
