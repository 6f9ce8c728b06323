/** The least an HTTP server can do with a posted body, on the server library we use: reads it and sends it back. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.post('/', async c => c.body(await c.req.text(), 200, { 'content-type': 'application/json' }))
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  console.log(JSON.stringify({ address: `http://127.0.0.1:${port}` })),
)
