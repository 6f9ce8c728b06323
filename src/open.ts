/** Builds the world: data folder, database, keys and policy. Used by the server, the command line and the tests. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as ledger from './ledger/ledger.ts'
import { roleConfig, SURFACES } from './platform/credentials.ts'
import { openDataFolder, type DataFolder } from './platform/data-folder.ts'
import { openPool, type Pool } from './platform/database.ts'
import { openFileKeys } from './platform/keys.ts'
import type { Log } from './platform/log.ts'
import { migrate } from './platform/migrate.ts'
import { checkRoles } from './platform/role-check.ts'
import { connectServer, type Server } from './platform/server.ts'
import type { Surface, World } from './platform/world.ts'
import * as policy from './policy/policy.ts'

export type Opened = {
  readonly world: World
  readonly folder: DataFolder
  readonly server: Server
  /** Closes the pools and, when nobody else uses it, the embedded database. */
  close(): Promise<void>
}

export type OpenOptions = {
  readonly data?: string | undefined
  readonly keys?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly log: Log
  /** 'look' opens a database that is older than its ledger too: to see what it lacks, and to erase again. */
  readonly older?: 'look'
}

/** Where the shipped migrations and policies lie: beside `src` in a checkout, beside the bundle in a release. */
export const SHIPPED = fileURLToPath(new URL('..', import.meta.url))

/** Finds or starts the database of the data folder, without touching what is in it. */
export async function openServer(options: OpenOptions): Promise<{ folder: DataFolder; server: Server }> {
  const database = options.env['DATABASE_URL'] ? 'external' : 'embedded'
  const folder = openDataFolder({ ...options, database })
  return { folder, server: await connectServer(options.env, folder) }
}

/**
 * Opens everything. An embedded database is brought up to this version first; any other must have
 * been brought there by `indsigt migrate`. Throws failures and problems with a remedy.
 */
export async function openWorld(options: OpenOptions): Promise<Opened> {
  const { folder, server } = await openServer(options)
  try {
    if (server.kind === 'embedded' && server.ownerUrl) {
      await migrate({
        ownerUrl: server.ownerUrl,
        stateFolder: folder.state,
        migrationsFolder: join(SHIPPED, 'migrations'),
      })
    }
    return await openOn(options, folder, server)
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function openOn({ log, older, env }: OpenOptions, folder: DataFolder, server: Server): Promise<Opened> {
  const pools = openPools(folder.state, server)
  const dispatchFolder = join(folder.root, 'dispatch')
  mkdirSync(dispatchFolder, { recursive: true, mode: 0o700 })
  const world: World = {
    pools,
    keys: openFileKeys(folder.keys),
    log,
    dispatchFolder,
    stateFolder: folder.state,
    ...publicUrlOf(env),
    rules: undefined,
    onBegin: policy.follow,
    onRefusal: policy.recordRefusal,
  }
  const close = async () => {
    await Promise.all(SURFACES.map(surface => pools[surface].close()))
    await server.stop()
  }
  try {
    await checkRoles(world, join(SHIPPED, 'migrations'))
    if (older !== 'look') await ledger.requireWhole(world)
    await policy.load(world)
  } catch (error) {
    await close()
    throw error
  }
  return { world, folder, server, close }
}

function publicUrlOf(env: OpenOptions['env']): { readonly publicUrl?: string } {
  const url = env['INDSIGT_PUBLIC_URL']
  return url ? { publicUrl: url.replace(/\/+$/, '') } : {}
}

function openPools(stateFolder: string, server: Server): { readonly [surface in Surface]: Pool } {
  const sizes: { readonly [surface in Surface]: number } = { api: 12, worker: 4, import: 3, integrator: 3, public: 3 }
  const open = (surface: Surface) =>
    openPool({ ...roleConfig(stateFolder, surface, server.address), max: sizes[surface] })
  return {
    api: open('api'),
    worker: open('worker'),
    import: open('import'),
    integrator: open('integrator'),
    public: open('public'),
  }
}
