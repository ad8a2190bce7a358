import { UsageError } from '../platform/errors.ts'
import type { ShownColumn } from '../contract/mask/mask.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { type CleanOptions, cleanSelect, deliveredColumn } from './clean-select.ts'
import {
  columnsOf,
  type Contract,
  type ContractColumn,
  isIdentifier,
  lineageColumns,
  optionalColumns,
} from '../contract/contract.ts'
import { doubtPredicates, type Doubts, noDoubts } from './doubtful-times.ts'
import { keyLengthPredicates } from './key-length.ts'
import { type Mark, type Marking, markingOf } from './marks-sql.ts'
import { castSql, type CheckOptions, type Rule } from './predicates.ts'
import type { RuleActions } from '../contract/rule-actions.ts'
import { verdictColumns, removedFrom, lostVerdict, batchRules } from './verdict-columns.ts'

/** A SELECT of text, wrapped so that DuckDB judges and casts it in the same pass. */
export interface CheckedSelect {
  /** Yields the table's columns, cast, then the columns of {@link verdictColumns}. */
  readonly sql: string
  /** The table's columns it yields, in order. */
  readonly columns: readonly string[]
  /** A verdict of n, 0 < n < {@link removedFrom}, says that the row broke `rules[n - 1]`. */
  readonly rules: readonly Rule[]
  /** What `caseload_marks` of a row to be loaded names, by its numbers from 0; empty where the column is not yielded. */
  readonly marks: readonly Mark[]
  /** Columns of which every value offered can be counted where the rows come by: those with a drop and without a mask. */
  readonly countable: readonly string[]
}

/** A SELECT whose rows have a verdict; its columns are still text. */
export interface JudgedSelect {
  readonly contract: Contract
  /** Yields every column of the source's SELECT, and `caseload_verdict`. */
  readonly sql: string
  /** The columns of the contract that it yields. */
  readonly columns: readonly ContractColumn[]
  readonly rules: readonly Rule[]
  readonly marking: Marking
  readonly yieldsVersion: boolean
  readonly yieldsRemovedBy: boolean
  readonly options: JudgeOptions
}

/** A parent table whose rows are in the same batch. */
export interface ParentKeys {
  /** Table of DuckDB that `parentKeysSql` makes. */
  readonly keysTable: string
  readonly columns: readonly string[]
  /** True if rows that came with another version of the parent are to be left out as superseded. */
  readonly followsVersion: boolean
}

/** What is known besides the SELECT itself. */
export interface JudgeOptions extends CheckOptions, CleanOptions {
  /** `yyyy-mm-dd` */
  readonly batchDate: string
  readonly parents: readonly ParentKeys[]
  /** What may be wrong in its times and days; nothing by default. */
  readonly doubts?: Doubts
  /** What the source does with values and rows that break a rule. */
  readonly actions: RuleActions
  /** What readers may see of a column. */
  readonly mask: (column: ContractColumn) => ShownColumn
  /** The columns of each further index of the table, those beside the key included. */
  readonly indexes?: readonly (readonly string[])[]
}

/**
 * Judges every row: pattern first, then the cast, so that no engine's lenient cast decides.
 *
 * @param select the source's SELECT for this table
 * @param yielded names and DuckDB types of what that SELECT yields
 * @throws UsageError if the SELECT yields a column the table lacks, lacks one it needs, or yields something else than text
 */
export function judgedSelect(
  contract: Contract,
  select: string,
  yielded: ReadonlyMap<string, string>,
  options: JudgeOptions,
): JudgedSelect {
  const columns = columnsOf(contract).filter(column => isYielded(contract, column, yielded))
  refuseUnknown(contract, yielded)
  const castOf = (name: string): string => {
    const column = columns.find(one => one.name === name)
    if (column === undefined) throw new Error(`${contract.table} yields no ${name}`)
    return castSql(column.type, rawColumn(name), options.zone)
  }
  const doubts = doubtPredicates(columns, rawColumn, options.doubts ?? noDoubts)
  const clean = cleanSelect(select, columns, options)
  const checks = clean.isOdd === undefined ? options : { ...options, isOdd: clean.isOdd }
  const marking = markingOf(contract, columns, rawColumn, checks)
  const loadedText = (name: string): string => {
    const dropped = marking.droppedWhen(name)
    return dropped === undefined
      ? rawColumn(name)
      : `case when ${dropped('raw.')} then null else ${rawColumn(name)} end`
  }
  const keyLengths = keyLengthPredicates(contract, columns, loadedText, options)
  const rules: readonly Rule[] = [
    ...marking.rules,
    ...[...doubts, ...keyLengths].map(({ column, rule }) => ({ column, rule })),
    ...batchRules.map(rule => ({ column: null, rule })),
  ]
  const yieldsRemovedBy = yielded.has('removed_by')
  const cases = [
    ...(yieldsRemovedBy ? [`when raw.removed_by is not null then ${removedFrom}`] : []),
    // Before all others: a row that a source lets pass without its broken value must not hide it.
    ...doubts.map(({ broken }, index) => `when ${broken} then ${marking.rules.length + index + 1}`),
    ...marking.verdicts.map(({ broken, verdict }) => `when ${broken} then ${verdict}`),
    ...keyLengths.map(({ broken }, index) => `when ${broken} then ${marking.rules.length + doubts.length + index + 1}`),
    ...parentCases(options.parents, castOf, name => verdictOf(rules, name)),
  ]
  const joins = options.parents.map(
    ({ keysTable, columns: keys }, index) =>
      `left join ${quoteIdent(keysTable)} as parent_${index}\n  on ` +
      keys.map(name => `parent_${index}.${quoteIdent(name)} = ${castOf(name)}`).join(' and '),
  )
  return {
    contract,
    sql: [
      `select raw.*, (case\n  ${cases.join('\n  ')}\n  else 0\nend)::usmallint as ${verdictColumns.verdict}`,
      `from (\n${marking.wrap(clean.sql)}\n) as raw`,
      ...joins,
    ].join('\n'),
    columns,
    rules,
    marking,
    yieldsVersion: yielded.has('version'),
    yieldsRemovedBy,
    options,
  }
}

/** The verdict that stands for a rule of the batch. */
export function verdictOf(rules: readonly Rule[], name: (typeof batchRules)[number]): number {
  return rules.findIndex(rule => rule.column === null && rule.rule === name) + 1
}

/** Casts the judged rows, and writes the text of those that go to quarantine as JSON. */
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
 * A column's value as it is loaded: cast, and null where it is dropped.
 *
 * @param text SQL of the column's text
 * @param prefix what stands before the name of a column of the judged SELECT: `judged.`, or nothing
 */
export function keptSql(judged: JudgedSelect, column: ContractColumn, text: string, prefix: string): string {
  const cast = castSql(column.type, text, judged.options.zone)
  const dropped = judged.marking.droppedWhen(column.name)
  return dropped === undefined ? cast : `case when ${dropped(prefix)} then null else ${cast} end`
}

/** A row of which a value is dropped is kept as delivered, like one in quarantine. */
function orDropped({ marking, columns }: JudgedSelect): string {
  const dropped = columns.flatMap(({ name }) => marking.droppedWhen(name)?.('judged.') ?? [])
  if (dropped.length === 0) return ''
  return ` or (judged.${verdictColumns.verdict} = 0 and (${[...new Set(dropped)].join(' or ')}))`
}

/** Null for nearly all rows: what no row of a stretch has costs the stream nothing. */
function marksSql({ marks, holds }: Marking): string {
  const held = holds.map(hold => hold('judged.'))
  const numbers = marks.map((_, number) => `case when ${held[number] ?? ''} then '${number}' end`)
  return `case when judged.${verdictColumns.verdict} = 0 and (${held.map(one => `(${one})`).join(' or ')}) then concat_ws(',', ${numbers.join(', ')}) end`
}

/** The column as it may be stored: delivered, as a pseudonym, or not at all. */
function shown(column: ContractColumn, delivered: string, { mask }: JudgeOptions): string {
  const masked = mask(column)
  if (masked === 'keep') return delivered
  if (masked === 'drop') return 'null::varchar'
  return masked(delivered)
}

/** A row follows its parents: into quarantine, or out of the batch with the version that lost. */
function parentCases(
  parents: readonly ParentKeys[],
  castOf: (name: string) => string,
  verdict: (name: (typeof batchRules)[number]) => number,
): readonly string[] {
  return parents.flatMap(({ columns, followsVersion }, index) => {
    const refers = columns.map(name => `${castOf(name)} is not null`).join(' and ')
    const key = `parent_${index}`
    return [
      `when ${refers} and ${key}.caseload_good is null then ${verdict('reference')}`,
      `when ${refers} and not ${key}.caseload_good then ${verdict('parent')}`,
      ...(followsVersion
        ? [
            `when ${refers} and ${key}.caseload_contested and (raw.file_no <> ${key}.caseload_winner_file or raw.record_no <> ${key}.caseload_winner_record) then ${lostVerdict}`,
          ]
        : []),
    ]
  })
}

const rawColumn = (name: string): string => `raw.${quoteIdent(name)}`

function isYielded(contract: Contract, column: ContractColumn, yielded: ReadonlyMap<string, string>): boolean {
  const type = yielded.get(column.name)
  if (type === undefined) {
    if (column.nullable || column.absent !== undefined) return false
    throw new UsageError(`The SELECT for ${contract.table} must yield ${column.name}, which every row needs.`)
  }
  requireText(contract, column.name, type)
  return true
}

function requireText(contract: Contract, name: string, type: string): void {
  if (type === 'VARCHAR') return
  throw new UsageError(
    `The SELECT for ${contract.table} must yield text; ${name} is ${type}. Leave casts to the contract, or add ::varchar.`,
  )
}

function refuseUnknown(contract: Contract, yielded: ReadonlyMap<string, string>): void {
  const known = new Set<string>([...Object.keys(contract.shape), ...lineageColumns, ...optionalColumns])
  const unknown = [...yielded.keys()].filter(name => !known.has(name))
  if (unknown.length > 0) {
    throw new UsageError(
      `The SELECT for ${contract.table} yields ${unknown.join(', ')}, which the table does not have.`,
    )
  }
  const missing = lineageColumns.filter(name => !yielded.has(name))
  if (missing.length > 0) {
    throw new UsageError(
      `The SELECT for ${contract.table} must yield ${missing.join(' and ')} of the relation it reads.`,
    )
  }
  for (const name of optionalColumns) {
    const type = yielded.get(name)
    if (type !== undefined) requireText(contract, name, type)
  }
}
