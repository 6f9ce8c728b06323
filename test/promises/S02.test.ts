/**
 * S2: a cookie is a little information. Here values are made as large as can be, cut into chains, packed and put into
 * structures, by the site's server, through the proxy, by the choice itself and by the policy.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { openHouse, type House } from './house.ts'
import { chance, DOORS, openBrowser, openSite, outOfBytes, browse, type Website } from './site.ts'

let house: House
let web: Website
let yes: string
before(async () => {
  house = await openHouse()
  web = await openSite(house)
  yes = await web.visitor('accept')
})
after(async () => {
  await web.close()
  await house.close()
})

const END = 'Max-Age=7776000; Path=/; Secure; HttpOnly; SameSite=Lax'
const NAME = 'besoegstal'
/** A line whose name and value are together this many bytes. */
const sized = (bytes: number, letter = '~') => `${NAME}=${letter.repeat(bytes - NAME.length)}; ${END}`
const out = (line: string | readonly string[], door: 'server' | 'proxy' = 'server', cookie = yes) =>
  web.out([line].flat(), { door, cookie })

test('4,096 bytes of name and value are the most there may be, and not one more', async () => {
  for (const door of DOORS) {
    assert.equal((await out(sized(4_096), door)).length, 1, `${door}: at the limit`)
    for (const bytes of [4_097, 4_098, 5_000, 8_000])
      assert.deepEqual(await out(sized(bytes), door), [], `${door}: ${bytes}`)
  }
})

test('bytes are counted, not letters, and a quotation mark or an escape is no room for more', async () => {
  const wide = Buffer.from('æ'.repeat(2_100)).toString('latin1')
  const bytes = `HTTP/1.1 200 OK\r\nSet-Cookie: ${NAME}=${wide}; ${END}\r\nContent-Length: 0\r\n\r\n`
  assert.deepEqual((await outOfBytes(web, bytes, { cookie: yes })).cookies, [])
  for (const value of [`"${'~'.repeat(4_090)}"`, '%7E'.repeat(1_400), ` ${'~'.repeat(4_090)} `])
    assert.deepEqual(await out(`${NAME}=${value}; ${END}`), [])
})

test('an attribute is no place to hide what the value may not hold', async () => {
  for (const attribute of ['Path=/', 'Domain=', 'X=', 'Comment=', 'Version=', 'Expires='])
    assert.deepEqual(await out(`${NAME}=${chance()}; ${END}; ${attribute}${'x'.repeat(5_000)}`), [], attribute)
})

test('a chain of cookies does not carry what one may not: every link must stand on the list', async () => {
  const whole = randomBytes(6_000).toString('base64url')
  const parts = whole.match(/.{1,2000}/g) ?? []
  for (const [what, name] of [
    ['numbered', (at: number) => `${NAME}.${at}`],
    ['underscored', (at: number) => `${NAME}_${at}`],
    ['counted', (at: number) => `${NAME}${at}`],
    ['by case', (at: number) => (at === 0 ? 'BESOEGSTAL' : `Besoegstal${at}`)],
  ] as const)
    for (const door of DOORS) {
      const lines = parts.map((part, at) => `${name(at)}=${part}; ${END}`)
      assert.deepEqual(await out(lines, door), [], what)
    }
})

const PERSON = { name: 'Asta Prøvebjerg', email: 'asta@example.dk', cpr: '010165-9995', sag: 77 }
const JSON_TEXT = JSON.stringify(PERSON)
const base64 = (data: Uint8Array | string) => Buffer.from(data).toString('base64')
const jwt = (payload: object) =>
  [JSON.stringify({ alg: 'HS256', typ: 'JWT' }), JSON.stringify(payload), randomBytes(32)]
    .map(part => Buffer.from(part as string).toString('base64url'))
    .join('.')

/** Information that is not little, whatever it is wrapped in. */
const STRUCTURES: { readonly [what: string]: string } = {
  JSON: JSON_TEXT.replaceAll(/[^\x20-\x7e]/g, ''),
  'JSON, percent-encoded': encodeURIComponent(JSON_TEXT),
  'JSON, encoded twice': encodeURIComponent(encodeURIComponent(JSON_TEXT)),
  'JSON in base64': base64(JSON_TEXT),
  'JSON in base64url': Buffer.from(JSON_TEXT).toString('base64url'),
  'JSON in hex': Buffer.from(JSON_TEXT).toString('hex'),
  'gzip in base64': base64(gzipSync(JSON_TEXT)),
  'deflate in base64': base64(deflateSync(JSON_TEXT)),
  'base64 of base64': base64(base64(JSON_TEXT)),
  'a token with claims': jwt(PERSON),
  'a large token with claims': jwt({ ...PERSON, fill: 'x'.repeat(2_500) }),
  'a form': new URLSearchParams({ email: PERSON.email, cpr: PERSON.cpr }).toString(),
  'a serialised session': 's:4:"mail";s:15:"asta@example.dk"'.replaceAll(';', '%3B'),
}
for (const [what, value] of Object.entries(STRUCTURES))
  test(`information about somebody is not little: ${what}`, async () => {
    for (const door of DOORS) assert.deepEqual(await out(`${NAME}=${value}; ${END}`, door), [], what)
    assert.deepEqual(await out(`sprog=${value}; ${END}`, 'server', ''), [], 'nor in a needed one')
  })

test('what unpacks to more than is read is not taken for clean', async () => {
  const bomb = base64(gzipSync(Buffer.alloc(50_000_000, 32)).subarray(0, 2_900))
  const started = performance.now()
  assert.deepEqual(await out(`${NAME}=${bomb.slice(0, 3_900)}; ${END}`), [])
  assert.ok(performance.now() - started < 2_000)
})

test('a needed cookie holds one of the words that the list names, and no other', async () => {
  for (const value of ['da', 'en']) assert.equal((await out(`sprog=${value}; ${END}`, 'server', '')).length, 1)
  for (const value of ['DA', 'da1', 'sv', '', 'da,en', '"da"', 'da%20', chance()])
    for (const door of DOORS) assert.deepEqual(await out(`sprog=${value}; ${END}`, door, ''), [], value)
})

test('the choice itself is little: 96 bytes at most, codes, a minute and chance, whatever was pressed', async () => {
  for (const method of ['accept', 'reject', 'withdraw'] as const) {
    const cookie = await web.visitor(method)
    assert.ok(Buffer.byteLength(cookie) <= 96, cookie)
    assert.match(cookie, /^cookievalg=1\.[\da-f]{8}\.[\da-z]{1,10}\.[\da-z]{1,7}\.[\w-]{22}\.[\w-]{16}$/)
  }
  for (const value of [base64(JSON_TEXT), 'asta@example.dk', 'x'.repeat(200), `1.${'a'.repeat(4_000)}`])
    assert.deepEqual(await out(`cookievalg=${value}; Max-Age=16070400; Path=/; Secure; SameSite=Lax`), [], value)
})

test('in a browser, nothing larger arrives than the site may send', async () => {
  const browser = await openBrowser({ 'www.intrum.dk': web.port })
  try {
    web.pages.set('/stor', (_, response) => {
      const lines = [sized(4_097), `_stor=${'x'.repeat(3_000)}; Max-Age=60; Secure`, `sprog=da; ${END}`]
      response.setHeader('set-cookie', lines)
      response.end('ok')
    })
    await browse(browser, { path: '/stor' }, async page => {
      assert.deepEqual(
        (await page.context().cookies()).map(it => `${it.name}=${it.value}`),
        ['sprog=da'],
      )
    })
  } finally {
    await browser.close()
  }
})

test('a policy that allows larger cookies, or none to be too large, is not adopted', async () => {
  const [row] = await house.kit.owner('select document from policy.version')
  const text = String(row?.['document']).replace('revision: 1', 'revision: 2')
  for (const [what, weak] of [
    ['larger', text.replace('bytesMax: 4096', 'bytesMax: 8192')],
    ['no limit', text.replace('  bytesMax: 4096\n', '')],
    [
      'a rule that never holds',
      text.replace('unless: [cookieSmall]', 'when: [cookieSmall]\n    unless: [cookieSmall]'),
    ],
    ['no rule', text.replace('- id: s2-size\n    clause: S2\n', '- id: s2-size\n    clause: S3\n')],
  ] as const) {
    assert.notEqual(weak, text, what)
    const file = join(house.kit.folder, 'weak.yaml')
    writeFileSync(file, weak)
    assert.equal((await house.cli(['policy', what === 'larger' ? 'adopt' : 'check', file])).code, 1, what)
  }
  assert.equal((await house.kit.owner('select 1 from policy.version')).length, 1)
})
