-- $1 backends of the command's own sessions, as int[]. One row: how many sessions of others there are in any database, such as
-- that of a psql. Commands that are here are asked for by their lock.
select
  count(*) as others
from pg_catalog.pg_stat_activity as a
where a.backend_type = 'client backend'
  and a.application_name <> 'caseload embedded'
  and a.pid <> all ($1::int[])
