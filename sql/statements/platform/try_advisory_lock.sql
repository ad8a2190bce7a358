-- One row: whether the session now holds the lock, and if not, the application name of the session that does.
-- pipelines/platform/advisory-lock.ts replaces the placeholder by the expression of the lock's key. This statement uses no
-- table or function of Caseload: before the first migration they do not exist.
select
  l.got,
  case
    when not l.got then (
      select
        a.application_name
      from pg_catalog.pg_locks as k
      join pg_catalog.pg_stat_activity as a on a.pid = k.pid
      where k.locktype = 'advisory'
        and k.granted
        and k.objsubid = 1
        and k.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
        and ((k.classid::bigint << 32) | k.objid::bigint) = l.key
      limit 1
    )
  end as holder
from (
  select
    n.key,
    pg_try_advisory_lock(n.key) as got
  from (select :key as key offset 0) as n
  offset 0
) as l
