import { UsageError } from '../platform/errors.ts'
import type { OnConflict } from '../source/transformer.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { keptSql } from './check-sql.ts'
import { type JudgedSelect, verdictOf } from './judge-sql.ts'
import { lostVerdict, removalVerdict, verdictColumns } from './verdict-columns.ts'
import { castSql } from './predicates.ts'

// Columns that are added to a row begin with `caseload_`; a table declaration cannot use such names.
const verdict = verdictColumns.verdict

/** Name of the DuckDB table with the hashes of a table's duplicate keys. */
export const twiceTable = (table: string): string => `caseload_twice_${table}`

/** Name of the DuckDB table with the rows whose keys are in {@link twiceTable}. */
const contestedTable = (table: string): string => `caseload_contested_${table}`

/**
 * DuckDB statement that finds the duplicate keys of good rows. It stores hashes, 8 bytes per key; a collision only
 * means that more rows are compared.
 */
export function findTwiceSql(judged: JudgedSelect, onConflict: OnConflict): string {
  return `create or replace table ${quoteIdent(twiceTable(judged.contract.table))} as
select ${keyHash(judged, onConflict)} as caseload_key_hash
from (
${judged.sql}
) as judged
where ${verdict} in (0, ${lostVerdict})
group by caseload_key_hash
having count(*) > 1`
}

/**
 * DuckDB statement that copies the rows with these keys to a table and numbers them in their order. This is a separate
 * statement because each scan of a CSV takes 32 MB per thread: a table and its aggregates, which each scanned twice at
 * the same time, ran out of 256 MB.
 */
export function setAsideSql(judged: JudgedSelect, onConflict: OnConflict): string {
  return `create or replace table ${quoteIdent(contestedTable(judged.contract.table))} as
select judged.*, row_number() over () as caseload_row_no
from (
${judged.sql}
) as judged
where ${isContested(judged, onConflict)}`
}

/**
 * Resolves duplicate keys. Of identical rows one is loaded, the others are removed as `duplicate`. Of different rows
 * the newest is loaded and the others are removed as `superseded`, or all go to quarantine (rule `conflict`), or all
 * are loaded and numbered. Reads the tables of {@link findTwiceSql} and {@link setAsideSql}, and sorts only their rows.
 *
 * @throws UsageError if the column for numbers is not an integer, not in the key, or not yielded
 */
export function resolvedSelect(judged: JudgedSelect, onConflict: OnConflict): JudgedSelect {
  const number = numberOf(onConflict)
  return {
    ...judged,
    sql: `select
  * replace (
    (case when ${verdict} = ${lostVerdict} then ${removalVerdict('superseded')} else ${verdict} end)::usmallint as ${verdict}
  )
from (
${judged.sql}
) as judged
where not (${isContested(judged, onConflict)})
union all by name
${number === undefined ? decidedSql(judged, onConflict) : numberedSql(judged, number)}`,
  }
}

/** Decides which of the rows with one key is loaded. */
function decidedSql(judged: JudgedSelect, onConflict: OnConflict): string {
  const conflict = verdictOf(judged.rules, 'conflict')
  const duplicate = removalVerdict('duplicate')
  const superseded = removalVerdict('superseded')
  const differing = differingColumns(judged, onConflict)
  const key = keyColumns(judged).join(', ')
  return `select
  * exclude (
    caseload_row_no,
    caseload_whole_row,
    caseload_winner,
    caseload_place,
    caseload_held,
    caseload_variants
  ) replace (
    (case
      when caseload_held = 0 then ${superseded}
      when caseload_variants > 1 and ${verdict} = 0 then ${conflict}
      when caseload_place = 1 then 0
      when caseload_whole_row = caseload_winner then ${duplicate}
      else ${superseded}
    end)::usmallint as ${verdict}
  )
from (
  select
    *,
    row_number() over newest as caseload_place,
    first_value(caseload_whole_row) over newest as caseload_winner,
    count(*) filter (where ${verdict} = 0) over same_key as caseload_held,
    ${differing === undefined ? '1' : `count(distinct ${differing}) filter (where ${verdict} = 0) over same_key`} as caseload_variants
  from (
    select *, ${rowText(judged)} as caseload_whole_row
    from ${quoteIdent(contestedTable(judged.contract.table))}
  )
  window
    same_key as (partition by ${key}),
    newest as (
      partition by ${key}
      order by
        (${verdict} = 0) desc,
        ${judged.yieldsVersion ? 'version desc nulls last,' : ''}
        file_no desc,
        record_no desc,
        caseload_row_no desc
    )
)`
}

/**
 * Numbers the rows whose keys are equal except for `number`: 0, 1, ... by file, record and position in the SELECT. Of
 * rows whose other cast values are equal, too, only the first is loaded. Dropped values are compared as delivered;
 * otherwise one of them would be lost without a record of it.
 */
function numberedSql(judged: JudgedSelect, number: string): string {
  const { contract, columns, options } = judged
  const yielded = columns.find(column => column.name === number)
  if (!contract.key.includes(number) || yielded?.type.kind !== 'integer') {
    throw new UsageError(
      `onConflict numbers rows of ${contract.table} in ${number}: expected an integer column of the key that the SELECT yields.`,
    )
  }
  const key = keyColumns(judged, number).join(', ')
  const others = columns.filter(column => column.name !== number)
  const reading = [
    ...others.map(({ name, type }) => castSql(type, quoteIdent(name), options.zone)),
    ...others.flatMap(({ name }) => {
      const dropped = judged.marking.droppedWhen(name)
      return dropped === undefined ? [] : [`case when ${dropped('')} then ${quoteIdent(name)} end`]
    }),
  ].join(', ')
  return `select
  * exclude (caseload_row_no, caseload_place, caseload_first_place) replace (
    (case
      when ${verdict} = ${lostVerdict} then ${removalVerdict('superseded')}
      when caseload_place = caseload_first_place then 0
      else ${removalVerdict('duplicate')}
    end)::usmallint as ${verdict},
    (dense_rank() over (partition by ${verdict}, ${key} order by caseload_first_place) - 1)::varchar as ${quoteIdent(number)}
  )
from (
  select *, min(caseload_place) over (partition by ${verdict}, ${reading}) as caseload_first_place
  from (
    select *, {file: file_no, record: record_no, row: caseload_row_no} as caseload_place
    from ${quoteIdent(contestedTable(contract.table))}
  )
)`
}

/**
 * The relation of a table's accepted rows, which the SELECTs of later tables can read, for example to aggregate them.
 */
export const acceptedRelation = (table: string): string => `accepted_${table}`

/** DuckDB statement that creates {@link acceptedRelation}: the yielded columns, cast, and file_no and record_no. */
export function acceptedSql(judged: JudgedSelect): string {
  const columns = judged.columns.map(column => {
    const name = quoteIdent(column.name)
    return `${keptSql(judged, column, `judged.${name}`, 'judged.')} as ${name}`
  })
  return `create or replace view ${quoteIdent(acceptedRelation(judged.contract.table))} as
select
  ${[...columns, 'judged.file_no', 'judged.record_no'].join(',\n  ')}
from (
${judged.sql}
) as judged
where ${verdict} = 0`
}

/** Name of the DuckDB table with a parent's keys in this batch. */
export const keysTable = (table: string): string => `caseload_keys_${table}`

/**
 * DuckDB statement that creates the table of a parent's keys: the key columns, cast; `caseload_good`: true if a row of
 * the key is loaded; `caseload_loaded`: number of loaded rows; `caseload_contested`: true if a row of the key was
 * removed; `caseload_winner_file` and `caseload_winner_record`: origin of the loaded row.
 */
export function parentKeysSql(judged: JudgedSelect, columns: readonly string[]): string {
  const keys = columns.map(name => {
    const column = judged.columns.find(one => one.name === name)
    if (column === undefined) throw new Error(`${judged.contract.table} yields no ${name}`)
    return `${castSql(column.type, `judged.${quoteIdent(name)}`, judged.options.zone)} as ${quoteIdent(name)}`
  })
  const left = [removalVerdict('duplicate'), removalVerdict('superseded')].join(', ')
  return `create or replace table ${quoteIdent(keysTable(judged.contract.table))} as
select
  ${keys.join(',\n  ')},
  bool_or(${verdict} = 0) as caseload_good,
  count(*) filter (where ${verdict} = 0) as caseload_loaded,
  bool_or(${verdict} in (${left})) as caseload_contested,
  max(file_no) filter (where ${verdict} = 0) as caseload_winner_file,
  max(record_no) filter (where ${verdict} = 0) as caseload_winner_record
from (
${judged.sql}
) as judged
group by all`
}

/** The yielded columns of the key, cast, so that `1` and `01` are equal. */
function keyColumns(judged: JudgedSelect, without?: string): readonly string[] {
  return judged.contract.key.flatMap(name => {
    const column = judged.columns.find(one => one.name === name)
    return column === undefined || name === without ? [] : [castSql(column.type, quoteIdent(name), judged.options.zone)]
  })
}

const keyHash = (judged: JudgedSelect, onConflict: OnConflict): string =>
  `hash(${keyColumns(judged, numberOf(onConflict)).join(', ')})`

function isContested(judged: JudgedSelect, onConflict: OnConflict): string {
  const twice = quoteIdent(twiceTable(judged.contract.table))
  return `${verdict} in (0, ${lostVerdict}) and ${keyHash(judged, onConflict)} in (select caseload_key_hash from ${twice})`
}

const numberOf = (onConflict: OnConflict): string | undefined =>
  typeof onConflict === 'object' && 'number' in onConflict ? onConflict.number : undefined

/** All columns of a row as one text, to compare rows. */
function rowText(judged: JudgedSelect): string {
  return structText(judged.columns.map(column => column.name))
}

function structText(names: readonly string[]): string {
  return `to_json({${names.map(name => `${quoteConstant(name)}: ${quoteIdent(name)}`).join(', ')}})::varchar`
}

/** The columns whose difference is a conflict, as one text; undefined if there is no such column. */
function differingColumns(judged: JudgedSelect, onConflict: OnConflict): string | undefined {
  if (onConflict === 'newest') return undefined
  if (onConflict === 'quarantine' || 'number' in onConflict) return 'caseload_whole_row'
  return structText(judged.columns.map(column => column.name).filter(name => onConflict.quarantine.includes(name)))
}
