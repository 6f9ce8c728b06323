/** Where a server of a data folder listens: a socket in a private folder, short enough for the system. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { DataFolder } from '../data-folder.ts'
import { failure } from '../failure.ts'
import { giveToDatabase, isPrivateFolderOf, type Account } from './account.ts'
import type { Address } from './settings.ts'

const port = 5432
/** A socket's path has at most 107 bytes on Linux and 103 on macOS, its file name of 14 included. */
const longestFolder = 100 - '/.s.PGSQL.5432'.length

/** Where a server for this folder listens if it is started now; the socket folder is made and checked. */
export async function addressFor(folder: DataFolder, account: Account): Promise<Address> {
  if (process.platform === 'win32') return { host: '127.0.0.1', port: await freePort() }
  const socketFolder = runFolder(folder) ?? temporaryFolder(folder)
  if (!fs.existsSync(socketFolder)) {
    fs.mkdirSync(socketFolder, { mode: 0o700 })
    giveToDatabase(socketFolder, account)
  }
  if (!isPrivateFolderOf(socketFolder, account)) throw foreignSocketFolder(socketFolder)
  return { host: socketFolder, port }
}

/**
 * The address written in the server's own lock file, if it is one that a server of this folder would have. A folder
 * copied together with its lock file names the server of the original, which must never be taken for ours.
 */
export function addressFromLockFile(folder: DataFolder, lines: readonly string[]): Address | undefined {
  const [writtenPort, host] = [Number(lines[3]), lines[4] ?? '']
  if (process.platform === 'win32') return writtenPort ? { host: '127.0.0.1', port: writtenPort } : undefined
  const ours = host === runFolder(folder) || path.basename(host) === path.basename(temporaryFolder(folder))
  return ours && writtenPort ? { host, port: writtenPort } : undefined
}

function runFolder(folder: DataFolder): string | undefined {
  const run = path.join(folder.root, 'run')
  return Buffer.byteLength(run) <= longestFolder ? run : undefined
}

function temporaryFolder(folder: DataFolder): string {
  const name = createHash('sha256').update(folder.root).digest('hex').slice(0, 20)
  const wanted = path.join(fs.realpathSync(os.tmpdir()), `indsigt-${name}`)
  return Buffer.byteLength(wanted) <= longestFolder ? wanted : `/tmp/indsigt-${name}`
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function foreignSocketFolder(folder: string): Error {
  return failure({
    code: 'postgres/socket-folder',
    da: `${folder} findes i forvejen og er ikke databasens egen, lukkede mappe.`,
    en: `${folder} already exists and is not the database's own, closed folder.`,
    remedy: {
      da: 'Undersøg, hvem der har oprettet den, fjern den, og start igen. En kortere --data-sti undgår den.',
      en: 'Find out who made it, remove it and start again. A shorter --data path avoids it.',
    },
  })
}
