-- $1 source, $2 batch date. One row if a session holds the lock of the batch: its application name and, if that is the
-- name of a run's session, that run if it is `running`.
select
  a.application_name,
  r.run_id,
  r.started_at,
  r.host,
  r.process_id,
  r.compares
from pg_catalog.pg_locks as k
join pg_catalog.pg_stat_activity as a on a.pid = k.pid
left join caseload.runs as r
  on r.source = $1
  and r.batch_date = $2::date
  and r.status = 'running'
  and a.application_name = 'caseload ' || r.source || ' ' || r.batch_date || ' ' || left(r.run_id::text, 8)
where k.locktype = 'advisory'
  and k.granted
  and k.objsubid = 1
  and k.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
  and ((k.classid::bigint << 32) | k.objid::bigint) = caseload.batch_key($1, $2::date)
