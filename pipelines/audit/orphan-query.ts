import type { Reference } from '../contract/contract.ts'
import { quoteIdent } from '../platform/sql.ts'
import { batchRows, type Relation } from './check-query.ts'

/**
 * The query that counts the rows of a batch whose parent is not in it (`absent`), and those of them whose parent no other batch
 * has either (`unknown`). $1 is the source, $2 the batch date.
 *
 * Rows are grouped by their key first, and only keys without a parent in their own batch are looked up in other batches: for a
 * batch that contains all parents no other partition is read.
 *
 * @param own the parent's rows of the same batch, undefined if it has none
 */
export function orphanCountQuery({ table, columns }: Reference, child: Relation, own: Relation | undefined): string {
  const names = columns.map(quoteIdent)
  const list = names.join(', ')
  const same = (parent: string): string => names.map(name => `${parent}.${name} = k.${name}`).join(' and ')
  const apart =
    own === undefined
      ? 'select * from keys'
      : `select k.* from keys as k
  where not exists (select from (select ${list} from ${batchRows(own)}) as p where ${same('p')})`
  return `with keys as materialized (
  select ${list}, count(*) as rows
  from (select ${list} from ${batchRows(child)}) as c
  where ${names.map(name => `c.${name} is not null`).join(' and ')}
  group by ${list}
),
apart as materialized (
  ${apart}
),
unknown as (
  select k.rows from apart as k
  where not exists (
    select from store.${quoteIdent(table)} as p
    where p.source = $1 and p.batch_date <> $2 and ${same('p')}
  )
)
select
  coalesce((select sum(rows) from apart), 0)::bigint as absent,
  coalesce((select sum(rows) from unknown), 0)::bigint as unknown`
}
