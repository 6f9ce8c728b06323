/** The data folder: where it lies, who may read it, and what is refused. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { openDataFolder, resolveDataFolder } from './data-folder.ts'

function scratch(context: TestContext, mode: number): string {
  const top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'indsigt-test-')))
  fs.chmodSync(top, mode)
  context.after(() => fs.rmSync(top, { recursive: true, force: true }))
  return top
}

const plain = { env: {}, database: 'external' } as const

test('the option wins over the environment, and the environment over ./data', t => {
  const cwd = scratch(t, 0o711)
  const env = { INDSIGT_DATA: 'from-environment' }
  assert.equal(resolveDataFolder({ ...plain, cwd, env, data: 'named' }).root, path.join(cwd, 'named'))
  assert.equal(resolveDataFolder({ ...plain, cwd, env }).root, path.join(cwd, 'from-environment'))
  assert.equal(resolveDataFolder({ ...plain, cwd }).root, path.join(cwd, 'data'))
  assert.equal(resolveDataFolder({ ...plain, cwd, env: { INDSIGT_DATA: '' } }).root, path.join(cwd, 'data'))
})

test('the keys lie beside the data and nowhere inside it, also behind a link', t => {
  const cwd = scratch(t, 0o711)
  assert.equal(openDataFolder({ ...plain, cwd }).keys, path.join(cwd, 'data.keys'))
  fs.symlinkSync(path.join(cwd, 'data'), path.join(cwd, 'elsewhere'))
  for (const keys of ['data/keys', 'data', '.', 'elsewhere/keys']) {
    assert.throws(() => resolveDataFolder({ ...plain, cwd, keys }), { code: 'data-folder/keys-inside' })
  }
  assert.equal(resolveDataFolder({ ...plain, cwd, env: { INDSIGT_KEYS: 'k' } }).keys, path.join(cwd, 'k'))
})

test('state and keys are closed to everybody else, also when they were left open', t => {
  const cwd = scratch(t, 0o711)
  fs.mkdirSync(path.join(cwd, 'data.keys'), { mode: 0o755 })
  const { state, keys } = openDataFolder({ ...plain, cwd })
  assert.deepEqual(
    [state, keys].map(folder => fs.statSync(folder).mode & 0o777),
    [0o700, 0o700],
  )
})

test('a file in the way and a folder of another user are refused', t => {
  const cwd = scratch(t, 0o711)
  fs.writeFileSync(path.join(cwd, 'file'), '')
  assert.throws(() => openDataFolder({ ...plain, cwd, data: 'file' }), { code: 'data-folder/not-a-folder' })
  assert.throws(() => openDataFolder({ ...plain, cwd, data: 'file/below' }), { code: 'data-folder/not-writable' })
  if (process.getuid?.() !== 0) return
  const { state } = openDataFolder({ ...plain, cwd })
  fs.chownSync(state, 65534, 65534)
  assert.throws(() => openDataFolder({ ...plain, cwd }), { code: 'data-folder/foreign-owner' })
})

test('started by root, a default that the database cannot reach moves away and a named one is refused', t => {
  if (process.getuid?.() !== 0) return t.skip('not root')
  const cwd = scratch(t, 0o700)
  const fallback = resolveDataFolder({ env: {}, cwd, database: 'embedded' })
  assert.deepEqual([fallback.root, fallback.keys], ['/var/lib/indsigt', '/var/lib/indsigt.keys'])
  assert.equal(fallback.chosen, 'fallback')
  assert.match(fallback.note?.da ?? '', /var\/lib\/indsigt/)
  const named = { env: {}, cwd, data: 'named', database: 'embedded' } as const
  assert.throws(() => openDataFolder(named), { code: 'data-folder/unreachable', message: new RegExp(cwd) })
  assert.equal(fs.existsSync(path.join(cwd, 'named')), false)
  assert.equal(resolveDataFolder({ ...plain, cwd }).chosen, 'default')
})

test('started by root, a folder of ours is opened for the database and a full one of others is not', t => {
  if (process.getuid?.() !== 0) return t.skip('not root')
  const cwd = scratch(t, 0o711)
  fs.mkdirSync(path.join(cwd, 'empty'), { mode: 0o700 })
  fs.mkdirSync(path.join(cwd, 'home'), { mode: 0o700 })
  fs.writeFileSync(path.join(cwd, 'home', 'letter'), '')
  const wish = { env: {}, cwd, database: 'embedded' } as const
  assert.equal(fs.statSync(openDataFolder({ ...wish, data: 'empty' }).root).mode & 0o777, 0o711)
  assert.throws(() => openDataFolder({ ...wish, data: 'home' }), { code: 'data-folder/unreachable' })
  assert.equal(fs.statSync(path.join(cwd, 'home')).mode & 0o777, 0o700)
})
