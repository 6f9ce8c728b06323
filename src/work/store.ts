/** Every SQL statement of the work module. */
import { encode, type Value } from '../lib/copy-binary.ts'
import { sql } from '../lib/sql.ts'
import type { Ctx, Look } from '../platform/world.ts'
import type {
  ClosedCase,
  DemandRow,
  HoldRow,
  ItemRow,
  Key,
  LawyerRow,
  Page,
  PartyKind,
  PartyRow,
  ReceivedCase,
  RelationshipRow,
  VoucherRow,
} from './types.ts'

const partyColumns = sql`
  party_id as "partyId", kind, name, cvr, age_recipient as "ageRecipient", registered_at as "registeredAt"`

export const insertParty = (ctx: Ctx, party: Omit<PartyRow, 'partyId' | 'registeredAt'> & { nameKey: string }) =>
  ctx.tx.one<PartyRow>(sql`
    insert into work.party (kind, name, name_key, cvr, age_recipient)
    values (${party.kind}, ${party.name}, ${party.nameKey}, ${party.cvr}, ${party.ageRecipient})
    returning ${partyColumns}`)

export const findPartyByName = (from: Ctx | Look, nameKey: string) =>
  from.tx.maybe<PartyRow>(sql`select ${partyColumns} from work.party where name_key = ${nameKey}`)

export const findParty = (from: Ctx | Look, partyId: string) =>
  from.tx.maybe<PartyRow>(sql`select ${partyColumns} from work.party where party_id = ${partyId}`)

export const findParties = (from: Ctx | Look, kind: PartyKind) =>
  from.tx.many<PartyRow>(sql`select ${partyColumns} from work.party where kind = ${kind} order by name_key limit 1000`)

export const setKey = (ctx: Ctx, partyId: string, ageRecipient: string) =>
  ctx.tx.run(sql`update work.party set age_recipient = ${ageRecipient} where party_id = ${partyId}`)

const relationshipColumns = sql`
  subject_id as "subjectId", relationship_id as "relationshipId", kind, client_id as "clientId",
  content_digest as "contentDigest", opened_on as "openedOn", limitation_on as "limitationOn",
  disputed_on as "disputedOn", closed_on as "closedOn", close_reason as "closeReason", review_on as "reviewOn",
  is_aside as "isAside", shown_as as "shownAs", client_closed_on as "clientClosedOn"`

/** Many at once; the values of a row come in the order of the columns here. */
export const insertRelationships = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(
    `work.relationship (subject_id, relationship_id, kind, client_id, reference_digest, content_digest, opened_on,
     limitation_on, review_on, is_aside, shown_as)`,
    encode(['uuid', 'uuid', 'text', 'uuid', 'bytea', 'bytea', 'date', 'date', 'date', 'bool', 'uuid'], rows),
  )

export const findRelationship = (from: Ctx | Look, relationshipId: string) =>
  from.tx.maybe<RelationshipRow>(sql`
    select ${relationshipColumns} from work.relationship where relationship_id = ${relationshipId}`)

export const lockRelationship = (ctx: Ctx, relationshipId: string) =>
  ctx.tx.maybe<RelationshipRow>(sql`
    select ${relationshipColumns} from work.relationship where relationship_id = ${relationshipId} for no key update`)

export const findRelationships = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<RelationshipRow>(sql`
    select ${relationshipColumns} from work.relationship
    where subject_id = ${subjectId} order by opened_on, relationship_id`)

// The first at or after each digest, if it is that one: written so, only the index of references answers it. While a
// table is being filled it has no true statistics, and by them any index that begins with the client looks as good.
export const findByReferences = (ctx: Ctx | Look, clientId: string, digests: readonly Buffer[]) =>
  ctx.tx.many<RelationshipRow & { referenceDigest: Buffer }>(sql`
    select ${relationshipColumns}, reference_digest as "referenceDigest"
    from unnest(${digests}::bytea[]) as wanted (digest)
    cross join lateral (
      select * from work.relationship
      where kind = 'debtCase' and client_id = ${clientId} and reference_digest >= wanted.digest
      order by reference_digest limit 1
    ) as found
    where reference_digest = wanted.digest`)

/** A client's debt cases by id, at most `limit` after `after`. */
export const findCasesOf = (from: Ctx | Look, clientId: string, page: Page) =>
  from.tx.many<RelationshipRow>(sql`
    select ${relationshipColumns} from work.relationship
    where kind = 'debtCase' and client_id = ${clientId} and relationship_id > ${page.after}::uuid
    order by relationship_id limit ${page.limit}`)

/**
 * The same as the client may know them: provisional cases beside others are left out, and each stands under the id
 * that the client has known since its first delivery.
 */
export const findShownCasesOf = (from: Ctx | Look, clientId: string, page: Page) =>
  from.tx.many<RelationshipRow>(sql`
    select ${relationshipColumns} from (
      (select * from work.relationship
       where kind = 'debtCase' and client_id = ${clientId} and relationship_id > ${page.after}::uuid
         and shown_as is null and not is_aside
       order by relationship_id limit ${page.limit})
      union all
      (select * from work.relationship
       where client_id = ${clientId} and shown_as > ${page.after}::uuid order by shown_as limit ${page.limit})
    ) as shown
    order by coalesce(shown_as, relationship_id) limit ${page.limit}`)

/** A client's case by the id under which it knows it. */
export const findShownCase = (from: Ctx | Look, clientId: string, shownId: string) =>
  from.tx.maybe<RelationshipRow>(sql`
    select ${relationshipColumns} from work.relationship
    where client_id = ${clientId} and kind = 'debtCase' and not is_aside
      and (shown_as = ${shownId} or (relationship_id = ${shownId} and shown_as is null))`)

export const setContent = (ctx: Ctx, relationshipId: string, digest: Buffer, limitationOn: string | null) =>
  ctx.tx.run(sql`
    update work.relationship set content_digest = ${digest}, limitation_on = ${limitationOn}
    where relationship_id = ${relationshipId}`)

export const close = (ctx: Ctx, relationshipId: string, closedOn: string, reason: string) =>
  ctx.tx.run(sql`
    update work.relationship set closed_on = ${closedOn}, close_reason = ${reason}
    where relationship_id = ${relationshipId} and closed_on is null`)

/** Closes many cases at once; answers the ids of those that were open. */
export const closeMany = (ctx: Ctx, cases: readonly ClosedCase[]) =>
  ctx.tx.many<{ relationshipId: string }>(sql`
    update work.relationship r
    set closed_on = greatest(given.closed_on, r.opened_on), close_reason = given.reason, content_digest = given.digest,
      client_closed_on = coalesce(r.client_closed_on, greatest(given.closed_on, r.opened_on))
    from unnest(${cases.map(it => it.relationshipId)}::uuid[], ${cases.map(it => it.closedOn)}::date[],
      ${cases.map(it => it.reason)}::text[], ${cases.map(it => it.contentDigest)}::bytea[])
      as given (id, closed_on, reason, digest)
    where r.relationship_id = given.id and r.closed_on is null
    returning r.relationship_id as "relationshipId"`)

/** The client's file closed them; that we had closed some of them before is not changed. */
export const setClientClosed = (ctx: Ctx, cases: readonly { relationshipId: string; closedOn: string }[]) =>
  ctx.tx.run(sql`
    update work.relationship r set client_closed_on = greatest(given.closed_on, r.opened_on)
    from unnest(${cases.map(it => it.relationshipId)}::uuid[], ${cases.map(it => it.closedOn)}::date[])
      as given (id, closed_on)
    where r.relationship_id = given.id and r.client_closed_on is null`)

/** Notes for many cases what was last received of them. */
export const setContents = (ctx: Ctx, cases: readonly ReceivedCase[]) =>
  ctx.tx.run(sql`
    update work.relationship r
    set content_digest = given.digest, limitation_on = coalesce(given.limitation_on, r.limitation_on)
    from unnest(${cases.map(it => it.relationshipId)}::uuid[], ${cases.map(it => it.contentDigest)}::bytea[],
      ${cases.map(it => it.limitationOn)}::date[]) as given (id, digest, limitation_on)
    where r.relationship_id = given.id`)

/** Takes a case's place under its reference away, of a provisional one that was somebody else's: it is aside now. */
export const setReference = (ctx: Ctx, relationshipId: string, digest: Buffer) =>
  ctx.tx.run(sql`
    update work.relationship set reference_digest = ${digest}, is_aside = true
    where relationship_id = ${relationshipId}`)

export const setDisputed = (ctx: Ctx, relationshipId: string, day: string | null) =>
  ctx.tx.run(sql`update work.relationship set disputed_on = ${day} where relationship_id = ${relationshipId}`)

export const setReview = (ctx: Ctx, relationshipId: string, day: string) =>
  ctx.tx.run(sql`update work.relationship set review_on = ${day} where relationship_id = ${relationshipId}`)

export const insertLawyer = (ctx: Ctx, of: RelationshipRow, lawyerId: string) =>
  ctx.tx.run(sql`
    insert into work.lawyer (subject_id, relationship_id, lawyer_id, assigned_on)
    values (${of.subjectId}, ${of.relationshipId}, ${lawyerId}, ${ctx.today}) on conflict do nothing`)

export const endLawyers = (ctx: Ctx, of: RelationshipRow, exceptId: string) =>
  ctx.tx.run(sql`
    update work.lawyer set ended_on = ${ctx.today}
    where subject_id = ${of.subjectId} and relationship_id = ${of.relationshipId} and ended_on is null
      and lawyer_id <> ${exceptId}`)

export const resumeLawyer = (ctx: Ctx, of: RelationshipRow, lawyerId: string) =>
  ctx.tx.run(sql`
    update work.lawyer set ended_on = null
    where subject_id = ${of.subjectId} and relationship_id = ${of.relationshipId} and lawyer_id = ${lawyerId}`)

export const findLawyer = (from: Ctx | Look, of: RelationshipRow) =>
  from.tx.maybe<PartyRow>(sql`
    select ${partyColumns} from work.party where party_id = (
      select lawyer_id from work.lawyer
      where subject_id = ${of.subjectId} and relationship_id = ${of.relationshipId} and ended_on is null)`)

/** Every law firm that ever had a case of this person. */
export const findLawyers = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<LawyerRow>(sql`
    select l.relationship_id as "relationshipId", l.lawyer_id as "lawyerId", p.name, l.assigned_on as "assignedOn",
      l.ended_on as "endedOn"
    from work.lawyer l join work.party p on p.party_id = l.lawyer_id
    where l.subject_id = ${subjectId} order by l.assigned_on, p.name_key`)

export const insertDemand = (ctx: Ctx, demand: DemandRow) =>
  ctx.tx.run(sql`
    insert into work.demand (subject_id, demand_id, relationship_id, authority_id, sealed_reference, legal_basis,
      fields, demanded_on, valid_until)
    values (${demand.subjectId}, ${demand.demandId}, ${demand.relationshipId}, ${demand.authorityId},
      ${demand.sealedReference}, ${demand.legalBasis}, ${demand.fields}, ${demand.demandedOn}, ${demand.validUntil})`)

export const findDemand = (from: Ctx | Look, demandId: string) =>
  from.tx.maybe<DemandRow>(sql`
    select subject_id as "subjectId", demand_id as "demandId", relationship_id as "relationshipId",
      authority_id as "authorityId", sealed_reference as "sealedReference", legal_basis as "legalBasis", fields,
      demanded_on as "demandedOn", valid_until as "validUntil"
    from work.demand where demand_id = ${demandId}`)

export const findDemands = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<DemandRow & { authority: string }>(sql`
    select d.subject_id as "subjectId", demand_id as "demandId", relationship_id as "relationshipId",
      authority_id as "authorityId", sealed_reference as "sealedReference", legal_basis as "legalBasis", fields,
      demanded_on as "demandedOn", valid_until as "validUntil", p.name as authority
    from work.demand d join work.party p on p.party_id = d.authority_id
    where d.subject_id = ${subjectId} order by demanded_on`)

export const insertVoucher = (ctx: Ctx, voucher: VoucherRow) =>
  ctx.tx.run(sql`
    insert into work.voucher (subject_id, voucher_id, relationship_id, booked_on, financial_year_ends_on, floor_until)
    values (${voucher.subjectId}, ${voucher.voucherId}, ${voucher.relationshipId}, ${voucher.bookedOn},
      ${voucher.financialYearEndsOn}, ${voucher.floorUntil})`)

export const findVouchers = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<VoucherRow>(sql`
    select subject_id as "subjectId", voucher_id as "voucherId", relationship_id as "relationshipId",
      booked_on as "bookedOn", financial_year_ends_on as "financialYearEndsOn", floor_until as "floorUntil"
    from work.voucher where subject_id = ${subjectId} order by booked_on`)

export const insertItem = (ctx: Ctx, item: Pick<ItemRow, 'itemId' | 'kind' | 'subjectId' | 'relationshipId'>) =>
  ctx.tx.run(sql`
    insert into work.item (item_id, kind, subject_id, relationship_id, opened_by)
    values (${item.itemId}, ${item.kind}, ${item.subjectId}, ${item.relationshipId}, ${ctx.actor.id})`)

/** Many work items at once; columns: item, kind, subject, relationship, opened by. */
export const insertItems = (ctx: Ctx, rows: Iterable<readonly Value[]>) =>
  ctx.tx.copyIn(
    'work.item (item_id, kind, subject_id, relationship_id, opened_by)',
    encode(['uuid', 'text', 'uuid', 'uuid', 'text'], rows),
  )

export const findItem = (from: Ctx | Look, itemId: string) =>
  from.tx.maybe<ItemRow>(sql`
    select item_id as "itemId", kind, subject_id as "subjectId", relationship_id as "relationshipId",
      opened_by as "openedBy", opened_at as "openedAt", closed_at as "closedAt"
    from work.item where item_id = ${itemId}`)

export const closeItem = (ctx: Ctx, itemId: string) =>
  ctx.tx.run(sql`update work.item set closed_at = now() where item_id = ${itemId} and closed_at is null`)

export const insertHold = (ctx: Ctx, hold: Omit<HoldRow, 'liftedOn'>) =>
  ctx.tx.run(sql`
    insert into work.hold (subject_id, hold_id, relationship_id, reason, owner_id, placed_on, review_on)
    values (${hold.subjectId}, ${hold.holdId}, ${hold.relationshipId}, ${hold.reason}, ${ctx.actor.id},
      ${hold.placedOn}, ${hold.reviewOn})`)

export const liftHolds = (ctx: Ctx, subjectId: string, relationshipId: string, reason: string) =>
  ctx.tx.run(sql`
    update work.hold set lifted_on = ${ctx.today}
    where subject_id = ${subjectId} and relationship_id = ${relationshipId} and reason = ${reason}
      and lifted_on is null`)

export const findHolds = (from: Ctx | Look, subjectId: string) =>
  from.tx.many<HoldRow>(sql`
    select subject_id as "subjectId", hold_id as "holdId", relationship_id as "relationshipId", reason,
      placed_on as "placedOn", review_on as "reviewOn", lifted_on as "liftedOn"
    from work.hold where subject_id = ${subjectId} order by placed_on`)

/** Holds that stand, the soonest to be looked at first. */
export const findOpenHolds = (from: Ctx | Look, limit: number) =>
  from.tx.many<HoldRow>(sql`
    select subject_id as "subjectId", hold_id as "holdId", relationship_id as "relationshipId", reason,
      placed_on as "placedOn", review_on as "reviewOn", lifted_on as "liftedOn"
    from work.hold where lifted_on is null order by review_on, hold_id limit ${limit}`)

const pairs = (keys: readonly Key[]) =>
  sql`unnest(${keys.map(it => it.subjectId)}::uuid[], ${keys.map(it => it.relationshipId)}::uuid[])
    as k (subject_id, relationship_id)`

export const closeOn = (ctx: Ctx, keys: readonly (Key & { readonly closedOn: string })[], reason: string) =>
  ctx.tx.run(sql`
    update work.relationship r set closed_on = k.closed_on, close_reason = ${reason}
    from unnest(${keys.map(it => it.subjectId)}::uuid[], ${keys.map(it => it.relationshipId)}::uuid[],
      ${keys.map(it => it.closedOn)}::date[]) as k (subject_id, relationship_id, closed_on)
    where r.subject_id = k.subject_id and r.relationship_id = k.relationship_id and r.closed_on is null`)

export const setClocked = (ctx: Ctx, keys: readonly Key[], version: number) =>
  ctx.tx.run(sql`
    update work.relationship r set clocked_by = ${version} from ${pairs(keys)}
    where r.subject_id = k.subject_id and r.relationship_id = k.relationship_id`)

export const setCleared = (ctx: Ctx, keys: readonly Key[]) =>
  ctx.tx.run(sql`
    update work.relationship r set cleared_on = ${ctx.today} from ${pairs(keys)}
    where r.subject_id = k.subject_id and r.relationship_id = k.relationship_id
      and r.closed_on is not null and r.cleared_on is null`)

export const setForgotten = (ctx: Ctx, subjectIds: readonly string[]) =>
  ctx.tx.run(sql`
    update work.relationship set forgotten_on = ${ctx.today}
    where subject_id = any(${subjectIds}::uuid[]) and cleared_on is not null and forgotten_on is null`)
