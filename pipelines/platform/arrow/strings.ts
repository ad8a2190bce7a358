import { makeData, Utf8, type Data } from 'apache-arrow'
import type { RawChunk } from './raw-chunk.ts'
import { copyBytes } from './bytes.ts'

const recordBytes = 16
const inlineBytes = 12
const wholeString = 2 ** 31 - 1

/**
 * Reads a VARCHAR column. A record is a 4-byte length, then either the text itself (up to 12 bytes) or a 4-byte prefix
 * and a pointer. Everything is copied before this returns.
 *
 * @param validity the column's validity; the record of a NULL contains garbage and is not read
 * @throws Error if the column's text in this chunk is 2 GiB or more
 */
export function readStrings(chunk: RawChunk, column: number, validity: Uint8Array | null): Data<Utf8> {
  const rows = chunk.rows
  const bytes = chunk.data(column, rows * recordBytes)
  const records = new Int32Array(bytes.buffer, 0, rows * 4)
  const offsets = readOffsets(records, rows, validity)
  const total = offsets[rows] ?? 0
  // Whole words are written: up to 3 bytes after a text, which the next text overwrites.
  const buffer = new ArrayBuffer((total + 16) & ~7)
  const data = new Uint8Array(buffer, 0, total)
  fill(chunk, records, offsets, data)
  return makeData({
    type: new Utf8(),
    length: rows,
    valueOffsets: offsets,
    data,
    ...(validity === null ? { nullCount: 0 } : { nullBitmap: validity }),
  })
}

function readOffsets(records: Int32Array, rows: number, validity: Uint8Array | null): Int32Array {
  const offsets = new Int32Array(rows + 1)
  let total = 0
  for (let row = 0; row < rows; row++) {
    offsets[row] = total
    if (validity === null || ((validity[row >> 3] as number) & (1 << (row & 7))) !== 0) {
      total += (records[row << 2] as number) >>> 0
      if (total > wholeString) throw new Error('a column of one chunk holds 2 GiB of text or more')
    }
  }
  offsets[rows] = total
  return offsets
}

function fill(chunk: RawChunk, records: Int32Array, offsets: Int32Array, data: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(data.buffer)
  const heap = new HeapRuns(chunk, records, offsets)
  const rows = offsets.length - 1
  let at = 0
  for (let row = 0; row < rows; row++) {
    const end = offsets[row + 1] as number
    const length = end - at
    if (length > inlineBytes) {
      heap.copyTo(row, length, view, at)
    } else if (length > 0) {
      const record = row << 2
      view.setInt32(at, records[record + 1] as number, true)
      if (length > 4) {
        view.setInt32(at + 4, records[record + 2] as number, true)
        if (length > 8) view.setInt32(at + 8, records[record + 3] as number, true)
      }
    }
    at = end
  }
}

/**
 * The long strings of one column. DuckDB stores those of a chunk contiguously in a few blocks, so one native call (0.9 µs,
 * against 5 ns for a copy here) fetches a whole run of them.
 */
class HeapRuns {
  readonly #chunk: RawChunk
  readonly #records: Int32Array
  readonly #offsets: Int32Array
  #run = new DataView(new ArrayBuffer(0))
  #start = 0
  #end = 0

  constructor(chunk: RawChunk, records: Int32Array, offsets: Int32Array) {
    this.#chunk = chunk
    this.#records = records
    this.#offsets = offsets
  }

  /** Copies the long string of a row; rows come in ascending order. */
  copyTo(row: number, length: number, target: DataView, at: number): void {
    const pointer = this.#pointer(row)
    if (pointer < this.#start || pointer + length > this.#end) this.#fetch(row, pointer)
    copyBytes(this.#run, pointer - this.#start, target, at, length)
  }

  #fetch(row: number, pointer: number): void {
    const offsets = this.#offsets
    const rows = offsets.length - 1
    let end = pointer
    for (let next = row; next < rows; next++) {
      const length = (offsets[next + 1] as number) - (offsets[next] as number)
      if (length <= inlineBytes) continue
      if (this.#pointer(next) !== end) break
      end += length
    }
    const run = this.#chunk.follow(this.#records.buffer as ArrayBuffer, row * recordBytes + 8, end - pointer)
    this.#run = new DataView(run.buffer)
    this.#start = pointer
    this.#end = end
  }

  /** A user-space address has 47 bits (52 on some ARM machines), which a double represents exactly. */
  #pointer(row: number): number {
    const record = row << 2
    return ((this.#records[record + 3] as number) >>> 0) * 4294967296 + ((this.#records[record + 2] as number) >>> 0)
  }
}
