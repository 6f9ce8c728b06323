/** Importing a client's file, end to end on a real database. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { client } from '../../test/cast.ts'
import { openKit, type Kit } from '../../test/kit.ts'
import type { Source } from '../platform/spool.ts'
import { encodePortfolio, generatePortfolio } from './generate.ts'
import * as intake from './intake.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

test('smoke', async () => {
  const clientId = await client(kit)
  const rows = Number(process.env['N'] ?? 300)
  const chunks: Buffer[] = []
  for await (const c of encodePortfolio(generatePortfolio({ rows, seed: 1, dirt: 0.1 }), 'utf-8')) chunks.push(c)
  const bytes = Buffer.concat(chunks)
  const source: Source = { size: bytes.length, read: async function* () { yield bytes }, close: async () => undefined }
  const t = performance.now()
  const done = await intake.deliver(kit.world, kit.actor('admin', 'import'), source, { clientId })
  console.log(done, rows / ((performance.now() - t) / 1000), 'rows/s')
  assert.equal(done.rows, rows)
})
