/** Processes a bench measures: servers that say where they are in their first line, and the load sent to them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Plan, Seen } from './load.ts'

export type Running = {
  /** What the process wrote once it was ready. */
  readonly said: { readonly address: string; readonly key?: string }
  readonly port: number
  readonly pid: number
  /** Ends it politely and waits until it is gone. */
  end(): Promise<void>
}

type Start = {
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd: string
  /** File that takes what it writes to standard error. */
  readonly log: string
}

const START_MS = 120_000

/** Starts a Node program and waits for one JSON object with its `address`. Throws when it ends before. */
export async function startServer({ args, env, cwd, log }: Start): Promise<Running> {
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', openSync(log, 'a')],
  })
  const gone = new Promise<void>(resolve => child.once('close', () => resolve()))
  const said = await firstWords(child, log)
  return {
    said,
    port: Number(new URL(said.address).port),
    pid: child.pid ?? 0,
    end: async () => {
      child.kill('SIGTERM')
      await gone
    },
  }
}

function firstWords(child: ChildProcess, log: string): Promise<Running['said']> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), START_MS)
    let words = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      words += chunk.toString('utf8')
      if (!words.trimEnd().endsWith('}')) return
      clearTimeout(late)
      resolve(JSON.parse(words) as Running['said'])
    })
    child.once('close', code => {
      clearTimeout(late)
      const complaint = readFileSync(log, 'utf8').slice(-1000)
      reject(new Error(`the server ended before it was ready (${code}): ${words.slice(0, 500)}${complaint}`))
    })
  })
}

/** Sends the plan's requests from a process of their own. */
export async function sendLoad(plan: Plan): Promise<Seen> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts')], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(plan))
  return JSON.parse(await text(child.stdout)) as Seen
}

/**
 * Milliseconds of processor time that a process and its children have used, by what Linux tells; null elsewhere.
 * Unlike times on the wall it says the same on a machine that has other work.
 */
export function cpuOf(pid: number): number | null {
  if (process.platform !== 'linux') return null
  const all = readdirSync('/proc').filter(name => /^[0-9]+$/.test(name))
  const fields = all.flatMap(name => statOf(name))
  const own = fields.filter(it => it.pid === pid).map(it => it.ms + it.endedMs)
  const children = fields.filter(it => it.parent === pid).map(it => it.ms)
  return [...own, ...children].reduce((sum, ms) => sum + ms, 0)
}

type Stat = {
  readonly pid: number
  readonly parent: number
  readonly ms: number
  /** Of its children that have ended. */
  readonly endedMs: number
}

/** Ticks are hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10

function statOf(name: string): Stat[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'latin1')
    // The name of the program stands in brackets and may hold anything; what follows has fixed places.
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = rest.slice(11, 15).map(Number)
    const ms = (user + system) * TICK_MS
    return [{ pid: Number(name), parent: Number(rest[1]), ms, endedMs: (endedUser + endedSystem) * TICK_MS }]
  } catch {
    // It ended meanwhile.
    return []
  }
}
