/** What each persona does on a site, step by step, and what it waits for. Every step has a limit. */
import { sleep } from './cdp.ts'
import { choose, reopen } from './banner.ts'
import { fidget, scroll } from './hand.ts'
import type { Tab, Visitor } from './model.ts'
import { flushRequests } from './network.ts'
import type { Phase } from './report.ts'
import { runSteps } from './steps.ts'
import { deleteCookies, sayLeftovers, sayStored } from './storage.ts'
import { closeTab, go, leave, openTab, sayVisit, topOf, type Arrival } from './visit.ts'
import { pageOf } from './site.ts'

const SHORT_DWELL_MS = 2500
const LOAD_TURN_MS = 3000
/** Before a choice is made, so that what comes before it is seen as such. */
const BEFORE_CHOICE_MS = 700

/** Lets a visitor do all that its persona does. Ends early when the scan's time is over; never throws. */
export async function live(visitor: Visitor): Promise<void> {
  await logIn(visitor)
  await LIVES[visitor.persona](visitor)
  flushRequests(visitor)
}

const LIVES: { readonly [persona in Visitor['persona']]: (visitor: Visitor) => Promise<void> } = {
  fresh: lookAround,
  english: lookBriefly,
  phone: lookBriefly,
  gpc: lookBriefly,
  thirdPartyBlocked: lookBriefly,
  reject: refuse,
  accept: accept,
  withdraw: acceptAndWithdraw,
  return: comeBack,
}

async function lookAround(visitor: Visitor): Promise<void> {
  const dwellMs = visitor.scan.request.dwellMs
  await visitAll(visitor, await visitor.scan.pages, { dwellMs, act: 'fully' })
}

async function lookBriefly(visitor: Visitor): Promise<void> {
  await visitAll(visitor, await visitor.scan.pages, {})
}

async function refuse(visitor: Visitor): Promise<void> {
  await chooseAtFirst(visitor, 'reject', 'rejected')
  await visitAll(visitor, await visitor.scan.pages, {})
}

async function accept(visitor: Visitor): Promise<void> {
  await chooseAtFirst(visitor, 'accept', 'accepted')
  await visitAll(visitor, await visitor.scan.pages, { answer: 'accept' })
}

async function acceptAndWithdraw(visitor: Visitor): Promise<void> {
  await chooseAtFirst(visitor, 'accept', 'accepted')
  const pages = await visitor.scan.pages
  await visitAll(visitor, pages, { dwellMs: 1000 })
  const isDone = await inTab(visitor, pages[0] ?? '', async (tab, arrival) => {
    if (arrival.outcome !== 'seen') return false
    const isWithdrawn = (await reopen(tab)) && (await chooseInPhase(tab, 'reject', 'withdrawn'))
    await sleep(SHORT_DWELL_MS / 2)
    return isWithdrawn
  })
  if (isDone) await visitAll(visitor, pages, {})
}

async function comeBack(visitor: Visitor): Promise<void> {
  const pages = await visitor.scan.pages
  await visitAll(visitor, pages, {})
  await enter(visitor, 'returned')
  await visitAll(visitor, pages, {})
  await deleteCookies(visitor)
  await visitAll(visitor, pages, {})
}

/** Opens the first page, makes a choice there, and looks at what comes of it. */
async function chooseAtFirst(visitor: Visitor, choice: 'accept' | 'reject', phase: Phase): Promise<void> {
  const first = visitor.scan.request.urls[0] ?? ''
  await inTab(visitor, first, async (tab, arrival) => {
    if (arrival.outcome !== 'seen') return sayVisit(tab, arrival)
    await sleep(BEFORE_CHOICE_MS)
    await sayVisit(tab, arrival)
    await sayLeftovers(visitor)
    const isChosen = await chooseInPhase(tab, choice, phase)
    if (!isChosen) return
    await scroll(tab, topOf(tab))
    await sleep(SHORT_DWELL_MS)
    await sayLeftovers(visitor)
    await leave(tab)
  })
}

/** The phase begins with the press, not when its effect is seen: what the page does at once belongs to it. */
async function chooseInPhase(tab: Tab, choice: 'accept' | 'reject', phase: Phase): Promise<boolean> {
  const { visitor } = tab
  const before = visitor.phase
  visitor.phase = phase
  const isChosen = await choose(tab, choice)
  if (!isChosen) visitor.phase = before
  else visitor.scan.emit({ type: 'progress', persona: visitor.persona, page: tab.page, phase })
  return isChosen
}

async function enter(visitor: Visitor, phase: Phase): Promise<void> {
  visitor.phase = phase
  const page = visitor.latest?.page ?? ''
  visitor.scan.emit({ type: 'progress', persona: visitor.persona, page, phase })
}

type Manner = { readonly dwellMs?: number; readonly act?: 'fully' | 'briefly'; readonly answer?: 'accept' }

/** Visits pages at the same time, as far as places for tabs go, and says what is left at the end. */
async function visitAll(visitor: Visitor, pages: readonly string[], manner: Manner): Promise<void> {
  const reachable = pages.filter(page => !visitor.lost.has(page))
  await Promise.all(reachable.map(page => visitOne(visitor, page, manner)))
  await sayLeftovers(visitor)
}

async function visitOne(visitor: Visitor, page: string, manner: Manner): Promise<void> {
  await inTab(visitor, page, async (tab, arrival) => {
    const until = tab.beganAt + (manner.dwellMs ?? SHORT_DWELL_MS)
    const isThere = arrival.outcome === 'seen' || arrival.outcome === 'loginNeeded'
    if (!isThere) {
      visitor.lost.add(page)
      await sayVisit(tab, arrival)
      return
    }
    await sleep(300)
    if (manner.answer) await choose(tab, manner.answer, 400)
    await scroll(tab, topOf(tab))
    if (manner.act === 'fully') await fidget(tab, topOf(tab))
    while (Date.now() < until && Date.now() < visitor.scan.deadline && !tab.failure) {
      await sleep(Math.min(200, Math.max(10, until - Date.now())))
    }
    await sayVisit(tab, arrival)
    if (tab.failure) visitor.lost.add(page)
    await sayStored(tab)
    await leave(tab)
  })
}

async function inTab<T>(
  visitor: Visitor,
  page: string,
  act: (tab: Tab, arrival: Arrival) => Promise<T>,
): Promise<T | null> {
  const giveBack = await visitor.scan.tabs.take()
  try {
    if (Date.now() >= visitor.scan.deadline || !visitor.isOpen) return null
    const tab = await openTab(visitor)
    if (!tab) return null
    visitor.scan.emit({ type: 'progress', persona: visitor.persona, page: pageOf(page), phase: visitor.phase })
    try {
      return await act(tab, await goInTurn(tab, page))
    } finally {
      await closeTab(tab)
    }
  } finally {
    giveBack()
  }
}

async function goInTurn(tab: Tab, page: string): Promise<Arrival> {
  const giveBack = await tab.visitor.scan.loads.take()
  // A page that takes long does not keep the others waiting.
  const timer = setTimeout(giveBack, LOAD_TURN_MS)
  try {
    return await go(tab, page)
  } finally {
    clearTimeout(timer)
    giveBack()
  }
}

async function logIn(visitor: Visitor): Promise<void> {
  const { script } = visitor.scan.request
  if (script.length === 0) return
  const tab = await openTab(visitor)
  if (!tab) return
  const first = script.find(step => step.do === 'open')
  tab.page = pageOf(first?.do === 'open' ? first.url : (visitor.scan.request.urls[0] ?? ''))
  await runSteps(tab, script)
  await sayLeftovers(visitor)
  await closeTab(tab)
}
