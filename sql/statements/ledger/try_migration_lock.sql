-- $1 the lock's name. One row: whether the session now holds the lock of migrations, and if not, the application name of
-- the session that does. It speaks of no table or function of ours: before the first migration there is none.
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
        and ((k.classid::bigint << 32) | k.objid::bigint) = hashtextextended($1, 0)
      limit 1
    )
  end as holder
from (select pg_try_advisory_lock(hashtextextended($1, 0)) as got offset 0) as l
