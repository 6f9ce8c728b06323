/** The owner at the server’s door: knocks, connects and makes the database of the application. */
import pg from 'pg'
import { codeOf, failure } from '../failure.ts'
import type { Address } from './settings.ts'

/** How the owner reaches a database of the server. */
export type OwnerAccess = Address & { readonly password: string; readonly database: string }

/** What a knock at the server's door tells. */
export type Knock = 'ready' | 'not-yet' | 'nobody' | 'wrong-password'

/** Knocks once. `nobody`: no server listens there. Throws only what has no meaning here. */
export async function knock(access: OwnerAccess): Promise<Knock> {
  const client = ownerClient({ ...access, database: 'postgres' })
  try {
    await client.connect()
    return 'ready'
  } catch (error) {
    return meaningOf(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** A client of the owner, not yet connected. Its errors after connecting are swallowed: its end says the same. */
export function ownerClient(access: OwnerAccess): pg.Client {
  const client = new pg.Client({
    host: access.host,
    port: access.port,
    database: access.database,
    user: 'postgres',
    password: access.password,
    application_name: 'indsigt owner',
    connectionTimeoutMillis: 10_000,
    ssl: false,
  })
  client.on('error', () => undefined)
  return client
}

/** Makes the database of the application when it is not there yet. */
export async function makeDatabase(access: OwnerAccess): Promise<void> {
  const client = ownerClient({ ...access, database: 'postgres' })
  await client.connect()
  try {
    const found = await client.query('select from pg_catalog.pg_database where datname = $1', [access.database])
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(access.database)}`)
  } finally {
    await client.end()
  }
}

/** The connection URL of the owner, as `pg` and libpq read it. */
export function ownerUrl(access: OwnerAccess): string {
  const place = access.host.startsWith('/') ? `localhost:${access.port}` : `${access.host}:${access.port}`
  const socket = access.host.startsWith('/') ? `?host=${encodeURIComponent(access.host)}` : ''
  return `postgres://postgres:${access.password}@${place}/${encodeURIComponent(access.database)}${socket}`
}

/** The failure when a running server does not know our password. */
export function wrongPassword(stateFolder: string): Error {
  return failure({
    code: 'postgres/wrong-password',
    da: `Den kørende database kender ikke adgangskoden i ${stateFolder}.`,
    en: `The running database does not know the password in ${stateFolder}.`,
    remedy: {
      da: 'Stop den kørende database (kill -INT), og start igen: adgangskoden sættes da på ny.',
      en: 'Stop the running database (kill -INT) and start again: the password is then set anew.',
    },
  })
}

/** True when an error of connecting says that no server listens there. */
export function isNobody(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(codeOf(error))
}

function meaningOf(error: unknown): Knock {
  const code = codeOf(error)
  if (isNobody(error)) return 'nobody'
  if (code === '28P01' || code === '28000') return 'wrong-password'
  return 'not-yet'
}
