/** Holds every person's openings against the log: each must give the very commitment that was logged. */
import { commitmentOf, leavesOf } from '../ledger/ledger.ts'
import type { Look } from '../platform/world.ts'
import { keyOf } from './envelope.ts'
import { open } from './opening.ts'
import * as store from './store.ts'

export type OpeningFinding = { readonly kind: 'opening'; readonly entryId: string; readonly fault: 'missing' | 'changed' }
export type OpeningReport = { readonly openings: number; readonly forgotten: number; readonly findings: readonly OpeningFinding[] }

const PAGE = 2_000
const START = { subjectId: '00000000-0000-0000-0000-000000000000', entryId: '00000000-0000-0000-0000-000000000000' }

/**
 * Names each opening whose entry is missing from the log or says something else. Openings of a
 * person whose key was destroyed cannot be read by anyone and are only counted.
 */
export async function verifyOpenings(look: Look): Promise<OpeningReport> {
  const findings: OpeningFinding[] = []
  let openings = 0
  let forgotten = 0
  for (let after = START; ; ) {
    const rows = await store.findOpeningPage(look, after, PAGE)
    const leaves = new Map((await leavesOf(look, rows.map(row => row.entryId))).map(it => [it.entry_id, it.leaf]))
    for (const row of rows) {
      openings += 1
      if (!row.wrappedKey) forgotten += 1
      const fault = faultOf(look, row, leaves.get(row.entryId))
      if (fault) findings.push({ kind: 'opening', entryId: row.entryId, fault })
    }
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return { openings, forgotten, findings }
    after = last
  }
}

type Row = Awaited<ReturnType<typeof store.findOpeningPage>>[number]

function faultOf(look: Look, row: Row, leaf: Buffer | undefined): OpeningFinding['fault'] | null {
  const logged = leaf && commitmentOf(leaf)
  if (!logged) return 'missing'
  if (!row.wrappedKey) return null
  try {
    const key = keyOf(look.world.keys.unwrap('subject', row.keyGeneration, row.wrappedKey))
    return open(key, row.entryId, row.sealed)?.commitment.equals(logged) === true ? null : 'changed'
  } catch {
    return 'changed'
  }
}
