-- $1 a canonical table. One row per column that a source fills, in order, and whether it is part of the primary key.
select
  a.attname as name,
  a.attnum = any (i.indkey::int2[]) as is_key
from pg_catalog.pg_attribute as a
join pg_catalog.pg_index as i on i.indrelid = a.attrelid and i.indisprimary
where a.attrelid = format('store.%I', $1::text)::regclass
  and a.attnum > 0
  and not a.attisdropped
  and a.attname not in ('source', 'batch_date')
order by a.attnum
