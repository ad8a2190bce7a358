-- $1 canonical table. One row per column, with its type as format_type spells it.
select
  a.attname as name,
  format_type(a.atttypid, a.atttypmod) as type
from pg_catalog.pg_attribute as a
where a.attrelid = format('store.%I', $1::text)::regclass
  and a.attnum > 0
  and not a.attisdropped
order by a.attnum
