/** Which database this process uses: the one named by its environment, or else the embedded one. */
import type { ServerAddress } from './credentials.ts'
import type { DataFolder } from './data-folder.ts'
import { failure } from './failure.ts'
import * as postgres from './postgres/postgres.ts'

/** The database that this process uses. */
export type Server = {
  readonly kind: 'embedded' | 'external'
  /** The owner's URL, for `migrate` alone; undefined when an external owner was not named. */
  readonly ownerUrl: string | undefined
  /** Give it to `roleConfig` or `roleUrl` together with the state folder and a surface. */
  readonly address: ServerAddress
  /** Stops an embedded server that nobody else uses; end your pools first. */
  stop(): Promise<{ stopped: boolean }>
  /** Starts an embedded server again when it dies; returns the function that ends the watch. */
  watch(report: (event: postgres.WatchEvent) => void): () => void
}

/**
 * The server named by `DATABASE_URL` (host, database and parameters such as sslmode; its user is not used) with
 * `DATABASE_OWNER_URL`, or else the embedded one of the data folder, started or adopted.
 * Throws `server/url`, and for the embedded one what `postgres.start` throws.
 */
export async function connectServer(
  env: Readonly<Record<string, string | undefined>>,
  folder: DataFolder,
): Promise<Server> {
  const url = env['DATABASE_URL']
  if (url) return external(url, env['DATABASE_OWNER_URL'] || undefined)
  if (env['DATABASE_OWNER_URL']) throw ownerAlone()
  const running = await postgres.start(folder)
  const { ownerUrl, host, port, database } = running
  return {
    kind: 'embedded',
    ownerUrl,
    address: { host, port, database },
    stop: () => running.stop(),
    watch: report => postgres.watch(running, report),
  }
}

function external(url: string, ownerUrl: string | undefined): Server {
  return {
    kind: 'external',
    ownerUrl,
    address: addressOf(url),
    stop: async () => ({ stopped: false }),
    watch: () => () => undefined,
  }
}

/** Host, port, database and parameters of a URL; a `host=` parameter names a socket folder, as in libpq. */
export function addressOf(url: string): ServerAddress {
  const parsed = parse(url)
  const query = new URLSearchParams(parsed.search)
  const host = query.get('host') ?? decodeURIComponent(parsed.hostname.replace(/^\[|\]$/g, ''))
  const port = Number(query.get('port') ?? parsed.port) || 5432
  for (const name of ['host', 'port', 'user', 'password', 'dbname']) query.delete(name)
  const database = decodeURIComponent(parsed.pathname.slice(1))
  if (!database) throw badUrl()
  return { host: host || 'localhost', port, database, ...(query.size > 0 ? { query: query.toString() } : {}) }
}

function parse(url: string): URL {
  const withHost = url.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@|postgres(?:ql)?:\/\/)(?=\/)/, '$1localhost')
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(withHost)) throw badUrl()
  return new URL(withHost)
}

function badUrl(): Error {
  return failure({
    code: 'server/url',
    da: 'DATABASE_URL kan ikke forstås.',
    en: 'DATABASE_URL cannot be understood.',
    remedy: {
      da: 'Skriv den som postgres://vært:5432/database?sslmode=verify-full',
      en: 'Write it as postgres://host:5432/database?sslmode=verify-full',
    },
  })
}

function ownerAlone(): Error {
  return failure({
    code: 'server/url',
    da: 'DATABASE_OWNER_URL er sat, men DATABASE_URL er ikke.',
    en: 'DATABASE_OWNER_URL is set but DATABASE_URL is not.',
    remedy: {
      da: 'Sæt DATABASE_URL til vært og database, eller fjern begge for at bruge den medfølgende database.',
      en: 'Set DATABASE_URL to host and database, or remove both to use the database that comes along.',
    },
  })
}
