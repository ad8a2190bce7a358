import {
  Bool,
  BufferType,
  Data,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  Uint16,
  Uint32,
  Uint8,
  Utf8,
  type DataType,
} from 'apache-arrow'
import { widenDecimals } from './decimals.ts'
import { readStrings } from './strings.ts'
import type { RawChunk, RawColumn } from './raw-chunk.ts'

/** Turns chunks of one result into Arrow record batches. */
export interface BatchReader {
  readonly schema: Schema
  /** Copies a chunk. The batch outlives the chunk; call this before the first `await` after the fetch. */
  read(chunk: RawChunk): RecordBatch
  /** A batch of no rows. */
  empty(): RecordBatch
}

interface ColumnReader {
  readonly type: DataType
  read(chunk: RawChunk, column: number, validity: Uint8Array | null): Data
}

/**
 * Plans how the columns of a result become Arrow columns: VARCHAR as Utf8, BOOLEAN as Bool, the integers up to 64 bits
 * signed and 32 unsigned as themselves, FLOAT and DOUBLE, DATE as DateDay, TIMESTAMP and TIMESTAMP WITH TIME ZONE as
 * TimestampMicrosecond (the latter with zone UTC), DECIMAL(p,s) as 128-bit Decimal. Infinite dates and times stay the
 * largest and smallest integers that DuckDB uses for them.
 *
 * @throws Error naming column and type for any other type
 */
export function batchReader(columns: readonly RawColumn[]): BatchReader {
  const readers = columns.map(readerOf)
  const fields = columns.map((column, index) => Field.new(column.name, (readers[index] as ColumnReader).type, true))
  const schema = new Schema(fields)
  const struct = new Struct(fields)
  const read = (chunk: RawChunk): RecordBatch => {
    const bitmapBytes = ((chunk.rows + 63) >> 6) << 3
    const children = readers.map((reader, column) => reader.read(chunk, column, chunk.validity(column, bitmapBytes)))
    return new RecordBatch(schema, makeData({ type: struct, length: chunk.rows, nullCount: 0, children }))
  }
  return { schema, read, empty: () => read(noRows) }
}

const nothing = (): Uint8Array<ArrayBuffer> => new Uint8Array(0)
const noRows: RawChunk = { rows: 0, data: nothing, validity: () => null, follow: nothing }

/** Arrow counts the nulls only when needed. */
const unknownNullCount = -1

type View = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView

/** A type with the same layout in Arrow and DuckDB: the copied vector is the Arrow buffer. */
function sameLayout(type: DataType, bytes: number, view: View): ColumnReader {
  return {
    type,
    read: (chunk, column, validity) =>
      columnData(type, chunk.rows, new view(chunk.data(column, chunk.rows * bytes).buffer, 0, chunk.rows), validity),
  }
}

function columnData(type: DataType, length: number, values: ArrayBufferView, validity: Uint8Array | null): Data {
  const buffers = { [BufferType.DATA]: values, ...(validity === null ? {} : { [BufferType.VALIDITY]: validity }) }
  return new Data(type, 0, length, validity === null ? 0 : unknownNullCount, buffers)
}

const readers = new Map<string, ColumnReader>([
  ['VARCHAR', { type: new Utf8(), read: readStrings }],
  ['BOOLEAN', { type: new Bool(), read: readBooleans }],
  ['TINYINT', sameLayout(new Int8(), 1, Int8Array)],
  ['SMALLINT', sameLayout(new Int16(), 2, Int16Array)],
  ['INTEGER', sameLayout(new Int32(), 4, Int32Array)],
  ['BIGINT', sameLayout(new Int64(), 8, BigInt64Array)],
  ['UTINYINT', sameLayout(new Uint8(), 1, Uint8Array)],
  ['USMALLINT', sameLayout(new Uint16(), 2, Uint16Array)],
  ['UINTEGER', sameLayout(new Uint32(), 4, Uint32Array)],
  ['FLOAT', sameLayout(new Float32(), 4, Float32Array)],
  ['DOUBLE', sameLayout(new Float64(), 8, Float64Array)],
  ['DATE', sameLayout(new DateDay(), 4, Int32Array)],
  ['TIMESTAMP', sameLayout(new TimestampMicrosecond(), 8, BigInt64Array)],
  ['TIMESTAMP WITH TIME ZONE', sameLayout(new TimestampMicrosecond('UTC'), 8, BigInt64Array)],
])

function readerOf(column: RawColumn): ColumnReader {
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(column.type)
  const reader = decimal === null ? readers.get(column.type) : decimalReader(Number(decimal[1]), Number(decimal[2]))
  if (reader === undefined) {
    throw new Error(`column ${column.name} has the type ${column.type}, which no batch can hold; cast it in the SELECT`)
  }
  return reader
}

function readBooleans(chunk: RawChunk, column: number, validity: Uint8Array | null): Data {
  const bytes = chunk.data(column, chunk.rows)
  const bits = new Uint8Array((chunk.rows + 7) >> 3)
  for (let row = 0; row < chunk.rows; row++) {
    if (bytes[row] !== 0) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  }
  return columnData(new Bool(), chunk.rows, bits, validity)
}

function decimalReader(precision: number, scale: number): ColumnReader {
  const type = new Decimal(scale, precision, 128)
  const width = precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : 16
  return {
    type,
    read: (chunk, column, validity) =>
      columnData(
        type,
        chunk.rows,
        widenDecimals(chunk.data(column, chunk.rows * width).buffer, chunk.rows, width),
        validity,
      ),
  }
}
