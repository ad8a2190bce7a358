-- $1 application names of runs' sessions, as text[]. Ends those that still stand and are the caller's to end: a network that
-- failed, or a process that was stopped, may have left them, with their locks. Waits for each. One row per session.
select
  pg_terminate_backend(a.pid, 5000) as ended
from pg_catalog.pg_stat_activity as a
where a.application_name = any ($1::text[])
  and a.datname = current_database()
  and a.pid <> pg_backend_pid()
  and pg_has_role(a.usesysid, 'usage')
