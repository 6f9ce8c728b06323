/** What retention does by itself. */
import type { Job } from '../platform/job.ts'
import { system, type World } from '../platform/world.ts'
import * as retention from './retention.ts'

const actor = system('worker', 'retention')

export const jobs: readonly Job[] = [
  {
    name: 'retention.run',
    every: '15 3 * * *',
    run: async (world: World) => {
      await retention.run(world, actor)
    },
  },
  // A case closed by day has its last day before the board is next looked at.
  { name: 'retention.clocks', every: '*/5 * * * *', run: world => retention.startClocks(world, actor) },
  // What a restore may not undo does not wait for the night.
  { name: 'retention.journal', every: '* * * * *', run: world => retention.journal(world, actor) },
  // Rewriting a large table stops its readers for a while, so it has an hour of its own.
  { name: 'retention.sweep', every: '15 4 * * 0', run: world => retention.sweep(world, actor, 'always') },
]
