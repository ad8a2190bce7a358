-- One row per table of schema store and column that a refresh can restrict it by.
select
  c.relname as name,
  json_agg(a.attname) as columns
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a
  on a.attrelid = c.oid
  and a.attnum > 0
  and not a.attisdropped
where c.relnamespace = 'store'::regnamespace
  and c.relkind = 'p'
  and not c.relispartition
group by c.relname
