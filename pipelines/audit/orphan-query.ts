import type { Reference } from '../contract/contract.ts'
import { quoteIdent } from '../platform/sql.ts'
import { batchRows, type Relation } from './check-query.ts'

/**
 * The query that counts the rows of a batch whose parent is not in it (`absent`), and those of them whose parent no other batch
 * has either (`unknown`). $1 is the source, $2 the batch date.
 *
 * Rows are grouped by their key first, and only keys without a parent in their own batch are looked up in other batches: for a
 * batch that contains all parents no other partition is read. Each step reads one table, and the steps are compared with each other: Citus
 * refuses `not exists` between the rows of a step and those of a table.
 *
 * @param own the parent's rows of the same batch, undefined if it has none
 */
export function orphanCountQuery({ table, columns }: Reference, child: Relation, own: Relation | undefined): string {
  const names = columns.map(quoteIdent)
  const list = names.join(', ')
  const same = names.map(name => `p.${name} = k.${name}`).join(' and ')
  const parents =
    own === undefined
      ? ''
      : `own as materialized (
  select distinct ${list}
  from (select ${list} from ${batchRows(own)}) as p
),
`
  const apart =
    own === undefined
      ? 'select * from keys'
      : `select k.* from keys as k
  where not exists (select from own as p where ${same})`
  return `with keys as materialized (
  select ${list}, count(*) as rows
  from (select ${list} from ${batchRows(child)}) as c
  where ${names.map(name => `c.${name} is not null`).join(' and ')}
  group by ${list}
),
${parents}apart as materialized (
  ${apart}
),
elsewhere as materialized (
  select distinct ${list}
  from store.${quoteIdent(table)}
  where source = $1 and batch_date <> $2 and (${list}) in (select ${list} from apart)
)
select
  coalesce((select sum(rows) from apart), 0)::bigint as absent,
  coalesce(
    (select sum(k.rows) from apart as k where not exists (select from elsewhere as p where ${same})),
    0
  )::bigint as unknown`
}
