/**
 * Folders with personal data (threat B20). Goal: nothing planted is followed, and a file is whole or absent. Method:
 * links, foreign modes and hostile names in a scratch folder.
 */
import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import * as folders from './private-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'indsigt-folder-'))
after(() => rmSync(root, { recursive: true, force: true }))
const outside = join(root, 'outside')
mkdirSync(outside)
writeFileSync(join(outside, 'secret'), 'untouched')

test('a folder is made for us alone, and files in it too', () => {
  const folder = folders.openFolder(root, 'letters')
  folders.writeWhole(folder, 'a.html', 'one')
  folders.writeWhole(folder, 'a.html', 'two')
  assert.deepEqual([lstatSync(folder).mode & 0o777, lstatSync(join(folder, 'a.html')).mode & 0o777], [0o700, 0o600])
  assert.deepEqual([readFileSync(join(folder, 'a.html'), 'utf8'), folders.namesIn(folder)], ['two', ['a.html']])
})

for (const name of ['../x', 'a/b', '/etc', '..', '.', '', 'CON', 'a\u0000b', 'a\\b', '.hidden', 'a..b', '~', 'æ'])
  test(`${JSON.stringify(name)} is not a name of ours`, () => {
    assert.throws(() => folders.openFolder(root, name), /not a name of ours/)
    assert.throws(() => folders.writeWhole(root, name, 'x'), /not a name of ours/)
    assert.throws(() => folders.removeFolder(root, name), /not a name of ours/)
  })

test('a link in place of the folder is refused', () => {
  symlinkSync(outside, join(root, 'linked'))
  assert.throws(() => folders.openFolder(root, 'linked'), { code: 'folder.unsafe' })
  assert.throws(() => folders.writeWhole(join(root, 'linked'), 'a.html', 'x'), { code: 'folder.unsafe' })
  assert.equal(folders.removeFolder(root, 'linked'), false)
  assert.deepEqual(readdirSync(outside), ['secret'])
})

test('a link in place of the file, or of its draft, is replaced and never written through', () => {
  const folder = folders.openFolder(root, 'planted')
  symlinkSync(join(outside, 'secret'), join(folder, 'a.html'))
  symlinkSync(join(outside, 'secret'), join(folder, 'draft-a.html'))
  folders.writeWhole(folder, 'a.html', 'ours')
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'untouched')
  assert.equal(lstatSync(join(folder, 'a.html')).isFile(), true)
})

test('a folder that others may write in is refused', () => {
  const folder = folders.openFolder(root, 'open')
  chmodSync(folder, 0o777)
  assert.throws(() => folders.openFolder(root, 'open'), { code: 'folder.unsafe' })
})

test('a folder gets its final name once; it never replaces another', () => {
  folders.openFolder(root, 'batch.part')
  folders.renameFolder(root, 'batch.part', 'batch')
  folders.openFolder(root, 'batch.part')
  assert.throws(() => folders.renameFolder(root, 'batch.part', 'batch'), { code: 'folder.unsafe' })
  assert.deepEqual([folders.removeFolder(root, 'batch'), folders.removeFolder(root, 'batch')], [true, false])
})
