/** Every SQL statement of the consents module. */
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'

export type ConsentState = 'given' | 'refused' | 'withdrawn' | 'expired'

export type ConsentRow = {
  subjectId: string
  consentId: string
  purpose: string
  channel: string
  recipientId: string | null
  textSha256: Buffer
  textVersion: string
  language: 'da' | 'en'
  policyVersion: number
  givenAt: Date
  validUntil: string | null
  sealedText: Buffer
  /** The newest event: what holds now. */
  state: ConsentState
  changedAt: Date
  events: number
}

export type EventRow = { consentId: string; state: ConsentState; happenedAt: Date }

/** Exactly this purpose, channel and recipient of one person. */
export type Key = {
  readonly subjectId: string
  readonly purpose: string
  readonly channel: string
  readonly recipientId: string | null
}

const columns = sql`
  c.subject_id as "subjectId", c.consent_id as "consentId", c.purpose, c.channel, c.recipient_id as "recipientId",
  c.text_sha256 as "textSha256", c.text_version as "textVersion", c.language, c.policy_version as "policyVersion",
  c.given_at as "givenAt", c.valid_until as "validUntil", c.sealed_text as "sealedText", newest.state,
  newest.happened_at as "changedAt", newest.ordinal + 1 as events`

const newest = sql`
  cross join lateral (
    select e.state, e.happened_at, e.ordinal from consents.event e
    where e.subject_id = c.subject_id and e.consent_id = c.consent_id order by e.ordinal desc limit 1
  ) newest`

const LOCK_SPACE = 7231014

/** One act at a time changes what this person said yes and no to; readers wait for it. */
export const lockForChange = (ctx: Ctx, subjectId: string) =>
  ctx.tx.run(sql`select pg_advisory_xact_lock(${LOCK_SPACE}::integer, hashtext(${subjectId}))`)

/** Until this act ends nobody withdraws what it relies on. */
export const lockForUse = (ctx: Ctx, subjectId: string) =>
  ctx.tx.run(sql`select pg_advisory_xact_lock_shared(${LOCK_SPACE}::integer, hashtext(${subjectId}))`)

export type NewConsent = Key &
  Pick<
    ConsentRow,
    'consentId' | 'textSha256' | 'textVersion' | 'language' | 'policyVersion' | 'validUntil' | 'sealedText'
  >

/** Keeps the consent; its first event is added apart. */
export const insertConsent = (ctx: Ctx, row: NewConsent) =>
  ctx.tx.run(sql`
    insert into consents.consent (subject_id, consent_id, purpose, channel, recipient_id, text_sha256, text_version,
      language, policy_version, valid_until, sealed_text)
    values (${row.subjectId}, ${row.consentId}, ${row.purpose}, ${row.channel}, ${row.recipientId}, ${row.textSha256},
      ${row.textVersion}, ${row.language}, ${row.policyVersion}, ${row.validUntil}, ${row.sealedText})`)

/** Adds what happened; the database's clock says when. */
export const insertEvent = (
  ctx: Ctx,
  of: { subjectId: string; consentId: string },
  ordinal: number,
  state: ConsentState,
) =>
  ctx.tx.run(sql`
    insert into consents.event (subject_id, consent_id, ordinal, state)
    values (${of.subjectId}, ${of.consentId}, ${ordinal}, ${state})`)

/** The newest for exactly this key that existed when the act began; a no wins over a yes of the same instant. */
export const findNewest = (from: Ctx | Look, key: Key) =>
  from.tx.maybe<ConsentRow>(sql`
    select ${columns} from consents.consent c ${newest}
    where c.subject_id = ${key.subjectId} and c.purpose = ${key.purpose} and c.channel = ${key.channel}
      and c.recipient_id is not distinct from ${key.recipientId}::uuid and c.given_at <= now()
    order by c.given_at desc, (newest.state = 'given'), c.consent_id limit 1`)

/** All of one person, oldest first. */
export const findAll = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<ConsentRow>(sql`
    select ${columns} from consents.consent c ${newest}
    where c.subject_id = ${subjectId} order by c.given_at, c.consent_id`)

/** What happened to each consent of one person, in order. */
export const findEvents = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<EventRow>(sql`
    select consent_id as "consentId", state, happened_at as "happenedAt" from consents.event
    where subject_id = ${subjectId} order by consent_id, ordinal`)

/** Whose consent this is. */
export const findOwner = (from: Ctx | Look, consentId: string) =>
  from.tx.maybe<{ subjectId: string }>(sql`
    select subject_id as "subjectId" from consents.consent where consent_id = ${consentId}`)

/** Consents that are still given though their last day has passed. */
export const findOutlived = (from: Ctx | Look, limit: number) =>
  from.tx.many<ConsentRow>(sql`
    select ${columns} from consents.consent c ${newest}
    where c.valid_until < ${from.today}::date and newest.state = 'given'
    order by c.valid_until, c.consent_id limit ${limit}`)
