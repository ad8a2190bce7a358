import type { CsvInput } from '../inputs.ts'
import { quoteConstant, quoteIdent } from '../sql.ts'
import type { CleanFile } from './clean-file.ts'
import { csvColumns, type CsvHeader } from './csv-header.ts'
import type { ScannedFile } from './scan-file.ts'

/**
 * Options for the longest record. DuckDB's own default is 2 MiB, with buffers of 16 times that: at 16 MiB one buffer took
 * 256 MB. It asks for room for four records.
 */
function lineSize(longestRecord: number): readonly string[] {
  const line = Math.max(1 << 21, longestRecord + 1024)
  return [`max_line_size = ${line}`, `buffer_size = ${Math.max(1 << 25, line * 4)}`]
}

/** A part of a relation: the SELECT of one file's records. */
export type RelationPart = string

/** The records of a delivered file, as DuckDB itself reads them: for files that are UTF-8 and regular. */
export function directPart(input: CsvInput, file: ScannedFile, fileNo: number, header: CsvHeader): RelationPart {
  const source = readCsv(file.path, [], header.width, [
    'header = true',
    `delim = ${quoteConstant(input.delimiter ?? ',')}`,
    ...lineSize(file.longestRecord),
    `compression = '${file.gzip ? 'gzip' : 'none'}'`,
  ])
  const columns = csvColumns(input).map((column, index) => selected(column, header.places[index]))
  return select([`${fileNo} as file_no`, 'row_number() over () as record_no', ...columns], source)
}

/** The records of a clean copy, each with its number, see `cleanCsv`. */
export function cleanPart(input: CsvInput, file: CleanFile, fileNo: number, header: CsvHeader): RelationPart {
  const width = header.places.filter(place => place !== undefined).length
  const source = readCsv(file.path, ["'record_no': 'BIGINT'"], width, [
    'header = false',
    "delim = ','",
    "new_line = '\\n'",
    ...lineSize(file.longestRecord),
  ])
  let next = 0
  const columns = csvColumns(input).map((column, index) =>
    selected(column, header.places[index] === undefined ? undefined : next++),
  )
  return select([`${fileNo} as file_no`, 'record_no', ...columns], source)
}

/**
 * DuckDB statement that makes a view of CSV files: file_no, record_no (both from 1) and the declared columns as text. A
 * view, so that the rows stream through and are never held.
 */
export function csvRelationSql(name: string, input: CsvInput, parts: readonly RelationPart[]): string {
  const none = csvColumns(input).map(column => selected(column, undefined))
  const empty = `${select(['0 as file_no', '0::bigint as record_no', ...none], '(select 1)')} where false`
  return `create or replace view ${quoteIdent(name)} as\n${parts.length > 0 ? parts.join('\nunion all ') : empty}`
}

function select(expressions: readonly string[], source: string): RelationPart {
  return `select ${expressions.join(', ')} from ${source}`
}

function selected(column: string, place: number | undefined): string {
  return `${place === undefined ? 'null::varchar' : `c${place}`} as ${quoteIdent(column)}`
}

/** Fields are named by place: what a header says is only compared. */
function readCsv(path: string, first: readonly string[], width: number, more: readonly string[]): string {
  const columns = [...first, ...Array.from({ length: width }, (_, place) => `'c${place}': 'VARCHAR'`)]
  const options = [
    'auto_detect = false',
    `columns = {${columns.join(', ')}}`,
    `quote = '"'`,
    `escape = '"'`,
    'strict_mode = true',
    ...more,
  ]
  return `read_csv(${quoteConstant(path)}, ${options.join(', ')})`
}
