/**
 * What a person's own key does: it seals what the ledger says of them, and short texts about them. It is made with
 * the person and destroyed last.
 */
import { randomUUID, type KeyObject } from 'node:crypto'
import type { Value } from '../lib/copy-binary.ts'
import * as ledger from '../ledger/ledger.ts'
import { Problem } from '../platform/problems.ts'
import type { Ctx, Look } from '../platform/world.ts'
import { keyOf, random } from './envelope.ts'
import { commit, isShownAsSealed, open as openEntry, type Body } from './opening.ts'
import * as store from './store.ts'

/** Makes `count` persons, each with a key of their own, and returns their ids. */
export async function create(ctx: Ctx, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  const keys = ids.map(() => random(32))
  const { generation, blobs } = ctx.world.keys.wrap('subject', keys)
  await store.insertSubjects(
    ctx,
    ids.map((id, index) => [id, generation, blobs[index]]),
  )
  ids.forEach((id, index) => keysOf(ctx).set(id, keyOf(keys[index] as Buffer)))
  return ids
}

export type Entry = {
  readonly subjectId: string
  readonly kind: string
  readonly detail?: { readonly [name: string]: unknown }
  /** Null: hidden from the person until a lawful reason to keep it secret ends. */
  readonly visibleFrom?: Date | null
}

/** Writes what happened to these persons: one ledger leaf and one sealed opening each. */
export async function enter(ctx: Ctx, entries: readonly Entry[]): Promise<void> {
  const keys = await subjectKeys(
    ctx,
    entries.map(entry => entry.subjectId),
  )
  const openings: (readonly Value[])[] = []
  const actor = { id: ctx.actor.id, role: ctx.actor.role }
  const at = ctx.now.toISOString()
  const leaves = function* () {
    for (const entry of entries) {
      const key = keys.get(entry.subjectId)
      if (!key) throw new Problem('subjects.erased')
      const entryId = randomUUID()
      const { visibleFrom } = entry
      const seen = visibleFrom === undefined ? {} : { visibleFrom: visibleFrom?.toISOString() ?? null }
      const body: Body = { kind: entry.kind, at, actor, ...entry.detail, ...seen }
      const { commitment, sealed } = commit(key, entryId, body)
      openings.push([entry.subjectId, entryId, ctx.now, visibleFrom === undefined ? ctx.now : visibleFrom, sealed])
      yield [entryId, ledger.personalLeaf(commitment)]
    }
  }
  await store.insertLeaves(ctx, ledger.PENDING_COLUMNS, leaves())
  ledger.countAppended(ctx, entries.length)
  await store.insertOpenings(ctx, openings)
}

/** The person's own log, oldest first; an opening that was changed is named, not hidden. */
export async function entriesOf(ctx: Ctx, subjectId: string) {
  const key = (await subjectKeys(ctx, [subjectId])).get(subjectId)
  if (!key) return []
  return (await store.findOpenings(ctx, subjectId)).map(({ sealed, ...row }) => {
    const body = openEntry(key, row.entryId, sealed)?.body
    return { ...row, body: body && isShownAsSealed(body, row.visibleFrom) ? withoutSeen(body) : null }
  })
}

/** What the entry says happened; from when it is seen is told by the row. */
function withoutSeen({ visibleFrom: _, ...body }: Body): Body {
  return body
}

const keyCache = new WeakMap<Ctx, Map<string, KeyObject>>()

function keysOf(ctx: Ctx): Map<string, KeyObject> {
  const known = keyCache.get(ctx) ?? new Map<string, KeyObject>()
  keyCache.set(ctx, known)
  return known
}

async function subjectKeys(ctx: Ctx, ids: readonly string[]): Promise<Map<string, KeyObject>> {
  const known = keysOf(ctx)
  const missing = [...new Set(ids)].filter(id => !known.has(id))
  for (const row of missing.length ? await store.findSubjects(ctx, missing) : []) {
    const key = row.wrappedKey && unwrapped(ctx, 'subject', { ...row, wrappedKey: row.wrappedKey })
    if (key) known.set(row.subjectId, key)
  }
  return known
}

/** Seals a short text with the person's key, e.g. the reference of an authority's demand. */
export async function sealText(ctx: Ctx, subjectId: string, use: string, text: string): Promise<Buffer> {
  const key = (await subjectKeys(ctx, [subjectId])).get(subjectId)
  if (!key) throw new Problem('subjects.erased')
  return commit(key, use, { kind: 'text', at: ctx.now.toISOString(), actor: { id: '', role: '' }, text }).sealed
}

/** Opens what `sealText` sealed under the same use. */
export async function unsealText(ctx: Ctx, subjectId: string, use: string, sealed: Buffer): Promise<string> {
  const key = (await subjectKeys(ctx, [subjectId])).get(subjectId)
  const opened = key && openEntry(key, use, sealed)
  if (!opened) throw new Problem('subjects.integrity')
  return String(opened.body['text'])
}

type Wrapped = { readonly keyGeneration: number; readonly wrappedKey: Buffer }

/** The key behind a wrapped one, or null when it is gone or was changed. */
export function unwrapped(ctx: Ctx | Look, purpose: 'record' | 'subject', wrapped: Wrapped): KeyObject | null {
  try {
    return keyOf(ctx.world.keys.unwrap(purpose, wrapped.keyGeneration, wrapped.wrappedKey))
  } catch {
    return null
  }
}
