/** A part of the face: the bytes leave. Everything that let the package be made is asked again first. */
import { Problem } from '../platform/problems.ts'
import type { Ctx } from '../platform/world.ts'
import * as notices from '../notices/notices.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import { askedFor, questionFor, requireRecipient } from './asking.ts'
import { fileName, sha256 } from './package.ts'
import * as store from './store.ts'

export type Fetched = { readonly disclosureId: string; readonly fileName: string; readonly bytes: Buffer }

/**
 * Hands out a package: to our own people, or to the very client it was made for. A consent withdrawn, an
 * objection raised or a case closed since then refuses it. Throws `not_found` (also for another party's),
 * `disclosure.expired` and `policy.refused` with the clause.
 */
export async function fetchPackage(ctx: Ctx, disclosureId: string): Promise<Fetched> {
  policy.requireTask(ctx, 'fetchPackage')
  const row = await store.find(ctx, disclosureId)
  if (!row || (ctx.actor.role === 'client' && row.recipientId !== ctx.actor.partyId)) throw new Problem('not_found')
  await requireStill(ctx, row)
  const { bytes, packageSha256, expiresAt } = await store.lockPackage(ctx, row)
  if (!bytes || expiresAt <= ctx.now) throw new Problem('disclosure.expired')
  if (!sha256(bytes).equals(packageSha256))
    throw new Problem('subjects.integrity', { rule: 'subjects.integrity', clause: 'S24' })
  await store.markFetched(ctx, row)
  const { subjectId, noticeId } = row
  const shows = (await notices.visibleStatusOf(ctx, subjectId)).some(it => it.noticeId === noticeId)
  const detail = { disclosure: disclosureId, case: row.caseId, recipient: row.recipientId }
  await subjects.enter(ctx, [{ subjectId, kind: 'disclosure.fetched', detail, ...(!shows && { visibleFrom: null }) }])
  return { disclosureId, fileName: fileName(disclosureId), bytes }
}

/** S15, S21, S25 hold at the moment of sending, not only at that of packing. */
async function requireStill(ctx: Ctx, row: store.DisclosureRow): Promise<void> {
  const { caseId, recipientKind: kind, recipientId: partyId, demandId, fields } = row
  const recipient = { kind, partyId, ...(demandId !== null && { demandId }) }
  const asked = await askedFor(ctx, { caseId, recipient, fields })
  requireRecipient(ctx, asked)
  const records = (await subjects.rowsOf(ctx, row.subjectId)).filter(it => row.recordIds.includes(it.recordId))
  if (records.some(it => it.erasedAt !== null)) throw new Problem('subjects.erased')
  for (const record of records) {
    const decision = policy.ask(ctx, questionFor(ctx, asked, record), asked.factsOf(record))
    if (decision.outcome === 'deny') throw policy.refusal(ctx, decision.reasons)
    // What is packed cannot be taken out again: one field that may no longer leave keeps the whole.
    const [first] = decision.refused
    if (first) throw new Problem('policy.refused', { rule: first.code, clause: first.clause, faults: decision.refused })
  }
}
