import { quoteIdent } from '../platform/sql.ts'
import type { NestingLevel, SourceColumn } from './nesting-levels.ts'

/** What the SQL of a level hands on from the levels above it. */
export interface Carried {
  readonly name: string
  readonly level: NestingLevel
  readonly sql: string
}

/** Writes the SQL that reaches a level of an input. */
export interface LevelSql {
  /** An identifier as a person would write it: quoted only where it must be. */
  readonly name: (identifier: string) => string
  /** The expression of a column, where its own level is read. */
  readonly column: (level: NestingLevel, column: SourceColumn) => string
  /** The position of an element in its list, where its level is read. */
  readonly position: (level: NestingLevel) => string
  /**
   * The CTEs that lead to a level, and what to read it from.
   *
   * @param positions levels whose position is read at the end
   */
  readonly reach: (
    level: NestingLevel,
    carried: readonly Carried[],
    positions: readonly NestingLevel[],
  ) => { readonly ctes: readonly string[]; readonly from: string }
}

/** The levels from the records down to this one. */
export function levelPath(level: NestingLevel): readonly NestingLevel[] {
  return level.list === undefined ? [level] : [...levelPath(level.list.parent), level]
}

/** @param keywords of DuckDB, lower-case: they are quoted */
export function levelSql(keywords: ReadonlySet<string>): LevelSql {
  const name = (identifier: string): string =>
    /^[a-z_][a-z0-9_]*$/i.test(identifier) && !keywords.has(identifier.toLowerCase())
      ? identifier
      : quoteIdent(identifier)
  const words = (level: NestingLevel): string => level.list?.path.at(-1)?.replaceAll(/[^A-Za-z0-9_]/g, '_') ?? ''
  // DuckDB tells names apart by more than their case.
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
    return [rest.length > 0 && holdsName(path, level.name) ? `(${first})` : first, ...rest].join('.')
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
 * DuckDB takes `patient.id`, read from `patient`, for the record's own `id`, and `main.patient.id` too; in `(patient).id`
 * the part in brackets can only be a column. Its names differ by more than their case.
 */
function holdsName(path: readonly string[], relation: string): boolean {
  return path.some(part => part.toLowerCase() === relation)
}

/** `a as b`, and `a` alone where it is called that already. */
export function aliased(sql: string, alias: string): string {
  return sql === alias ? sql : `${sql} as ${alias}`
}
