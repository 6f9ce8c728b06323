/**
 * The face of consents: what a person said yes or no to, in which words, for which purpose, channel and
 * recipient. Nothing is changed: a withdrawal is a further event, and what is newest holds.
 */
import { randomUUID } from 'node:crypto'
import * as ledger from '../ledger/ledger.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { faultsOf, sha256Of, statementOf } from './statement.ts'
import * as store from './store.ts'

export type { ConsentState, EventRow } from './store.ts'

export type NewConsent = {
  readonly subjectId: string
  readonly purpose: string
  /** Marketing channel it is for, e.g. 'email'; absent or '' when it is not bound to one. */
  readonly channel?: string
  /** The party it is for (S15); absent or null when it is not bound to one. */
  readonly recipientId?: string | null
  /** The exact words shown. */
  readonly text: string
  readonly textVersion: string
  readonly language: 'da' | 'en'
  /** Last day it holds, 'YYYY-MM-DD'; absent: until it is withdrawn. */
  readonly validUntil?: string | null
}

/** A consent as others may know it; `givenAt` by the database's clock. */
export type Consent = {
  readonly consentId: string
  readonly subjectId: string
  readonly purpose: string
  readonly channel: string
  readonly recipientId: string | null
  readonly textVersion: string
  /** SHA-256 of the exact words, lower-case hex. */
  readonly textSha256: string
  readonly language: 'da' | 'en'
  readonly policyVersion: number
  readonly givenAt: Date
  readonly validUntil: string | null
  readonly state: store.ConsentState
}

/** Which consent is asked about: exactly this purpose, channel and recipient. */
export type Wanted = {
  readonly subjectId: string
  readonly purpose: string
  readonly channel?: string
  readonly recipientId?: string | null
}

/** Records a yes (GDPR 6(1)(a), 7). Throws `request.invalid` with field and clause, `not_found` for the recipient. */
export function give(ctx: Ctx, consent: NewConsent): Promise<Consent> {
  return say(ctx, consent, 'given')
}

/** Records a no to the same question: an earlier yes to it no longer holds. */
export function refuse(ctx: Ctx, consent: NewConsent): Promise<Consent> {
  return say(ctx, consent, 'refused')
}

/**
 * Withdraws every yes for exactly this purpose, channel and recipient (Art. 7(3)). Returns the ids.
 * Throws `consents.none` when there is nothing to withdraw.
 */
export async function withdraw(ctx: Ctx, wanted: Wanted): Promise<string[]> {
  policy.requireTask(ctx, 'takeConsent')
  const key = keyOf(wanted)
  await store.lockForChange(ctx, key.subjectId)
  const rows = await store.findAll(ctx, key.subjectId)
  return end(
    ctx,
    key.subjectId,
    rows.filter(row => isSameKey(row, key)),
  )
}

/** Withdraws one consent by its id, whoever's it is. Throws `not_found`, and `consents.none` when it had ended. */
export async function withdrawOne(ctx: Ctx, consentId: string): Promise<string[]> {
  policy.requireTask(ctx, 'takeConsent')
  const owner = await store.findOwner(ctx, consentId)
  if (!owner) throw new Problem('not_found')
  await store.lockForChange(ctx, owner.subjectId)
  const rows = await store.findAll(ctx, owner.subjectId)
  return end(
    ctx,
    owner.subjectId,
    rows.filter(row => row.consentId === consentId),
  )
}

/**
 * The consent that holds now for exactly this purpose, channel and recipient, or null: none given, refused,
 * withdrawn, expired, given after the act began, or a row that was not written through `give`. Until the act
 * ends nobody can withdraw it. Its `consentId` is what a disclosure or a record refers to.
 */
export async function live(ctx: Ctx, wanted: Wanted): Promise<Consent | null> {
  const key = keyOf(wanted)
  await store.lockForUse(ctx, key.subjectId)
  const row = await store.findNewest(ctx, key)
  if (!row || row.state !== 'given') return null
  if (row.validUntil !== null && row.validUntil < ctx.today) return null
  return (await textOf(ctx, row)) === null ? null : shown(row)
}

export type ConsentHistory = Consent & {
  readonly events: readonly { readonly state: store.ConsentState; readonly at: Date }[]
}

/** Everything this person said yes or no to, oldest first, with its events. The words stay sealed. */
export async function of(from: Ctx | Look, subjectId: string): Promise<ConsentHistory[]> {
  const events = await store.findEvents(from, subjectId)
  const rows = await store.findAll(from, subjectId)
  return rows.map(row => ({
    ...shown(row),
    events: events.filter(it => it.consentId === row.consentId).map(it => ({ state: it.state, at: it.happenedAt })),
  }))
}

/** `of` as an act of its own, entered in the person's log. Throws `subjects.erased` for nobody. */
export async function read(ctx: Ctx, subjectId: string): Promise<ConsentHistory[]> {
  policy.requireTask(ctx, 'takeConsent')
  await subjects.enter(ctx, [{ subjectId, kind: 'consents.read' }])
  return of(ctx, subjectId)
}

/** The same with the exact words, for the person's own reply; null where a row does not prove itself. */
export async function withTexts(ctx: Ctx, subjectId: string): Promise<(ConsentHistory & { text: string | null })[]> {
  const histories = await of(ctx, subjectId)
  const rows = await store.findAll(ctx, subjectId)
  const texts: (string | null)[] = []
  for (const row of rows) texts.push(await textOf(ctx, row))
  return histories.map((history, index) => ({ ...history, text: texts[index] ?? null }))
}

/**
 * Ends consents whose last day has passed; at most `limit` at a time. Returns how many. Somebody who has been
 * forgotten has no log left to enter it in: the event alone is kept.
 */
export async function expire(ctx: Ctx, limit: number): Promise<number> {
  policy.requireTask(ctx, 'runRetention')
  const found = await store.findOutlived(ctx, limit)
  // In one order everywhere; what was withdrawn while this waited is no longer among the second.
  const persons = [...new Set(found.map(row => row.subjectId))].toSorted()
  for (const subjectId of persons) await store.lockForChange(ctx, subjectId)
  const rows = (await store.findOutlived(ctx, limit)).filter(row => persons.includes(row.subjectId))
  for (const row of rows) await store.insertEvent(ctx, row, row.events, 'expired')
  const alive = await subjects.alive(ctx, persons)
  const detail = (row: store.ConsentRow) => ({ consentId: row.consentId, purpose: row.purpose })
  await subjects.enter(
    ctx,
    rows
      .filter(row => alive.has(row.subjectId))
      .map(row => ({ subjectId: row.subjectId, kind: 'consent.expired', detail: detail(row) })),
  )
  await ledger.appendSystem(ctx, 'consents.expired', { consents: rows.length })
  return rows.length
}

/** How many wait to be ended by `expire`; at most 1,000 are counted. */
export async function outlived(look: Look): Promise<number> {
  return (await store.findOutlived(look, 1_000)).length
}

async function say(ctx: Ctx, consent: NewConsent, state: 'given' | 'refused'): Promise<Consent> {
  policy.requireTask(ctx, 'takeConsent')
  const faults = faultsOf(consent, policy.current(ctx).document, ctx.today)
  if (faults.length > 0) throw new Problem('request.invalid', { faults })
  const key = keyOf(consent)
  if (key.recipientId && !(await work.party(ctx, key.recipientId))) throw new Problem('not_found')
  await store.lockForChange(ctx, key.subjectId)
  const row = {
    ...key,
    consentId: randomUUID(),
    textSha256: sha256Of(consent.text),
    textVersion: consent.textVersion,
    language: consent.language,
    policyVersion: policy.current(ctx).version,
    validUntil: consent.validUntil ?? null,
  }
  const sealedText = await subjects.sealText(ctx, key.subjectId, row.consentId, statementOf(row, consent.text))
  await store.insertConsent(ctx, { ...row, sealedText })
  await store.insertEvent(ctx, row, 0, state)
  await subjects.enter(ctx, [{ subjectId: key.subjectId, kind: `consent.${state}`, detail: detailOf(row) }])
  return shown({ ...row, givenAt: ctx.now, state })
}

async function end(ctx: Ctx, subjectId: string, rows: readonly store.ConsentRow[]): Promise<string[]> {
  const given = rows.filter(row => row.state === 'given')
  if (given.length === 0) throw new Problem('consents.none')
  for (const row of given) await store.insertEvent(ctx, row, row.events, 'withdrawn')
  await subjects.enter(
    ctx,
    given.map(row => ({ subjectId, kind: 'consent.withdrawn', detail: detailOf(row) })),
  )
  return given.map(row => row.consentId)
}

function detailOf(row: store.Key & { readonly consentId: string; readonly textVersion: string }) {
  const { consentId, purpose, channel, recipientId, textVersion } = row
  return { consentId, purpose, channel, recipientId, textVersion }
}

/** The sealed words, when everything that decides still says what was sealed with them. */
async function textOf(ctx: Ctx, row: store.ConsentRow): Promise<string | null> {
  const sealed = await subjects.unsealText(ctx, row.subjectId, row.consentId, row.sealedText).catch(unreadable)
  if (sealed === null) return null
  const { text } = JSON.parse(sealed) as { text: string }
  return statementOf(row, text) === sealed && sha256Of(text).equals(row.textSha256) ? text : null
}

function unreadable(error: unknown): null {
  if (error instanceof Problem && /^subjects\.(integrity|erased)$/.test(error.code)) return null
  throw error
}

function keyOf({ subjectId, purpose, channel, recipientId }: Wanted): store.Key {
  return { subjectId, purpose, channel: channel ?? '', recipientId: recipientId ?? null }
}

function isSameKey(row: store.Key, key: store.Key): boolean {
  return row.purpose === key.purpose && row.channel === key.channel && row.recipientId === key.recipientId
}

function shown(row: Omit<store.ConsentRow, 'sealedText' | 'changedAt' | 'events'>): Consent {
  const { consentId, subjectId, purpose, channel, recipientId, textVersion, textSha256, language } = row
  const { policyVersion, givenAt, validUntil, state } = row
  return {
    consentId,
    subjectId,
    purpose,
    channel,
    recipientId,
    textVersion,
    textSha256: textSha256.toString('hex'),
    language,
    policyVersion,
    givenAt,
    validUntil,
    state,
  }
}
