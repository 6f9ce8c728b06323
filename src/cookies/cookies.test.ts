/** A visitor's choice: what is recorded, what a receipt says, and every way of writing one that nobody made. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test, { after, before } from 'node:test'
import { mintToken, readChoice } from '../../sdk/choice.ts'
import type { SiteSettings, Submission } from '../../sdk/wire.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import type { Actor } from '../platform/world.ts'
import { act, system } from '../platform/world.ts'
import * as cookies from './cookies.ts'

let kit: Kit
let site: Actor
let settings: SiteSettings
before(async () => {
  kit = await openKit()
  site = { id: 'key:site', role: 'site', surface: 'api', site: 'intrum.dk' }
  settings = await cookies.settings(kit.world, site)
})
after(() => kit.close())

const now = () => new Date()
const tokenOf = (from = settings) => mintToken({ register: from.register, key: from.key, now: now(), language: 'da' })
const submission = (some: Partial<Submission> = {}): Submission => ({
  token: tokenOf(),
  method: 'accept',
  categories: [],
  origin: 'https://www.intrum.dk',
  isGpc: false,
  previous: null,
  ...some,
})
const record = (some: Partial<Submission> = {}) => cookies.record(kit.world, site, submission(some))
const choiceIn = (value: string) => readChoice(value, { register: settings.register, key: settings.key, now: now() })

test('S1: an accepted choice comes back as a cookie of 96 bytes at most, with our time and our verdict', async () => {
  const { cookie, receipt } = await record()
  assert.ok(`${cookie.name}=${cookie.value}`.length <= 96)
  assert.deepEqual(choiceIn(cookie.value)?.choice.accepted, ['preferences', 'statistics'])
  assert.deepEqual(
    receipt.purposes.map(it => [it.category, it.state]),
    [
      ['necessary', 'necessary'],
      ['preferences', 'given'],
      ['statistics', 'given'],
    ],
  )
  assert.ok(Math.abs(Date.parse(receipt.givenAt) - Date.now()) < 60_000)
})

test('S1: a choice of some categories is exactly that, and a refusal accepts nothing', async () => {
  const some = await record({ method: 'save', categories: ['statistics'] })
  assert.deepEqual(choiceIn(some.cookie.value)?.choice.accepted, ['statistics'])
  const none = await record({ method: 'reject', categories: ['statistics', 'preferences'] })
  assert.deepEqual(choiceIn(none.cookie.value)?.choice.accepted, [])
})

test('Art. 7(1): the receipt names the very notice and register, and both can be read for good', async () => {
  const { receipt } = await record()
  const [kept] = await kit.as(
    'api',
    `select n.document::jsonb as notice, r.document::jsonb as register from cookies.notice n
     join cookies.register r on r.sha256 = n.register_sha256 where n.sha256 = $1 and r.sha256 = $2`,
    [Buffer.from(receipt.noticeSha256, 'hex'), Buffer.from(receipt.registerSha256, 'hex')],
  )
  assert.ok(kept)
  assert.equal((kept['notice'] as { language: string }).language, 'da')
  assert.equal((kept['register'] as { site: string }).site, 'intrum.dk')
})

test('the log keeps the choice without a word about whose it was', async () => {
  const { receipt, cookie } = await record()
  const [row] = await kit.owner('select convert_from(leaf, $2) as leaf from ledger.pending where entry_id = $1', [
    receipt.ledgerEntry,
    'LATIN1',
  ])
  const leaf = String(row?.['leaf'])
  const proof = cookie.value.split('.')[4] ?? ''
  for (const secret of [proof, createHash('sha256').update(proof).digest('hex'), receipt.recordId])
    assert.ok(!leaf.includes(secret))
  assert.ok(leaf.includes(receipt.commitment) && leaf.includes(receipt.noticeSha256))
})

test('a token is good once, whoever sends it again and however fast', async () => {
  const token = tokenOf()
  const answers = await Promise.allSettled(Array.from({ length: 8 }, () => record({ token })))
  assert.equal(answers.filter(it => it.status === 'fulfilled').length, 1)
  await assert.rejects(record({ token }), { code: 'cookies.token_unfit' })
})

test('the fault of one visitor is not told to another in the same round', async () => {
  const answers = await Promise.allSettled([
    record(),
    record({ token: 'junk' }),
    record({ origin: 'https://evil.example' }),
    record({ method: 'save', categories: ['unknown'] }),
    record(),
  ])
  assert.deepEqual(
    answers.map(it => (it.status === 'fulfilled' ? 'kept' : (it.reason as { code: string }).code)),
    ['kept', 'cookies.token_unfit', 'cookies.origin_unfit', 'request.invalid', 'kept'],
  )
})

test('GDPR 7(3): a later choice replaces the earlier one, and the earlier is erased within two days', async () => {
  const first = await record()
  const proof = first.cookie.value.split('.')[4] ?? ''
  const second = await record({ method: 'withdraw', previous: first.cookie.value })
  assert.equal((await cookies.receipt(kit.world, site, proof))?.withdrawnAt !== null, true)
  await kit.owner('alter table cookies.choice disable trigger choice_one_way')
  await kit.owner(
    "update cookies.choice set given_at = now() - interval '3 days', replaced_at = now() - interval '25 hours' where choice_id = $1",
    [first.receipt.recordId],
  )
  await kit.owner('alter table cookies.choice enable trigger choice_one_way')
  const worker = system('worker', 'cookies.erase')
  assert.ok(await cookies.outlived(kit.world, worker))
  await act(kit.world, worker, ctx => cookies.eraseOutlived(ctx, 100))
  assert.equal(await cookies.receipt(kit.world, site, proof), null)
  assert.ok(await cookies.receipt(kit.world, site, second.cookie.value.split('.')[4] ?? ''))
})

test('a receipt is opened by its own proof and by the site it was given to', async () => {
  const { cookie } = await record()
  const proof = cookie.value.split('.')[4] ?? ''
  assert.equal((await cookies.receipt(kit.world, site, proof))?.site, 'intrum.dk')
  const other: Actor = { ...site, site: 'intrum.com' }
  assert.equal(await cookies.receipt(kit.world, other, proof), null)
  assert.equal(await cookies.receipt(kit.world, site, 'A'.repeat(22)), null)
})

test('what the guards counted is added up by sentence, and a reason no rule has is refused', async () => {
  const count = { day: '2026-11-22', code: 'cookie.session_not_used', mode: 'strip', count: 2 } as const
  await cookies.count(kit.world, site, [count, count])
  await cookies.count(kit.world, site, [count])
  const rows = await kit.as('api', 'select clause, count::int from cookies.guard_count')
  assert.deepEqual(rows, [{ clause: 'S7', count: 6 }])
  await assert.rejects(cookies.count(kit.world, site, [{ ...count, code: 'cookie.invented' }]), {
    code: 'request.invalid',
  })
})

test('a key for another site, or for none, keeps no site', async () => {
  await assert.rejects(cookies.settings(kit.world, { ...site, site: 'evil.example' }), { code: 'cookies.site_unknown' })
  await assert.rejects(cookies.settings(kit.world, kit.actor('admin')), { code: 'cookies.site_unknown' })
  await assert.rejects(cookies.record(kit.world, kit.actor('caseWorker'), submission()), {
    code: 'identity.not_allowed',
  })
})
