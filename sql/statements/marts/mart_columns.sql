-- $1 a schema, $2 a relation. One row, none where the relation is absent: its kind (`r` a table, `v` a view), and its columns with
-- their types as one text.
select
  c.relkind as kind,
  (
    select
      string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
    from pg_catalog.pg_attribute as a
    where a.attrelid = c.oid
      and a.attnum > 0
      and not a.attisdropped
  ) as columns
from pg_catalog.pg_class as c
where c.oid = to_regclass(format('%I.%I', $1::text, $2::text))
