/** Small files that outlive a restore of the database: append-only journals, and documents written once. */
import { closeSync, existsSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, readSync } from 'node:fs'
import { renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Appends JSON lines to a journal of the state folder and returns when they are on the disk. A line that a kill cut
 * short is ended first, so that it spoils no other. Ids, codes and dates only.
 */
export function appendJournal(stateFolder: string, name: string, lines: readonly object[]): void {
  if (lines.length === 0) return
  const path = journalPath(stateFolder, name)
  const isNew = !existsSync(path)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = openSync(path, 'a+', 0o600)
  try {
    writeFileSync(file, `${endsWithLine(file) ? '' : '\n'}${lines.map(line => JSON.stringify(line)).join('\n')}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (isNew) syncFolder(dirname(path))
}

/** The journal's lines, oldest first; a line that a kill cut short is left out, as it was never promised. */
export function readJournal(stateFolder: string, name: string): unknown[] {
  const path = journalPath(stateFolder, name)
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').split('\n').flatMap(parseLine)
}

/** Writes a document whole or not at all, readable by this account alone; `name` holds no personal data. */
export function keepFile(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  syncFolder(folder)
}

const journalPath = (stateFolder: string, name: string) => join(stateFolder, 'journal', name)

function endsWithLine(file: number): boolean {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === 0x0a)
}

function parseLine(line: string): unknown[] {
  if (line === '') return []
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
