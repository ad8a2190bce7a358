-- $1 schema, $2 relation, or null for any relation of the schema. Grain: one row per other session that holds a lock there, the
-- longest transaction first, three at most. Describes the session without its statement, which may contain data. The server
-- may hide the state and the start of another role's transaction.
select
  'session ' || a.pid
    || ' (' || concat_ws(', ', nullif(a.application_name, ''), 'role ' || a.usename, a.state)
    || coalesce(', for ' || floor(extract(epoch from now() - min(a.xact_start))) || ' s', '')
    || ')' as who
from pg_catalog.pg_locks as k
join pg_catalog.pg_class as c on c.oid = k.relation
join pg_catalog.pg_stat_activity as a on a.pid = k.pid
where k.locktype = 'relation'
  and k.granted
  and k.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
  and k.pid <> pg_backend_pid()
  and c.relnamespace = (select n.oid from pg_catalog.pg_namespace as n where n.nspname = $1)
  and ($2::text is null or c.relname = $2)
group by
  a.pid,
  a.application_name,
  a.usename,
  a.state
order by
  min(a.xact_start) nulls last,
  a.pid
limit 3
