-- One row per column of a view of schema clinical, as this database has it.
select
  c.relname as view_name,
  a.attname as column_name,
  pg_catalog.format_type(a.atttypid, a.atttypmod) as type
from pg_catalog.pg_class as c
join pg_catalog.pg_attribute as a on a.attrelid = c.oid
where c.relnamespace = to_regnamespace('clinical')
  and c.relkind = 'v'
  and a.attnum > 0
  and not a.attisdropped
order by
  c.relname,
  a.attnum
