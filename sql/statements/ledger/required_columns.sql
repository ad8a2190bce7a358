-- $1 a table of store. One row per column that is not null; first the columns of the key, in its order.
select
  a.attname as name,
  k.position is not null as in_key
from pg_catalog.pg_attribute as a
left join pg_catalog.pg_index as i
  on i.indrelid = a.attrelid
  and i.indisprimary
left join lateral unnest(i.indkey::int[]) with ordinality as k (attnum, position)
  on k.attnum = a.attnum
where a.attrelid = format('store.%I', $1::text)::regclass
  and a.attnotnull
  and a.attnum > 0
  and not a.attisdropped
order by
  k.position nulls last,
  a.attnum
