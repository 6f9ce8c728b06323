/** Asks after the browser guides of the register, each once in a scan, by the browser and its one way out. */
import { attempt, call, number, object, text, within, type Fields } from './cdp.ts'
import type { Scan, Tab } from './model.ts'
import type { GuideCheck } from './report.ts'

const AT_ONCE = 6
const GUIDE_LIMIT_MS = 10_000
const GUIDES_MAX = 50
/** With this header the one way out marks an answer of its own. */
const OF_THE_PROXY = /^x-refused$/i

/** Says of each guide what its server answered. One that is not reached in time is said as such. Never throws. */
export async function checkGuides(scan: Scan, tab: Tab): Promise<void> {
  const urls = [...new Set(scan.request.register?.guides.map(it => it.url))].slice(0, GUIDES_MAX)
  const waiting = [...urls]
  const takeOn = async (): Promise<void> => {
    for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
      const status = Date.now() < scan.deadline ? await within(statusOf(tab, url), GUIDE_LIMIT_MS, null) : null
      scan.emit({ type: 'guide', guide: { url, status } })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, takeOn))
}

async function statusOf(tab: Tab, url: string): Promise<GuideCheck['status']> {
  const options = { disableCache: true, includeCredentials: false }
  const params = { frameId: tab.targetId, url, options }
  const answer = await call(tab.session, 'Network.loadNetworkResource', params, GUIDE_LIMIT_MS)
  const resource = object(answer, 'resource')
  const handle = text(resource, 'stream')
  if (handle) void attempt(tab.session, 'IO.close', { handle })
  return isOfTheProxy(object(resource, 'headers')) ? null : plausible(number(resource, 'httpStatusCode'))
}

function isOfTheProxy(headers: Fields): boolean {
  return Object.keys(headers).some(name => OF_THE_PROXY.test(name))
}

function plausible(status: number | null): number | null {
  return status !== null && status >= 100 && status <= 599 ? status : null
}
