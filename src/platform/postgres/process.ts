/** The process of the server: launched out of reach of our own end, found again by its lock file. */
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { DataFolder } from '../data-folder.ts'
import { codeOf } from '../failure.ts'
import { bareEnvironment, type Account } from './account.ts'
import { serverArguments, type Address } from './settings.ts'

/** A server just launched; `ended` settles when it, or the attempt, is over. */
export type Launched = { readonly ended: Promise<string>; readonly kill: () => void }

const keptLogs = 10
const logName = /^postgres-\d{8}-\d{6}\.log$/

/**
 * Launches the server in a session of its own, so that neither Ctrl-C nor our own death reaches it, without core
 * files (they would hold keys and values in clear). Its first words go to a file in the state folder.
 */
export function launch(folder: DataFolder, how: { postgres: string; account: Account; address: Address }): Launched {
  const words = fs.openSync(startLog(folder), 'w', 0o600)
  try {
    const child = spawnServer(how.postgres, serverArguments(folder.pg, how.address), { account: how.account, words })
    child.unref()
    return { ended: endOf(child), kill: () => void child.kill('SIGINT') }
  } finally {
    fs.closeSync(words)
  }
}

/** The lines of the server's own lock file; none when there is no such file. */
export function readLockFile(folder: DataFolder): string[] {
  return linesOf(lockFile(folder))
}

/** The process id in the lock file when that process lives and is this folder's server. */
export function livingServer(folder: DataFolder): number | undefined {
  const pid = Number(readLockFile(folder)[0])
  return pid > 0 && isAlive(pid) && !isSomebodyElse(pid, folder) ? pid : undefined
}

/**
 * Removes the lock files of the database folder and its socket whose process id belongs to another process by now, or
 * to the server that the folder was copied from; the server itself would refuse to start beside them.
 */
export function dropForeignLockFiles(folder: DataFolder, address: Address): void {
  const socketLock = path.join(address.host, `.s.PGSQL.${address.port}.lock`)
  for (const file of [lockFile(folder), ...(address.host.startsWith('/') ? [socketLock] : [])]) {
    const pid = Number(linesOf(file)[0])
    if (pid > 0 && isAlive(pid) && isSomebodyElse(pid, folder)) fs.rmSync(file, { force: true })
  }
}

/** What the server wrote at its last start: its first words and the end of its newest log. */
export function lastWords(folder: DataFolder): string {
  const newest = logFiles(folder).at(-1)
  return [startLog(folder), ...(newest ? [newest] : [])].map(endOfFile).join('\n')
}

/** Keeps the newest logs (10 of at most 10 MB) and removes the rest. */
export function pruneLogs(folder: DataFolder): void {
  for (const file of logFiles(folder).slice(0, -keptLogs)) fs.rmSync(file, { force: true })
}

function spawnServer(postgres: string, args: string[], how: { account: Account; words: number }): ChildProcess {
  const windows = process.platform === 'win32'
  const [file, ...rest] = windows ? [postgres] : ['/bin/sh', '-c', 'ulimit -c 0; exec "$0" "$@"', postgres]
  return spawn(file ?? postgres, [...rest, ...args], {
    ...how.account,
    cwd: path.parse(postgres).root,
    env: bareEnvironment(),
    detached: true,
    windowsHide: true,
    stdio: ['ignore', how.words, how.words],
  })
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('error', error => resolve(String(error)))
    child.once('exit', (code, signal) => resolve(`exit ${code ?? signal}`))
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** A server works in its own database folder; where the system does not show that, the process is taken for ours. */
function isSomebodyElse(pid: number, folder: DataFolder): boolean {
  if (process.platform !== 'linux') return false
  try {
    const [there, here] = [fs.statSync(`/proc/${pid}/cwd`), fs.statSync(folder.pg)]
    return there.ino !== here.ino || there.dev !== here.dev
  } catch {
    return true
  }
}

function logFiles(folder: DataFolder): string[] {
  const logs = path.join(folder.pg, 'log')
  if (!fs.lstatSync(logs, { throwIfNoEntry: false })?.isDirectory()) return []
  return fs
    .readdirSync(logs)
    .filter(name => logName.test(name))
    .sort()
    .map(name => path.join(logs, name))
}

function endOfFile(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').slice(-4000) : ''
}

function linesOf(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

function lockFile(folder: DataFolder): string {
  return path.join(folder.pg, 'postmaster.pid')
}

function startLog(folder: DataFolder): string {
  return path.join(folder.state, 'postgres-start.log')
}
