/** The scheduled job of consents: a yes whose last day has passed is ended in writing. */
import type { Job } from '../platform/job.ts'
import { act, look, system, type World } from '../platform/world.ts'
import * as consents from './consents.ts'

const BATCH = 500

/** Ends outlived consents in batches; a batch without any is no act, so it is not begun. */
async function run(world: World): Promise<void> {
  const actor = system('worker', 'consents.expire')
  while ((await look(world, actor, consents.outlived)) > 0) {
    await act(world, actor, ctx => consents.expire(ctx, BATCH))
  }
}

export const jobs: readonly Job[] = [{ name: 'consents.expire', every: '20 0 * * *', run }]
