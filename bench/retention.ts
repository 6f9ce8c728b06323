/**
 * Retention, a small version of the budget: 1,000 records due among 5,000. A whole run (decide, destroy, ledger, tally,
 * journal, forget, rewrite, certificate) against one bare UPDATE of the same rows with their digests deleted.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { sql } from '../src/lib/sql.ts'
import { act, system } from '../src/platform/world.ts'
import * as retention from '../src/retention/retention.ts'
import * as subjects from '../src/subjects/subjects.ts'
import * as work from '../src/work/work.ts'
import { client } from '../test/cast.ts'
import { openKit, type Kit } from '../test/kit.ts'

const STORED = 5_000
const DUE = 1_000
const job = system('worker', 'retention')

/** Prints a table and a last line with the ratio. Throws when not exactly the due records went. */
export async function run(): Promise<void> {
  const bare = await measured(STORED, bareUpdate)
  const whole = await measured(STORED, wholeRun)
  const twice = await measured(STORED * 2, wholeRun)
  const shown = (ms: number) => ({
    ms: Math.round(ms),
    'records/s': Math.round((DUE * 1000) / ms).toLocaleString('en'),
  })
  console.log(`${DUE} records due, one round`)
  console.table([
    { way: `bare UPDATE, ${STORED} stored`, ...shown(bare.erase) },
    { way: `a run’s erasing acts, ${STORED} stored`, ...shown(whole.erase) },
    { way: `a run’s erasing acts, ${STORED * 2} stored`, ...shown(twice.erase) },
    { way: `a whole run, ${STORED} stored`, ...shown(whole.all) },
    { way: `a whole run, ${STORED * 2} stored`, ...shown(twice.all) },
  ])
  const growth = (twice.erase / whole.erase).toFixed(2)
  console.log(
    `retention: erasing takes ${(whole.erase / bare.erase).toFixed(1)} times a bare UPDATE; stored twice as much, ${growth} times as long`,
  )
}

/** Makes cases of three records each until there are `records`; the cases' ids, in order. */
export async function fill(kit: Kit, records: number): Promise<string[]> {
  const clientId = await client(kit)
  const cases: string[] = []
  for (let left = records; left > 0; left -= 1_500)
    cases.push(...(await fillSome(kit, clientId, Math.min(left, 1_500))))
  return cases
}

/** As if these cases had been closed a year ago. */
export async function closeAll(kit: Kit, cases: readonly string[]): Promise<void> {
  await kit.owner(
    `update notices.notice set state = 'sent', channel = 'letter', sent_at = now() where state = 'queued'`,
  )
  await kit.owner(
    `update work.relationship set opened_on = current_date - 400, closed_on = current_date - 366, close_reason = 'paid'
     where relationship_id = any($1)`,
    [cases],
  )
  await kit.owner('analyze')
}

async function fillSome(kit: Kit, clientId: string, records: number): Promise<string[]> {
  return act(kit.world, kit.actor('caseWorker'), async ctx => {
    const jobId = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
    const warrant = await work.warrant(ctx, { kind: 'job', id: jobId }, 'intake')
    const importId = randomUUID()
    const hash = Buffer.from(importId.replaceAll('-', '').repeat(2), 'hex')
    await ctx.tx.run(sql`
      insert into intake.import
        (import_id, client_id, item_id, file_sha256, reading_sha256, policy_version, finished_at)
      values (${importId}, ${clientId}, ${jobId}, ${hash}, ${hash}, ${ctx.world.rules?.version}, now())`)
    const ids = await subjects.create(ctx, Math.ceil(records / 3))
    const cases = ids.map(subjectId => ({ subjectId, relationshipId: randomUUID(), noticeId: randomUUID() }))
    const digest = (text: string) => subjects.keyedDigest(ctx, 'reference', 'bench', text)
    await work.openCases(
      ctx,
      cases.map(it => ({
        ...it,
        clientId,
        referenceDigest: digest(it.relationshipId),
        contentDigest: digest(it.noticeId),
        limitationOn: null,
      })),
    )
    await ctx.tx.run(sql`
      insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state)
      select subject_id, notice_id, 'collection', relationship_id, ${ctx.today}::date + 30, 'queued' from unnest(
        ${cases.map(it => it.subjectId)}::uuid[], ${cases.map(it => it.noticeId)}::uuid[],
        ${cases.map(it => it.relationshipId)}::uuid[]) as t (subject_id, notice_id, relationship_id)`)
    const rows = cases.flatMap(({ subjectId, relationshipId, noticeId }) => {
      const common = { subjectId, relationshipId, noticeId, importId, source: 'client' } as const
      return [
        { ...common, category: 'debtor_identity', values: { name: 'Prøve Person', cpr: '0101659995' } },
        { ...common, category: 'debtor_contact', values: { address: 'Prøvevej 12', postcode: '2500', city: 'Valby' } },
        {
          ...common,
          category: 'debt_claim',
          values: { reference: relationshipId, principal: '2340.50', currency: 'DKK', due_date: '2026-03-01' },
        },
      ]
    })
    const facts = {
      workOpen: true,
      noticeGiven: true,
      required: true,
      debtOutstanding: true,
      cprGround: true,
      roleAllowed: true,
    }
    await subjects.hold(ctx, warrant, rows.slice(0, records), facts)
    await subjects.enter(
      ctx,
      cases.map(it => ({ subjectId: it.subjectId, kind: 'intake.case_received', detail: { case: it.relationshipId } })),
    )
    await work.closeItem(ctx, jobId)
    return cases.map(it => it.relationshipId)
  })
}

type Time = { readonly erase: number; readonly all: number }

async function measured(stored: number, way: (kit: Kit, cases: readonly string[]) => Promise<Time>): Promise<Time> {
  const kit = await openKit()
  try {
    const cases = (await fill(kit, stored)).slice(0, Math.floor(DUE / 3))
    await closeAll(kit, cases)
    await kit.owner('checkpoint')
    const time = await way(kit, cases)
    const [row] = await kit.owner('select count(*)::int as n from subjects.record where erased_at is not null')
    assert.equal(row?.['n'], cases.length * 3)
    return time
  } finally {
    await kit.close()
  }
}

async function bareUpdate(kit: Kit, cases: readonly string[]): Promise<Time> {
  const before = performance.now()
  await kit.owner('select 1')
  const connecting = performance.now() - before
  const start = performance.now()
  await kit.owner(
    `with gone as (
      update subjects.record r set wrapped_key = null, ciphertext = null, erased_at = now(), erase_reason = 'bench'
      from work.relationship l
      where l.subject_id = r.subject_id and l.relationship_id = r.relationship_id and l.relationship_id = any($1)
      returning r.subject_id, r.record_id
    ) delete from subjects.lookup l using gone where l.subject_id = gone.subject_id and l.record_id = gone.record_id`,
    [cases],
  )
  const erase = performance.now() - start - connecting
  return { erase, all: erase }
}

async function wholeRun(kit: Kit): Promise<Time> {
  await retention.startClocks(kit.world, job)
  let erase = 0
  const { worker } = kit.world.pools
  const timed = {
    ...worker,
    write: async <T>(task: Parameters<typeof worker.write<T>>[0]): Promise<T> => {
      const start = performance.now()
      let isErasing = false
      const result = await worker.write<T>(tx =>
        task({ ...tx, many: query => ((isErasing ||= query.text.includes('subjects.erase(')), tx.many(query)) }),
      )
      if (isErasing) erase += performance.now() - start
      return result
    },
  }
  const start = performance.now()
  await retention.run({ ...kit.world, pools: { ...kit.world.pools, worker: timed } }, job)
  return { erase, all: performance.now() - start }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await run()
