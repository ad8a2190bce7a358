import type { Data, RecordBatch, Schema } from 'apache-arrow'
import { validityOf, type CopyColumn, type CopyTask } from './column.ts'
import { copyColumn } from './columns.ts'

/** Selects the columns and rows of the batches to encode. */
export interface CopyOptions {
  /** In the order of the COPY statement's column list. */
  readonly columns: readonly string[]
  /** A column of unsigned integers without NULL: only rows with 0 are encoded. */
  readonly verdict?: string
}

/** The encoded rows of one batch. */
export interface CopyRows {
  /** A new buffer per batch; empty if no row was encoded. */
  readonly payload: Uint8Array<ArrayBuffer>
  readonly rows: number
}

/** Encodes record batches of one schema for `COPY ... FROM STDIN (FORMAT binary)`: header, batches, trailer. */
export interface CopyEncoder {
  header(): Uint8Array
  /**
   * Encodes a batch column by column, into a buffer of the size that was measured before.
   *
   * @throws Error if the rows take 1 GiB or more, the limit of one message of the protocol
   */
  encode(batch: RecordBatch): CopyRows
  trailer(): Uint8Array
}

const signature = Uint8Array.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00])
const headerBytes = signature.length + 8
const largestPayload = 2 ** 30 - 64
const fieldCountBytes = 2

/**
 * Creates an encoder for batches of one schema.
 *
 * @throws Error if a column is not in the schema, or has a type that cannot be encoded
 */
export function createCopyEncoder(schema: Schema, options: CopyOptions): CopyEncoder {
  const indexes = options.columns.map(name => indexOf(schema, name))
  const columns = indexes.map(index => copyColumn(fieldAt(schema, index)))
  const verdict = options.verdict === undefined ? undefined : indexOf(schema, options.verdict)
  return {
    header: () => {
      const header = new Uint8Array(headerBytes)
      header.set(signature)
      return header
    },
    trailer: () => Uint8Array.from([0xff, 0xff]),
    encode: batch => {
      const data = indexes.map(index => dataAt(batch, index))
      const task = taskOf(batch.numRows, verdict === undefined ? undefined : dataAt(batch, verdict))
      return { payload: encodeRows(columns, data, task), rows: task.rows }
    },
  }
}

function encodeRows(columns: readonly CopyColumn[], data: readonly Data[], task: CopyTask): Uint8Array<ArrayBuffer> {
  let everyRow = fieldCountBytes
  columns.forEach((column, index) => {
    everyRow += column.measure(data[index] as Data, task)
  })
  const positions = new Int32Array(task.rows)
  const size = startsOf(task, everyRow, positions)
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
  const out = new DataView(bytes.buffer)
  const target = { ...task, out, positions, scratch: new Int32Array(task.rows) }
  for (let index = 0; index < task.rows; index++) {
    const at = positions[index] as number
    out.setInt16(at, columns.length)
    positions[index] = at + fieldCountBytes
  }
  columns.forEach((column, index) => {
    column.write(data[index] as Data, target)
  })
  return bytes
}

/** Sets the start of each row. @returns the total size */
function startsOf(task: CopyTask, everyRow: number, positions: Int32Array): number {
  let at = 0
  for (let index = 0; index < task.rows; index++) {
    positions[index] = at
    at += everyRow + (task.sizes[index] as number)
    if (at > largestPayload) throw new Error('the rows of one batch take 1 GiB or more; COPY cannot carry them')
  }
  return at
}

/** The rows to encode: all, or those with verdict 0. */
function taskOf(batchRows: number, verdict: Data | undefined): CopyTask {
  const selection = new Uint32Array(batchRows)
  let rows = 0
  if (verdict === undefined) {
    for (; rows < batchRows; rows++) selection[rows] = rows
  } else {
    if (validityOf(verdict) !== undefined) throw new Error('the verdict column holds NULL')
    const verdicts = verdict.values as Uint8Array | Uint16Array | Uint32Array
    for (let row = 0; row < batchRows; row++) {
      selection[rows] = row
      if (verdicts[row] === 0) rows++
    }
  }
  return { selection, rows, sizes: new Int32Array(rows) }
}

function indexOf(schema: Schema, name: string): number {
  const index = schema.fields.findIndex(field => field.name === name)
  if (index < 0) throw new Error(`the batch has no column ${name}; it has ${schema.names.join(', ')}`)
  return index
}

function fieldAt(schema: Schema, index: number): Schema['fields'][number] {
  return schema.fields[index] as Schema['fields'][number]
}

function dataAt(batch: RecordBatch, index: number): Data {
  return batch.data.children[index] as Data
}
