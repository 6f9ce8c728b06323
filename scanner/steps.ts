/** Carries out a log-in script: open, fill, click, wait. Its values reach the page and nothing else. */
import { attempt, sleep } from './cdp.ts'
import { clickAt, pointOf } from './hand.ts'
import { evaluate } from './frames.ts'
import type { Tab } from './model.ts'
import type { Step } from './report.ts'
import { go, topOf } from './visit.ts'

const STEP_LIMIT_MS = 10_000

/** Does the steps one after the other; stops at the first that cannot be done. Answers how many were done. */
export async function runSteps(tab: Tab, steps: readonly Step[]): Promise<number> {
  let done = 0
  for (const step of steps) {
    if (!(await runStep(tab, step))) return done
    done++
  }
  return done
}

async function runStep(tab: Tab, step: Step): Promise<boolean> {
  if (step.do === 'open') return (await go(tab, step.url)).outcome === 'seen'
  const isThere = await appears(tab, step.selector)
  if (!isThere || step.do === 'wait') return isThere
  const point = await pointOf(topOf(tab), `document.querySelector(${JSON.stringify(step.selector)})`)
  if (!point) return false
  await clickAt(tab, point)
  if (step.do === 'fill') await fill(tab, step)
  else await sleep(500)
  return true
}

async function fill(tab: Tab, step: { readonly selector: string; readonly value: string }): Promise<void> {
  const element = `document.querySelector(${JSON.stringify(step.selector)})`
  await evaluate(topOf(tab), `(it => { it.focus(); it.select && it.select() })(${element})`)
  await attempt(tab.session, 'Input.insertText', { text: valueOf(step.value) })
}

/** '$NAME' is read from the environment, so that a password stands in no file and no command line. */
function valueOf(value: string): string {
  return value.startsWith('$') ? (process.env[value.slice(1)] ?? '') : value
}

async function appears(tab: Tab, selector: string): Promise<boolean> {
  const expression = `document.querySelector(${JSON.stringify(selector)}) !== null`
  for (const until = Date.now() + STEP_LIMIT_MS; Date.now() < until; await sleep(150)) {
    if ((await evaluate(topOf(tab), expression)) === true) return true
  }
  return false
}
