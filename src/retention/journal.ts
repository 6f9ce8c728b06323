/**
 * The journal outside the database of what a restore may not undo: erasures by whatever door, restrictions, withdrawals
 * of consent, revoked keys, ended links. The database notes each in its own act; here the notes reach the disk.
 */
import { appendJournal, readJournal } from '../platform/kept-file.ts'
import { look, type Actor, type World } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'

const JOURNAL = 'erasures'

/** One line of the journal; each kind has a field of its own. */
export type JournalLine =
  | { readonly at: string; readonly subject: string; readonly records: readonly string[]; readonly reason: string }
  | { readonly at: string; readonly forgotten: readonly string[] }
  | { readonly at: string; readonly subject: string; readonly restricted: readonly string[] }
  | { readonly at: string; readonly subject: string; readonly released: readonly string[] }
  | { readonly at: string; readonly subject: string; readonly withdrawn: readonly string[] }
  | { readonly at: string; readonly revoked: readonly string[] }
  | { readonly at: string; readonly unlinked: readonly string[]; readonly by: string }

/** Writes down, by id, what happened and is not in the journal yet; a note goes only once its line is on the disk. */
export async function journal(world: World, who: Actor): Promise<void> {
  for (;;) {
    const rows = await look(world, { ...who, surface: 'worker' }, subjects.toJournal)
    if (rows.length === 0) return
    appendJournal(world.stateFolder, JOURNAL, rows.flatMap(linesOf))
    const ids = rows.map(row => row.journalId)
    await world.pools.worker.write(tx => subjects.journalled(tx, ids))
  }
}

/** All that was ever written down, oldest first. */
export function journalled(stateFolder: string): JournalLine[] {
  return readJournal(stateFolder, JOURNAL) as JournalLine[]
}

function linesOf(row: subjects.JournalRow): JournalLine[] {
  const { kind, reason, persons, items } = row
  const at = row.at.toISOString()
  if (kind === 'forgotten') return [{ at, forgotten: persons }]
  if (kind === 'revoked') return [{ at, revoked: items }]
  // No person here: when a visitor chose anew stands in the log, which names nobody.
  if (kind === 'unlinked') return [{ at, unlinked: items, by: reason }]
  const pairs = items.map((item, index) => ({ item, subject: persons[index] as string }))
  return [...Map.groupBy(pairs, pair => pair.subject)].map(([subject, of]) => {
    const ids = of.map(pair => pair.item)
    if (kind === 'erased') return { at, subject, records: ids, reason }
    if (kind === 'restricted') return { at, subject, restricted: ids }
    return kind === 'released' ? { at, subject, released: ids } : { at, subject, withdrawn: ids }
  })
}
