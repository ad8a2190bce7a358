import type { JsonInput } from '../source/inputs.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { type GroupedFile, groupFiles, placeIn } from './file-groups.ts'
import { isRecordSql, structureOf } from './json-shape.ts'

/** A JSON file that DuckDB reads: a delivered file or a copy. */
export interface JsonSource extends GroupedFile {
  readonly path: string
  readonly layout: 'array' | 'lines'
  readonly gzip: boolean
  readonly longestRecord: number
}

/**
 * DuckDB statement that creates a table of a JSON input: file_no, record_no (both from 1) and the record's fields,
 * every scalar as text. Records without the declared shape are left out, see {@link misshapenSql}.
 *
 * It is a table, not a view, because the SELECTs of several tables read it, and parsing is most of the work.
 *
 * @param state `shaped`: every record has the declared shape, or is null in the place of a rejected one
 */
export function jsonRelationSql(
  name: string,
  input: JsonInput,
  sources: readonly JsonSource[],
  state: 'delivered' | 'shaped',
): string {
  const isRecord = state === 'shaped' ? "json_type(json) <> 'NULL'" : isRecordSql('json', input.record, othersOf(input))
  const fields = Object.keys(input.record.fields).map(field => `, record.${quoteIdent(field)}`)
  const structure = quoteConstant(JSON.stringify(structureOf(input.record)))
  return `create or replace table ${quoteIdent(name)} as
select file_no, record_no${fields.join('')}
from (
  select
    file_no,
    record_no,
    json_transform(json, ${structure}) as record
  from (${rawRecordsSql(sources)})
  where ${isRecord}
)`
}

/** SELECT of the records without the declared shape: file_no, record_no and record, its raw text. */
export function misshapenSql(input: JsonInput, sources: readonly JsonSource[]): string {
  return `select file_no::integer as file_no, record_no::integer as record_no, json::varchar as record
from (${rawRecordsSql(sources)})
where not ${isRecordSql('json', input.record, othersOf(input))}`
}

const othersOf = ({ unknown = 'stop' }: JsonInput): 'refuse' | 'allow' => (unknown === 'stop' ? 'refuse' : 'allow')

/** SELECT of the records of JSON files as raw text: file_no, record_no (both from 1) and json. */
export function rawRecordsSql(sources: readonly JsonSource[]): string {
  if (sources.length === 0) return "select 0 as file_no, 0::bigint as record_no, 'null'::json as json where false"
  return groupFiles(sources, ({ layout, gzip }) => `${layout} ${String(gzip)}`)
    .map(group => {
      const [first] = group.files
      const longest = group.files.reduce((most, { longestRecord }) => Math.max(most, longestRecord), 0)
      const options = [
        `format = '${first?.layout === 'array' ? 'array' : 'newline_delimited'}'`,
        // DuckDB allocates two buffers of this size per thread: use what the files need, not the allowed maximum.
        `maximum_object_size = ${Math.max(1 << 20, longest + 1024)}`,
        `compression = '${first?.gzip === true ? 'gzip' : 'uncompressed'}'`,
      ]
      const paths = group.files.map(({ path }) => quoteConstant(path))
      const { fileNo, recordNo } = placeIn(group)
      const source = `read_json_objects([${paths.join(', ')}], ${options.join(', ')})`
      return `select ${fileNo} as file_no, ${recordNo} as record_no, json from ${source}`
    })
    .join('\n  union all ')
}
