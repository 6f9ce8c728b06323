/**
 * Runs the scanner's child: a program that meets hostile pages, apart from everything of ours. It gets an empty folder,
 * an environment of a few names, no keys, no database, a limit on time, memory and words, and nobody's privileges.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findBrowser, type FoundBrowser } from './browser-path.ts'
import { openEgressProxy } from './egress.ts'
import { environment } from './environment.ts'

export type ChildRun = {
  /** Written to its standard input as one JSON document, with the browser's path and the proxy's address added. */
  readonly input: object
  /** Hosts and addresses that may be reached although they are not public. */
  readonly allow: readonly string[]
  /** Ports beside 80 and 443. */
  readonly ports: readonly number[]
  /** Names of environment variables the child may have besides its own: those a log-in script names. */
  readonly names: readonly string[]
  readonly limitMs: number
  /** Told of each line of its standard output. */
  readonly onLine: (line: string) => void
}

export type ChildEnd = {
  readonly runId: string
  /** Of this program, as in package.json. */
  readonly version: string
  readonly startedAt: Date
  readonly finishedAt: Date
  /** Hosts the outbound door refused, and why. */
  readonly refused: readonly { readonly host: string; readonly why: string }[]
  readonly outcome: 'ended' | 'failed' | 'late' | 'tooMuch'
  /** The account it ran as, when that was not ours. */
  readonly uid: number | null
  /** We are root, and its account cannot read the program or the browser: it ran as root. */
  readonly isPrivileged: boolean
}

/** The account that owns nothing; the embedded database uses the same. */
const NOBODY = 65_534
const HEAP_MB = 512
const LINE_BYTES_MAX = 4 * 1024 * 1024
const LINES_MAX = 200_000
const GRACE_MS = 15_000
const FAREWELL_MS = 3000
const EGRESS = { connectionsMax: 200, bytesMax: 150 * 1024 * 1024, timeoutMs: 30_000 }

/**
 * Finds a browser, opens the outbound door, runs the child to its end or to the limit, and leaves nothing behind.
 * Throws `scan.no_browser`.
 */
export async function runBrowserChild(run: ChildRun): Promise<ChildEnd> {
  const startedAt = new Date()
  const browser = await findBrowser(environment())
  const proxy = await openEgressProxy({ ...EGRESS, allow: run.allow, ports: run.ports })
  const folder = fs.mkdtempSync(path.join(temporary(), 'scan-'))
  try {
    const account = accountFor(browser)
    if (account.uid !== null) fs.chownSync(folder, account.uid, account.uid)
    const child = begin(run, { folder, browser, uid: account.uid })
    const input = { ...run.input, proxy: proxy.address, browser: browser.executable }
    const outcome = await watch(child, run, JSON.stringify(input))
    const times = { runId: randomUUID(), version: version(), startedAt, finishedAt: new Date() }
    return { ...times, ...account, outcome, refused: proxy.refused() }
  } finally {
    await proxy.close()
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

/** A browser puts a socket below this folder, and the path of a socket has room for a hundred characters. */
function temporary(): string {
  return process.platform === 'darwin' ? '/tmp' : os.tmpdir()
}

/** The child beside this file's source, or in a release beside the bundle. */
function program(): string {
  const isSource = import.meta.url.endsWith('.ts')
  return fileURLToPath(new URL(isSource ? '../../scanner/main.ts' : './scanner.js', import.meta.url))
}

function version(): string {
  const isSource = import.meta.url.endsWith('.ts')
  const manifest = new URL(isSource ? '../../package.json' : '../package.json', import.meta.url)
  return (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { version: string }).version
}

/** As root the child becomes nobody, when nobody can read what it needs. */
function accountFor({ executable }: FoundBrowser): { readonly uid: number | null; readonly isPrivileged: boolean } {
  if (process.getuid?.() !== 0) return { uid: null, isPrivileged: false }
  const look = 'for (const file of process.argv.slice(1)) require("node:fs").accessSync(file, 4)'
  const files = [program(), executable]
  const options = { uid: NOBODY, gid: NOBODY, env: {}, cwd: '/', timeout: 10_000 }
  const isReadable = spawnSync(process.execPath, ['-e', look, ...files], options).status === 0
  return isReadable ? { uid: NOBODY, isPrivileged: false } : { uid: null, isPrivileged: true }
}

type Place = { readonly folder: string; readonly browser: FoundBrowser; readonly uid: number | null }

function begin(run: ChildRun, { folder, browser, uid }: Place): ChildProcess {
  const all = environment()
  const kept = ['PATH', 'SystemRoot', 'LANG', ...run.names]
  const env = Object.fromEntries(kept.flatMap(name => (all[name] === undefined ? [] : [[name, all[name]]])))
  return spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, '--disable-sigusr1', program()], {
    cwd: folder,
    env: { ...env, ...browser.env, HOME: folder, TMPDIR: folder, TEMP: folder, TMP: folder },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: process.platform !== 'win32',
    windowsHide: true,
    ...(uid !== null && { uid, gid: uid }),
  })
}

async function watch(child: ChildProcess, run: ChildRun, input: string): Promise<ChildEnd['outcome']> {
  const stop = () => kill(child)
  const giveUp = () => {
    stop()
    process.exitCode = 130
  }
  let outcome: ChildEnd['outcome'] = 'ended'
  const timer = setTimeout(() => {
    outcome = 'late'
    stop()
  }, run.limitMs + GRACE_MS)
  for (const signal of SIGNALS) process.once(signal, giveUp)
  process.once('exit', stop)
  try {
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    const isWhole = await readLines(child, run.onLine)
    if (!isWhole) outcome = 'tooMuch'
    const code = await ended(child)
    return outcome === 'ended' && code !== 0 ? 'failed' : outcome
  } finally {
    clearTimeout(timer)
    for (const signal of SIGNALS) process.off(signal, giveUp)
    process.off('exit', stop)
    stop()
    await gone(child)
  }
}

/** Waits until nobody is left who writes to the folder; a system that buries no dead lets them seem alive. */
async function gone({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined || process.platform === 'win32') return
  for (const until = Date.now() + FAREWELL_MS; Date.now() < until && isAlive(-pid);) await pause(20)
}

function isAlive(group: number): boolean {
  try {
    return process.kill(group, 0)
  } catch {
    return false
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Hands lines on as they come; false when there were too many or one too long, and the child was ended for it. */
function readLines(child: ChildProcess, onLine: (line: string) => void): Promise<boolean> {
  return new Promise(resolve => {
    let rest = ''
    let count = 0
    child.stdout?.setEncoding('utf8')
    child.stdout?.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      count += lines.length
      if (rest.length > LINE_BYTES_MAX || count > LINES_MAX) {
        kill(child)
        resolve(false)
        return
      }
      for (const line of lines) if (line !== '') onLine(line)
    })
    child.stdout?.on('close', () => resolve(true))
    child.once('error', () => resolve(true))
  })
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.pid === undefined) return Promise.resolve(1)
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise(resolve => child.once('exit', code => resolve(code)))
}

/** The child and all it started: its browsers are of its group, and so are all that these started. */
function kill(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f'])
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
}
