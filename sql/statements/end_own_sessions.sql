-- $1 application name of a run's sessions. Ends those of an attempt before, which a network that failed may have left
-- alive on the server, with the batch's lock; waits for them. One row per session that was there.
select
  pg_terminate_backend(a.pid, 5000) as ended
from pg_catalog.pg_stat_activity as a
where a.application_name = $1
  and a.datname = current_database()
  and a.pid <> pg_backend_pid()
  and pg_has_role(a.usesysid, 'usage')
