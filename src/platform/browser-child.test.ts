/** The scanner's child has nothing of ours: no keys, no database, no account; and it never outlives its time. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runBrowserChild } from './browser-child.ts'

// A folder of our own, so that scans of others at the same time are not taken for ours.
const folder = mkdtempSync(join(tmpdir(), 'ic-'))
chmodSync(folder, 0o755)
const temporary = process.env['TMPDIR']
process.env['TMPDIR'] = folder
after(() => {
  if (temporary === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = temporary
  rmSync(folder, { recursive: true, force: true })
})

// Processes are looked up in /proc.
const ON_LINUX = { timeout: 60_000, skip: process.platform === 'linux' ? false : 'needs /proc' }

/** A scan of a page that is refused, so that nothing is met and little time goes. */
const order = {
  urls: ['http://127.0.0.1:4999/'],
  register: null,
  as: null,
  personas: ['english'],
  pagesMax: 1,
  dwellMs: 500,
  pageLimitMs: 5000,
  scanLimitMs: 20_000,
  script: [],
}

test('A13: the child runs apart, reaches no loopback, and leaves nothing behind', { timeout: 60_000 }, async () => {
  process.env['DATABASE_URL_FOR_TEST'] = 'postgres://secret@localhost/x'
  const lines: string[] = []
  let environment = ''
  const end = await runBrowserChild({
    input: order,
    allow: [],
    ports: [4999],
    names: [],
    limitMs: 20_000,
    onLine: line => {
      lines.push(line)
      environment ||= childEnvironment()
    },
  })
  delete process.env['DATABASE_URL_FOR_TEST']
  assert.equal(end.outcome, 'ended')
  assert.ok(lines.some(line => line.includes('"done"')))
  assert.ok(end.refused.some(it => it.host === '127.0.0.1' && it.why === 'loopback'))
  assert.doesNotMatch(environment, /secret|DATABASE_URL/)
  if (process.getuid?.() === 0 && !end.isPrivileged) assert.equal(end.uid, 65_534)
  const left = readdirSync(folder).filter(name => name.startsWith('scan-'))
  assert.deepEqual(left, [])
})

test('a child that takes too long is ended, with all it started', { timeout: 60_000 }, async () => {
  const end = await runBrowserChild({
    input: { ...order, scanLimitMs: 60_000, dwellMs: 50_000, pageLimitMs: 60_000 },
    allow: [],
    ports: [4999],
    names: [],
    limitMs: -14_900,
    onLine: () => undefined,
  })
  assert.equal(end.outcome, 'late')
})

test('a child that is ended from outside leaves no browser and no folder', ON_LINUX, async t => {
  const slow = createServer(() => undefined)
  await new Promise<void>(resolve => slow.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    slow.close()
    slow.closeAllConnections()
  })
  const { port } = slow.address() as AddressInfo
  let browsers = 0
  const end = await runBrowserChild({
    input: { ...order, urls: [`http://127.0.0.1:${port}/`], pageLimitMs: 30_000 },
    allow: ['127.0.0.1'],
    ports: [port],
    names: [],
    limitMs: 30_000,
    onLine: () => {
      if (browsers > 0) return
      const pids = processesIn(folder)
      browsers = pids.length
      // A browser that hangs does not notice that nobody speaks to it any more.
      const hung = pids.filter(pid => !commandOf(pid).includes('crashpad'))
      for (const pid of hung) process.kill(pid, 'SIGSTOP')
      for (const pid of children()) process.kill(pid, 'SIGKILL')
    },
  })
  assert.equal(end.outcome, 'failed')
  assert.ok(browsers > 1, 'the browser runs below our folder')
  assert.deepEqual(processesIn(folder), [])
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('scan-')),
    [],
  )
})

/** Processes of this process, the scanner alone. */
function children(): number[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number)
  return pids.filter(pid => commandOf(pid).includes('scanner'))
}

/** Processes told to work below a folder; those that only wait to be buried have no command any more. */
function processesIn(place: string): number[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.map(Number).filter(pid => commandOf(pid).includes(place))
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** What a child of this process has in its environment, where the system lets us look. */
function childEnvironment(): string {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
    return children.map(pid => readFileSync(`/proc/${pid}/environ`, 'utf8')).join('\n')
  } catch {
    return ''
  }
}
