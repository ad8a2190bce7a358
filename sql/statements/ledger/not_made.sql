-- $1 a schema, $2 names that Caseload is about to use there. One row per name of an existing relation or type that
-- Caseload has not made. Partitions of Caseload's tables are left out: the caller handles them.
select
  t.name,
  coalesce(
    (
      select
        case c.relkind
          when 'r' then 'table'
          when 'p' then 'table'
          when 'v' then 'view'
          when 'm' then 'materialized view'
          when 'f' then 'foreign table'
          when 'S' then 'sequence'
          when 'c' then 'type'
          else 'index'
        end
      from pg_catalog.pg_class as c
      where c.relnamespace = n.oid
        and c.relname = t.name
    ),
    'type'
  ) as kind
from unnest($2::text[]) as t (name)
join pg_catalog.pg_namespace as n on n.nspname = $1
where (
    exists (select from pg_catalog.pg_class as c where c.relnamespace = n.oid and c.relname = t.name)
    or exists (select from pg_catalog.pg_type as y where y.typnamespace = n.oid and y.typname = t.name)
  )
  and not exists (select from caseload.made as m where m.schema_name = n.nspname and m.object_name = t.name)
  and not exists (
    select
    from pg_catalog.pg_class as c
    join pg_catalog.pg_inherits as i on i.inhrelid = c.oid
    join pg_catalog.pg_class as p on p.oid = i.inhparent and p.relnamespace = c.relnamespace
    join caseload.made as m on m.schema_name = n.nspname and m.object_name = p.relname
    where c.relnamespace = n.oid
      and c.relname = t.name
  )
order by 1
