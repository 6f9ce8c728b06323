/**
 * The vault's face. `hold` takes personal data in, `open` is the only door out, `erase` ends it.
 * Each asks the policy first; `enter` writes what happened into the ledger and the person's own log.
 */
import { randomUUID } from 'node:crypto'
import * as policy from '../policy/policy.ts'
import type { Facts, Question, Reason, Source, Verb } from '../policy/types.ts'
import { Problem } from '../platform/problems.ts'
import { demand, type Warrant } from '../platform/warrant.ts'
import type { Ctx, Look } from '../platform/world.ts'
import { associatedData } from './associated-data.ts'
import { keyOf, random, seal, unseal } from './envelope.ts'
import { digest } from './lookup.ts'
import { unwrapped } from './own-key.ts'
import { questionOf } from './question.ts'
import * as store from './store.ts'

export * from './ending.ts'
export type { Body } from './opening.ts'
export { create, enter, entriesOf, sealText, unsealText, type Entry } from './own-key.ts'
export * from './search.ts'
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

/**
 * Takes records in. Each is decided by the policy (`collect`, purpose of the warrant) before it is
 * sealed; one refusal refuses all. Returns the record ids in order. The caller enters it in the ledger.
 */
export async function hold(ctx: Ctx, warrant: Warrant, records: readonly NewRecord[], facts: Facts): Promise<string[]> {
  for (const record of records) {
    demand(ctx, warrant, record.subjectId)
    const { category, source, values } = record
    policy.require(
      ctx,
      questionOf('collect', warrant.purpose, { category, source, fields: Object.keys(values) }),
      facts,
    )
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
      ...questionOf(request.verb, warrant.purpose, { category: row.category, source: row.source as Source, fields }),
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
  const key = unwrapped(ctx, 'record', { keyGeneration: row.keyGeneration, wrappedKey: row.wrappedKey })
  const plain = key && unseal(key, row.ciphertext, associatedData(row))
  if (!plain) {
    ctx.world.log('error', 'subjects.integrity', { code: 'subjects.integrity' })
    throw new Problem('subjects.integrity', { rule: 'subjects.integrity', clause: 'S24' })
  }
  return JSON.parse(plain.toString('utf8')) as Values
}

function pick(values: Values, fields: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([field]) => fields.includes(field)))
}

/** The rows themselves, still sealed: what is held, without what it says. */
export const rowsOf = (ctx: Ctx | Look, subjectId: string) => store.findRecords(ctx, subjectId)

/** Keeps a person's records as they are until the act ends, for whoever decides on them and lets them out. */
export const lockForUse = (ctx: Ctx, subjectId: string) => store.lockForUse(ctx, subjectId)

/** Keeps everybody else from them until the act ends, for whoever restricts them: before any other row is locked. */
export const lockForChange = (ctx: Ctx, subjectId: string) => store.lockForChange(ctx, subjectId)

/**
 * The same for many persons at once, for whoever renews what is held of them: an objection waits for that act or is
 * seen by it. Called before anything is decided on them.
 */
export const keepMany = async (ctx: Ctx, subjectIds: readonly string[]): Promise<void> => {
  if (subjectIds.length > 0) await store.keep(ctx, subjectIds)
}

/** Stops any use but storage, claims and access (Art. 18). Returns how many records changed. */
export const restrict = (ctx: Ctx, subjectId: string, recordIds: readonly string[]) =>
  store.restrict(ctx, subjectId, recordIds)

/** Lifts a restriction after the person was warned (Art. 18(3)). */
export const release = (ctx: Ctx, subjectId: string, recordIds: readonly string[]) =>
  store.release(ctx, subjectId, recordIds)

/** Brings the latest day forward, never back. */
export const eraseBy = (ctx: Ctx, subjectId: string, recordIds: readonly string[], day: string) =>
  store.setEraseBy(ctx, subjectId, recordIds, day)

/** What is alive of these persons: which records, of what kind and from where, but not what they say. */
export async function headsOf(from: Ctx | Look, subjectIds: readonly string[]): Promise<store.RecordHead[]> {
  return subjectIds.length > 0 ? store.findHeads(from, subjectIds) : []
}
