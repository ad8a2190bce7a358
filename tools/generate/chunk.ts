/** The frame of one file of a delivery: the text around its records. */
export interface FileForm {
  readonly name: string
  readonly begin: string
  readonly between: string
  readonly end: string
}

/** A row that must be in quarantine after a run of the batch, and the rule that puts it there. */
export interface QuarantineEntry {
  /** The table, or the input for a record that does not have the declared form. */
  readonly table: string
  readonly column: string | null
  readonly rule: string
}

/** A record that is broken on purpose, or that goes to quarantine because of such a record. */
export interface BrokenRecord {
  /** Position in its chunk, from 1. */
  readonly place: number
  /** Name of the fault; null if the record itself is valid. */
  readonly fault: string | null
  /** One for each row that goes to quarantine. */
  readonly entries: readonly QuarantineEntry[]
}

/** Whole records of one file, in the order of the file. */
export interface Chunk {
  readonly file: string
  /** The records, joined with the file's `between`. */
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

/** The fields of a record as a line of CSV, without a line end. */
export function csvLine(record: Readonly<Record<string, string>>): string {
  return Object.values(record)
    .map(field => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')
}

/** A chunk of one record. */
export function chunk(file: string, text: string, broken?: Omit<BrokenRecord, 'place'>): Chunk {
  return { file, text, records: 1, broken: broken === undefined ? [] : [{ place: 1, ...broken }] }
}
