-- One row per table that leaves belong to.
select
  c.relname as name
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = 'store'
  and c.relkind = 'p'
  and not c.relispartition
order by 1
