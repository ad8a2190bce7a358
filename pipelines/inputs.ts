/** A delivered value that is neither list nor object. Its text is kept; only the contract says what it must be. */
export interface ScalarShape {
  readonly kind: 'scalar'
}

/** A list whose elements have one shape. */
export interface ListShape {
  readonly kind: 'list'
  readonly element: Shape
}

/** An object with these fields and no others. */
export interface ObjectShape {
  readonly kind: 'object'
  readonly fields: Readonly<Record<string, Shape>>
}

/** The shape of a JSON value. A value may be absent or null wherever a shape stands; the contract says what is required. */
export type Shape = ScalarShape | ListShape | ObjectShape

/** A text, a number or a boolean. */
export const scalar: ScalarShape = { kind: 'scalar' }

/** A list of `element`. */
export function list(element: Shape): ListShape {
  return { kind: 'list', element }
}

/** An object with exactly these fields. */
export function object(fields: Readonly<Record<string, Shape>>): ObjectShape {
  return { kind: 'object', fields }
}

interface Files {
  /** File names in the landing folder; `*` stands for any text, `{date}` for yyyymmdd. Each may also end in `.gz`. */
  readonly files: readonly [string, ...string[]]
  /** `required` (default): a batch without such a file is not complete. */
  readonly presence?: 'required' | 'optional'
}

/** Files of JSON records: one array of them, or one record a line. */
export interface JsonInput extends Files {
  readonly format: 'json'
  readonly record: ObjectShape
}

/** Files of comma-separated values with a header line. */
export interface CsvInput extends Files {
  readonly format: 'csv'
  /** The header's names, in any order: all of them and no others. */
  readonly columns: readonly [string, ...string[]]
  /** Default `,`. */
  readonly delimiter?: ',' | ';' | '\t' | '|'
}

/** What one relation of a source's SELECTs is read from. */
export type Input = JsonInput | CsvInput

/** Declares JSON files, see {@link JsonInput}. */
export function json(
  input: Omit<JsonInput, 'format' | 'record'> & { readonly record: ObjectShape['fields'] },
): JsonInput {
  return { ...input, format: 'json', record: object(input.record) }
}

/** Declares CSV files, see {@link CsvInput}. */
export function csv(input: Omit<CsvInput, 'format'>): CsvInput {
  return { ...input, format: 'csv' }
}
