-- One row per leaf that a dead operation staged to merge or split a month: no session holds the lock of its month.
select
  g.leaf
from caseload.range_leaves as g
where g.state = 'staged'
  and not exists (
    select
    from pg_catalog.pg_locks as l
    where l.locktype = 'advisory'
      and l.granted
      and l.objsubid = 1
      and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
      and ((l.classid::bigint << 32) | l.objid::bigint) = caseload.month_key(g.source, g.from_date)
  )
order by 1
