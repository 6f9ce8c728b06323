/** Scans as evidence: what our own key signed about our own site, kept whole; a fault shows, a silence never does. */
import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto'
import test, { after, before } from 'node:test'
import { PERSONAS, type Report } from '../../scanner/report.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import { act, look, system, type Actor } from '../platform/world.ts'
import * as cookies from './cookies.ts'
import { finding, reportOf, signed } from './scan.fixture.ts'

let kit: Kit
let officer: Actor
before(async () => {
  kit = await openKit()
  officer = kit.actor('officer')
})
after(() => kit.close())

const worker = system('worker', 'cookies.scan')
const record = (report: Report, actor = officer) =>
  act(kit.world, actor, ctx => cookies.recordScan(ctx, signed(kit.world, report)))
const report = (some: Partial<Report> = {}) => reportOf(kit.world, some)
const refused = (code: string) => ({ code })

test('a scan is kept byte for byte, with a signature that anybody can check, and is in the ledger', async () => {
  const made = report({
    findings: [finding('S1', 'cookie.not_declared'), finding('S9', 'scan.x', { severity: 'doubt' })],
  })
  const kept = await record(made)
  assert.deepEqual([kept.breaches, kept.doubts, kept.isWhole], [1, 1, true])
  const shown = await look(kit.world, officer, from => cookies.scanReport(from, made.scanId))
  const { bytes } = signed(kit.world, made)
  assert.equal(shown.report, bytes.toString('utf8'))
  const spki = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(shown.signature.publicKey, 'base64'),
  ])
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  const digest = createHash('sha256').update(shown.report).digest()
  assert.ok(verify(null, digest, key, Buffer.from(shown.signature.value, 'base64')))
  const [row] = await kit.owner(
    `select count(*)::int as rows from ledger.pending
     where position($1::bytea in leaf) > 0 and position($2::bytea in leaf) > 0`,
    [Buffer.from('cookies.scan_recorded'), Buffer.from(kept.sha256)],
  )
  assert.equal(row?.['rows'], 1)
})

test('a report that our key did not sign, or that was changed after it, is nobody’s word', async () => {
  const made = signed(kit.world, report({ findings: [finding('S1', 'cookie.not_declared')] }))
  const other = generateKeyPairSync('ed25519').privateKey
  const digest = createHash('sha256').update(made.bytes).digest()
  const clean = report()
  const forgeries = [
    { ...made, signature: null },
    { ...made, signature: { ...made.signature!, value: sign(null, digest, other).toString('base64') } },
    { ...made, signature: { ...made.signature!, value: '' } },
    // What was signed has a fault; what is handed in beside it has none.
    { ...made, report: { ...made.report, findings: [] } },
    { ...made, bytes: Buffer.from(JSON.stringify({ ...made.report, findings: [] })) },
    { ...signed(kit.world, clean), bytes: Buffer.concat([made.bytes, Buffer.from(' ')]) },
    { ...signed(kit.world, { ...clean, format: 'x' } as unknown as Report) },
  ]
  for (const forgery of forgeries)
    await assert.rejects(
      act(kit.world, officer, ctx => cookies.recordScan(ctx, forgery)),
      refused('cookies.scan_unsigned'),
    )
})

test('a scan of a copy, of a site that is not ours, or against another list proves nothing here', async () => {
  const copy = { ...report().coverage, pages: ['http://localhost:3000/'] }
  const nowhere = { ...report().coverage, pages: [] }
  const cases: [Partial<Report>, string][] = [
    [{ coverage: copy }, 'cookies.scan_unfit'],
    [{ coverage: nowhere }, 'cookies.scan_unfit'],
    [{ registerSha256: 'ab'.repeat(32) }, 'cookies.scan_unfit'],
    [{ registerSha256: null }, 'cookies.scan_unfit'],
    [{ site: 'evil.example' }, 'cookies.site_unknown'],
  ]
  for (const [some, code] of cases) await assert.rejects(record(report(some)), refused(code), JSON.stringify(some))
})

test('a scan is kept once, whoever hands it in again', async () => {
  const made = report()
  await record(made)
  await assert.rejects(record(made), refused('cookies.scan_unfit'))
})

test('only who may scan may hand in a scan; a case worker, a site and a client may not', async () => {
  for (const role of ['caseWorker', 'auditor', 'client', 'site'] as const)
    await assert.rejects(record(report(), { ...kit.actor(role), site: 'intrum.dk' }), refused('identity.not_allowed'))
  await record(report(), worker)
})

test('the database keeps a scan as it is: nobody changes it, takes it away or dates it ahead', async () => {
  await record(report())
  for (const surface of ['api', 'worker'] as const) {
    await assert.rejects(kit.as(surface, `update cookies.scan set breaches = 0`), { code: '42501' })
    await assert.rejects(kit.as(surface, `delete from cookies.scan`), { code: '42501' })
    await assert.rejects(kit.as(surface, `delete from cookies.finding`), { code: '42501' })
    await assert.rejects(kit.as(surface, `update cookies.finding set severity = 'note'`), { code: '42501' })
  }
  const ahead = `insert into cookies.scan (scan_id, site, hosts, register_sha256, is_whole, started_at, finished_at,
      report, signature, breaches, doubts)
    select $1, site, hosts, register_sha256, true, now(), now() + interval '2 days', report, signature, 0, 0
    from cookies.scan limit 1`
  await assert.rejects(kit.as('api', ahead, [randomUUID()]), { constraint: 'scan_took_time' })
  const unsigned = ahead
    .replace('report, signature, 0', 'report, null, 0')
    .replace("now() + interval '2 days'", 'now()')
  await assert.rejects(kit.as('api', unsigned, [randomUUID()]), { code: '23502' })
  const foreign = ahead
    .replace("now() + interval '2 days'", 'now()')
    .replace('register_sha256, true', `'\\x${'00'.repeat(32)}', true`)
  await assert.rejects(kit.as('api', foreign, [randomUUID()]), { constraint: 'scan_register_fkey' })
})

test('a scan that saw no page, sent only some visitors or was cut short is not whole', async () => {
  const { coverage } = report()
  const closed = { ...coverage, personas: PERSONAS.map(persona => ({ persona, pages: 0, dwellMs: 0 })) }
  const some = { ...coverage, personas: coverage.personas.slice(0, 3) }
  const cut = { ...coverage, notReached: [{ page: 'https://www.intrum.dk/', why: 'limit' }] }
  const slow = { ...coverage, notReached: [{ page: 'https://www.intrum.dk/film', why: 'timedOut' }] }
  for (const [of, isWhole] of [
    [closed, false],
    [some, false],
    [cut, false],
    [slow, true],
    [coverage, true],
  ] as const)
    assert.equal((await record(report({ coverage: of }))).isWhole, isWhole)
})

test('each scan is told against the one before it: what came and what went', async () => {
  const hosts = { ...report().coverage, pages: ['https://min.intrum.dk/'] }
  const scan = (...codes: string[]) =>
    record(report({ coverage: hosts, findings: codes.map(code => finding('S1', code)) }))
  await scan('scan.a', 'scan.b')
  await scan('scan.b', 'scan.c', 'scan.d')
  await scan()
  const rows = await look(kit.world, officer, from => cookies.scans(from, { site: 'intrum.dk' }))
  const drift = rows.filter(row => row.hosts.includes('min.intrum.dk')).map(({ added, gone }) => [added, gone])
  assert.deepEqual(drift, [
    [0, 3],
    [2, 1],
    [null, null],
  ])
  const latest = await look(kit.world, officer, from => cookies.latestOf(from, 'min.intrum.dk'))
  assert.deepEqual(latest?.findings, [])
  assert.equal(await look(kit.world, officer, from => cookies.latestOf(from, 'intrum.com')), null)
  assert.deepEqual(await look(kit.world, officer, from => cookies.scans(from, { site: 'intrum.com' })), [])
})

const plan = (url: string, everyHours = 24, actor = officer) =>
  act(kit.world, actor, ctx => cookies.plan(ctx, { url, everyHours }))
const plans = () => look(kit.world, officer, cookies.plans)

test('a page of ours is put on the plan, changed and taken off; any other address is refused', async () => {
  const made = await plan('https://www.intrum.dk')
  assert.deepEqual([made.url, made.site, made.everyHours], ['https://www.intrum.dk/', 'intrum.dk', 24])
  await plan('https://www.intrum.dk/', 6)
  assert.deepEqual(
    (await plans()).map(it => it.everyHours),
    [6],
  )
  const wrong: [string, number, string][] = [
    ['https://evil.example/', 24, 'cookies.site_unknown'],
    ['https://www.intrum.dk.evil.example/', 24, 'cookies.site_unknown'],
    ['https://www.intrum.dk/?email=asta@example.dk', 24, 'request.invalid'],
    ['https://asta:secret@www.intrum.dk/', 24, 'request.invalid'],
    ['https://www.intrum.dk/#asta', 24, 'request.invalid'],
    ['file:///etc/passwd', 24, 'request.invalid'],
    ['javascript:alert(1)', 24, 'request.invalid'],
    [`https://www.intrum.dk/${'a'.repeat(2000)}`, 24, 'request.invalid'],
    ['https://www.intrum.dk/', 0, 'request.invalid'],
    ['https://www.intrum.dk/', 1.5, 'request.invalid'],
    ['https://www.intrum.dk/', 8785, 'request.invalid'],
  ]
  for (const [url, hours, code] of wrong) await assert.rejects(plan(url, hours), refused(code), url.slice(0, 60))
  await assert.rejects(plan('https://www.intrum.dk/', 24, kit.actor('caseWorker')), refused('identity.not_allowed'))
  await act(kit.world, officer, ctx => cookies.unplan(ctx, 'https://www.intrum.dk'))
  await assert.rejects(
    act(kit.world, officer, ctx => cookies.unplan(ctx, 'https://www.intrum.dk')),
    refused('not_found'),
  )
  assert.deepEqual(await plans(), [])
})

test('one page whose time has come is scanned at a time, and its next time is set before the scan begins', async () => {
  await plan('https://www.intrum.dk/a', 2)
  await plan('https://www.intrum.dk/b', 2)
  const begun: string[] = []
  const scan: cookies.Scan = async ({ url }, register, former) => {
    begun.push(url)
    assert.equal(
      (await look(kit.world, officer, cookies.duePlans)).some(it => it.url === url),
      false,
    )
    assert.equal(register.site, 'intrum.dk')
    return signed(kit.world, report({ diff: former && { against: former.scanId, added: [], gone: [] } }))
  }
  const due = () => cookies.scanDue(kit.world, worker, scan)
  assert.ok(await due())
  assert.ok(await due())
  assert.equal(await due(), null)
  assert.deepEqual(begun, ['https://www.intrum.dk/a', 'https://www.intrum.dk/b'])
  const waits = (await plans()).map(it => Math.round((it.nextAt.getTime() - Date.now()) / 3_600_000))
  assert.deepEqual(waits, [2, 2])
})

test('a scan that comes to nothing is noted and waits for its next time; a good one clears the note', async () => {
  const again = () => kit.owner(`update cookies.scan_plan set next_at = now() where url like '%/a'`)
  const fail: cookies.Scan = async () => {
    throw Object.assign(new Error('secret words'), { code: 'scan.no_browser' })
  }
  await again()
  assert.equal(await cookies.scanDue(kit.world, worker, fail), null)
  const failure = async () => (await plans()).find(it => it.url.endsWith('/a'))?.failure
  assert.equal(await failure(), 'scan.no_browser')
  assert.ok(kit.log.some(line => line.includes('scan.no_browser')) && !kit.log.join().includes('secret words'))
  assert.equal(await cookies.scanDue(kit.world, worker, fail), null)
  await again()
  assert.ok(await cookies.scanDue(kit.world, worker, async () => signed(kit.world, report())))
  assert.equal(await failure(), null)
})
