/** The face of the embedded server: start or adopt it, watch over it, and stop it when nobody uses it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { DataFolder } from '../data-folder.ts'
import { failure } from '../failure.ts'
import { defaultPackage } from './binaries.ts'
import { bring, type BringOptions } from './bring.ts'
import { isNobody, ownerClient, ownerUrl, type OwnerAccess } from './connect.ts'
import { withLock } from './lock.ts'
import { livingServer, pruneLogs } from './process.ts'
import { asTrouble } from './trouble.ts'

/** The embedded server as one process uses it. The address stays the same when `watch` has to start it again. */
export type Running = {
  /** The owner's URL, for `migrate` alone. */
  readonly ownerUrl: string
  /** The folder of the socket (127.0.0.1 on Windows); `pg` takes it as its `host`. */
  readonly host: string
  readonly port: number
  readonly database: string
  /** True when the server ran already. */
  readonly adopted: boolean
  /**
   * Stops the server when nobody else uses it: no process holds it and no other client is connected. End your own
   * pools first. Says whether the server was stopped. Throws `postgres/stop-failed`.
   */
  stop(): Promise<{ stopped: boolean }>
}

/** What `watch` reports: the server was lost, is back, or could not be started again yet (it is tried again). */
export type WatchEvent = { readonly event: 'lost' | 'restored' } | { readonly event: 'failed'; readonly error: unknown }

/** Each process holds one idle connection: the server's proof that it is in use, and our notice that it died. */
type Session = { folder: DataFolder; options: BringOptions; access: OwnerAccess; lease: Lease; watching: () => void }
type Lease = { readonly client: Client; readonly pid: number }

const sessions = new WeakMap<Running, Session>()
const leaseName = 'indsigt lease'
const hour = 3_600_000

/**
 * Starts the embedded PostgreSQL of a data folder, or adopts the one that already runs on it. `binaries` names the
 * npm package to take PostgreSQL from. Throws failures with a `postgres/…` code and a remedy.
 */
export async function start(folder: DataFolder, options: Partial<BringOptions> = {}): Promise<Running> {
  const wanted = { binaries: options.binaries ?? defaultPackage(), database: options.database ?? 'indsigt' }
  const { access, adopted, lease } = await hold(folder, wanted)
  const session: Session = { folder, options: wanted, access, lease, watching: () => undefined }
  let ending: Promise<{ stopped: boolean }> | undefined
  const running: Running = {
    ownerUrl: ownerUrl(access),
    host: access.host,
    port: access.port,
    database: access.database,
    adopted,
    stop: () => (ending ??= stop(session)),
  }
  sessions.set(running, session)
  return running
}

/** Starts the server again whenever it dies while this process lives. Returns the function that ends the watch. */
export function watch(running: Running, report: (event: WatchEvent) => void): () => void {
  const session = sessions.get(running)
  if (!session) return () => undefined
  let watching = true
  const prune = setInterval(() => pruneLogs(session.folder), hour).unref()
  const follow = (): void => {
    session.lease.client.once(
      'end',
      () => void (watching && revive(session, { report, goOn: () => watching }).then(follow)),
    )
  }
  session.watching = () => {
    watching = false
    clearInterval(prune)
  }
  follow()
  return session.watching
}

/** Brings the server and takes the lease in one go under the lock, so that nobody's stop can come between. */
async function hold(
  folder: DataFolder,
  options: BringOptions,
): Promise<{ access: OwnerAccess; adopted: boolean; lease: Lease }> {
  try {
    return await withLock(folder.state, async () => {
      const brought = await bring(folder, options)
      return { ...brought, lease: await takeLease(brought.access) }
    })
  } catch (error) {
    throw asTrouble(error, folder.root)
  }
}

async function takeLease(access: OwnerAccess): Promise<Lease> {
  const client = ownerClient(access)
  await client.connect()
  await client.query(`set application_name = '${leaseName}'; set idle_session_timeout = 0`)
  const found = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid')
  keepsProcess(client, 'unref')
  return { client, pid: found.rows[0]?.pid ?? 0 }
}

/** Whether an idle connection keeps this process alive: `ref` it does, `unref` it does not. */
function keepsProcess(client: Client & { ref?: () => void; unref?: () => void }, how: 'ref' | 'unref'): void {
  client[how]?.()
}

async function revive(
  session: Session,
  watcher: { report: (event: WatchEvent) => void; goOn: () => boolean },
): Promise<void> {
  watcher.report({ event: 'lost' })
  for (let pause = 250; watcher.goOn(); pause = Math.min(pause * 2, 30_000)) {
    try {
      const held = await hold(session.folder, session.options)
      session.lease = held.lease
      return watcher.report({ event: 'restored' })
    } catch (error) {
      watcher.report({ event: 'failed', error })
      await sleep(pause, undefined, { ref: false })
    }
  }
}

function stop(session: Session): Promise<{ stopped: boolean }> {
  session.watching()
  return withLock(session.folder.state, async () => {
    const inUse = await usedByOthers(session)
    const pid = livingServer(session.folder)
    if (!inUse && pid !== undefined) process.kill(pid, 'SIGINT')
    keepsProcess(session.lease.client, 'ref')
    await session.lease.client.end().catch(() => undefined)
    if (!inUse) await untilGone(session.folder)
    return { stopped: !inUse }
  })
}

/** A connection that is just being closed is given a moment; another process's lease settles it at once. */
async function usedByOthers(session: Session): Promise<boolean> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const { leases, clients } = await countOthers(session)
    if (leases > 0) return true
    if (clients === 0) return false
    await sleep(50)
  }
  return true
}

async function countOthers(session: Session): Promise<{ leases: number; clients: number }> {
  const client = ownerClient(session.access)
  try {
    await client.connect()
    const found = await client.query<{ leases: number; clients: number }>(
      `select count(*) filter (where application_name = $1)::int as leases, count(*)::int as clients
         from pg_catalog.pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_catalog.pg_backend_pid() and pid <> $2`,
      [leaseName, session.lease.pid],
    )
    return found.rows[0] ?? { leases: 0, clients: 0 }
  } catch (error) {
    // Only where nobody listens is nobody connected; a server too busy to let us in is in use.
    return { leases: isNobody(error) ? 0 : 1, clients: 0 }
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function untilGone(folder: DataFolder): Promise<void> {
  for (const until = Date.now() + 60_000; livingServer(folder) !== undefined; await sleep(20)) {
    if (Date.now() > until) throw stillRunning(livingServer(folder))
  }
}

function stillRunning(pid: number | undefined): Error {
  return failure({
    code: 'postgres/stop-failed',
    da: `Databasen er ikke stoppet inden for et minut (proces ${pid}).`,
    en: `The database did not stop within a minute (process ${pid}).`,
    remedy: {
      da: 'Vent, eller stop processen med kill -INT. Data går ikke tabt.',
      en: 'Wait, or stop the process with kill -INT. No data is lost.',
    },
  })
}
