/** Reads a stream of CSV record by record, in bounded memory, with the line on which each stands. */
import { initParser } from 'udsv'
import { feed, MAX_RECORD, nextRecord, startCursor, type Cursor, type RecordCode } from './csv-record.ts'
import { decodeText, type Encoding } from './decode.ts'

export type Delimiter = ';' | ',' | '\t'

/** The first line with content. `line` counts physical lines from 1, here and below. */
export type CsvHeader = {
  readonly kind: 'header'
  readonly line: number
  readonly cells: readonly string[]
  readonly delimiter: Delimiter
}
/** A record with exactly as many cells as the header; `line` is where it begins, `endLine` where it ends. */
export type CsvRow = {
  readonly kind: 'row'
  readonly line: number
  readonly endLine: number
  readonly cells: readonly string[]
}
/** Lines that could not be read as a record. None of their cells is given: they might stand in the wrong column. */
export type CsvFault = {
  readonly kind: 'fault'
  readonly line: number
  readonly endLine: number
  readonly code: RecordCode
}
/** The file as a whole cannot be read; nothing follows. */
export type CsvRefused = { readonly kind: 'refused'; readonly line: number; readonly code: CsvFileCode }
/** Once, last: how many physical lines there were, and whether the last one had its line end (a cut file has not). */
export type CsvEnd = { readonly kind: 'end'; readonly lines: number; readonly lastLineEnded: boolean }
export type CsvItem = CsvHeader | CsvRow | CsvFault | CsvRefused | CsvEnd

/** `csv_empty`: no line with content; `csv_one_column`: no known delimiter in the header; `csv_header`: its quotes. */
export type CsvFileCode = 'csv_empty' | 'csv_one_column' | 'csv_header' | 'csv_columns_limit'

export type CsvOptions = {
  readonly encoding: Encoding
  /** From a saved mapping; otherwise the commonest of ; tab , in the header. */
  readonly delimiter?: Delimiter
}

/**
 * Reads a CSV file (RFC 4180 with any of three delimiters and three line ends) as a stream, in blocks of items in
 * the order of the file. Every line ends in exactly one row or fault, blank lines apart; a quote that never closes
 * costs its own line only. Limits: 256 columns, 100,000 characters a field, 1,000,000 a record; memory is bounded.
 * `encoding` comes from `detectEncoding`; a source that changed since then throws a TypeError.
 */
export async function* readCsv(
  source: AsyncIterable<Uint8Array>,
  options: CsvOptions,
): AsyncGenerator<readonly CsvItem[]> {
  const reading: Reading = { cursor: startCursor(), delimiter: options.delimiter, split: undefined, refused: false }
  for await (const text of inBlocks(decodeText(source, options.encoding))) {
    feed(reading.cursor, text)
    const items = readBlock(reading)
    if (items.length > 0) yield items
    if (reading.refused) return
  }
  feed(reading.cursor, '')
  reading.cursor.final = true
  yield readBlock(reading)
}

export const MAX_COLUMNS = 256

type Split = (records: readonly string[]) => readonly (readonly string[])[]
type Reading = { cursor: Cursor; delimiter: Delimiter | undefined; split: Split | undefined; refused: boolean }
type Pending = { readonly at: number; readonly line: number; readonly endLine: number; readonly text: string }

const BLOCK = 65_536
const DELIMITERS: readonly Delimiter[] = [';', '\t', ',']

/** Pieces of at least a block, so that a source of tiny chunks costs no more than one of large ones. */
async function* inBlocks(source: AsyncIterable<string>): AsyncGenerator<string> {
  let pieces: string[] = []
  let length = 0
  for await (const text of source) {
    pieces.push(text)
    length += text.length
    if (length < BLOCK) continue
    yield pieces.join('')
    pieces = []
    length = 0
  }
  if (length > 0) yield pieces.join('')
}

function readBlock(reading: Reading): readonly CsvItem[] {
  const items: CsvItem[] = []
  if (reading.split === undefined) openHeader(reading, items)
  if (reading.split !== undefined) readRecords(reading, reading.split, items)
  if (reading.cursor.final && !reading.refused) closeFile(reading, items)
  return items
}

function closeFile(reading: Reading, items: CsvItem[]): void {
  if (reading.split === undefined) return refuseFile(reading, items, 'csv_empty')
  items.push({ kind: 'end', lines: reading.cursor.lines, lastLineEnded: reading.cursor.lastLineEnded })
}

function refuseFile(reading: Reading, items: CsvItem[], code: CsvFileCode): void {
  reading.refused = true
  items.push({ kind: 'refused', line: Math.max(1, reading.cursor.lines), code })
}

/** Reads the header, an Excel hint (sep=;) before it included, and settles delimiter and width from it. */
function openHeader(reading: Reading, items: CsvItem[]): void {
  const { cursor } = reading
  if (!settleDelimiter(reading)) return
  const record = nextRecord(cursor)
  if (record === undefined) return
  if (record.code !== '') return refuseFile(reading, items, 'csv_header')
  if (record.columns < 2) return refuseFile(reading, items, 'csv_one_column')
  if (record.columns > MAX_COLUMNS) return refuseFile(reading, items, 'csv_columns_limit')
  const delimiter = cursor.delimiter as Delimiter
  cursor.columns = record.columns
  reading.split = splitter(delimiter, record.columns)
  const [cells = []] = reading.split([record.text])
  items.push({ kind: 'header', line: record.line, cells, delimiter })
}

/** Answers false while the header's first line has not arrived in full. */
function settleDelimiter(reading: Reading): boolean {
  const { cursor } = reading
  const line = /[^\r\n]+/.exec(cursor.text)
  const stop = (line?.index ?? 0) + (line?.[0].length ?? 0)
  const isWhole = line !== null && (cursor.final || stop < cursor.text.length - 1)
  if (!isWhole) return cursor.final || cursor.text.length > MAX_RECORD
  if (cursor.text[stop] === '\r' && cursor.text[stop + 1] !== '\n' && !cursor.text.includes('\n')) cursor.lineEnd = '\r'
  const hint = /^"?sep=([;,\t])"?$/i.exec(line[0])?.[1] as Delimiter | undefined
  cursor.delimiter = reading.delimiter ?? hint ?? commonest(line[0])
  if (hint !== undefined) nextRecord(cursor)
  return true
}

function commonest(line: string): Delimiter {
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map(delimiter => bare.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ';'
}

function readRecords(reading: Reading, split: Split, items: CsvItem[]): void {
  const pending: Pending[] = []
  for (let record = nextRecord(reading.cursor); record !== undefined; record = nextRecord(reading.cursor)) {
    const { line, endLine, code, text } = record
    if (code !== '') {
      items.push({ kind: 'fault', line, endLine, code })
      continue
    }
    pending.push({ at: items.length, line, endLine, text })
    items.push(PLACE)
  }
  const rows = split(pending.map(record => record.text))
  pending.forEach(({ at, line, endLine }, index) => {
    items[at] = { kind: 'row', line, endLine, cells: rows[index] ?? [] }
  })
}

const PLACE: CsvItem = { kind: 'end', lines: 0, lastLineEnded: false }

/**
 * udsv trusts its input: a short row takes its missing cells from the next, and text behind a closing quote drops
 * what was quoted. So it only ever gets records that `nextRecord` has measured, and it must give back as many.
 */
function splitter(delimiter: Delimiter, columns: number): Split {
  const cols = Array.from({ length: columns }, () => ({
    name: '',
    type: 's' as const,
    repl: { empty: '', null: '', NaN: '' },
  }))
  return records => {
    if (records.length === 0) return []
    const text = records.join('\n')
    const encl = text.includes('"') ? '"' : ''
    const parser = initParser({ skip: 0, col: delimiter, row: '\n', encl, esc: encl, trim: false, cols } as never)
    const rows: string[][] = parser.stringArrs(text)
    if (rows.length !== records.length) throw new RangeError('The CSV splitter lost a record')
    return rows
  }
}
