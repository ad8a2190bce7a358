import type { Data } from 'apache-arrow'

/** The rows of one batch to encode. */
export interface CopyTask {
  /** The row of the batch behind each encoded row. At least `rows` long. */
  readonly selection: Uint32Array
  /** Number of encoded rows. */
  readonly rows: number
  /** For each encoded row, its bytes beyond those that every row takes. Each column adds to it. */
  readonly sizes: Int32Array
}

/** A {@link CopyTask} with measured sizes and an allocated buffer. */
export interface CopyTarget extends CopyTask {
  readonly out: DataView<ArrayBuffer>
  /** For each encoded row, the start of its next field. Each column moves it past its own field. */
  readonly positions: Int32Array
  /** Scratch of one column, at least `rows` long. */
  readonly scratch: Int32Array
}

/**
 * Encodes one column. Each column is written over all rows before the next one, so that every loop handles one type. A
 * field is its length as int32 (-1 for NULL) and its big-endian bytes.
 */
export interface CopyColumn {
  /**
   * Adds the variable part of the column's size to `task.sizes`.
   *
   * @returns the bytes that the column takes in every row
   */
  measure(data: Data, task: CopyTask): number
  write(data: Data, target: CopyTarget): void
}

/** The bytes of a field's length. */
export const lengthBytes = 4

/**
 * A column's validity bits, 1 for a value.
 *
 * @returns undefined if no row is NULL
 */
export function validityOf(data: Data): Uint8Array | undefined {
  return data.nullCount === 0 ? undefined : alignedBits(data.nullBitmap, data.offset, data.length)
}

/** The bits from `offset` on, shifted so that the first one is the lowest bit of the first byte. */
export function alignedBits(bits: Uint8Array, offset: number, length: number): Uint8Array {
  if (offset % 8 === 0) return bits.subarray(offset >> 3)
  const aligned = new Uint8Array((length + 7) >> 3)
  for (let row = 0; row < length; row++) {
    if (hasBit(bits, offset + row)) aligned[row >> 3] = (aligned[row >> 3] as number) | (1 << (row & 7))
  }
  return aligned
}

export function hasBit(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] as number) & (1 << (index & 7))) !== 0
}
