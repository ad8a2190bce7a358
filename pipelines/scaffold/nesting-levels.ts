import type { Input, ObjectShape, Shape } from '../source/inputs.ts'

/** One value that a SELECT can read at a level. */
export interface SourceColumn {
  /** As a person names it: a column, or a path such as `provider_notes.text`. */
  readonly name: string
  /** The same, in parts: what has to be quoted for SQL, below the level's item. */
  readonly path: readonly string[]
}

/** Where rows can come from: the records of an input, or the elements of a list in them. */
export interface NestingLevel {
  /** The input's name, or the path of the list in its records, `visits[].diagnoses[]`. */
  readonly name: string
  /** Undefined for the records themselves. */
  readonly list: { readonly parent: NestingLevel; readonly path: readonly string[] } | undefined
  readonly columns: readonly SourceColumn[]
  /** Values that are neither single nor a list of rows: maps, and lists in lists. */
  readonly others: readonly string[]
}

/** The levels of an input, each after the one it lies in. */
export function nestingLevelsOf(name: string, input: Input): readonly NestingLevel[] {
  if (input.format === 'json') return levelsIn(name, input.record, undefined)
  const columns = input.columns.map(column => ({ name: column, path: [column] }))
  return [{ name, list: undefined, columns, others: [] }]
}

function levelsIn(name: string, shape: Shape, list: NestingLevel['list']): readonly NestingLevel[] {
  if (shape.kind !== 'object') {
    const columns = shape.kind === 'scalar' ? [{ name: list?.path.at(-1) ?? name, path: [] }] : []
    return [{ name, list, columns, others: shape.kind === 'scalar' ? [] : [name] }]
  }
  const { columns, others, lists } = fieldsOf(shape, [])
  const level: NestingLevel = { name, list, columns, others }
  const inner = lists.flatMap(({ path, element }) => {
    const inside = `${path.join('.')}[]`
    return levelsIn(list === undefined ? inside : `${name}.${inside}`, element, { parent: level, path })
  })
  return [level, ...inner]
}

interface Fields {
  readonly columns: SourceColumn[]
  readonly others: string[]
  readonly lists: { readonly path: readonly string[]; readonly element: Shape }[]
}

function fieldsOf(shape: ObjectShape, above: readonly string[]): Fields {
  const found: Fields = { columns: [], others: [], lists: [] }
  for (const [name, field] of Object.entries(shape.fields)) {
    const path = [...above, name]
    if (field.kind === 'scalar') found.columns.push({ name: path.join('.'), path })
    else if (field.kind === 'list') found.lists.push({ path, element: field.element })
    else if (field.kind === 'map') found.others.push(path.join('.'))
    else {
      const inner = fieldsOf(field, path)
      found.columns.push(...inner.columns)
      found.others.push(...inner.others)
      found.lists.push(...inner.lists)
    }
  }
  return found
}
