/** Cookies whose value says who the visitor is, whose size is no small bit, or whose kind cannot be told. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type Behaviour, DAY, DAYS, cookie } from './behaviour.ts'

/** A fictive person; never anybody's. */
const EMAIL = 'asta@example.dk'
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const hash = (algorithm: string) => createHash(algorithm).update(EMAIL).digest('hex')
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const JWT = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'bcdfgh', email: EMAIL })}.${'bcdfghjk'.repeat(5)}`
const LARGE = JSON.stringify({ kurv: Array.from({ length: 158 }, (_, index) => ({ vare: `v${index}`, antal: 1 })) })

/** A cookie of the personal page; given to that page alone, so that other requests stay small. */
const holding = (id: string, value: string, how: string): Behaviour => ({
  id: `value_${id}`,
  page: 'trap/person',
  how,
  isTrap: true,
  cookies: () => [`t_v_${id}=${value}; Path=/person; Max-Age=${DAYS * DAY}; SameSite=Lax`],
  expected: cookie(`t_v_${id}`, ['cookie.holds_personal_data'], { clause: 'S3' }),
})

/** A cookie whose attributes leave it unclear whether it is lasting. */
const unclear = (id: string, attributes: string, kept: number | null): Behaviour => ({
  id: `kind_${id}`,
  page: 'trap/person',
  how: `set with "${attributes}"`,
  isTrap: true,
  cookies: () => [`t_k_${id}=abc; Path=/person; SameSite=Lax; ${attributes}`],
  expected: cookie(`t_k_${id}`, kept === null ? ['cookie.kind_unclear', 'cookie.session_not_used'] : UNCLEAR, {
    clause: 'S4',
    kept,
  }),
})
const UNCLEAR = ['cookie.kind_unclear']

export const VALUE_BEHAVIOURS: readonly Behaviour[] = [
  holding('plain', EMAIL, 'an e-mail address as it is'),
  holding('percent', encodeURIComponent(EMAIL), 'an e-mail address with percent signs'),
  holding('twice', encodeURIComponent(base64(EMAIL)), 'an e-mail address in base64 in percent signs'),
  holding('base64', base64(EMAIL), 'an e-mail address in base64'),
  holding('hex', Buffer.from(EMAIL).toString('hex'), 'an e-mail address in hexadecimal'),
  holding('md5', hash('md5'), 'the MD5 of an e-mail address'),
  holding('sha256', hash('sha256'), 'the SHA-256 of an e-mail address'),
  holding('gzip', base64(gzipSync(EMAIL)), 'an e-mail address packed with gzip, in base64'),
  holding('cpr', '010165-9995', 'a fictive civil registration number'),
  holding('phone', '+4520123456', 'a telephone number'),
  holding('card', '4111111111111111', 'the number of a payment card, from the range for tests'),
  holding('jwt', JWT, 'a signed token whose middle part names an e-mail address'),
  {
    id: 'value_in_name',
    page: 'trap/person',
    how: 'the name of the cookie is an e-mail address',
    isTrap: true,
    cookies: () => [`t_n_${EMAIL}=1; Path=/person; Max-Age=${DAYS * DAY}; SameSite=Lax`],
    expected: cookie(`t_n_${EMAIL}`, ['cookie.holds_personal_data'], { clause: 'S3', shownAs: '(email, *)' }),
  },
  {
    id: 'value_split',
    page: 'trap/person',
    how: 'an e-mail address split over two cookies',
    isTrap: true,
    cookies: () =>
      ['asta', '@example.dk'].map(
        (half, index) => `t_split_${index + 1}=${half}; Path=/person; Max-Age=${DAYS * DAY}; SameSite=Lax`,
      ),
    expected: cookie('t_split_*', ['cookie.holds_personal_data'], { clause: 'S3' }),
  },
  {
    id: 'json_4k',
    page: 'trap/person',
    how: 'a whole basket as JSON, near the 4 KB a browser takes',
    isTrap: true,
    cookies: () => [`t_json4k=${LARGE}; Path=/person; Max-Age=${DAYS * DAY}; SameSite=Lax`],
    expected: cookie('t_json4k', ['cookie.too_large'], { clause: 'S2' }),
  },
  unclear('empty_age', 'Max-Age=', null),
  unclear('quoted_age', 'Max-Age="3600"', null),
  unclear('word_age', 'Max-Age=forever', null),
  unclear('bad_expires', 'Expires=when the cows come home', null),
  unclear('contradiction', `Max-Age=${DAY}; Expires=Thu, 01 Jan 1970 00:00:00 GMT`, DAY),
  {
    id: 'deletion_is_none',
    page: 'trap/person',
    how: 'an answer removes a cookie that was never there',
    isTrap: false,
    cookies: () => ['t_gone=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    expected: cookie('t_gone', [], { kept: 'never' }),
  },
]
