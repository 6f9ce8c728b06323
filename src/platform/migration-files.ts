/** The shipped migration files: read, numbered and compared with what the database remembers. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { SURFACES, type Roles, type Surface } from './credentials.ts'
import { failure } from './failure.ts'

/** One migration as shipped. `sha256` is over its bytes as they are in the file. */
export type Migration = {
  readonly number: number
  readonly name: string
  readonly sha256: string
  readonly sql: string
}

/** One migration as the database remembers it. */
export type Applied = { readonly number: number; readonly name: string; readonly sha256: string }

/**
 * Reads `NNNN_name.sql` of a folder, in order of number; a missing folder has none.
 * Throws `migrate/file-name` for another `.sql` file and `migrate/same-number` for a number used twice.
 */
export function readMigrations(folder: string): Migration[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter(name => name.endsWith('.sql')) : []
  const migrations = names.sort().map(name => readMigration(folder, name))
  const twice = migrations.find((migration, index) => migrations[index - 1]?.number === migration.number)
  if (twice)
    throw refused('same-number', twice.name, {
      en: 'has a number that is used twice',
      da: 'har et nummer, der er brugt',
    })
  return migrations
}

/**
 * The shipped migrations that are still to be applied. Throws, naming the file, `migrate/changed-file`,
 * `migrate/newer-database` (applied, but not shipped) or `migrate/out-of-order`.
 */
export function pendingMigrations(shipped: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const known = new Map(applied.map(one => [one.number, one]))
  const last = Math.max(0, ...known.keys())
  const unknown = applied.find(one => !shipped.some(({ number }) => number === one.number))
  if (unknown) throw newerDatabase(unknown.name)
  const changed = shipped.find(one => known.has(one.number) && known.get(one.number)?.sha256 !== one.sha256)
  if (changed)
    throw refused('changed-file', changed.name, { en: 'was changed after it was applied', da: 'er ændret efter brug' })
  const pending = shipped.filter(one => !known.has(one.number))
  const late = pending.find(one => one.number < last)
  if (late)
    throw refused('out-of-order', late.name, {
      en: 'comes before one already applied',
      da: 'kommer før en, der er anvendt',
    })
  return pending
}

/** Puts the quoted role names in place of `:role_api` and the like. Throws `migrate/unknown-role`. */
export function withRoles(migration: Migration, roles: Roles): string {
  return migration.sql.replace(/(?<![:\w]):role_([a-z_]+)/g, (_all, surface: string) => {
    if (!isSurface(surface))
      throw refused('unknown-role', migration.name, { en: `names :role_${surface}`, da: 'nævner ukendt rolle' })
    return `"${roles[surface].name.replaceAll('"', '""')}"`
  })
}

function readMigration(folder: string, file: string): Migration {
  const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1])
  if (!number) throw refused('file-name', file, { en: 'is not named NNNN_name.sql', da: 'hedder ikke NNNN_navn.sql' })
  const sql = fs.readFileSync(path.join(folder, file), 'utf8')
  return { number, name: file.slice(0, -'.sql'.length), sha256: createHash('sha256').update(sql).digest('hex'), sql }
}

function isSurface(name: string): name is Surface {
  return SURFACES.some(surface => surface === name)
}

function refused(code: string, file: string, { en, da }: { readonly en: string; readonly da: string }): Error {
  return failure({
    code: `migrate/${code}`,
    da: `Migreringen ${file} ${da}.`,
    en: `The migration ${file} ${en}.`,
    remedy: {
      da: 'Gendan filen, som den blev udgivet, og skriv ændringer i en ny fil med et højere nummer.',
      en: 'Restore the file as it was shipped, and put changes into a new file with a higher number.',
    },
  })
}

function newerDatabase(name: string): Error {
  return failure({
    code: 'migrate/newer-database',
    da: `Databasen er nyere end programmet: ${name} er anvendt, men følger ikke med.`,
    en: `The database is newer than the program: ${name} is applied but not shipped.`,
    remedy: { da: 'Brug den nyeste udgave af programmet.', en: 'Use the newest release of the program.' },
  })
}
