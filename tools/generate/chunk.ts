/** One file of a delivery: what stands around its records. */
export interface FileForm {
  readonly name: string
  readonly begin: string
  readonly between: string
  readonly end: string
}

/** A row that must be in quarantine after the batch ran, and why. */
export interface Outcome {
  /** The table, or the input where the whole record is none of the declared form. */
  readonly table: string
  readonly column: string | null
  readonly rule: string
}

/** A record that was broken on purpose, or that goes to quarantine because of one. */
export interface BrokenRecord {
  /** Place among the records of its piece, from 1. */
  readonly place: number
  /** Name of the fault; null where the record itself is sound. */
  readonly fault: string | null
  /** One for each row that goes to quarantine. */
  readonly outcomes: readonly Outcome[]
}

/** Whole records of one file, in the order in which they are written. */
export interface Piece {
  readonly file: string
  /** The records, with the file's `between` between them. */
  readonly text: string
  readonly records: number
  readonly broken: readonly BrokenRecord[]
}

/** A CSV file with a header line. */
export function csvFile(name: string, columns: readonly string[]): FileForm {
  return { name, begin: `${columns.join(',')}\n`, between: '\n', end: '\n' }
}

/** A file with one JSON record a line. */
export function ndjsonFile(name: string): FileForm {
  return { name, begin: '', between: '\n', end: '\n' }
}

/** A file with one JSON array of records. */
export function jsonFile(name: string): FileForm {
  return { name, begin: '[\n', between: ',\n', end: '\n]\n' }
}

/** The fields of a record as a line of CSV, in their order, without a line end. */
export function csvLine(record: Readonly<Record<string, string>>): string {
  return Object.values(record)
    .map(field => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')
}

/** A piece of one record. */
export function piece(file: string, text: string, broken?: Omit<BrokenRecord, 'place'>): Piece {
  return { file, text, records: 1, broken: broken === undefined ? [] : [{ place: 1, ...broken }] }
}
