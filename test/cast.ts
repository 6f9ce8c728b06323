/** The cast of the tests: a client, a debtor with an open case, ready-made and real. All of them are invented. */
import { randomUUID } from 'node:crypto'
import { sql } from '../src/lib/sql.ts'
import { act, type Ctx } from '../src/platform/world.ts'
import * as subjects from '../src/subjects/subjects.ts'
import * as work from '../src/work/work.ts'
import type { Kit } from './kit.ts'

export type Debtor = {
  readonly subjectId: string
  readonly caseId: string
  readonly clientId: string
  readonly noticeId: string
  readonly importId: string
  readonly records: { readonly identity: string; readonly contact: string; readonly claim: string }
}

export type DebtorWish = {
  readonly name?: string
  readonly cpr?: string
  readonly reference?: string
  readonly email?: string
  readonly client?: string
}

/** Registers a client once and returns its id. */
export async function client(kit: Kit, name = 'Strandby Energi', ageRecipient: string | null = null): Promise<string> {
  return act(kit.world, kit.actor('admin'), async ctx => {
    const known = await work.partyByName(ctx, name).catch(() => null)
    if (known) {
      await work.setKey(ctx, known.partyId, ageRecipient ?? known.ageRecipient ?? 'age1cast')
      return known.partyId
    }
    return (await work.register(ctx, { kind: 'client', name, ageRecipient })).partyId
  })
}

/** A debtor as a delivery from a client leaves one: a person, a case, three records and the Art. 14 notice. */
export async function debtor(kit: Kit, wish: DebtorWish = {}): Promise<Debtor> {
  const clientId = await client(kit, wish.client)
  return act(kit.world, kit.actor('caseWorker'), async ctx => {
    const jobId = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
    const warrant = await work.warrant(ctx, { kind: 'job', id: jobId }, 'intake')
    const [subjectId] = (await subjects.create(ctx, 1)) as [string]
    const caseId = await openCase(ctx, clientId, subjectId, wish.reference ?? `R-${randomUUID()}`)
    const importId = await insertImport(ctx, clientId, jobId)
    const noticeId = randomUUID()
    await ctx.tx.run(sql`
      insert into notices.notice (subject_id, notice_id, kind, relationship_id, due_on, state)
      values (${subjectId}, ${noticeId}, 'collection', ${caseId}, ${ctx.today}::date + 30, 'queued')`)
    const common = { subjectId, relationshipId: caseId, source: 'client', noticeId, importId } as const
    const [identity, contact, claim] = (await subjects.hold(
      ctx,
      warrant,
      [
        {
          ...common,
          category: 'debtor_identity',
          values: { name: wish.name ?? 'Asta Prøvebjerg', cpr: wish.cpr ?? '0101659995' },
        },
        {
          ...common,
          category: 'debtor_contact',
          values: { address: 'Prøvevej 12', postcode: '2500', city: 'Valby', email: wish.email ?? 'asta@example.dk' },
        },
        {
          ...common,
          category: 'debt_claim',
          values: { reference: wish.reference ?? 'R-1', principal: '2340.50', currency: 'DKK', due_date: '2026-03-01' },
        },
      ],
      { workOpen: true, noticeGiven: true, required: true, debtOutstanding: true, cprGround: true, roleAllowed: true },
    )) as [string, string, string]
    await subjects.enter(ctx, [{ subjectId, kind: 'intake.case_received', detail: { case: caseId, import: importId } }])
    await work.closeItem(ctx, jobId)
    return { subjectId, caseId, clientId, noticeId, importId, records: { identity, contact, claim } }
  })
}

async function openCase(ctx: Ctx, clientId: string, subjectId: string, reference: string): Promise<string> {
  const relationshipId = randomUUID()
  const referenceDigest = subjects.keyedDigest(ctx, 'reference', `case/${clientId}`, reference)
  const contentDigest = subjects.keyedDigest(ctx, 'row', 'content', reference)
  await work.openCases(ctx, [
    { subjectId, relationshipId, clientId, referenceDigest, contentDigest, limitationOn: '2029-03-01' },
  ])
  return relationshipId
}

async function insertImport(ctx: Ctx, clientId: string, itemId: string): Promise<string> {
  const importId = randomUUID()
  const hash = Buffer.from(importId.replaceAll('-', '').repeat(2), 'hex')
  await ctx.tx.run(sql`
    insert into intake.import (import_id, client_id, item_id, file_sha256, reading_sha256, policy_version, finished_at)
    values (${importId}, ${clientId}, ${itemId}, ${hash}, ${hash}, ${ctx.world.rules?.version}, now())`)
  return importId
}
