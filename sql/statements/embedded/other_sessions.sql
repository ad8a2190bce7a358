-- One row: the number of sessions of clients, without this one.
select
  count(*)::integer as sessions
from pg_catalog.pg_stat_activity as a
where a.backend_type = 'client backend'
  and a.pid <> pg_backend_pid()
