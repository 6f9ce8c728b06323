/**
 * The face of disclosure. Something leaves only to the claim's creditor, the case's lawyer or an authority
 * within its recorded demand, encrypted to that recipient, with the notice to the person in the same act.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import * as ledger from '../ledger/ledger.ts'
import * as notices from '../notices/notices.ts'
import { encryptTo } from '../platform/age.ts'
import { Problem } from '../platform/problems.ts'
import type { Warrant } from '../platform/warrant.ts'
import type { Ctx, Look } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import type { Reason } from '../policy/types.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { askedFor, candidates, questionFor, requireRecipient, type Asked, type Wanted } from './asking.ts'
import { documentOf, fileOf, sha256, signedText } from './package.ts'
import { plan, unmet, type Plan } from './plan.ts'
import * as store from './store.ts'

export type { Wanted } from './asking.ts'
export { fetchPackage, type Fetched } from './fetching.ts'
export { fileName } from './package.ts'
export type { DisclosureRow, ListRow } from './store.ts'

/** Days a package can be fetched: those given when nothing is said, and the most. */
export const DAYS = { usual: 14, most: 31 }

export type Withheld = {
  readonly recordId: string
  readonly category: string
  readonly code: string
  readonly clause: string
}

export type Made = {
  readonly disclosureId: string
  readonly noticeId: string
  readonly recipientId: string
  readonly fields: readonly string[]
  /** Hex. */
  readonly contentSha256: string
  readonly expiresAt: Date
  /** For our own people alone: it is no part of the package. */
  readonly withheld: readonly Withheld[]
}

/**
 * Discloses a case. Everything that decides is locked and looked at in this act: the case, its
 * records, the consent; with it commit the notice, the package and the entry. Throws `policy.refused`
 * with rule and clause, `disclosure.no_key`, `disclosure.nothing`, `request.invalid`, `not_found`.
 */
export async function disclose(ctx: Ctx, wanted: Wanted): Promise<Made> {
  policy.requireTask(ctx, wanted.held ? 'holdNotice' : 'disclose')
  const asked = await askedFor(ctx, wanted)
  requireRecipient(ctx, asked)
  const recipient = await recipientOf(ctx, asked)
  const rows = await candidates(ctx, asked)
  const drawn = plan(rows, row => policy.decide(policy.current(ctx), questionFor(ctx, asked, row), asked.factsOf(row)))
  requireFields(ctx, asked, drawn)
  const itemId = await openItem(ctx, asked, rows)
  const warrant = await work.warrant(ctx, { kind: 'disclosure', id: itemId })
  const fields = await fieldsOf(ctx, asked, { warrant, drawn })
  const noticeId = await tell(ctx, asked, fields)
  const { opened } = await subjects.open(ctx, warrant, {
    subjectId: asked.subjectId,
    verb: 'disclose',
    recipient: asked.kind,
    records: drawn.permitted.map(it => it.row.recordId),
    fields,
    factsOf: asked.factsOf,
  })
  const made = await keep(ctx, asked, { recipient, itemId, noticeId, fields, opened, days: daysOf(wanted.days) })
  await work.closeItem(ctx, itemId)
  return { ...made, withheld: drawn.withheld.map(withheldOf) }
}

async function recipientOf(ctx: Ctx, { partyId }: Asked): Promise<work.PartyRow & { ageRecipient: string }> {
  const party = partyId === null ? undefined : await work.party(ctx, partyId)
  if (!party) throw new Problem('not_found')
  if (party.ageRecipient === null) throw new Problem('disclosure.no_key')
  return { ...party, ageRecipient: party.ageRecipient }
}

/** A field that somebody asked for by name and may not have refuses the whole. */
function requireFields(ctx: Ctx, asked: Asked, drawn: Plan<subjects.RecordRow>): void {
  const { categories } = policy.current(ctx).document
  const refused = unmet(drawn, asked.named, category => categories[category]?.fields ?? [])
  const [first] = refused
  if (first) throw new Problem('policy.refused', { rule: first.code, clause: first.clause, faults: refused })
  if (drawn.permitted.length > 0) return
  const reasons = drawn.withheld[0]?.decision.reasons
  throw reasons ? policy.refusal(ctx, reasons) : new Problem('disclosure.nothing')
}

/** The work from which the purpose follows; bound to the case unless values from our sites lie outside it. */
function openItem(ctx: Ctx, { subjectId, relationship }: Asked, rows: readonly subjects.RecordRow[]): Promise<string> {
  const { relationshipId } = relationship
  const isInCase = rows.every(row => row.relationshipId === relationshipId)
  return work.openItem(ctx, { kind: 'disclosure', subjectId, relationshipId: isInCase ? relationshipId : null })
}

type Drawn = { readonly warrant: Warrant; readonly drawn: Plan<subjects.RecordRow> }

/** Which fields there are values of: the notice names these and no others. */
async function fieldsOf(ctx: Ctx, asked: Asked, { warrant, drawn }: Drawn): Promise<string[]> {
  const allowed = new Map(drawn.permitted.map(it => [it.row.recordId, it.decision.allowed]))
  const { opened } = await subjects.open(ctx, warrant, {
    subjectId: asked.subjectId,
    verb: 'read',
    records: [...allowed.keys()],
    factsOf: asked.factsOf,
  })
  const found = opened.flatMap(it =>
    Object.keys(it.values).filter(field => allowed.get(it.row.recordId)?.includes(field)),
  )
  if (found.length === 0) throw new Problem('disclosure.nothing')
  return [...new Set(found)].sort()
}

/** S22, Art. 14(3)(c): the notice of this disclosure, and the case's first notice no later than it. */
async function tell(ctx: Ctx, asked: Asked, fields: readonly string[]): Promise<string> {
  const { subjectId, relationship, kind, partyId, demandId, held } = asked
  const { relationshipId } = relationship
  // What is held must not betray itself by a letter that suddenly comes early.
  if (!held) await notices.bringForward(ctx, subjectId, relationshipId)
  return notices.queueDisclosure(ctx, {
    subjectId,
    relationshipId,
    recipientId: partyId as string,
    recipientKind: kind as store.DisclosureRow['recipientKind'],
    fields,
    ...(demandId !== null && { demandId }),
    ...(held && { hold: held }),
  })
}

type Packing = {
  readonly recipient: work.PartyRow & { readonly ageRecipient: string }
  readonly fields: readonly string[]
  readonly opened: readonly subjects.Opened[]
}
type Keeping = Packing & { readonly itemId: string; readonly noticeId: string; readonly days: number }

/** Keeps the row with its frozen hashes and the bytes, and enters it in the person's log. */
async function keep(ctx: Ctx, asked: Asked, keeping: Keeping): Promise<Omit<Made, 'withheld'>> {
  const { subjectId, relationship, demandId, held } = asked
  const { itemId, noticeId, fields, days } = keeping
  const disclosureId = randomUUID()
  const { records, document, bytes } = await pack(ctx, asked, { ...keeping, disclosureId })
  const hasWebsiteValues = records.some(it => it.row.source === 'website')
  const recordIds = records.map(it => it.row.recordId)
  const contentSha256 = sha256(document)
  const row: store.NewDisclosure = {
    subjectId,
    disclosureId,
    caseId: relationship.relationshipId,
    itemId,
    recipientKind: asked.kind as store.DisclosureRow['recipientKind'],
    recipientId: keeping.recipient.partyId,
    demandId,
    consentId: hasWebsiteValues ? asked.ground.consentId : null,
    hasWebsiteValues,
    noticeId,
    fields: [...fields],
    recordIds,
    contentSha256,
  }
  await store.insertDisclosure(ctx, row)
  const packageSha256 = sha256(bytes)
  const { expiresAt } = await store.insertPackage(ctx, { subjectId, disclosureId, packageSha256, bytes, days })
  const { caseId, recipientKind, recipientId } = row
  const what = {
    disclosure: disclosureId,
    case: caseId,
    recipient: recipientId,
    recipientKind,
    fields,
    notice: noticeId,
  }
  const sha256Hex = contentSha256.toString('hex')
  const why = { purpose: 'disclosure', item: itemId, demand: demandId, records: recordIds, contentSha256: sha256Hex }
  const entry = { subjectId, kind: 'disclosure.made', detail: { ...what, ...why } }
  await subjects.enter(ctx, [{ ...entry, ...(held && { visibleFrom: null }) }])
  return { disclosureId, noticeId, recipientId, fields, contentSha256: sha256Hex, expiresAt }
}

/** The document of what was opened, and the bytes that only the recipient can read. */
async function pack(
  ctx: Ctx,
  asked: Asked,
  { recipient, fields, opened, disclosureId }: Packing & { disclosureId: string },
) {
  const records = opened.filter(it => Object.keys(it.values).length > 0)
  const given = [...new Set(records.flatMap(it => Object.keys(it.values)))].sort()
  if (given.join() !== fields.join()) throw new Error('what was told is not what was packed')
  const { name, cvr } = policy.current(ctx).document.controller
  const content = {
    disclosureId,
    caseId: asked.relationship.shownAs ?? asked.relationship.relationshipId,
    madeAt: ctx.now.toISOString(),
    from: { name, cvr },
    to: { kind: asked.kind, partyId: recipient.partyId, name: recipient.name, cvr: recipient.cvr },
    ground: { ...clauseOf(requireRecipient(ctx, asked)), demandId: asked.demandId },
    fields,
    records: records.map(({ row: { category, source, collectedOn }, values }) => ({
      category,
      source,
      collectedOn,
      values,
    })),
  }
  const document = documentOf(content, randomBytes(32))
  return { records, document, bytes: await sealed(ctx, document, recipient.ageRecipient) }
}

async function sealed(ctx: Ctx, document: Buffer, ageRecipient: string): Promise<Buffer> {
  const { version, sha256: policySha256 } = policy.current(ctx)
  const file = fileOf(document, {
    signature: ctx.world.keys.sign(signedText(sha256(document))),
    publicKey: ledger.publicKey(ctx.world),
    policy: { version, sha256: policySha256 },
  })
  return encryptTo(ageRecipient, file).catch(() => {
    throw new Problem('work.key_invalid')
  })
}

/** Disclosures of a case, held ones too: for our own people, never for the person's view. */
export async function list(from: Ctx | Look, caseId: string): Promise<store.ListRow[]> {
  const { subjectId } = await work.relationship(from, caseId)
  return (await store.findOfSubject(from, subjectId)).filter(row => row.caseId === caseId)
}

/**
 * What the person may know of disclosures: those whose notice shows. A held one leaves no trace here
 * (Databeskyttelsesloven section 22), and comes when its notice is released.
 */
export async function toldOf(from: Ctx | Look, subjectId: string): Promise<store.ListRow[]> {
  const shown = new Set((await notices.visibleStatusOf(from, subjectId)).map(it => it.noticeId))
  return (await store.findOfSubject(from, subjectId)).filter(row => shown.has(row.noticeId))
}

/**
 * Packages a party can still fetch, newest first, at most 500, each under the case id that party has always seen:
 * another id would tell that we knew the person already (security A2).
 */
export async function packagesOf(from: Ctx | Look, partyId: string): Promise<store.ListRow[]> {
  const rows = await store.findOfRecipient(from, partyId, 500)
  const shown = new Map<string, string>()
  for (const { caseId } of rows) {
    if (!shown.has(caseId)) shown.set(caseId, (await work.relationship(from, caseId)).shownAs ?? caseId)
  }
  return rows.map(row => ({ ...row, caseId: shown.get(row.caseId) ?? row.caseId }))
}

/** How many packages have expired and still have their bytes. */
export const expired = (look: Look) => store.countExpired(look)

/** Erases the bytes of expired packages; their rows stay as proof. Returns how many. */
export async function eraseExpired(ctx: Ctx): Promise<number> {
  policy.requireTask(ctx, 'runRetention')
  const packages = await store.eraseExpired(ctx)
  await ledger.appendSystem(ctx, 'disclosure.packages_erased', { packages })
  return packages
}

function withheldOf({ row, decision }: Plan<subjects.RecordRow>['withheld'][number]): Withheld {
  const { code, clause } = clauseOf(decision.reasons)
  return { recordId: row.recordId, category: row.category, code, clause }
}

function clauseOf([reason]: readonly Reason[]) {
  if (!reason) throw new Error('a decision has a reason')
  return { clause: reason.clause, code: reason.code, article: reason.article }
}

function daysOf(days: number = DAYS.usual): number {
  if (Number.isInteger(days) && days >= 1 && days <= DAYS.most) return days
  throw new Problem('request.invalid', { faults: [{ field: 'days', code: 'disclosure.days' }] })
}
