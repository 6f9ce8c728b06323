/** One visit of a page with a banner in a fresh context of a real Chromium, and what it cost. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core'
import { configPathOf, pageOf, type Banner } from './banner-pages.ts'

export type Screen = { readonly name: string; readonly options: BrowserContextOptions; readonly slower: number }

export type Sample = {
  /** Milliseconds of processor time that compiling and evaluating the banner's scripts and configuration took. */
  readonly evaluation: number
  /** How much of that was style and layout that a script forced. */
  readonly forced: number
  /** The same with all that the scripts did later. */
  readonly script: number
  /** First contentful paint, milliseconds from the start of the navigation. */
  readonly painted: number
  /** When the whole of the banner could be read, on the same clock. */
  readonly readable: number
  /** Cumulative layout shift until a second after that. */
  readonly shift: number
}

export type Site = { readonly origin: string; close(): Promise<void> }

const READABLE_MS = 15_000
const REST_MS = 600

/** Serves each banner's page at /page/<place in the list>, everything compressed. */
export async function serveBanners(banners: readonly Banner[]): Promise<Site> {
  const files = new Map<string, string>()
  banners.forEach((banner, at) => {
    files.set(`/page/${at}`, pageOf(banner))
    for (const [path, text] of Object.entries(banner.files)) files.set(path, text)
    const config = configPathOf(banner)
    if (config !== null) files.set(config, banner.perPage)
  })
  const packed = new Map([...files].map(([path, text]) => [path, gzipSync(text)]))
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const bytes = packed.get(path)
    const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : 'text/html'
    response.writeHead(bytes ? 200 : 404, {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'no-store',
      ...(bytes && { 'content-encoding': 'gzip' }),
    })
    response.end(bytes)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

// Looks once a frame, before that frame is painted: what is readable in the first frame is readable at first paint.
const probe = (selector: string) => `(() => {
  const seen = window.__seen = { readable: 0, shift: 0, painted: 0 }
  new PerformanceObserver(list => {
    for (const it of list.getEntries()) if (!it.hadRecentInput) seen.shift += it.value
  }).observe({ type: 'layout-shift', buffered: true })
  new PerformanceObserver(list => {
    for (const it of list.getEntries()) if (it.name === 'first-contentful-paint') seen.painted = it.startTime
  }).observe({ type: 'paint', buffered: true })
  const isReadable = it => {
    const box = it.getBoundingClientRect()
    const isInside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.bottom < innerHeight + 8
    for (let at = it; at instanceof Element; at = at.parentElement)
      if (Number(getComputedStyle(at).opacity) < 1) return false
    return isInside && getComputedStyle(it).visibility === 'visible'
  }
  const look = () => {
    const it = document.querySelector(${JSON.stringify(selector)})
    if (it && isReadable(it)) seen.readable = performance.now()
    else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})()`

/** Visits once. Throws when the banner cannot be read within fifteen seconds. */
export async function visit(browser: Browser, url: string, { seen, screen }: Where): Promise<Sample> {
  const context = await browser.newContext(screen.options)
  try {
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await page.addInitScript(probe(seen))
    if (screen.slower > 1) await session.send('Emulation.setCPUThrottlingRate', { rate: screen.slower })
    const trace = await startTrace(session)
    await page.goto(url, { waitUntil: 'load' })
    await untilReadable(page)
    await page.waitForTimeout(REST_MS)
    const times = await page.evaluate<{ readable: number; painted: number; shift: number }>('window.__seen')
    return { ...times, ...spent(await trace.end(), new URL(url).origin) }
  } finally {
    await context.close()
  }
}

/** Asks from outside: a page that keeps a strict policy lets nobody wait inside it for a text of code. */
async function untilReadable(page: Page): Promise<void> {
  const until = performance.now() + READABLE_MS
  while (!(await page.evaluate<boolean>('window.__seen.readable > 0 && window.__seen.painted > 0'))) {
    if (performance.now() > until) throw new Error('the banner could not be read in time')
    await page.waitForTimeout(50)
  }
}

type Where = { readonly seen: string; readonly screen: Screen }

type Event = {
  readonly name: string
  readonly ph: string
  readonly tid: number
  readonly pid: number
  readonly ts: number
  readonly dur?: number
  /** Processor time, which a busy machine does not stretch as it does `dur`. */
  readonly tdur?: number
  readonly args: { readonly data?: { readonly url?: string; readonly fileName?: string } }
}

async function startTrace(session: CDPSession): Promise<{ end(): Promise<readonly Event[]> }> {
  const events: Event[] = []
  session.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as Event[])))
  const categories = ['devtools.timeline', 'v8', 'disabled-by-default-v8.compile']
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: categories },
  })
  return {
    end: async () => {
      const whole = new Promise<void>(resolve => session.once('Tracing.tracingComplete', () => resolve()))
      await session.send('Tracing.end')
      await whole
      return events
    },
  }
}

const EVALUATED = new Set(['EvaluateScript', 'v8.compile'])
const CALLED = new Set([...EVALUATED, 'FunctionCall', 'TimerFire', 'FireAnimationFrame', 'RunMicrotasks'])
const LAID_OUT = new Set(['UpdateLayoutTree', 'Layout'])

/** Adds up the site's own scripts; what lies inside another counted piece is counted once. */
function spent(events: readonly Event[], origin: string): Pick<Sample, 'evaluation' | 'forced' | 'script'> {
  const whole = events.filter(it => it.ph === 'X').toSorted((one, other) => one.ts - other.ts)
  const own = whole.filter(it => (it.args.data?.url ?? it.args.data?.fileName ?? '').startsWith(origin))
  const evaluated = outermost(own.filter(it => EVALUATED.has(it.name)))
  const laidOut = outermost(whole.filter(it => LAID_OUT.has(it.name)))
  return {
    evaluation: timeOf(evaluated),
    forced: timeOf(laidOut.filter(it => evaluated.some(outer => isInside(it, outer)))),
    script: timeOf(outermost(own.filter(it => CALLED.has(it.name)))),
  }
}

/** Without those that lie inside one before them; given in the order of their beginnings. */
function outermost(events: readonly Event[]): Event[] {
  const last = new Map<string, Event>()
  return events.filter(it => {
    const thread = `${it.pid} ${it.tid}`
    const before = last.get(thread)
    if (before && isInside(it, before)) return false
    last.set(thread, it)
    return true
  })
}

function isInside(one: Event, outer: Event): boolean {
  return one.pid === outer.pid && one.tid === outer.tid && one.ts >= outer.ts && one.ts < outer.ts + (outer.dur ?? 0)
}

function timeOf(events: readonly Event[]): number {
  return events.reduce((sum, it) => sum + (it.tdur ?? it.dur ?? 0), 0) / 1000
}
