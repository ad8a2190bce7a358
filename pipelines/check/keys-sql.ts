import { UsageError } from '../platform/errors.ts'
import type { OnConflict } from '../source/transformer.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { keptSql } from './check-sql.ts'
import { type JudgedSelect, verdictOf } from './judge-sql.ts'
import { lostVerdict, removalVerdict, verdictColumns } from './verdict-columns.ts'
import { castSql } from './predicates.ts'

// A column of a user's own table may have any other name: all that stands beside the columns of a row here begins with
// `caseload_`, which a declaration refuses.
const verdict = verdictColumns.verdict

/** DuckDB's table of the hashes of keys that several rows of a table have. */
export const twiceTable = (table: string): string => `caseload_twice_${table}`

/** DuckDB's table of the rows whose keys are in {@link twiceTable}. */
export const contestedTable = (table: string): string => `caseload_contested_${table}`

/**
 * DuckDB statement that finds the keys which several good rows have. Only their hashes: 8 bytes a key, and a collision
 * only means that a row is looked at closely.
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
 * DuckDB statement that sets the rows of these keys aside, numbered in their order. They are read once more rather than
 * in the same statement as all others, because each scan of a CSV takes 32 MB a thread: a table and the aggregates of it,
 * each scanning twice at the same time, ran out of 256 MB.
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
 * Resolves keys that several rows have: of identical rows one stays, the others are removed as `duplicate`; of different
 * ones the newest stays and the others are removed as `superseded`, or all go to quarantine (rule `conflict`), or all
 * stay and are numbered. Reads the tables that {@link findTwiceSql} and {@link setAsideSql} make. Only the rows in
 * question are sorted.
 *
 * @throws UsageError if a column is to number the rows that is no whole number, not of the key, or not yielded
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

/** Of the rows set aside, says which one stays. */
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
 * Numbers the rows set aside that agree in all of the key but `number`: 0, 1, ... by file, record and place in the
 * SELECT; of rows that agree in all else too, as cast, the first stays. Values that are dropped agree where they were
 * delivered alike: else one of them would go without a trace.
 */
function numberedSql(judged: JudgedSelect, number: string): string {
  const { contract, columns, options } = judged
  const yielded = columns.find(column => column.name === number)
  if (!contract.key.includes(number) || yielded?.type.kind !== 'integer') {
    throw new UsageError(
      `Rows of ${contract.table} are to be numbered in ${number}: expected a whole number of the key that the SELECT yields.`,
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

/** The relation of a table's accepted rows, which SELECTs of later tables may read: for aggregates of what is loaded. */
export const acceptedRelation = (table: string): string => `accepted_${table}`

/** DuckDB statement that makes {@link acceptedRelation}: the columns the table's SELECT yields, cast, and the lineage. */
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

/** DuckDB's table of a parent's keys in this batch. */
export const keysTable = (table: string): string => `caseload_keys_${table}`

/**
 * DuckDB statement that makes the table of a parent's keys: the key columns, cast; `caseload_good` if one of its rows is
 * loaded; `caseload_loaded`, how many are; `caseload_contested` if a row of this key was left out, and then
 * `caseload_winner_file` and `caseload_winner_record`, where the row that stays came from.
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

/** The key's columns as the SELECT yields them, cast, so that `1` and `01` are one position. */
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

/** All of the row's own columns as one text: two rows are identical if it is the same. */
function rowText(judged: JudgedSelect): string {
  return structText(judged.columns.map(column => column.name))
}

function structText(names: readonly string[]): string {
  return `to_json({${names.map(name => `${quoteConstant(name)}: ${quoteIdent(name)}`).join(', ')}})::varchar`
}

/** What may not differ between rows of one key, as one text; undefined if everything may. */
function differingColumns(judged: JudgedSelect, onConflict: OnConflict): string | undefined {
  if (onConflict === 'newest') return undefined
  if (onConflict === 'quarantine' || 'number' in onConflict) return 'caseload_whole_row'
  return structText(judged.columns.map(column => column.name).filter(name => onConflict.quarantine.includes(name)))
}
