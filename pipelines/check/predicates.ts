import { quoteConstant } from '../platform/sql.ts'
import { type ColumnCheck, endOfDay, type Range } from '../contract/column-checks.ts'
import type { ColumnType } from '../contract/column.ts'
import type { Contract, ContractColumn } from '../contract/contract.ts'
import { holdsInvisibleSql } from '../contract/identifier.ts'
import { castableSql, writtenOutSql } from '../contract/number-text.ts'
import { rowRules } from '../contract/row-rules.ts'

/** One rule of a contract. */
export interface Rule {
  /** Null for a rule across columns. */
  readonly column: string | null
  /**
   * `required`, `nul`, `invisible`, `length`, `pattern`, `one_of`, `cast`, `range`, `dst_gap`, or the name of a rule
   * across columns.
   */
  readonly rule: string
}

/** A rule with the SQL that finds the rows that break it. */
export interface Predicate extends Rule {
  /** SQL that is true for a row that breaks the rule; null counts as false. */
  readonly broken: string
}

/** What the predicates depend on. */
export interface CheckOptions {
  /** IANA zone of times without an offset. */
  readonly zone: string
  /**
   * False if no file contains NUL, as a byte or escaped: the check of every text takes a seventh of the time of all
   * checks.
   */
  readonly mayHoldNul: boolean
  /**
   * SQL that is false only for a row whose identifiers are all visible ASCII; if it is left out, every row is checked.
   */
  readonly isOdd?: string
}

/**
 * The rules of one column in the order of their evaluation: each relies on those before it.
 *
 * @param raw SQL of the delivered text; of an identifier, after `cleanIdentifierSql`
 */
export function columnPredicates(column: ContractColumn, raw: string, options: CheckOptions): readonly Predicate[] {
  const { name, type, nullable, checks } = column
  const predicate = (rule: string, broken: string): Predicate => ({ column: name, rule, broken: `(${broken})` })
  const required = nullable ? [] : [predicate('required', `${raw} is null`)]
  const asked = checks.filter(check => check.rule !== 'nul' || options.mayHoldNul)
  const list = [...required, ...asked.map(check => predicate(check.rule, brokenSql(check, type, raw, options)))]
  const placesTimes = type.kind === 'timestamp' && options.zone !== 'UTC'
  return placesTimes ? [...list, predicate('dst_gap', dstGap(raw, options.zone))] : list
}

/** The cheap half of a check comes first and leaves few rows to the costly half. */
function brokenSql(check: ColumnCheck, type: ColumnType, raw: string, { isOdd }: CheckOptions): string {
  switch (check.rule) {
    case 'length': {
      // A text has at most as many code points as bytes. strlen (bytes) is free, so length() runs only for long texts.
      const tooLong = `strlen(${raw}) > ${check.max} and length(${raw}) > ${check.max}`
      return check.min === 0 ? tooLong : `${raw} = '' or ${tooLong}`
    }
    case 'invisible':
      return `${isOdd === undefined ? '' : `${isOdd} and `}${holdsInvisibleSql(raw)}`
    case 'nul':
      return `contains(${raw}, chr(0))`
    case 'pattern': {
      const wrong = mismatch(raw, check.pattern)
      // DuckDB evaluates both halves of `and` for every row; `case` evaluates the second half only if needed.
      if (check.of === 'number')
        return `case when ${wrong} then ${mismatch(writtenOutSql(raw), check.pattern)} else false end`
      return check.narrower === undefined ? wrong : `${mismatch(raw, check.narrower)} and ${wrong}`
    }
    case 'one_of':
      return `${raw} not in (${check.values.map(quoteConstant).join(', ')})`
    case 'cast':
      if (check.of === 'day') return mismatch(raw, check.pattern)
      // 3e9 is the shortest text of a number that does not fit.
      return `strlen(${raw}) > 2 and ${castSql(type, raw, 'UTC')} is null`
    case 'range':
      if (check.of === 'number') return outsideNumbers(raw, castSql(type, raw, 'UTC'), check.range)
      return outsideDays(raw, check.range)
  }
}

const mismatch = (raw: string, pattern: string): string => `not regexp_full_match(${raw}, ${quoteConstant(pattern)})`

function outsideNumbers(raw: string, value: string, { min, max }: Range<number>): string {
  // A text below '0' has a sign; only then the cast is needed.
  const below = min === undefined ? [] : [`${min === 0 ? `${raw} < '0' and ` : ''}${value} < ${min}`]
  return [...below, ...(max === undefined ? [] : [`${value} > ${max}`])].join(' or ')
}

function outsideDays(raw: string, { min, max }: Range<string>): string {
  const below = min === undefined ? [] : [`${raw} < ${quoteConstant(min)}`]
  return [...below, ...(max === undefined ? [] : [`${raw} > ${quoteConstant(endOfDay(max))}`])].join(' or ')
}

/**
 * The rules across columns that apply to a SELECT.
 *
 * @param available names of the columns that the SELECT yields; rules over other columns are left out
 * @param cast returns the SQL of a column's cast value for the rule of this name
 * @param batchDate `yyyy-mm-dd`; "in the future" means after this date
 */
export function rowPredicates(
  contract: Contract,
  available: ReadonlySet<string>,
  cast: (column: string, rule: string) => string,
  batchDate: string,
): readonly Predicate[] {
  return rowRules(contract.table)
    .filter(rule => rule.columns.every(column => available.has(column)))
    .map(rule => ({
      column: null,
      rule: rule.name,
      broken: rule.broken(column => cast(column, rule.name), batchDate),
    }))
}

/**
 * SQL that casts a delivered text; null if the text is not a value of the type.
 *
 * @param raw SQL of the delivered text, which matches the column's pattern
 * @param zone IANA zone of times without an offset
 */
export function castSql(type: ColumnType, raw: string, zone: string): string {
  if (type.kind === 'text' || type.kind === 'oneOf') return raw
  if (type.kind === 'decimal') return `try_cast(${castableSql(raw)} as decimal(${type.precision}, ${type.scale}))`
  if (type.kind === 'integer' || type.kind === 'bigint') return `try_cast(${castableSql(raw)} as ${type.kind})`
  if (type.kind === 'timestamp') return timestampSql(raw, zone)
  return `try_cast(${raw} as ${type.kind})`
}

/**
 * The time in UTC. DuckDB's cast to TIMESTAMP ignores an offset: 12:00:00+02:00 becomes 12:00:00. So text with an
 * offset, and only such text, is cast to TIMESTAMP WITH TIME ZONE, which is slower. Neither cast accepts an offset or Z
 * after a time without seconds, so `:00` is inserted.
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

/**
 * True for a text that ends in an offset such as +02:00: no other text of the pattern has a sign six characters from
 * its end.
 */
export function hasOffset(raw: string): string {
  return `substr(${raw}, -6, 1) in ('+', '-')`
}

/** A local time that the clocks skipped changes when it is converted to UTC and back. */
function dstGap(raw: string, zone: string): string {
  const moment = `try_cast(${raw} as timestamp)`
  const there = quoteConstant(zone)
  const isLocal = `not ${hasOffset(raw)} and not suffix(${raw}, 'Z')`
  return `${isLocal} and timezone(${there}, timezone(${there}, ${moment})) <> ${moment}`
}
