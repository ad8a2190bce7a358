-- $1 application names of runs' sessions, as text[]. Ends those sessions that the caller may end, and waits for each: a
-- failed network or a stopped process may have left them, with their locks. One row per session.
select
  pg_terminate_backend(a.pid, 5000) as ended
from pg_catalog.pg_stat_activity as a
where a.application_name = any ($1::text[])
  and a.datname = current_database()
  and a.pid <> pg_backend_pid()
  and pg_has_role(a.usesysid, 'usage')
