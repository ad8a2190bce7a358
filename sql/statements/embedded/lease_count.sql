-- $1 backends of the command's own sessions, as int[]. One row: the number of other sessions in any database, such as that of
-- a psql. Sessions that hold a lease do not count here: lease_release.sql checks them by their lock.
select
  count(*) as sessions
from pg_catalog.pg_stat_activity as a
where a.backend_type = 'client backend'
  and a.application_name <> 'caseload embedded'
  and a.pid <> all ($1::int[])
