/** The end of a run: destroyed bytes are taken out of the table files, and certificates that wait for it are issued. */
import { join } from 'node:path'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { keepFile } from '../platform/kept-file.ts'
import { Problem } from '../platform/problems.ts'
import { act, look as lookAt, type Actor, type World } from '../platform/world.ts'
import * as board from './board.ts'
import { byClause } from './certificate.ts'
import * as store from './store.ts'

/** Tables up to this size are rewritten by the run itself; larger ones by the weekly job, when nobody waits. */
const REWRITE_BYTES = 1024 ** 3

/**
 * Takes the destroyed bytes out of the table files and issues the certificates that wait for it. A plain VACUUM
 * leaves some of them in the free space of their page, so the files are rewritten; while a large table waits for
 * its weekly hour (`'always'`), the certificate says that it is not yet so.
 */
export async function sweep(world: World, actor: Actor, when: 'small' | 'always' = 'small'): Promise<void> {
  const who: Actor = { ...actor, surface: 'worker' }
  const { runs, bytes, gone } = await lookAt(world, who, async look => {
    const runs = await store.findUnswept(look)
    const certificates = await board.certified(look, runs)
    return {
      runs,
      gone: certificates.some(it => it.records + it.personsForgotten > 0),
      ...(await store.findSize(look)),
    }
  })
  if (runs.length === 0) return
  const isRewritten = when === 'always' || bytes <= REWRITE_BYTES
  if (gone && !(await vacuum(world, who, isRewritten ? 'rewrite' : 'plain'))) return
  if (gone && !isRewritten) return
  await act(world, who, async ctx => {
    policy.requireTask(ctx, 'runRetention')
    for (const { runId } of runs) await store.setSwept(ctx, runId)
    for (const it of await board.certified(
      ctx,
      runs.map(run => ({ ...run, sweptAt: ctx.now })),
    )) {
      const { certificate, records, unreadableHereSince, lastCopyGoneBy } = it
      await ledger.appendSystem(ctx, 'retention.certified', {
        certificate,
        records,
        unreadableHereSince,
        lastCopyGoneBy,
        ...byClause(it.erased),
      })
      keepFile(join(world.dispatchFolder, 'certificates'), `${certificate}.json`, `${JSON.stringify(it, null, 2)}\n`)
    }
  })
}

const TABLES = ['subjects.record', 'subjects.lookup', 'subjects.subject'] as const
const TRIES = 8

/**
 * Clears the tables of what was destroyed. A reader who began before the erasure still pins the old versions, so it
 * is first seen that none is left; only then does rewriting the files prove anything. False when somebody is at a
 * table for too long; the next sweep tries again.
 */
export async function vacuum(world: World, who: Actor, how: 'plain' | 'rewrite'): Promise<boolean> {
  const { worker } = world.pools
  try {
    for (let tried = 0; ; tried += 1) {
      for (const table of TABLES) await worker.maintain(`vacuum (analyze) ${table}`)
      if ((await lookAt(world, who, store.countPinned)).pinned === 0) break
      if (tried === TRIES) return putOff(world, 'retention.still_read')
      await lookAt(world, who, store.pause)
    }
    if (how === 'rewrite') for (const table of TABLES) await worker.maintain(`vacuum (full, analyze) ${table}`)
    return true
  } catch (error) {
    if (error instanceof Problem) return putOff(world, error.code)
    throw error
  }
}

function putOff(world: World, code: string): false {
  world.log('warn', 'retention.sweep_put_off', { code })
  return false
}
