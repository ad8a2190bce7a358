-- $1 a schema, $2 a relation. One row: its columns with their types, as one text; null where the relation is absent.
select
  string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum) as columns
from pg_catalog.pg_attribute as a
where a.attrelid = to_regclass(format('%I.%I', $1::text, $2::text))
  and a.attnum > 0
  and not a.attisdropped
