/** Every SQL statement of the vault. */
import { encode, type Value } from '../lib/copy-binary.ts'
import { sql } from '../lib/sql.ts'
import type { Tx } from '../platform/database.ts'
import type { Ctx, Look } from '../platform/world.ts'

export type RecordRow = {
  subjectId: string
  recordId: string
  relationshipId: string
  category: string
  source: string
  host: string
  purpose: string
  policyVersion: number
  collectedAt: Date
  collectedOn: string
  eraseBy: string | null
  noticeId: string | null
  consentId: string | null
  importId: string | null
  voucherId: string | null
  supersedes: string | null
  restrictedAt: Date | null
  keyGeneration: number
  wrappedKey: Buffer | null
  ciphertext: Buffer | null
  erasedAt: Date | null
  eraseReason: string | null
}

const columns = sql`
  subject_id as "subjectId", record_id as "recordId", relationship_id as "relationshipId", category, source, host,
  purpose, policy_version as "policyVersion", collected_at as "collectedAt", collected_on as "collectedOn",
  erase_by as "eraseBy", notice_id as "noticeId", consent_id as "consentId", import_id as "importId",
  voucher_id as "voucherId", supersedes, restricted_at as "restrictedAt", key_generation as "keyGeneration",
  wrapped_key as "wrappedKey", ciphertext, erased_at as "erasedAt", erase_reason as "eraseReason"`

export const insertSubjects = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn('subjects.subject (subject_id, key_generation, wrapped_key)', encode(['uuid', 'int4', 'bytea'], rows))

export const insertRecords = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(
    `subjects.record (subject_id, record_id, relationship_id, category, is_accounting, source, host, purpose,
     policy_version, collected_at, erase_by, notice_id, consent_id, import_id, voucher_id, supersedes,
     key_generation, wrapped_key, ciphertext)`,
    encode(
      [
        'uuid',
        'uuid',
        'uuid',
        'text',
        'bool',
        'text',
        'text',
        'text',
        'int4',
        'timestamptz',
        'date',
        'uuid',
        'uuid',
        'uuid',
        'uuid',
        'uuid',
        'int4',
        'bytea',
        'bytea',
      ],
      rows,
    ),
  )

export const insertLookups = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(
    'subjects.lookup (subject_id, record_id, field, digest)',
    encode(['uuid', 'uuid', 'text', 'bytea'], rows),
  )

export const insertOpenings = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(
    'subjects.opening (subject_id, entry_id, recorded_at, visible_from, sealed)',
    encode(['uuid', 'uuid', 'timestamptz', 'timestamptz', 'bytea'], rows),
  )

export const insertLeaves = (ctx: Ctx, target: string, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(target, encode(['uuid', 'bytea'], rows))

export type SubjectRow = { subjectId: string; keyGeneration: number; wrappedKey: Buffer | null; erasedAt: Date | null }

export const findSubjects = (ctx: Ctx, ids: readonly string[]) =>
  ctx.tx.many<SubjectRow>(sql`
    select subject_id as "subjectId", key_generation as "keyGeneration", wrapped_key as "wrappedKey",
      erased_at as "erasedAt"
    from subjects.subject where subject_id = any(${ids}::uuid[])`)

export const findRecords = (ctx: Ctx | Look, subjectId: string) =>
  ctx.tx.many<RecordRow>(sql`
    select ${columns} from subjects.record where subject_id = ${subjectId} order by collected_at, record_id`)

export const findRecordsOf = (ctx: Ctx | Look, subjectId: string, relationshipId: string) =>
  ctx.tx.many<RecordRow>(sql`
    select ${columns} from subjects.record
    where subject_id = ${subjectId} and relationship_id = ${relationshipId} and erased_at is null
    order by collected_at, record_id`)

export const lockRecords = (ctx: Ctx, subjectId: string, recordIds: readonly string[]) =>
  ctx.tx.many<RecordRow>(sql`
    select ${columns} from subjects.record
    where subject_id = ${subjectId} and record_id = any(${recordIds}::uuid[]) order by record_id`)

/** Until the act ends nobody restricts or erases what this person's records say; it waits for who is doing so. */
export const lockForUse = (ctx: Ctx, subjectId: string) =>
  ctx.tx.run(sql`
    select 1 from subjects.record where subject_id = ${subjectId} and erased_at is null order by record_id for share`)

/** Until the act ends nobody uses, restricts or erases what this person's records say. */
export const lockForChange = (ctx: Ctx, subjectId: string) =>
  ctx.tx.run(sql`
    select 1 from subjects.record where subject_id = ${subjectId} and erased_at is null order by record_id for update`)

/** The same for many persons, by a door that the importing role has too: in one order everywhere. */
export const keep = (ctx: Ctx, subjectIds: readonly string[]) =>
  ctx.tx.run(sql`select subjects.keep(${subjectIds}::uuid[])`)

export type JournalRow = {
  journalId: number
  at: Date
  kind: 'erased' | 'forgotten' | 'restricted' | 'released' | 'withdrawn' | 'revoked' | 'unlinked'
  reason: string
  persons: string[]
  items: string[]
}

/** What has not reached the journal outside the database yet, oldest first. */
export const findToJournal = (look: Look, limit: number) =>
  look.tx.many<JournalRow>(sql`
    select journal_id as "journalId", at, kind, reason, persons, items from subjects.journal
    order by journal_id limit ${limit}`)

export const deleteJournalled = (tx: Tx, ids: readonly number[]) =>
  tx.run(sql`delete from subjects.journal where journal_id = any(${ids.map(String)}::bigint[])`)

export const findByDigest = (ctx: Ctx | Look, field: string, digests: readonly Buffer[]) =>
  ctx.tx.many<{ subjectId: string; recordId: string; digest: Buffer }>(sql`
    select subject_id as "subjectId", record_id as "recordId", digest
    from unnest(${digests}::bytea[]) as wanted (digest)
    cross join lateral (
      select subject_id, record_id from subjects.lookup
      where field = ${field} and lookup.digest = wanted.digest offset 0
    ) as found`)

export const restrict = (ctx: Ctx, subjectId: string, recordIds: readonly string[]) =>
  // In one order everywhere: two acts on the same records then wait for each other instead of failing.
  ctx.tx.run(sql`
    with locked as (
      select record_id from subjects.record
      where subject_id = ${subjectId} and record_id = any(${recordIds}::uuid[]) and erased_at is null
      order by record_id for update
    )
    update subjects.record r set restricted_at = now() from locked
    where r.subject_id = ${subjectId} and r.record_id = locked.record_id and r.restricted_at is null`)

export const release = (ctx: Ctx, subjectId: string, recordIds: readonly string[]) =>
  ctx.tx.run(sql`
    update subjects.record set restricted_at = null
    where subject_id = ${subjectId} and record_id = any(${recordIds}::uuid[])`)

export const setEraseBy = (ctx: Ctx, subjectId: string, recordIds: readonly string[], eraseBy: string) =>
  bringForward(
    ctx,
    recordIds.map(recordId => ({ subjectId, recordId, day: eraseBy })),
  )

/** Only the function of the database may move the day, and only forward. Returns how many moved. */
export async function bringForward(
  ctx: Ctx,
  days: readonly { readonly subjectId: string; readonly recordId: string; readonly day: string }[],
): Promise<number> {
  if (days.length === 0) return 0
  const { moved } = await ctx.tx.one<{ moved: number }>(sql`
    select subjects.bring_forward(${days.map(it => it.subjectId)}::uuid[], ${days.map(it => it.recordId)}::uuid[],
      ${days.map(it => it.day)}::date[]) as moved`)
  return moved
}

export type Group = { readonly subjectId: string; readonly recordIds: readonly string[]; readonly reason: string }

/** One call of the narrow door a person and reason, all in one round trip, in one order everywhere. */
export const eraseMany = (ctx: Ctx, groups: readonly Group[]) =>
  ctx.tx.many<{ subjectId: string; reason: string; erased: number }>(sql`
    select g."subjectId", g.reason, subjects.erase(g."subjectId", g."recordIds", g.reason) as erased
    from (
      select * from jsonb_to_recordset(${JSON.stringify(groups)}::jsonb)
        as t ("subjectId" uuid, "recordIds" uuid[], reason text)
      order by 1, 3
    ) g`)

/** Which of these persons still have their key. */
export const findAlive = (from: Ctx | Look, ids: readonly string[]) =>
  from.tx.many<{ subjectId: string }>(sql`
    select subject_id as "subjectId" from subjects.subject
    where subject_id = any(${ids}::uuid[]) and wrapped_key is not null`)

/** Forgets many in one round trip, each by the narrow door. */
export const forgetMany = (ctx: Ctx, ids: readonly string[]) =>
  ctx.tx.many<{ subjectId: string; forgotten: boolean }>(sql`
    select s.id as "subjectId", subjects.forget(s.id) as forgotten
    from (select id from unnest(${ids}::uuid[]) as t (id) order by id) s`)

export const erase = (ctx: Ctx, subjectId: string, recordIds: readonly string[], reason: string) =>
  ctx.tx.one<{ erase: number }>(sql`select subjects.erase(${subjectId}, ${recordIds}::uuid[], ${reason})`)

/** One act at a time may match persons and make new ones. */
export const lockMatching = (ctx: Ctx) => ctx.tx.run(sql`select pg_advisory_xact_lock(7231102)`)

/** A living record without its text: enough to see what it is, not what it says. */
export type RecordHead = Pick<
  RecordRow,
  'subjectId' | 'recordId' | 'relationshipId' | 'category' | 'source' | 'noticeId' | 'importId' | 'restrictedAt'
>

/** What is alive of many persons, without keys and texts. */
export const findHeads = (ctx: Ctx | Look, subjectIds: readonly string[]) =>
  ctx.tx.many<RecordHead>(sql`
    select subject_id as "subjectId", record_id as "recordId", relationship_id as "relationshipId", category, source,
      notice_id as "noticeId", import_id as "importId", restricted_at as "restrictedAt"
    from subjects.record where subject_id = any(${subjectIds}::uuid[]) and erased_at is null
    order by subject_id, record_id`)

/** Erases what a newer delivery has replaced, as far as the database finds that true. */
export const supersede = (ctx: Ctx, heads: readonly RecordHead[]) =>
  ctx.tx.one<{ supersede: number }>(sql`
    select subjects.supersede(${heads.map(it => it.subjectId)}::uuid[], ${heads.map(it => it.recordId)}::uuid[])`)

/** Which of these persons have a digest of this field at all. */
export const findHolders = (ctx: Ctx | Look, field: string, subjectIds: readonly string[]) =>
  ctx.tx.many<{ subjectId: string }>(sql`
    select distinct subject_id as "subjectId" from subjects.lookup
    where subject_id = any(${subjectIds}::uuid[]) and field = ${field}`)

export const forget = (ctx: Ctx, subjectId: string) =>
  ctx.tx.one<{ forget: boolean }>(sql`select subjects.forget(${subjectId})`)

export const findOpenings = (ctx: Ctx, subjectId: string) =>
  ctx.tx.many<{ entryId: string; recordedAt: Date; visibleFrom: Date | null; sealed: Buffer }>(sql`
    select entry_id as "entryId", recorded_at as "recordedAt", visible_from as "visibleFrom", sealed
    from subjects.opening where subject_id = ${subjectId} order by recorded_at, entry_id`)

export type OpeningRow = {
  subjectId: string
  entryId: string
  visibleFrom: Date | null
  sealed: Buffer
  keyGeneration: number
  wrappedKey: Buffer | null
}

export const findOpeningPage = (look: Look, after: { subjectId: string; entryId: string }, limit: number) =>
  look.tx.many<OpeningRow>(sql`
    select o.subject_id as "subjectId", o.entry_id as "entryId", o.visible_from as "visibleFrom", o.sealed,
           s.key_generation as "keyGeneration", s.wrapped_key as "wrappedKey"
    from subjects.opening o join subjects.subject s using (subject_id)
    where (o.subject_id, o.entry_id) > (${after.subjectId}::uuid, ${after.entryId}::uuid)
    order by o.subject_id, o.entry_id limit ${limit}`)
