-- $1 sources, null for all. Their parents in schema store, in the order in which a publish locks them.
select
  c.relname as name
from pg_catalog.pg_class as c
where c.relnamespace = 'store'::regnamespace
  and c.relkind = 'p'
  and c.relispartition
  and (
    $1::text[] is null
    or c.relname in (
      select
        caseload.source_parent(t.relname, s.source)
      from pg_catalog.pg_class as t
      cross join unnest($1::text[]) as s (source)
      where t.relnamespace = 'store'::regnamespace
        and t.relkind = 'p'
        and not t.relispartition
    )
  )
order by c.relname
