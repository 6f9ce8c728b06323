/** The ledger: whoever changes, removes, adds or moves an entry is named, and a kill loses nothing. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openKit, type Kit } from '../../test/kit.ts'
import { act } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as ledger from './ledger.ts'
import { openNote } from './note.ts'
import { edgeOf, readCheckpoint, readHashes } from './signer.ts'
import { EMPTY, grow, leafHash, rootOf } from './tree.ts'

let kit: Kit
let integrate: () => Promise<number>

const verify = () =>
  ledger.verify(kit.world.pools.api, kit.world.stateFolder, ledger.ORIGIN, kit.world.keys.signerPublicKey)
const kinds = async () => (await verify()).findings.map(it => `${it.kind} ${it.position ?? ''}`.trim())

async function append(count: number): Promise<void> {
  await act(kit.world, kit.actor('admin'), async ctx => {
    policy.requireTask(ctx, 'registerParty')
    for (let index = 0; index < count; index += 1) await ledger.appendSystem(ctx, 'test.happened', { index })
  })
}

/** Runs `change` as the owner, looks at what `verify` names, and puts the table back. */
async function tampered(change: string): Promise<string[]> {
  await kit.owner('create table kept as select * from ledger.entry')
  await kit.owner(change)
  const found = await kinds()
  await kit.owner('delete from ledger.entry')
  await kit.owner('insert into ledger.entry select * from kept')
  await kit.owner('drop table kept')
  return found
}

before(async () => {
  kit = await openKit()
  integrate = ledger.openIntegrator(kit.world)
  await append(9)
  assert.equal(await integrate(), 10)
})
after(() => kit.close())

test('RFC 6962: the tree gives the published roots', () => {
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const edge = leaves.reduce((grown, hex) => grow(grown, leafHash(Buffer.from(hex, 'hex'))), EMPTY)
  assert.equal(rootOf(edge).toString('hex'), '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
  assert.equal(rootOf(EMPTY).toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

test('an untouched log verifies and its checkpoint carries our signature', async () => {
  const report = await verify()
  assert.deepEqual(report.findings, [])
  assert.equal(report.entries, 10)
  const note = readCheckpoint(kit.world.stateFolder)?.note ?? ''
  assert.equal(openNote(note, ledger.ORIGIN, kit.world.keys.signerPublicKey)?.size, 10)
  assert.equal(openNote(note.replace('\n10\n', '\n11\n'), ledger.ORIGIN, kit.world.keys.signerPublicKey), null)
})

test('a changed entry is named by its place', async () => {
  assert.deepEqual(await tampered(`update ledger.entry set leaf = leaf || '\\x20' where position = 4`), ['changed 4'])
})

test('a removed entry is named by its place, in the middle and at the end', async () => {
  assert.deepEqual(await tampered('delete from ledger.entry where position = 3'), ['removed 3'])
  assert.deepEqual(await tampered('delete from ledger.entry where position >= 8'), ['removed 8', 'removed 9'])
})

test('an added entry is named by its place', async () => {
  const added = `insert into ledger.entry values (10, gen_random_uuid(), '\\x01017b7d', now())`
  assert.deepEqual(await tampered(added), ['added 10'])
})

test('entries that changed places are both named', async () => {
  const swap = `update ledger.entry e set leaf = o.leaf from ledger.entry o
    where (e.position = 2 and o.position = 6) or (e.position = 6 and o.position = 2)`
  assert.deepEqual(await tampered(swap), ['reordered 2', 'reordered 6'])
})

test('a log that was cut and rewritten in the database is not signed on', async () => {
  await kit.owner('create table kept as select * from ledger.entry')
  await kit.owner('delete from ledger.entry where position >= 5')
  await append(1)
  await assert.rejects(integrate(), /not the one that was signed/)
  await kit.owner('insert into ledger.entry select * from kept where position >= 5')
  await kit.owner('drop table kept')
  assert.equal(await integrate(), 1)
  assert.deepEqual(await kinds(), [])
})

test('a forged checkpoint is named', async () => {
  const file = join(kit.world.stateFolder, 'ledger/checkpoint.json')
  const kept = readFileSync(file)
  const forged = JSON.parse(kept.toString('utf8')) as { size: number; note: string }
  writeFileSync(file, JSON.stringify({ ...forged, size: forged.size - 1 }))
  assert.deepEqual(await kinds(), ['checkpoint'])
  writeFileSync(file, kept)
})

test('a log that grows while it is verified has no finding', async () => {
  const growth = { isOver: false }
  const growing = (async () => {
    for (let round = 0; round < 40; round += 1) await append(5)
    growth.isOver = true
  })()
  const placing = (async () => {
    while (!growth.isOver) await integrate()
  })()
  const found: string[] = []
  let verified = 0
  for (; !growth.isOver; verified += 1) found.push(...(await kinds()))
  await Promise.all([growing, placing])
  assert.deepEqual([...new Set(found)], [])
  assert.ok(verified >= 10, `verified only ${verified} times`)
  await integrate()
  assert.deepEqual(await kinds(), [])
})

test('killed after the commit and before the signature: nothing is lost and nothing comes twice', async () => {
  await append(3)
  const folder = join(kit.world.stateFolder, 'ledger')
  const checkpoint = readFileSync(join(folder, 'checkpoint.json'))
  const hashes = readHashes(kit.world.stateFolder)
  await integrate()
  // The state a kill leaves behind: the batch is committed, the intent is written, the hashes are not yet added.
  const added = readHashes(kit.world.stateFolder).subarray(hashes.length)
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(hashes.length / 32))
  writeFileSync(join(folder, 'hashes'), hashes)
  writeFileSync(join(folder, 'checkpoint.json'), checkpoint)
  writeFileSync(join(folder, 'intent'), Buffer.concat([size, added]))
  assert.deepEqual(await kinds(), [])
  await append(1)
  assert.equal(await ledger.openIntegrator(kit.world)(), 1)
  assert.deepEqual(await kinds(), [])
  assert.equal(existsSync(join(folder, 'intent')), false)
  assert.equal(edgeOf(readHashes(kit.world.stateFolder)).size, hashes.length / 32 + 4)
})

test('no role of the application may change, remove or place an entry by hand', async () => {
  for (const surface of ['api', 'worker', 'import', 'integrator', 'public'] as const) {
    for (const statement of [
      `update ledger.entry set leaf = '\\x0101' where position = 0`,
      'delete from ledger.entry where position = 0',
      'truncate ledger.entry',
      `insert into ledger.entry values (99, gen_random_uuid(), '\\x0101', now())`,
      'delete from ledger.pending',
      `update ledger.pending set leaf = '\\x0101'`,
    ]) {
      await assert.rejects(kit.as(surface, statement), { code: '42501' }, `${surface}: ${statement}`)
    }
  }
})

test('an act without a ledger entry does not commit', async () => {
  const doing = act(kit.world, kit.actor('admin'), async ctx => policy.requireTask(ctx, 'registerParty'))
  await assert.rejects(doing, /without a ledger entry/)
})

test('an act without a decision does not commit', async () => {
  const doing = act(kit.world, kit.actor('admin'), async ctx => ledger.appendSystem(ctx, 'test.undecided', {}))
  await assert.rejects(doing, /without a decision/)
})
