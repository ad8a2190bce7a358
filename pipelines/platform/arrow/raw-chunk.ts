/** A column of a DuckDB result: its name, and its type in SQL's spelling, such as `VARCHAR` or `DECIMAL(18,6)`. */
export interface RawColumn {
  readonly name: string
  readonly type: string
}

/**
 * One chunk of a DuckDB result (at most 2,048 rows, all vectors flat), while it is held. Each call copies, so what it
 * gives outlives the chunk; but a pointer inside a copied VARCHAR record points into the chunk itself. Read a chunk to
 * the end before the first `await` after it was fetched: once it was collected, 1,788 of 1,954 long strings read back
 * as other rows' text, without an error.
 */
export interface RawChunk {
  readonly rows: number
  /** Copies the first `byteCount` bytes of a column's vector. The buffer starts at the view's first byte. */
  data(column: number, byteCount: number): Uint8Array<ArrayBuffer>
  /** Copies a column's validity, one bit a row, least significant first, 1 for a value; null if every row has one. */
  validity(column: number, byteCount: number): Uint8Array | null
  /** Follows the 8-byte pointer at `offset` in `records` and copies `byteCount` bytes from there. */
  follow(records: ArrayBuffer, offset: number, byteCount: number): Uint8Array<ArrayBuffer>
}
