/** The scheduled job of cookies: choices that were replaced or outlived are erased within the day. */
import type { Job } from '../platform/job.ts'
import { act, system, type World } from '../platform/world.ts'
import * as cookies from './cookies.ts'

const BATCH = 10_000

async function run(world: World): Promise<void> {
  const actor = system('worker', 'cookies.erase')
  for (let rounds = 0; rounds < 100 && (await cookies.outlived(world, actor)); rounds += 1)
    await act(world, actor, ctx => cookies.eraseOutlived(ctx, BATCH))
}

export const jobs: readonly Job[] = [{ name: 'cookies.erase', every: '35 * * * *', run }]
