/** Every SQL statement of the cookies module: registers, choices, links and counts. */
import type { GuardCount, Language, Method, Register } from '../../sdk/wire.ts'
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'

type From = Ctx | Look

/** Fingerprints of the notices that were published for a register, by language. */
export const findNotices = (from: From, registerSha256: Buffer) =>
  from.tx.many<{ sha256: Buffer; language: Language }>(sql`
    select sha256, language from cookies.notice where register_sha256 = ${registerSha256}`)

export const insertRegister = (
  ctx: Ctx,
  row: { readonly sha256: Buffer; readonly site: string; readonly policyVersion: number; readonly document: string },
) =>
  ctx.tx.run(sql`
    insert into cookies.register (sha256, site, policy_version, document)
    values (${row.sha256}, ${row.site}, ${row.policyVersion}, ${row.document}) on conflict do nothing`)

export const insertNotice = (
  ctx: Ctx,
  row: {
    readonly sha256: Buffer
    readonly registerSha256: Buffer
    readonly language: Language
    readonly document: string
  },
) =>
  ctx.tx.run(sql`
    insert into cookies.notice (sha256, register_sha256, language, document)
    values (${row.sha256}, ${row.registerSha256}, ${row.language}, ${row.document}) on conflict do nothing`)

/** The browser's earlier choices are replaced; the database ends what tied them to a person. */
export const replace = (ctx: Ctx, proofDigests: readonly Buffer[]) =>
  ctx.tx.run(sql`
    update cookies.choice set replaced_at = now()
    where proof_digest = any(${proofDigests}::bytea[]) and replaced_at is null`)

export type NewChoice = {
  readonly choiceId: string
  readonly proofDigest: Buffer
  readonly site: string
  readonly noticeSha256: Buffer
  readonly registerSha256: Buffer
  readonly method: Method
  readonly accepted: readonly string[]
  readonly refused: readonly string[]
  readonly isGpc: boolean
  readonly lastsSeconds: number
  readonly entryId: string
  readonly salt: Buffer
}

/** A choice with the token it was made with, and when that may be forgotten. */
export type Paid = { readonly row: NewChoice; readonly tokenDigest: Buffer; readonly tokenExpiresAt: Date }

/**
 * Spends tokens and writes the choices whose token had not been spent, in one statement; gives back their ids. The
 * tokens go in the order given, which must be the same everywhere. One JSON text is cheaper to send than twelve lists.
 */
export const insertChoices = async (ctx: Ctx, paid: readonly Paid[]): Promise<string[]> => {
  const rows = await ctx.tx.many<{ choiceId: string }>(sql`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(paid.map(asJson))}::jsonb) as g (
        token text, token_expires_at timestamptz, choice_id uuid, proof text, site text, notice text, register text,
        method text, accepted jsonb, refused jsonb, is_gpc boolean, lasts_seconds integer, entry_id uuid, salt text)
    ), spent as (
      insert into cookies.spent_token (digest, expires_at)
      select decode(g.token, 'hex'), g.token_expires_at from given g
      on conflict do nothing returning digest
    )
    insert into cookies.choice (choice_id, proof_digest, site, notice_sha256, register_sha256, method, accepted,
      refused, is_gpc, lasts_seconds, entry_id, salt)
    select g.choice_id, decode(g.proof, 'hex'), g.site, decode(g.notice, 'hex'), decode(g.register, 'hex'), g.method,
      array(select jsonb_array_elements_text(g.accepted)), array(select jsonb_array_elements_text(g.refused)),
      g.is_gpc, g.lasts_seconds, g.entry_id, decode(g.salt, 'hex')
    from given g join spent s on s.digest = decode(g.token, 'hex')
    returning choice_id as "choiceId"`)
  return rows.map(row => row.choiceId)
}

function asJson({ row, tokenDigest, tokenExpiresAt }: Paid): object {
  const { choiceId, proofDigest, site, method, accepted, refused, isGpc, lastsSeconds, entryId, salt } = row
  return {
    token: tokenDigest.toString('hex'),
    token_expires_at: tokenExpiresAt,
    choice_id: choiceId,
    proof: proofDigest.toString('hex'),
    site,
    notice: row.noticeSha256.toString('hex'),
    register: row.registerSha256.toString('hex'),
    method,
    accepted,
    refused,
    is_gpc: isGpc,
    lasts_seconds: lastsSeconds,
    entry_id: entryId,
    salt: salt.toString('hex'),
  }
}

export type ChoiceRow = Omit<NewChoice, 'proofDigest' | 'salt'> & {
  readonly givenAt: Date
  readonly replacedAt: Date | null
  readonly language: Language
  readonly document: Register
  readonly salt: Buffer
}

/** The choice that a proof opens, with the register that was shown. */
export const findChoice = (from: From, proofDigest: Buffer) =>
  from.tx.maybe<ChoiceRow>(sql`
    select c.choice_id as "choiceId", c.site, c.notice_sha256 as "noticeSha256", c.register_sha256 as "registerSha256",
      c.method, c.accepted, c.refused, c.is_gpc as "isGpc", c.lasts_seconds as "lastsSeconds",
      c.entry_id as "entryId", c.salt, c.given_at as "givenAt", c.replaced_at as "replacedAt", n.language,
      r.document::jsonb as document
    from cookies.choice c
      join cookies.notice n on n.sha256 = c.notice_sha256
      join cookies.register r on r.sha256 = c.register_sha256
    where c.proof_digest = ${proofDigest}`)

/** The same, kept from being replaced or erased until the act ends. */
export const lockChoice = (ctx: Ctx, proofDigest: Buffer) =>
  ctx.tx.maybe<{ site: string; accepted: readonly string[] }>(sql`
    select site, accepted from cookies.choice
    where proof_digest = ${proofDigest} and replaced_at is null
      and now() <= given_at + lasts_seconds * interval '1 second'
    for no key update`)

export type LinkRow = {
  subjectId: string
  linkId: string
  site: string
  noticeId: string
  linkedAt: Date
  endedAt: Date | null
  endedBy: 'objection' | 'erasure' | 'visitor' | 'site' | 'expired' | null
}

export const insertLink = (
  ctx: Ctx,
  link: Pick<LinkRow, 'subjectId' | 'linkId' | 'site' | 'noticeId'> & { readonly proofDigest: Buffer },
) =>
  ctx.tx.run(sql`
    insert into cookies.link (subject_id, link_id, site, proof_digest, notice_id)
    values (${link.subjectId}, ${link.linkId}, ${link.site}, ${link.proofDigest}, ${link.noticeId})`)

const linkColumns = sql`
  k.subject_id as "subjectId", k.link_id as "linkId", k.site, k.notice_id as "noticeId", k.linked_at as "linkedAt",
  k.ended_at as "endedAt", k.ended_by as "endedBy"`

/** A link with what the browser's owner had accepted, while that is kept. */
export type LinkHistory = LinkRow & { readonly accepted: readonly string[] | null; readonly chosenAt: Date | null }

/** Every link of a person, oldest first. */
export const findLinks = (from: From, subjectId: string) =>
  from.tx.many<LinkHistory>(sql`
    select ${linkColumns}, c.accepted, c.given_at as "chosenAt"
    from cookies.link k left join cookies.choice c on c.proof_digest = k.proof_digest
    where k.subject_id = ${subjectId} order by k.linked_at, k.link_id`)

/** Until the act ends nobody else ties or loosens this person's browsers, or forgets the person. */
export const lockPerson = (ctx: Ctx, subjectId: string) => ctx.tx.run(sql`select cookies.lock_person(${subjectId})`)

/** The link of this browser with this person that has not ended. */
export const findLive = (ctx: Ctx, subjectId: string, proofDigest: Buffer) =>
  ctx.tx.maybe<LinkRow>(sql`
    select ${linkColumns} from cookies.link k
    where k.subject_id = ${subjectId} and k.proof_digest = ${proofDigest} for update`)

export const findLink = (ctx: Ctx, linkId: string) =>
  ctx.tx.maybe<LinkRow>(sql`select ${linkColumns} from cookies.link k where k.link_id = ${linkId}`)

/** The links of a person that have not ended, locked in the order in which everybody locks them. */
export const lockLive = (ctx: Ctx, subjectId: string) =>
  ctx.tx.many<LinkRow>(sql`
    select ${linkColumns} from cookies.link k
    where k.subject_id = ${subjectId} and k.ended_at is null order by k.link_id for update`)

/** The links that the database ended in this very act because something was erased. */
export const findErasedNow = (ctx: Ctx, subjectId: string) =>
  ctx.tx.many<{ linkId: string }>(sql`
    select link_id as "linkId" from cookies.link
    where subject_id = ${subjectId} and ended_by = 'erasure' and ended_at = now() order by link_id`)

/** Ends links of one person; gives back their ids. */
export const endLinks = async (
  ctx: Ctx,
  of: { readonly subjectId: string; readonly linkIds: readonly string[] },
  by: 'objection' | 'site',
): Promise<string[]> => {
  const rows = await ctx.tx.many<{ linkId: string }>(sql`
    update cookies.link set proof_digest = null, ended_at = now(), ended_by = ${by}
    where subject_id = ${of.subjectId} and link_id = any(${of.linkIds}::uuid[]) and ended_at is null
    returning link_id as "linkId"`)
  return rows.map(row => row.linkId)
}

/** Adds to what the guards of a site have counted. */
export const addCounts = (ctx: Ctx, site: string, counts: readonly (GuardCount & { readonly clause: string })[]) =>
  ctx.tx.run(sql`
    insert into cookies.guard_count as kept (site, day, code, clause, mode, count)
    select ${site}, c.day, c.code, c.clause, c.mode, c.count
    from unnest(
      ${counts.map(it => it.day)}::date[], ${counts.map(it => it.code)}::text[],
      ${counts.map(it => it.clause)}::text[], ${counts.map(it => it.mode)}::text[],
      ${counts.map(it => it.count)}::bigint[]
    ) as c (day, code, clause, mode, count)
    on conflict (site, day, code, mode) do update set count = kept.count + excluded.count`)

export const eraseChoices = (ctx: Ctx, most: number) =>
  ctx.tx.one<{ erased: number }>(sql`select cookies.erase_choices(${most}) as erased`)

export type NewScan = {
  readonly scanId: string
  readonly site: string
  readonly hosts: readonly string[]
  readonly registerSha256: Buffer
  readonly isWhole: boolean
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly report: Uint8Array
  readonly signature: Buffer
  readonly breaches: number
  readonly doubts: number
}

/** False when a scan of this id is there already. */
export const insertScan = async (ctx: Ctx, scan: NewScan) =>
  (await ctx.tx.run(sql`
    insert into cookies.scan (scan_id, site, hosts, register_sha256, is_whole, started_at, finished_at, report,
      signature, breaches, doubts)
    values (${scan.scanId}, ${scan.site}, ${scan.hosts}, ${scan.registerSha256}, ${scan.isWhole}, ${scan.startedAt},
      ${scan.finishedAt}, ${scan.report}, ${scan.signature}, ${scan.breaches}, ${scan.doubts})
    on conflict do nothing`)) === 1

export type FindingRow = {
  readonly id: string
  readonly clause: string
  readonly code: string
  readonly severity: 'breach' | 'doubt' | 'note'
}

export const insertFindings = (ctx: Ctx, scanId: string, findings: readonly FindingRow[]) =>
  ctx.tx.run(sql`
    insert into cookies.finding (scan_id, finding_id, clause, code, severity)
    select ${scanId}::uuid, * from unnest(${findings.map(it => it.id)}::text[],
      ${findings.map(it => it.clause)}::text[], ${findings.map(it => it.code)}::text[],
      ${findings.map(it => it.severity)}::text[])`)

export type ScanRow = { readonly scanId: string; readonly report: Buffer; readonly signature: Buffer }

export const findScan = (from: From, scanId: string) =>
  from.tx.maybe<ScanRow>(sql`
    select scan_id as "scanId", report, signature from cookies.scan where scan_id = ${scanId}`)

/** The latest scan that saw the whole of a host of ours. */
export const findLatestScan = (from: From, host: string) =>
  from.tx.maybe<ScanRow>(sql`
    select scan_id as "scanId", report, signature from cookies.scan
    where hosts @> array[${host}::text] and is_whole order by finished_at desc, scan_id limit 1`)

export type PlanRow = {
  readonly url: string
  readonly site: string
  readonly everyHours: number
  readonly nextAt: Date
  readonly failure: string | null
}

/** What a plan is read as. */
export const planColumns = sql`url, site, every_hours as "everyHours", next_at as "nextAt", failure`

export const upsertPlan = (ctx: Ctx, plan: Pick<PlanRow, 'url' | 'site' | 'everyHours'>) =>
  ctx.tx.one<PlanRow>(sql`
    insert into cookies.scan_plan (url, site, every_hours) values (${plan.url}, ${plan.site}, ${plan.everyHours})
    on conflict (url) do update set site = excluded.site, every_hours = excluded.every_hours, next_at = now()
    returning ${planColumns}`)

export const deletePlan = (ctx: Ctx, url: string) =>
  ctx.tx.maybe<{ site: string }>(sql`delete from cookies.scan_plan where url = ${url} returning site`)

/** Takes the plan that has waited longest and gives it its next time. */
export const takeDuePlan = (ctx: Ctx) =>
  ctx.tx.maybe<PlanRow>(sql`
    update cookies.scan_plan set next_at = now() + every_hours * interval '1 hour'
    where url = (
      select url from cookies.scan_plan where next_at <= now() order by next_at, url limit 1 for update skip locked
    ) returning ${planColumns}`)

export const setPlanFailure = (ctx: Ctx, url: string, failure: string | null) =>
  ctx.tx.run(sql`update cookies.scan_plan set failure = ${failure} where url = ${url}`)
