import { RefusedError } from '../platform/errors.ts'
import { replacement } from '../platform/encoding.ts'
import type { CsvInput } from '../source/inputs.ts'
import { type CsvFile, csvRecords } from './csv-records.ts'
import { CsvTexts } from './csv-texts.ts'
import { listFields, shownFields, type UnknownField } from './unknown-fields.ts'

/** The positions of the declared columns in one CSV file. */
export interface CsvHeader {
  /** Number of fields of a record. */
  readonly width: number
  /** The position (from 0) of each declared column, required and optional; undefined if the file lacks the column. */
  readonly places: readonly (number | undefined)[]
  /** Positions (from 0) of columns without a name; they must hold no value. */
  readonly nameless: readonly number[]
  /** Columns that the source neither declares nor ignores, as a message shows them; empty if its input ignores them. */
  readonly unknown: readonly string[]
}

/** The columns of a CSV relation: the required ones, then the optional ones. */
export function csvColumns(input: CsvInput): readonly string[] {
  return [...input.columns, ...(input.optional ?? [])]
}

/**
 * Reads the header line of a CSV file and compares its names with what the source declares. DuckDB maps columns by
 * position and reads a file with reordered columns without an error.
 *
 * @throws RefusedError as {@link compareHeader}
 */
export async function readHeader(file: CsvFile, input: CsvInput): Promise<CsvHeader> {
  return compareHeader(await headerNames(file, input), file.name, input, 'line')
}

/**
 * Compares the names of a file's columns with what the source declares.
 *
 * @param from `line`: the first line of a CSV file, which can be a record; `footer`: that of a Parquet file
 * @throws RefusedError with the names of all missing, repeated and unknown columns; a name that may be a value is told by its
 *   place and length
 */
export function compareHeader(
  header: readonly string[],
  fileName: string,
  input: CsvInput,
  from: 'line' | 'footer',
): CsvHeader {
  const same = sameName(input)
  const names = header.map(same)
  const columns = csvColumns(input)
  const known = new Set([...columns, ...(input.ignored ?? [])].map(same))
  const nameless = from === 'footer' ? [] : header.flatMap((name, index) => (name.trim() === '' ? [index] : []))
  const alike = new Set([...known].map(loosely))
  const beside = header.filter(name => alike.has(loosely(name)))
  const unknownAt = header.flatMap((name, index) => (known.has(same(name)) || nameless.includes(index) ? [] : [index]))
  const field = (index: number): UnknownField => ({
    path: '',
    name: header[index] ?? '',
    fileNo: 1,
    position: index + 1,
    beside,
  })
  const shown = (indexes: readonly number[]): readonly string[] =>
    shownFields(indexes.map(field), 'column', from === 'line' && beside.length === 0)
  const unknown = input.unknown === 'ignore' ? [] : shown(unknownAt)
  const missing = input.columns.filter(column => !names.includes(same(column)))
  const twice = columns.filter(column => names.indexOf(same(column)) !== names.lastIndexOf(same(column)))
  const merged = input.headers === 'loose' ? shown(unknownAt.filter(index => isAgain(names, index))) : []
  const complaints = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 && input.unknown !== 'warn'
      ? [`has what the source does not declare: ${listFields(unknown)}`]
      : []),
    ...(twice.length + merged.length > 0 ? [`has ${listFields([...twice, ...merged])} twice`] : []),
  ]
  if (complaints.length > 0) {
    const present = new Set(header.map(loosely))
    const isSpelling = missing.some(column => present.has(loosely(column)))
    const looseness = input.headers === 'loose' ? ', ignoring case and outer blanks,' : ''
    throw new RefusedError(
      `Expected the columns ${input.columns.join(', ')}${looseness} in ${fileName}; its header ${complaints.join(' and ')}. ` +
        "Correct the file, or declare its columns (or name them in ignored) in the source's input: caseload fields lists them." +
        (isSpelling ? " headers: 'loose' in the input ignores case and outer blanks." : ''),
    )
  }
  const places = columns.map(column => names.indexOf(same(column))).map(place => (place === -1 ? undefined : place))
  return { width: header.length, places, nameless, unknown }
}

/** How names of columns are compared: as they are, or without their case and outer blanks. */
export function sameName({ headers }: CsvInput): (name: string) => string {
  return headers === 'loose' ? loosely : name => name
}

/** The names in the header line of a CSV file; none for a file without a line. */
export async function headerNames(file: CsvFile, input: CsvInput): Promise<readonly string[]> {
  const texts = new CsvTexts(input)
  for await (const [header] of csvRecords(file, input)) {
    if (header !== undefined) return header.fields.map(field => texts.utf8(field)?.toString() ?? replacement)
  }
  return []
}

const loosely = (name: string): string => name.trim().toLowerCase()

const isAgain = (names: readonly string[], index: number): boolean => names.indexOf(names[index] ?? '') !== index
