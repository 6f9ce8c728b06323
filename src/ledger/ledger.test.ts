/** The ledger: whoever changes, removes, adds or moves an entry is named, and a kill loses nothing. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openKit, type Kit } from '../../test/kit.ts'
import { Problem } from '../platform/problems.ts'
import { act, look, type World } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as ledger from './ledger.ts'
import { openNote } from './note.ts'
import { edgeOf, openSigner, readCheckpoint, readHashes } from './signer.ts'
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

const forged = async () => {
  const { findings } = await look(kit.world, kit.actor('admin'), at => ledger.auditSystem(at, 'policy.adopted'))
  return findings.map(it => `${it.kind} ${it.position ?? 'waiting'}`)
}

test('an entry written by hand is named, though it has a place and is signed; so is a copy of a true one', async () => {
  assert.deepEqual(await forged(), [])
  const [{ size } = {}] = await kit.owner('select count(*)::int as size from ledger.entry')
  const body = Buffer.from(`\x01\x01{"kind":"policy.adopted","version":2,"mac":"${'0'.repeat(64)}"}`)
  const insert = 'insert into ledger.pending (entry_id, leaf) values (gen_random_uuid(), $1)'
  await kit.as('import', insert, [body])
  await kit.as('worker', insert, [Buffer.from('\x01\x01not an object')])
  const [{ leaf } = {}] = await kit.owner('select leaf from ledger.entry where position = 1')
  await kit.as('api', insert, [leaf])
  assert.deepEqual(await forged(), ['forged waiting', 'forged waiting', 'forged waiting'])
  await integrate()
  assert.deepEqual(await kinds(), [])
  const first = Number(size)
  assert.deepEqual(
    await forged(),
    [first, first + 1, first + 2].map(place => `forged ${place}`),
  )
})

test('signers at the same time, whose connections break at any moment, make one log', async () => {
  const other = ledger.openIntegrator({ ...kit.world })
  const growth = { isOver: false }
  const growing = (async () => {
    for (let round = 0; round < 30; round += 1) await append(5)
    growth.isOver = true
  })()
  const again = async (place: () => Promise<number>) => {
    while (!growth.isOver) await place().catch(() => 0)
  }
  const breaking = (async () => {
    while (!growth.isOver) {
      await kit.owner(`select pg_terminate_backend(pid) from pg_stat_activity
        where usename = 'indsigt_integrator' and datname = current_database()`)
    }
  })()
  await Promise.all([growing, again(integrate), again(other), breaking])
  await integrate()
  assert.deepEqual(await kinds(), [])
  const [{ size } = {}] = await kit.owner('select count(*)::int as size from ledger.entry')
  assert.equal(readCheckpoint(kit.world.stateFolder)?.size, size)
  assert.equal(readHashes(kit.world.stateFolder).length, Number(size) * 32)
})

test('a signer that lost its lock cannot put its intent over that of the one who has it', () => {
  const [one, two] = [openSigner(kit.world.stateFolder), openSigner(kit.world.stateFolder)]
  const size = one.edge().size
  one.intend([leafHash(Buffer.from('one'))])
  assert.throws(() => two.intend([leafHash(Buffer.from('two'))]), { code: 'EEXIST' })
  two.settle(size)
  assert.equal(one.hasIntent(), false)
  assert.equal(one.edge().size, size)
})

test('when nothing waits nothing is locked or written, and no hash is read', async () => {
  const { integrator } = kit.world.pools
  const write = () => Promise.reject(new Error('written'))
  const idle: World = { ...kit.world, pools: { ...kit.world.pools, integrator: { ...integrator, write } } }
  assert.equal(await ledger.openIntegrator(idle)(), 0)
  await append(1)
  await assert.rejects(ledger.openIntegrator(idle)(), /written/)
  await integrate()
})

test('the kept edge of the tree saves reading the hashes, and is made anew when it is not theirs', async () => {
  const folder = join(kit.world.stateFolder, 'ledger')
  const hashes = readFileSync(join(folder, 'hashes'))
  const edge = edgeOf(hashes)
  // All but the last hash are made unreadable: whoever still knows the edge has not read them.
  writeFileSync(join(folder, 'hashes'), Buffer.concat([Buffer.alloc(hashes.length - 32), hashes.subarray(-32)]))
  assert.deepEqual(openSigner(kit.world.stateFolder).edge(), edge)
  writeFileSync(join(folder, 'hashes'), hashes)
  const kept = readFileSync(join(folder, 'edge'))
  for (const wrong of [kept.subarray(0, 50), Buffer.alloc(kept.length), Buffer.concat([kept, kept])]) {
    writeFileSync(join(folder, 'edge'), wrong)
    assert.deepEqual(openSigner(kit.world.stateFolder).edge(), edge)
  }
  rmSync(join(folder, 'edge'))
  await append(1)
  await ledger.openIntegrator(kit.world)()
  assert.deepEqual(openSigner(kit.world.stateFolder).edge(), edgeOf(readHashes(kit.world.stateFolder)))
})

test('a database that lacks what the ledger has signed is not worked on', async () => {
  await ledger.requireWhole(kit.world)
  await kit.owner('create table kept as select * from ledger.entry')
  await kit.owner('delete from ledger.entry where position = (select max(position) from ledger.entry)')
  const isBehind = (error: unknown) => error instanceof Problem && error.code === 'ledger.behind'
  await assert.rejects(ledger.requireWhole(kit.world), isBehind)
  await kit.owner('insert into ledger.entry select * from kept on conflict do nothing')
  await kit.owner('drop table kept')
  await ledger.requireWhole(kit.world)
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
