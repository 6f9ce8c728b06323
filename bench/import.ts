/**
 * Import rows per second through the real path (parse, validate, match, decide, seal, index, ledger, notice) against
 * raw COPY of the very bytes that ended in the tables, into like tables with the same indexes, in the same run.
 * An argument is the number of rows (20,000).
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { encodePortfolio, generatePortfolio } from '../src/intake/generate.ts'
import * as intake from '../src/intake/intake.ts'
import { openWorld, SHIPPED, type Opened } from '../src/open.ts'
import { openSource } from '../src/platform/spool.ts'
import { act } from '../src/platform/world.ts'
import * as policy from '../src/policy/policy.ts'
import * as work from '../src/work/work.ts'

const ROWS = 20_000
const ROUNDS = 3

/** Tables an import writes rows to, parents first. */
const TABLES = [
  'subjects.subject',
  'work.relationship',
  'work.item',
  'intake.review',
  'notices.notice',
  'subjects.record',
  'subjects.lookup',
  'ledger.pending',
  'subjects.opening',
  'intake.reject',
]

/** Prints one table and ends with the ratio. */
export async function run(rows = ROWS): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'indsigt-bench-'))
  // Started by root, the database runs under an account that must pass through.
  chmodSync(folder, 0o711)
  const opened = await openWorld({ data: join(folder, 'data'), env: {}, cwd: folder, log: () => undefined })
  try {
    const file = join(folder, 'portfolio.csv')
    await pipeline(
      Readable.from(encodePortfolio(generatePortfolio({ rows, seed: 1 }), 'utf-8')),
      createWriteStream(file),
    )
    const imported = await importRate(opened, file, rows)
    const copied = await copyRate(opened, folder, rows)
    print({ rows, imported, copied, opened, record: await recordSize(opened) })
  } finally {
    await opened.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Rate = {
  readonly perSecond: number
  readonly seconds: number
  readonly peakBytes: number
  readonly cpuSeconds: number
}

async function importRate({ world }: Opened, file: string, rows: number): Promise<Rate> {
  const admin = { id: 'bench', role: 'admin', surface: 'api' } as const
  await policy.adopt(world, admin, readFileSync(join(SHIPPED, 'policies/intrum/policy.yaml')))
  const client = await act(world, admin, ctx => work.register(ctx, { kind: 'client', name: 'Målestok' }))
  const source = await openSource(file)
  let peakBytes = 0
  const progress = () => void (peakBytes = Math.max(peakBytes, process.memoryUsage.rss()))
  const cpu = process.cpuUsage()
  const start = performance.now()
  const done = await intake.deliver(world, admin, source, { clientId: client.partyId, progress })
  const seconds = (performance.now() - start) / 1000
  const used = process.cpuUsage(cpu)
  await source.close()
  if (done.rows !== rows) throw new Error(`${done.rows} rows of ${rows}`)
  return { perSecond: rows / seconds, seconds, peakBytes, cpuSeconds: (used.user + used.system) / 1e6 }
}

/** Each table's bytes read back once, then streamed into a like table of its own; the best of several rounds. */
async function copyRate({ server }: Opened, folder: string, rows: number): Promise<Rate> {
  const client = new pg.Client({ connectionString: server.ownerUrl })
  await client.connect()
  try {
    const columns = new Map<string, string>()
    for (const table of TABLES) {
      columns.set(table, await columnsOf(client, table))
      const out = client.query(copyTo(`copy (select ${columns.get(table)} from ${table}) to stdout (format binary)`))
      await pipeline(out, createWriteStream(join(folder, table)))
    }
    let best = Infinity
    for (let round = 0; round < ROUNDS; round++) best = Math.min(best, await copyOnce({ client, folder, columns }))
    return { perSecond: rows / best, seconds: best, peakBytes: 0, cpuSeconds: 0 }
  } finally {
    await client.end()
  }
}

type Copying = { readonly client: pg.Client; readonly folder: string; readonly columns: ReadonlyMap<string, string> }

async function copyOnce({ client, folder, columns }: Copying): Promise<number> {
  await client.query('drop schema if exists bench cascade; create schema bench')
  for (const table of TABLES)
    await client.query(
      `create table ${likeOf(table)} (like ${table} including indexes including defaults including generated including constraints)`,
    )
  const start = performance.now()
  await client.query('begin')
  for (const table of TABLES) {
    const handle = await open(join(folder, table))
    const into = client.query(copyFrom(`copy ${likeOf(table)} (${columns.get(table)}) from stdin (format binary)`))
    await pipeline(handle.createReadStream({ highWaterMark: 256 * 1024 }), into)
  }
  await client.query('commit')
  const seconds = (performance.now() - start) / 1000
  await client.query('drop schema bench cascade')
  return seconds
}

const likeOf = (table: string) => `bench.${table.replace('.', '_')}`

async function columnsOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ list: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as list from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  )
  return rows[0]?.list ?? ''
}

async function recordSize({ server }: Opened) {
  const client = new pg.Client({ connectionString: server.ownerUrl })
  await client.connect()
  try {
    const text = `select round(avg(octet_length(ciphertext))) as sealed, count(*) as records,
      (select count(*) from subjects.lookup) as lookups, current_setting('server_version') as version
      from subjects.record`
    return (await client.query<{ sealed: string; records: number; lookups: number; version: string }>(text)).rows[0]
  } finally {
    await client.end()
  }
}

type Found = {
  readonly rows: number
  readonly imported: Rate
  readonly copied: Rate
  readonly opened: Opened
  readonly record: Awaited<ReturnType<typeof recordSize>>
}

function print({ rows, imported, copied, record }: Found): void {
  const { records, lookups, sealed, version } = record ?? {}
  console.log(
    `${rows} rows; ${records} records (${sealed} bytes sealed each), ${lookups} digests;`,
    `PostgreSQL ${version}, Node ${process.version}`,
  )
  const whole = (rate: Rate) => ({ 'rows/s': Math.round(rate.perSecond), seconds: Number(rate.seconds.toFixed(2)) })
  console.table([
    { way: 'COPY of the same bytes, same indexes, no foreign keys', ...whole(copied) },
    {
      way: 'import',
      ...whole(imported),
      'cpu s here': Number(imported.cpuSeconds.toFixed(2)),
      'peak MB': Math.round(imported.peakBytes / 1e6),
    },
  ])
  console.log(`import: ${(imported.perSecond / copied.perSecond).toFixed(2)} of COPY`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await run(Number(process.argv[2] ?? ROWS))
