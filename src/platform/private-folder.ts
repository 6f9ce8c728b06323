/**
 * Folders of ours that hold personal data on purpose, e.g. to be printed: nobody else may write in
 * them, names are made by us alone, and nothing planted there (a link, a file) is ever followed.
 */
import fs from 'node:fs'
import path from 'node:path'
import { codeOf } from './failure.ts'
import { Problem } from './problems.ts'

/** Opens `name` under `parent`, making it with mode 0700. Throws `folder.unsafe` when it is not ours alone. */
export function openFolder(parent: string, name: string): string {
  checkFolder(parent)
  const folder = within(parent, name)
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw translated(error)
  }
  checkFolder(folder)
  return folder
}

/** Whether `name` is a folder of ours under `parent`. */
export function hasFolder(parent: string, name: string): boolean {
  const stat = fs.lstatSync(within(parent, name), { throwIfNoEntry: false })
  return stat?.isDirectory() === true
}

/** Writes a whole file with mode 0600 or none at all: under another name first, flushed, then renamed. */
export function writeWhole(folder: string, name: string, text: string): void {
  checkFolder(folder)
  const draft = within(folder, `draft-${name}`)
  try {
    fs.rmSync(draft, { force: true })
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants
    const file = fs.openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    try {
      fs.writeFileSync(file, text)
      fs.fsyncSync(file)
    } finally {
      fs.closeSync(file)
    }
    fs.renameSync(draft, within(folder, name))
    flush(folder)
  } catch (error) {
    throw translated(error)
  }
}

/** Gives a folder its final name. Nothing may have that name yet. */
export function renameFolder(parent: string, from: string, to: string): void {
  checkFolder(within(parent, from))
  if (fs.existsSync(within(parent, to))) throw new Problem('folder.unsafe')
  fs.renameSync(within(parent, from), within(parent, to))
  flush(parent)
}

/** Names of what lies in a folder, in order. */
export function namesIn(folder: string): string[] {
  checkFolder(folder)
  return fs.readdirSync(folder).toSorted()
}

/** Removes a file; a link is removed, not what it points to. */
export function removeFile(folder: string, name: string): void {
  checkFolder(folder)
  fs.rmSync(within(folder, name), { force: true })
}

/** Removes a folder of ours with all in it; false when there is none. */
export function removeFolder(parent: string, name: string): boolean {
  if (!hasFolder(parent, name)) return false
  checkFolder(within(parent, name))
  fs.rmSync(within(parent, name), { recursive: true, force: true })
  flush(parent)
  return true
}

/** Joins a name of our own making: small letters, digits, dashes and single dots, never a path. */
function within(folder: string, name: string): string {
  if (!/^[a-z\d-]+(?:\.[a-z\d]+)*$/.test(name)) throw new Error('not a name of ours')
  return path.join(folder, name)
}

function checkFolder(folder: string): void {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false })
  const isOurs = process.getuid === undefined || stat?.uid === process.getuid()
  // 0o022: writable by group or others.
  if (!stat?.isDirectory() || !isOurs || (stat.mode & 0o022) !== 0) throw new Problem('folder.unsafe')
}

/** After a power cut a renamed file is there only if its folder was flushed too. */
function flush(folder: string): void {
  const handle = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
}

function translated(error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new Problem('folder.full')
  return code === 'ELOOP' || code === 'EEXIST' || code === 'ENOTDIR' ? new Problem('folder.unsafe') : error
}
