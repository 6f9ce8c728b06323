/** For tests: files as clients send them, and what is held after them. */
import type { Kit } from '../../test/kit.ts'
import { csvLine } from '../lib/csv-write.ts'
import type { Source } from '../platform/spool.ts'
import { act } from '../platform/world.ts'
import * as subjects from '../subjects/subjects.ts'
import * as work from '../work/work.ts'
import type { FieldCode } from './columns.ts'
import { HEADERS, encodePortfolio } from './generate.ts'
import * as intake from './intake.ts'

export type Cells = { readonly [field in FieldCode]?: string }

/** A row that nothing is wrong with; `cells` change it. */
export function row(reference: string, cells: Cells = {}): Cells {
  return {
    reference,
    name: 'Asta Prøvebjerg',
    cpr: '070583-9003',
    address: 'Prøvevej 12',
    postcode: '2500',
    city: 'Valby',
    email: 'asta@example.com',
    phone: '',
    principal: '2.340,50',
    currency: 'DKK',
    invoice_number: 'F1',
    due_date: '01-03-2026',
    claim_text: 'Strøm',
    note: '',
    status: 'Åben',
    closed_on: '',
    close_reason: '',
    ...cells,
  }
}

/** CSV text of rows, header first. */
export function csv(rows: readonly Cells[], delimiter = ';'): string {
  const fields = Object.keys(row('')) as FieldCode[]
  const extra = [...new Set(rows.flatMap(cells => Object.keys(cells)))].filter(
    field => !fields.includes(field as FieldCode),
  )
  const all = [...fields, ...(extra as FieldCode[])]
  const lines = rows.map(cells =>
    csvLine(
      all.map(field => cells[field] ?? ''),
      delimiter,
    ),
  )
  return (
    csvLine(
      all.map(field => HEADERS[field]),
      delimiter,
    ) + lines.join('')
  )
}

/** Bytes (or UTF-8 text) as a file, given out in small pieces. */
export function fileOf(content: string | Buffer): Source {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
  const read = async function* () {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
  }
  return { size: bytes.length, read, close: async () => undefined }
}

/** All bytes of a generated portfolio. */
export async function bytesOf(
  pieces: AsyncIterable<string>,
  encoding: 'utf-8' | 'windows-1252' = 'utf-8',
): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of encodePortfolio(pieces, encoding)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Delivers a file for a client as an operator would. */
export function deliver(kit: Kit, clientId: string, content: string | Buffer, options: { batchRows?: number } = {}) {
  return intake.deliver(kit.world, kit.actor('admin', 'import'), fileOf(content), { clientId, ...options })
}

/** Every case's living records as read under the case: reference -> category -> values, with how often each stands. */
export async function contentsOf(kit: Kit): Promise<{ readonly [reference: string]: object }> {
  const cases = await kit.owner('select subject_id, relationship_id from work.relationship where closed_on is null')
  const found: [string, object][] = []
  for (const { subject_id: subjectId, relationship_id: id } of cases as {
    subject_id: string
    relationship_id: string
  }[]) {
    const opened = await act(kit.world, kit.actor('caseWorker'), async ctx => {
      const warrant = await work.warrant(ctx, { kind: 'case', id })
      const facts = { roleAllowed: true, workOpen: true, cprGround: true }
      const request = { subjectId, verb: 'read', factsOf: () => facts } as const
      const result = await subjects.open(ctx, warrant, request)
      await subjects.enter(ctx, [{ subjectId, kind: 'subjects.read' }])
      return result.opened
    })
    const reference = opened.find(it => it.row.category === 'debt_claim')?.values['reference'] ?? ''
    const values = opened.map(it => [it.row.category, it.values] as const)
    found.push([reference, values.toSorted(([left], [right]) => left.localeCompare(right))])
  }
  return Object.fromEntries(found.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** Number of rows of every table the import writes to. */
export async function countsOf(kit: Kit): Promise<{ readonly [table: string]: number }> {
  const tables = [
    'subjects.subject',
    'subjects.record',
    'subjects.lookup',
    'subjects.opening',
    'work.relationship',
    'work.item',
    'notices.notice',
    'intake.import',
    'intake.batch',
    'intake.reject',
    'intake.review',
    'ledger.pending',
  ]
  const counts: [string, number][] = []
  for (const table of tables) {
    const [found] = await kit.owner(`select count(*)::int as count from ${table}`)
    counts.push([table, found?.['count'] as number])
  }
  return Object.fromEntries(counts)
}
