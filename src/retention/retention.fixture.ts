/** What the tests of retention share: a quiet database, a case closed long ago, and what is left of a person. */
import type { Debtor } from '../../test/cast.ts'
import type { Kit } from '../../test/kit.ts'

/** Today in Denmark, in SQL. */
export const TODAY = `(now() at time zone 'Europe/Copenhagen')::date`

/** Nothing of the test before is due any more. */
export async function quiet(kit: Kit): Promise<void> {
  await kit.owner(`update subjects.record set erase_by = null where source <> 'website' and erased_at is null`)
  // Only its owner can do this, and only with the guards off: what is closed stays closed.
  await kit.owner(`set session_replication_role = replica; update work.relationship
    set closed_on = null, close_reason = null, clocked_by = null, cleared_on = null,
    forgotten_on = null, limitation_on = null, review_on = ${TODAY} + 300 where cleared_on is null`)
  await kit.owner(`update work.hold set lifted_on = ${TODAY}`)
}

/** As if the case had been closed so long ago, e.g. '6 months'. */
export const closedAgo = (kit: Kit, of: Debtor, ago: string) =>
  kit.owner(
    `update work.relationship set closed_on = (${TODAY} - interval '${ago}')::date, close_reason = 'paid',
     opened_on = least(opened_on, (${TODAY} - interval '${ago}')::date) where relationship_id = $1`,
    [of.caseId],
  )

/** Categories of the person's records that are alive, in order. */
export async function aliveOf(kit: Kit, subjectId: string): Promise<string[]> {
  const rows = await kit.owner(
    'select category from subjects.record where subject_id = $1 and erased_at is null order by 1',
    [subjectId],
  )
  return rows.map(row => String(row['category']))
}

/** The categories of an untouched debtor of the cast. */
export const ALL = ['debt_claim', 'debtor_contact', 'debtor_identity']
