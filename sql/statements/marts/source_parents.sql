-- $1 sources, null for all that ever ran. Their parents in schema store, in the order in which a publish locks them.
select distinct
  p.relname as name
from pg_catalog.pg_class as t
cross join unnest(
  coalesce(
    $1::text[],
    array(
      select
        s.source
      from caseload.sources as s
    )
  )
) as s (source)
join pg_catalog.pg_class as p
  on p.relname = caseload.source_parent(t.relname, s.source)
  and p.relnamespace = t.relnamespace
where t.relnamespace = 'store'::regnamespace
  and t.relkind = 'p'
  and not t.relispartition
  and p.relkind = 'p'
order by p.relname
