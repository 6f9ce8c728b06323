/** The scheduled jobs of cookies: outlived choices are erased within the day, and planned pages are scanned. */
import { PERSONAS } from '../../scanner/report.ts'
import { environment } from '../platform/environment.ts'
import type { Job } from '../platform/job.ts'
import { act, system, type World } from '../platform/world.ts'
import * as cookies from './cookies.ts'
import { allowedIn, scan, SCAN_DEFAULTS } from './scan.ts'

const BATCH = 10_000

async function erase(world: World): Promise<void> {
  const actor = system('worker', 'cookies.erase')
  for (let rounds = 0; rounds < 100 && (await cookies.outlived(world, actor)); rounds += 1)
    await act(world, actor, ctx => cookies.eraseOutlived(ctx, BATCH))
}

/** One page at a time: a scan takes minutes, and the next round comes soon. */
async function scanPlanned(world: World): Promise<void> {
  const sign = cookies.signerOf(world)
  const allow = allowedIn(environment()['INDSIGT_SCAN_ALLOW'])
  await cookies.scanDue(world, system('worker', 'cookies.scan'), ({ url }, register, former) =>
    scan(
      { ...SCAN_DEFAULTS, urls: [url], register, as: null, personas: PERSONAS, script: [], allow },
      { sign, ...(former && { against: former }) },
    ),
  )
}

export const jobs: readonly Job[] = [
  { name: 'cookies.erase', every: '35 * * * *', run: erase },
  { name: 'cookies.scan', every: '*/10 * * * *', run: scanPlanned },
]
