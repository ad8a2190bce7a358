-- $1 source. One row per table of that source whose planner statistics are missing, or differ by a fifth from the
-- published number of rows. Autovacuum analyzes leaves, never a partitioned table.
select
  p.table_name
from (
  select
    table_name,
    sum(rows) as rows
  from caseload.published
  group by table_name
) as p
join pg_catalog.pg_class as c on c.oid = format('store.%I', p.table_name)::regclass
where exists (
    select
    from caseload.deliveries as d
    where d.source = $1
      and d.table_name = p.table_name
  )
  and (c.reltuples < 0 or abs(p.rows - c.reltuples) > 0.2 * p.rows)
order by 1
