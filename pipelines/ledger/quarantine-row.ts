/** A row that was not loaded, or a dropped value, as `caseload.quarantine_rows` keeps it. */
export interface RejectedRow {
  /** The table of the row, or the input if the whole record was rejected. */
  readonly table: string
  /** Path of the file under the landing root. */
  readonly file: string
  /** The record in its file, from 1. */
  readonly record: number
  /** Null where the reason is not one column. */
  readonly column: string | null
  readonly rule: string
  /** A sentence without a patient's value. */
  readonly reason: string
  /** The row as delivered, JSON; null where it may not be kept. */
  readonly row: string | null
  /** True for a dropped value of `column`; its row is loaded. */
  readonly dropped: boolean
}
