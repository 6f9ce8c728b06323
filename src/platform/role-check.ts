/** The server refuses to run with a login role that could do more than it must (no owner, no superuser). */
import { readdirSync } from 'node:fs'
import { sql } from '../lib/sql.ts'
import { SURFACES } from './credentials.ts'
import { Problem } from './problems.ts'
import type { World } from './world.ts'

type Powers = { isPowerful: boolean; owns: number; member: number; creates: boolean; migrated: number }

/**
 * Throws `database.role` for a role that is superuser, bypasses row security, creates roles or
 * databases, belongs to another role, owns anything or may create in the database; and
 * `database.old` when a shipped migration is missing.
 */
export async function checkRoles(world: World, migrationsFolder: string): Promise<void> {
  const shipped = readdirSync(migrationsFolder).filter(name => name.endsWith('.sql')).length
  for (const surface of SURFACES) {
    const powers = await world.pools[surface].read(tx =>
      tx
        .one<Powers>(
          sql`
        select r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication as "isPowerful",
          (select count(*)::int from (
             select relowner as owner from pg_catalog.pg_class
             union all select proowner from pg_catalog.pg_proc
             union all select nspowner from pg_catalog.pg_namespace
             union all select lomowner from pg_catalog.pg_largeobject_metadata
           ) as owned where owned.owner = r.oid) as owns,
          (select count(*)::int from pg_catalog.pg_auth_members m where m.member = r.oid) as member,
          pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE, TEMPORARY') as creates,
          case when pg_catalog.to_regclass('platform.migration') is null then 0
               else (select count(*)::int from platform.migration) end as migrated
        from pg_catalog.pg_roles r where r.rolname = current_user`,
        )
        .catch(asOld),
    )
    if (powers.isPowerful || powers.owns > 0 || powers.member > 0 || powers.creates) throw new Problem('database.role')
    if (powers.migrated < shipped) throw new Problem('database.old')
  }
}

/** Before the first migration the table the statement names is not there. */
function asOld(error: unknown): never {
  throw (error as { code?: string }).code === '42P01' ? new Problem('database.old') : error
}
