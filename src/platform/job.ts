/** What a scheduled job is; each module lists its own in `jobs.ts`. A job has a name and no data. */
import type { World } from './world.ts'

export type Job = {
  /** Unique, e.g. 'notices.send'; letters, digits, dots and dashes. */
  readonly name: string
  /** When: five cron fields in Danish time, e.g. '15 3 * * *'. */
  readonly every: string
  run(world: World): Promise<void>
}
