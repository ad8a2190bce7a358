/** Why a record does not have the declared form. */
export const rejectRules = ['shape', 'json', 'columns', 'quote', 'encoding', 'mark'] as const

/** One of {@link rejectRules}. */
export type RejectRule = (typeof rejectRules)[number]

/** A record without the declared form; the whole record goes to quarantine. */
export interface RejectedRecord {
  /** `file_no` of its file. */
  readonly fileNo: number
  /** From 1; a header line does not count. */
  readonly recordNo: number
  readonly rule: RejectRule
  /** In words, without a delivered value. */
  readonly reason: string
  /**
   * The delivered record as JSON text: the record itself if it is JSON, `{"fields": [...]}` for CSV with a wrong number
   * of columns, `{"text": "..."}` for text that cannot be parsed, `{"base64": "..."}` for bytes that are not text.
   */
  readonly row: string
}

/** The reason of rule `mark`. */
export const concatenated = 'a byte order mark precedes it: several files were concatenated'

/** Gets each rejected record; reading waits for the promise. */
export type OnReject = (record: RejectedRecord) => Promise<void>
