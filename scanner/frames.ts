/** Runs the scanner's own small programs in a frame, in a world of their own that the page cannot touch. */
import { attempt, number, object, type Fields, type Session } from './cdp.ts'
import type { Frame, Tab } from './model.ts'

const LOOK_LIMIT_MS = 2500
/** A page that did not answer once is asked again, but hardly waited for. */
const HUNG_LIMIT_MS = 300
const hung = new WeakSet<Session>()

/** Value of an expression (promises are waited for) in a frame, or null when the frame does not answer in time. */
export async function evaluate(frame: Frame, expression: string, limitMs = LOOK_LIMIT_MS): Promise<unknown> {
  const result = await run(frame, { expression, returnByValue: true, awaitPromise: true, userGesture: false }, limitMs)
  return result ? object(result, 'result')['value'] : null
}

/** Values of an expression in every frame of a tab, the top one first; frames that do not answer are left out. */
export async function evaluateAll(
  tab: Tab,
  expression: string,
): Promise<readonly { readonly frame: Frame; readonly value: unknown }[]> {
  const frames = [...tab.frames.values()].slice(0, 40)
  const values = await Promise.all(frames.map(async frame => ({ frame, value: await evaluate(frame, expression) })))
  return values.filter(it => it.value !== null && it.value !== undefined)
}

/** Where a frame begins in the tab's own coordinates; null when that cannot be told. */
export async function offsetOf(tab: Tab, frame: Frame): Promise<{ readonly x: number; readonly y: number } | null> {
  let [x, y] = [0, 0]
  let at = frame
  while (at.parentId) {
    const parent = tab.frames.get(at.parentId)
    if (!parent) return null
    const corner = await cornerOf(parent, at.id)
    if (!corner) return null
    x += corner.x
    y += corner.y
    // Boxes are told from the corner of the process's own topmost frame: the parents it shares it with are counted.
    at = rootOf(tab, parent)
  }
  return { x, y }
}

async function cornerOf(parent: Frame, frameId: string): Promise<{ x: number; y: number } | null> {
  const owner = await attempt(parent.session, 'DOM.getFrameOwner', { frameId }, LOOK_LIMIT_MS)
  const backendNodeId = number(owner, 'backendNodeId')
  if (backendNodeId === null) return null
  const box = await attempt(parent.session, 'DOM.getBoxModel', { backendNodeId }, LOOK_LIMIT_MS)
  const content = object(box, 'model')['content']
  return Array.isArray(content) ? { x: Number(content[0]), y: Number(content[1]) } : null
}

function rootOf(tab: Tab, frame: Frame): Frame {
  let root = frame
  for (let parent = tab.frames.get(root.parentId ?? ''); parent?.session === root.session;) {
    root = parent
    parent = tab.frames.get(root.parentId ?? '')
  }
  return root
}

async function run(frame: Frame, params: Fields, limitMs: number): Promise<Fields | null> {
  const patience = hung.has(frame.session) ? Math.min(limitMs, HUNG_LIMIT_MS) : limitMs
  const began = Date.now()
  const answer = await runWithin(frame, params, patience)
  if (answer) hung.delete(frame.session)
  else if (Date.now() - began >= patience) hung.add(frame.session)
  return answer
}

async function runWithin(frame: Frame, params: Fields, limitMs: number): Promise<Fields | null> {
  const world = await attempt(
    frame.session,
    'Page.createIsolatedWorld',
    { frameId: frame.id, worldName: 'look' },
    limitMs,
  )
  const contextId = number(world, 'executionContextId')
  if (contextId === null) return null
  return attempt(frame.session, 'Runtime.evaluate', { ...params, contextId }, limitMs)
}
