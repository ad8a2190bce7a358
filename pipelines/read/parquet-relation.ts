import { DuckDbError } from '../duckdb-error.ts'
import type { DuckDB } from '../duckdb.ts'
import { RefusedError } from '../errors.ts'
import type { CsvInput } from '../inputs.ts'
import { quoteConstant, quoteIdent } from '../sql.ts'
import { compareHeader, csvColumns } from './csv-header.ts'
import { parquetMetadata } from './parquet-metadata.ts'
import type { ScannedFile } from './scan-file.ts'

/**
 * The SELECT of one Parquet file's records, in the shape of a part of a CSV relation: file_no, record_no (both from 1) and
 * the declared columns as the text that a CSV file would hold. An empty text is null, as it is in CSV.
 *
 * @throws RefusedError for other columns than the declared ones, for a declared column of lists, objects or the like, and for
 *   a file that is damaged anywhere
 */
export async function parquetPart(duckdb: DuckDB, input: CsvInput, file: ScannedFile, fileNo: number): Promise<string> {
  const { columns } = await parquetMetadata(file)
  const { places } = compareHeader(columns, file.name, input)
  const source = `read_parquet(${quoteConstant(file.path)}, binary_as_string = true, file_row_number = true, hive_partitioning = false)`
  const found = await duckdb.rows(`describe select * from ${source}`)
  const selects = csvColumns(input).map((name, index) => {
    const place = places[index]
    const column = place === undefined ? undefined : found[place]
    if (column === undefined) return `null::varchar as ${quoteIdent(name)}`
    const text = textOf(quoteIdent(String(column['column_name'])), String(column['column_type']))
    if (text !== undefined) return `${text} as ${quoteIdent(name)}`
    throw new RefusedError(
      `Expected a single value in each field of ${name} in ${file.name}, found ${outerType(String(column['column_type']))}. ` +
        'Deliver it as text, number, date or time.',
    )
  })
  const part = `select ${[`${fileNo} as file_no`, 'file_row_number + 1 as record_no', ...selects].join(', ')} from ${source}`
  await requireReadable(duckdb, file, part)
  return part
}

/** What DuckDB calls errors that are not about what it reads. */
const notAboutFiles: readonly string[] = ['Parser', 'Binder', 'Catalog', 'Permission', 'Out of Memory', 'INTERRUPT']

/**
 * Reads every value once: what DuckDB says of damage is of any kind, and later it could be anything's. That costs 0.75 s
 * for 5 million records of 7 columns, on two busy cores.
 */
async function requireReadable(duckdb: DuckDB, file: ScannedFile, part: string): Promise<void> {
  try {
    await duckdb.rows(`select bit_xor(hash(columns(*))) from (${part})`)
  } catch (error) {
    if (!(error instanceof DuckDbError) || notAboutFiles.includes(error.kind)) throw error
    throw new RefusedError(
      `Expected a Parquet file that can be read to its end, found ${file.name} damaged (${error.message}). Deliver it again.`,
    )
  }
}

/**
 * The text of a value. A whole number in a column of floating-point numbers has no point: such columns are what a writer
 * makes of codes as soon as one of them is missing.
 *
 * @returns undefined for a type whose values are no single ones
 */
function textOf(column: string, type: string): string | undefined {
  if (type === 'VARCHAR') return `nullif(${column}, '')`
  if (type === 'TIMESTAMP WITH TIME ZONE') return `${timeText(`${column} at time zone 'UTC'`)} || 'Z'`
  if (/^TIMESTAMP(_S|_MS|_NS)?$/.test(type)) return timeText(`${column}::timestamp`)
  if (type === 'DOUBLE' || type === 'FLOAT') {
    const isWhole = `isfinite(${column}) and ${column} = trunc(${column}) and abs(${column}) < 1e15`
    return `case when ${isWhole} then try_cast(${column} as bigint)::varchar else ${column}::varchar end`
  }
  const isSingle = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|BOOLEAN|DATE|TIME|UUID)$/.test(type)
  return isSingle ? `${column}::varchar` : undefined
}

/** Without the names of what lies inside. */
const outerType = (type: string): string => type.replace(/\(.*$/s, '')

/** ISO 8601, with decimals of a second only where there are any. */
function timeText(timestamp: string): string {
  return `regexp_replace(strftime(${timestamp}, '%Y-%m-%dT%H:%M:%S.%f'), '[.]?0+$', '')`
}
