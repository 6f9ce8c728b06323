/**
 * A visitor's choice, written by HTTP: durable when it is answered. Ours, the peer's self-hosted backend (c15t) on the
 * same database server with the same durability, and a bare echo on the same HTTP library; each a process of its own,
 * all on this machine. First at 200 requests a second, then with 64 connections that never rest.
 * `--seconds N` for a shorter measurement (10).
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { mintToken } from '../sdk/choice.ts'
import type { SiteSettings } from '../sdk/wire.ts'
import { openDataFolder } from '../src/platform/data-folder.ts'
import { start } from '../src/platform/postgres/postgres.ts'
import type { Plan, Seen } from './tools/load.ts'
import { PEERS, requirePeers, versionOf } from './tools/peers.ts'
import { cpuOf, sendLoad, startServer, type Running } from './tools/processes.ts'

const MODERATE_PER_SECOND = 200
const P50_MS = 2
const P95_MS = 5
const RATIO = 10
const CONNECTIONS = 64
const SECONDS = 10
const WARM_SECONDS = 2
/** Requests prepared for each second of saturation: more than any of the three can answer. */
const PREPARED_PER_SECOND = 12_000
/** Connections to the database; what our own server opens for its API. */
const POOL = 12
/** One key may call 5,000 times a second. */
const KEYS = 4
const SITE = 'intrum.dk'
const ORIGIN = 'https://www.intrum.dk'

/** One of the three: how it is asked, and how the rows it wrote are counted. */
type Rival = {
  readonly name: string
  readonly server: Running
  readonly path: string
  readonly headers: Plan['headers']
  readonly status: number
  body(): string
  /** Rows of choices that lie in the database; null when it keeps none. */
  count(): Promise<number | null>
  /** Bytes on disk of all tables a choice is written to, indexes included. */
  bytes(): Promise<number>
}

type Cpu = { readonly server: number | null; readonly database: number | null }
type Measured = {
  readonly rival: Rival
  readonly moderate: Seen
  readonly full: Seen
  readonly bytesEach: number
  /** Milliseconds of processor time for each write at saturation. */
  readonly cpu: Cpu
}

/** Prints both tables; the last lines are the ratios against their limits. Throws when an answered write is missing. */
export async function run(seconds = SECONDS): Promise<void> {
  requirePeers()
  const folder = mkdtempSync(join(tmpdir(), 'indsigt-bench-'))
  // Started by root, the database runs under an account that must pass through.
  chmodSync(folder, 0o711)
  const database = await start(
    openDataFolder({ data: join(folder, 'data'), env: {}, cwd: folder, database: 'embedded' }),
  )
  const servers: Running[] = []
  try {
    const rivals = [
      await ours(folder, database.ownerUrl, servers),
      await c15t(folder, database.ownerUrl, servers),
      await echo(folder, servers),
    ]
    const postmaster = Number(readFileSync(join(folder, 'data', 'pg', 'postmaster.pid'), 'utf8').split('\n')[0])
    print(await measure(rivals, { seconds, postmaster }), await settingsOf(database.ownerUrl))
  } finally {
    await Promise.all(servers.map(it => it.end()))
    await database.stop()
    rmSync(folder, { recursive: true, force: true })
    rmSync(join(folder, 'data.keys'), { recursive: true, force: true })
  }
}

type How = { readonly seconds: number; readonly postmaster: number }

/** Each phase goes through all rivals before the next begins, so that a slow minute is not one rival's alone. */
async function measure(rivals: readonly Rival[], { seconds, postmaster }: How): Promise<Measured[]> {
  const before: (readonly [count: number | null, bytes: number])[] = []
  const warm: Seen[] = []
  const moderate: Seen[] = []
  const full: (readonly [seen: Seen, cpu: Cpu])[] = []
  for (const rival of rivals) before.push([await rival.count(), await rival.bytes()])
  for (const rival of rivals) warm.push(await sendLoad(planOf(rival, WARM_SECONDS)))
  for (const rival of rivals) {
    const plan = planOf(rival, seconds, MODERATE_PER_SECOND)
    moderate.push(await sendLoad({ ...plan, perSecond: MODERATE_PER_SECOND }))
  }
  for (const rival of rivals) full.push(await saturate(rival, { seconds, postmaster }))
  return Promise.all(
    rivals.map(async (rival, at) => {
      const [fullSeen, cpu] = full[at] as readonly [Seen, Cpu]
      const phases = [warm[at], moderate[at], fullSeen] as readonly [Seen, Seen, Seen]
      const written = await requireWritten(rival, phases, before[at]?.[0] ?? 0)
      const bytesEach = written === 0 ? 0 : ((await rival.bytes()) - (before[at]?.[1] ?? 0)) / written
      return { rival, moderate: phases[1], full: fullSeen, cpu, bytesEach }
    }),
  )
}

async function saturate(rival: Rival, { seconds, postmaster }: How): Promise<readonly [Seen, Cpu]> {
  const plan = planOf(rival, seconds)
  const used = () => [cpuOf(rival.server.pid), cpuOf(postmaster)] as const
  const [serverBefore, databaseBefore] = used()
  const seen = await sendLoad(plan)
  const [server, database] = used()
  const each = (now: number | null, then: number | null) =>
    now === null || then === null ? null : (now - then) / seen.acknowledged
  return [seen, { server: each(server, serverBefore), database: each(database, databaseBefore) }]
}

/** How many rows the phases wrote; 0 for a rival that keeps none. */
async function requireWritten(rival: Rival, phases: readonly Seen[], before: number): Promise<number> {
  const count = await rival.count()
  if (count === null) return 0
  const acknowledged = phases.reduce((sum, seen) => sum + seen.acknowledged, 0)
  const lost = acknowledged - (count - before)
  if (lost > 0) throw new Error(`${rival.name}: ${lost} of ${acknowledged} answered writes are not in the database`)
  console.log(`${rival.name}: ${acknowledged} writes answered, all of them in the database`)
  return count - before
}

function planOf(rival: Rival, seconds: number, perSecond = PREPARED_PER_SECOND): Plan {
  return {
    port: rival.server.port,
    path: rival.path,
    headers: rival.headers,
    status: rival.status,
    bodies: Array.from({ length: Math.ceil(seconds * perSecond) }, () => rival.body()),
    connections: CONNECTIONS,
    seconds,
  }
}

/** The product as it is shipped: `indsigt serve`, its worker and its log included. */
async function ours(folder: string, ownerUrl: string, servers: Running[]): Promise<Rival> {
  const program = join(import.meta.dirname, '../src/cli.ts')
  const server = await startServer({
    args: [program, 'serve', '--port', '0', '--format', 'json'],
    env: { INDSIGT_DATA: join(folder, 'data') },
    cwd: folder,
    log: join(folder, 'ours.log'),
  })
  servers.push(server)
  const call = async (path: string, key: string, body?: object) => {
    const init = body && { method: 'POST', body: JSON.stringify(body) }
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const answer = await fetch(server.said.address + path, { ...init, headers })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  const keys: string[] = []
  for (let at = 0; at < KEYS; at += 1) {
    const made = await call('/v1/api-keys', server.said.key ?? '', { role: 'site', site: SITE })
    keys.push((made as { key: string }).key)
  }
  const { register, key } = (await call('/v1/cookies/settings', keys[0] ?? '')) as SiteSettings
  const submission = { method: 'accept', categories: [], origin: ORIGIN, isGpc: false, previous: null }
  const tables = `'cookies.choice', 'cookies.spent_token', 'ledger.pending', 'ledger.entry'`
  return {
    name: 'Indsigt',
    server,
    path: '/v1/cookies/choices',
    headers: keys.map(it => ({ authorization: `Bearer ${it}` })),
    status: 201,
    body: () => JSON.stringify({ ...submission, token: mintToken({ register, key, now: new Date(), language: 'da' }) }),
    count: () => numberOf(ownerUrl, 'select count(*) from cookies.choice'),
    bytes: () => numberOf(ownerUrl, sizeOf(tables)),
  }
}

async function c15t(folder: string, ownerUrl: string, servers: Running[]): Promise<Rival> {
  await numberOf(ownerUrl, 'create database peer')
  const url = new URL(ownerUrl)
  url.pathname = '/peer'
  const server = await startServer({
    args: [join(PEERS, 'c15t.js'), url.href, String(POOL)],
    env: { NODE_ENV: 'production' },
    cwd: PEERS,
    log: join(folder, 'peer.log'),
  })
  servers.push(server)
  const preferences = { necessary: true, functionality: true, measurement: true }
  return {
    name: `c15t ${versionOf('@c15t/backend')}`,
    server,
    path: '/subjects',
    headers: [{ origin: ORIGIN }],
    status: 200,
    body: () => {
      const subjectId = `sub_${crypto.randomUUID().replaceAll('-', '').replaceAll('0', 'x')}`
      return JSON.stringify({ type: 'cookie_banner', subjectId, domain: SITE, preferences, givenAt: Date.now() })
    },
    count: () => numberOf(url.href, 'select count(*) from consent'),
    bytes: () => numberOf(url.href, sizeOf(`'subject', 'consent'`)),
  }
}

async function echo(folder: string, servers: Running[]): Promise<Rival> {
  const args = [join(import.meta.dirname, 'tools/echo.ts')]
  const server = await startServer({ args, cwd: folder, log: join(folder, 'echo.log') })
  servers.push(server)
  const body = JSON.stringify({ nothing: 'x'.repeat(400) })
  return {
    name: 'bare echo',
    server,
    path: '/',
    headers: [{}],
    status: 200,
    body: () => body,
    count: async () => null,
    bytes: async () => 0,
  }
}

const sizeOf = (tables: string) =>
  `select coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) from unnest(array[${tables}]) as name`

/** The one number a statement gives, or 0. */
async function numberOf(url: string, text: string): Promise<number> {
  return Number(Object.values((await rowOf(url, text)) ?? {})[0] ?? 0)
}

async function rowOf(url: string, text: string): Promise<{ readonly [name: string]: unknown } | undefined> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return ((await client.query(text)).rows as { [name: string]: unknown }[])[0]
  } finally {
    await client.end()
  }
}

async function settingsOf(ownerUrl: string): Promise<string> {
  const row = await rowOf(
    ownerUrl,
    `select current_setting('server_version') as version, current_setting('synchronous_commit') as "commit",
      current_setting('fsync') as fsync`,
  )
  const [version, fsync, commit] = ['version', 'fsync', 'commit'].map(name => String(row?.[name]))
  return `PostgreSQL ${version}, fsync ${fsync}, synchronous_commit ${commit}`
}

function print(all: readonly Measured[], database: string): void {
  console.log(`${database}; load from a process of its own over loopback`)
  console.table(all.map(({ rival, moderate }) => ({ [`${MODERATE_PER_SECOND}/s`]: rival.name, ...figures(moderate) })))
  console.table(
    all.map(({ rival, full, bytesEach, cpu }) => ({
      [`${CONNECTIONS} connections`]: rival.name,
      'writes/s': Math.round(rateOf(full)),
      ...figures(full),
      'cpu ms each': milliseconds(cpu.server),
      'of the database': milliseconds(bytesEach > 0 ? cpu.database : null),
      'bytes on disk each': Math.round(bytesEach) || '–',
    })),
  )
  const [own, peer, bare] = all as [Measured, Measured, Measured]
  const ratio = rateOf(own.full) / rateOf(peer.full)
  console.log(`consent: ${(rateOf(own.full) / rateOf(bare.full)).toFixed(2)} of the bare echo at saturation`)
  console.log(
    `consent: p50 ${own.moderate.p50.toFixed(2)} ms (limit ${P50_MS}), p95 ${own.moderate.p95.toFixed(2)} ms ` +
      `(limit ${P95_MS}) at ${MODERATE_PER_SECOND}/s; ${ratio.toFixed(1)} times ${peer.rival.name} (limit ${RATIO})`,
  )
}

const rateOf = (seen: Seen) => seen.acknowledged / seen.seconds

const milliseconds = (value: number | null) => (value === null ? '–' : Number(value.toFixed(2)))

function figures({ acknowledged, others, p50, p95, p99, worst }: Seen) {
  const refused = Object.entries(others).map(([status, count]) => `${count} × ${status}`)
  const [first, second, third, last] = [p50, p95, p99, worst].map(milliseconds)
  const times = { 'p50 ms': first, 'p95 ms': second, 'p99 ms': third, 'worst ms': last }
  return { answered: acknowledged, ...times, 'not taken': refused.join(', ') || 'none' }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { seconds: { type: 'string' } } })
  await run(Number(values.seconds ?? SECONDS))
}
