/** Brings a database up to this version: login roles first, then each missing migration in its own transaction. */
import pg from 'pg'
import { defaultPrefix, keepRoles, type Roles } from './credentials.ts'
import { codeOf, failure, isFailure } from './failure.ts'
import { pendingMigrations, readMigrations, withRoles, type Applied, type Migration } from './migration-files.ts'
import { checkOwner, updateRoles } from './migrate-roles.ts'

export { SURFACES } from './credentials.ts'

/** What `migrate` needs. `prefix` begins every role name (default `indsigt_`). */
export type MigrateOptions = {
  readonly ownerUrl: string
  readonly stateFolder: string
  readonly migrationsFolder: string
  readonly prefix?: string
}

/** Guards every step; two migrators take turns. Any number will do, as long as all releases use the same. */
const lockNumber = '7310588114'

/**
 * Creates or updates the login roles and applies the shipped migrations that are missing, one transaction each.
 * Safe to run at any time and by several at once. Returns the names applied by this call and the roles.
 * Throws failures with codes `migrate/…` and `credentials/…`.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[]; roles: Roles }> {
  const shipped = readMigrations(options.migrationsFolder)
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: 'indsigt migrate' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await checkOwner(client)
    const roles = await inTurn(client, async () => prepare(client, options))
    return { applied: await applyAll(client, shipped, roles), roles }
  } catch (error) {
    throw isFailure(error) ? error : unreachable(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The roles, the database's rights and the table of migrations. */
async function prepare(client: pg.Client, options: MigrateOptions): Promise<Roles> {
  const roles = keepRoles(options.stateFolder, options.prefix ?? defaultPrefix)
  await updateRoles(client, roles)
  await client.query(`
    create schema if not exists platform;
    create table if not exists platform.migration (
      number int primary key,
      name text not null,
      sha256 text not null,
      applied_at timestamptz not null default now()
    )`)
  return roles
}

async function applyAll(client: pg.Client, shipped: readonly Migration[], roles: Roles): Promise<string[]> {
  const applied: string[] = []
  for (;;) {
    const name = await inTurn(client, () => applyNext(client, shipped, roles))
    if (name === undefined) return applied
    applied.push(name)
  }
}

async function applyNext(client: pg.Client, shipped: readonly Migration[], roles: Roles): Promise<string | undefined> {
  const done = await client.query<Applied>('select number, name, sha256 from platform.migration order by number')
  const next = pendingMigrations(shipped, done.rows)[0]
  if (next === undefined) return undefined
  const sql = withRoles(next, roles)
  await client.query(sql).catch((error: unknown) => {
    throw badStatement(next, error, sql)
  })
  await client.query('insert into platform.migration (number, name, sha256) values ($1, $2, $3)', [
    next.number,
    next.name,
    next.sha256,
  ])
  return next.name
}

/** One transaction under the advisory lock; tried again where another database of the server changed the same role. */
async function inTurn<Result>(client: pg.Client, work: () => Promise<Result>, attempt = 1): Promise<Result> {
  await client.query('begin')
  try {
    await client.query(`select pg_catalog.pg_advisory_xact_lock(${lockNumber})`)
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    if (attempt < 20 && isRoleRace(error)) return inTurn(client, work, attempt + 1)
    throw error
  }
}

/** Roles belong to the whole server, our lock to one database: the loser of such a race just goes again. */
function isRoleRace(error: unknown): boolean {
  if (isFailure(error) || !(error instanceof Error)) return false
  return /tuple concurrently (updated|deleted)/.test(error.message) || ['23505', '42710'].includes(codeOf(error))
}

/** Names the file, the line and the code. A message of class 42 speaks of names only; others might hold a value. */
function badStatement(migration: Migration, error: unknown, sql: string): Error {
  const code = codeOf(error)
  const position = error instanceof Error && 'position' in error ? Number(error.position) : 0
  const line = position ? `, line ${sql.slice(0, position).split('\n').length}` : ''
  const words = error instanceof Error && code.startsWith('42') ? `: ${error.message}` : ''
  return failure({
    code: 'migrate/failed',
    da: `Migreringen ${migration.name} fejlede (${code}${line})${words}. Intet af den er anvendt.`,
    en: `The migration ${migration.name} failed (${code}${line})${words}. Nothing of it was applied.`,
    remedy: {
      da: 'Ret årsagen, og kør indsigt migrate igen; det fortsætter, hvor det slap.',
      en: 'Mend the cause and run indsigt migrate again; it goes on where it stopped.',
    },
  })
}

function unreachable(error: unknown): Error {
  const code = codeOf(error) || 'unknown'
  return failure({
    code: 'migrate/database',
    da: `Databasen kunne ikke migreres (${code}).`,
    en: `The database could not be migrated (${code}).`,
    remedy: {
      da: 'Kontrollér DATABASE_OWNER_URL, og at databasen kører, og prøv igen.',
      en: 'Check DATABASE_OWNER_URL and that the database is running, and try again.',
    },
    cause: error,
  })
}
