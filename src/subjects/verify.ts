/** Holds the persons' openings against the log: each gives the commitment that was logged, and none is left out. */
import { commitmentOf, leaves as leavesOfLog, leavesOf, type Placed } from '../ledger/ledger.ts'
import type { Look } from '../platform/world.ts'
import { keyOf } from './envelope.ts'
import { isShownAsSealed, open } from './opening.ts'
import * as store from './store.ts'

/** `missing`: not in the log. `changed`: says or shows something else than was logged. `gone`: only in the log. */
export type OpeningFault = 'missing' | 'changed' | 'gone'
export type OpeningFinding = {
  readonly kind: 'opening'
  readonly entryId: string
  readonly fault: OpeningFault
  readonly position?: number
}
export type OpeningReport = {
  readonly openings: number
  readonly forgotten: number
  readonly findings: readonly OpeningFinding[]
}

const PAGE = 2_000
const START = { subjectId: '00000000-0000-0000-0000-000000000000', entryId: '00000000-0000-0000-0000-000000000000' }

/**
 * Names each opening whose entry is missing from the log or says something else, and each personal entry of the log
 * whose opening is gone. Openings of a person whose key was destroyed cannot be read by anyone and are counted; they
 * stay where they are, so no entry is without one for that reason.
 */
export async function verifyOpenings(look: Look): Promise<OpeningReport> {
  const findings: OpeningFinding[] = []
  const seen: bigint[] = []
  let forgotten = 0
  for (let after = START; ;) {
    const rows = await store.findOpeningPage(look, after, PAGE)
    const leaves = new Map(
      (
        await leavesOf(
          look,
          rows.map(row => row.entryId),
        )
      ).map(it => [it.entry_id, it.leaf]),
    )
    for (const row of rows) {
      seen.push(shortened(row.entryId))
      if (!row.wrappedKey) forgotten += 1
      const fault = faultOf(look, row, leaves.get(row.entryId))
      if (fault) findings.push({ kind: 'opening', entryId: row.entryId, fault })
    }
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) break
    after = last
  }
  const gone = await findGone(look, BigUint64Array.from(seen).sort())
  return { openings: seen.length, forgotten, findings: [...findings, ...gone] }
}

/** Personal entries of the log that nobody has an opening for. */
async function findGone(look: Look, seen: BigUint64Array): Promise<OpeningFinding[]> {
  const gone: OpeningFinding[] = []
  for await (const page of leavesOfLog(look)) {
    const without = ({ leaf, entryId }: Placed) => commitmentOf(leaf) !== null && !holds(seen, shortened(entryId))
    for (const { leaf: _, ...place } of page.filter(without)) gone.push({ kind: 'opening', fault: 'gone', ...place })
  }
  return gone
}

/** Ids are random: 64 bits of each tell millions apart and fit in memory. */
function shortened(entryId: string): bigint {
  return BigInt(`0x${entryId.replaceAll('-', '').slice(-16)}`)
}

function holds(sorted: BigUint64Array, value: bigint): boolean {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as bigint) < value) low = middle + 1
    else high = middle
  }
  return sorted[low] === value
}

type Row = Awaited<ReturnType<typeof store.findOpeningPage>>[number]

function faultOf(look: Look, row: Row, leaf: Buffer | undefined): OpeningFinding['fault'] | null {
  const logged = leaf && commitmentOf(leaf)
  if (!logged) return 'missing'
  if (!row.wrappedKey) return null
  try {
    const key = keyOf(look.world.keys.unwrap('subject', row.keyGeneration, row.wrappedKey))
    const opened = open(key, row.entryId, row.sealed)
    const isTrue = opened?.commitment.equals(logged) === true && isShownAsSealed(opened.body, row.visibleFrom)
    return isTrue ? null : 'changed'
  } catch {
    return 'changed'
  }
}
