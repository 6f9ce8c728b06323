/**
 * A part of the face: the figures as they were last measured. The worker measures every minute; where none runs,
 * somebody asking has it done, never more often than that and never twice at once.
 */
import { Problem } from '../platform/problems.ts'
import { faultFields } from '../platform/log.ts'
import { within } from '../platform/patience.ts'
import { look, type Actor, type World } from '../platform/world.ts'
import * as store from './store.ts'

/** Who reads the board: the role of the public pages, which sees these figures and no table behind them. */
export const READER: Actor = { id: 'public', role: 'auditor', surface: 'public' }

/** Older than this, no worker has measured: once a minute it does, and a measuring takes its time. */
const LASTS_MS = 90_000
/** How long an answer waits for a measuring: to be newer, and to be there at all. */
const PATIENCE = { newer: 2_000, first: 10_000 }

const measuring = new WeakMap<World, Promise<void>>()
const reading = new WeakMap<World, Promise<store.MeasuredRow>>()

/** Measures now, by the worker's role; who asks while it goes on waits for the same. */
export const measure = (world: World): Promise<void> =>
  shared(measuring, world, () => world.pools.worker.write(store.measure))

/**
 * The figures last measured, by the public role. Has them measured first when they are old; when that takes long, the
 * old ones are given, with their instant. Throws `request.slow` when there are none yet.
 */
export const measured = (world: World): Promise<store.MeasuredRow> => shared(reading, world, () => read(world))

async function read(world: World): Promise<store.MeasuredRow> {
  const { known, now } = await look(world, READER, async it => ({ known: await store.findMeasured(it), now: it.now }))
  if (known && now.getTime() - known.measuredAt.getTime() < LASTS_MS) return known
  const done = measure(world)
  if (!known) await within(PATIENCE.first, done, slow)
  // An old figure with its instant is better than none.
  else
    await within(PATIENCE.newer, done, slow).catch(error =>
      world.log('error', 'promises.not_measured', faultFields(error)),
    )
  const row = await look(world, READER, store.findMeasured)
  if (!row) throw slow()
  return row
}

/** One piece of work for all who ask while it goes on. */
function shared<T>(going: WeakMap<World, Promise<T>>, world: World, make: () => Promise<T>): Promise<T> {
  const known = going.get(world)
  if (known) return known
  const mine = make().finally(() => going.delete(world))
  going.set(world, mine)
  return mine
}

const slow = () => new Problem('request.slow', { retryAfterSeconds: 5 })
