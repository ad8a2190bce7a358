/** Why a record is none of the declared form. */
export type RejectRule = 'shape' | 'json' | 'columns' | 'quote' | 'encoding' | 'mark'

/** A record that is none of the declared form; it goes to quarantine whole. */
export interface RejectedRecord {
  /** Number of its file, as in the relation. */
  readonly fileNo: number
  /** Number of the record in its file, from 1; a header line does not count. */
  readonly recordNo: number
  readonly rule: RejectRule
  /** In words; holds no delivered value. */
  readonly reason: string
  /**
   * What was delivered, as JSON text: the record itself where it is JSON, else `{"fields": [...]}` for CSV with a wrong
   * number of columns, `{"text": "..."}` for text that no parser takes, `{"base64": "..."}` for bytes that are no text.
   */
  readonly row: string
}

/** Why a record is rejected before which a byte order mark stands. */
export const joined = 'a byte order mark stands before it: files were joined to one'

/** Takes one rejected record; reading waits for it. */
export type OnReject = (record: RejectedRecord) => Promise<void>
