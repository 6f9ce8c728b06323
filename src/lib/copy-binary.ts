/** Encodes rows in PostgreSQL's binary COPY form. Pure: values in, buffers out. */

/** Column types we send; each knows how to write itself. */
export type ColumnType = 'uuid' | 'text' | 'int2' | 'int4' | 'bool' | 'date' | 'timestamptz' | 'bytea' | 'textArray'

export type Value = string | number | boolean | Buffer | Date | readonly string[] | null | undefined

const SIGNATURE = Buffer.from('5047434f50590aff0d0a00' + '00000000' + '00000000', 'hex')
const TRAILER = Buffer.from('ffff', 'hex')
const EPOCH_2000_MS = Date.UTC(2000, 0, 1)
const DAY_MS = 86_400_000
const CHUNK_BYTES = 64 * 1024
const OID_TEXT = 25

/**
 * The stream of one COPY: signature, tuples, trailer, in chunks of about 64 KiB. `rows` are arrays
 * in the order of `columns`; null and undefined become NULL. A value of the wrong type throws.
 */
export function* encode(columns: readonly ColumnType[], rows: Iterable<readonly Value[]>): Generator<Buffer> {
  let chunk: Buffer[] = [SIGNATURE]
  let bytes = SIGNATURE.length
  for (const row of rows) {
    const tuple = encodeRow(columns, row)
    chunk.push(tuple)
    bytes += tuple.length
    if (bytes >= CHUNK_BYTES) {
      yield Buffer.concat(chunk, bytes)
      chunk = []
      bytes = 0
    }
  }
  chunk.push(TRAILER)
  yield Buffer.concat(chunk, bytes + TRAILER.length)
}

function encodeRow(columns: readonly ColumnType[], row: readonly Value[]): Buffer {
  if (row.length !== columns.length) throw new Error(`${columns.length} columns expected, ${row.length} given`)
  const parts = row.map((value, index) => encodeValue(columns[index] as ColumnType, value))
  const size = parts.reduce((sum, part) => sum + 4 + (part?.length ?? 0), 2)
  const out = Buffer.allocUnsafe(size)
  let at = out.writeInt16BE(columns.length, 0)
  for (const part of parts) {
    at = out.writeInt32BE(part ? part.length : -1, at)
    if (part) at += part.copy(out, at)
  }
  return out
}

function encodeValue(type: ColumnType, value: Value): Buffer | null {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'uuid':
      return uuidBytes(value as string)
    case 'text':
      return Buffer.from(value as string, 'utf8')
    case 'bytea':
      return value as Buffer
    case 'bool':
      return Buffer.of(value === true ? 1 : 0)
    case 'int2':
      return int(value as number, 2)
    case 'int4':
      return int(value as number, 4)
    case 'date':
      return int((Date.parse(`${value as string}T00:00:00Z`) - EPOCH_2000_MS) / DAY_MS, 4)
    case 'timestamptz':
      return microseconds(value as Date)
    case 'textArray':
      return textArray(value as readonly string[])
  }
}

function uuidBytes(uuid: string): Buffer {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex')
  if (bytes.length !== 16) throw new Error('not a UUID')
  return bytes
}

function int(value: number, bytes: 2 | 4): Buffer {
  if (!Number.isInteger(value)) throw new Error('a whole number or a real date is expected')
  const out = Buffer.allocUnsafe(bytes)
  out.writeIntBE(value, 0, bytes)
  return out
}

function microseconds(instant: Date): Buffer {
  const out = Buffer.allocUnsafe(8)
  out.writeBigInt64BE(BigInt(instant.getTime() - EPOCH_2000_MS) * 1_000n)
  return out
}

function textArray(items: readonly string[]): Buffer {
  const texts = items.map(item => Buffer.from(item, 'utf8'))
  const head = Buffer.alloc(20)
  head.writeInt32BE(items.length === 0 ? 0 : 1, 0)
  head.writeInt32BE(OID_TEXT, 8)
  head.writeInt32BE(items.length, 12)
  head.writeInt32BE(1, 16)
  if (items.length === 0) return head.subarray(0, 12)
  const sized = texts.flatMap(text => [int(text.length, 4), text])
  return Buffer.concat([head, ...sized])
}
