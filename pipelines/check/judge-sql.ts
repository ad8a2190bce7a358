import { UsageError } from '../platform/errors.ts'
import type { ShownColumn } from '../contract/mask/mask.ts'
import { quoteIdent } from '../platform/sql.ts'
import { type CleanOptions, cleanSelect } from './clean-select.ts'
import { columnsOf, type Contract, type ContractColumn, lineageColumns, optionalColumns } from '../contract/contract.ts'
import { doubtPredicates, type Doubts, noDoubts } from './doubtful-times.ts'
import { keyLengthPredicates } from './key-length.ts'
import { type Marking, markingOf } from './marks-sql.ts'
import { castSql, type CheckOptions, type Rule } from './predicates.ts'
import type { RuleActions } from '../contract/rule-actions.ts'
import { verdictColumns, removedFrom, lostVerdict, batchRules } from './verdict-columns.ts'

/** The source's SELECT with a verdict for each row; its columns are still text. */
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

/** A parent table that is in the same batch. */
export interface ParentKeys {
  /** Name of the DuckDB table that `parentKeysSql` creates. */
  readonly keysTable: string
  readonly columns: readonly string[]
  /** True if rows delivered with an older version of the parent are removed as superseded. */
  readonly followsVersion: boolean
}

/** What {@link judgedSelect} needs besides the SELECT. */
export interface JudgeOptions extends CheckOptions, CleanOptions {
  /** `yyyy-mm-dd` */
  readonly batchDate: string
  readonly parents: readonly ParentKeys[]
  /** Doubtful times and days; none by default. */
  readonly doubts?: Doubts
  /** The source's actions for values and rows that break a rule. */
  readonly actions: RuleActions
  /** The mask of a column. */
  readonly mask: (column: ContractColumn) => ShownColumn
  /** The columns of each index of the table besides the key. */
  readonly indexes?: readonly (readonly string[])[]
}

/**
 * Gives every row a verdict: pattern first, then the cast, so that DuckDB's lenient casts do not decide.
 *
 * @param select the source's SELECT for this table
 * @param yielded names and DuckDB types of the SELECT's columns
 * @throws UsageError if the SELECT yields an unknown column, lacks a required one, or yields a column that is not text
 */
export function judgedSelect(
  contract: Contract,
  select: string,
  yielded: ReadonlyMap<string, string>,
  options: JudgeOptions,
): JudgedSelect {
  const missing = missingColumns(contract, yielded)
  if (missing !== undefined) throw new UsageError(missing)
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
    // First: a rule that drops values must not hide a doubtful time.
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

/** The verdict of a rule across rows. */
export function verdictOf(rules: readonly Rule[], name: (typeof batchRules)[number]): number {
  return rules.findIndex(rule => rule.column === null && rule.rule === name) + 1
}

/** A row follows its parent: to quarantine, or out of the batch with the superseded version. */
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

/** A sentence about the required columns that a SELECT does not yield; undefined if it yields them all. */
export function missingColumns(contract: Contract, yielded: ReadonlyMap<string, string>): string | undefined {
  const missing = columnsOf(contract)
    .filter(({ name, nullable, absent }) => !nullable && absent === undefined && !yielded.has(name))
    .map(({ name }) => name)
  if (missing.length === 0) return undefined
  const are = missing.length === 1 ? 'the column is' : 'the columns are'
  return `The SELECT for ${contract.table} must yield ${missing.join(', ')}: ${are} required.`
}

function isYielded(contract: Contract, column: ContractColumn, yielded: ReadonlyMap<string, string>): boolean {
  const type = yielded.get(column.name)
  if (type === undefined) return false
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
      `The SELECT for ${contract.table} yields ${unknown.join(', ')}, which the table does not have. Remove or rename it.`,
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
