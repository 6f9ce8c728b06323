/** The journal outside the database of what was erased, so that a restored copy can be made to forget it again. */
import { appendJournal, readJournal } from '../platform/kept-file.ts'
import { look, type Actor, type World } from '../platform/world.ts'
import * as store from './store.ts'

const JOURNAL = 'erasures'

/** Writes down, by id, what was erased and is not in the journal yet. */
export async function journal(world: World, who: Actor): Promise<void> {
  for (;;) {
    const batches = await look(world, who, store.findToJournal)
    if (batches.length === 0) return
    appendJournal(
      world.stateFolder,
      JOURNAL,
      batches.flatMap(batch => batch.erased),
    )
    await world.pools.worker.write(tx =>
      store.setJournalled(
        tx,
        batches.map(batch => batch.batchId),
      ),
    )
  }
}

/** All that was ever erased, oldest first. */
export function journalled(stateFolder: string): store.JournalLine[] {
  return readJournal(stateFolder, JOURNAL) as store.JournalLine[]
}
