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
 *
 * @param others `refuse` if the predicate is false for an object with other fields than the declared and ignored ones
 */
export function isRecordSql(value: string, shape: ObjectShape, others: 'refuse' | 'allow'): string {
  return `coalesce(json_type(${value}) = 'OBJECT' and ${new ShapeSql(others).fields(value, shape, 0)}, false)`
}

class ShapeSql {
  readonly #others: 'refuse' | 'allow'

  constructor(others: 'refuse' | 'allow') {
    this.#others = others
  }

  fields(value: string, { fields, ignored }: ObjectShape, depth: number): string {
    const names = [...Object.keys(fields), ...ignored]
    const known = `list_has_all([${names.map(quoteConstant).join(', ')}]::varchar[], json_keys(${value}))`
    const each = Object.entries(fields).map(([name, field]) =>
      this.#shape(`json_extract(${value}, ${quoteConstant(`$.${JSON.stringify(name)}`)})`, field, depth),
    )
    return [...(this.#others === 'refuse' ? [known] : []), hasNamesOnce(value), ...each].join(' and ')
  }

  #shape(value: string, shape: Shape, depth: number): string {
    const type = `json_type(${value})`
    if (shape.kind === 'scalar') return `coalesce(${type} not in ('OBJECT', 'ARRAY'), true)`
    if (shape.kind === 'list') {
      const element = `x${depth}`
      const all = `list_bool_and(list_transform(json_extract(${value}, '$[*]'), lambda ${element}: ${this.#shape(element, shape.element, depth + 1)}))`
      return `(${type} is null or ${type} = 'NULL' or (${type} = 'ARRAY' and coalesce(${all}, true)))`
    }
    if (shape.kind === 'map') {
      const field = `x${depth}`
      const all = `list_bool_and(list_transform(json_extract(${value}, '$.*'), lambda ${field}: ${this.#shape(field, scalar, depth + 1)}))`
      return `(${type} is null or ${type} = 'NULL' or (${type} = 'OBJECT' and ${hasNamesOnce(value)} and coalesce(${all}, true)))`
    }
    return `(${type} is null or ${type} = 'NULL' or (${type} = 'OBJECT' and ${this.fields(value, shape, depth)}))`
  }
}

function hasNamesOnce(value: string): string {
  return `len(json_keys(${value})) = len(list_distinct(json_keys(${value})))`
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
