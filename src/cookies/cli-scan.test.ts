/** `indsigt scan` on an installation of its own: logged in, kept and signed, shown on the board, and never in vain. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { after, before } from 'node:test'
import type { SignedReport } from '../../scanner/report.ts'
import { SHIPPED_POLICY } from '../../test/kit.ts'
import { openHouse, type House, type Json } from '../../test/promises/house.ts'
import { act } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as cookies from './cookies.ts'
import { jobs } from './jobs.ts'

const SECRET = 'hemmelig-hest-9917'
const SITE = 'kunde.localhost'
const SETTINGS = { INDSIGT_SCAN_ALLOW: '*.localhost', KUNDENS_KODE: SECRET }

let house: House
let server: Server
let origin = ''
before(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://${SITE}:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, SETTINGS)
  house = await openHouse()
  const shipped = readFileSync(SHIPPED_POLICY, 'utf8').replace('revision: 1', 'revision: 2')
  const wider = shipped.replace('sites:\n', `sites:\n  - { host: ${SITE}, subdomains: true }\n`)
  await policy.adopt(house.kit.world, house.kit.actor('admin'), Buffer.from(wider))
})
after(async () => {
  for (const name of Object.keys(SETTINGS)) delete process.env[name]
  await house.close()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

/** Behind a log-in, a page that sets what nobody declared. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isIn = /(^|; )sprog=da/.test(request.headers.cookie ?? '')
  const lasting = 'Path=/; Max-Age=86400; HttpOnly; SameSite=Lax'
  if (request.method === 'POST') {
    const isRight = new URLSearchParams(await text(request)).get('kode') === SECRET
    if (isRight) response.setHeader('set-cookie', `sprog=da; ${lasting}`)
    return void response.writeHead(303, { location: '/' }).end()
  }
  if (request.url === '/' && !isIn) return void response.writeHead(302, { location: '/log-ind' }).end()
  if (isIn) response.setHeader('set-cookie', `_maerke=abc; ${lasting}`)
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><html lang="da"><title>Sag</title><h1>Dine sager</h1>${isIn ? PAGE : FORM}</html>`)
}

const PAGE = '<p>Her kan du se, hvad du skylder, og til hvem.</p><a href="/indsigt/choice">Cookievalg</a>'
const FORM = '<form method="post"><input type="password" name="kode"><button>Log ind</button></form>'

const QUICK = ['--personas', 'fresh', '--dwell', '1', '--pages']
const scansOf = async (): Promise<Json[]> =>
  (await house.must(200, 'officer', `GET /v1/cookies/scans?site=${SITE}`))['scans'] as Json[]

function scriptFile(): string {
  const file = join(house.kit.folder, 'log-ind.json')
  const steps = [
    { do: 'open', url: `${origin}/log-ind` },
    { do: 'fill', selector: 'input[name=kode]', value: '$KUNDENS_KODE' },
    { do: 'click', selector: 'button' },
    { do: 'wait', selector: 'p' },
  ]
  writeFileSync(file, JSON.stringify(steps))
  return file
}

test('a scan logs in by script, is kept as signed, and shows on the board; the password stays out of it', async () => {
  const ran = await house.cli(['scan', `${origin}/`, '--script', scriptFile(), ...QUICK, '1'])
  assert.equal(ran.code, 1, ran.err)
  const { report, signature } = ran.body as SignedReport
  assert.deepEqual(report.coverage.pages, [`${origin}/`])
  assert.ok(report.findings.some(it => it.code === 'cookie.not_declared' && it.name === '_maerke'))
  assert.ok(signature)
  assert.equal(ran.err, '')
  assert.equal((ran.out + ran.err).includes(SECRET), false)
  const [kept] = await scansOf()
  assert.equal(kept?.['scanId'], report.scanId)
  const board = await house.must(200, 'auditor', 'GET /v1/promises')
  assert.match(JSON.stringify(board), /breaches found by the latest scans[^{]*?"value":"[1-9]/)
})

test('without the log-in the page is said to want one', async () => {
  const { body } = await house.cli(['scan', `${origin}/`, '--no-store', ...QUICK, '1'])
  assert.deepEqual((body as SignedReport).report.coverage.notReached, [{ page: `${origin}/`, why: 'loginNeeded' }])
})

test('a scan that may not be kept is reported all the same; why not is told beside it', async () => {
  const before = await scansOf()
  const other = origin.replace(SITE, 'anden.localhost')
  const file = join(house.kit.folder, 'to.json')
  for (const more of [[], ['--output', file]]) {
    const ran = await house.cli([
      'scan',
      `${origin}/log-ind`,
      `${other}/log-ind`,
      '--fail-on',
      'never',
      ...QUICK,
      '2',
      ...more,
    ])
    assert.equal(ran.code, 0, ran.err)
    assert.equal('problem' in ran.body, false)
    assert.match(ran.err, /not on the site itself/)
  }
  assert.equal((JSON.parse(readFileSync(file, 'utf8')) as SignedReport).report.site, SITE)
  assert.deepEqual(await scansOf(), before)
})

test('the worker scans a planned page of a private host when INDSIGT_SCAN_ALLOW names it', async () => {
  const { kit } = house
  const scanning = jobs.find(it => it.name === 'cookies.scan')
  await act(kit.world, kit.actor('officer'), ctx => cookies.plan(ctx, { url: `${origin}/side`, everyHours: 24 }))
  await scanning?.run(kit.world)
  const [kept] = await scansOf()
  const { report } = await house.must(200, 'officer', `GET /v1/cookies/scans/${String(kept?.['scanId'])}`)
  assert.deepEqual((JSON.parse(String(report)) as SignedReport['report']).coverage.pages.slice(0, 1), [
    `${origin}/side`,
  ])
})
