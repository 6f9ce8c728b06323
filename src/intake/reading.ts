/** Reads a client's file: first whether it can be taken at all, then line by line what each comes to. */
import { createHash, hash } from 'node:crypto'
import { readCsv, type CsvHeader, type CsvItem, type Delimiter } from '../lib/csv.ts'
import { detectEncoding, type Encoding } from '../lib/decode.ts'
import { Problem, type Fault as ProblemFault } from '../platform/problems.ts'
import { mapColumns, type Columns, type ColumnsProblem, type Mapping } from './columns.ts'
import type { DebtorRow } from './debtor-row.ts'
import { addNew, openDigestSet, type DigestSet } from './digest-set.ts'
import { duplicateKey } from './match-keys.ts'
import { explain, type RejectCode } from './reject-texts.ts'
import type { FileCode } from './file-texts.ts'
import { readRow, type ReviewReason } from './row.ts'

/** Raised whenever the same bytes would be read otherwise than before. */
export const READING_VERSION = 1

/** A file that can be taken, and how it is read. */
export type Examined = {
  readonly fileSha256: Buffer
  /** Of the version of this reading and everything that was decided about the file. */
  readonly readingSha256: Buffer
  readonly encoding: Encoding
  readonly delimiter: Delimiter
  readonly columns: Columns
  /** Positions (from 1) of columns that nobody knows; they are not taken (S14). */
  readonly unknownColumns: readonly number[]
}

/** What is wrong with a column, or with the whole line when `column` is ''. Never a value. */
export type LineFault = { readonly column: string; readonly code: string; readonly clause: string }

/** What one line of the file comes to, from the file alone: nothing here knows what we hold. */
export type Line =
  | { readonly kind: 'reject'; readonly line: number; readonly faults: readonly LineFault[] }
  | {
      readonly kind: 'row'
      readonly line: number
      readonly row: DebtorRow
      readonly isClosed: boolean
      /** Why a person of ours must look first; '' when none must. */
      readonly reason: ReviewReason | ''
      /** What of an accepted row was not taken, or assumed. */
      readonly remarks: readonly LineFault[]
    }

type Bytes = () => AsyncIterable<Uint8Array>

/** Reads the whole file once, takes nothing. Throws `intake.file_refused` with line and code of what is wrong. */
export async function examine(read: Bytes, mapping?: Mapping): Promise<Examined> {
  const digest = createHash('sha256')
  const encoding = await detectEncoding(hashing(read(), digest))
  if (!encoding.ok) throw refused([faultOf(1, encoding.code)])
  const header = await headerOf(read, encoding.value)
  const mapped = mapColumns(header.cells, mapping)
  if (!mapped.ok) throw refused(mapped.problems.map(problem => columnFault(header.line, problem)))
  const decisions = [READING_VERSION, encoding.value, header.delimiter, mapped.columns, mapping ?? null]
  return {
    fileSha256: digest.digest(),
    readingSha256: createHash('sha256').update(JSON.stringify(decisions)).digest(),
    encoding: encoding.value,
    delimiter: header.delimiter,
    columns: mapped.columns,
    unknownColumns: mapped.unknown,
  }
}

/** SHA-256 over what passes. */
export async function* hashing(source: AsyncIterable<Uint8Array>, digest: { update(bytes: Uint8Array): unknown }) {
  for await (const chunk of source) {
    digest.update(chunk)
    yield chunk
  }
}

export type ReadOptions = Pick<Examined, 'encoding' | 'delimiter' | 'columns'> & {
  /** Day of receipt, 'YYYY-MM-DD' in Copenhagen: the same on every resumption. */
  readonly today: string
}

/**
 * All lines in order, in blocks. The second row with a reference is rejected: one file says one thing about a case.
 * Throws `intake.file_changed` when the file is not the one that was examined.
 */
export async function* readLines(source: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<Line[]> {
  const seen = openDigestSet()
  try {
    for await (const items of readCsv(source, options)) {
      const lines: Line[] = []
      for (const item of items) {
        const line = readItem(item, options)
        if (line) lines.push(onceOnly(line, seen))
      }
      if (lines.length > 0) yield lines
    }
  } catch (error) {
    // The decoder is strict: bytes that were not there when the file was examined.
    if (error instanceof TypeError) throw new Problem('intake.file_changed')
    throw error
  }
}

function readItem(item: CsvItem, { columns, today }: ReadOptions): Line | undefined {
  if (item.kind === 'fault')
    return { kind: 'reject', line: item.line, faults: [{ column: '', code: item.code, clause: 'S20' }] }
  if (item.kind === 'refused') throw new Problem('intake.file_changed')
  if (item.kind !== 'row') return undefined
  const result = readRow(item.cells, columns, today)
  const { line } = item
  if (result.kind === 'reject') return { kind: 'reject', line, faults: result.faults }
  return {
    kind: 'row',
    line,
    row: result.row,
    isClosed: result.kind === 'closed',
    reason: result.kind === 'review' ? result.reason : '',
    remarks: result.warnings.filter(it => !HINTS.has(it.code)),
  }
}

/** Hints about a value that was taken as it stands: nothing was left out or assumed. */
const HINTS: ReadonlySet<RejectCode> = new Set(['cpr_modulus'])

function onceOnly(line: Line, seen: DigestSet): Line {
  if (line.kind === 'reject') return line
  const isFirst = addNew(seen, hash('sha256', duplicateKey(line.row), 'buffer'))
  if (isFirst) return line
  return {
    kind: 'reject',
    line: line.line,
    faults: [{ column: 'reference', code: 'reference_repeated', clause: 'S20' }],
  }
}

async function headerOf(read: Bytes, encoding: Encoding): Promise<CsvHeader> {
  for await (const items of readCsv(read(), { encoding })) {
    for (const item of items) {
      if (item.kind === 'header') return item
      if (item.kind === 'refused') throw refused([faultOf(item.line, item.code)])
    }
  }
  throw refused([faultOf(1, 'csv_empty')])
}

function refused(faults: readonly ProblemFault[]): Problem {
  return new Problem('intake.file_refused', { clause: 'S20', faults })
}

function faultOf(line: number, code: FileCode): ProblemFault {
  const { da, en } = explain(code)
  return { line, code, text: { da: da.join(' '), en: en.join(' ') } }
}

function columnFault(line: number, { code, field, positions }: ColumnsProblem): ProblemFault {
  const place = positions ? ` (${positions.join(', ')})` : ''
  return { ...faultOf(line, code), ...(field && { field: `${field}${place}` }) }
}
