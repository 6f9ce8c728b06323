/** The login roles of the database: their names and passwords in the state folder, and how to connect as one. */
import fs from 'node:fs'
import path from 'node:path'
import type { ClientConfig } from 'pg'
import { failure } from './failure.ts'
import { newPassword, writePrivateFile } from './secret.ts'

/** The surfaces that have a login role of their own. */
export const SURFACES = ['api', 'worker', 'import', 'integrator', 'public'] as const

/** One of the surfaces. */
export type Surface = (typeof SURFACES)[number]

/** A login role: its name in the database and its password. */
export type Role = { readonly name: string; readonly password: string }

/** The login roles by surface. */
export type Roles = Readonly<Record<Surface, Role>>

/** Where a database is reached, without user and password. `query` holds further URL parameters, such as sslmode. */
export type ServerAddress = {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly query?: string
}

/** The first part of every role name, unless the operator chooses another. */
export const defaultPrefix = 'indsigt_'

/** How `pg` connects as the role of a surface. Throws `credentials/missing` before the first migration. */
export function roleConfig(stateFolder: string, surface: Surface, server: ServerAddress): ClientConfig {
  const { name, password } = readRoles(stateFolder)[surface]
  const application_name = `indsigt ${surface}`
  if (server.query) return { connectionString: url({ name, password }, server), application_name }
  const { host, port, database } = server
  return { host, port, database, user: name, password, application_name, ssl: false }
}

/** The same as a URL. */
export function roleUrl(stateFolder: string, surface: Surface, server: ServerAddress): string {
  return url(readRoles(stateFolder)[surface], server)
}

/** The roles kept in the state folder. Throws `credentials/missing` or `credentials/damaged`. */
export function readRoles(stateFolder: string): Roles {
  const roles = findRoles(stateFolder)
  if (roles === undefined) throw missing(stateFolder)
  const absent = SURFACES.find(surface => !roles[surface])
  if (absent !== undefined) throw missing(stateFolder)
  return roles as Roles
}

/**
 * Keeps a password for every surface in the state folder; those already there stay, so that running servers go on.
 * Throws `credentials/other-prefix` when the folder belongs to roles with other names.
 */
export function keepRoles(stateFolder: string, prefix: string = defaultPrefix): Roles {
  const known = findRoles(stateFolder) ?? {}
  const stray = SURFACES.find(surface => known[surface] && known[surface].name !== prefix + surface)
  if (stray !== undefined) throw otherPrefix(stateFolder, known[stray]?.name ?? '')
  const made = SURFACES.map(
    surface => [surface, known[surface] ?? { name: prefix + surface, password: newPassword() }] as const,
  )
  const roles = Object.fromEntries(made) as Roles
  if (SURFACES.some(surface => !known[surface])) {
    writePrivateFile(fileOf(stateFolder), `${JSON.stringify({ version: 1, roles }, null, 2)}\n`)
  }
  return roles
}

function findRoles(stateFolder: string): Partial<Record<Surface, Role>> | undefined {
  const file = fileOf(stateFolder)
  if (!fs.existsSync(file)) return undefined
  try {
    const { version, roles } = JSON.parse(fs.readFileSync(file, 'utf8')) as { version: number; roles: Roles }
    const sound = Object.values(roles).every(role => role.name && role.password)
    if (version === 1 && sound) return roles
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause
  }
  throw damaged(file)
}

function fileOf(stateFolder: string): string {
  return path.join(stateFolder, 'roles.json')
}

function url(role: Role, server: ServerAddress): string {
  const socket = server.host.startsWith('/')
  const host = server.host.includes(':') && !socket ? `[${server.host}]` : server.host
  const query = new URLSearchParams(server.query)
  if (socket) query.set('host', server.host)
  const tail = query.size > 0 ? `?${query.toString()}` : ''
  const user = `${encodeURIComponent(role.name)}:${encodeURIComponent(role.password)}`
  const place = `${socket ? 'localhost' : host}:${server.port}`
  return `postgres://${user}@${place}/${encodeURIComponent(server.database)}${tail}`
}

function missing(stateFolder: string): Error {
  return failure({
    code: 'credentials/missing',
    da: `Databasens roller er ikke oprettet fra ${stateFolder}.`,
    en: `The roles of the database have not been made from ${stateFolder}.`,
    remedy: {
      da: 'Kør indsigt migrate med DATABASE_OWNER_URL sat og med samme datamappe.',
      en: 'Run indsigt migrate with DATABASE_OWNER_URL set and the same data folder.',
    },
  })
}

function damaged(file: string): Error {
  return failure({
    code: 'credentials/damaged',
    da: `${file} kan ikke læses som rollernes adgangskoder.`,
    en: `${file} cannot be read as the passwords of the roles.`,
    remedy: {
      da: 'Flyt filen væk, og kør indsigt migrate: rollerne får da nye adgangskoder.',
      en: 'Move the file away and run indsigt migrate: the roles then get new passwords.',
    },
  })
}

function otherPrefix(stateFolder: string, name: string): Error {
  return failure({
    code: 'credentials/other-prefix',
    da: `${stateFolder} hører til roller med et andet navn (${name}).`,
    en: `${stateFolder} belongs to roles of another name (${name}).`,
    remedy: {
      da: 'Brug samme præfiks som før eller en anden datamappe.',
      en: 'Use the prefix of before, or another data folder.',
    },
  })
}
