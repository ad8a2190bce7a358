import { quoteConstant } from '../platform/sql.ts'
import { type Mapping, type ReadingColumn, readingSql, type Value } from './mapping.ts'
import { ambiguousDates, commaColumns } from './remaining-work.ts'
import {
  aliased,
  type Carried,
  levelPath,
  type LevelSql,
  type NestingLevel,
  type SourceColumn,
} from './nesting-levels.ts'

const widest = 118

/**
 * Writes the SELECT of one table, with a header that lists the remaining work.
 *
 * @param unmapped columns of this level that fill no table yet
 */
export function selectText(mapping: Mapping, sql: LevelSql, unmapped: readonly string[]): string {
  return `${headerOf(mapping, unmapped)}\n${selectSql(mapping, sql)}\n`
}

function headerOf(mapping: Mapping, unmapped: readonly string[]): string {
  const { contract, level, values, readings, misfits } = mapping
  const absent = [...values].flatMap(([name, value]) => (value.kind === 'absent' ? [name] : []))
  const filled = new Set([...values.keys(), ...(readings.length > 0 ? ['type', 'value', 'unit'] : [])])
  const free = Object.keys(contract.shape).filter(name => !filled.has(name))
  const unfit = misfits.map(({ target, column, words }) => `${column.name} looks like ${target}, but it ${words}`)
  const row = level.list === undefined ? `record of ${level.name}` : `element of ${level.name}`
  return [
    ...comment(readings.length > 0 ? `One row per ${row} and column with a reading.` : `One row per ${row}.`),
    ...(absent.length > 0 ? comment(`required, and not filled yet: ${absent.join(', ')}`) : []),
    ...unfit.flatMap(line => comment(`does not fit yet: ${line}`)),
    ...ambiguousDates(mapping).flatMap(({ words }) => comment(`check: ${words}`)),
    ...commaColumns(mapping).flatMap(({ words }) => comment(`check: ${words}`)),
    ...(unmapped.length > 0 ? comment(`not mapped yet: ${unmapped.join(', ')}`) : []),
    ...(free.length > 0 ? comment(`other columns of ${contract.table}: ${free.join(', ')}`) : []),
  ].join('\n')
}

/** Wraps a comment. A name in a feed can contain a line end, which would end the comment: it becomes a space. */
function comment(text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.replaceAll(/[\r\n]+/g, ' ').split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length + 1 <= widest) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(lines.length === 0 ? `-- ${word}` : `--   ${word}`)
  }
  return lines
}

function selectSql(mapping: Mapping, sql: LevelSql): string {
  const { level, values, readings } = mapping
  const carried = [...values].flatMap(([name, value]): readonly Carried[] =>
    value.kind === 'column' && value.level !== level ? [{ name, level: value.level, sql: columnSql(sql, value) }] : [],
  )
  const positions = levelPath(level).filter(place => needsPosition(mapping, place))
  const { ctes, from } = sql.reach(level, carried, positions)
  const columns = [...values].map(([name, value]) => aliased(valueSql(mapping, sql, name, value), sql.name(name)))
  if (readings.length > 0) return readingsSql(mapping, sql, columns, ctes, from)
  return [...withSql(ctes), `select\n  ${['file_no', 'record_no', ...columns].join(',\n  ')}\nfrom ${from}`].join('\n')
}

/** A line to add to the SELECT of a table that is filled already. */
export interface SelectLine {
  /** The column of the table; `type` for a reading. */
  readonly target: string
  readonly column: SourceColumn
  readonly level: NestingLevel
  readonly text: string
}

/** The lines with which columns of the sample fill columns of the table, or become readings of it. */
export function selectLines({ level, values, readings }: Mapping, sql: LevelSql): readonly SelectLine[] {
  const columns = [...values].flatMap(([target, value]): readonly SelectLine[] => {
    if (value.kind !== 'column') return []
    const text = `${aliased(columnSql(sql, value), sql.name(target))},`
    return [{ target, column: value.column, level: value.level, text }]
  })
  const cells = readings.map(reading => ({
    target: 'type',
    column: reading.column,
    level,
    text: `${cellSql(sql, level, reading)},`,
  }))
  return [...columns, ...cells]
}

const withSql = (ctes: readonly string[]): readonly string[] => (ctes.length === 0 ? [] : [`with ${ctes.join(',\n')}`])

function needsPosition(mapping: Mapping, place: NestingLevel): boolean {
  if (place.list === undefined) return false
  return [...mapping.values.values()].some(
    value =>
      (value.kind === 'position' && value.level === place) ||
      (value.kind === 'path' && pathLevels(mapping).includes(place)),
  )
}

/** The lists above a row that the visit's id does not cover; none if the row has no visit. */
function pathLevels({ values, level }: Mapping): readonly NestingLevel[] {
  const visit = values.get('visit_id')
  if (visit?.kind !== 'column') return []
  const way = levelPath(level).filter(place => place.list !== undefined)
  return way.slice(levelPath(visit.level).length - 1)
}

function valueSql(mapping: Mapping, sql: LevelSql, name: string, value: Value): string {
  switch (value.kind) {
    case 'column':
      return value.level === mapping.level ? columnSql(sql, value) : sql.name(name)
    case 'position':
      return value.level.list === undefined ? recordPosition(mapping, sql) : `${sql.position(value.level)}::varchar`
    case 'path':
      return pathSql(mapping, sql)
    case 'constant':
      return quoteConstant(value.text)
    case 'absent':
      return 'null::varchar'
  }
}

function columnSql(sql: LevelSql, { level, column, as }: Extract<Value, { kind: 'column' }>): string {
  return readingSql(sql.column(level, column), as)
}

/** Position among the records of the same parent, from 1. The number of a diagnosis counts within its visit in every table. */
function recordPosition({ contract, values }: Mapping, sql: LevelSql): string {
  const parents = [...new Set([...contract.key, 'visit_id'])].flatMap(name => {
    const value = values.get(name)
    return value?.kind === 'column' ? [sql.column(value.level, value.column)] : []
  })
  const by = parents.length > 0 ? `partition by ${parents.join(', ')} ` : ''
  return `(row_number() over (${by}order by file_no, record_no))::varchar`
}

function pathSql(mapping: Mapping, sql: LevelSql): string {
  const visit = mapping.values.get('visit_id')
  const steps = pathLevels(mapping).map(sql.position)
  if (visit?.kind !== 'column' || steps.length === 0) return contentSql(mapping, sql)
  return `concat_ws('/', ${[valueSql(mapping, sql, 'visit_id', visit), ...steps].join(', ')})`
}

/** The id of a row with more columns than this is made of the mapped ones, or its line would hide the SELECT. */
const widestContent = 40

/**
 * An id made of what the row says, and a number for equal rows of one delivery: the place in a file is another row's on
 * another day, which would replace this one.
 */
function contentSql({ level, values }: Mapping, sql: LevelSql): string {
  const columns = [...values].flatMap(([name, value]) => {
    if (value.kind !== 'column') return []
    return [value.level === level ? sql.column(value.level, value.column) : sql.name(name)]
  })
  if (columns.length === 0) return 'record_no::varchar'
  // A column that nobody maps yet tells two rows apart, too.
  const isWide = level.columns.length > widestContent
  const all = isWide ? columns : [...columns, ...level.columns.map(column => sql.column(level, column))]
  const note = isWide
    ? 'Of the columns mapped so far: add each that you map, or two rows can get one id.'
    : 'Of all columns of the row, and a number for equal rows.'
  const listed = [...new Set(all)].join(', ')
  const number = `row_number() over (partition by ${listed} order by file_no, record_no)`
  return `concat_ws(\n    '/',\n    -- ${note}\n    md5([${listed}]::varchar),\n    ${number}\n  )`
}

function readingsSql(
  { level, readings }: Mapping,
  sql: LevelSql,
  columns: readonly string[],
  ctes: readonly string[],
  from: string,
): string {
  const cells = readings.map(reading => cellSql(sql, level, reading))
  const inner = ['file_no', 'record_no', ...columns, `unnest([\n      ${cells.join(',\n      ')}\n    ]) as reading`]
  const names = columns.map(column => / as (\S+)$/.exec(column)?.[1] ?? column)
  const outer = [
    'file_no',
    'record_no',
    ...names,
    'reading.type as type',
    'reading.value as value',
    'reading.unit as unit',
    "case when coalesce(trim(reading.value), '') = '' then 'empty_cell' end as removed_by",
  ]
  const cte = `cells as (\n  select\n    ${inner.join(',\n    ')}\n  from ${from}\n)`
  return `with ${[...ctes, cte].join(',\n')}\nselect\n  ${outer.join(',\n  ')}\nfrom cells`
}

const cellSql = (sql: LevelSql, level: NestingLevel, { column, type, unit, as }: ReadingColumn): string =>
  `{'type': ${quoteConstant(type)}, 'unit': ${quoteConstant(unit)}, 'value': ${readingSql(sql.column(level, column), as)}}`
