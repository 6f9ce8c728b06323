/** Walks the log for those who hold something against it: the persons' openings, the adopted policies. */
import type { KeyObject } from 'node:crypto'
import type { Look, World } from '../platform/world.ts'
import { authenticBody, commitmentOf } from './leaf.ts'
import * as store from './store.ts'
import type { Finding } from './verify.ts'

const PAGE = 10_000
const FINDINGS_MAX = 1_000
const FIRST = '00000000-0000-0000-0000-000000000000'

/** A leaf with its entry's id and, once it has one, its place. */
export type Placed = { readonly entryId: string; readonly position?: number; readonly leaf: Buffer }

/** The key that authenticates entries about no person. */
export const systemKey = (world: World): KeyObject => world.keys.macKey('ledger/system')

/** Every leaf of the log in order, then those that wait for a place; page by page, all of the look's one instant. */
export async function* leaves(look: Look): AsyncGenerator<readonly Placed[]> {
  for (let next = 0; ;) {
    const rows = await store.findLeaves(look.tx, next, PAGE)
    yield rows.map(({ entry_id: entryId, position, leaf }) => ({ entryId, position, leaf }))
    if (rows.length < PAGE) break
    next = (rows.at(-1)?.position ?? next) + 1
  }
  for (let after = FIRST; ;) {
    const rows = await store.findWaitingLeaves(look.tx, after, PAGE)
    yield rows.map(({ entry_id: entryId, leaf }) => ({ entryId, leaf }))
    if (rows.length < PAGE) return
    after = rows.at(-1)?.entry_id ?? after
  }
}

/**
 * Names each entry about no person that the program did not write, and returns the bodies of the true ones of
 * this kind, e.g. 'policy.adopted'.
 */
export async function auditSystem(look: Look, kind: string): Promise<{ findings: Finding[]; bodies: object[] }> {
  const key = systemKey(look.world)
  const findings: Finding[] = []
  const bodies: object[] = []
  for await (const page of leaves(look)) {
    for (const { leaf, ...place } of page) {
      if (commitmentOf(leaf)) continue
      const body = authenticBody(key, place.entryId, leaf)
      if (!body && findings.length < FINDINGS_MAX) findings.push({ kind: 'forged', ...place })
      if (body?.['kind'] === kind) bodies.push(body)
    }
  }
  return { findings, bodies }
}
