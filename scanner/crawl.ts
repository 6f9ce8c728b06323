/** Finds the pages to visit: what was asked for, links of the first page, and the sitemap, up to a limit. */
import { attempt, call, number, text } from './cdp.ts'
import { evaluate } from './frames.ts'
import type { Tab } from './model.ts'
import { hostOf, pageOf, urlOf } from './site.ts'
import { go, topOf } from './visit.ts'

const SITEMAPS_MAX = 5
const READ_MAX = 60
const READ_AT_ONCE = 6
const NOT_PAGES =
  /\.(pdf|zip|jpe?g|png|gif|svg|webp|ico|css|js|mjs|json|xml|txt|mp[34]|webm|docx?|xlsx?|pptx?|csv|ics|woff2?)$/i
/** Looking must not act: these are where a visitor would end a session or change something. */
const NOT_VISITED = /log-?(ud|out|off)|sign-?out|afmeld|unsubscribe|slet|delete/i

/** Addresses to visit, asked ones first, at most `pagesMax`. Uses a tab whose findings are not reported. */
export async function findPages(tab: Tab, urls: readonly string[], pagesMax: number): Promise<readonly string[]> {
  const first = urls[0]
  if (!first || urls.length >= pagesMax) return choosePages(urls, [], pagesMax)
  await go(tab, first)
  const links = (await evaluate(topOf(tab), LINKS)) ?? linksIn(await fetchText(tab, first), first)
  const linked = Array.isArray(links) ? links.filter(it => typeof it === 'string') : []
  const enough = choosePages(urls, linked, pagesMax)
  const mapped = enough.length >= pagesMax ? [] : await readSitemaps(tab, first)
  return readOn(tab, choosePages(urls, [...linked, ...mapped], pagesMax), { urls, pagesMax })
}

/** Links of the pages found, and of what they lead to, until there are enough. Read, not opened: that is quick. */
async function readOn(
  tab: Tab,
  chosen: readonly string[],
  asked: { readonly urls: readonly string[]; readonly pagesMax: number },
): Promise<readonly string[]> {
  let pages = chosen
  for (let next = 1; next < Math.min(pages.length, READ_MAX) && pages.length < asked.pagesMax;) {
    const some = pages.slice(next, next + READ_AT_ONCE)
    next += some.length
    const found = await Promise.all(some.map(async page => linksIn(await fetchText(tab, page), page)))
    pages = choosePages(asked.urls, [...pages, ...found.flat()], asked.pagesMax)
  }
  return pages
}

/** Addresses that the links of an HTML text lead to. Pure. */
export function linksIn(html: string, base: string): readonly string[] {
  return [...html.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi)].flatMap(it => {
    const address = unescapeXml(it[1] ?? it[2] ?? it[3] ?? '')
    return URL.canParse(address, base) ? [new URL(address, base).href] : []
  })
}

/** Asked pages, then pages of the same hosts found, each origin and path once. Pure. */
export function choosePages(urls: readonly string[], found: readonly string[], pagesMax: number): readonly string[] {
  const hosts = new Set(urls.map(it => urlOf(it)?.host))
  const chosen = new Map<string, string>()
  for (const address of urls) chosen.set(pageOf(address), withoutHash(address))
  for (const address of found) {
    const url = urlOf(address)
    const isPage = url && hosts.has(url.host) && !NOT_PAGES.test(url.pathname) && !NOT_VISITED.test(url.pathname)
    if (isPage && !chosen.has(pageOf(address))) chosen.set(pageOf(address), withoutHash(address))
  }
  chosen.delete('')
  return [...chosen.values()].slice(0, Math.max(pagesMax, 1))
}

/** Addresses in a sitemap, and the sitemaps a robots file or an index names. Pure. */
export function readSitemap(content: string): {
  readonly pages: readonly string[]
  readonly sitemaps: readonly string[]
} {
  const places = [...content.matchAll(/<loc>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]+)/gi)].map(it => unescapeXml(it[1] ?? ''))
  const named = [...content.matchAll(/^\s*sitemap:\s*(\S+)/gim)].map(it => it[1] ?? '')
  const isIndex = /<sitemapindex/i.test(content)
  return isIndex ? { pages: [], sitemaps: places } : { pages: places, sitemaps: named }
}

async function readSitemaps(tab: Tab, first: string): Promise<readonly string[]> {
  const origin = new URL(first).origin
  const queue = [`${origin}/sitemap.xml`, ...readSitemap(await fetchText(tab, `${origin}/robots.txt`)).sitemaps]
  const pages: string[] = []
  for (const address of new Set(queue)) {
    if (queue.length > SITEMAPS_MAX || hostOf(address) !== hostOf(first)) continue
    const found = readSitemap(await fetchText(tab, address))
    pages.push(...found.pages)
    for (const more of found.sitemaps.slice(0, SITEMAPS_MAX)) {
      if (hostOf(more) === hostOf(first)) pages.push(...readSitemap(await fetchText(tab, more)).pages)
    }
  }
  return pages
}

/** Fetched by the browser, so through the same one way out. */
async function fetchText(tab: Tab, url: string): Promise<string> {
  const options = { disableCache: false, includeCredentials: false }
  const answer = await attempt(tab.session, 'Network.loadNetworkResource', { frameId: tab.targetId, url, options })
  const resource = (answer?.['resource'] ?? {}) as { success?: boolean; stream?: string; httpStatusCode?: number }
  if (!resource.success || !resource.stream || resource.httpStatusCode !== 200) return ''
  let content = ''
  for (let reads = 0; reads < 32; reads++) {
    const part = await call(tab.session, 'IO.read', { handle: resource.stream, size: 65_536 }).catch(() => null)
    const data = text(part, 'data')
    content += part?.['base64Encoded'] === true ? Buffer.from(data, 'base64').toString() : data
    if (!part || part['eof'] === true || number(part, 'eof')) break
  }
  await attempt(tab.session, 'IO.close', { handle: resource.stream })
  return content
}

function withoutHash(address: string): string {
  return address.split('#')[0] ?? ''
}

function unescapeXml(content: string): string {
  return content
    .replace(/&amp;/g, '&')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
}

const LINKS = `[...document.querySelectorAll('a[href], area[href]')].map(it => it.href)
  .filter(it => /^https?:/.test(it)).slice(0, 2000)`
