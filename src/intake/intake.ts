/**
 * The intake module's face: a client's file becomes cases, rows that wait for a person of ours, or rejects; what the
 * client is told of it depends on its own file alone (security A2).
 */
import { join } from 'node:path'
import type { World, Actor, Ctx, Look } from '../platform/world.ts'
import { look } from '../platform/world.ts'
import { Problem } from '../platform/problems.ts'
import { writeWhole, type Source } from '../platform/spool.ts'
import * as work from '../work/work.ts'
import * as importing from './import.ts'
import { REJECT_HEADER, rejectLine } from './rejects.ts'
import * as store from './store.ts'

export type { ImportOptions } from './import.ts'
export type { Mapping } from './columns.ts'
export type { Settled, Settlement, Outcome } from './settle.ts'
export type { ReviewRow, Sums } from './store.ts'
export { abandon, rehearse } from './import.ts'
export { referenceDigest } from './knowledge.ts'
export { settle } from './settle.ts'
export { FIELDS } from './columns.ts'

export type ImportState = 'finished' | 'unfinished' | 'abandoned'

/** What we know of an import: for our own people. */
export type Report = store.Sums & {
  readonly importId: string
  readonly clientId: string
  readonly client: string
  /**
   * `unfinished`: it is running, or was cut short; the same file again goes on with it. `abandoned`: cut short for
   * good; the sums are those of what was taken.
   */
  readonly state: ImportState
  readonly receivedAt: Date
  readonly finishedAt: Date | null
}

/** What the client may know of it: nothing here depends on what we hold about anybody. */
export type ClientReport = {
  readonly importId: string
  readonly state: ImportState
  readonly receivedAt: Date
  /** Null until it is finished: how fast it goes would tell, too. */
  readonly rows: number | null
  readonly accepted: number | null
  readonly rejected: number | null
  readonly remarks: number | null
}

export type Delivered = Report & Omit<importing.Done, 'importId'> & { readonly rejectsFile: string }

/**
 * Imports a file for a client and writes its reject file. Idempotent and resumable. Throws `intake.file_refused`,
 * `intake.running`, `intake.file_changed`, `intake.disk_full`, `database.away`; after each the same call goes on.
 */
export async function deliver(
  world: World,
  actor: Actor,
  source: Source,
  options: importing.ImportOptions,
): Promise<Delivered> {
  const { importId, ...rest } = await importing.run(world, onImport(actor), source, options)
  const rejectsFile = join(world.dispatchFolder, 'rejects', `${importId}.csv`)
  await writeRejects(world, actor, importId, rejectsFile)
  const report = await look(world, actor, from => reportOf(from, importId))
  return { ...report, ...rest, rejectsFile }
}

/** Id of a client by the name it was registered under. Throws `work.client_unknown`. */
export async function clientByName(world: World, actor: Actor, name: string): Promise<string> {
  const party = await look(world, actor, from => work.partyByName(from, name))
  if (party.kind !== 'client') throw new Problem('work.client_unknown')
  return party.partyId
}

/** The same person on the role that may import. */
export function onImport(actor: Actor): Actor {
  return { ...actor, surface: 'import' }
}

/** Writes the reject file of an import: the same bytes every time. Throws `intake.disk_full`. */
export async function writeRejects(world: World, actor: Actor, importId: string, file: string): Promise<void> {
  await writeWhole(file, rejectTexts(world, actor, importId))
}

const REJECT_PAGE = 5_000

/** The reject file in pieces. */
export async function* rejectTexts(world: World, actor: Actor, importId: string): AsyncGenerator<string> {
  // Excel takes a file for UTF-8 only when it says so.
  yield `\uFEFF${REJECT_HEADER}`
  for (let after = { line: 0, ordinal: -1 }; ;) {
    const rows = await look(world, actor, from => store.findRejects(from, importId, { ...after, limit: REJECT_PAGE }))
    if (rows.length > 0) yield rows.map(rejectLine).join('')
    const last = rows.at(-1)
    if (!last || rows.length < REJECT_PAGE) return
    after = { line: last.line, ordinal: last.ordinal }
  }
}

/** One import. A client sees its own only. Throws `not_found`. */
export async function reportOf(from: Ctx | Look, importId: string): Promise<Report> {
  const { partyId } = from.actor
  const [row] = await store.findSummed(from, {
    importId,
    limit: 1,
    ...(partyId !== undefined && { clientId: partyId }),
  })
  if (!row) throw new Problem('not_found')
  return reported(row, (await work.party(from, row.clientId))?.name ?? '')
}

/** The newest imports, at most 200: all, or a client's own. */
export async function list(from: Ctx | Look): Promise<Report[]> {
  const { partyId } = from.actor
  const rows = await store.findSummed(from, { limit: 200, ...(partyId !== undefined && { clientId: partyId }) })
  const names = await namesOf(from, rows)
  return rows.map(row => reported(row, names.get(row.clientId) ?? ''))
}

/** What of a report the client itself may see. */
export function clientReport(report: Report): ClientReport {
  const { importId, state, receivedAt } = report
  if (state === 'unfinished')
    return { importId, state, receivedAt, rows: null, accepted: null, rejected: null, remarks: null }
  const { rows, rejected, remarks } = report
  return { importId, state, receivedAt, rows, accepted: rows - rejected, rejected, remarks }
}

export type Review = Pick<
  store.ReviewRow,
  'reviewId' | 'clientId' | 'importId' | 'line' | 'reason' | 'queuedOn' | 'reviewOn'
> & {
  readonly client: string
  /** The provisional case. */
  readonly caseId: string
}

/** Rows that wait for a person of ours, the most urgent first, at most 200. Not for clients. */
export async function reviews(from: Ctx | Look): Promise<Review[]> {
  if (from.actor.role === 'client') throw new Problem('identity.not_allowed')
  const rows = await store.listReviews(from, 200)
  const names = await namesOf(from, rows)
  return rows.map(({ reviewId, clientId, importId, line, reason, queuedOn, reviewOn, relationshipId }) => ({
    reviewId,
    clientId,
    importId,
    line,
    reason,
    queuedOn,
    reviewOn,
    caseId: relationshipId,
    client: names.get(clientId) ?? '',
  }))
}

/** Every review these persons stand in, settled ones too: for the access reply and for finding people. */
export async function reviewsOf(from: Ctx | Look, subjectIds: readonly string[]): Promise<store.ReviewRow[]> {
  return subjectIds.length > 0 ? store.findReviewsOf(from, subjectIds) : []
}

export type Delivery = { readonly importId: string; readonly clientId: string; readonly receivedAt: Date }

/** From whom and when: the deliveries that records name as their source. */
export async function deliveries(from: Ctx | Look, importIds: readonly string[]): Promise<Delivery[]> {
  const rows = importIds.length > 0 ? await store.findDeliveries(from, importIds) : []
  return rows
}

/** How many rows wait, and how many past their day: for the promise board. */
export const reviewCounts = (from: Ctx | Look) => store.countReviews(from)

/** Which of these persons are provisional: rows that nobody has settled yet. */
export async function provisionalAmong(from: Ctx | Look, subjectIds: readonly string[]): Promise<Set<string>> {
  const rows = subjectIds.length > 0 ? await store.findProvisional(from, subjectIds) : []
  return new Set(rows.map(row => row.subjectId))
}

async function namesOf(from: Ctx | Look, rows: readonly { readonly clientId: string }[]): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const clientId of new Set(rows.map(row => row.clientId)))
    names.set(clientId, (await work.party(from, clientId))?.name ?? '')
  return names
}

function reported(row: store.Summed, client: string): Report {
  const {
    importId,
    clientId,
    receivedAt,
    finishedAt,
    abandonedAt,
    rows,
    created,
    changed,
    closed,
    unchanged,
    reviewed,
    rejected,
    remarks,
  } = row
  const state = abandonedAt ? 'abandoned' : finishedAt ? 'finished' : 'unfinished'
  return {
    importId,
    clientId,
    client,
    state,
    receivedAt,
    finishedAt,
    rows,
    created,
    changed,
    closed,
    unchanged,
    reviewed,
    rejected,
    remarks,
  }
}
