/** A delivered value that is neither list nor object. Its text is kept; only the contract checks it. */
export interface ScalarShape {
  readonly kind: 'scalar'
}

/** A list whose elements have one shape. */
export interface ListShape {
  readonly kind: 'list'
  readonly element: Shape
}

/** An object with these fields and no others, except those that are ignored by name. */
export interface ObjectShape {
  readonly kind: 'object'
  readonly fields: Readonly<Record<string, Shape>>
  readonly ignored: readonly string[]
}

/** An object whose field names are data, too: any names, with a single value each. */
export interface MapShape {
  readonly kind: 'map'
}

/** The shape of a JSON value. Any value may be absent or null; the contract decides what is required. */
export type Shape = ScalarShape | ListShape | ObjectShape | MapShape

/** A text, a number or a boolean. */
export const scalar: ScalarShape = { kind: 'scalar' }

/** A list of `element`. */
export function list(element: Shape): ListShape {
  return { kind: 'list', element }
}

/**
 * An object with exactly these fields.
 *
 * @param ignored names of fields that may be there and are not read; what any other field does, `unknown` of the input says
 */
export function object(fields: Readonly<Record<string, Shape>>, ignored: readonly string[] = []): ObjectShape {
  return { kind: 'object', fields, ignored }
}

/**
 * An object with any fields, each of them a text, a number or a boolean, such as `{"heart_rate": 71, "mood": "good"}`. A
 * SELECT sees a DuckDB `map(varchar, varchar)`; `unnest(map_entries(...))` makes a row of each field, `key` and `value`.
 */
export const map: MapShape = { kind: 'map' }

/** The largest `maxRecordMiB`: above it DuckDB needs gigabytes for one JSON record, or nears the size at which it drops a CSV record. */
export const mostRecordMiB = { json: 128, csv: 16 } as const

interface Files {
  /** File names in the landing folder; `*` stands for any text, `{date}` for yyyymmdd. Each may also end in `.gz`. */
  readonly files: readonly [string, ...string[]]
  /** `required` (default): a batch without such a file is not complete. */
  readonly presence?: 'required' | 'optional'
  /**
   * True for a list that does not come with each delivery, such as a code list: every batch reads the files in
   * `<landing root>/<source>/static/`, else those in `static/` beside the class, else those directly beside it. A batch is
   * stale when they change.
   */
  readonly static?: boolean
  /**
   * Columns or fields whose values together occur once among the records of all files, such as the code of a code list. Records
   * without one of these values do not count. A batch in which two records have the same values is refused: a SELECT that
   * joins this input would yield each of its rows twice.
   */
  readonly unique?: readonly [string, ...string[]]
  /** Maximum MiB of a record, unpacked; default 32 for JSON and 8 for CSV, at most 128 and 16. Parquet has no such limit. */
  readonly maxRecordMiB?: number
  /**
   * What a field or column does that is neither declared nor ignored: `stop` (default) refuses the batch, `warn` loads it and
   * names it in the check `unknown_fields`, `ignore` loads it.
   */
  readonly unknown?: 'stop' | 'warn' | 'ignore'
  /**
   * A file beside the class with further fields of this input, `{"<input>": ["ward", "visits[].room"]}`, which
   * `caseload fields --write` adds to. Columns of a CSV in it are optional. Without the file there are none.
   */
  readonly fields?: string
  /** Above 64 MiB, the maximum ratio of unpacked to packed size of a gzip; default 200. gzip itself reaches 1,032. */
  readonly maxUnpackRatio?: number
}

/** Files of JSON records: one array of them, or one record a line. */
export interface JsonInput extends Files {
  readonly format: 'json'
  readonly record: ObjectShape
}

/**
 * Files of comma-separated values with a header line. A Parquet file `<name>.parquet` of the same columns may replace any
 * `<name>.csv`; its dates, times and numbers are read as the text that CSV would have.
 */
export interface CsvInput extends Files {
  readonly format: 'csv'
  /** The header's names, in any order. Columns without a name are not read, and must hold no value. */
  readonly columns: readonly [string, ...string[]]
  /** Names that a header may lack; then the column is null. */
  readonly optional?: readonly string[]
  /** Names that a header may have and that are not read. */
  readonly ignored?: readonly string[]
  /** `loose`: names of the header count without their case and outer blanks; default `exact`. */
  readonly headers?: 'exact' | 'loose'
  /** Number of lines above the header line, such as titles; default 0. A first line `sep=;` does not count. */
  readonly skip?: number
  /** Default `,`; a first line `sep=;` in a file sets it for this file. */
  readonly delimiter?: ',' | ';' | '\t' | '|'
  /** How the files are encoded, a label of the WHATWG Encoding Standard such as `windows-1252`; default `utf-8`. */
  readonly encoding?: string
  /**
   * The last record of each file is a trailer: its first field is `mark`, its field number `count` (from 1) holds how many
   * records the file has, without header and trailer. A file without a trailer is incomplete (exit 4).
   */
  readonly trailer?: { readonly mark: string; readonly count: number }
}

/** The files behind one relation of a source's SELECTs. */
export type Input = JsonInput | CsvInput

/** Declares JSON files, see {@link JsonInput}. */
export function json(
  input: Omit<JsonInput, 'format' | 'record'> & { readonly record: ObjectShape['fields'] | ObjectShape },
): JsonInput {
  const { record } = input
  return { ...input, format: 'json', record: isObjectShape(record) ? record : object(record) }
}

/** Declares CSV files, see {@link CsvInput}. */
export function csv(input: Omit<CsvInput, 'format'>): CsvInput {
  return { ...input, format: 'csv' }
}

function isObjectShape(record: ObjectShape['fields'] | ObjectShape): record is ObjectShape {
  return record['kind'] === 'object'
}
