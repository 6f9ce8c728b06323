/** Encodes rows in PostgreSQL's binary COPY form. Pure: values in, buffers out. */

/** Column types we send; each knows how to write itself. */
export type ColumnType = 'uuid' | 'text' | 'int2' | 'int4' | 'bool' | 'date' | 'timestamptz' | 'bytea' | 'textArray'

export type Value = string | number | boolean | Buffer | Date | readonly string[] | null | undefined

const SIGNATURE = Buffer.from('5047434f50590aff0d0a00' + '00000000' + '00000000', 'hex')
const EPOCH_2000_MS = Date.UTC(2000, 0, 1)
const DAY_MS = 86_400_000
const CHUNK_BYTES = 64 * 1024
const OID_TEXT = 25

/**
 * The stream of one COPY: signature, tuples, trailer, in chunks of about 64 KiB. `rows` are arrays in the order of
 * `columns`, asked for as they are sent; null and undefined become NULL. A value of the wrong type throws.
 */
export function* encode(columns: readonly ColumnType[], rows: Iterable<readonly Value[]>): Generator<Buffer> {
  const writer: Writer = { chunk: Buffer.allocUnsafe(CHUNK_BYTES * 2), at: 0 }
  SIGNATURE.copy(writer.chunk)
  writer.at = SIGNATURE.length
  for (const row of rows) {
    writeRow(writer, columns, row)
    if (writer.at < CHUNK_BYTES) continue
    yield writer.chunk.subarray(0, writer.at)
    writer.chunk = Buffer.allocUnsafe(CHUNK_BYTES * 2)
    writer.at = 0
  }
  int16(writer, -1)
  yield writer.chunk.subarray(0, writer.at)
}

/** Bytes are written where they will be sent from: a million values make no million small buffers. */
type Writer = { chunk: Buffer; at: number }

function writeRow(writer: Writer, columns: readonly ColumnType[], row: readonly Value[]): void {
  if (row.length !== columns.length) throw new Error(`${columns.length} columns expected, ${row.length} given`)
  int16(writer, columns.length)
  for (let index = 0; index < columns.length; index++) {
    const value = row[index]
    if (value === null || value === undefined) int32(writer, -1)
    else writeValue(writer, columns[index] as ColumnType, value)
  }
}

function writeValue(writer: Writer, type: ColumnType, value: NonNullable<Value>): void {
  switch (type) {
    case 'uuid':
      return writeUuid(writer, value as string)
    case 'text':
      return writeText(writer, value as string)
    case 'bytea':
      return writeBytes(writer, value as Buffer)
    case 'bool':
      int32(writer, 1)
      room(writer, 1)
      writer.chunk[writer.at++] = value === true ? 1 : 0
      return
    case 'int2':
      int32(writer, 2)
      return int16(writer, whole(value as number))
    case 'int4':
      int32(writer, 4)
      return int32(writer, whole(value as number))
    case 'date':
      int32(writer, 4)
      return int32(writer, whole((Date.parse(`${value as string}T00:00:00Z`) - EPOCH_2000_MS) / DAY_MS))
    case 'timestamptz':
      int32(writer, 8)
      room(writer, 8)
      writer.at = writer.chunk.writeBigInt64BE(BigInt((value as Date).getTime() - EPOCH_2000_MS) * 1_000n, writer.at)
      return
    case 'textArray':
      return writeBytes(writer, textArray(value as readonly string[]))
  }
}

/** Makes sure that `bytes` more fit. */
function room(writer: Writer, bytes: number): void {
  if (writer.at + bytes <= writer.chunk.length) return
  const larger = Buffer.allocUnsafe(Math.max(writer.chunk.length * 2, writer.at + bytes))
  writer.chunk.copy(larger, 0, 0, writer.at)
  writer.chunk = larger
}

function int16(writer: Writer, value: number): void {
  room(writer, 2)
  writer.at = writer.chunk.writeInt16BE(value, writer.at)
}

function int32(writer: Writer, value: number): void {
  room(writer, 4)
  writer.at = writer.chunk.writeInt32BE(value, writer.at)
}

function whole(value: number): number {
  if (!Number.isInteger(value)) throw new Error('a whole number or a real date is expected')
  return value
}

const UUID_BYTES = 16
const DASH = 45

function writeUuid(writer: Writer, uuid: string): void {
  int32(writer, UUID_BYTES)
  room(writer, UUID_BYTES)
  const end = writer.at + UUID_BYTES
  for (let index = 0; index < uuid.length && writer.at < end; index++) {
    if (uuid.charCodeAt(index) === DASH) continue
    writer.chunk[writer.at++] = nibble(uuid, index) * 16 + nibble(uuid, ++index)
  }
  if (writer.at !== end) throw new Error('not a UUID')
}

function nibble(uuid: string, index: number): number {
  const code = uuid.charCodeAt(index)
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  if (letter >= 97 && letter <= 102) return letter - 87
  throw new Error('not a UUID')
}

function writeText(writer: Writer, text: string): void {
  room(writer, 4 + text.length * 3)
  const bytes = writer.chunk.write(text, writer.at + 4)
  writer.chunk.writeInt32BE(bytes, writer.at)
  writer.at += 4 + bytes
}

function writeBytes(writer: Writer, bytes: Buffer): void {
  int32(writer, bytes.length)
  room(writer, bytes.length)
  writer.chunk.set(bytes, writer.at)
  writer.at += bytes.length
}

function textArray(items: readonly string[]): Buffer {
  const texts = items.map(item => Buffer.from(item, 'utf8'))
  const head = Buffer.alloc(20)
  head.writeInt32BE(items.length === 0 ? 0 : 1, 0)
  head.writeInt32BE(OID_TEXT, 8)
  head.writeInt32BE(items.length, 12)
  head.writeInt32BE(1, 16)
  if (items.length === 0) return head.subarray(0, 12)
  return Buffer.concat([head, ...texts.flatMap(text => [sizeOf(text), text])])
}

function sizeOf(text: Buffer): Buffer {
  const size = Buffer.allocUnsafe(4)
  size.writeInt32BE(text.length)
  return size
}
