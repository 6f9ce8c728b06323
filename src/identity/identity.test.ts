/** API keys: shown once, kept as a digest, ended by time or by an administrator. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test, { after, before } from 'node:test'
import { openKit, type Kit } from '../../test/kit.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, type Actor, type Ctx } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as work from '../work/work.ts'
import * as identity from './identity.ts'

let kit: Kit
before(async () => (kit = await openKit()))
after(() => kit.close())

const make = (key: identity.NewKey, role: 'admin' | 'officer' = 'admin') =>
  act(kit.world, kit.actor(role), ctx => identity.createKey(ctx, key))
/** Written by hand; a task missing here does not compile. */
const TASKS = Object.keys({
  adoptPolicy: 0,
  createKey: 0,
  registerParty: 0,
  importPortfolio: 0,
  workCase: 0,
  registerPayment: 0,
  registerDemand: 0,
  disclose: 0,
  fetchPackage: 0,
  takeConsent: 0,
  collect: 0,
  keepSite: 0,
  linkVisitor: 0,
  scanSites: 0,
  takeRequest: 0,
  answerRequest: 0,
  settleReview: 0,
  holdNotice: 0,
  sendNotices: 0,
  runRetention: 0,
  verifyLedger: 0,
} satisfies { readonly [task in policy.Task]: 0 }) as policy.Task[]
const coded = (code: string) => (error: unknown) => error instanceof Problem && error.code === code

test('a key has 256 bits, opens with its role, and the database holds no more than its digest', async () => {
  const made = await make({ role: 'caseWorker', days: 30 })
  assert.equal(Buffer.from(made.key.slice('ind_'.length), 'base64url').length, 32)
  const actor = await identity.authenticate(kit.world, made.key)
  assert.deepEqual(actor, { id: `key:${made.keyId}`, role: 'caseWorker', surface: 'api' })
  const rows = JSON.stringify(await kit.owner('select * from identity.api_key'))
  assert.ok(!rows.includes(made.key) && !kit.log.join('').includes(made.key))
})

test('a client’s key names its client, and no other key does', async () => {
  const client = await act(kit.world, kit.actor('admin'), ctx =>
    work.register(ctx, { kind: 'client', name: 'Kreditor' }),
  )
  const made = await make({ role: 'client', partyId: client.partyId })
  assert.equal((await identity.authenticate(kit.world, made.key))?.partyId, client.partyId)
  await assert.rejects(make({ role: 'client' }), coded('request.invalid'))
  await assert.rejects(make({ role: 'admin', partyId: client.partyId }), coded('request.invalid'))
  await assert.rejects(
    kit.as(
      'api',
      `insert into identity.api_key (key_id, role, digest, expires_at)
       values ($1, 'client', decode(repeat('ab', 32), 'hex'), now())`,
      [randomUUID()],
    ),
    { code: '23514', constraint: 'client_key_has_client' },
  )
})

test('a site’s key names one of the policy’s sites, and no other key does', async () => {
  const actors: [site: string, kept: string][] = [
    ['intrum.dk', 'intrum.dk'],
    ['Intrum.COM', 'intrum.com'],
  ]
  for (const [site, kept] of actors) {
    const { key, keyId } = await make({ role: 'site', site })
    const actor = await identity.authenticate(kit.world, key)
    assert.deepEqual(actor, { id: `key:${keyId}`, role: 'site', surface: 'api', site: kept })
    const listed = (await look(kit.world, kit.actor('admin'), identity.keys)).find(row => row.keyId === keyId)
    assert.equal(listed?.site, kept)
  }
  const isSiteFault = (error: unknown) => {
    const [fault] = error instanceof Problem ? (error.refusal.faults ?? []) : []
    return fault?.field === 'site' && fault.code === 'identity.site'
  }
  // A part of a site is not one: its key would open the whole.
  const elsewhere = [
    'example.dk',
    'www.intrum.dk',
    'evilintrum.dk',
    'intrum.dk.evil.example',
    'a/.intrum.dk',
    '.intrum.dk',
    'dk',
    '',
  ]
  for (const site of elsewhere) await assert.rejects(make({ role: 'site', site }), isSiteFault, site)
  await assert.rejects(make({ role: 'site' }), isSiteFault)
  await assert.rejects(make({ role: 'auditor', site: 'intrum.dk' }), isSiteFault)
  await assert.rejects(make({ role: 'admin', site: 'intrum.dk' }), isSiteFault)
  const { partyId } = await act(kit.world, kit.actor('admin'), ctx =>
    work.register(ctx, { kind: 'client', name: 'Butik' }),
  )
  await assert.rejects(make({ role: 'site', site: 'intrum.dk', partyId }), coded('request.invalid'))
})

test('not even with plain SQL is there a site’s key without its site, or another key with one', async () => {
  const wrong: [role: string, site: string | null, constraint: string][] = [
    ['site', null, 'site_key_has_site'],
    ['admin', 'intrum.dk', 'site_key_has_site'],
    ['site', 'Intrum.dk', 'api_key_site_check'],
    ['site', '', 'api_key_site_check'],
  ]
  for (const [role, site, constraint] of wrong) {
    const attack = kit.as(
      'api',
      `insert into identity.api_key (key_id, role, site, digest, expires_at)
       values ($1, $2, $3, decode(repeat('ef', 32), 'hex'), now() + interval '1 day')`,
      [randomUUID(), role, site],
    )
    await assert.rejects(attack, { code: '23514', constraint }, `${role} ${site}`)
  }
  await assert.rejects(kit.as('api', `update identity.api_key set site = 'intrum.com'`), { code: '42501' })
})

test('a site’s key makes and ends no key, registers nobody, and may do its site’s three tasks alone', async () => {
  const { key, keyId } = await make({ role: 'site', site: 'intrum.dk' })
  const server = (await identity.authenticate(kit.world, key)) as Actor
  const attacks: ((ctx: Ctx) => Promise<unknown>)[] = [
    ctx => identity.createKey(ctx, { role: 'site', site: 'intrum.dk' }),
    ctx => identity.createKey(ctx, { role: 'admin' }),
    ctx => identity.revokeKey(ctx, keyId),
    ctx => work.register(ctx, { kind: 'client', name: 'Falsk' }),
  ]
  for (const attack of attacks) await assert.rejects(act(kit.world, server, attack), coded('identity.not_allowed'))
  const mayDo = TASKS.filter(task => policy.may('site', task))
  assert.deepEqual(mayDo, ['collect', 'keepSite', 'linkVisitor'])
})

test('no key lives longer than 366 days, whoever writes it', async () => {
  for (const days of [0, 367, 1.5, Number.NaN])
    await assert.rejects(make({ role: 'admin', days }), coded('request.invalid'))
  await assert.rejects(
    kit.as(
      'api',
      `insert into identity.api_key (key_id, role, digest, expires_at)
       values ($1, 'admin', decode(repeat('cd', 32), 'hex'), now() + interval '367 days')`,
      [randomUUID()],
    ),
    { code: '23514', constraint: 'key_expires' },
  )
})

test('an expired and a revoked key open nothing', async () => {
  const [old, ended] = [await make({ role: 'admin' }), await make({ role: 'admin' })]
  await kit.owner(
    `update identity.api_key set created_at = now() - interval '9 days', expires_at = now() - interval '1 second' where key_id = $1`,
    [old.keyId],
  )
  await act(kit.world, kit.actor('admin'), ctx => identity.revokeKey(ctx, ended.keyId))
  for (const { key } of [old, ended, { key: `ind_${'A'.repeat(43)}` }, { key: '' }]) {
    assert.equal(await identity.authenticate(kit.world, key), null)
  }
  await assert.rejects(
    act(kit.world, kit.actor('admin'), ctx => identity.revokeKey(ctx, ended.keyId)),
    coded('not_found'),
  )
})

test('a revoked key cannot be given back its life by any role but the owner', async () => {
  for (const surface of ['worker', 'import', 'public', 'integrator'] as const) {
    await assert.rejects(kit.as(surface, `update identity.api_key set revoked_at = null`), { code: '42501' })
  }
  await assert.rejects(kit.as('api', `update identity.api_key set expires_at = now() + interval '1 year'`), {
    code: '42501',
  })
  await assert.rejects(kit.as('api', 'delete from identity.api_key'), { code: '42501' })
})

test('only an administrator makes keys, and each is entered in the ledger', async () => {
  await assert.rejects(make({ role: 'admin' }, 'officer'), coded('identity.not_allowed'))
  const made = await make({ role: 'auditor' })
  const leaves = await kit.owner(`select convert_from(leaf, 'utf8') as text from ledger.pending`)
  assert.ok(
    leaves.some(
      row => String(row['text']).includes('identity.key_created') && String(row['text']).includes(made.keyId),
    ),
  )
  assert.ok((await look(kit.world, kit.actor('admin'), identity.keys)).some(row => row.keyId === made.keyId))
})
