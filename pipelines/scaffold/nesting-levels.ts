import { quoteIdent } from '../platform/sql.ts'
import type { Input, ObjectShape, Shape } from '../source/inputs.ts'

/** One value that a SELECT can read at a level. */
export interface SourceColumn {
  /** A column, or a dotted path such as `provider_notes.text`. */
  readonly name: string
  /** The parts of the path below the level's item; SQL quotes each. */
  readonly path: readonly string[]
}

/** Where rows can come from: the records of an input, or the elements of a list in them. */
export interface NestingLevel {
  /** The input's name, or the path of the list in its records, `visits[].diagnoses[]`. */
  readonly name: string
  /** Undefined for the records themselves. */
  readonly list: { readonly parent: NestingLevel; readonly path: readonly string[] } | undefined
  readonly columns: readonly SourceColumn[]
  /** Fields that are neither a single value nor a list of rows: maps, and lists of lists. */
  readonly others: readonly string[]
}

/** The levels of an input, each after its parent. */
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

/** The levels from the records down to this one. */
export function levelPath(level: NestingLevel): readonly NestingLevel[] {
  return level.list === undefined ? [level] : [...levelPath(level.list.parent), level]
}

/** A value that the CTEs of a level pass down from a level above it. */
export interface Carried {
  readonly name: string
  readonly level: NestingLevel
  readonly sql: string
}

/** Writes the SQL that reads a level of an input. */
export interface LevelSql {
  /** An identifier, quoted only where SQL requires it. */
  readonly name: (identifier: string) => string
  /** The expression of a column in the FROM of its own level. */
  readonly column: (level: NestingLevel, column: SourceColumn) => string
  /** The position of an element in its list, in the FROM of its own level. */
  readonly position: (level: NestingLevel) => string
  /**
   * The CTEs that unnest the lists down to a level, and the relation to read it from.
   *
   * @param positions levels whose position the SELECT reads
   */
  readonly reach: (
    level: NestingLevel,
    carried: readonly Carried[],
    positions: readonly NestingLevel[],
  ) => { readonly ctes: readonly string[]; readonly from: string }
}

/** @param keywords reserved words of DuckDB, lower-case: as names they are quoted */
export function levelSql(keywords: ReadonlySet<string>): LevelSql {
  const name = (identifier: string): string =>
    /^[a-z_][a-z0-9_]*$/i.test(identifier) && !keywords.has(identifier.toLowerCase())
      ? identifier
      : quoteIdent(identifier)
  const words = (level: NestingLevel): string => level.list?.path.at(-1)?.replaceAll(/[^A-Za-z0-9_]/g, '_') ?? ''
  // DuckDB compares names without their case.
  const plain = (level: NestingLevel): string => words(level).toLowerCase()
  const stem = (level: NestingLevel): string => {
    const way = levelPath(level)
    const isTwice = way.filter(one => plain(one) === plain(level)).length > 1
    return isTwice ? `${words(level)}_${way.length - 1}` : words(level)
  }
  const item = (level: NestingLevel): string => name(`${stem(level)}_item`)
  const position = (level: NestingLevel): string => name(`${stem(level)}_no`)
  const dotted = (level: NestingLevel, path: readonly string[]): string => {
    if (level.list !== undefined) return [item(level), ...path.map(name)].join('.')
    const [first = '', ...rest] = path.map(name)
    return [rest.length > 0 && includesRelation(path, level.name) ? `(${first})` : first, ...rest].join('.')
  }
  return {
    name,
    position,
    column: (level, { path }) => dotted(level, path),
    reach: (level, carried, positions) => {
      const way = levelPath(level)
      let from = name(way[0]?.name ?? level.name)
      const ctes = way.slice(1).map((step, index) => {
        const above = way.slice(0, index + 1)
        const list = step.list === undefined ? '' : dotted(step.list.parent, step.list.path)
        const columns = [
          'file_no',
          'record_no',
          ...carried
            .filter(one => above.includes(one.level))
            .map(one => (one.level === above.at(-1) ? aliased(one.sql, name(one.name)) : name(one.name))),
          ...positions.filter(one => above.includes(one)).map(position),
          `unnest(${list}) as ${item(step)}`,
          ...(positions.includes(step) ? [`generate_subscripts(${list}, 1) as ${position(step)}`] : []),
        ]
        const cte = name(`${stem(step)}_rows`)
        const text = `${cte} as (\n  select\n    ${columns.join(',\n    ')}\n  from ${from}\n)`
        from = cte
        return text
      })
      return { ctes, from }
    },
  }
}

/**
 * DuckDB reads `patient.id` from a relation `patient` as the record's own `id`, and `main.patient.id` too; in
 * `(patient).id` the part in brackets can only be a column. The comparison ignores case, as DuckDB does.
 */
function includesRelation(path: readonly string[], relation: string): boolean {
  return path.some(part => part.toLowerCase() === relation)
}

/** `a as b`, or `a` alone if that is its name already. */
export function aliased(sql: string, alias: string): string {
  return sql === alias ? sql : `${sql} as ${alias}`
}
