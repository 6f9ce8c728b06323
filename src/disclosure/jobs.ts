/** What disclosure does by itself: expired packages lose their bytes within the hour. */
import type { Job } from '../platform/job.ts'
import { act, look, system } from '../platform/world.ts'
import * as disclosure from './disclosure.ts'

export const jobs: readonly Job[] = [
  {
    name: 'disclosure.erase-expired',
    every: '25 * * * *',
    run: async world => {
      const actor = system('worker', 'disclosure.erase-expired')
      if ((await look(world, actor, disclosure.expired)) > 0) await act(world, actor, disclosure.eraseExpired)
    },
  },
]
