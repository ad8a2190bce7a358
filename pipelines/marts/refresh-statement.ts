import { quoteIdent } from '../platform/sql.ts'
import { composed, type NamedQuery } from './compose.ts'
import type { Mart, MartModel } from './definitions.ts'
import { withOneVersion } from './one-version.ts'
import { isIn, isOneOf, outputFilter, parameters, rowsOf } from './slice-rows.ts'
import type { Slice, Statement } from './slice.ts'

/**
 * The statement that makes a slice of a mart equal to the same slice of its live view, and writes only the rows that differ. It
 * returns one row: how many rows it removed and added, and in which months of the dates by which other marts count them.
 *
 * The rows are computed by the view's own definition, in which a view that has a mart is read from the mart, and each table
 * holds only the rows that the slice can depend on. Most views are `not materialized`, so that the planner sees one query; see
 * {@link isMaterialized}.
 */
export function refreshStatement(model: MartModel, mart: Mart, slice: Slice): Statement {
  const { values, bind } = parameters()
  const parts = composed(model, mart, {
    rows: table => rowsOf(model, table, slice, bind),
    definition: (view, stored) =>
      slice.by === 'hour' && slice.part.isOneVersion ? withOneVersion(view, stored) : stored,
  })
  const columns = mart.columns.map(name => quoteIdent(name))
  const where = outputFilter(slice, bind, isOneOf)
  // A batch that is read from its first row to its last has rows of others, too; the array would be searched for each of them.
  const whereFresh = slice.by === 'hour' || slice.by === 'visit' ? outputFilter(slice, bind, isIn) : where
  const view = quoteIdent(`clinical.${mart.name}`)
  // Below the `offset` the planner would take the bounds of a computed hour for conditions that one row in 200 meets, and sort the
  // readings of a day (1.2 million, 72 MB on disk) for what a hash table of 7 MB aggregates.
  const computed = slice.by === 'hour' ? `(select * from ${view} offset 0) as v` : view
  const table = `mart.${quoteIdent(mart.name)}`
  const returned = mart.monthColumns.length === 0 ? '1' : ['source', ...mart.monthColumns].join(', ')
  const months = `array_to_json(array(${mart.monthColumns.map(changedMonths).join(' union all ') || 'select null where false'}))`
  return {
    text: `with ${parts.map(({ name, query }) => `${quoteIdent(name)} as ${isMaterialized(name, slice) || isShared(name, parts, slice) ? '' : 'not '}materialized (${query})`).join(',\n')},
fresh as materialized (
  select f.*, f::text as "caseload row", row_number() over (partition by f::text) as "caseload copy"
  from (select * from ${computed} where ${whereFresh}) as f
),
held as materialized (
  select m.ctid as place, m::text as "caseload row", row_number() over (partition by m::text) as "caseload copy"
  from ${table} as m
  where ${where}
),
removed as (
  delete from ${table}
  where ctid = any (
    array(
      select h.place from held as h
      where not exists (
        select from fresh as f where f."caseload row" = h."caseload row" and f."caseload copy" = h."caseload copy"
      )
    )
  )
  returning ${returned}
),
added as (
  insert into ${table} (${columns.join(', ')})
  select ${columns.join(', ')} from fresh as f
  where not exists (
    select from held as h where h."caseload row" = f."caseload row" and h."caseload copy" = f."caseload copy"
  )
  returning ${returned}
)
select
  (select count(*) from removed)::integer as removed,
  (select count(*) from added)::integer as added,
  ${months} as months`,
    values,
  }
}

/** The months of a date in which rows were removed or added. */
const changedMonths = (column: string): string =>
  `select json_build_object('column', '${column}', 'source', c.source, 'month', c.month)
   from (
     select source, date_trunc('month', ${column}::timestamp)::date as month from removed where ${column} is not null
     union
     select source, date_trunc('month', ${column}::timestamp)::date from added where ${column} is not null
   ) as c`

/**
 * A view that others read more than once, such as `stay_legs`, which five steps of the models of readmission_risk read, is computed once for
 * a mart by person.
 */
function isShared(name: string, parts: readonly NamedQuery[], slice: Slice): boolean {
  if (slice.by !== 'person' || !name.startsWith('clinical.')) return false
  return parts.reduce((uses, { query }) => uses + query.split(quoteIdent(name)).length - 1, 0) > 1
}

/** Views that read the ledger alone, with a row per source or table. */
const ofLedger: readonly string[] = ['clinical.delivered_tables', 'clinical.source_freshness']

/**
 * A table of the store with the rows of some patients is read once, although a view names it several times: a scan of 365
 * leaves takes long to plan. For 420 patients at 365 days `dated_treatments` took 0.45 s instead of 1.0 s, and its plan had 4,500
 * lines instead of 15,000. Not so the readings, of which a view takes an hour or a day, nor a table as a whole. The planner
 * then expects one row, and would compute what it joins to it again for each.
 */
function isMaterialized(name: string, slice: Slice): boolean {
  if (ofLedger.includes(name)) return true
  const isOfSomePatients = slice.by === 'visit' || (slice.by === 'patient' && slice.read !== 'all')
  return isOfSomePatients && name.startsWith('store.') && !name.startsWith('store.measurements')
}
