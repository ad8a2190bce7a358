-- $1 source, $2 a day of the month. One row: whether the session now holds the lock of that month, and if not, the
-- application name of the session that does.
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
        and ((k.classid::bigint << 32) | k.objid::bigint) = caseload.month_key($1, $2::date)
      limit 1
    )
  end as holder
from (select pg_try_advisory_lock(caseload.month_key($1, $2::date)) as got offset 0) as l
