// The peer's consent backend as its own guide sets it up: Kysely on PostgreSQL, the HTTP server we use too.
// Arguments: the database's address, and how many connections to it may be open. Writes one line, {"address": …}, and serves until it is ended.
import { c15tInstance } from '@c15t/backend'
import { kyselyAdapter } from '@c15t/backend/db/adapters/kysely'
import { migrator } from '@c15t/backend/db/migrator'
import { DB } from '@c15t/backend/db/schema'
import { serve } from '@hono/node-server'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

const [connectionString, connections] = process.argv.slice(2)
const db = new Kysely({
  dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString, max: Number(connections) }) }),
})
const adapter = kyselyAdapter({ db, provider: 'postgresql' })
const migration = await migrator({ db: DB.client(adapter), schema: 'latest' })
await migration.execute()

const c15t = c15tInstance({
  appName: 'bench',
  basePath: '/',
  trustedOrigins: ['https://www.intrum.dk'],
  adapter,
  logger: { level: 'error' },
})
serve({ fetch: request => c15t.handler(request), hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(JSON.stringify({ address: `http://127.0.0.1:${port}` })),
)
