-- $1 a mart. Its indexes, one row each.
select
  c.relname as name
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
where i.indrelid = to_regclass(format('mart.%I', $1::text))
