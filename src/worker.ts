/**
 * The worker: runs the scheduled jobs from the queue in the database, and gives the ledger's entries
 * their places on a fixed beat. It outlives a database that goes away and comes back.
 */
import type { ClientConfig } from 'pg'
import { PgBoss } from 'pg-boss'
import * as ledger from './ledger/ledger.ts'
import * as idempotency from './platform/idempotency.ts'
import type { Job } from './platform/job.ts'
import { faultFields } from './platform/log.ts'
import type { World } from './platform/world.ts'
import * as policy from './policy/policy.ts'

export type WorkerOptions = {
  /** How to connect as the worker's own role. */
  readonly connection: ClientConfig
  readonly jobs: readonly Job[]
  /** Seconds between two integrations of the ledger. Default 2. */
  readonly beatSeconds?: number
  /** Seconds between two looks into the queue. Default 5. */
  readonly pollSeconds?: number
}

export type Worker = {
  /** Asks for a job to be run now rather than at its time; waits for the queue to be there. */
  runNow(name: string): Promise<void>
  /** Lets running jobs end, then stops. */
  stop(): Promise<void>
}

/** The program's own jobs, beside those of the modules. */
const OWN: readonly Job[] = [
  { name: 'platform.forget-keys', every: '40 * * * *', run: async world => void (await idempotency.prune(world)) },
]

const LIMITS = {
  retryLimit: 3,
  retryDelay: 60,
  retryBackoff: true,
  heartbeatSeconds: 60,
  expireInSeconds: 4 * 3600,
  deleteAfterSeconds: 7 * 86_400,
} as const

const PAUSE_MOST_MS = 30_000
const ZONE = 'Europe/Copenhagen'

/** Starts queue and beat. Returns at once: a database that is away is waited for. */
export function startWorker(world: World, options: WorkerOptions): Worker {
  const jobs = [...OWN, ...options.jobs]
  const beat = startBeat(world, (options.beatSeconds ?? 2) * 1000)
  const queue = startQueue(world, { ...options, jobs })
  return {
    runNow: async name => void (await (await queue.ready).send(name, null)),
    stop: async () => {
      await Promise.all([beat(), queue.stop()])
    },
  }
}

/** Integrates the ledger and follows a newly adopted policy, one round at a time. Returns the stop. */
function startBeat(world: World, everyMs: number): () => Promise<void> {
  const integrate = ledger.openIntegrator(world)
  return repeatedly(everyMs, async () => {
    try {
      await integrate()
      await policy.load(world)
    } catch (error) {
      world.log('error', 'ledger.beat_failed', faultFields(error))
    }
  })
}

/** Does `work` again and again with a pause between; never twice at once. */
function repeatedly(everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const round = async (): Promise<void> => {
    await work()
    if (!isStopped) timer = setTimeout(again, everyMs)
  }
  const again = (): void => {
    running = round()
  }
  let running = round()
  return async () => {
    isStopped = true
    clearTimeout(timer)
    await running
  }
}

type Queue = { readonly ready: Promise<PgBoss>; stop(): Promise<void> }

/** Opens the queue, again and with longer pauses while the database is away. */
function startQueue(world: World, options: WorkerOptions): Queue {
  const { promise: ready, resolve } = Promise.withResolvers<PgBoss>()
  const stopping = new AbortController()
  const opening = openUntilThere(world, options, stopping.signal).then(boss => {
    if (boss) resolve(boss)
    return boss
  })
  return {
    ready,
    stop: async () => {
      stopping.abort()
      const boss = await opening
      await boss?.stop({ graceful: true, timeout: 20_000 })
    },
  }
}

async function openUntilThere(world: World, options: WorkerOptions, signal: AbortSignal): Promise<PgBoss | undefined> {
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, PAUSE_MOST_MS)) {
    const boss = newBoss(world, options)
    try {
      await boss.start()
      for (const job of options.jobs) await enlist(world, boss, job, options.pollSeconds ?? 5)
      await dropStrangers(boss, options.jobs)
      return boss
    } catch (error) {
      world.log('error', 'jobs.not_started', faultFields(error))
      await boss.stop({ graceful: false }).catch(() => undefined)
      await pauseFor(pause, signal)
    }
  }
  return undefined
}

/** The owner has built the schema; this role may neither change it nor rebuild its indexes. */
function newBoss(world: World, { connection }: WorkerOptions): PgBoss {
  const boss = new PgBoss({
    ...(connection as object),
    application_name: 'indsigt jobs',
    schema: 'jobs',
    max: 3,
    migrate: false,
    createSchema: false,
    reindex: false,
    monitorVacuum: false,
  })
  boss.on('error', error => world.log('error', 'jobs.failed', faultFields(error)))
  return boss
}

/** One run of a job at a time, over all workers. A failed run is tried again; a killed one when its pulse is missed. */
async function enlist(world: World, boss: PgBoss, job: Job, pollSeconds: number): Promise<void> {
  await boss.createQueue(job.name, { policy: 'stately', ...LIMITS })
  await boss.updateQueue(job.name, LIMITS)
  await boss.schedule(job.name, job.every, null, { tz: ZONE })
  await boss.work(job.name, { pollingIntervalSeconds: pollSeconds, batchSize: 1 }, () => runJob(world, job))
}

/** The queue keeps what a failed run threw, so it is given the code alone. */
async function runJob(world: World, job: Job): Promise<void> {
  const started = performance.now()
  const done = () => ({ job: job.name, durationMs: Math.round(performance.now() - started) })
  try {
    await job.run(world)
    world.log('info', 'job.done', done())
  } catch (error) {
    const fields = faultFields(error)
    world.log('error', 'job.failed', { ...fields, ...done() })
    throw Object.assign(new Error(`job failed: ${fields.code}`), { stack: '' })
  }
}

/** A job that this version no longer has must not go on being put in the queue. */
async function dropStrangers(boss: PgBoss, jobs: readonly Job[]): Promise<void> {
  const known = new Set(jobs.map(job => job.name))
  for (const { name } of await boss.getSchedules()) if (!known.has(name)) await boss.unschedule(name)
}

function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}
