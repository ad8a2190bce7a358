import { join } from 'node:path'
import { DuckDbError } from '../platform/duckdb-error.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { RefusedError } from '../platform/errors.ts'
import type { CsvInput } from '../source/inputs.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { compareHeader, csvColumns } from './csv-header.ts'
import { int96IsExact, parquetMetadata, type ParquetType } from './parquet-metadata.ts'
import { copyAsLocal } from './parquet-nanoseconds.ts'
import type { ScannedFile } from './scan-file.ts'

/**
 * The SELECT of one Parquet file's records, in the shape of a part of a CSV relation: file_no, record_no (both from 1) and
 * the declared columns as the text that a CSV file would hold. An empty text is null, as it is in CSV.
 *
 * @throws RefusedError for other columns than the declared ones, for a declared column of lists, objects or the like, and for
 *   a file that is damaged anywhere
 */
export async function parquetPart(
  duckdb: DuckDB,
  input: CsvInput,
  file: ScannedFile,
  fileNo: number,
  workFolder: string,
): Promise<string> {
  const { columns, types } = await parquetMetadata(file)
  const { places } = compareHeader(columns, file.name, input)
  const declared = places.filter(place => place !== undefined)
  for (const place of declared) await requireExact(columns[place] ?? '', types[place], file)
  const cut = declared.filter(place => ['time', 'utc'].includes(types[place]?.nanoseconds ?? ''))
  const path = cut.length === 0 ? file.path : join(workFolder, `caseload-${fileNo}.parquet`)
  if (cut.length > 0)
    await copyAsLocal(
      file.path,
      path,
      cut.map(place => columns[place] ?? ''),
    )
  const source = `read_parquet(${quoteConstant(path)}, binary_as_string = true, file_row_number = true, hive_partitioning = false)`
  const found = await duckdb.rows(`describe select * from ${source}`)
  const selects = csvColumns(input).map((name, index) => {
    const place = places[index]
    const column = place === undefined ? undefined : found[place]
    if (column === undefined) return `null::varchar as ${quoteIdent(name)}`
    const text = textOf(quoteIdent(String(column['column_name'])), String(column['column_type']), types[place ?? -1])
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

/** Digits of DuckDB's widest decimal: one with more of them it takes for another number (1.00 for 16777216). */
const widest = 38

/** @throws RefusedError for a type whose values DuckDB does not give exactly */
async function requireExact(name: string, type: ParquetType | undefined, file: ScannedFile): Promise<void> {
  const found =
    (type?.decimalDigits ?? 0) > widest
      ? `decimals of ${type?.decimalDigits ?? 0} digits`
      : type?.isInt96 === true && !(await int96IsExact(file, name))
        ? 'INT96 times that are not known to be on whole microseconds'
        : undefined
  if (found === undefined) return
  throw new RefusedError(
    `Expected values that can be read exactly in ${name} of ${file.name}, found ${found}. Deliver decimals of at most ` +
      `${widest} digits, times as timestamps, or either as text.`,
  )
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
function textOf(column: string, type: string, declared: ParquetType | undefined): string | undefined {
  if (type === 'VARCHAR' || type === 'JSON') return `nullif(${column}::varchar, '')`
  if (type === 'TIMESTAMP WITH TIME ZONE') {
    // At the very end of the range `at time zone` fails, which would refuse the file. An infinite moment has no microseconds.
    return `coalesce(${timeText(`make_timestamp(epoch_us(${column}))`)} || 'Z', ${column}::varchar)`
  }
  if (/^TIMESTAMP(_S|_MS)?$/.test(type)) return timeText(`${column}::timestamp`)
  if (type === 'TIMESTAMP_NS') {
    if (declared?.nanoseconds === 'time') return timeText(column, '%H:%M:%S.%n')
    const text = timeText(column, '%Y-%m-%dT%H:%M:%S.%n')
    return declared?.nanoseconds === 'utc' ? `${text} || 'Z'` : text
  }
  if (type === 'DOUBLE' || type === 'FLOAT') {
    const isWhole = `isfinite(${column}) and ${column} = trunc(${column}) and abs(${column}) < 1e15`
    const short = `regexp_replace(${column}::varchar, '[.]0$', '')`
    return `case when ${isWhole} then try_cast(${column} as bigint)::varchar else ${short} end`
  }
  // Of a decimal without a digit before its point DuckDB prints none: .25.
  const [, digits, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? []
  if (digits !== undefined && digits === scale) return `regexp_replace(${column}::varchar, '^(-?)[.]', '\\10.')`
  const isSingle = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|BOOLEAN|DATE|TIME|UUID)$/.test(type)
  return isSingle ? `${column}::varchar` : undefined
}

/** Without the names of what lies inside. */
const outerType = (type: string): string => type.replace(/\(.*$/s, '')

/** ISO 8601, with decimals of a second only where there are any. */
function timeText(timestamp: string, format = '%Y-%m-%dT%H:%M:%S.%f'): string {
  return `regexp_replace(strftime(${timestamp}, ${quoteConstant(format)}), '[.]0+$|([.][0-9]*[1-9])0+$', '\\1')`
}
