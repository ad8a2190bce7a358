import type { CsvInput } from '../source/inputs.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import type { NormalisedCopy } from './normalised-copy.ts'
import { csvColumns, type CsvHeader } from './csv-header.ts'
import { type GroupedFile, groupFiles, placeIn } from './file-groups.ts'
import type { ScannedFile } from './scan-file.ts'

/**
 * Options for the longest record. DuckDB's default is 2 MiB, with buffers of 16 times that size: at 16 MiB one buffer
 * took 256 MB. DuckDB requires a buffer of at least four records.
 */
function lineSize(longestRecord: number): readonly string[] {
  const line = Math.max(1 << 21, longestRecord + 1024)
  return [`max_line_size = ${line}`, `buffer_size = ${Math.max(1 << 25, line * 4)}`]
}

/** The SELECT of the records of one or more files; a relation is the union of several. */
export type RelationSelect = string

/** A delivered file that DuckDB reads directly. */
export interface DirectFile extends GroupedFile {
  readonly file: ScannedFile
  readonly header: CsvHeader
}

/** A file that DuckDB reads as its normalised copy. */
export interface CopiedFile extends GroupedFile {
  readonly copy: NormalisedCopy
  readonly header: CsvHeader
}

/** The records of delivered files; the files have to be UTF-8 and regular. */
export function directSelects(input: CsvInput, files: readonly DirectFile[]): readonly RelationSelect[] {
  const likeness = ({ file, header }: DirectFile): string => JSON.stringify([file.gzip, header.width, header.places])
  return groupFiles(files, likeness).map(group => {
    const [first] = group.files
    const source = readCsv(
      group.files.map(({ file }) => file.path),
      [],
      first?.header.width ?? 0,
      [
        'header = true',
        `delim = ${quoteConstant(input.delimiter ?? ',')}`,
        ...lineSize(longest(group.files.map(({ file }) => file))),
        `compression = '${first?.file.gzip === true ? 'gzip' : 'none'}'`,
      ],
    )
    const { fileNo, recordNo } = placeIn(group)
    const columns = csvColumns(input).map((column, index) => selected(column, first?.header.places[index]))
    return select([`${fileNo} as file_no`, `${recordNo} as record_no`, ...columns], source)
  })
}

/** The records of normalised copies, which hold the record numbers, see `normaliseCsv`. */
export function normalisedSelects(input: CsvInput, files: readonly CopiedFile[]): readonly RelationSelect[] {
  const isThere = ({ header }: CopiedFile): readonly boolean[] => header.places.map(place => place !== undefined)
  return groupFiles(files, file => JSON.stringify(isThere(file))).map(group => {
    const [first] = group.files
    const there = first === undefined ? [] : isThere(first)
    const source = readCsv(
      group.files.map(({ copy }) => copy.path),
      ["'record_no': 'BIGINT'"],
      there.filter(Boolean).length,
      ['header = false', "delim = ','", "new_line = '\\n'", ...lineSize(longest(group.files.map(({ copy }) => copy)))],
    )
    let next = 0
    const columns = csvColumns(input).map((column, index) =>
      selected(column, there[index] === true ? next++ : undefined),
    )
    return select([`${placeIn(group).fileNo} as file_no`, 'record_no', ...columns], source)
  })
}

const longest = (files: readonly { readonly longestRecord: number }[]): number =>
  files.reduce((most, { longestRecord }) => Math.max(most, longestRecord), 0)

/**
 * DuckDB statement that creates a view of CSV files: file_no, record_no (both from 1) and the declared columns as text.
 * It is a view, not a table, so that rows stream and are never stored.
 */
export function csvRelationSql(name: string, input: CsvInput, selects: readonly RelationSelect[]): string {
  const none = csvColumns(input).map(column => selected(column, undefined))
  const empty = `${select(['0 as file_no', '0::bigint as record_no', ...none], '(select 1)')} where false`
  return `create or replace view ${quoteIdent(name)} as\n${selects.length > 0 ? selects.join('\nunion all ') : empty}`
}

function select(expressions: readonly string[], source: string): RelationSelect {
  return `select ${expressions.join(', ')} from ${source}`
}

function selected(column: string, place: number | undefined): string {
  return `${place === undefined ? 'null::varchar' : `c${place}`} as ${quoteIdent(column)}`
}

/** Columns get names by position (c0, c1, ...); the names of the header are only compared, see `readHeader`. */
function readCsv(paths: readonly string[], first: readonly string[], width: number, more: readonly string[]): string {
  const columns = [...first, ...Array.from({ length: width }, (_, place) => `'c${place}': 'VARCHAR'`)]
  const options = [
    'auto_detect = false',
    `columns = {${columns.join(', ')}}`,
    `quote = '"'`,
    `escape = '"'`,
    'strict_mode = true',
    ...more,
  ]
  return `read_csv([${paths.map(quoteConstant).join(', ')}], ${options.join(', ')})`
}
