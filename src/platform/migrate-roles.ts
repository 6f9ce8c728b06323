/** The rights of the login roles: made, brought back to what they may have, and checked at every migration. */
import type { Client } from 'pg'
import { SURFACES, type Role, type Roles, type Surface } from './credentials.ts'
import { failure } from './failure.ts'
import { scramVerifier } from './secret.ts'

/**
 * Connections and patience per surface: room for a server and several commands beside it. The settings are a default
 * of the role, not a wall: a role may change them.
 */
const limits: Record<Surface, { connections: number; statement: string; idle: string; lock: string }> = {
  api: { connections: 30, statement: '15s', idle: '15s', lock: '5s' },
  worker: { connections: 20, statement: '15min', idle: '2min', lock: '30s' },
  import: { connections: 10, statement: '15min', idle: '2min', lock: '30s' },
  integrator: { connections: 10, statement: '60s', idle: '30s', lock: '30s' },
  public: { connections: 16, statement: '5s', idle: '5s', lock: '2s' },
}

const oldestVersion = 170_000

type Found = {
  rolsuper: boolean
  rolcreatedb: boolean
  rolcreaterole: boolean
  rolinherit: boolean
  rolreplication: boolean
  rolbypassrls: boolean
  member: boolean
}

/** Checks version, encoding and rights. Throws `migrate/old-server`, `migrate/encoding` or `migrate/not-owner`. */
export async function checkOwner(client: Client): Promise<void> {
  const found = await client.query<{ version: number; encoding: string; makes_roles: boolean; owns: boolean }>(`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
           rolsuper or rolcreaterole as makes_roles, pg_catalog.pg_has_role(datdba, 'usage') as owns
      from pg_catalog.pg_roles, pg_catalog.pg_database
     where rolname = current_user and datname = current_database()`)
  const server = found.rows[0]
  if (!server || server.version < oldestVersion) throw oldServer(server?.version ?? 0)
  if (server.encoding !== 'UTF8') throw wrongEncoding(server.encoding)
  if (!server.makes_roles || !server.owns) throw notOwner()
}

/**
 * Creates the login roles that are missing, takes from the others what they must not have, sets passwords (as SCRAM
 * verifiers) and defaults, and takes from everybody what a database gives away by itself.
 * Throws `migrate/foreign-role` when a role cannot be brought into that state.
 */
export async function updateRoles(client: Client, roles: Roles): Promise<void> {
  for (const surface of SURFACES) await updateRole(client, roles[surface], surface)
  const { rows } = await client.query<{ name: string }>('select current_database() as name')
  const database = client.escapeIdentifier(rows[0]?.name ?? '')
  const names = SURFACES.map(surface => client.escapeIdentifier(roles[surface].name)).join(', ')
  await client.query(`
    revoke create, temporary on database ${database} from public;
    revoke create, temporary on database ${database} from ${names};
    grant connect on database ${database} to ${names};
    revoke all on schema public from public;
    alter default privileges revoke execute on functions from public`)
  await closeCatalog(client, roles)
}

/**
 * Functions that PostgreSQL gives to everybody, by name: locks with which one role could stop another, files and
 * messages inside the database, and counters that tell how many rows were written where. They belong to the
 * superuser, so an owner of less rank leaves them as they are.
 */
const openFunctions =
  '^(pg_(try_)?advisory_|lo_|loread$|lowrite$|pg_notify$|pg_stat_get_(xact_|db_)?(tuples|live|dead|ins|mod)_)'

/** Who uses which of them: numbers of our own for taking turns, pairs of them per client or person. */
const usedFunctions: readonly [name: string, surfaces: readonly Surface[]][] = [
  ['pg_advisory_xact_lock(bigint)', ['api', 'worker', 'import', 'integrator']],
  ['pg_advisory_xact_lock(integer, integer)', ['api', 'worker', 'import']],
  ['pg_advisory_xact_lock_shared(integer, integer)', ['api', 'worker', 'import']],
  ['pg_try_advisory_xact_lock(bigint)', ['worker', 'integrator']],
  ['pg_try_advisory_xact_lock(integer, integer)', ['api', 'worker', 'import']],
  ['pg_notify(text, text)', ['worker']],
  // A run of retention waits until none of the erased rows is left in the files.
  ['pg_stat_get_dead_tuples(oid)', ['worker']],
]

async function closeCatalog(client: Client, roles: Roles): Promise<void> {
  const { rows } = await client.query<{ functions: string | null }>(
    `select string_agg(p.oid::regprocedure::text, ', ') as functions
       from pg_catalog.pg_proc p
      where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ $1
        and (select rolsuper from pg_catalog.pg_roles where rolname = current_user)`,
    [openFunctions],
  )
  const functions = rows[0]?.functions
  if (!functions) return
  const everybody = SURFACES.map(surface => client.escapeIdentifier(roles[surface].name)).join(', ')
  const grants = usedFunctions.map(([name, surfaces]) => {
    const names = surfaces.map(surface => client.escapeIdentifier(roles[surface].name)).join(', ')
    return `grant execute on function pg_catalog.${name} to ${names}`
  })
  await client.query([`revoke execute on function ${functions} from public, ${everybody}`, ...grants].join(';\n'))
}

async function updateRole(client: Client, role: Role, surface: Surface): Promise<void> {
  const name = client.escapeIdentifier(role.name)
  const found = await findRole(client, role.name)
  if (found?.member) throw foreignRole(role.name)
  const { connections, statement, idle, lock } = limits[surface]
  const wanted = found ? attributesToTake(found) : `${attributes.map(([, word]) => word).join(' ')} login`
  const verifier = scramVerifier(role.password)
  const change = `${wanted} connection limit ${connections} password '${verifier}'`
  await client
    .query(
      `${found ? 'alter' : 'create'} role ${name} ${change};
       alter role ${name} set search_path = '';
       alter role ${name} set statement_timeout = '${statement}';
       alter role ${name} set idle_in_transaction_session_timeout = '${idle}';
       alter role ${name} set lock_timeout = '${lock}'`,
    )
    .catch((error: unknown) => {
      throw isRefused(error) ? foreignRole(role.name) : error
    })
}

const attributes = [
  ['rolsuper', 'nosuperuser'],
  ['rolcreatedb', 'nocreatedb'],
  ['rolcreaterole', 'nocreaterole'],
  ['rolinherit', 'noinherit'],
  ['rolreplication', 'noreplication'],
  ['rolbypassrls', 'nobypassrls'],
] as const

async function findRole(client: Client, name: string): Promise<Found | undefined> {
  const found = await client.query<Found>(
    `select r.*, exists (select from pg_catalog.pg_auth_members where member = r.oid) as member
       from pg_catalog.pg_roles r where rolname = $1`,
    [name],
  )
  return found.rows[0]
}

/** Only what differs: an owner without superuser may not even say `nosuperuser` about an existing role. */
function attributesToTake(found: Found): string {
  return ['login', ...attributes.filter(([column]) => found[column]).map(([, word]) => word)].join(' ')
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501'
}

function oldServer(version: number): Error {
  return failure({
    code: 'migrate/old-server',
    da: `Databasen er PostgreSQL ${Math.floor(version / 10_000)}; der kræves 17 eller nyere.`,
    en: `The database is PostgreSQL ${Math.floor(version / 10_000)}; 17 or newer is needed.`,
    remedy: {
      da: 'Opgradér databasen, eller udelad DATABASE_URL for at bruge den medfølgende.',
      en: 'Upgrade the database, or leave DATABASE_URL out to use the one that comes along.',
    },
  })
}

function wrongEncoding(encoding: string): Error {
  return failure({
    code: 'migrate/encoding',
    da: `Databasens tegnsæt er ${encoding}; der kræves UTF8.`,
    en: `The encoding of the database is ${encoding}; UTF8 is needed.`,
    remedy: {
      da: "Opret databasen med: create database … encoding 'UTF8' template template0",
      en: "Make the database with: create database … encoding 'UTF8' template template0",
    },
  })
}

function notOwner(): Error {
  return failure({
    code: 'migrate/not-owner',
    da: 'Brugeren i DATABASE_OWNER_URL ejer ikke databasen eller må ikke oprette roller.',
    en: 'The user in DATABASE_OWNER_URL does not own the database or may not create roles.',
    remedy: {
      da: 'Lad en administrator køre: alter database … owner to …; alter role … createrole',
      en: 'Have an administrator run: alter database … owner to …; alter role … createrole',
    },
  })
}

function foreignRole(name: string): Error {
  return failure({
    code: 'migrate/foreign-role',
    da: `Rollen ${name} findes i forvejen og hører til noget andet eller har rettigheder, den ikke må have.`,
    en: `The role ${name} already exists and belongs to something else, or holds rights that it must not have.`,
    remedy: {
      da: 'Fjern rollen eller dens medlemskaber, eller vælg et andet præfiks til rollerne.',
      en: 'Drop the role or its memberships, or choose another prefix for the roles.',
    },
  })
}
