/**
 * `csv_columns_few`, `csv_columns_many`: not as many cells as the header; `csv_quote_open`: a quoted cell is not closed
 * within 100,000 characters or before the file ends; `csv_quote_stray`: text right behind a closing quote;
 * `csv_field_limit`, `csv_record_limit`: a cell above 100,000 characters, a record above 1,000,000.
 */
export type RecordCode =
  'csv_columns_few' | 'csv_columns_many' | 'csv_quote_open' | 'csv_quote_stray' | 'csv_field_limit' | 'csv_record_limit'

/** Where reading stands in the text that has arrived; changed by `feed` and `nextRecord` only. */
export type Cursor = {
  text: string
  at: number
  /** Physical lines read so far. */
  lines: number
  /** No more text will come. */
  final: boolean
  /** LF, also where CR stands before it; CR alone in files that have no LF. */
  lineEnd: '\n' | '\r'
  delimiter: string
  /** Cells every record must have; 0 while the header is read. */
  columns: number
  lastLineEnded: boolean
  /** Inside a line too long to keep: dropped up to its end. */
  dropping: boolean
  /** The next quote and delimiter at or behind `at`: remembered, so that no stretch of text is searched twice. */
  quote: number
  mark: number
  /** Up to here faulty quotes have been searched: a quoted cell must now close on its own line. */
  doubt: number
}

/** A record measured but not yet split. `text` is without its line end; `code` is '' when it may be split. */
export type CsvRecord = {
  readonly line: number
  readonly endLine: number
  readonly columns: number
  readonly code: RecordCode | ''
  readonly text: string
}

export const MAX_FIELD = 100_000
export const MAX_RECORD = 1_000_000

/** A cursor before the first character; the delimiter, line end and column count are set once they are known. */
export function startCursor(): Cursor {
  return {
    text: '',
    at: 0,
    lines: 0,
    final: false,
    lineEnd: '\n',
    delimiter: ';',
    columns: 0,
    lastLineEnded: true,
    dropping: false,
    quote: -1,
    mark: -1,
    doubt: 0,
  }
}

/** Forgets what is read and adds what has arrived. */
export function feed(cursor: Cursor, text: string): void {
  cursor.doubt = Math.max(0, cursor.doubt - cursor.at)
  cursor.text = cursor.at === cursor.text.length ? text : cursor.text.slice(cursor.at) + text
  cursor.at = 0
  cursor.quote = -1
  cursor.mark = -1
}

/**
 * The next record, or undefined when more text must come first (or, at the end, when there is none). Blank lines are
 * counted and passed over. A record with faulty quotes ends with its first line, so that the lines behind it are kept.
 * Time is linear in the file: what was searched for such a record is not searched across lines again.
 */
export function nextRecord(cursor: Cursor): CsvRecord | undefined {
  while (cursor.at < cursor.text.length) {
    const found = cursor.text.indexOf(cursor.lineEnd, cursor.at)
    const end = found >= 0 ? found : cursor.final ? cursor.text.length : INCOMPLETE
    if (end === INCOMPLETE) {
      const tooLong = cursor.dropping || cursor.text.length - cursor.at > MAX_RECORD
      if (!tooLong) return undefined
      const dropped = dropLine(cursor)
      if (dropped !== undefined) return dropped
    } else if (cursor.dropping || isBlank(cursor.text, cursor.at, end)) {
      cursor.dropping = false
      passLine(cursor, end)
    } else {
      return readRecord(cursor, end)
    }
  }
  return undefined
}

const INCOMPLETE = -1
const QUOTE = 34
const RETURN = 13

function isBlank(text: string, from: number, end: number): boolean {
  return end === from || (end === from + 1 && text.charCodeAt(from) === RETURN)
}

/** Goes on behind the line that ends at `end`. */
function passLine(cursor: Cursor, end: number): void {
  cursor.lines += 1
  cursor.lastLineEnded = end < cursor.text.length
  cursor.at = cursor.lastLineEnded ? end + 1 : end
}

/** Drops what has arrived of a line without end. It is reported once and counted when its end comes, or never does. */
function dropLine(cursor: Cursor): CsvRecord | undefined {
  const isFirst = !cursor.dropping
  cursor.dropping = true
  cursor.at = cursor.text.length
  const line = cursor.lines + 1
  return isFirst ? { line, endLine: line, columns: 0, code: 'csv_record_limit', text: '' } : undefined
}

function readRecord(cursor: Cursor, end: number): CsvRecord | undefined {
  const quote = nextAt(cursor, 'quote', cursor.at)
  const measured = quote > end ? measurePlain(cursor, end) : (measureQuoted(cursor, end) ?? outgrown(cursor, end))
  if (measured === undefined) return undefined
  if (measured.searched > end && isFaulty(measured.code)) cursor.doubt = Math.max(cursor.doubt, measured.searched)
  const line = cursor.lines + 1
  const code = measured.code || columnCode(cursor, measured.columns)
  const text = withoutReturn(cursor.text.slice(cursor.at, measured.end))
  cursor.lines += breaksBetween(cursor, end, measured.end)
  passLine(cursor, measured.end)
  return { line, endLine: cursor.lines, columns: measured.columns, code, text }
}

/** How many line ends a record holds before its last line. */
function breaksBetween(cursor: Cursor, from: number, to: number): number {
  let breaks = 0
  for (let at = from; at >= 0 && at < to; at = cursor.text.indexOf(cursor.lineEnd, at + 1)) breaks += 1
  return breaks
}

/** A record that is still open after the largest size ends with its first line. */
function outgrown(cursor: Cursor, end: number): Measured | undefined {
  const length = cursor.text.length
  return length - cursor.at > MAX_RECORD ? { end, columns: 0, code: 'csv_record_limit', searched: length } : undefined
}

function isFaulty(code: RecordCode | ''): boolean {
  return code === 'csv_quote_open' || code === 'csv_quote_stray' || code === 'csv_record_limit'
}

function withoutReturn(text: string): string {
  return text.charCodeAt(text.length - 1) === RETURN ? text.slice(0, -1) : text
}

function columnCode(cursor: Cursor, columns: number): RecordCode | '' {
  if (cursor.columns === 0 || columns === cursor.columns) return ''
  return columns < cursor.columns ? 'csv_columns_few' : 'csv_columns_many'
}

/** The next quote or delimiter at or behind `from`; beyond every end when there is none. */
function nextAt(cursor: Cursor, what: 'quote' | 'mark', from: number): number {
  if (cursor[what] >= from) return cursor[what]
  const found = cursor.text.indexOf(what === 'quote' ? '"' : cursor.delimiter, from)
  cursor[what] = found < 0 ? NONE : found
  return cursor[what]
}

const NONE = Number.MAX_SAFE_INTEGER

type Measured = {
  /** Where the record's last line ends; its first line's end when its quotes are faulty. */
  readonly end: number
  readonly columns: number
  readonly code: RecordCode | ''
  readonly searched: number
}

function measurePlain(cursor: Cursor, end: number): Measured {
  let columns = 1
  let from = cursor.at
  let longest = 0
  for (let mark = nextAt(cursor, 'mark', from); mark < end; mark = nextAt(cursor, 'mark', from)) {
    columns += 1
    longest = Math.max(longest, mark - from)
    from = mark + 1
  }
  const code = Math.max(longest, end - from) > MAX_FIELD ? 'csv_field_limit' : ''
  return { end, columns, code, searched: end }
}

/** Measures cell by cell; undefined when more text must come first. */
function measureQuoted(cursor: Cursor, end: number): Measured | undefined {
  const { text, delimiter } = cursor
  const oneLine = cursor.at < cursor.doubt
  let lineStop = end
  let from = cursor.at
  let code: RecordCode | '' = ''
  for (let columns = 1; ; columns++) {
    const isQuoted = text.charCodeAt(from) === QUOTE
    const close = isQuoted ? closingQuote(cursor, from) : from
    if (close === WAIT) return undefined
    const isOpen = close === OPEN || (oneLine && close > end)
    if (isOpen) return { end, columns, code: 'csv_quote_open', searched: oneLine ? end : text.length }
    if (close >= lineStop && isQuoted) lineStop = stopBehind(cursor, close)
    if (lineStop === WAIT) return undefined
    const stop = isQuoted ? close + 1 : Math.min(nextAt(cursor, 'mark', from), lineStop)
    if (stop - from > MAX_FIELD) code = 'csv_field_limit'
    if (isQuoted && !endsCell(cursor, stop, lineStop))
      return { end, columns, code: 'csv_quote_stray', searched: lineStop }
    if (text[stop] !== delimiter) return { end: lineStop, columns, code, searched: lineStop }
    from = stop + 1
  }
}

const OPEN = -1
const WAIT = -2

/** The quote that closes the cell opened at `from`; OPEN when there is none, WAIT when it may still arrive. */
function closingQuote(cursor: Cursor, from: number): number {
  const { text } = cursor
  for (let at = from + 1; ; at += 2) {
    at = text.indexOf('"', at)
    if (at < 0) return cursor.final || text.length - from > MAX_FIELD + 2 ? OPEN : WAIT
    if (at === text.length - 1) return cursor.final ? at : WAIT
    if (text.charCodeAt(at + 1) !== QUOTE) return at
  }
}

/** The end of the line that holds the closing quote. */
function stopBehind(cursor: Cursor, close: number): number {
  const found = cursor.text.indexOf(cursor.lineEnd, close)
  if (found >= 0) return found
  return cursor.final ? cursor.text.length : WAIT
}

/** Whether a delimiter or the line's end stands right behind a closing quote. */
function endsCell(cursor: Cursor, stop: number, lineStop: number): boolean {
  if (stop === lineStop || cursor.text[stop] === cursor.delimiter) return true
  return stop === lineStop - 1 && cursor.text.charCodeAt(stop) === RETURN
}
