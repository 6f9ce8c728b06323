/** Every SQL statement of the disclosure module. */
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'

export type DisclosureRow = {
  subjectId: string
  disclosureId: string
  caseId: string
  recipientKind: 'creditor' | 'lawyer' | 'authority'
  recipientId: string
  demandId: string | null
  consentId: string | null
  hasWebsiteValues: boolean
  noticeId: string
  fields: string[]
  recordIds: string[]
  contentSha256: Buffer
  disclosedAt: Date
}

const columns = sql`
  d.subject_id as "subjectId", d.disclosure_id as "disclosureId", d.relationship_id as "caseId",
  d.recipient_kind as "recipientKind", d.recipient_id as "recipientId", d.demand_id as "demandId",
  d.consent_id as "consentId", d.has_website_values as "hasWebsiteValues", d.notice_id as "noticeId", d.fields,
  d.record_ids as "recordIds", d.content_sha256 as "contentSha256", d.disclosed_at as "disclosedAt"`

export type NewDisclosure = Omit<DisclosureRow, 'disclosedAt'> & { readonly itemId: string }

/** The row of a disclosure; the database refuses one without its notice or its ground. */
export const insertDisclosure = (ctx: Ctx, row: NewDisclosure) =>
  ctx.tx.run(sql`
    insert into disclosure.disclosure (subject_id, disclosure_id, relationship_id, item_id, recipient_kind,
      recipient_id, creditor_id, lawyer_id, demand_id, has_website_values, consent_id, notice_id, fields, record_ids,
      content_sha256)
    values (${row.subjectId}, ${row.disclosureId}, ${row.caseId}, ${row.itemId}, ${row.recipientKind},
      ${row.recipientId}, ${row.recipientKind === 'creditor' ? row.recipientId : null},
      ${row.recipientKind === 'lawyer' ? row.recipientId : null}, ${row.demandId}, ${row.hasWebsiteValues},
      ${row.consentId}, ${row.noticeId}, ${row.fields}, ${row.recordIds}, ${row.contentSha256})`)

export type PackageRow = { packageSha256: Buffer; bytes: Buffer | null; expiresAt: Date; fetchedAt: Date | null }

type NewPackage = Pick<DisclosureRow, 'subjectId' | 'disclosureId'> & {
  packageSha256: Buffer
  bytes: Buffer
  days: number
}

/** Keeps the encrypted bytes until they expire. */
export const insertPackage = (ctx: Ctx, row: NewPackage) =>
  ctx.tx.one<{ expiresAt: Date }>(sql`
    insert into disclosure.package (subject_id, disclosure_id, package_sha256, bytes, expires_at)
    values (${row.subjectId}, ${row.disclosureId}, ${row.packageSha256}, ${row.bytes},
      now() + make_interval(days => ${row.days}))
    returning expires_at as "expiresAt"`)

/** One disclosure by its id. */
export const find = (from: Ctx | Look, disclosureId: string) =>
  from.tx.maybe<DisclosureRow>(
    sql`select ${columns} from disclosure.disclosure d where d.disclosure_id = ${disclosureId}`,
  )

/** Its package, locked until the act ends. */
export const lockPackage = (ctx: Ctx, of: Pick<DisclosureRow, 'subjectId' | 'disclosureId'>) =>
  ctx.tx.one<PackageRow>(sql`
    select package_sha256 as "packageSha256", bytes, expires_at as "expiresAt", fetched_at as "fetchedAt"
    from disclosure.package where subject_id = ${of.subjectId} and disclosure_id = ${of.disclosureId} for update`)

/** Notes when it first left. */
export const markFetched = (ctx: Ctx, of: Pick<DisclosureRow, 'subjectId' | 'disclosureId'>) =>
  ctx.tx.run(sql`
    update disclosure.package set fetched_at = coalesce(fetched_at, ${ctx.now})
    where subject_id = ${of.subjectId} and disclosure_id = ${of.disclosureId}`)

export type ListRow = DisclosureRow & { expiresAt: Date; fetchedAt: Date | null }

const listed = sql`
  select ${columns}, p.expires_at as "expiresAt", p.fetched_at as "fetchedAt"
  from disclosure.disclosure d join disclosure.package p using (subject_id, disclosure_id)`

/** All disclosures of a person, oldest first. */
export const findOfSubject = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<ListRow>(sql`${listed} where d.subject_id = ${subjectId} order by d.disclosed_at, d.disclosure_id`)

/** Packages a party can still fetch, newest first. */
export const findOfRecipient = (from: Ctx | Look, recipientId: string, limit: number) =>
  from.tx.many<ListRow>(sql`
    ${listed} where d.recipient_id = ${recipientId} and p.expires_at > ${from.now}
    order by d.disclosed_at desc, d.disclosure_id limit ${limit}`)

/** Expired packages that still have their bytes. */
export const countExpired = async (look: Look) =>
  (
    await look.tx.one<{ count: number }>(sql`
      select count(*) as count from disclosure.package where expires_at <= ${look.now} and erased_at is null`)
  ).count

/** Takes the bytes of expired packages away. Returns how many. */
export const eraseExpired = (ctx: Ctx) =>
  ctx.tx.run(sql`
    update disclosure.package set bytes = null, erased_at = ${ctx.now}
    where expires_at <= ${ctx.now} and erased_at is null`)
