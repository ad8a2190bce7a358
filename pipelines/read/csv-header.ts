import { RefusedError } from '../platform/errors.ts'
import type { CsvInput } from '../source/inputs.ts'
import type { ScannedFile } from './scan-file.ts'
import { csvRecords } from './csv-records.ts'
import { CsvTexts } from './csv-texts.ts'
import { replacement } from '../platform/encoding.ts'

/** The positions of the declared columns in one CSV file. */
export interface CsvHeader {
  /** Number of fields of a record. */
  readonly width: number
  /** The position (from 0) of each declared column, required and optional; undefined if the file lacks the column. */
  readonly places: readonly (number | undefined)[]
}

/** The columns of a CSV relation: the required ones, then the optional ones. */
export function csvColumns(input: CsvInput): readonly string[] {
  return [...input.columns, ...(input.optional ?? [])]
}

/**
 * Reads the header line of a CSV file and compares its names with what the source declares. DuckDB maps columns by
 * position and reads a file with reordered columns without an error.
 *
 * @throws RefusedError with the names of missing and repeated columns, and the positions of unknown ones: in a file
 *   without a header the names are values
 */
export async function readHeader(file: ScannedFile, input: CsvInput): Promise<CsvHeader> {
  return compareHeader(await headerNames(file, input), file.name, input)
}

/**
 * Compares the names of a file's columns with what the source declares.
 *
 * @throws RefusedError as {@link readHeader}
 */
export function compareHeader(header: readonly string[], fileName: string, input: CsvInput): CsvHeader {
  const columns = csvColumns(input)
  const known = new Set([...columns, ...(input.ignored ?? [])])
  const missing = input.columns.filter(column => !header.includes(column))
  const unknown = header.flatMap((column, index) => (known.has(column) ? [] : [index + 1]))
  const twice = columns.filter(column => header.indexOf(column) !== header.lastIndexOf(column))
  const complaints = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`has a name the source does not declare at column ${few(unknown)}`] : []),
    ...(twice.length > 0 ? [`has ${twice.join(', ')} twice`] : []),
  ]
  if (complaints.length > 0) {
    throw new RefusedError(
      `Expected the columns ${input.columns.join(', ')} in ${fileName}; its header ${complaints.join(' and ')}. ` +
        "Correct the file, or declare its columns (or name them in ignored) in the source's input.",
    )
  }
  const places = columns.map(column => header.indexOf(column)).map(place => (place === -1 ? undefined : place))
  return { width: header.length, places }
}

async function headerNames(file: ScannedFile, input: CsvInput): Promise<readonly string[]> {
  const texts = new CsvTexts(input)
  for await (const [header] of csvRecords(file, input)) {
    if (header !== undefined) return header.fields.map(field => texts.utf8(field)?.toString() ?? replacement)
  }
  return []
}

/** Lists at most five positions: a file of another source can have 10,000 unknown columns. */
function few(positions: readonly number[]): string {
  const shown = positions.slice(0, 5).join(', ')
  return positions.length > 5 ? `${shown} and ${positions.length - 5} more` : shown
}
