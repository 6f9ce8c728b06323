/** The visitor's hand: real input events at real places of the page. Nothing here waits for ever. */
import { attempt, sleep, type Fields } from './cdp.ts'
import { evaluate } from './frames.ts'
import type { Frame, Tab } from './model.ts'

export type Point = { readonly x: number; readonly y: number }

const INPUT_LIMIT_MS = 1200

/** Middle of an element after scrolling to it, in its own frame's coordinates; null when it is not to be seen. */
export async function pointOf(frame: Frame, element: string): Promise<Point | null> {
  const point = await evaluate(
    frame,
    `(it => {
      if (!it) return null
      const inView = box => box.top >= 0 && box.bottom <= innerHeight
      if (!inView(it.getBoundingClientRect())) it.scrollIntoView({ block: 'center', behavior: 'instant' })
      const box = it.getBoundingClientRect()
      return box.width && box.height ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : null
    })(${element})`,
  )
  return point && typeof point === 'object' && 'x' in point && 'y' in point ? (point as Point) : null
}

/** Clicks, or taps on a phone, at a point of the tab. */
export async function clickAt(tab: Tab, point: Point): Promise<void> {
  if (tab.visitor.persona === 'phone') {
    await input(tab, 'Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] })
    await input(tab, 'Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    return
  }
  const press = { ...point, button: 'left', clickCount: 1 }
  await input(tab, 'Input.dispatchMouseEvent', { ...point, type: 'mouseMoved' })
  await input(tab, 'Input.dispatchMouseEvent', { ...press, type: 'mousePressed', buttons: 1 })
  await input(tab, 'Input.dispatchMouseEvent', { ...press, type: 'mouseReleased' })
}

/** Scrolls to the end of the page in steps, as a reader does. */
export async function scroll(tab: Tab, frame: Frame): Promise<void> {
  const wheel = { type: 'mouseWheel', x: 600, y: 400, deltaX: 0, deltaY: 400 }
  await input(tab, 'Input.dispatchMouseEvent', wheel)
  for (const part of [0.3, 0.6, 1]) {
    await evaluate(
      frame,
      `scrollTo(0, (document.scrollingElement || document.body).scrollHeight * ${part})`,
      INPUT_LIMIT_MS,
    )
    await sleep(60)
  }
}

/** Moves the pointer about, clicks where nothing is, presses a key. */
export async function fidget(tab: Tab, frame: Frame): Promise<void> {
  for (const [x, y] of [
    [200, 150],
    [480, 320],
    [300, 260],
  ] as const) {
    await input(tab, 'Input.dispatchMouseEvent', { type: 'mouseMoved', x, y })
  }
  const place = (await evaluate(frame, NEUTRAL, INPUT_LIMIT_MS)) as Point | null
  if (place) await clickAt(tab, place)
  const key = { key: 'a', code: 'KeyA', windowsVirtualKeyCode: 65 }
  await input(tab, 'Input.dispatchKeyEvent', { ...key, type: 'keyDown', text: 'a' })
  await input(tab, 'Input.dispatchKeyEvent', { ...key, type: 'keyUp' })
}

/** An input event, waited for only a little: a busy page must not keep the hand. */
function input(tab: Tab, method: string, params: Fields): Promise<unknown> {
  return attempt(tab.session, method, params, INPUT_LIMIT_MS)
}

/** A place that is neither control nor link nor part of something laid over the page. */
const NEUTRAL = `(() => {
  const places = [[0.5, 0.5], [0.5, 0.3], [0.3, 0.4], [0.7, 0.4], [0.5, 0.15], [0.1, 0.1], [0.02, 0.5], [0.98, 0.5]]
  const taken = 'a,button,input,select,textarea,label,iframe,summary,dialog,form,video,audio,' +
    '[onclick],[role=button],[tabindex]'
  for (const [x, y] of places) {
    const point = { x: innerWidth * x, y: innerHeight * y }
    let at = document.elementFromPoint(point.x, point.y)
    if (!at || at.closest(taken)) continue
    while (at && !/fixed|sticky/.test(getComputedStyle(at).position)) at = at.parentElement
    if (!at) return point
  }
  return null
})()`
