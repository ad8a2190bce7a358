-- One row: how many sessions this login may have on the server, and how many sessions of all logins are open, including
-- this one. From pg_stat_database, because pg_stat_activity hides what sessions of other roles are. It counts a parallel
-- or autovacuum worker, too: one session too many is the safe side.
select
  current_setting('max_connections')::integer
    - current_setting('superuser_reserved_connections')::integer
    - coalesce(current_setting('reserved_connections', true), '0')::integer as most,
  (select coalesce(sum(d.numbackends), 0)::integer from pg_catalog.pg_stat_database as d) as used
