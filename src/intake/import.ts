/** One delivery from first byte to report: examined, then batch by batch, each batch an act of its own. */
import { createHash, createHmac } from 'node:crypto'
import * as ledger from '../ledger/ledger.ts'
import { Problem } from '../platform/problems.ts'
import type { Source } from '../platform/spool.ts'
import { act, civilDate, look, type Actor, type World } from '../platform/world.ts'
import * as policy from '../policy/policy.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import { apply } from './apply.ts'
import type { Mapping } from './columns.ts'
import { keptKnowledge, keyed, knowledgeOf } from './knowledge.ts'
import { examine, hashing, readLines, type Examined, type Line } from './reading.ts'
import { openSorting, sortRows, type Action, type Keyed, type RowLine } from './sort.ts'
import * as store from './store.ts'

export type ImportOptions = {
  /** The client as registered. */
  readonly clientId: string
  readonly mapping?: Mapping | undefined
  /** Told once it is known which import this is, before a row is taken. */
  readonly begun?: ((importId: string) => void) | undefined
  /** Told after every batch: bytes of the file behind us, and rows. */
  readonly progress?: ((bytes: number, rows: number) => void) | undefined
  /** Rows a batch; more is faster and holds locks longer. */
  readonly batchRows?: number | undefined
}

/** What became of a delivery. */
export type Done = {
  readonly importId: string
  /** It had been finished before and nothing was done. */
  readonly isRepeat: boolean
  /** Positions (from 1) of columns that nobody knows; their content was not taken (S14). */
  readonly unknownColumns: readonly number[]
}

export const BATCH_ROWS = 1000

/**
 * Imports one file. The same file again changes nothing; one that was cut short goes on after its last committed
 * batch. Throws `intake.file_refused` before anything is written, `intake.running`, `intake.file_changed`.
 */
export async function run(world: World, actor: Actor, source: Source, options: ImportOptions): Promise<Done> {
  const examined = await examine(source.read, options.mapping)
  return alone(world, actor, options.clientId, async touch => {
    const row = await begin(world, actor, examined, options.clientId)
    options.begun?.(row.importId)
    const { unknownColumns } = examined
    if (row.finishedAt) return { importId: row.importId, isRepeat: true, unknownColumns }
    await readOn({ world, actor, source, options, examined, row, touch })
    return { importId: row.importId, isRepeat: false, unknownColumns }
  })
}

/** Runs `whole` while no other process imports for this client. Throws `intake.running`. */
async function alone<T>(
  world: World,
  actor: Actor,
  clientId: string,
  whole: (touch: () => Promise<unknown>) => Promise<T>,
) {
  // A transaction of its own that does nothing but hold the lock: it ends with the process, however that ends.
  return world.pools[actor.surface].write(async tx => {
    if (!(await store.claimClient(tx, clientId))) throw new Problem('intake.running')
    return whole(() => store.touch(tx))
  })
}

/** Finds the import of this file or makes it. */
async function begin(world: World, actor: Actor, examined: Examined, clientId: string): Promise<store.ImportRow> {
  const { fileSha256, readingSha256 } = examined
  const known = await look(world, actor, from => store.findSameOrOpen(from, clientId, fileSha256))
  const isSame = (row: store.ImportRow) => row.fileSha256.equals(fileSha256)
  const same = known.find(row => isSame(row) && row.readingSha256.equals(readingSha256))
  if (same?.abandonedAt) throw new Problem('intake.abandoned')
  if (same) return same
  const unfinished = known.find(row => row.finishedAt === null)
  if (unfinished) throw isSame(unfinished) ? new Problem('intake.reading_changed') : waiting(unfinished)
  return act(world, actor, async ctx => {
    policy.requireTask(ctx, 'importPortfolio')
    const itemId = await work.openItem(ctx, { kind: 'job', subjectId: null, relationshipId: null })
    const importId = store.newId()
    const policyVersion = policy.current(ctx).version
    await store.insertImport(ctx, { importId, clientId, itemId, fileSha256, readingSha256, policyVersion })
    await ledger.appendSystem(ctx, 'intake.import_begun', {
      import: importId,
      client: clientId,
      // Keyed: the ledger is for ever, and a short file could be found again by trying (S24).
      file: createHmac('sha256', world.keys.macKey('delivery')).update(fileSha256).digest('hex'),
    })
    return store.lockImport(ctx, importId)
  })
}

function waiting(row: store.ImportRow): Problem {
  const day = row.receivedAt.toISOString().slice(0, 10)
  return new Problem('intake.running', {
    detail: {
      da: `En fil modtaget ${day} er ikke læst til ende. Send den samme fil igen, så fortsætter den (${row.importId}).`,
      en: `A file received on ${day} was not read to its end. Send that file again and it goes on (${row.importId}).`,
    },
  })
}

type Reading = {
  readonly world: World
  readonly actor: Actor
  readonly source: Source
  readonly options: ImportOptions
  readonly examined: Examined
  readonly row: store.ImportRow
  readonly touch: () => Promise<unknown>
}

async function readOn(reading: Reading): Promise<void> {
  const { world, actor, source, options, examined, row } = reading
  const last = await look(world, actor, from => store.findLastBatch(from, row.importId))
  const digest = createHash('sha256')
  const counted = { bytes: 0 }
  const bytes = counting(hashing(source.read(), digest), counted)
  // Days are judged as on the day of receipt, so that a resumed import reads as an undisturbed one.
  const lines = readLines(bytes, { ...examined, today: civilDate(row.receivedAt) })
  const batches = keyedBatches(
    inBatches(lines, options.batchRows ?? BATCH_ROWS, last?.rowsLast ?? 0),
    world,
    row.clientId,
  )
  let ordinal = last?.ordinal ?? 0
  let rows = last?.rowsLast ?? 0
  // While PostgreSQL takes one batch in, the next is read.
  let next = batches.next()
  for (let step = await next; !step.done; step = await next) {
    next = batches.next()
    next.catch(() => undefined)
    const lines = step.value.lines
    ordinal += 1
    await commitBatch(reading, { ordinal, first: rows + 1, ...step.value })
    rows += lines.length
    options.progress?.(counted.bytes, rows)
    await reading.touch()
  }
  if (!digest.digest().equals(examined.fileSha256)) throw new Problem('intake.file_changed')
  await finish(reading, rows)
}

/**
 * Gives up an import that was not read to its end: what was taken stays and is counted, the rest is not taken, and the
 * client's other files may come. Throws `not_found` (also for what is finished) and `intake.running`.
 */
export async function abandon(world: World, actor: Actor, importId: string): Promise<void> {
  await act(world, actor, async ctx => {
    policy.requireTask(ctx, 'importPortfolio')
    const row = await store.findImport(ctx, importId)
    const isOwn = actor.partyId === undefined || actor.partyId === row?.clientId
    if (!row || !isOwn || row.finishedAt) throw new Problem('not_found')
    if (!(await store.claimClient(ctx.tx, row.clientId))) throw new Problem('intake.running')
    const rows = (await store.findLastBatch(ctx, importId))?.rowsLast ?? 0
    if ((await store.abandonImport(ctx, importId, rows)) === 0) throw new Problem('not_found')
    await work.closeItem(ctx, row.itemId)
    await ledger.appendSystem(ctx, 'intake.import_abandoned', { import: importId, client: row.clientId, rows })
  })
}

async function* keyedBatches(batches: AsyncIterable<Line[]>, world: World, clientId: string) {
  for await (const lines of batches) {
    const found = lines.filter((line): line is RowLine => line.kind === 'row')
    yield { lines, rows: found.map(line => keyed({ world }, clientId, line)) }
  }
}

async function* counting(source: AsyncIterable<Uint8Array>, counted: { bytes: number }) {
  for await (const chunk of source) {
    counted.bytes += chunk.length
    yield chunk
  }
}

/** Lines in equal batches, without the first `skip`, which are committed already. */
export async function* inBatches(
  blocks: AsyncIterable<Line[]>,
  size: number,
  skip: number,
): AsyncGenerator<Line[], void> {
  let held: Line[] = []
  let passed = 0
  for await (const block of blocks) {
    const fresh = block.slice(Math.max(0, Math.min(block.length, skip - passed)))
    passed += block.length
    held = held.length > 0 ? [...held, ...fresh] : fresh
    let at = 0
    for (; held.length - at >= size; at += size) yield held.slice(at, at + size)
    held = held.slice(at)
  }
  if (held.length > 0) yield held
}

type Batch = {
  readonly ordinal: number
  readonly first: number
  readonly lines: readonly Line[]
  readonly rows: readonly Keyed[]
}

async function commitBatch({ world, actor, row }: Reading, batch: Batch): Promise<void> {
  const { importId, clientId, itemId } = row
  const { ordinal, lines, rows } = batch
  await act(world, actor, async ctx => {
    policy.requireTask(ctx, 'importPortfolio')
    const locked = await store.lockImport(ctx, importId)
    const last = await store.findLastBatch(ctx, importId)
    if (locked.finishedAt || (last?.ordinal ?? 0) !== ordinal - 1) throw new Problem('intake.running')
    await subjects.matchAlone(ctx)
    const known = await keptKnowledge(ctx, clientId, rows)
    const actions = sortRows(rows, known, openSorting())
    const warrant = await work.warrant(ctx, { kind: 'job', id: itemId }, 'intake')
    await apply(ctx, { importId, clientId, warrant }, actions, known)
    await store.insertRejects(ctx, rejectRows(importId, lines))
    const rowsLast = batch.first + lines.length - 1
    await store.insertBatch(ctx, { importId, ordinal, rowsFirst: batch.first, rowsLast, ...sumsOf(lines, actions) })
    await ledger.appendSystem(ctx, 'intake.batch_read', { import: importId, ordinal, rows: lines.length })
  })
}

async function finish({ world, actor, row }: Reading, rows: number): Promise<void> {
  await act(world, actor, async ctx => {
    policy.requireTask(ctx, 'importPortfolio')
    if ((await store.finishImport(ctx, row.importId, rows)) === 0) throw new Problem('intake.running')
    await work.closeItem(ctx, row.itemId)
    await ledger.appendSystem(ctx, 'intake.import_finished', { import: row.importId, rows })
  })
}

/** What the rows of a batch came to; adds up to its lines. */
export function sumsOf(lines: readonly Line[], actions: readonly Action[]): Tally {
  const sums = { created: 0, changed: 0, closed: 0, unchanged: 0, reviewed: 0, rejected: 0 }
  for (const action of actions) sums[SUM_OF[action.kind]] += 1
  for (const line of lines) if (line.kind === 'reject') sums.rejected += 1
  return sums
}

export type Tally = Omit<store.Sums, 'rows' | 'remarks'>

const SUM_OF = {
  open: 'created',
  change: 'changed',
  close: 'closed',
  closeReview: 'closed',
  absent: 'closed',
  unchanged: 'unchanged',
  wait: 'reviewed',
  waitAgain: 'reviewed',
} as const satisfies Record<Action['kind'], keyof Tally>

function* rejectRows(importId: string, lines: readonly Line[]) {
  for (const line of lines) {
    const faults = line.kind === 'reject' ? line.faults : line.remarks
    let ordinal = 0
    for (const fault of faults)
      yield [importId, line.line, ordinal++, fault.column, fault.code, fault.clause, line.kind === 'row']
  }
}

/**
 * What an import would come to, without writing: read from one snapshot. What is met twice in the file is
 * remembered here, since nothing is written that could be found.
 */
export async function rehearse(
  world: World,
  actor: Actor,
  source: Source,
  options: ImportOptions,
): Promise<store.Sums> {
  const examined = await examine(source.read, options.mapping)
  const sorting = openSorting()
  const sums = { rows: 0, created: 0, changed: 0, closed: 0, unchanged: 0, reviewed: 0, rejected: 0, remarks: 0 }
  await look(world, actor, async from => {
    const counted = { bytes: 0 }
    const lines = readLines(counting(source.read(), counted), { ...examined, today: from.today })
    const batches = inBatches(lines, options.batchRows ?? BATCH_ROWS, 0)
    for await (const { lines: batch, rows } of keyedBatches(batches, world, options.clientId)) {
      const known = await knowledgeOf(from, options.clientId, rows)
      const tally = sumsOf(batch, sortRows(rows, known, sorting))
      for (const name of Object.keys(tally) as (keyof Tally)[]) sums[name] += tally[name]
      sums.rows += batch.length
      sums.remarks += batch.filter(line => line.kind === 'row' && line.remarks.length > 0).length
      options.progress?.(counted.bytes, sums.rows)
    }
  })
  return sums
}
