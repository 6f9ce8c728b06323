/**
 * The face of collection: what a person typed on one of our sites comes in here and nowhere else, with the
 * notice seen before or the consent given, and only what the purpose needs (S11–S16).
 */
import * as consents from '../consents/consents.ts'
import * as notices from '../notices/notices.ts'
import * as policy from '../policy/policy.ts'
import type { Category, Facts } from '../policy/types.ts'
import { Problem } from '../platform/problems.ts'
import type { Ctx } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { eraseByOf, relationshipOf } from './terms.ts'
import { readValues } from './values.ts'

export type NewCollection = {
  /** Host of the page, e.g. 'www.intrum.dk'. */
  readonly site: string
  readonly category: string
  readonly values: { readonly [field: string]: string }
  readonly language: 'da' | 'en'
  /** The notice that stood on the page, and when the visitor saw it. */
  readonly notice: notices.Shown
  /** A consent of this very person for the purpose; a CPR number needs one (Data Protection Act § 11(2)). */
  readonly consentId?: string
  /** The person the site's own server knows; absent: somebody new. Nobody is found by what was typed. */
  readonly subjectId?: string
  /** Day the purpose is fulfilled, 'YYYY-MM-DD', when the site knows it. */
  readonly purposeEndsOn?: string
}

export type Collected = {
  readonly subjectId: string
  readonly relationshipId: string
  readonly recordId: string
  readonly noticeId: string
  readonly eraseBy: string
}

/**
 * Takes in what was typed. Throws `request.invalid` with field, code and clause, `policy.refused` with the clause,
 * `not_found` for a person we do not have, or whom the site whose key it is has not met.
 */
export async function collect(ctx: Ctx, given: NewCollection): Promise<Collected> {
  policy.requireTask(ctx, 'collect')
  const { values, category, eraseBy } = await checked(ctx, given)
  const { subjectId, relationshipId } = await placeOf(ctx, given, category)
  const warrant = await work.warrant(ctx, { kind: 'case', id: relationshipId })
  const facts = await factsOf(ctx, given, { subjectId, purpose: warrant.purpose, fields: Object.keys(values) })
  const { language, notice, site } = given
  const noticeId = await notices.recordShown(ctx, { subjectId, language, shownAt: notice.shownAt })
  const consentId = facts.consentLive === true ? (given.consentId ?? null) : null
  const record = { subjectId, relationshipId, category: given.category, source: 'website', values, eraseBy } as const
  const [recordId] = (await subjects.hold(
    ctx,
    warrant,
    [{ ...record, host: site.toLowerCase(), noticeId, consentId }],
    facts,
  )) as [string]
  const detail = { recordId, noticeId, category: given.category, fields: Object.keys(values), purpose: warrant.purpose }
  await subjects.enter(ctx, [{ subjectId, kind: 'collection.received', detail }])
  return { subjectId, relationshipId, recordId, noticeId, eraseBy }
}

async function checked(ctx: Ctx, given: NewCollection) {
  const { document, version } = policy.current(ctx)
  const category = Object.hasOwn(document.categories, given.category) ? document.categories[given.category] : undefined
  if (!category || relationshipOf(category) === null) throw new Problem('policy.category_unknown')
  if (!policy.isOurSite(document, given.site)) throw fault('site', 'site_not_ours', 'S15')
  if (!isForSite(ctx, given.site)) throw fault('site', 'site_not_yours', 'S15')
  const inForce = await policy.inForce(ctx.world)
  const adopted = { version, adoptedAt: inForce?.adoptedAt ?? ctx.now }
  const faults = notices.faultsOfShown(given.notice, adopted, ctx.now)
  const read = readValues(given.values, document)
  if (!read.ok) faults.push(...read.faults)
  if (faults.length > 0 || !read.ok) throw new Problem('request.invalid', { faults })
  const eraseBy = eraseByOf(category, ctx.today, given.purposeEndsOn ?? null)
  if (eraseBy === null) throw fault('purposeEndsOn', 'purpose_over', 'S16')
  return { values: read.values, category, eraseBy }
}

/** The open relationship of the person the site names, or a new person: never somebody who merely looks the same. */
async function placeOf(ctx: Ctx, given: NewCollection, category: Category) {
  const kind = relationshipOf(category) ?? 'webAccount'
  if (given.subjectId === undefined) {
    const [subjectId] = (await subjects.create(ctx, 1)) as [string]
    return { subjectId, relationshipId: await work.openRelationship(ctx, { subjectId, kind }) }
  }
  const { subjectId } = given
  const known = await work.relationships(ctx, subjectId)
  if (known.length === 0 || !(await mayAddTo(ctx, subjectId))) throw new Problem('not_found')
  const open = known.find(it => it.kind === kind && it.closedOn === null)
  return { subjectId, relationshipId: open?.relationshipId ?? (await work.openRelationship(ctx, { subjectId, kind })) }
}

/** Whether the actor speaks for this host: a site's key for its own site alone, our own people for any of ours. */
function isForSite({ actor, world }: Ctx, host: string): boolean {
  if (actor.role !== 'site') return true
  return actor.site !== undefined && policy.isPartOfSite(policy.current({ world }).document, actor.site, host)
}

/** A site's key adds to those who gave us something on that site, and learns of nobody else whether we know them. */
async function mayAddTo(ctx: Ctx, subjectId: string): Promise<boolean> {
  if (ctx.actor.role !== 'site') return true
  const rows = await subjects.rowsOf(ctx, subjectId)
  return rows.some(row => row.source === 'website' && row.erasedAt === null && isForSite(ctx, row.host))
}

type Place = { readonly subjectId: string; readonly purpose: string; readonly fields: readonly string[] }

/** Each fact from the database in this very transaction. */
async function factsOf(ctx: Ctx, given: NewCollection, place: Place): Promise<Facts> {
  const { document } = policy.current(ctx)
  const needed = document.purposes[place.purpose]?.fields[given.category] ?? []
  const consent = given.consentId
    ? await consents.live(ctx, { subjectId: place.subjectId, purpose: place.purpose })
    : null
  const consentLive = consent !== null && consent.consentId === given.consentId
  if (given.consentId && !consentLive) throw fault('consentId', 'consent_not_live', 'S11')
  const rows = await subjects.rowsOf(ctx, place.subjectId)
  return {
    roleAllowed: policy.may(ctx.actor.role, 'collect'),
    workOpen: true,
    noticeGiven: true,
    required: place.fields.every(field => needed.includes(field)),
    // Only who applies for a position gives unasked (S14); a form's own fields are never called voluntary.
    volunteered: place.purpose === 'recruitment',
    consentLive,
    cprGround: consentLive,
    restricted: rows.some(row => row.restrictedAt && !row.erasedAt && row.category === given.category),
  }
}

function fault(field: string, code: string, clause: string): Problem {
  return new Problem('request.invalid', { faults: [{ field, code: `collection.${code}`, clause }] })
}
