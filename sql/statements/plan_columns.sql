-- $1 a canonical table. One row per column that a source fills, in its order; key_position counts the columns of the
-- primary key from 1 and is null for the others.
select
  a.attname as name,
  array_position(i.indkey::int2[], a.attnum) as key_position
from pg_catalog.pg_attribute as a
join pg_catalog.pg_index as i on i.indrelid = a.attrelid and i.indisprimary
where a.attrelid = format('store.%I', $1::text)::regclass
  and a.attnum > 0
  and not a.attisdropped
  and a.attname not in ('source', 'batch_date')
order by a.attnum
