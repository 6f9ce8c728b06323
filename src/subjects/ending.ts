/** How what is held ends: records erased or replaced, persons forgotten, and what a restore must not bring back. */
import * as policy from '../policy/policy.ts'
import type { Facts, Source } from '../policy/types.ts'
import { demand, type Warrant } from '../platform/warrant.ts'
import type { Ctx, Look } from '../platform/world.ts'
import { questionOf } from './question.ts'
import * as store from './store.ts'

/**
 * Destroys the keys and texts of records. `facts` say why it may; the database refuses by itself
 * what the law still keeps. Returns how many were erased.
 */
export async function erase(
  ctx: Ctx,
  warrant: Warrant,
  rows: readonly store.RecordRow[],
  because: { readonly reason: string; readonly facts: (row: store.RecordRow) => Facts },
): Promise<number> {
  const [first] = rows
  if (!first) return 0
  for (const row of rows) {
    demand(ctx, warrant, row.subjectId)
    const of = { category: row.category, source: row.source as Source, fields: [] }
    policy.require(ctx, questionOf('erase', warrant.purpose, of), because.facts(row))
  }
  const ids = rows.map(row => row.recordId)
  return (await store.erase(ctx, first.subjectId, ids, because.reason)).erase
}

/**
 * Erases client records that a newer delivery of the same case has replaced: the reason to keep them ended
 * (S19, Art. 5(1)(d)). The policy decides each; the database leaves what is restricted or on hold, and counts.
 */
export async function supersede(
  ctx: Ctx,
  warrant: Warrant,
  heads: readonly store.RecordHead[],
  facts: Facts,
): Promise<number> {
  for (const head of heads) {
    demand(ctx, warrant, head.subjectId)
    const of = { category: head.category, source: head.source as Source, fields: [] }
    policy.require(ctx, questionOf('erase', warrant.purpose, of), { ...facts, reasonEnded: true })
  }
  return heads.length > 0 ? (await store.supersede(ctx, heads)).supersede : 0
}

export type Erasable = Pick<store.RecordRow, 'subjectId' | 'recordId' | 'category' | 'source'>

/**
 * The same for many persons in one round trip, each record with the reason and facts of its own. The warrant must
 * be a job's. Throws like `erase`; one refusal refuses all. Returns how many were erased.
 */
export async function eraseMany<Row extends Erasable>(
  ctx: Ctx,
  warrant: Warrant,
  rows: readonly Row[],
  because: { readonly reason: (row: Row) => string; readonly facts: (row: Row) => Facts },
): Promise<number> {
  const groups = new Map<string, { subjectId: string; recordIds: string[]; reason: string }>()
  for (const row of rows) {
    demand(ctx, warrant, row.subjectId)
    const of = { category: row.category, source: row.source as Source, fields: [] }
    policy.require(ctx, questionOf('erase', warrant.purpose, of), because.facts(row))
    const reason = because.reason(row)
    const key = `${row.subjectId} ${reason}`
    const group = groups.get(key) ?? { subjectId: row.subjectId, recordIds: [], reason }
    group.recordIds.push(row.recordId)
    groups.set(key, group)
  }
  if (groups.size === 0) return 0
  const done = await store.eraseMany(ctx, [...groups.values()])
  return done.reduce((sum, it) => sum + it.erased, 0)
}

/** Brings the latest day of many records forward, never back. Returns how many moved. */
export const bringForward = store.bringForward

/** Which of these persons still have the key that seals their log. */
export async function alive(from: Ctx | Look, ids: readonly string[]): Promise<Set<string>> {
  return new Set((ids.length > 0 ? await store.findAlive(from, ids) : []).map(row => row.subjectId))
}

/** `forget` for many; returns the ids of those whose key was destroyed now. */
export async function forgetMany(ctx: Ctx, ids: readonly string[]): Promise<string[]> {
  const rows = ids.length > 0 ? await store.forgetMany(ctx, ids) : []
  return rows.filter(row => row.forgotten).map(row => row.subjectId)
}

/** Destroys the person's own key when nothing needs it any more. True when it was done now. */
export async function forget(ctx: Ctx, subjectId: string): Promise<boolean> {
  return (await store.forget(ctx, subjectId)).forget
}

/**
 * What must survive a restore and is not in the journal outside the database yet: erased, forgotten, restricted,
 * released; consents withdrawn; keys revoked; links ended. Ids and codes, at most 500 rows, oldest first.
 */
export const toJournal = (from: Look) => store.findToJournal(from, 500)

/** These rows stand in the journal now. */
export const journalled = store.deleteJournalled
