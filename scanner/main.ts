/** The scanner's child process: reads one request from stdin, writes what it sees to stdout, one JSON line each. */
import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { launch, shut, type Browser } from './browser.ts'
import { within } from './cdp.ts'
import { findPages } from './crawl.ts'
import { checkGuides } from './guides.ts'
import { limiter } from './limiter.ts'
import type { Scan, Tab, Visitor } from './model.ts'
import { live } from './persona.ts'
import type { Message, Persona, ScanRequest } from './report.ts'
import { sayLeftovers } from './storage.ts'
import { dismiss, newVisitor, welcome } from './visitor.ts'
import { closeTab, openTab } from './visit.ts'

const TABS_MAX = 28
const LOADS_MAX = 8
const LAST_LOOK_MS = 1500
/** When even the ending hangs, the process goes. */
const END_LIMIT_MS = 8000

const request = JSON.parse(await text(process.stdin)) as ScanRequest
setTimeout(() => process.exit(3), request.scanLimitMs + END_LIMIT_MS).unref()
const output = { isOpen: true }
const emit = (message: Message) => {
  if (output.isOpen) process.stdout.write(`${JSON.stringify(message)}\n`)
}
await scan(request).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'scan failed'}\n`)
  process.exitCode = 2
})

async function scan(request: ScanRequest): Promise<void> {
  const deadline = Date.now() + request.scanLimitMs
  const browsers = await launchAll(request)
  const [main, blocking] = browsers
  const instrument = { binding: chance(), mark: chance() }
  const shared = { request, emit, tabs: limiter(TABS_MAX), loads: limiter(LOADS_MAX), instrument, deadline }
  const scan: Scan = {
    ...shared,
    values: new Map(),
    pages: lookThrough({ ...shared, values: new Map(), pages: Promise.resolve([]) }, main),
  }
  const visitors: Visitor[] = []
  const lives = inOrder(request.personas).map(async persona => {
    const visitor = await newVisitor(scan, persona === 'thirdPartyBlocked' ? (blocking ?? main) : main, persona)
    visitors.push(visitor)
    await live(visitor).catch(() => undefined)
    await dismiss(visitor)
  })
  const all = Promise.allSettled([...lives, askAfterGuides(scan, main)])
  await within(all, Math.max(0, deadline - Date.now()), null)
  // Time is over for some: what their browsers hold is still looked at.
  const late = visitors.filter(it => it.isOpen)
  await within(Promise.allSettled(late.map(sayLeftovers)), LAST_LOOK_MS, null)
  await Promise.all(browsers.map(shut))
  const { product, isSandboxed } = main
  emit({ type: 'done', browser: product, sandboxed: isSandboxed, uid: process.getuid?.() ?? null })
  // Visitors cut short may still come round to a word; nothing follows the last one.
  output.isOpen = false
}

async function launchAll(request: ScanRequest): Promise<readonly [Browser, ...Browser[]]> {
  const options = { executable: request.browser, proxy: request.proxy }
  const needsBlocking = request.personas.includes('thirdPartyBlocked')
  const [main, blocking] = await Promise.all([
    launch({ ...options, thirdPartyCookies: 'allowed' }),
    needsBlocking ? launch({ ...options, thirdPartyCookies: 'blocked' }) : null,
  ])
  const browsers: readonly [Browser, ...Browser[]] = blocking ? [main, blocking] : [main]
  await Promise.all(browsers.map(welcome))
  return browsers
}

async function lookThrough(scan: Scan, browser: Browser): Promise<readonly string[]> {
  const { urls, pagesMax } = scan.request
  const fallback = urls.slice(0, Math.max(1, pagesMax))
  const limit = Math.min(scan.request.pageLimitMs, 20_000)
  const pages = await scout(scan, browser, tab => within(findPages(tab, urls, pagesMax), limit, fallback))
  return pages ?? fallback
}

async function askAfterGuides(scan: Scan, browser: Browser): Promise<void> {
  if ((scan.request.register?.guides.length ?? 0) > 0) await scout(scan, browser, tab => checkGuides(scan, tab))
}

/** Sends a visitor of its own, of whom nothing is reported: it is no persona. Null when it gets no tab. */
async function scout<T>(scan: Scan, browser: Browser, act: (tab: Tab) => Promise<T>): Promise<T | null> {
  const visitor = await newVisitor({ ...scan, emit: () => undefined }, browser, 'fresh')
  try {
    const tab = await openTab(visitor)
    if (!tab) return null
    const found = await act(tab)
    await closeTab(tab)
    return found
  } finally {
    await dismiss(visitor)
  }
}

/** Who has the longest way goes first. */
function inOrder(personas: readonly Persona[]): readonly Persona[] {
  const long: readonly Persona[] = ['fresh', 'withdraw', 'return', 'accept', 'reject']
  return [...long.filter(it => personas.includes(it)), ...personas.filter(it => !long.includes(it))]
}

function chance(): string {
  return `_${randomBytes(9).toString('hex')}`
}
