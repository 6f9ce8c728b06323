/** Cookies on the command line and in the API: the same figures, and a register that anybody can scan against. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { openHouse, type House } from '../../test/promises/house.ts'
import { act } from '../platform/world.ts'
import * as cookies from './cookies.ts'
import { finding, reportOf, signed } from './scan.fixture.ts'

let house: House
before(async () => {
  house = await openHouse()
  const { kit } = house
  const found = reportOf(kit.world, { findings: [finding('S1', 'cookie.not_declared')] })
  await act(kit.world, kit.actor('officer'), ctx => cookies.recordScan(ctx, signed(kit.world, found)))
})
after(() => house.close())

test('the report is one file in the language asked for, overwrites nothing, and is the API’s figures', async () => {
  const file = join(house.kit.folder, 'report.html')
  const made = await house.cli(['cookies', 'report', '--output', file, '--language', 'da'])
  assert.equal(made.code, 0, made.err)
  const page = readFileSync(file, 'utf8')
  assert.match(page, /<html lang="da">[\s\S]*1\u00a0brud på cookiepolitikken/)
  assert.equal((await house.cli(['cookies', 'report', '--output', file])).code, 2)
  assert.equal(readFileSync(file, 'utf8'), page)
  assert.equal((await house.cli(['cookies', 'report', '--language', 'fr'])).code, 2)
  const api = await house.must(200, 'officer', 'GET /v1/cookies/report')
  const { madeAt: _, ...figures } = api
  const { madeAt: __, ...same } = made.body
  assert.deepEqual(same, figures)
})

test('a page is put on the plan and taken off again, by command and by call', async () => {
  const url = 'https://www.intrum.dk/'
  assert.equal((await house.cli(['cookies', 'schedule', url, '--every', '6'])).code, 0)
  const { plans } = await house.must(200, 'officer', 'GET /v1/cookies/plans')
  assert.deepEqual(
    (plans as { url: string; everyHours: number }[]).map(it => [it.url, it.everyHours]),
    [[url, 6]],
  )
  assert.equal((await house.cli(['cookies', 'schedule', url, '--every', 'often'])).code, 1)
  assert.equal((await house.cli(['cookies', 'unschedule', url])).code, 0)
  assert.deepEqual((await house.cli(['cookies', 'schedule'])).body, { plans: [] })
  assert.equal((await house.cli(['cookies', 'unschedule', url])).code, 1)
  assert.equal((await house.cli(['cookies', 'unschedule'])).code, 2)
})

test('the register of a site is the same by command and for anybody who asks, and only for sites of ours', async () => {
  const { body } = await house.cli(['cookies', 'register', '--site', 'www.intrum.dk'])
  const open = await house.must(200, 'auditor', 'GET /v1/cookies/register?site=www.intrum.dk')
  assert.deepEqual(body, open)
  assert.equal(body['site'], 'intrum.dk')
  await house.must(404, 'auditor', 'GET /v1/cookies/register?site=evil.example')
  for (const site of ['', '..', 'a b', 'HTTP://X', 'x'.repeat(300)])
    await house.must(400, 'auditor', `GET /v1/cookies/register?site=${encodeURIComponent(site)}`)
  assert.equal((await house.cli(['cookies', 'register'])).code, 2, 'with two sites somebody must say which')
})

test('a scan is shown as it was signed; a made-up id is none', async () => {
  const { scans } = await house.must(200, 'officer', 'GET /v1/cookies/scans?site=intrum.dk')
  const [{ scanId, breaches }] = scans as [{ scanId: string; breaches: number }]
  assert.equal(breaches, 1)
  const kept = await house.must(200, 'officer', `GET /v1/cookies/scans/${scanId}`)
  assert.equal((JSON.parse(String(kept['report'])) as { scanId: string }).scanId, scanId)
  await house.must(404, 'officer', 'GET /v1/cookies/scans/none')
  const listed = await house.cli(['cookies', 'scans'])
  assert.equal((listed.body['scans'] as unknown[]).length, 1)
})
