-- $1 process ids, $2 application names: the sessions that are asked about. Grain: one row per lock that one of them waits for and
-- session that is in the way, the longest transaction first, three at most. Describes that session without its statement, which may
-- contain data. The server may hide the state and the start of another role's transaction.
with waiting as (
  select distinct
    k.pid,
    k.locktype,
    k.relation
  from pg_catalog.pg_locks as k
  join pg_catalog.pg_stat_activity as a
    on a.pid = k.pid
  where not k.granted
    and (a.pid = any ($1::integer[]) or a.application_name = any ($2::text[]))
)
select
  coalesce('table ' || n.nspname || '.' || c.relname, 'a lock of type ' || w.locktype) as waits_for,
  b.pid,
  'session ' || b.pid
    || ' (' || concat_ws(', ', nullif(b.application_name, ''), 'role ' || b.usename, b.state)
    || coalesce(', for ' || floor(extract(epoch from clock_timestamp() - b.xact_start)) || ' s', '')
    || ')' as who
from waiting as w
left join pg_catalog.pg_class as c
  on c.oid = w.relation
left join pg_catalog.pg_namespace as n
  on n.oid = c.relnamespace
cross join lateral unnest(pg_blocking_pids(w.pid)) as u (pid)
join pg_catalog.pg_stat_activity as b
  on b.pid = u.pid
order by
  b.xact_start nulls last,
  b.pid
limit 3
