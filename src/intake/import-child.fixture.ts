/** For tests: a process of its own that imports one file, so that it can be killed in the middle. */
import { join } from 'node:path'
import { roleConfig, SURFACES, type Surface } from '../platform/credentials.ts'
import { openPool, type Pool } from '../platform/database.ts'
import { openFileKeys } from '../platform/keys.ts'
import { openSource } from '../platform/spool.ts'
import type { World } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as intake from './intake.ts'

export type ChildOrder = {
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly database: string
  readonly file: string
  readonly clientId: string
  readonly batchRows: number
}

const { folder, host, port, database, file, clientId, batchRows } = JSON.parse(process.argv[2] ?? '{}') as ChildOrder
const stateFolder = join(folder, 'state')
const open = (surface: Surface) => openPool({ ...roleConfig(stateFolder, surface, { host, port, database }), max: 4 })
const world: World = {
  pools: Object.fromEntries(SURFACES.map(surface => [surface, open(surface)])) as { [surface in Surface]: Pool },
  keys: openFileKeys(join(folder, 'keys')),
  log: () => undefined,
  dispatchFolder: join(folder, 'dispatch'),
  stateFolder,
  rules: undefined,
  onBegin: policy.follow,
  onRefusal: policy.recordRefusal,
}
await policy.load(world)
const actor = { id: 'test:admin', role: 'admin', surface: 'import' } as const
const progress = (_: number, rows: number) => void process.stdout.write(`${rows}\n`)
await intake.deliver(world, actor, await openSource(file), { clientId, batchRows, progress })
await Promise.all(SURFACES.map(surface => world.pools[surface].close()))
