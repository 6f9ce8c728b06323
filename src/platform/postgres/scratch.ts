/** For tests of the embedded server: folders, queries and other processes that clean up after themselves. */
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openDataFolder, type DataFolder } from '../data-folder.ts'
import { livingServer } from './process.ts'

/** For tests: a data folder of its own, removed after the test together with any server still running on it. */
export function scratchFolder(context: { after: (work: () => Promise<void>) => void }, below = ''): DataFolder {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'indsigt-test-'))
  fs.chmodSync(top, 0o711)
  const data = path.join(top, below, 'data')
  const folder = openDataFolder({ data, env: {}, cwd: top, database: 'embedded' })
  context.after(async () => {
    await endServer(folder)
    fs.rmSync(top, { recursive: true, force: true })
  })
  return folder
}

/** For tests: one query on a fresh connection; the rows. */
export async function query(connection: string | pg.ClientConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

/** For tests: another process that starts the server of `folder`, says what it got and then holds it. */
export async function holdElsewhere(folder: DataFolder): Promise<{ child: ChildProcess; adopted: boolean }> {
  const face = new URL('./postgres.ts', import.meta.url).href
  const code = `
    import { start } from ${JSON.stringify(face)}
    const running = await start(JSON.parse(process.argv[1]))
    process.on('SIGTERM', () => running.stop().then(answer => { console.log(JSON.stringify(answer)); process.exit(0) }))
    console.log(JSON.stringify({ adopted: running.adopted }))
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, JSON.stringify(folder)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { adopted } = JSON.parse(await nextLine(child)) as { adopted: boolean }
  return { child, adopted }
}

/** For tests: the next line a child writes. Rejects when it ends first. */
export function nextLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(text.trim()))
    child.once('exit', code => reject(new Error(`ended with ${code}`)))
  })
}

/** For tests: waits until `condition` holds, 20 seconds at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await condition()); await sleep(20)) {
    if (Date.now() > end) throw new Error('waited in vain')
  }
}

async function endServer(folder: DataFolder): Promise<void> {
  const pid = livingServer(folder)
  if (pid !== undefined) process.kill(pid, 'SIGQUIT')
  await until(() => livingServer(folder) === undefined)
}
