import { UsageError } from '../errors.ts'
import { quoteConstant, quoteIdent } from '../sql.ts'
import { columnsOf, type Contract, type ContractColumn } from './contract.ts'
import type { ColumnType } from './columns.ts'

/** One way in which a row can break its contract. */
export interface Rule {
  readonly column: string
  readonly rule: 'required' | 'length' | 'nul' | 'pattern' | 'one_of' | 'cast' | 'dst_gap'
}

/** A SELECT of text, wrapped so that DuckDB checks and casts it in the same pass. */
export interface CheckedSelect {
  /** Yields the table's columns, cast, then `file_no`, `record_no` and {@link verdictColumn}. */
  readonly sql: string
  /** The table's columns it yields, in order. */
  readonly columns: readonly string[]
  /** A verdict of n > 0 says that the row broke `rules[n - 1]`; 0 says that it holds. */
  readonly rules: readonly Rule[]
}

/** What is known of the files before a row is read. */
export interface CheckOptions {
  /** IANA zone of times that carry no offset. */
  readonly zone: string
  /** False if no file holds NUL, written out or escaped: looking for it in every text costs a seventh of the checks. */
  readonly mayHoldNul: boolean
}

/** The column with the verdict. */
export const verdictColumn = 'caseload_verdict'
/** What every SELECT yields besides the table's columns: which file, and which record of it, a row came from. */
export const lineageColumns = ['file_no', 'record_no'] as const

interface Predicate extends Rule {
  /** True for a row that breaks the rule; null counts as false. */
  readonly broken: string
}

/**
 * Compiles a contract to one streamed SELECT: pattern first, then the cast, so that no engine's lenient cast decides.
 *
 * @param select the source's SELECT for this table
 * @param yielded names and DuckDB types of what that SELECT yields
 * @param options what is known of the files
 * @throws UsageError if the SELECT yields a column the table lacks, lacks one it needs, or yields something else than text
 */
export function checkedSelect(
  contract: Contract,
  select: string,
  yielded: ReadonlyMap<string, string>,
  options: CheckOptions,
): CheckedSelect {
  const { zone } = options
  const columns = columnsOf(contract).filter(column => isYielded(contract, column, yielded))
  refuseUnknown(contract, yielded)
  const predicates = columns.flatMap(column => predicatesOf(column, options))
  const verdict = predicates.map(({ broken }, index) => `when ${broken} then ${index + 1}`).join('\n    ')
  const casts = columns.map(column => `${castSql(column.type, rawColumn(column), zone)} as ${quoteIdent(column.name)}`)
  const lines = [
    ...casts,
    'raw.file_no::integer as file_no',
    'raw.record_no::integer as record_no',
    `(case\n    ${verdict}\n    else 0\n  end)::usmallint as ${verdictColumn}`,
  ]
  return {
    sql: `select\n  ${lines.join(',\n  ')}\nfrom (\n${select}\n) as raw`,
    columns: columns.map(({ name }) => name),
    rules: predicates.map(({ column, rule }) => ({ column, rule })),
  }
}

const rawColumn = (column: ContractColumn): string => `raw.${quoteIdent(column.name)}`

function isYielded(contract: Contract, column: ContractColumn, yielded: ReadonlyMap<string, string>): boolean {
  const type = yielded.get(column.name)
  if (type === undefined) {
    if (column.nullable || column.absent !== undefined) return false
    throw new UsageError(`The SELECT for ${contract.table} must yield ${column.name}, which every row needs.`)
  }
  if (type === 'VARCHAR') return true
  throw new UsageError(
    `The SELECT for ${contract.table} must yield text; ${column.name} is ${type}. Leave casts to the contract, or add ::varchar.`,
  )
}

function refuseUnknown(contract: Contract, yielded: ReadonlyMap<string, string>): void {
  const known = new Set<string>([...Object.keys(contract.shape), ...lineageColumns])
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
}

function predicatesOf(column: ContractColumn, { zone, mayHoldNul }: CheckOptions): readonly Predicate[] {
  const { name, type, pattern, nullable } = column
  const raw = rawColumn(column)
  const broken = (rule: Rule['rule'], sql: string): Predicate => ({ column: name, rule, broken: sql })
  const list: Predicate[] = []
  if (!nullable) list.push(broken('required', `${raw} is null`))
  if (type.kind === 'text') {
    const { minLength, maxLength } = type
    // A text has at most as many code points as bytes, and strlen is free: length() only looks where it can matter.
    list.push(broken('length', `strlen(${raw}) > ${maxLength} and length(${raw}) > ${maxLength}`))
    if (minLength > 0) list.push(broken('length', `strlen(${raw}) < ${minLength}`))
    if (mayHoldNul) list.push(broken('nul', `contains(${raw}, chr(0))`))
  }
  if (pattern !== undefined) list.push(broken('pattern', `not regexp_full_match(${raw}, ${quoteConstant(pattern)})`))
  if (type.kind === 'oneOf') list.push(broken('one_of', `${raw} not in (${type.values.map(quoteConstant).join(', ')})`))
  const cast = castSql(type, raw, zone)
  // The pattern of a decimal leaves no text that the cast could refuse.
  if (type.kind !== 'text' && type.kind !== 'oneOf' && type.kind !== 'decimal') {
    list.push(broken('cast', `${raw} is not null and ${cast} is null`))
  }
  if (type.kind === 'timestamp' && zone !== 'UTC') list.push(broken('dst_gap', dstGap(raw, zone)))
  return list
}

function castSql(type: ColumnType, raw: string, zone: string): string {
  if (type.kind === 'text' || type.kind === 'oneOf') return raw
  if (type.kind === 'decimal') return `try_cast(${raw} as decimal(${type.precision}, ${type.scale}))`
  if (type.kind === 'timestamp') return timestampSql(raw, zone)
  return `try_cast(${raw} as ${type.kind})`
}

/**
 * The moment in UTC. DuckDB's cast to TIMESTAMP reads an offset and ignores it: 12:00:00+02:00 becomes 12:00:00. So text
 * with an offset is cast to TIMESTAMP WITH TIME ZONE; it is the slower cast, and only such text takes it. Neither cast
 * takes an offset or Z behind a time without seconds, which are put in.
 */
function timestampSql(raw: string, zone: string): string {
  const whole = `regexp_replace(${raw}, '^(.{16})(Z|[+-])', '\\1:00\\2')`
  const moment = `try_cast(${raw} as timestamp)`
  const utc = `coalesce(${moment}, try_cast(${whole} as timestamp))`
  const withOffset = `when ${hasOffset(raw)} then timezone('UTC', try_cast(${whole} as timestamptz))`
  if (zone === 'UTC') return `case ${withOffset} else ${utc} end`
  const placed = `timezone('UTC', timezone(${quoteConstant(zone)}, ${moment}))`
  return `case ${withOffset} when suffix(${raw}, 'Z') then ${utc} else ${placed} end`
}

/** True for a text that matched the pattern and ends in +02:00: nothing else has a sign six characters from its end. */
function hasOffset(raw: string): string {
  return `substr(${raw}, -6, 1) in ('+', '-')`
}

/** A local time that the clocks skipped comes back as another one. */
function dstGap(raw: string, zone: string): string {
  const moment = `try_cast(${raw} as timestamp)`
  const there = quoteConstant(zone)
  const isLocal = `not ${hasOffset(raw)} and not suffix(${raw}, 'Z')`
  return `${isLocal} and timezone(${there}, timezone(${there}, ${moment})) <> ${moment}`
}
