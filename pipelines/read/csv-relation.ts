import type { CsvInput } from '../source/inputs.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import type { CleanFile } from './normalised-copy.ts'
import { csvColumns, type CsvHeader } from './csv-header.ts'
import { type GroupedFile, groupFiles, placeIn } from './file-groups.ts'
import type { ScannedFile } from './scan-file.ts'

/**
 * Options for the longest record. DuckDB's own default is 2 MiB, with buffers of 16 times that: at 16 MiB one buffer took
 * 256 MB. It asks for room for four records.
 */
function lineSize(longestRecord: number): readonly string[] {
  const line = Math.max(1 << 21, longestRecord + 1024)
  return [`max_line_size = ${line}`, `buffer_size = ${Math.max(1 << 25, line * 4)}`]
}

/** A part of a relation: the SELECT of the records of one or more files. */
export type RelationPart = string

/** A delivered file on its way into a relation. */
export interface DirectFile extends GroupedFile {
  readonly file: ScannedFile
  readonly header: CsvHeader
}

/** A clean copy on its way into a relation. */
export interface CopiedFile extends GroupedFile {
  readonly clean: CleanFile
  readonly header: CsvHeader
}

/** The records of delivered files, as DuckDB itself reads them: for files that are UTF-8 and regular. */
export function directParts(input: CsvInput, files: readonly DirectFile[]): readonly RelationPart[] {
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

/** The records of clean copies, each with its number, see `cleanCsv`. */
export function cleanParts(input: CsvInput, files: readonly CopiedFile[]): readonly RelationPart[] {
  const isThere = ({ header }: CopiedFile): readonly boolean[] => header.places.map(place => place !== undefined)
  return groupFiles(files, file => JSON.stringify(isThere(file))).map(group => {
    const [first] = group.files
    const there = first === undefined ? [] : isThere(first)
    const source = readCsv(
      group.files.map(({ clean }) => clean.path),
      ["'record_no': 'BIGINT'"],
      there.filter(Boolean).length,
      [
        'header = false',
        "delim = ','",
        "new_line = '\\n'",
        ...lineSize(longest(group.files.map(({ clean }) => clean))),
      ],
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
