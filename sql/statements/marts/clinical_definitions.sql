-- One row per view of schema clinical: its definition, as PostgreSQL writes it with every name qualified (the session's
-- search_path is pg_catalog), and its columns in their order.
select
  c.relname as name,
  pg_get_viewdef(c.oid) as definition,
  array_to_json(array(
    select
      a.attname::text
    from pg_catalog.pg_attribute as a
    where a.attrelid = c.oid
      and a.attnum > 0
      and not a.attisdropped
    order by a.attnum
  )) as columns
from pg_catalog.pg_class as c
where c.relnamespace = 'clinical'::regnamespace
  and c.relkind = 'v'
