/** Three small sites beside the trap: one with unfair banners, one that behaves, one without any cookie. */
import { type Answer, type Behaviour, DAY, HOSTS, type Place, type Visit, lasting } from './behaviour.ts'

const unfair = (id: string, path: string, [code, clause]: readonly [string, string], how: string): Behaviour => ({
  id,
  page: `unfair${path}` as Place,
  how,
  isTrap: true,
  expected: { kind: 'page', name: path, host: HOSTS.unfair, codes: [code], clause },
})

export const MANNER_BEHAVIOURS: readonly Behaviour[] = [
  unfair('reject_hidden', '/gemt', ['scan.no_reject', 'S1'], 'no is found behind settings only'),
  unfair('reject_grey', '/graa', ['scan.unfair_banner', 'S1'], 'no is small and grey, yes is large and green'),
  {
    ...unfair('no_guide', '/uden-vejledning', ['scan.no_guide', 'S9'], 'sets a cookie and shows no way to the guides'),
    cookies: () => [lasting('u_guideless', 'abc')],
  },
  unfair('dead_guide', '/doed-vejledning', ['scan.dead_guide', 'S9'], 'the guide it points to is gone'),
  unfair('no_control', '/uden-knap', ['scan.no_choice_control', 'S8'], 'a choice cannot be changed'),
  unfair('needs_cookies', '/tom', ['scan.needs_cookies', 'S10'], 'empty when the visitor said no'),
  unfair('cookie_wall', '/mur', ['scan.needs_cookies', 'S10'], 'a wall before the text until the visitor says yes'),
]

const STYLE = `body { font: 1rem/1.5 sans-serif } button { font: inherit; padding: .7rem 1.2rem; color: #fff;
background: #123; border: 2px solid #123 } .groen { background: #084; font-size: 1.6rem; padding: 1rem 3rem }
.graa { color: #bbb; background: #fff; border: 0; font-size: .6rem; padding: 0 }
.mur { position: fixed; inset: 0; padding: 30vh 30vw; background: #fff } section { position: relative; z-index: 1 }`

const TEXT = '<p>Her står det, som gæsten kom efter: priser, åbningstider og en vej til at skrive til os.</p>'
const GUIDE = '<a href="/cookies">Vejledning til din browser</a>'
const CONTROL = '<a href="/indsigt/choice">Ændr cookievalg</a>'
const hidden = (back: string) => `<input type="hidden" name="back" value="${back}">`
const html = (title: string, body: string): Answer => ({
  headers: { 'cache-control': 'no-store' },
  body: `<!doctype html><html lang="da"><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,">
<style>${STYLE}</style><body><h1>${title}</h1>${body}</body></html>`,
})

const FAIR = `<button name="method" value="accept">Accepter alle</button>
<button name="method" value="reject">Afvis</button>`
const GREY = `<button class="groen" name="method" value="accept">Accepter alle</button>
<button class="graa" name="method" value="reject">Afvis</button>`
const LAYERED = `<button name="method" value="accept">Accepter alle</button>
<button type="button" onclick="this.nextElementSibling.hidden = false">Indstillinger</button>
<span hidden><button name="method" value="reject">Afvis</button></span>`

const BUTTONS: { readonly [path: string]: string } = { '/gemt': LAYERED, '/graa': GREY }
// Our own banner would show the way to the guides; this one does not.
const ACTIONS: { readonly [path: string]: string } = { '/uden-vejledning': '/valg' }
const GUIDES: { readonly [path: string]: string } = {
  '/uden-vejledning': '',
  '/doed-vejledning': '<a href="/cookies/gammel-vejledning">Vejledning til din browser</a>',
}

/** Answers for the site with the unfair banners; null when it has no such page. */
export function answerUnfair(visit: Visit): Answer | null {
  const { path, method } = visit
  if (['/indsigt/choice', '/valg'].includes(path) && method === 'POST') return choose(visit)
  if (path === '/cookies' || path === '/indsigt/choice') return html('Dit valg', form('/gemt'))
  const own = MANNER_BEHAVIOURS.filter(it => it.page === `unfair${path}`)
  const names = MANNER_BEHAVIOURS.map(it => it.expected.name)
  if (path !== '/' && own.length === 0) return null
  const said = choiceOf(visit)
  if (path === '/tom' && said === 'ingen') return { body: '<!doctype html><title>Tom</title>' }
  const guide = GUIDES[path] ?? GUIDE
  const ask =
    said === null
      ? form(path, { guide, buttons: BUTTONS[path] ?? FAIR, action: ACTIONS[path] ?? '/indsigt/choice' })
      : ''
  const wall = path === '/mur' && said !== 'alle' ? '<div class="mur">Accepter cookies for at læse siden.</div>' : ''
  const control = ['/uden-knap', '/uden-vejledning'].includes(path) ? '' : CONTROL
  const links = path === '/' ? names.map(name => `<a href="${name}">${name}</a> `).join('') : ''
  const body = `<main>${TEXT}${links}</main>${wall}${ask}<footer>${guide} ${control}</footer>`
  return { ...html('Ufin', body), cookies: own.flatMap(it => it.cookies?.(visit) ?? []) }
}

/** Answers for the site that keeps every promise; null when it has no such page. */
export function answerGood(visit: Visit): Answer | null {
  if (visit.path === '/indsigt/choice') return visit.method === 'POST' ? choose(visit) : choicePage(visit)
  const footer = `<footer>${GUIDE} ${CONTROL}</footer>`
  if (visit.path === '/cookies') return html('Vejledning til din browser', `<p>Sådan sletter du cookies.</p>${footer}`)
  if (!['/', '/om'].includes(visit.path)) return null
  const ask = choiceOf(visit) === null ? form(visit.path) : ''
  const links = '<nav><a href="/">Forside</a> <a href="/om">Om os</a></nav>'
  const counts = choiceOf(visit) === 'alle' && !visit.cookies.has('g_taeller')
  return { ...html('God', links + TEXT + ask + footer), cookies: counts ? [lasting('g_taeller')] : [] }
}

/** Answers for the site without any cookie; null when it has no such page. */
export function answerClean(visit: Visit): Answer | null {
  if (visit.path === '/cookies') return html('Vejledning til din browser', '<p>Her er ingen cookies.</p>')
  if (!['/', '/om'].includes(visit.path)) return null
  return html('Ren', `<nav><a href="/">Forside</a> <a href="/om">Om os</a></nav>${TEXT}<footer>${GUIDE}</footer>`)
}

const choiceOf = (visit: Visit) => visit.cookies.get('cookievalg') ?? null

const form = (
  back: string,
  { guide = GUIDE, buttons = FAIR, action = '/indsigt/choice' } = {},
) => `<section aria-label="Cookies"><form method="post"
action="${action}"><p>Må vi tælle besøg? ${guide}</p>${hidden(back)}${buttons}</form></section>`

function choicePage(visit: Visit): Answer {
  const said = choiceOf(visit) === 'alle' ? 'Du har sagt ja.' : 'Du har ikke sagt ja.'
  const withdraw = `<button name="method" value="withdraw">Træk dit ja tilbage</button>`
  const buttons = choiceOf(visit) === 'alle' ? withdraw : FAIR
  return html('Dit cookievalg', `<p>${said}</p>${form('/', { buttons })}<footer>${GUIDE} ${CONTROL}</footer>`)
}

function choose(visit: Visit): Answer {
  const said = visit.form.get('method') === 'accept' ? 'alle' : 'ingen'
  const back = visit.form.get('back') ?? '/'
  return {
    status: 303,
    headers: { location: /^\/[\w-]*$/.test(back) ? back : '/' },
    cookies: [
      `cookievalg=${said}; Path=/; Max-Age=${182 * DAY}; SameSite=Lax`,
      ...(said === 'ingen' && visit.cookies.has('g_taeller') ? ['g_taeller=; Path=/; Max-Age=0'] : []),
    ],
  }
}
