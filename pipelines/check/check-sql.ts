import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { deliveredColumn } from './clean-select.ts'
import { type ContractColumn, isIdentifier } from '../contract/contract.ts'
import type { JudgedSelect, JudgeOptions } from './judge-sql.ts'
import type { Mark, Marking } from './marks-sql.ts'
import { castSql, type Rule } from './predicates.ts'
import { verdictColumns, removedFrom } from './verdict-columns.ts'

/** The source's SELECT, wrapped so that DuckDB checks and casts its rows in the same pass. */
export interface CheckedSelect {
  /** Yields the table's columns, cast, then the columns of {@link verdictColumns}. */
  readonly sql: string
  /** The table's columns that it yields, in order. */
  readonly columns: readonly string[]
  /** A verdict of n, 0 < n < {@link removedFrom}, means that the row broke `rules[n - 1]`. */
  readonly rules: readonly Rule[]
  /** `caseload_marks` of a loaded row has indexes into this list; if it is empty, the column is not yielded. */
  readonly marks: readonly Mark[]
  /** Columns whose values the stage counts: values of them can be dropped, and the mask keeps them countable. */
  readonly countable: readonly string[]
}

/** Casts the judged rows, and yields the text of rows for quarantine as JSON. */
export function checkedSelect(judged: JudgedSelect): CheckedSelect {
  const { columns, options, marking, yieldsRemovedBy } = judged
  const seen = columns.map(column => ({ column, sql: shown(column, `judged.${quoteIdent(column.name)}`, options) }))
  const casts = seen.map(
    ({ column, sql }) => `${keptSql(judged, column, sql, 'judged.')} as ${quoteIdent(column.name)}`,
  )
  const fields = seen.map(({ column, sql }) => {
    const keeps = isIdentifier(column) && options.mask(column) === 'keep'
    const value = keeps ? `judged.${quoteIdent(deliveredColumn(column.name))}` : sql
    return `${quoteConstant(column.name)}: ${value}`
  })
  const lines = [
    ...casts,
    `judged.file_no::integer as ${verdictColumns.file}`,
    `judged.record_no::integer as ${verdictColumns.record}`,
    `judged.${verdictColumns.verdict} as ${verdictColumns.verdict}`,
    `case when judged.${verdictColumns.verdict} between 1 and ${removedFrom - 1}${orDropped(judged)} then to_json({${fields.join(', ')}})::varchar end as ${verdictColumns.row}`,
    ...(marking.marks.length > 0 ? [`${marksSql(marking)} as ${verdictColumns.marks}`] : []),
    ...(yieldsRemovedBy ? [`judged.removed_by as ${verdictColumns.removedBy}`] : []),
  ]
  return {
    sql: `select\n  ${lines.join(',\n  ')}\nfrom (\n${judged.sql}\n) as judged`,
    columns: columns.map(({ name }) => name),
    rules: judged.rules,
    marks: marking.marks,
    countable: columns
      .filter(column => marking.droppedWhen(column.name) !== undefined && options.mask(column) !== 'drop')
      .map(({ name }) => name),
  }
}

/**
 * SQL of a column's value as it is loaded: cast, and null if it is dropped.
 *
 * @param text SQL of the column's text
 * @param prefix prefix of the judged SELECT's column names: `judged.` or an empty string
 */
export function keptSql(judged: JudgedSelect, column: ContractColumn, text: string, prefix: string): string {
  const cast = castSql(column.type, text, judged.options.zone)
  const dropped = judged.marking.droppedWhen(column.name)
  return dropped === undefined ? cast : `case when ${dropped(prefix)} then null else ${cast} end`
}

/** A loaded row with a dropped value yields its delivered text, too. */
function orDropped({ marking, columns }: JudgedSelect): string {
  const dropped = columns.flatMap(({ name }) => marking.droppedWhen(name)?.('judged.') ?? [])
  if (dropped.length === 0) return ''
  return ` or (judged.${verdictColumns.verdict} = 0 and (${[...new Set(dropped)].join(' or ')}))`
}

/** Null for nearly all rows: a column that is null in a whole batch costs the stream nothing. */
function marksSql({ marks, holds }: Marking): string {
  const held = holds.map(hold => hold('judged.'))
  const numbers = marks.map((_, number) => `case when ${held[number] ?? ''} then '${number}' end`)
  return `case when judged.${verdictColumns.verdict} = 0 and (${held.map(one => `(${one})`).join(' or ')}) then concat_ws(',', ${numbers.join(', ')}) end`
}

/** The column after masking: as delivered, as a pseudonym, or null. */
function shown(column: ContractColumn, delivered: string, { mask }: JudgeOptions): string {
  const masked = mask(column)
  if (masked === 'keep') return delivered
  if (masked === 'drop') return 'null::varchar'
  return masked(delivered)
}
