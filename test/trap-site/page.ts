/** The pages of the trap site: frame, banner, and the behaviours that belong to each. */
import { type Answer, type Behaviour, type Visit, lasting } from './behaviour.ts'
import { BYWAY_BEHAVIOURS } from './behaviours-byway.ts'
import { CHOICE_BEHAVIOURS, REMOVED_AT_WITHDRAWAL } from './behaviours-choice.ts'
import { HTTP_BEHAVIOURS } from './behaviours-http.ts'
import { STORAGE_BEHAVIOURS } from './behaviours-storage.ts'
import { TIME_BEHAVIOURS } from './behaviours-time.ts'
import { VALUE_BEHAVIOURS } from './behaviours-value.ts'

/** Everything the trap site does, in the order of its pages. */
export const TRAP_BEHAVIOURS: readonly Behaviour[] = [
  ...HTTP_BEHAVIOURS,
  ...BYWAY_BEHAVIOURS,
  ...TIME_BEHAVIOURS,
  ...VALUE_BEHAVIOURS,
  ...STORAGE_BEHAVIOURS,
  ...CHOICE_BEHAVIOURS,
]

/** Title and the paths it links to. `/skjult` is linked from nowhere; `/dyb` only from a page that is itself deep. */
const PAGES: { readonly [path: string]: { readonly title: string; readonly links: readonly string[] } } = {
  '/': { title: 'Forside', links: ['/', '/indhold', '/person', '/konto'] },
  '/indhold': { title: 'Indhold', links: ['/', '/person', '/konto'] },
  '/person': { title: 'Om dig', links: ['/', '/konto'] },
  '/konto': { title: 'Konto', links: ['/', '/arkiv', '/tilbud'] },
  '/arkiv': { title: 'Arkiv', links: ['/', '/dyb'] },
  '/dyb': { title: 'Langt nede', links: ['/'] },
  '/skjult': { title: 'Skjult', links: ['/'] },
  '/retur': { title: 'Tilbage fra turen', links: ['/'] },
}

const TOOLS = `const chance = () => Array.from(crypto.getRandomValues(new Uint8Array(12)),
  it => 'bcdfghjklmnpqrst'[it & 15]).join('')
const keep = (name, days = 30, value = chance()) => {
  document.cookie = name + '=' + value + '; path=/; samesite=lax; max-age=' + days * 86400
}`

const STYLE = `body { font: 1rem/1.5 sans-serif; margin: 1rem } main { min-height: 3000px }
.banner { position: fixed; inset: auto 0 0; padding: 1rem; background: #fff; border-top: 2px solid #123 }
.banner button { font: inherit; padding: .7rem 1.2rem; color: #fff; background: #123; border: 2px solid #123 }
iframe { width: 9rem; height: 3rem }`

/** Answers for the trap site itself; null when no page and no behaviour knows the path. */
export function answerTrap(visit: Visit): Answer | null {
  if (visit.path === '/valg') return visit.method === 'POST' ? choose(visit) : choicePage(visit)
  if (visit.path === '/cookies') return { body: frame(visit, 'Vejledning til din browser', '<p>Sådan sletter du.') }
  if (visit.path === '/sitemap.xml') return sitemap(visit)
  if (visit.path === '/robots.txt')
    return { type: 'text/plain', body: `User-agent: *\nSitemap: ${visit.address('trap/sitemap.xml')}\n` }
  const page = PAGES[visit.path]
  if (!page) return null
  const own = TRAP_BEHAVIOURS.filter(it => it.page === `trap${visit.path}`)
  return {
    headers: { 'cache-control': 'no-store' },
    cookies: own.flatMap(it => it.cookies?.(visit) ?? []),
    body: frame(visit, page.title, content(visit, own, page.links)),
  }
}

function content(visit: Visit, own: readonly Behaviour[], links: readonly string[]): string {
  const list = links.map(path => `<li><a href="${path}">${PAGES[path]?.title ?? 'Tilbud'}</a></li>`)
  const scripts = own.map(it => it.script?.(visit) ?? '').filter(Boolean)
  return [
    `<nav><ul>${list.join('')}</ul></nav>`,
    '<p><label>Søg <input name="soeg"></label></p>',
    ...own.map(it => it.html?.(visit) ?? ''),
    `<script>${TOOLS}</script>`,
    ...scripts.map(script => `<script>(() => { ${script} })()</script>`),
  ].join('\n')
}

function frame(visit: Visit, title: string, main: string): string {
  return `<!doctype html><html lang="da"><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>${STYLE}</style>
<body><main><h1>${title}</h1>${main}</main>
${visit.chosen === null ? banner(visit.path) : ''}
<footer><a href="/cookies">Vejledning til din browser</a> <a href="/valg">Ændr cookievalg</a></footer>
</body></html>`
}

function banner(back: string): string {
  return `<section class="banner" aria-label="Cookies"><form method="post" action="/valg">
<p>Vi vil gerne bruge cookies til statistik og markedsføring.
<a href="/cookies">Sådan siger du nej i browseren</a></p>
<input type="hidden" name="tilbage" value="${back}">
<button name="valg" value="ja">Accepter alle</button> <button name="valg" value="nej">Afvis</button>
</form></section>`
}

/** The site's own place for a change of mind; it sets nothing by itself. */
function choicePage(visit: Visit): Answer {
  return { body: frame({ ...visit, chosen: 'nej' }, 'Dit cookievalg', banner('/')) }
}

function choose(visit: Visit): Answer {
  const said = visit.form.get('valg') === 'ja' ? 'ja' : visit.chosen === 'ja' ? 'fortrudt' : 'nej'
  const removed = said === 'fortrudt' ? REMOVED_AT_WITHDRAWAL : []
  const back = visit.form.get('tilbage') ?? '/'
  return {
    status: 303,
    headers: { location: /^\/\w*$/.test(back) ? back : '/' },
    cookies: [
      lasting('cookievalg', said, '; HttpOnly').replace(/Max-Age=\d+/, `Max-Age=${182 * 86_400}`),
      ...removed.map(name => `${name}=; Path=/; Max-Age=0`),
    ],
  }
}

function sitemap(visit: Visit): Answer {
  const places = ['trap/', 'trap/indhold', 'trap/person', 'trap/konto', 'trap/skjult'] as const
  const list = places.map(place => `<url><loc>${visit.address(place)}</loc></url>`).join('')
  const open = '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
  return { type: 'application/xml', body: `${open}${list}</urlset>` }
}
