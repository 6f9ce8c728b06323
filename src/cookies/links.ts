/** Which browser is whose (S3): tied by the site's own server alone, when the person was told, and never for good. */
import { randomUUID } from 'node:crypto'
import { readChoice } from '../../sdk/choice.ts'
import * as notices from '../notices/notices.ts'
import * as policy from '../policy/policy.ts'
import { Problem } from '../platform/problems.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import { digestOf } from './choices.ts'
import type { Settings } from './settings.ts'
import { sealOf } from './settings.ts'
import * as store from './store.ts'

export type NewLink = {
  /** The person whom the site's own server knows from the log-in; never an id that a browser sent. */
  readonly subjectId: string
  /** Value of the choice cookie in that person's browser. */
  readonly visitor: string
  readonly language: 'da' | 'en'
  /** The notice that stood on the log-in page, and when it was seen. */
  readonly notice: notices.Shown
}

export type Linked = { readonly linkId: string; readonly noticeId: string; readonly isNew: boolean }

/**
 * Ties a browser to the person who logged in with it, as an act with its notice (S3, Art. 13). Throws `not_found`
 * for a person of whom this site has nothing, `cookies.visitor_unfit` for a choice that is forged, replaced, outlived
 * or accepts nothing (there is then nothing to tie), and `request.invalid` for a notice that is not the one in force.
 */
export async function link(ctx: Ctx, settings: Settings, given: NewLink): Promise<Linked> {
  policy.requireTask(ctx, 'linkVisitor')
  const { register } = settings
  await lockPerson(ctx, given.subjectId)
  await requireKnown(ctx, given.subjectId, register.site)
  const read = readChoice(given.visitor, sealOf(settings, ctx.now))
  if (!read) throw new Problem('cookies.visitor_unfit', { clause: 'S3' })
  const proofDigest = digestOf(read.choice.proof)
  const choice = await store.lockChoice(ctx, proofDigest)
  if (!choice || choice.site !== register.site || choice.accepted.length === 0)
    throw new Problem('cookies.visitor_unfit', { clause: 'S3' })
  const known = await store.findLive(ctx, given.subjectId, proofDigest)
  await require(ctx, given)
  if (known) return again(ctx, known)
  const { subjectId, language, notice } = given
  const noticeId = await notices.recordShown(ctx, { subjectId, language, shownAt: notice.shownAt })
  const linkId = randomUUID()
  await subjects.enter(ctx, [{ subjectId, kind: 'cookies.linked', detail: { linkId, noticeId, site: register.site } }])
  await store.insertLink(ctx, { subjectId, linkId, site: register.site, proofDigest, noticeId })
  return { linkId, noticeId, isNew: true }
}

/** Ends one link at the site's word, e.g. when the person removes a browser. Throws `not_found`, also when it ended. */
export async function unlink(ctx: Ctx, site: string, linkId: string): Promise<void> {
  policy.requireTask(ctx, 'linkVisitor')
  const known = await store.findLink(ctx, linkId)
  if (known?.site !== site) throw new Problem('not_found')
  await lockPerson(ctx, known.subjectId)
  const found = (await store.lockLive(ctx, known.subjectId)).filter(it => it.linkId === linkId)
  if (found.length === 0) throw new Problem('not_found')
  await end(ctx, known.subjectId, found, 'site')
}

/** Ends every link of a person who objects (S25, Art. 21), whatever the objection is about. Returns how many. */
export async function unlinkAll(ctx: Ctx, subjectId: string): Promise<number> {
  await lockPerson(ctx, subjectId)
  const live = await store.lockLive(ctx, subjectId)
  return live.length > 0 ? end(ctx, subjectId, live, 'objection') : 0
}

/**
 * Enters in the person's log which browsers came loose with what this act erased (S3, Art. 17); the database ends
 * such links by itself, whoever erases. Returns how many.
 */
export async function enterErased(ctx: Ctx, subjectId: string): Promise<number> {
  const ended = (await store.findErasedNow(ctx, subjectId)).map(it => it.linkId)
  if (ended.length > 0) await enterEnded(ctx, subjectId, ended, 'erasure')
  return ended.length
}

/** Every browser that was ever tied to this person, for the reply (S24): where, when, until when and why it ended. */
export const linksOf = (from: Ctx | Look, subjectId: string): Promise<store.LinkHistory[]> =>
  store.findLinks(from, subjectId)

async function again(ctx: Ctx, known: store.LinkRow): Promise<Linked> {
  const { linkId, noticeId, subjectId } = known
  await subjects.enter(ctx, [{ subjectId, kind: 'cookies.link_seen', detail: { linkId } }])
  return { linkId, noticeId, isNew: false }
}

async function end(
  ctx: Ctx,
  subjectId: string,
  links: readonly store.LinkRow[],
  by: 'objection' | 'site',
): Promise<number> {
  const ended = await store.endLinks(ctx, { subjectId, linkIds: links.map(it => it.linkId) }, by)
  await enterEnded(ctx, subjectId, ended, by)
  return ended.length
}

const enterEnded = (ctx: Ctx, subjectId: string, linkIds: readonly string[], by: 'objection' | 'site' | 'erasure') =>
  subjects.enter(
    ctx,
    linkIds.map(linkId => ({ subjectId, kind: 'cookies.unlinked', detail: { linkId, by } })),
  )

/** In the one order of locks: the records, so that an erasure is over or waits, then the person; links come after. */
async function lockPerson(ctx: Ctx, subjectId: string): Promise<void> {
  await subjects.lockForUse(ctx, subjectId)
  await store.lockPerson(ctx, subjectId)
}

/** A site names only persons who gave it something themselves: it cannot reach into anybody else's file. */
async function requireKnown(ctx: Ctx, subjectId: string, site: string): Promise<void> {
  const rows = await subjects.rowsOf(ctx, subjectId)
  const isKnown = rows.some(
    row => row.erasedAt === null && row.host !== null && (row.host === site || row.host.endsWith(`.${site}`)),
  )
  if (!isKnown) throw new Problem('not_found')
}

async function require(ctx: Ctx, given: NewLink): Promise<void> {
  const { version } = policy.current(ctx)
  const inForce = await policy.inForce(ctx.world)
  const faults = notices.faultsOfShown(given.notice, { version, adoptedAt: inForce?.adoptedAt ?? ctx.now }, ctx.now)
  if (faults.length > 0) throw new Problem('request.invalid', { faults: faults.map(it => ({ ...it, clause: 'S3' })) })
  const question = { verb: 'link', purpose: 'service', category: '', source: '', recipient: '', channel: '' } as const
  policy.require(
    ctx,
    { ...question, fields: [] },
    { roleAllowed: policy.may(ctx.actor.role, 'linkVisitor'), noticeGiven: true },
  )
}
