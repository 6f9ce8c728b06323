/** Finding persons by what they are known by: keyed digests, never the values themselves. */
import { Problem } from '../platform/problems.ts'
import type { Ctx, Look, World } from '../platform/world.ts'
import { digest } from './lookup.ts'
import * as store from './store.ts'

/**
 * Until this act ends nobody else matches persons: called before `find` or `findMany` by whoever makes a person when
 * none is found, so that two deliveries of one stranger cannot make two.
 */
export const matchAlone = (ctx: Ctx) => store.lockMatching(ctx)

/** Ids of the persons who have a record with this value, by blind index; each once. */
export async function find(ctx: Ctx, field: string, value: string): Promise<string[]> {
  const rows = await store.findByDigest(ctx, field, [digest(ctx.world.keys, field, 'match', value)])
  return [...new Set(rows.map(row => row.subjectId))]
}

/** The one person who has a record with this value. Throws `subjects.none` or `subjects.several`. */
export async function findOne(ctx: Ctx, field: string, value: string): Promise<string> {
  const [subjectId, ...others] = await find(ctx, field, value)
  if (subjectId === undefined) throw new Problem('subjects.none')
  if (others.length > 0) throw new Problem('subjects.several')
  return subjectId
}

/** The same for many values at once: value -> person ids. */
export async function findMany(
  ctx: Ctx | Look,
  field: string,
  values: readonly string[],
): Promise<Map<string, string[]>> {
  const byDigest = new Map(values.map(value => [digest(ctx.world.keys, field, 'match', value).toString('hex'), value]))
  const digests = [...byDigest.keys()].map(hex => Buffer.from(hex, 'hex'))
  const found = new Map<string, string[]>()
  for (const row of digests.length ? await store.findByDigest(ctx, field, digests) : []) {
    const value = byDigest.get(row.digest.toString('hex')) as string
    const ids = found.get(value) ?? []
    if (!ids.includes(row.subjectId)) found.set(value, [...ids, row.subjectId])
  }
  return found
}

/** A keyed digest for a use of one's own, e.g. the client's case reference. 16 bytes. */
export function keyedDigest(ctx: { readonly world: World }, field: string, use: string, value: string): Buffer {
  return digest(ctx.world.keys, field, use, value)
}

/** Those of these persons who can be found by this field at all. */
export async function withLookup(from: Ctx | Look, field: string, subjectIds: readonly string[]): Promise<Set<string>> {
  const rows = subjectIds.length > 0 ? await store.findHolders(from, field, subjectIds) : []
  return new Set(rows.map(row => row.subjectId))
}
