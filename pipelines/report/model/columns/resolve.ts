import { asSyntax, listOf, type Syntax, textOf } from './syntax.ts'

/** A column of a relation that a SELECT reads: `visits`, or `store.visits`. */
export interface Origin {
  readonly relation: string
  readonly column: string
}

/** Where a column of a result comes from. `known` is false if a part of its expression is not followed. */
export interface Traced {
  readonly known: boolean
  readonly from: readonly Origin[]
}

/** The columns of a relation, by name; undefined where nobody knows them. */
export type Columns = ReadonlyMap<string, Traced> | undefined

/** The columns of what is no part of the statement: an input, a table, a view. */
export type Known = (relation: string) => readonly string[] | undefined

interface Relation {
  readonly alias: string
  readonly columns: Columns
  /** Its name, if it is no part of the statement: then a column that nobody declares is still its own. */
  readonly outer: string | undefined
}

interface Scope {
  readonly known: Known
  readonly ctes: ReadonlyMap<string, Columns>
}

const nothing: Traced = { known: true, from: [] }
const unknown: Traced = { known: false, from: [] }

/** The columns that a SELECT yields, each with the columns it comes from. */
export function traceSelect(node: Syntax, known: Known): Columns {
  return resultOf(node, { known, ctes: new Map() })
}

function resultOf(node: Syntax, outer: Scope): Columns {
  const scope = withCtes(node, outer)
  if (node['type'] === 'SET_OPERATION_NODE') {
    const children = [...listOf(node['children']), node['left'], node['right']].filter(child => child !== undefined)
    return united(children.map(child => resultOf(asSyntax(child), scope)))
  }
  if (node['type'] !== 'SELECT_NODE') return undefined
  const relations = relationsOf(asSyntax(node['from_table']), scope, [])
  const columns = new Map<string, Traced>()
  for (const item of listOf(node['select_list']).map(asSyntax)) {
    if (item['class'] === 'STAR') {
      const wanted = textOf(item['relation_name'])
      for (const { columns: all } of relations.filter(one => wanted === '' || one.alias === wanted)) {
        if (all === undefined) return undefined
        for (const [name, traced] of all) columns.set(name, traced)
      }
      if (listOf(item['replace_list']).length > 0) return undefined
    } else {
      const name = textOf(item['alias']) || lastName(item)
      if (name === '') return undefined
      columns.set(name, traceExpression(item, relations))
    }
  }
  return columns
}

const lastName = (item: Syntax): string => textOf(listOf(item['column_names']).at(-1))

function withCtes(node: Syntax, outer: Scope): Scope {
  const ctes = new Map(outer.ctes)
  for (const entry of listOf(asSyntax(node['cte_map'])['map']).map(asSyntax)) {
    const query = asSyntax(asSyntax(asSyntax(entry['value'])['query'])['node'])
    ctes.set(textOf(entry['key']), resultOf(query, { ...outer, ctes }))
  }
  return { ...outer, ctes }
}

/** A union has the names of its first part. */
function united(parts: readonly Columns[]): Columns {
  const [first, ...others] = parts
  if (first === undefined || others.some(one => one?.size !== first.size)) return undefined
  const lists = others.map(one => [...(one?.values() ?? [])])
  return new Map(
    [...first].map(([name, traced], at) => [name, merged([traced, ...lists.map(list => list[at] ?? unknown)])]),
  )
}

/** @param before relations on the left, which a table function may read */
function relationsOf(table: Syntax, scope: Scope, before: readonly Relation[]): readonly Relation[] {
  const alias = textOf(table['alias'])
  switch (table['type']) {
    case 'BASE_TABLE': {
      const schema = textOf(table['schema_name'])
      const bare = textOf(table['table_name'])
      const name = schema === '' ? bare : `${schema}.${bare}`
      if (schema === '' && scope.ctes.has(bare))
        return [{ alias: alias || bare, columns: scope.ctes.get(bare), outer: undefined }]
      const columns = scope
        .known(name)
        ?.map(column => [column, { known: true, from: [{ relation: name, column }] }] as const)
      return [{ alias: alias || bare, columns: columns === undefined ? undefined : new Map(columns), outer: name }]
    }
    case 'SUBQUERY':
      return [{ alias, columns: resultOf(asSyntax(asSyntax(table['subquery'])['node']), scope), outer: undefined }]
    case 'JOIN': {
      const left = relationsOf(asSyntax(table['left']), scope, before)
      return [...left, ...relationsOf(asSyntax(table['right']), scope, [...before, ...left])]
    }
    case 'TABLE_FUNCTION': {
      // What a function such as unnest makes of its arguments has their origin, by whatever name.
      const names = listOf(table['column_name_alias']).map(textOf)
      const traced = traceExpression(asSyntax(table['function']), before)
      return [
        {
          alias,
          columns: names.length === 0 ? undefined : new Map(names.map(name => [name, traced])),
          outer: undefined,
        },
      ]
    }
    case 'EMPTY':
      return []
    default:
      return [{ alias, columns: undefined, outer: undefined }]
  }
}

/** Everything that an expression refers to; a subquery is not followed. */
function traceExpression(expression: Syntax, relations: readonly Relation[]): Traced {
  if (expression['class'] === 'COLUMN_REF')
    return traceColumn(listOf(expression['column_names']).map(textOf), relations)
  if (expression['class'] === 'SUBQUERY') return unknown
  const inner = Object.values(expression).flatMap(value =>
    (Array.isArray(value) ? (value as readonly unknown[]) : [value])
      .filter(one => typeof one === 'object' && one !== null)
      .map(one => traceExpression(asSyntax(one), relations)),
  )
  return merged(inner)
}

/** `column`, `relation.column`, or either with fields of a struct behind it. */
function traceColumn(names: readonly string[], relations: readonly Relation[]): Traced {
  const [first = '', second] = names
  const named = second === undefined ? undefined : relations.find(one => one.alias === first)
  if (named !== undefined) return fromRelation(named, second ?? '')
  const found = relations.filter(one => one.columns?.has(first))
  const [only] = found
  if (only !== undefined)
    return found.length === 1 ? fromRelation(only, first) : merged(found.map(one => fromRelation(one, first)))
  // Of one relation whose columns nobody declares, it can only be its own.
  const [single] = relations
  return single !== undefined && relations.length === 1 ? fromRelation(single, first) : unknown
}

function fromRelation({ columns, outer }: Relation, column: string): Traced {
  const traced = columns?.get(column)
  if (traced !== undefined) return traced
  return outer === undefined || columns !== undefined ? unknown : { known: true, from: [{ relation: outer, column }] }
}

function merged(all: readonly Traced[]): Traced {
  if (all.length === 0) return nothing
  const from = new Map(all.flatMap(one => one.from).map(one => [`${one.relation} ${one.column}`, one]))
  return { known: all.every(one => one.known), from: [...from.values()] }
}
