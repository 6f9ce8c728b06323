/** Cookies by ways that are easily overlooked: a tag of another site, an empty frame, a socket, a stream. */
import { type Behaviour, cookie, lasting } from './behaviour.ts'

const UNDECLARED = ['cookie.not_declared']

export const BYWAY_BEHAVIOURS: readonly Behaviour[] = [
  {
    id: 'third_party_tag',
    page: 'trap/',
    how: 'a script of another site sets it as if it were of this one',
    isTrap: true,
    html: visit => `<script src="${visit.address('cdn/maerkat.js')}" async></script>`,
    routes: {
      'cdn/maerkat.js': () => ({
        type: 'text/javascript',
        body: `document.cookie = 't_tag=bcdf; path=/; samesite=lax; max-age=${30 * 86_400}'`,
      }),
    },
    expected: cookie('t_tag', UNDECLARED),
  },
  {
    id: 'blank_frame',
    page: 'trap/',
    how: 'script sets it through an empty frame, past whatever watches the page',
    isTrap: true,
    script: () => `const frame = document.body.appendChild(document.createElement('iframe'))
      frame.contentDocument.cookie = 't_blank=bcdf; path=/; samesite=lax; max-age=${30 * 86_400}'`,
    expected: cookie('t_blank', UNDECLARED),
  },
  {
    id: 'web_socket',
    page: 'trap/',
    how: 'the answer that opens a web socket sets it',
    isTrap: true,
    script: () => `new WebSocket('ws://' + location.host + '/af/stik')`,
    expected: cookie('t_socket', UNDECLARED),
  },
  {
    id: 'event_stream',
    page: 'trap/',
    how: 'a stream of events sets it',
    isTrap: true,
    script: () => `const events = new EventSource('/af/haendelser'); events.onerror = () => events.close()`,
    routes: {
      'trap/af/haendelser': () => ({
        type: 'text/event-stream',
        cookies: [lasting('t_events')],
        body: 'data: hej\n\n',
      }),
    },
    expected: cookie('t_events', UNDECLARED),
  },
  {
    id: 'shared_worker',
    page: 'trap/',
    how: 'a shared worker fetches, and the answer sets it',
    isTrap: true,
    script: () => `new SharedWorker('/af/faelles.js')`,
    routes: {
      'trap/af/faelles.js': () => ({ type: 'text/javascript', body: `fetch('/af/faelles')` }),
      'trap/af/faelles': () => ({ type: 'text/plain', cookies: [lasting('t_shared_worker')] }),
    },
    expected: cookie('t_shared_worker', UNDECLARED),
  },
  {
    id: 'framed_page',
    page: 'trap/',
    how: 'a hidden frame of the site itself sets it by script',
    isTrap: true,
    html: () => '<iframe src="/af/ramme" hidden title="skjult"></iframe>',
    routes: {
      'trap/af/ramme': () => ({
        body: `<!doctype html><script>document.cookie = 't_framed=bcdf; path=/; max-age=${30 * 86_400}'</script>`,
      }),
    },
    expected: cookie('t_framed', UNDECLARED),
  },
]
