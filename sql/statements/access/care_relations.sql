-- $1 a schema. One row per view of it that Caseload has made, or per mart: its columns in their order, and those of the view of schema care
-- of its name, null where there is none.
select
  c.relname::text as name,
  c.relkind::text as kind,
  (
    select
      array_to_json(array_agg(a.attname::text order by a.attnum))
    from pg_catalog.pg_attribute as a
    where a.attrelid = c.oid
      and a.attnum > 0
      and not a.attisdropped
  ) as columns,
  (
    select
      array_to_json(array_agg(a.attname::text order by a.attnum))
    from pg_catalog.pg_attribute as a
    where a.attrelid = to_regclass(format('care.%I', c.relname))
      and a.attnum > 0
  ) as shown
from pg_catalog.pg_class as c
where c.relnamespace = to_regnamespace($1)
  and c.relkind in ('r', 'v')
  and (
    $1 = 'mart'
    or exists (select from caseload.made as m where m.schema_name = $1 and m.object_name = c.relname)
  )
order by 1
