/** The scheduled jobs of notices: send what is due, and give to a person of ours what was not told in time. */
import { environment } from '../platform/environment.ts'
import type { Job } from '../platform/job.ts'
import { Problem } from '../platform/problems.ts'
import { system, type World } from '../platform/world.ts'
import * as notices from './notices.ts'

/** Batches of one beat: what is left waits for the next minute. */
const BATCHES = 20

async function send(world: World): Promise<void> {
  const settings = notices.settingsFrom(environment())
  if (!settings.ok)
    throw new Problem('notices.settings', { faults: [{ field: settings.variable, code: 'notices.settings' }] })
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const sent = await notices.send(world, system('worker', 'notices.send'), { mail: settings.mail })
    const done = sent.mailed + sent.written + sent.returned + sent.later + sent.escalated
    if (done < notices.BATCH_MAX) return
  }
}

async function escalate(world: World): Promise<void> {
  await notices.escalateOverdue(world, system('worker', 'notices.escalate'))
}

export const jobs: readonly Job[] = [
  { name: 'notices.send', every: '* * * * *', run: send },
  { name: 'notices.escalate', every: '10 6 * * *', run: escalate },
]
