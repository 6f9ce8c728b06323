/** Cookies that wait: for a while, for a gesture, for a certain visitor; and those that do not stay. */
import { type Behaviour, DAY, HOSTS, cookie, lasting } from './behaviour.ts'

const UNDECLARED = ['cookie.not_declared']

/** A cookie that a gesture of the visitor brings. */
const gesture = (id: string, event: string): Behaviour => ({
  id: `on_${id}`,
  page: 'trap/',
  how: `script sets it at the first ${event}`,
  isTrap: true,
  script: () => `addEventListener('${event}', () => keep('t_${id}'), { once: true, passive: true })`,
  expected: cookie(`t_${id}`, UNDECLARED),
})

/** A cookie that comes when the page has stood open for so many seconds. */
const late = (seconds: number): Behaviour => ({
  id: `late_${seconds}`,
  page: 'trap/',
  how: `script sets it after ${seconds} seconds`,
  isTrap: true,
  script: () => `setTimeout(() => keep('t_late${seconds}'), ${seconds * 1000})`,
  expected: cookie(`t_late${seconds}`, UNDECLARED),
})

/** A Set-Cookie line that no browser takes; it goes under the domain it asks for. */
const refused = (id: string, line: string, how: string): Behaviour => ({
  id: `refused_${id}`,
  page: 'trap/',
  how,
  isTrap: true,
  cookies: () => [line],
  expected: cookie(line.slice(0, line.indexOf('=')), ['scan.refused_by_browser'], {
    host: /Domain=(.*)$/.exec(line)?.[1] ?? HOSTS.trap,
    kept: 'never',
  }),
})

export const TIME_BEHAVIOURS: readonly Behaviour[] = [
  {
    id: 'js_session',
    page: 'trap/',
    how: 'script sets a cookie without a lifetime',
    isTrap: true,
    script: () => `document.cookie = 't_js_session=' + chance() + '; path=/'`,
    expected: cookie('t_js_session', ['cookie.session_not_used'], { clause: 'S7', kept: null }),
  },
  {
    id: 'inline_handler',
    page: 'trap/',
    how: 'an attribute of a broken picture sets it',
    isTrap: true,
    html: () => `<img src="/findes-ikke.png" alt="" onerror="document.cookie='t_handler=abc; path=/; max-age=${DAY}'">`,
    expected: cookie('t_handler', UNDECLARED, { kept: DAY }),
  },
  {
    id: 'cookie_store',
    page: 'trap/',
    how: 'script sets it through cookieStore',
    isTrap: true,
    script: () => `cookieStore.set({ name: 't_store', value: chance(), expires: Date.now() + ${DAY * 1000} })`,
    expected: cookie('t_store', UNDECLARED, { kept: DAY }),
  },
  {
    id: 'meta_is_ignored',
    page: 'trap/',
    how: 'a meta element asks for a cookie; no browser obeys any more',
    isTrap: false,
    html: () => `<meta http-equiv="Set-Cookie" content="t_meta=abc; Max-Age=${DAY}">`,
    expected: cookie('t_meta', [], { kept: 'never' }),
  },
  late(4),
  late(15),
  gesture('scroll', 'scroll'),
  gesture('pointer', 'pointermove'),
  gesture('click', 'click'),
  gesture('key', 'keydown'),
  {
    id: 'on_leave',
    page: 'trap/',
    how: 'a beacon at leaving brings it back',
    isTrap: true,
    script: () => `addEventListener('pagehide', () => navigator.sendBeacon('/af/farvel', 'x'))`,
    routes: { 'trap/af/farvel': () => ({ status: 204, cookies: [lasting('t_leave')] }) },
    expected: cookie('t_leave', UNDECLARED),
  },
  {
    id: 'short_script',
    page: 'trap/',
    how: 'script sets it and removes it a quarter of a second later',
    isTrap: true,
    script: () => `keep('t_short'); setTimeout(() => { document.cookie = 't_short=; path=/; max-age=0' }, 250)`,
    expected: cookie('t_short', ['scan.short_lived'], { kept: 'never' }),
  },
  {
    id: 'short_http',
    page: 'trap/',
    how: 'one answer sets it and another removes it at once',
    isTrap: true,
    script: () => `fetch('/af/kort').then(() => fetch('/af/kort-vaek'))`,
    routes: {
      'trap/af/kort': () => ({ type: 'text/plain', cookies: [lasting('t_short_http')] }),
      'trap/af/kort-vaek': () => ({ type: 'text/plain', cookies: ['t_short_http=; Path=/; Max-Age=0'] }),
    },
    expected: cookie('t_short_http', ['scan.short_lived'], { kept: 'never' }),
  },
  refused('domain', lasting('t_ref_domain', 'abc', '; Domain=other.localhost'), 'for a domain that is not its own'),
  refused('prefix', lasting('__Host-t_ref', 'abc'), 'a protected name without what the name demands'),
  refused('none', `t_ref_none=abc; Path=/; Max-Age=${DAY}; SameSite=None`, 'for all sites, but not Secure'),
  refused('large', lasting('t_ref_large', 'x'.repeat(4100)), 'larger than browsers take'),
  refused('public_suffix', lasting('t_ref_suffix', 'abc', '; Domain=localhost'), 'for a whole top-level domain'),
  {
    id: 'refused_script',
    page: 'trap/',
    how: 'script asks for a cookie of a domain that is not its own',
    isTrap: true,
    script: () => `document.cookie = 't_ref_script=abc; path=/; max-age=${DAY}; domain=other.localhost'`,
    expected: cookie('t_ref_script', ['scan.refused_by_browser'], { host: HOSTS.other, kept: 'never' }),
  },
  {
    id: 'headless_cloaked',
    page: 'trap/',
    how: 'script sets it only when no machine is looking',
    isTrap: true,
    script: () => `if (!navigator.webdriver && !/headless/i.test(navigator.userAgent)) keep('t_cloaked')`,
    expected: cookie('t_cloaked', UNDECLARED),
  },
  {
    id: 'phone_only',
    page: 'trap/',
    how: 'script sets it on small screens that are touched',
    isTrap: true,
    script: () => `if (navigator.maxTouchPoints > 0 && innerWidth < 500) keep('t_phone')`,
    expected: cookie('t_phone', UNDECLARED, { personas: ['phone'] }),
  },
  {
    id: 'danish_only',
    page: 'trap/',
    how: 'the page sets it for readers of Danish',
    isTrap: true,
    cookies: visit => (visit.header('accept-language').startsWith('da') ? [lasting('t_danish', 'abc')] : []),
    expected: cookie('t_danish', UNDECLARED),
  },
  {
    id: 'english_only',
    page: 'trap/',
    how: 'the page sets it for readers of English',
    isTrap: true,
    cookies: visit => (visit.header('accept-language').startsWith('en') ? [lasting('t_english', 'abc')] : []),
    expected: cookie('t_english', UNDECLARED, { personas: ['english'] }),
  },
  {
    id: 'gpc_ignored',
    page: 'trap/',
    how: 'declared for marketing, set although the browser says no by Global Privacy Control',
    isTrap: true,
    cookies: visit => (visit.header('sec-gpc') === '1' ? [lasting('t_gpc')] : []),
    expected: cookie('t_gpc', ['scan.after_refusal'], { clause: 'S8', personas: ['gpc'], phase: 'gpc' }),
  },
]
