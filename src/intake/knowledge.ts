/** What one batch must know of what we hold: asked in a handful of statements, by keyed digests alone. */
import type { Ctx, Look, World } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { contentOf } from './records.ts'
import type { Keyed, Knowledge, RowLine } from './sort.ts'
import { possibleKeyOf, referenceForm } from './sort.ts'
import * as store from './store.ts'

/** The use under which name, postcode and address together are a way to find a person. */
export const POSSIBLE = 'nameAddress'

/** Digest of a client's case reference (in its normal form): how a case is found by it. */
export function referenceDigest(from: { readonly world: World }, clientId: string, reference: string): Buffer {
  return subjects.keyedDigest(from, 'reference', `case/${clientId}`, reference)
}

/** A row with its digests; `from` lends the keys. */
export function keyed(from: { readonly world: World }, clientId: string, line: RowLine): Keyed {
  const reference = referenceDigest(from, clientId, referenceForm(line))
  return {
    line,
    reference,
    referenceHex: reference.toString('hex'),
    content: subjects.keyedDigest(from, 'row', `content/${clientId}`, contentOf(line.row)),
    possible: possibleKeyOf(line),
  }
}

export type Known = Knowledge & {
  /** Living records of the persons concerned, by case. */
  readonly heads: ReadonlyMap<string, readonly subjects.RecordHead[]>
}

/** Asks once for the whole batch. */
export async function knowledgeOf(from: Ctx | Look, clientId: string, rows: readonly Keyed[]): Promise<Known> {
  return known(from, await concerned(from, clientId, rows))
}

/**
 * The same for an act that changes what is held of these persons: nobody else does so from before they are read until
 * the act ends. An objection is there before anything is decided on them, or waits until it was done (S25).
 */
export async function keptKnowledge(ctx: Ctx, clientId: string, rows: readonly Keyed[]): Promise<Known> {
  const kept = new Set<string>()
  let met = await concerned(ctx, clientId, rows)
  // Whoever is met only after the waiting is waited for as well.
  while (met.persons.some(id => !kept.has(id))) {
    await subjects.keepMany(ctx, met.persons)
    for (const id of met.persons) kept.add(id)
    met = await concerned(ctx, clientId, rows)
  }
  return known(ctx, met)
}

async function known(from: Ctx | Look, met: Awaited<ReturnType<typeof concerned>>): Promise<Known> {
  const { cases, reviews, byCpr, byPossible, ofCases, persons } = met
  const found = await subjects.headsOf(from, persons)
  const provisional = persons.length > 0 ? await store.findProvisional(from, persons) : []
  return {
    cases,
    reviews,
    byCpr,
    byPossible,
    provisional: new Set(provisional.map(row => row.subjectId)),
    restricted: new Set(found.filter(head => head.restrictedAt !== null).map(head => head.subjectId)),
    held: new Set(found.filter(head => head.source === 'client').map(head => head.relationshipId)),
    withCpr: await subjects.withLookup(from, 'cpr', [...new Set(ofCases)]),
    heads: Map.groupBy(found, head => head.relationshipId),
  }
}

/** Cases, reviews and persons that these rows meet. */
async function concerned(from: Ctx | Look, clientId: string, rows: readonly Keyed[]) {
  const references = rows.map(row => row.reference)
  const cases = await work.casesByReference(from, clientId, references)
  const open = references.length > 0 ? await store.findOpenReviews(from, clientId, references) : []
  const reviews = new Map(open.map(row => [row.referenceDigest.toString('hex'), row]))
  const changed = rows.filter(row => cases.get(row.referenceHex)?.contentDigest?.equals(row.content) !== true)
  const isFresh = (row: Keyed) => !row.line.isClosed && !reviews.has(row.referenceHex)
  const asked = changed.filter(isFresh)
  const byCpr = await subjects.findMany(from, 'cpr', [
    ...new Set(asked.map(row => row.line.row.cpr).filter(cpr => cpr !== '')),
  ])
  const nameless = asked.filter(row => row.line.row.cpr === '' && row.possible !== '' && !cases.has(row.referenceHex))
  const byPossible = await subjects.findMany(from, POSSIBLE, [...new Set(nameless.map(row => row.possible))])
  const ofCases = changed.flatMap(row => cases.get(row.referenceHex)?.subjectId ?? [])
  const ofReviews = open.map(row => row.subjectId)
  const persons = [...new Set([...ofCases, ...ofReviews, ...[...byCpr.values()].flat()])]
  return { cases, reviews, byCpr, byPossible, ofCases, persons }
}
