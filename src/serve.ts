/** The running server: a port, the application, the worker, and an end that loses nothing. */
import type { Server as HttpServer } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { createApp } from './app.ts'
import type { Opened } from './open.ts'
import { roleConfig } from './platform/credentials.ts'
import { codeOf, failure } from './platform/failure.ts'
import { faultFields } from './platform/log.ts'
import { jobs } from './surfaces.ts'
import { VERSION } from './version.ts'
import { startWorker } from './worker.ts'

export type ServeOptions = {
  readonly host: string
  /** The one wanted; when it was not named and is taken, the next free one is used. */
  readonly port: number
  readonly isPortNamed: boolean
  readonly hasWorker: boolean
  readonly scheme: 'http' | 'https'
  readonly beatSeconds: number
}

export type Serving = {
  readonly address: string
  readonly port: number
  /** Takes no more, lets what is under way end (ten seconds at most), and stops the worker. */
  stop(): Promise<void>
}

const OTHER_PORTS = 20
const DRAIN_MS = 10_000

/** Listens, and starts the worker. Throws `server/port-taken` and `server/cannot-listen`. */
export async function startServing({ world, folder, server }: Opened, options: ServeOptions): Promise<Serving> {
  const app = createApp(world, { version: VERSION, scheme: options.scheme })
  const http = createAdaptorServer({ fetch: app.fetch }) as HttpServer
  http.headersTimeout = 10_000
  http.keepAliveTimeout = 5_000
  // A streamed portfolio may take its time; JSON has a limit of its own in the application.
  http.requestTimeout = 15 * 60_000
  const port = await listen(http, options)
  const unwatch = server.watch(event => {
    const fields = event.event === 'failed' ? faultFields(event.error) : {}
    world.log(event.event === 'restored' ? 'info' : 'error', `database.${event.event}`, fields)
  })
  const connection = roleConfig(folder.state, 'worker', server.address)
  const worker = options.hasWorker ? startWorker(world, { connection, jobs, beatSeconds: options.beatSeconds }) : null
  // The board need not wait for the next whole minute; without the queue its first reader has it measured.
  worker?.runNow('promises.measure').catch((error: unknown) => world.log('error', 'jobs.failed', faultFields(error)))
  return {
    address: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    stop: async () => {
      unwatch()
      await Promise.all([drain(http), worker?.stop()])
    },
  }
}

async function listen(http: HttpServer, { host, port, isPortNamed }: ServeOptions): Promise<number> {
  const last = isPortNamed || port === 0 ? port : port + OTHER_PORTS
  for (let wanted = port; ; wanted += 1) {
    try {
      return await listenOn(http, host, wanted)
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw cannotListen(host, wanted, error)
      if (wanted >= last) throw portTaken(wanted)
    }
  }
}

function listenOn(http: HttpServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      const address = http.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function drain(http: HttpServer): Promise<void> {
  return new Promise(resolve => {
    const late = setTimeout(() => http.closeAllConnections(), DRAIN_MS)
    http.close(() => {
      clearTimeout(late)
      resolve()
    })
    http.closeIdleConnections()
  })
}

function portTaken(port: number): Error {
  return failure({
    code: 'server/port-taken',
    da: `Port ${port} er optaget. Måske kører Indsigt der allerede: http://127.0.0.1:${port}/healthz`,
    en: `Port ${port} is taken. Perhaps Indsigt runs there already: http://127.0.0.1:${port}/healthz`,
    remedy: {
      da: `Vælg en anden, f.eks. --port ${port + 1}, eller stop det program, der bruger den.`,
      en: `Choose another, e.g. --port ${port + 1}, or stop the program that uses it.`,
    },
  })
}

function cannotListen(host: string, port: number, cause: unknown): Error {
  return failure({
    code: 'server/cannot-listen',
    da: `Der kan ikke lyttes på ${host}:${port} (${codeOf(cause)}).`,
    en: `Cannot listen on ${host}:${port} (${codeOf(cause)}).`,
    remedy: {
      da: 'Vælg en adresse på denne maskine med --host og en port over 1023 med --port.',
      en: 'Choose an address of this machine with --host and a port above 1023 with --port.',
    },
    cause,
  })
}
