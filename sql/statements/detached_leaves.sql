-- $1 canonical table. One row per staged leaf and kept version that is there.
select
  n.nspname as schema,
  c.relname as name
from caseload.tables as t
join pg_catalog.pg_class as c on c.relname = t.leaf
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where t.table_name = $1
  and n.nspname in ('caseload_stage', 'caseload_kept')
order by 1, 2
