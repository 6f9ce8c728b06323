/** Writes a file that somebody asked for by name: private, whole, and never over one that is there. */
import fs from 'node:fs'
import path from 'node:path'
import { codeOf, failure } from './failure.ts'
import { syncFolder } from './secret.ts'

/**
 * A new file of mode 0600. A file or a symbolic link of that name is refused. Throws `file/exists` and
 * `file/unwritable`; what was begun is taken away again.
 */
export function writeNewFile(file: string, bytes: Uint8Array): void {
  let isOurs = false
  try {
    const handle = fs.openSync(file, 'wx', 0o600)
    isOurs = true
    try {
      fs.writeFileSync(handle, bytes)
      fs.fsyncSync(handle)
    } finally {
      fs.closeSync(handle)
    }
    syncFolder(path.dirname(file))
  } catch (error) {
    if (isOurs) fs.rmSync(file, { force: true })
    throw unwritable(error)
  }
}

/** The file itself, or one of this name in it when `file` is a folder. */
export function intoFolder(file: string, name: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  return stat?.isDirectory() ? path.join(file, name) : file
}

function unwritable(cause: unknown): Error {
  const isThere = codeOf(cause) === 'EEXIST'
  return failure({
    code: isThere ? 'file/exists' : 'file/unwritable',
    da: isThere ? 'Der er allerede en fil med det navn.' : `Filen kan ikke skrives (${codeOf(cause)}).`,
    en: isThere ? 'There is a file of that name already.' : `The file cannot be written (${codeOf(cause)}).`,
    remedy: { da: 'Vælg et andet navn eller en anden mappe.', en: 'Choose another name or another folder.' },
    cause,
  })
}
