/** A row that was not loaded, or a value that a loaded row lacks, as `caseload.quarantine_rows` keeps it. */
export interface RejectedRow {
  /** The table it was meant for, or the input it stood in if the record as a whole was rejected. */
  readonly table: string
  /** Path of its file under the landing root. */
  readonly file: string
  /** The record in its file, from 1. */
  readonly record: number
  /** Null where no single column is at fault. */
  readonly column: string | null
  readonly rule: string
  /** Words without a value. */
  readonly reason: string
  /** The row as delivered, JSON; null where it may not be kept. */
  readonly row: string | null
  /** True for a value of a loaded row, which is that of `column`. */
  readonly dropped: boolean
}
