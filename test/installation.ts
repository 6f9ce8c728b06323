/** A whole installation of one's own: an empty folder, `indsigt serve` as a process to be killed, and its shell. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { openDataFolder } from '../src/platform/data-folder.ts'
import { start } from '../src/platform/postgres/postgres.ts'
import { ROOT } from './kit.ts'

export type Said = { out: string; err: string }
export type Ended = Said & { readonly code: number | null }
export type Server = {
  readonly address: string
  /** The administrator's key; null after the first start. */
  readonly key: string | null
  readonly said: Said
  /** Ends it by this signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

export type Installation = {
  readonly root: string
  readonly data: string
  /** Folder for temporary files of every process of this installation. */
  readonly temporary: string
  serve(env?: NodeJS.ProcessEnv): Promise<Server>
  cli(args: readonly string[], input?: string): Promise<Ended>
  /** SQL as the owner of the embedded database. */
  owner(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Process id of the embedded database. */
  postmaster(): number
  /** What its processes wrote for nobody in particular: all of the server's words, and the shell's complaints. */
  spoken(): string
  /** Stops every process of it, the database too. The folders stay. */
  rest(): Promise<void>
  close(): Promise<void>
}

/** Makes the folders; nothing runs yet. */
export function openInstallation(name: string): Installation {
  const root = mkdtempSync(join(tmpdir(), `indsigt-${name}-`))
  // Started by root, the database runs as another account, which must be able to pass.
  chmodSync(root, 0o755)
  const data = join(root, 'data')
  const temporary = join(root, 'tmp')
  mkdirSync(temporary, { mode: 0o777 })
  const children = new Set<ChildProcess>()
  const all: { isServer: boolean; said: Said }[] = []
  const begin = (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, [join(ROOT, 'src/cli.ts'), ...args, '--format', 'json'], {
      cwd: root,
      env: { ...process.env, LANG: 'en', LC_ALL: '', PORT: '', INDSIGT_DATA: data, TMPDIR: temporary, ...env },
    })
    children.add(child)
    const said = { out: '', err: '' }
    all.push({ isServer: args[0] === 'serve', said })
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString('utf8')))
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString('utf8')))
    child.stdin.on('error', () => undefined)
    const ended = new Promise<number | null>(resolve =>
      child.once('close', code => {
        children.delete(child)
        resolve(code)
      }),
    )
    return { child, said, ended }
  }
  const serve = async (env: NodeJS.ProcessEnv = {}): Promise<Server> => {
    const beat = { INDSIGT_LEDGER_BEAT_SECONDS: '0.2' }
    const { child, said, ended } = begin(['serve', '--port', '0'], { ...beat, ...env })
    const end = async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await ended
    }
    for (let tries = 0; tries < 1_200 && child.exitCode === null; tries += 1) {
      if (said.out.trimEnd().endsWith('}')) return { ...(JSON.parse(said.out) as Server), said, end }
      await pause(50)
    }
    assert.fail(`the server did not start: ${said.out}${said.err}`)
  }
  const database = () => start(openDataFolder({ data, env: {}, cwd: root, database: 'embedded' }))
  const owner = async (text: string, values: readonly unknown[] = []) => {
    const running = await database()
    const client = new pg.Client({ connectionString: running.ownerUrl })
    try {
      await client.connect()
      return (await client.query(text, [...values])).rows as Record<string, unknown>[]
    } finally {
      await client.end().catch(() => undefined)
      await running.stop()
    }
  }
  const rest = async () => {
    for (const child of children) child.kill('SIGKILL')
    while (children.size > 0) await pause(20)
    await (await database()).stop()
  }
  return {
    root,
    data,
    temporary,
    serve,
    cli: async (args, input = '') => {
      const { child, said, ended } = begin(args, {})
      child.stdin.end(input)
      return { code: await ended, ...said }
    },
    owner,
    postmaster: () => Number(readFileSync(join(data, 'pg', 'postmaster.pid'), 'utf8').split('\n')[0]),
    spoken: () => all.map(({ isServer, said }) => (isServer ? said.out : '') + said.err).join('\n'),
    rest,
    close: async () => {
      await rest()
      rmSync(root, { recursive: true, force: true })
      rmSync(`${data}.keys`, { recursive: true, force: true })
    },
  }
}

/** A call of a running server's API; throws when the line breaks. */
export async function ask(server: Pick<Server, 'address'>, key: string, method: string, path: string, body?: unknown) {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array
  const answer = await fetch(`${server.address}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'accept-language': 'en',
      ...(body !== undefined && { 'content-type': isRaw ? 'text/csv' : 'application/json' }),
    },
    ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, text, body: (isJson ? JSON.parse(text) : {}) as { readonly [name: string]: unknown } }
}
