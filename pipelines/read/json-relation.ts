import type { JsonInput, Shape } from '../inputs.ts'
import { quoteConstant, quoteIdent } from '../sql.ts'
import type { ScannedFile } from './scan-file.ts'

/** The column of a JSON relation that says whether a record has the declared shape. */
export const shapeColumn = 'caseload_shape'

/** DuckDB's name of a shape for json_transform: every scalar is text. */
function structure(shape: Shape): unknown {
  if (shape.kind === 'scalar') return 'VARCHAR'
  if (shape.kind === 'list') return [structure(shape.element)]
  return Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, structure(field)]))
}

/**
 * A predicate that holds where a JSON value has the shape. json_transform alone turns a wrong shape into NULL without a
 * word; after this predicate it cannot.
 */
function hasShape(value: string, shape: Shape, depth: number): string {
  const type = `json_type(${value})`
  if (shape.kind === 'scalar') return `coalesce(${type} not in ('OBJECT', 'ARRAY'), true)`
  if (shape.kind === 'list') {
    const element = `x${depth}`
    const all = `list_bool_and(list_transform(json_extract(${value}, '$[*]'), lambda ${element}: ${hasShape(element, shape.element, depth + 1)}))`
    return `(${type} is null or ${type} = 'NULL' or (${type} = 'ARRAY' and coalesce(${all}, true)))`
  }
  return `(${type} is null or ${type} = 'NULL' or (${type} = 'OBJECT' and ${hasFields(value, shape.fields, depth)}))`
}

function hasFields(value: string, fields: Readonly<Record<string, Shape>>, depth: number): string {
  const names = Object.keys(fields)
  const keys = `json_keys(${value})`
  const known = `list_has_all([${names.map(quoteConstant).join(', ')}], ${keys})`
  const once = `len(${keys}) = len(list_distinct(${keys}))`
  const each = Object.entries(fields).map(([name, field]) =>
    hasShape(`json_extract(${value}, ${quoteConstant(`$.${JSON.stringify(name)}`)})`, field, depth),
  )
  return [known, once, ...each].join(' and ')
}

/**
 * DuckDB statement that makes a table of a JSON input: file_no, record_no (both from 1), whether the record has the
 * declared shape, and the record's fields with every scalar as text.
 *
 * A table, not a view: the SELECTs of several tables read it, and parsing once is most of the work.
 */
export function jsonRelationSql(name: string, input: JsonInput, files: readonly ScannedFile[]): string {
  const ok = `json_type(json) = 'OBJECT' and ${hasFields('json', input.record.fields, 0)}`
  const fields = Object.keys(input.record.fields).map(field => `, record.${quoteIdent(field)}`)
  return `create table ${quoteIdent(name)} as
select file_no, record_no, ${shapeColumn}${fields.join('')}
from (
  select
    file_no,
    record_no,
    coalesce(${ok}, false) as ${shapeColumn},
    json_transform(json, ${quoteConstant(JSON.stringify(structure(input.record)))}) as record
  from (${rawRecordsSql(files)})
)`
}

/** SELECT of the records of JSON files as raw text: file_no, record_no (both from 1) and json. */
export function rawRecordsSql(files: readonly ScannedFile[]): string {
  return files
    .map((file, index) => {
      const options = [
        `format = '${file.layout === 'array' ? 'array' : 'newline_delimited'}'`,
        // DuckDB sizes its buffers by this, twice per thread: what the file needs, not the most that is allowed.
        `maximum_object_size = ${Math.max(1 << 20, file.longestRecord + 1024)}`,
        `compression = '${file.gzip ? 'gzip' : 'uncompressed'}'`,
      ]
      const source = `read_json_objects(${quoteConstant(file.path)}, ${options.join(', ')})`
      return `select ${index + 1} as file_no, row_number() over () as record_no, json from ${source}`
    })
    .join('\n  union all ')
}

/** Where a record departs from the declared shape: never its values, only names the source itself declared. */
export function explainShape(record: string, shape: Shape): string {
  let value: unknown
  try {
    value = JSON.parse(record)
  } catch {
    return 'the record is not valid JSON'
  }
  return departure(value, shape, '$') ?? 'a field name occurs twice in one object'
}

function departure(value: unknown, shape: Shape, path: string): string | undefined {
  const found = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : 'a single value'
  if (value === null || value === undefined) return path === '$' ? 'expected an object, found null' : undefined
  if (shape.kind === 'scalar')
    return found === 'a single value' ? undefined : `${path}: expected a single value, found ${found}`
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) return `${path}: expected a list, found ${found}`
    return firstDefined(value.map((element, index) => departure(element, shape.element, `${path}[${index}]`)))
  }
  if (found !== 'an object') return `${path}: expected an object, found ${found}`
  const fields = value as Record<string, unknown>
  const unknown = Object.keys(fields).filter(name => !(name in shape.fields)).length
  if (unknown > 0) return `${path}: ${unknown} field${unknown > 1 ? 's' : ''} that the source does not declare`
  return firstDefined(
    Object.entries(shape.fields).map(([name, field]) => departure(fields[name], field, `${path}.${name}`)),
  )
}

function firstDefined(texts: readonly (string | undefined)[]): string | undefined {
  return texts.find(text => text !== undefined)
}
