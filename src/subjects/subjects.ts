/**
 * The vault's face. `hold` takes personal data in, `open` is the only door out, `erase` ends it.
 * Each asks the policy first; `enter` writes what happened into the ledger and the person's own log.
 */
import { randomUUID, type KeyObject } from 'node:crypto'
import type { Value } from '../lib/copy-binary.ts'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import type { Facts, Question, Reason, Source, Verb } from '../policy/types.ts'
import { Problem } from '../platform/problems.ts'
import { demand, type Warrant } from '../platform/warrant.ts'
import type { Ctx, Look, World } from '../platform/world.ts'
import { associatedData } from './associated-data.ts'
import { keyOf, random, seal, unseal } from './envelope.ts'
import { digest } from './lookup.ts'
import { commit, isShownAsSealed, open as openEntry, type Body } from './opening.ts'
import * as store from './store.ts'

export type { Body } from './opening.ts'
export { verifyOpenings } from './verify.ts'
export type { JournalRow, RecordHead, RecordRow } from './store.ts'

/** Values of one record by field code; all text, normalised before they come here. */
export type Values = { readonly [field: string]: string }

export type NewRecord = {
  readonly subjectId: string
  readonly recordId?: string
  readonly relationshipId: string
  readonly category: string
  readonly source: Source
  /** The site for source 'website', else absent. */
  readonly host?: string
  readonly values: Values
  /** Latest day it may be kept, 'YYYY-MM-DD'; demanded for website records. */
  readonly eraseBy?: string | null
  readonly noticeId?: string | null
  readonly consentId?: string | null
  readonly importId?: string | null
  readonly voucherId?: string | null
  readonly supersedes?: string | null
  /** Values to be found by that are no field of the record, e.g. name and address together: use -> value. */
  readonly foundBy?: Values
}

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

/**
 * Takes records in. Each is decided by the policy (`collect`, purpose of the warrant) before it is
 * sealed; one refusal refuses all. Returns the record ids in order. The caller enters it in the ledger.
 */
export async function hold(ctx: Ctx, warrant: Warrant, records: readonly NewRecord[], facts: Facts): Promise<string[]> {
  for (const record of records) {
    demand(ctx, warrant, record.subjectId)
    policy.require(ctx, questionOf('collect', warrant.purpose, record, Object.keys(record.values)), facts)
  }
  const ids = records.map(record => record.recordId ?? randomUUID())
  await store.insertRecords(ctx, sealedRows(ctx, warrant.purpose, records, ids))
  await store.insertLookups(ctx, lookupsOf(ctx, records, ids))
  return ids
}

/** Row by row as the database takes them, so that sealing the next and storing the last happen at once. */
function* sealedRows(ctx: Ctx, purpose: string, records: readonly NewRecord[], ids: readonly string[]) {
  const { version, document } = policy.current(ctx)
  for (const [index, record] of records.entries()) {
    const bound = {
      subjectId: record.subjectId,
      recordId: ids[index] as string,
      category: record.category,
      source: record.source,
      host: record.host ?? '',
      purpose,
      policyVersion: version,
      collectedAt: ctx.now,
    }
    const key = random(32)
    const { generation, blobs } = ctx.world.keys.wrap('record', [key])
    const plain = Buffer.from(JSON.stringify(record.values), 'utf8')
    const sealed = seal(keyOf(key), plain, associatedData(bound))
    const isAccounting = document.categories[record.category]?.accounting === true
    yield [
      record.subjectId,
      bound.recordId,
      record.relationshipId,
      record.category,
      isAccounting,
      record.source,
      bound.host,
      purpose,
      version,
      ctx.now,
      record.eraseBy,
      record.noticeId,
      record.consentId,
      record.importId,
      record.voucherId,
      record.supersedes,
      generation,
      blobs[0],
      sealed,
    ]
  }
}

function* lookupsOf(ctx: Ctx, records: readonly NewRecord[], ids: readonly string[]) {
  const { fields } = policy.current(ctx).document
  const { keys } = ctx.world
  for (const [index, { subjectId, values, foundBy = {} }] of records.entries()) {
    for (const field in values) {
      if (fields[field]?.lookup !== 'exact') continue
      yield [subjectId, ids[index], field, digest(keys, field, 'match', values[field] as string)]
    }
    for (const use in foundBy) yield [subjectId, ids[index], use, digest(keys, use, 'match', foundBy[use] as string)]
  }
}

export type Opened = {
  readonly row: store.RecordRow
  /** Only the fields that the decision allowed. */
  readonly values: Values
  readonly refused: readonly { readonly field: string; readonly code: string; readonly clause: string }[]
}

export type Withheld = { readonly row: store.RecordRow; readonly reasons: readonly Reason[] }

export type OpenRequest = {
  readonly subjectId: string
  readonly verb: Extract<Verb, 'read' | 'disclose' | 'access' | 'notify' | 'market'>
  readonly recipient?: Question['recipient']
  readonly channel?: string
  /** Limits what is opened; absent: all records the warrant covers. */
  readonly records?: readonly string[]
  readonly categories?: readonly string[]
  /** Fields wanted; absent: all the policy lets this purpose see. */
  readonly fields?: readonly string[]
  /** Facts about the record at hand, beside those the vault knows itself. */
  readonly factsOf: (row: store.RecordRow) => Facts
}

/**
 * The only door that decrypts. Decides record by record, opens what is permitted and returns what
 * was withheld with its reasons. Throws `policy.refused` when there was something and all of it was
 * refused, `subjects.integrity` when a record was changed from outside. The caller enters it in the ledger.
 */
export async function open(
  ctx: Ctx,
  warrant: Warrant,
  request: OpenRequest,
): Promise<{ opened: Opened[]; withheld: Withheld[] }> {
  demand(ctx, warrant, request.subjectId)
  const rows = (await rowsFor(ctx, warrant, request)).filter(row => row.erasedAt === null)
  const opened: Opened[] = []
  const withheld: Withheld[] = []
  for (const row of rows) {
    const fields = request.fields ?? policy.current(ctx).document.categories[row.category]?.fields ?? []
    const question: Question = {
      ...questionOf(request.verb, warrant.purpose, { category: row.category, source: row.source as Source }, fields),
      recipient: request.recipient ?? '',
      channel: request.channel ?? '',
    }
    const decision = policy.ask(ctx, question, { ...request.factsOf(row), restricted: row.restrictedAt !== null })
    if (decision.outcome === 'deny') withheld.push({ row, reasons: decision.reasons })
    else opened.push({ row, values: pick(openRow(ctx, row), decision.allowed), refused: decision.refused })
  }
  if (opened.length === 0 && withheld.length > 0) throw policy.refusal(ctx, withheld[0]?.reasons ?? [])
  return { opened, withheld }
}

async function rowsFor(ctx: Ctx, warrant: Warrant, request: OpenRequest): Promise<store.RecordRow[]> {
  const { subjectId, records, categories } = request
  const rows = warrant.relationshipId
    ? await store.findRecordsOf(ctx, subjectId, warrant.relationshipId)
    : await store.findRecords(ctx, subjectId)
  return rows.filter(
    row => (!records || records.includes(row.recordId)) && (!categories || categories.includes(row.category)),
  )
}

function openRow(ctx: Ctx, row: store.RecordRow): Values {
  if (!row.wrappedKey || !row.ciphertext) throw new Problem('subjects.erased')
  const key = unwrapped(ctx, 'record', row.keyGeneration, row.wrappedKey)
  const plain = key && unseal(key, row.ciphertext, associatedData(row))
  if (!plain) {
    ctx.world.log('error', 'subjects.integrity', { code: 'subjects.integrity' })
    throw new Problem('subjects.integrity', { rule: 'subjects.integrity', clause: 'S24' })
  }
  return JSON.parse(plain.toString('utf8')) as Values
}

function unwrapped(ctx: Ctx | Look, purpose: 'record' | 'subject', generation: number, blob: Buffer): KeyObject | null {
  try {
    return keyOf(ctx.world.keys.unwrap(purpose, generation, blob))
  } catch {
    return null
  }
}

function pick(values: Values, fields: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([field]) => fields.includes(field)))
}

function questionOf(
  verb: Verb,
  purpose: string,
  of: { category: string; source: Source },
  fields: readonly string[],
): Question {
  return { verb, purpose, category: of.category, source: of.source, recipient: '', channel: '', fields }
}

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

/** The rows themselves, still sealed: what is held, without what it says. */
export const rowsOf = (ctx: Ctx | Look, subjectId: string) => store.findRecords(ctx, subjectId)

/** Keeps a person's records as they are until the act ends, for whoever decides on them and lets them out. */
export const lockForUse = (ctx: Ctx, subjectId: string) => store.lockForUse(ctx, subjectId)

/** Keeps everybody else from them until the act ends, for whoever restricts them: first of all, before any other row. */
export const lockForChange = (ctx: Ctx, subjectId: string) => store.lockForChange(ctx, subjectId)

/**
 * The same for many persons at once, for whoever renews what is held of them: an objection waits for that act or is
 * seen by it. Called before anything is decided on them.
 */
export const keepMany = async (ctx: Ctx, subjectIds: readonly string[]): Promise<void> => {
  if (subjectIds.length > 0) await store.keep(ctx, subjectIds)
}

/**
 * What must survive a restore and is not in the journal outside the database yet: erased, forgotten, restricted,
 * released; consents withdrawn; keys revoked. Ids and codes, at most 500 rows, oldest first.
 */
export const toJournal = (from: Look) => store.findToJournal(from, 500)

/** These rows stand in the journal now. */
export const journalled = store.deleteJournalled

/** Stops any use but storage, claims and access (Art. 18). Returns how many records changed. */
export const restrict = (ctx: Ctx, subjectId: string, recordIds: readonly string[]) =>
  store.restrict(ctx, subjectId, recordIds)

/** Lifts a restriction after the person was warned (Art. 18(3)). */
export const release = (ctx: Ctx, subjectId: string, recordIds: readonly string[]) =>
  store.release(ctx, subjectId, recordIds)

/** Brings the latest day forward, never back. */
export const eraseBy = (ctx: Ctx, subjectId: string, recordIds: readonly string[], day: string) =>
  store.setEraseBy(ctx, subjectId, recordIds, day)

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
    const of = { category: row.category, source: row.source as Source }
    policy.require(ctx, questionOf('erase', warrant.purpose, of, []), because.facts(row))
  }
  const ids = rows.map(row => row.recordId)
  return (await store.erase(ctx, first.subjectId, ids, because.reason)).erase
}

/** What is alive of these persons: which records, of what kind and from where, but not what they say. */
export async function headsOf(from: Ctx | Look, subjectIds: readonly string[]): Promise<store.RecordHead[]> {
  return subjectIds.length > 0 ? store.findHeads(from, subjectIds) : []
}

/** Those of these persons who can be found by this field at all. */
export async function withLookup(from: Ctx | Look, field: string, subjectIds: readonly string[]): Promise<Set<string>> {
  const rows = subjectIds.length > 0 ? await store.findHolders(from, field, subjectIds) : []
  return new Set(rows.map(row => row.subjectId))
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
    const of = { category: head.category, source: head.source as Source }
    policy.require(ctx, questionOf('erase', warrant.purpose, of, []), { ...facts, reasonEnded: true })
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
    const of = { category: row.category, source: row.source as Source }
    policy.require(ctx, questionOf('erase', warrant.purpose, of, []), because.facts(row))
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
    const key = row.wrappedKey && unwrapped(ctx, 'subject', row.keyGeneration, row.wrappedKey)
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
