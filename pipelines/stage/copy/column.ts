import type { Data } from 'apache-arrow'

/** The rows of one batch that are being encoded, and where. */
export interface CopyTask {
  /** The row of the batch behind each encoded row. At least `rows` long. */
  readonly selection: Uint32Array
  /** How many rows are encoded. */
  readonly rows: number
  /** For each encoded row, the bytes it takes over and above what all rows take. A column adds to it. */
  readonly sizes: Int32Array
}

/** A {@link CopyTask} whose sizes are known and whose buffer is there. */
export interface CopyTarget extends CopyTask {
  readonly out: DataView<ArrayBuffer>
  /** For each encoded row, where its next field starts. A column moves it past its own field. */
  readonly positions: Int32Array
  /** Scratch of one column, at least `rows` long. */
  readonly scratch: Int32Array
}

/**
 * Encodes one column. Columns are written one after the other, each over all rows, so that every loop knows its type;
 * a field is its length as int32 (-1 for NULL) and its big-endian bytes.
 */
export interface CopyColumn {
  /**
   * Adds what the rows differ in to `task.sizes`.
   *
   * @returns the bytes that every row takes in this column
   */
  measure(data: Data, task: CopyTask): number
  write(data: Data, target: CopyTarget): void
}

/** The bytes of a field's length. */
export const lengthBytes = 4

/**
 * A column's validity from its first row on, 1 for a value.
 *
 * @returns undefined if no row is NULL
 */
export function validityOf(data: Data): Uint8Array | undefined {
  return data.nullCount === 0 ? undefined : alignedBits(data.nullBitmap, data.offset, data.length)
}

/** Bits from `offset` on, moved so that the first one is the lowest of the first byte. */
export function alignedBits(bits: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset % 8 === 0) return bits.subarray(offset >> 3)
  const aligned = new Uint8Array((length + 7) >> 3)
  for (let row = 0; row < length; row++) {
    if (hasBit(bits, offset + row)) aligned[row >> 3] = (aligned[row >> 3] as number) | (1 << (row & 7))
  }
  return aligned
}

/** True if the bit is set. */
export function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] as number) & (1 << (index & 7))) !== 0
}
