/** What tests stand on: a real PostgreSQL, a database of their own, real keys, the shipped policy and a cast. */
import { randomUUID } from 'node:crypto'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { readRoles, roleConfig, SURFACES, type Surface } from '../src/platform/credentials.ts'
import { openDataFolder, type DataFolder } from '../src/platform/data-folder.ts'
import { openPool, type Pool } from '../src/platform/database.ts'
import { openFileKeys } from '../src/platform/keys.ts'
import { migrate } from '../src/platform/migrate.ts'
import { start, type Running } from '../src/platform/postgres/postgres.ts'
import type { Actor, Role, World } from '../src/platform/world.ts'
import * as policy from '../src/policy/policy.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const SHIPPED_POLICY = join(ROOT, 'policies/intrum/policy.yaml')

export type Kit = {
  readonly world: World
  readonly folder: string
  /** Name of this kit's own database. */
  readonly database: string
  readonly cluster: { readonly host: string; readonly port: number }
  /** Any SQL as the database's owner: the attacker with the most power. */
  owner(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Any SQL as one of the application's roles, on a connection of its own; errors keep their SQLSTATE. */
  as(surface: Surface, text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Several statements of one role in one transaction, committed at the end. */
  transaction(
    surface: Surface,
    statements: readonly (readonly [text: string, values?: readonly unknown[]])[],
  ): Promise<void>
  actor(role: Role, surface?: Surface, partyId?: string): Actor
  /** Lines the program logged. */
  readonly log: string[]
  close(): Promise<void>
}

const migrationsFolder = join(ROOT, 'migrations')

/** Opens a database of one's own with the shipped policy adopted (`{ policy: 'none' }` leaves it out). */
export async function openKit(options: { policy?: 'none' } = {}): Promise<Kit> {
  const { running, shared } = await sharedCluster()
  const database = `t_${randomUUID().replaceAll('-', '')}`
  await ownerRun(running.ownerUrl, `create database ${database} template indsigt_template`)
  // A template gives its tables along, not what was revoked on the database itself.
  await ownerRun(running.ownerUrl, `revoke create, temporary on database ${database} from public`)
  const folder = mkdtempSync(join(tmpdir(), 'indsigt-kit-'))
  const stateFolder = join(folder, 'state')
  mkdirSync(stateFolder, { mode: 0o700 })
  cpSync(join(shared.state, 'roles.json'), join(stateFolder, 'roles.json'))
  const address = { host: running.host, port: running.port, database }
  const log: string[] = []
  const pools = Object.fromEntries(
    SURFACES.map(surface => [surface, openPool({ ...roleConfig(stateFolder, surface, address), max: 4 })]),
  ) as { [surface in Surface]: Pool }
  const dispatchFolder = join(folder, 'dispatch')
  mkdirSync(dispatchFolder, { mode: 0o700 })
  const world: World = {
    pools,
    keys: openFileKeys(join(folder, 'keys')),
    log: (level, event, fields) => log.push(JSON.stringify({ level, event, ...fields })),
    dispatchFolder,
    stateFolder,
    rules: undefined,
    onBegin: policy.follow,
    onRefusal: policy.recordRefusal,
  }
  const clients: pg.Client[] = []
  const connect = async (config: pg.ClientConfig) => {
    const client = new pg.Client(config)
    client.on('error', () => undefined)
    await client.connect()
    clients.push(client)
    return client
  }
  const ownerConfig = { connectionString: databaseUrl(running.ownerUrl, database) }
  const kit: Kit = {
    world,
    folder,
    database,
    cluster: { host: running.host, port: running.port },
    log,
    actor: (role, surface = 'api', partyId) => ({ id: `test:${role}`, role, surface, ...(partyId && { partyId }) }),
    owner: async (text, values = []) => runOnce(await connect(ownerConfig), text, values),
    as: async (surface, text, values = []) =>
      runOnce(await connect(roleConfig(stateFolder, surface, address)), text, values),
    transaction: async (surface, statements) => {
      const client = await connect(roleConfig(stateFolder, surface, address))
      try {
        await client.query('begin')
        for (const [text, values] of statements) await client.query(text, [...(values ?? [])])
        await client.query('commit')
      } finally {
        await client.end()
      }
    },
    close: async () => {
      await Promise.all(SURFACES.map(surface => pools[surface].close()))
      await Promise.all(clients.map(client => client.end().catch(() => undefined)))
      await ownerRun(running.ownerUrl, `drop database if exists ${database} with (force)`)
      rmSync(folder, { recursive: true, force: true })
      await release()
    },
  }
  if (options.policy !== 'none') await policy.adopt(world, kit.actor('admin'), readFileSync(SHIPPED_POLICY))
  return kit
}

async function runOnce(client: pg.Client, text: string, values: readonly unknown[]) {
  try {
    return (await client.query(text, [...values])).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

let cluster: Promise<{ running: Running; shared: DataFolder }> | undefined
let users = 0

/** One cluster for all test processes, in a folder named after the migrations, so that a change makes a new one. */
async function sharedCluster() {
  users += 1
  cluster ??= openCluster()
  return cluster
}

async function release(): Promise<void> {
  users -= 1
  if (users > 0 || !cluster) return
  const { running } = await cluster
  cluster = undefined
  await running.stop()
}

async function openCluster() {
  const root = join(tmpdir(), `indsigt-test-${process.getuid?.() ?? 0}-${migrationsHash()}`)
  const shared = openDataFolder({ data: root, env: {}, cwd: tmpdir(), database: 'embedded' })
  const running = await start(shared)
  await makeTemplate(running, shared)
  return { running, shared }
}

/** Several test processes may come here at once: the first makes the template, the others wait for it. */
async function makeTemplate(running: Running, shared: DataFolder): Promise<void> {
  const client = new pg.Client({ connectionString: running.ownerUrl })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(4711)')
    const { rows } = await client.query(`select 1 from pg_database where datname = 'indsigt_template'`)
    const isKnown = rows.length > 0 && hasRoles(shared)
    if (isKnown) return
    await client.query('drop database if exists indsigt_building with (force)')
    await client.query('create database indsigt_building')
    const ownerUrl = databaseUrl(running.ownerUrl, 'indsigt_building')
    await migrate({ ownerUrl, stateFolder: shared.state, migrationsFolder })
    // Many test databases share these roles, so one role's connections add up.
    for (const surface of SURFACES) await client.query(`alter role indsigt_${surface} connection limit -1`)
    await client.query('alter database indsigt_building rename to indsigt_template')
  } finally {
    await client.end()
  }
}

function hasRoles(shared: DataFolder): boolean {
  try {
    readRoles(shared.state)
    return true
  } catch {
    return false
  }
}

function migrationsHash(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(migrationsFolder).toSorted()) hash.update(readFileSync(join(migrationsFolder, name)))
  return hash.digest('hex').slice(0, 12)
}

function databaseUrl(ownerUrl: string, database: string): string {
  const url = new URL(ownerUrl)
  url.pathname = `/${database}`
  return url.href
}

async function ownerRun(ownerUrl: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
