/** The access reply as a document: everything gathered, made readable record by record. Pure. */
import type { LinkHistory } from '../cookies/cookies.ts'
import type { ConsentHistory } from '../consents/consents.ts'
import type { ListRow } from '../disclosure/disclosure.ts'
import type { NoticeRow } from '../notices/notices.ts'
import type { PolicyDocument, Text } from '../policy/types.ts'
import type { ObjectedRow, RequestRow } from '../requests/requests.ts'
import type { Body, Opened, RecordRow } from '../subjects/subjects.ts'
import type { RelationshipRow, VoucherRow, HoldRow, DemandRow } from '../work/work.ts'
import {
  AUTOMATED,
  CONFIRMATION,
  COOKIES,
  NO_COOKIES,
  NOTHING_LEFT,
  RIGHTS,
  SOURCES,
  TRANSFERS,
  UNMATCHED,
} from './texts.ts'

export type Kept = {
  readonly until: string | null
  readonly code: string
  readonly clause: string
  readonly sentence: { da: string; en: string }
}
export type Delivery = { readonly importId: string; readonly client: string; readonly receivedOn: string }
export type Lawyer = {
  readonly relationshipId: string
  readonly name: string
  readonly assignedOn: string
  readonly endedOn: string | null
}

export type Gathered = {
  readonly madeAt: Date
  readonly request: RequestRow
  readonly policy: { readonly version: number; readonly sha256: string; readonly document: PolicyDocument }
  readonly opened: readonly Opened[]
  readonly rows: readonly RecordRow[]
  readonly kept: ReadonlyMap<string, Kept>
  readonly deliveries: readonly Delivery[]
  readonly relationships: readonly RelationshipRow[]
  readonly lawyers: readonly Lawyer[]
  readonly vouchers: readonly VoucherRow[]
  /** Only what the person may know of. */
  readonly holds: readonly HoldRow[]
  readonly demands: readonly (DemandRow & { readonly authority: string; readonly reference: string | null })[]
  readonly notices: readonly NoticeRow[]
  /** Those the person was, or may be, told of. */
  readonly disclosures: readonly ListRow[]
  readonly consents: readonly (ConsentHistory & { readonly text: string | null })[]
  readonly links: readonly LinkHistory[]
  readonly requests: readonly RequestRow[]
  readonly objected: readonly ObjectedRow[]
  /** Text and article of a reason code. */
  readonly reasons: (code: string | null) => { readonly text: Text; readonly article: string } | undefined
  readonly entries: readonly { readonly entryId: string; readonly recordedAt: Date; readonly body: Body | null }[]
  /** Names of parties by id. */
  readonly names: ReadonlyMap<string, string>
  readonly unmatched: readonly Unmatched[]
  readonly reviews: readonly Review[]
}

/** A row that waited in our queue before it was settled whose it is. */
export type Review = {
  readonly queuedOn: string
  readonly reason: string
  readonly settledOn: string | null
  readonly outcome: string | null
}

export type Unmatched = {
  readonly client: string
  readonly receivedOn: string
  readonly reason: string
  readonly reviewOn: string
  /** Values that are the person's own; the other fields by name only. */
  readonly values: { readonly [field: string]: string }
  readonly withheld: readonly string[]
}

export type Reply = ReturnType<typeof compose>

/** Art. 15(1)(a)–(h), (2), (3), and EDPB 01/2022: confirmation, the data itself, and what belongs to it. */
export function compose(of: Gathered) {
  const { document, version, sha256 } = of.policy
  return {
    format: 'indsigt-access/1' as const,
    madeAt: of.madeAt.toISOString(),
    request: { requestId: of.request.requestId, receivedOn: of.request.receivedOn, dueOn: of.request.dueOn },
    subjectId: of.request.subjectId,
    policy: { version, sha256, title: document.title, page: '/policy' },
    controller: controllerOf(document),
    confirmation: of.opened.length > 0 ? CONFIRMATION : NOTHING_LEFT,
    records: inOrder(
      of.opened,
      it => it.row.collectedAt,
      it => it.row.category,
    ).map(it => recordOf(of, it)),
    erased: of.rows.filter(row => row.erasedAt !== null).map(row => erasedOf(of, row)),
    relationships: of.relationships.map(row => relationshipOf(of, row)),
    vouchers: of.vouchers.map(({ subjectId: _, ...voucher }) => voucher),
    holds: of.holds.map(({ subjectId: _, ...hold }) => hold),
    disclosures: of.disclosures.map(row => disclosureOf(of, row)),
    demands: of.demands.map(({ subjectId: _, sealedReference: __, ...demand }) => demand),
    notices: of.notices.map(noticeOf),
    consents: of.consents.map(consent => consentOf(of, consent)),
    requests: of.requests.map(row => requestOf(of, row)),
    log: inOrder(
      of.entries,
      it => it.recordedAt,
      it => it.body?.kind ?? '',
    ).map(entryOf),
    unmatched: of.unmatched.map(row => ({ ...row, explanation: UNMATCHED })),
    reviews: of.reviews,
    cookies: {
      links: of.links.map(link => linkOf(of, link)),
      statement: of.links.length > 0 ? COOKIES : NO_COOKIES,
    },
    rights: RIGHTS,
    complaint: document.complaint,
    automatedDecisions: AUTOMATED,
    transfers: TRANSFERS,
  }
}

/** Which browser, since when, what had been accepted in it, and why it is no longer tied to the person (S3). */
function linkOf(of: Gathered, link: LinkHistory) {
  const { categories } = of.policy.document.cookies
  return {
    linkId: link.linkId,
    site: link.site,
    linkedAt: link.linkedAt.toISOString(),
    noticeId: link.noticeId,
    chosenAt: link.chosenAt?.toISOString() ?? null,
    accepted: (link.accepted ?? []).map(code => ({ code, text: categories[code]?.title })),
    endedAt: link.endedAt?.toISOString() ?? null,
    endedBy: link.endedBy,
  }
}

/** By time, then by kind: random numbers must not decide what is read first. */
function inOrder<T>(rows: readonly T[], at: (row: T) => Date, kind: (row: T) => string): T[] {
  return rows.toSorted(
    (a, b) => at(a).getTime() - at(b).getTime() || (kind(a) < kind(b) ? -1 : Number(kind(a) > kind(b))),
  )
}

function controllerOf({ controller }: PolicyDocument) {
  const { name, cvr, address, email, phone, officer } = controller
  return { name, cvr, address, email, phone, officer: officer.email }
}

function recordOf(of: Gathered, { row, values }: Opened) {
  const { document } = of.policy
  const purpose = document.purposes[row.purpose]
  const fields = Object.keys(values)
  const sent = of.disclosures.filter(it => it.recordIds.includes(row.recordId))
  return {
    recordId: row.recordId,
    relationshipId: row.relationshipId,
    category: { code: row.category, text: document.categories[row.category]?.text },
    values: Object.entries(values).map(([field, value]) => ({ field, text: document.fields[field]?.text, value })),
    source: sourceOf(of, row),
    purpose: { code: row.purpose, text: purpose?.text, basis: purpose?.basis, because: purpose?.because },
    collectedAt: row.collectedAt.toISOString(),
    policyVersion: row.policyVersion,
    kept: of.kept.get(row.recordId),
    restrictedAt: row.restrictedAt?.toISOString() ?? null,
    recipients: sent.map(it => ({ ...recipientOf(of, it), fields: it.fields.filter(field => fields.includes(field)) })),
    noticeId: of.notices.some(it => it.noticeId === row.noticeId) ? row.noticeId : null,
    consentId: row.consentId,
    voucherId: row.voucherId,
    supersedes: row.supersedes,
  }
}

function sourceOf(of: Gathered, row: RecordRow) {
  const delivery = of.deliveries.find(it => it.importId === row.importId)
  return {
    kind: row.source,
    text: SOURCES[row.source],
    ...(row.host && { site: row.host }),
    ...(delivery && { client: delivery.client, receivedOn: delivery.receivedOn }),
  }
}

/** A tombstone: that there was something of this kind, when it went and why; nothing of what it said. */
function erasedOf(of: Gathered, row: RecordRow) {
  return {
    recordId: row.recordId,
    category: { code: row.category, text: of.policy.document.categories[row.category]?.text },
    collectedAt: row.collectedAt.toISOString(),
    erasedAt: row.erasedAt?.toISOString(),
    reason: row.eraseReason,
  }
}

function relationshipOf(of: Gathered, row: RelationshipRow) {
  const { relationshipId, kind, openedOn, limitationOn, disputedOn, closedOn, closeReason, reviewOn } = row
  const lawyers = of.lawyers.filter(it => it.relationshipId === relationshipId)
  return {
    relationshipId,
    kind,
    openedOn,
    limitationOn,
    disputedOn,
    closedOn,
    closeReason,
    reviewOn,
    client: row.clientId === null ? null : (of.names.get(row.clientId) ?? null),
    lawyers: lawyers.map(({ name, assignedOn, endedOn }) => ({ name, assignedOn, endedOn })),
  }
}

function recipientOf(of: Gathered, row: ListRow) {
  return { name: of.names.get(row.recipientId) ?? null, kind: row.recipientKind, at: row.disclosedAt.toISOString() }
}

function disclosureOf(of: Gathered, row: ListRow) {
  const { disclosureId, caseId, fields, recordIds, demandId, consentId, noticeId, fetchedAt, expiresAt } = row
  return {
    disclosureId,
    relationshipId: caseId,
    recipient: recipientOf(of, row),
    fields,
    records: recordIds,
    demandId,
    consentId,
    noticeId,
    contentSha256: row.contentSha256.toString('hex'),
    package: { expiresAt: expiresAt.toISOString(), fetchedAt: fetchedAt?.toISOString() ?? null },
  }
}

function noticeOf(notice: NoticeRow) {
  const { noticeId, kind, relationshipId, dueOn, state, channel, language } = notice
  const sentAt = notice.sentAt?.toISOString() ?? null
  return { noticeId, kind, relationshipId, dueOn, state, channel, language, sentAt }
}

function consentOf(of: Gathered, { subjectId: _, recipientId, ...consent }: ConsentHistory & { text: string | null }) {
  const givenAt = consent.givenAt.toISOString()
  const events = consent.events.map(it => ({ state: it.state, at: it.at.toISOString() }))
  return { ...consent, givenAt, events, recipient: recipientId === null ? null : (of.names.get(recipientId) ?? null) }
}

function requestOf(of: Gathered, row: RequestRow) {
  const { requestId, kind, channel, receivedOn, dueOn, outcome, reason } = row
  const records = of.objected.filter(it => it.requestId === requestId)
  return {
    requestId,
    kind,
    channel,
    receivedOn,
    dueOn,
    outcome,
    reason,
    answeredAt: row.answeredAt?.toISOString() ?? null,
    explanation: of.reasons(reason) ?? null,
    records: records.map(it => ({ recordId: it.recordId, outcome: it.outcome })),
  }
}

/** C-579/21: who looked, when and why; our people by role and number, not by name. */
function entryOf({ entryId, recordedAt, body }: Gathered['entries'][number]) {
  if (body === null) return { entryId, at: recordedAt.toISOString(), kind: 'unreadable' }
  const { kind, at, actor, ...detail } = body
  return { entryId, at, kind, by: { role: actor.role, id: actor.id }, detail }
}
