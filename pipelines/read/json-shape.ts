import { RefusedError } from '../platform/errors.ts'
import { type ObjectShape, scalar, type Shape } from '../source/inputs.ts'
import { repeatsName } from '../platform/json-text.ts'
import { quoteConstant } from '../platform/sql.ts'

/** The structure argument of json_transform for a shape: every scalar is text. */
export function structureOf(shape: Shape): unknown {
  if (shape.kind === 'scalar') return 'VARCHAR'
  if (shape.kind === 'map') return 'MAP(VARCHAR, VARCHAR)'
  if (shape.kind === 'list') return [structureOf(shape.element)]
  return Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, structureOf(field)]))
}

/**
 * DuckDB predicate that is true for a JSON object of the shape. Without it json_transform turns a wrong shape into NULL
 * without an error.
 */
export function isRecordSql(value: string, shape: ObjectShape): string {
  return `coalesce(json_type(${value}) = 'OBJECT' and ${hasFields(value, shape, 0)}, false)`
}

function hasShape(value: string, shape: Shape, depth: number): string {
  const type = `json_type(${value})`
  if (shape.kind === 'scalar') return `coalesce(${type} not in ('OBJECT', 'ARRAY'), true)`
  if (shape.kind === 'list') {
    const element = `x${depth}`
    const all = `list_bool_and(list_transform(json_extract(${value}, '$[*]'), lambda ${element}: ${hasShape(element, shape.element, depth + 1)}))`
    return `(${type} is null or ${type} = 'NULL' or (${type} = 'ARRAY' and coalesce(${all}, true)))`
  }
  if (shape.kind === 'map') {
    const field = `x${depth}`
    const all = `list_bool_and(list_transform(json_extract(${value}, '$.*'), lambda ${field}: ${hasShape(field, scalar, depth + 1)}))`
    return `(${type} is null or ${type} = 'NULL' or (${type} = 'OBJECT' and ${hasNamesOnce(value)} and coalesce(${all}, true)))`
  }
  return `(${type} is null or ${type} = 'NULL' or (${type} = 'OBJECT' and ${hasFields(value, shape, depth)}))`
}

function hasFields(value: string, { fields, ignored }: ObjectShape, depth: number): string {
  const names = [...Object.keys(fields), ...ignored]
  const keys = `json_keys(${value})`
  const known = `list_has_all([${names.map(quoteConstant).join(', ')}]::varchar[], ${keys})`
  const each = Object.entries(fields).map(([name, field]) =>
    hasShape(`json_extract(${value}, ${quoteConstant(`$.${JSON.stringify(name)}`)})`, field, depth),
  )
  return [known, hasNamesOnce(value), ...each].join(' and ')
}

function hasNamesOnce(value: string): string {
  return `len(json_keys(${value})) = len(list_distinct(json_keys(${value})))`
}

/** Number of fields that the source neither declares nor ignores, in one object of a record. */
export interface UnknownFields {
  /** Path of the object, such as `$.visits[0]`. */
  readonly path: string
  readonly count: number
}

/** The first object of a record with fields that the source neither declares nor ignores; undefined if none has any. */
export function findUnknown(value: unknown, shape: Shape, path = '$'): UnknownFields | undefined {
  if (typeof value !== 'object' || value === null || shape.kind === 'scalar' || shape.kind === 'map') return undefined
  if (shape.kind === 'list') {
    return Array.isArray(value)
      ? first(value, (element, index) => findUnknown(element, shape.element, `${path}[${index}]`))
      : undefined
  }
  if (Array.isArray(value)) return undefined
  const fields = value as Record<string, unknown>
  const count = Object.keys(fields).filter(
    name => !Object.hasOwn(shape.fields, name) && !shape.ignored.includes(name),
  ).length
  if (count > 0) return { path, count }
  return first(Object.entries(shape.fields), ([name, field]) =>
    Object.hasOwn(fields, name) ? findUnknown(fields[name], field, `${path}.${name}`) : undefined,
  )
}

/**
 * Refuses the batch if a record has a field that the source neither declares nor ignores: the feed has changed.
 *
 * @param file path under the landing root
 * @throws RefusedError with the path of the object and the number of fields, never their names, which can be values
 */
export function refuseUnknown(value: unknown, shape: ObjectShape, file: string, recordNo: number): void {
  const unknown = findUnknown(value, shape)
  if (unknown === undefined) return
  throw new RefusedError(
    `Expected only declared fields in ${file}, found ${unknown.count} more at ${unknown.path} of record ${recordNo}. ` +
      "Declare them in the source's input, or name them in ignored.",
  )
}

const repeated = 'a field name occurs twice in one object'

/** Says where a record differs from the declared shape, with declared names only, never a value. */
export function explainShape(value: unknown, shape: Shape): string {
  return departure(value, shape, '$') ?? repeated
}

/**
 * Like {@link explainShape}; undefined if the record has the declared shape.
 *
 * @param text the record's JSON text: a parsed object does not show that a name occurs twice
 */
export function shapeFault(value: unknown, text: string, shape: Shape): string | undefined {
  return departure(value, shape, '$') ?? (repeatsName(text) ? repeated : undefined)
}

function departure(value: unknown, shape: Shape, path: string): string | undefined {
  const found = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : 'a single value'
  if (value === null || value === undefined) return path === '$' ? '$: expected an object, found null' : undefined
  if (shape.kind === 'scalar')
    return found === 'a single value' ? undefined : `${path}: expected a single value, found ${found}`
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) return `${path}: expected a list, found ${found}`
    return first(value, (element, index) => departure(element, shape.element, `${path}[${index}]`))
  }
  if (found !== 'an object') return `${path}: expected an object, found ${found}`
  const fields = value as Record<string, unknown>
  if (shape.kind === 'map') return first(Object.values(fields), field => departure(field, scalar, `${path}.*`))
  return first(Object.entries(shape.fields), ([name, field]) =>
    Object.hasOwn(fields, name) ? departure(fields[name], field, `${path}.${name}`) : undefined,
  )
}

function first<T, R>(items: readonly T[], find: (item: T, index: number) => R | undefined): R | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index)
    if (found !== undefined) return found
  }
  return undefined
}
