-- $1 canonical table. One row per existing staged leaf and kept version.
select
  n.nspname as schema,
  c.relname as name
from (
  select
    t.leaf
  from caseload.tables as t
  where t.table_name = $1
  union
  select
    g.leaf
  from caseload.range_leaves as g
  where g.table_name = $1
) as known
join pg_catalog.pg_class as c on c.relname = known.leaf
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('caseload_stage', 'caseload_kept')
order by 1, 2
